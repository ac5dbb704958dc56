//! Additive smoothing: δ is added to every count (Laplace, "add-one", with δ = 1; Lidstone 1920 with any
//! δ; Jurafsky and Martin, chapter 3; Chen and Goodman 1999, section 2.1).
//!
//! ```text
//! p(w|h) = (c(hw) + δ) / (c(h) + δV)        whatever c(hw) is; 1 / V if c(h) = 0
//! ```
//!
//! h is what a word is predicted from: the n − 1 words before it, or those from `<s>` on. Lower orders play
//! no part. A table holds this by backing off to the uniform distribution: p(w) = 1 / V for every word,
//! and so after every shorter history that does not begin with `<s>`; and a history that was seen has
//! the back-off weight δV / (c(h) + δV). [`additive_backoff`](super::additive_backoff) is SRILM's variant.

use super::{Combine, Discount, Fitted, HistoryCounts, OrderCounts, Smoothing, short};

/// With the δ of [`Settings::delta`](super::Settings::delta).
pub struct Additive;

impl Smoothing for Additive {
    fn name(&self) -> &'static str {
        "additive"
    }

    fn combine(&self) -> Combine {
        Combine::BackOff
    }

    fn spreads_evenly(&self) -> bool {
        true
    }

    fn fit(&self, of: &OrderCounts) -> Fitted {
        Fitted::new(Added { delta: of.settings.delta, words: of.words })
    }
}

/// δ added to the count of each of V words.
pub(super) struct Added {
    pub delta: f64,
    /// V.
    pub words: u64,
}

impl Discount for Added {
    fn share(&self, count: u64, history: HistoryCounts) -> f64 {
        let total = history.total as f64 + self.delta * self.words as f64;
        (count as f64 + self.delta) / total
    }

    fn written(&self, count: u64, history: HistoryCounts) -> Option<String> {
        let (delta, total) = (short(self.delta), history.total);
        Some(format!("({count} + {delta}) / ({total} + {delta} · {})", self.words))
    }

    fn parameters(&self) -> Vec<(String, f64)> {
        vec![("delta".to_owned(), self.delta)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::smoothing::Settings;

    #[test]
    fn worked_by_hand() {
        // Of ten words, three were seen: 2, 1 and 1 times. Laplace gives 3/14, 2/14, 2/14.
        let counts = [2, 1, 1].into_iter().collect();
        let settings = Settings::default();
        let of = OrderCounts { order: 1, words: 10, counts: &counts, settings: &settings };
        let laplace = Additive.fit(&of).discount;
        let history = HistoryCounts::new(4, 3);
        assert!((laplace.share(2, history) - 3.0 / 14.0).abs() < 1e-15);
        assert!((laplace.share(1, history) - 2.0 / 14.0).abs() < 1e-15);
        // Lidstone with δ = ½: 2.5/9 and 1.5/9.
        let settings = Settings { delta: 0.5, ..Settings::default() };
        let lidstone = Additive.fit(&OrderCounts { settings: &settings, ..of }).discount;
        assert!((lidstone.share(2, history) - 2.5 / 9.0).abs() < 1e-15);
        assert!((lidstone.share(1, history) - 1.5 / 9.0).abs() < 1e-15);
        assert_eq!(lidstone.parameters(), [("delta".to_owned(), 0.5)]);
    }
}
