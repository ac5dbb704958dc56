//! Estimates the size of files before they are built.

use super::head::{BuildOptions, Structure, slots};
use super::trie::{BACKOFF_BITS, LOG_PROB_BITS, cut_bits};
use ngram_store::bits::width;

/// Returns the bytes that the words' hashes and the n-grams take in a file built with these
/// options, given the number of n-grams of each order from 1. This is its size in memory: all of
/// the file but its header and its list of words. With `rest`, the size is that of hash tables with
/// another value for each n-gram, as built by KenLM's `build_binary -r`.
pub fn sizes(counts: &[u64], options: &BuildOptions, rest: bool) -> u64 {
    let (Some(&words), Some(&highest)) = (counts.first(), counts.last()) else { return 0 };
    let between = counts.get(1..counts.len() - 1).unwrap_or_default();
    match options.structure {
        Structure::Probing => {
            let table = |entries, width| slots(entries, options.multiplier) * width;
            let more = if rest { 4 } else { 0 };
            let middle: u64 = between.iter().map(|&count| table(count, 16 + more)).sum();
            8 + table(words, 12) + (words + 1) * (8 + more) + middle + table(highest, 12)
        }
        Structure::Trie => {
            let (log_probs, backoffs) = match options.quantize {
                Some((log_probs, backoffs)) => (log_probs.into(), backoffs.into()),
                None => (LOG_PROB_BITS, BACKOFF_BITS),
            };
            let tables = options.quantize.map_or(0, |(log_probs, backoffs)| {
                let (log_probs, backoffs) = (4u64 << log_probs, 4u64 << backoffs);
                8 + between.len() as u64 * (log_probs + backoffs) + log_probs
            });
            let packed = |entries: u64, bits: u32| {
                ((1 + entries) * u64::from(width(words) + bits)).div_ceil(8) + 8
            };
            let middle = counts.windows(2).skip(1).map(|pair| {
                let mut start_bits = width(pair[1]);
                let mut array = 0;
                if let Some(limit) = options.array {
                    let cut = cut_bits(pair[0] + 1, pair[1], limit.into());
                    array = 8 * (2 + (pair[1] >> (start_bits - cut))) + 7;
                    start_bits -= cut;
                }
                array + packed(pair[0], log_probs + backoffs + start_bits)
            });
            let middle: u64 = middle.sum();
            8 * (words + 1) + 16 * (words + 2) + tables + middle + packed(highest, log_probs)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sizes that KenLM 0.3.0 reports for files with 83 words and 558 2-grams.
    #[test]
    fn as_kenlm_estimates() {
        let counts = [83, 558];
        let trie = BuildOptions { structure: Structure::Trie, ..BuildOptions::default() };
        let quantised = BuildOptions { quantize: Some((8, 8)), ..trie };
        assert_eq!(sizes(&counts, &BuildOptions::default(), false), 12_212);
        assert_eq!(sizes(&counts, &BuildOptions::default(), true), 12_548);
        assert_eq!(sizes(&counts, &trie, false), 4_696);
        assert_eq!(sizes(&counts, &quantised, false), 4_121);
    }
}
