//! Scores word by word, from one state to the next.

use super::{Addition, HashedModel, NgramKey, View};
use crate::{LogProb, Score};
use ngram_tokenizer::WordId;
use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

/// The words before a point in a text that can affect the words after it, last first.
///
/// A state is minimal: a word is in it only if an n-gram begins with it and the words after it, or
/// if that n-gram's back-off weight is not 1. Equal states give every continuation the same score,
/// so a search can keep the better one.
#[derive(Clone, Debug, Default)]
pub struct State {
    words: Vec<WordId>,
    /// log10 of the back-off weight of the history of each length from 1.
    backoffs: Vec<f32>,
}

impl State {
    /// Returns the words, last first.
    pub fn words(&self) -> &[WordId] {
        &self.words
    }

    /// Copies another state, reusing memory.
    pub fn set(&mut self, other: &State) {
        self.words.clone_from(&other.words);
        self.backoffs.clone_from(&other.backoffs);
    }

    /// Removes all words.
    pub fn clear(&mut self) {
        self.words.clear();
        self.backoffs.clear();
    }
}

impl PartialEq for State {
    fn eq(&self, other: &State) -> bool {
        self.words == other.words
    }
}

impl Eq for State {}

/// Orders states by length, then by words.
impl Ord for State {
    fn cmp(&self, other: &State) -> Ordering {
        self.words.len().cmp(&other.words.len()).then_with(|| self.words.cmp(&other.words))
    }
}

impl PartialOrd for State {
    fn partial_cmp(&self, other: &State) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Hash for State {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.words.hash(state);
    }
}

impl HashedModel {
    /// Sets `state` to that at the beginning of a sentence.
    pub fn begin(&self, state: &mut State) {
        state.clear();
        self.advance(state, WordId::BEGIN, Addition::ShortestFirst);
    }

    /// Scores a word after a state, and advances the state past the word.
    pub fn advance(&self, state: &mut State, word: WordId, addition: Addition) -> Score {
        self.view().advance(state, word, addition)
    }
}

impl View<'_> {
    fn advance(&self, state: &mut State, word: WordId, addition: Addition) -> Score {
        let Some(&unigram) = self.unigrams.get(word.index()) else {
            state.clear();
            return Score { log_prob: LogProb::ZERO, matched: 1 };
        };
        let mut log_prob = unigram.log_prob;
        let mut matched = 1;
        // The old weights stay until they are added; new ones are appended.
        let before = state.backoffs.len();
        state.backoffs.push(unigram.backoff);
        let mut suffix = word.0;
        for &first in &state.words {
            let key = NgramKey::new(suffix, first);
            let entry = self.find(key, self.home(key));
            if !entry.is {
                break;
            }
            state.backoffs.push(entry.backoff);
            if !entry.log_prob.is_nan() {
                log_prob = entry.log_prob;
                matched = state.backoffs.len() - before;
            }
            if !entry.extends {
                break;
            }
            suffix = entry.number;
        }
        let log_prob = addition.add(log_prob, &state.backoffs[(matched - 1).min(before)..before]);
        state.backoffs.drain(..before);
        state.backoffs.truncate(self.order - 1);
        while state.backoffs.last().is_some_and(|backoff| backoff.to_bits() == (-0.0f32).to_bits())
        {
            state.backoffs.pop();
        }
        state.words.insert(0, word);
        state.words.truncate(state.backoffs.len());
        Score { log_prob: LogProb(log_prob), matched: matched as u8 }
    }
}
