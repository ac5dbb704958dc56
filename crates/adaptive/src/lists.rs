//! A cache of the successors a model lists for histories, as cumulative sums.

use super::recent_lists::RecentLists;
use super::seen::context_of;
use super::steps::Steps;
use ngram_model::{LanguageModel, LogProb};
use ngram_tokenizer::WordId;
use std::sync::Arc;

/// The most list words (16 bytes each) kept before the least recently used lists are dropped.
const KEPT: usize = 16 << 20;

/// The successors a model lists for one history.
pub struct List {
    /// The back-off weight.
    pub backoff: f64,
    /// For each listed word, how much its probability exceeds the backed-off one.
    pub more: Steps,
    /// log10 of the probability of each listed word.
    log_probs: Vec<f32>,
}

/// Lists by history.
pub struct SuccessorLists {
    /// The cumulative sum of unigram probabilities, including each word.
    singles: Vec<f64>,
    recent: RecentLists<List>,
}

impl SuccessorLists {
    /// Creates a cache that holds only the model's unigrams.
    pub fn new(model: &dyn LanguageModel) -> SuccessorLists {
        let mut sum = 0.0;
        let singles = (0..model.vocab().len() as u32).map(WordId).map(|word| {
            if word != WordId::BEGIN {
                sum += probability(model.score(&[], word).log_prob);
            }
            sum
        });
        SuccessorLists { singles: singles.collect(), recent: RecentLists::new(KEPT) }
    }

    /// Returns the sum of the unigram probabilities of all words below this one.
    pub fn singles_below(&self, word: u32) -> f64 {
        let at = (word as usize).min(self.singles.len());
        at.checked_sub(1).map_or(0.0, |at| self.singles[at])
    }

    /// Returns the list for a history of at least one word; empty if the model has no lists.
    pub fn get(&mut self, model: &dyn LanguageModel, history: &[WordId]) -> Arc<List> {
        let words: Vec<u32> = history.iter().map(|word| word.0).collect();
        let key = context_of(&words);
        if let Some(list) = self.recent.young(key) {
            return list;
        }
        let list = self.recent.old(key).unwrap_or_else(|| {
            let shorter = &history[1..];
            let of_shorter = (!shorter.is_empty()).then(|| self.get(model, shorter));
            Arc::new(self.make(model, history, of_shorter.as_deref()))
        });
        self.recent.put(key, &list, list.more.len());
        list
    }

    fn make(
        &self,
        model: &dyn LanguageModel,
        history: &[WordId],
        of_shorter: Option<&List>,
    ) -> List {
        let Some(listed) = model.listed_after(history) else {
            return List { backoff: 1.0, more: Steps::default(), log_probs: Vec::new() };
        };
        let backoff = probability(listed.backoff);
        let shorter = &history[1..];
        let mut more = Steps::with_capacity(listed.words.len());
        let mut log_probs = Vec::with_capacity(listed.words.len());
        let mut at = 0;
        for (word, log_prob) in listed.words {
            if word == WordId::BEGIN || word.index() >= self.singles.len() {
                continue;
            }
            let by_shorter = match of_shorter {
                None => self.singles_below(word.0 + 1) - self.singles_below(word.0),
                // Most successors of a history are also successors of the shorter one.
                Some(list) => match list.more.find(word.0, &mut at) {
                    true => probability(LogProb(list.log_probs[at])),
                    false => probability(model.score(shorter, word).log_prob),
                },
            };
            // Probabilities stored in 32 bits can make this slightly negative.
            more.push(word.0, (probability(log_prob) - backoff * by_shorter).max(0.0));
            log_probs.push(log_prob.0);
        }
        List { backoff, more, log_probs }
    }
}

/// Returns a probability or weight, capped because a damaged model may have arbitrarily large ones.
fn probability(log_prob: LogProb) -> f64 {
    log_prob.prob().min(1e9)
}
