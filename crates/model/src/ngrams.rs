//! N-grams of one order as a list, as in text formats.

use ngram_tokenizer::WordId;
use rustc_hash::{FxBuildHasher, FxHashSet};
use std::hash::BuildHasher;

/// The n-grams of one order in any order, each with a log-probability and a back-off weight.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ngrams {
    /// The order n.
    pub order: usize,
    /// The words of the n-grams one after another, n each, in text order.
    pub words: Vec<WordId>,
    /// log10 p of each n-gram's last word after the others.
    pub log_probs: Vec<f32>,
    /// log10 of each n-gram's back-off weight as a history; 0 if it has none. Empty for the highest
    /// order.
    pub backoffs: Vec<f32>,
}

impl Ngrams {
    /// Creates an empty list.
    pub fn new(order: usize) -> Ngrams {
        Ngrams { order, ..Ngrams::default() }
    }

    /// Returns the number of n-grams.
    pub fn len(&self) -> usize {
        self.log_probs.len()
    }

    /// Returns whether there are no n-grams.
    pub fn is_empty(&self) -> bool {
        self.log_probs.is_empty()
    }

    /// Returns the words of the n-gram at index `index`.
    #[inline]
    pub fn words(&self, index: usize) -> &[WordId] {
        &self.words[index * self.order..][..self.order]
    }

    /// Iterates over n-grams with their log-probabilities, and their back-off weights unless the order is the highest.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&[WordId], f32, Option<f32>)> {
        (0..self.len()).map(|index| {
            (self.words(index), self.log_probs[index], self.backoffs.get(index).copied())
        })
    }

    /// Finds the first n-gram that is listed a second time; returns both indices.
    ///
    /// The n-grams need not be sorted. Temporarily takes 8 bytes per n-gram.
    pub fn first_repetition(&self) -> Option<(usize, usize)> {
        let hash = |index| FxBuildHasher.hash_one(self.words(index));
        let mut hashes: Vec<u64> = (0..self.len()).map(hash).collect();
        hashes.sort_unstable();
        let shared: FxHashSet<u64> = hashes
            .windows(2)
            .filter(|neighbours| neighbours[0] == neighbours[1])
            .map(|neighbours| neighbours[0])
            .collect();
        drop(hashes);
        if shared.is_empty() {
            return None;
        }
        // Different n-grams may share a hash, so compares the words.
        let mut suspects: Vec<usize> =
            (0..self.len()).filter(|&index| shared.contains(&hash(index))).collect();
        suspects.sort_by_key(|&index| self.words(index));
        suspects
            .windows(2)
            .filter(|pair| self.words(pair[0]) == self.words(pair[1]))
            .map(|pair| (pair[0], pair[1]))
            .min_by_key(|&(_, second)| second)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bigrams(pairs: &[(u32, u32)]) -> Ngrams {
        let words = pairs.iter().flat_map(|&(a, b)| [WordId(a), WordId(b)]).collect();
        Ngrams { words, log_probs: vec![-1.0; pairs.len()], ..Ngrams::new(2) }
    }

    #[test]
    fn finds_the_earliest_repetition() {
        assert_eq!(bigrams(&[]).first_repetition(), None);
        assert_eq!(bigrams(&[(1, 2), (2, 1), (2, 2)]).first_repetition(), None);
        let list = [(1, 2), (9, 9), (2, 1), (9, 9), (1, 2), (9, 9)];
        assert_eq!(bigrams(&list).first_repetition(), Some((1, 3)));
    }

    #[test]
    fn iterates_with_and_without_backoffs() {
        let mut ngrams = bigrams(&[(3, 4), (4, 3)]);
        let highest: Vec<_> = ngrams.iter().collect();
        assert_eq!(highest[1], (&[WordId(4), WordId(3)][..], -1.0, None));
        ngrams.backoffs = vec![0.0, -0.5];
        assert_eq!(ngrams.iter().nth(1), Some((&[WordId(4), WordId(3)][..], -1.0, Some(-0.5))));
    }
}
