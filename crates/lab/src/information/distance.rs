//! Mutual information of tokens at a distance, estimated from a text.

use super::plogp::plug_in_entropy;
use rayon::prelude::*;
use serde::Serialize;

/// The mutual information of tokens `distance` places apart, estimated from the pairs of one text.
///
/// In a finite sample, chance alone makes some pairs more frequent than others, and the plug-in
/// estimate mistakes that for information. Compare it with `shuffled`, which is pure chance.
/// `miller_madow` corrects too little if most kinds of pairs occur only once; if it is far above
/// the difference of the other two, the text is too short to answer the question.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DistanceInformation {
    /// The distance in tokens, from 1.
    pub distance: usize,
    /// The number of token pairs at this distance.
    pub pairs: u64,
    /// H(X) + H(Y) − H(X, Y) of the pairs' relative frequencies, in bits. Biased upwards.
    pub plug_in: f64,
    /// The plug-in value with (K − 1) / (2 n ln 2) added to each entropy of K observed outcomes
    /// (Miller 1955). May be below 0 if the true value is near 0.
    pub miller_madow: f64,
    /// The plug-in value of the same tokens, shuffled with a fixed seed.
    pub shuffled: f64,
}

/// Estimates the mutual information of the tokens of a text at each of `distances`.
///
/// Tokens are given by id, in text order; the text does not wrap around. Distances of 0 and
/// distances for which the text has no pair are left out.
pub fn information_at_distances(tokens: &[u32], distances: &[usize]) -> Vec<DistanceInformation> {
    let shuffled = shuffle(tokens);
    let fits = |&&distance: &&usize| distance > 0 && distance < tokens.len();
    let distances: Vec<usize> = distances.iter().filter(fits).copied().collect();
    distances
        .into_iter()
        .map(|distance| {
            let pairs = tokens.len() - distance;
            let found = Entropies::of(tokens, distance);
            let bias = (found.kinds_x as f64 + found.kinds_y as f64 - found.kinds_xy as f64 - 1.0)
                / (2.0 * pairs as f64 * std::f64::consts::LN_2);
            DistanceInformation {
                distance,
                pairs: pairs as u64,
                plug_in: found.information(),
                miller_madow: found.information() + bias,
                shuffled: Entropies::of(&shuffled, distance).information(),
            }
        })
        .collect()
}

struct Entropies {
    x: f64,
    y: f64,
    xy: f64,
    kinds_x: usize,
    kinds_y: usize,
    kinds_xy: usize,
}

impl Entropies {
    fn of(tokens: &[u32], distance: usize) -> Entropies {
        let (x, y) = (&tokens[..tokens.len() - distance], &tokens[distance..]);
        let pairs = x.iter().zip(y).map(|(&x, &y)| u64::from(x) << 32 | u64::from(y));
        let (kinds_x, x_entropy) = entropy(x.iter().map(|&x| u64::from(x)).collect());
        let (kinds_y, y_entropy) = entropy(y.iter().map(|&y| u64::from(y)).collect());
        let (kinds_xy, xy) = entropy(pairs.collect());
        Entropies { x: x_entropy, y: y_entropy, xy, kinds_x, kinds_y, kinds_xy }
    }

    fn information(&self) -> f64 {
        (self.x + self.y - self.xy).max(0.0)
    }
}

/// Returns the number of distinct keys and their plug-in entropy.
fn entropy(mut keys: Vec<u64>) -> (usize, f64) {
    keys.par_sort_unstable();
    let counts: Vec<u64> = keys.chunk_by(|a, b| a == b).map(|run| run.len() as u64).collect();
    (counts.len(), plug_in_entropy(counts).unwrap_or(0.0))
}

/// Shuffles the tokens in an order that depends only on how many there are (Fisher and Yates;
/// SplitMix64).
fn shuffle(tokens: &[u32]) -> Vec<u32> {
    let mut shuffled = tokens.to_vec();
    let mut state = 1951u64;
    for last in (1..shuffled.len()).rev() {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        // The high half of a 128-bit product: uniform up to 2^-64 · last.
        let other = (u128::from(z) * (last as u128 + 1)) >> 64;
        shuffled.swap(last, other as usize);
    }
    shuffled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cycle_determines_all() {
        let cycle: Vec<u32> = (0..4000).map(|i| i % 4).collect();
        for found in information_at_distances(&cycle, &[1, 2, 7]) {
            assert!((found.plug_in - 2.0).abs() < 1e-5, "{found:?}");
            assert!(found.shuffled < 0.01, "{found:?}");
        }
    }

    /// a b a a b: pairs ab ba aa ab; X is a b a a, Y is b a a b. H(X) = 0.8113, H(Y) = 1,
    /// H(X, Y) = 1.5, I = 0.3113; the correction is (2 + 2 − 3 − 1) / (8 ln 2) = 0.
    #[test]
    fn by_hand() {
        let found = &information_at_distances(&[0, 1, 0, 0, 1], &[1])[0];
        assert_eq!(found.pairs, 4);
        assert!((found.plug_in - 0.311278).abs() < 1e-6, "{found:?}");
        assert!((found.miller_madow - found.plug_in).abs() < 1e-12);
    }

    /// Independent tokens: the plug-in value is all bias, and Miller's correction removes it.
    #[test]
    fn bias_is_seen_for_what_it_is() {
        let tokens = shuffle(&(0..20_000).map(|i| i % 20).collect::<Vec<u32>>());
        let found = &information_at_distances(&tokens, &[3])[0];
        let bias = 19.0 * 19.0 / (2.0 * 19_997.0 * std::f64::consts::LN_2);
        assert!((found.plug_in / bias - 1.0).abs() < 0.2, "{found:?}");
        assert!((found.shuffled / bias - 1.0).abs() < 0.2, "{found:?}");
        assert!(found.miller_madow.abs() < 0.2 * bias, "{found:?}");
    }

    #[test]
    fn distances_beyond_the_text_are_left_out() {
        assert_eq!(information_at_distances(&[], &[1]), []);
        let found = information_at_distances(&[1, 2], &[0, 1, 2, usize::MAX]);
        assert_eq!(found.iter().map(|found| found.distance).collect::<Vec<_>>(), [1]);
    }

    #[test]
    fn a_shuffle_keeps_every_token() {
        let mut shuffled = shuffle(&(0..100).collect::<Vec<u32>>());
        assert_ne!(shuffled, (0..100).collect::<Vec<u32>>());
        shuffled.sort_unstable();
        assert_eq!(shuffled, (0..100).collect::<Vec<u32>>());
    }
}
