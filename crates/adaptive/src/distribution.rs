//! The probabilities of all tokens at one place of a text, as cumulative sums in order of word id.
//!
//! The probability from order o of the model is p(w|h) with a history h of o − 1 words, and
//!
//! ```text
//! p(w|h) = backoff(h) · p(w|h′) + more(w, h)        h′ = h without its first word
//! ```
//!
//! where more is above 0 only for the words listed after h. With weights ω of the orders, and
//! histories h of length L from 0 (unigrams) to n − 1,
//!
//! ```text
//! Σ_o ω_o p_o(w) = Σ_L B_L more(w, h_L)             B_L = Σ_{o>L} ω_o · Π backoff(h_l), l from L + 1 to o − 1
//! ```
//!
//! so the sum over all words below w takes one search in each of n lists, independent of the size
//! of the vocabulary. The n-grams of the text and the cache are lists, too. The probability mass
//! they leave to the model is a multiple of its own probability, and is added to its weight.

use super::cache::Cache;
use super::coder::CodedDistribution;
use super::lists::{List, SuccessorLists};
use super::new_words::NewWords;
use super::steps::{Growing, Steps};
use std::sync::Arc;

/// The integers sum to this, plus one per word, up to rounding.
const WHOLE: f64 = (1u64 << 40) as f64;

/// The model's words by id, followed by the text's new words; id 0 stands for any other word.
pub struct Tokens<'a> {
    pub lists: &'a SuccessorLists,
    /// B_0.
    pub singles_weight: f64,
    /// Each list with its weight B_L.
    pub listed: Vec<(f64, Arc<List>)>,
    /// ν times the sum of all weights.
    pub novelty: f64,
    /// The size of the model's vocabulary.
    pub vocab: u32,
    pub new_words: &'a NewWords,
    /// The text's n-grams in each context, with the weight of the context.
    pub seen: Vec<(f64, Steps)>,
    /// The text's unigrams.
    pub came: Option<(f64, &'a Growing)>,
    pub cache: Option<(f64, &'a Cache)>,
    /// The factor that scales probabilities; see [`Tokens::scaled`].
    pub scale: f64,
}

impl Tokens<'_> {
    /// Scales all probabilities to sum to 2^40.
    pub fn scaled(mut self) -> Self {
        self.scale = WHOLE / self.sum(self.len());
        self
    }

    /// Returns the sum that the model's orders give to the words below this one, without ν.
    fn by_model(&self, word: u32) -> f64 {
        let mut sum = self.singles_weight * self.lists.singles_below(word);
        for (weight, list) in &self.listed {
            sum += weight * list.more.below(word);
        }
        sum
    }

    /// Returns the probability of `<unk>`, part of which is shared out among the text's new words.
    pub fn unknown(&self) -> f64 {
        self.by_model(1) + self.novelty
    }

    /// Returns the sum of the probabilities of all words below this one. It never falls from one
    /// word to the next, since products, sums and maxima are monotonic even with rounding.
    pub fn sum(&self, word: u32) -> f64 {
        if word == 0 {
            return 0.0;
        }
        let unknown = self.unknown();
        let new_words = self.new_words.shares_below(self.new_words.len());
        // The text's new words get their shares of `<unk>`, and `<unk>` keeps the rest.
        let mut sum = self.by_model(word.min(self.vocab));
        sum = (sum + (self.novelty - unknown * new_words)).max(0.0);
        sum += unknown * self.new_words.shares_below(word.saturating_sub(self.vocab));
        for (weight, steps) in &self.seen {
            sum += weight * steps.below(word);
        }
        if let Some((weight, came)) = self.came {
            sum += weight * came.below(word);
        }
        if let Some((weight, cache)) = self.cache {
            sum += weight * cache.below(word);
        }
        sum
    }
}

impl CodedDistribution for Tokens<'_> {
    fn len(&self) -> u32 {
        self.vocab + self.new_words.len()
    }

    fn below(&self, word: u32) -> u64 {
        // One more for each word, so that none gets 0 and sums rise despite rounding.
        (self.sum(word) * self.scale).min(2.0 * WHOLE) as u64 + u64::from(word)
    }
}
