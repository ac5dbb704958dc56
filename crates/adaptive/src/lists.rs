//! What a model lists after histories, as steps: made once, and kept for as long as there is room.

use super::seen::context_of;
use super::steps::Steps;
use ngram_model::{LanguageModel, LogProb};
use ngram_tokenizer::WordId;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// So many words of lists are kept, each in 16 bytes, before those used longest ago go.
const KEPT: usize = 16 << 20;
/// What a list takes beside its words, in words.
const OVERHEAD: usize = 8;

/// What a model lists after one history.
pub struct List {
    /// The back-off weight.
    pub backoff: f64,
    /// Of each word listed, how much likelier it is than by the back-off weight and the shorter history alone.
    pub more: Steps,
    /// log10 of the probability of each.
    log_probs: Vec<f32>,
}

/// Lists by history.
#[derive(Default)]
pub struct Lists {
    /// The sum of the probabilities of single words up to and with each.
    singles: Vec<f64>,
    /// Those used of late, and those used before; and how many words the former hold.
    young: FxHashMap<u64, Arc<List>>,
    old: FxHashMap<u64, Arc<List>>,
    words: usize,
}

impl Lists {
    /// Nothing but the single words of a model.
    pub fn new(model: &dyn LanguageModel) -> Lists {
        let mut sum = 0.0;
        let singles = (0..model.vocab().len() as u32).map(WordId).map(|word| {
            if word != WordId::BEGIN {
                sum += probability(model.score(&[], word).log_prob);
            }
            sum
        });
        Lists { singles: singles.collect(), ..Lists::default() }
    }

    /// The sum of the probabilities of the single words below this one.
    pub fn singles_below(&self, word: u32) -> f64 {
        let at = (word as usize).min(self.singles.len());
        at.checked_sub(1).map_or(0.0, |at| self.singles[at])
    }

    /// What the model lists after a history of at least one word; nothing if it has no lists.
    pub fn get(&mut self, model: &dyn LanguageModel, history: &[WordId]) -> Arc<List> {
        let words: Vec<u32> = history.iter().map(|word| word.0).collect();
        let key = context_of(&words);
        if let Some(list) = self.young.get(&key) {
            return Arc::clone(list);
        }
        let list = self.old.remove(&key).unwrap_or_else(|| {
            let shorter = &history[1..];
            let of_shorter = (!shorter.is_empty()).then(|| self.get(model, shorter));
            Arc::new(self.make(model, history, of_shorter.as_deref()))
        });
        self.words += list.more.len() + OVERHEAD;
        if self.words > KEPT / 2 {
            self.old = std::mem::take(&mut self.young);
            self.words = list.more.len() + OVERHEAD;
        }
        self.young.insert(key, Arc::clone(&list));
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
                // What follows a history mostly follows the shorter one, too.
                Some(list) => match list.more.find(word.0, &mut at) {
                    true => probability(LogProb(list.log_probs[at])),
                    false => probability(model.score(shorter, word).log_prob),
                },
            };
            // Rounded to 32 bits, what is as likely either way may seem less likely here.
            more.push(word.0, (probability(log_prob) - backoff * by_shorter).max(0.0));
            log_probs.push(log_prob.0);
        }
        List { backoff, more, log_probs }
    }
}

/// A probability or weight, which a damaged model may have above any bound.
fn probability(log_prob: LogProb) -> f64 {
    log_prob.prob().min(1e9)
}
