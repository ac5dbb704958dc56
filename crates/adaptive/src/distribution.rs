//! The probabilities of all tokens at one point of a text, as sums from the first word number up.
//!
//! A probability by order o of the model is p(w|h) for a history h of o − 1 words, and
//!
//! ```text
//! p(w|h) = backoff(h) · p(w|h′) + more(w, h)        h′ = h without its first word
//! ```
//!
//! where more is above 0 for the words listed after h alone. With weights ω of the orders, and histories h of
//! length L from 0 (single words) to n − 1,
//!
//! ```text
//! Σ_o ω_o p_o(w) = Σ_L B_L more(w, h_L)             B_L = Σ_{o>L} ω_o · Π backoff(h_l), l from L + 1 to o − 1
//! ```
//!
//! so that a sum over all words below w takes one search in each of n lists, however many words there are. N-grams
//! of the text and the cache are lists, too. What lists leave to shorter histories is a multiple of the model's
//! own probability, and raises its weight.

use super::cache::Cache;
use super::coder::Distribution;
use super::lists::{List, Lists};
use super::new_words::NewWords;
use super::steps::{Growing, Steps};
use std::sync::Arc;

/// The integers sum to this, one more for each word, and up to a rounding.
const WHOLE: f64 = (1u64 << 40) as f64;

/// The words of the model by number, then those that only the text has had; number 0 is for any other.
pub struct Tokens<'a> {
    pub lists: &'a Lists,
    /// B_0.
    pub singles_weight: f64,
    /// B_L with its list.
    pub listed: Vec<(f64, Arc<List>)>,
    /// ν, times all weights.
    pub novelty: f64,
    /// How many words the model knows.
    pub vocab: u32,
    pub new_words: &'a NewWords,
    /// N-grams of the text, by context; the weight of each.
    pub seen: Vec<(f64, Steps)>,
    /// Single words of the text.
    pub came: Option<(f64, &'a Growing)>,
    pub cache: Option<(f64, &'a Cache)>,
    /// What probabilities are multiplied by; see [`Tokens::scaled`].
    pub scale: f64,
}

impl Tokens<'_> {
    /// Brings all probabilities to a sum of 2^40.
    pub fn scaled(mut self) -> Self {
        self.scale = WHOLE / self.sum(self.len());
        self
    }

    /// What the orders of the model give to the words below this one, the model's own share of new words
    /// left out.
    fn by_model(&self, word: u32) -> f64 {
        let mut sum = self.singles_weight * self.lists.singles_below(word);
        for (weight, list) in &self.listed {
            sum += weight * list.more.below(word);
        }
        sum
    }

    /// The probability of `<unk>`, which new words of the text have shares of.
    pub fn unknown(&self) -> f64 {
        self.by_model(1) + self.novelty
    }

    /// The sum of the probabilities of all below this one. It never falls: products, sums and largest of
    /// two round alike in every one.
    pub fn sum(&self, word: u32) -> f64 {
        if word == 0 {
            return 0.0;
        }
        let unknown = self.unknown();
        let new_words = self.new_words.shares_below(self.new_words.len());
        // New words of the text have their shares of `<unk>`, and it the rest.
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

impl Distribution for Tokens<'_> {
    fn len(&self) -> u32 {
        self.vocab + self.new_words.len()
    }

    fn below(&self, word: u32) -> u64 {
        // One more for each word, so that none is ruled out, and sums rise whatever is rounded.
        (self.sum(word) * self.scale).min(2.0 * WHOLE) as u64 + u64::from(word)
    }
}
