//! Entropy estimated from the lengths of matches with earlier text.

use serde::Serialize;

/// Two estimates of the entropy rate from match lengths, in bits per symbol.
///
/// At place i, counted from 1, Λ is one more than the length of the longest match between the text
/// from i on and the text from any earlier place on: the length of the shortest new string at i. It
/// grows as log2 i / H.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct MatchLength {
    /// The number of symbols; the window grows from the first to the last of them.
    pub symbols: u64,
    /// 1 / mean of Λ / log2 i (Grassberger 1989; Kontoyiannis, Algoet, Suhov and Wyner 1998,
    /// "Nonparametric entropy estimation for stationary processes and random fields", increasing
    /// window).
    pub inverse_of_mean: f64,
    /// Mean of log2 i / Λ (Kontoyiannis and others 1998, the form that is consistent under
    /// Doeblin's condition): never below the other (Jensen's inequality).
    pub mean_of_inverse: f64,
}

/// Computes both estimates from the length of the longest earlier match at each place of a text.
/// The places may be only the first ones of a text; their matches may then extend beyond them.
/// `None` for fewer than two symbols.
pub fn match_length(longest_earlier: &[u32]) -> Option<MatchLength> {
    let (mut ratios, mut inverses, mut terms) = (0.0, 0.0, 0u64);
    // The first place has no earlier place.
    for (before, &matched) in longest_earlier.iter().enumerate().skip(1) {
        let ratio = (f64::from(matched) + 1.0) / (before as f64 + 1.0).log2();
        ratios += ratio;
        inverses += ratio.recip();
        terms += 1;
    }
    (terms > 0).then(|| MatchLength {
        symbols: longest_earlier.len() as u64,
        inverse_of_mean: terms as f64 / ratios,
        mean_of_inverse: inverses / terms as f64,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// a b a b c: longest earlier 0 0 2 1 0; Λ at 2, 3, 4, 5 is 1, 3, 2, 1 against 1, log2 3, 2, log2 5.
    #[test]
    fn by_hand() {
        let found = match_length(&[0, 0, 2, 1, 0]).unwrap();
        let (log3, log5) = (3f64.log2(), 5f64.log2());
        let ratios = 1.0 + 3.0 / log3 + 1.0 + 1.0 / log5;
        assert!((found.inverse_of_mean - 4.0 / ratios).abs() < 1e-12);
        let inverses = 1.0 + log3 / 3.0 + 1.0 + log5;
        assert!((found.mean_of_inverse - inverses / 4.0).abs() < 1e-12);
    }

    #[test]
    fn too_short() {
        assert_eq!(match_length(&[]), None);
        assert_eq!(match_length(&[0]), None);
    }
}
