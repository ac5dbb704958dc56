//! Shannon's F_N from the frequencies of N-grams.

use super::SuffixArray;
use crate::information::plug_in_entropy;
use ngram_store::{Cancelled, Progress};
use serde::Serialize;

/// The entropy of the N-grams of one length.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct BlockEntropy {
    /// N, from 1.
    pub order: usize,
    /// The number of N-grams in the text: its length − N + 1.
    pub ngrams: u64,
    /// The number of distinct N-grams.
    pub kinds: u64,
    /// The number of N-grams that occur once.
    pub once: u64,
    /// −Σ f log2 f over their relative frequencies f, in bits per N-gram.
    pub entropy: f64,
    /// F_N: `entropy` minus that of the (N − 1)-grams, in bits per symbol (Shannon 1951, equation
    /// 1).
    pub conditional: f64,
}

/// Computes F_1 to F_N, for N up to `longest` or the length of the text.
///
/// # Errors
///
/// If `progress` cancels the work.
pub fn plug_in(
    array: &SuffixArray,
    longest: usize,
    progress: &dyn Progress,
) -> Result<Vec<BlockEntropy>, Cancelled> {
    let length = array.starts.len();
    let mut shorter = 0.0;
    (1..=longest.min(length))
        .map(|order| {
            progress.proceed()?;
            let (mut kinds, mut once) = (0, 0);
            let counts = array.counts(order).inspect(|&count| {
                kinds += 1;
                once += u64::from(count == 1);
            });
            let entropy = plug_in_entropy(counts).unwrap_or(0.0);
            let conditional = entropy - shorter;
            shorter = entropy;
            let ngrams = (length - order + 1) as u64;
            Ok(BlockEntropy { order, ngrams, kinds, once, entropy, conditional })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(text: &[u32], kinds: usize) -> Vec<BlockEntropy> {
        plug_in(&SuffixArray::new(text, kinds, &()).unwrap().unwrap(), 3, &()).unwrap()
    }

    /// a b a a: a ¾, b ¼, 0.8113 bits; ab ba aa, log2 3 bits; aba baa, 1 bit.
    #[test]
    fn by_hand() {
        let found = blocks(&[0, 1, 0, 0], 2);
        let one = 2.0 - 0.75 * 3f64.log2();
        let expected = [(1, 4, 2, 1, one), (2, 3, 3, 3, 3f64.log2()), (3, 2, 2, 2, 1.0)];
        let mut shorter = 0.0;
        for (block, (order, ngrams, kinds, once, entropy)) in found.iter().zip(expected) {
            assert_eq!(
                (block.order, block.ngrams, block.kinds, block.once),
                (order, ngrams, kinds, once)
            );
            assert!((block.entropy - entropy).abs() < 1e-12, "{block:?}");
            assert!((block.conditional - (entropy - shorter)).abs() < 1e-12, "{block:?}");
            shorter = entropy;
        }
        assert_eq!(found.len(), 3);
    }

    #[test]
    fn no_longer_than_the_text() {
        assert_eq!(blocks(&[], 0), []);
        assert_eq!(blocks(&[0], 1).len(), 1);
    }
}
