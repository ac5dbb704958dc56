//! The factors of a score by a table.

use super::Model;
use crate::LanguageModel;
use crate::Score;
use crate::derivation::{Backoff, BackoffWeight, Parameter, words};
use ngram_tokenizer::WordId;

/// Derives a table's score of a word after a history.
pub(super) fn backoff(model: &Model, history: &[WordId], word: WordId) -> Backoff {
    let recent = &history[history.len() - history.len().min(model.order() - 1)..];
    let Score { matched, .. } = model.score(recent, word);
    let shorter = |length: usize| &recent[recent.len() - length..];
    let found = usize::from(matched) - 1;
    let stored = model.score(shorter(found), word).log_prob;
    let vocab = model.vocab();
    let weights =
        (1..).zip(model.backoffs(recent)).skip(found).map(|(length, backoff)| BackoffWeight {
            history: words(vocab, shorter(length)),
            weight: backoff.prob(),
            log10_weight: backoff.0,
        });
    let mut weights: Vec<BackoffWeight> = weights.collect();
    weights.reverse();
    let fitted = model.info().orders.get(found).map(|order| order.parameters.as_slice());
    let parameters = fitted.unwrap_or_default().iter();
    Backoff {
        history: words(vocab, recent),
        word: vocab.word(word).to_owned(),
        matched,
        stored_probability: stored.prob(),
        stored_log10_prob: stored.0,
        weights,
        parameters: parameters
            .map(|(name, value)| Parameter { name: name.clone(), value: *value })
            .collect(),
    }
}
