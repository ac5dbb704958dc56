//! The whole method: models from two texts, and the cost of a third.

use super::{Bound, Decomposed, Method, Pattern, Space, bound};
use crate::deleted_interpolation::{
    Conditional, DeletedInterpolation, Interpolated, LOG_BUCKETS, log_bucket,
};
use ngram_tokenizer::{SPECIAL_WORDS, TokenizerKind, TokenizerSpec, Vocab, VocabError, WordId};
use serde::Serialize;

/// Rounds of expectation maximisation over the held-out text; after these the weights hardly move.
const ROUNDS: usize = 50;

/// The cost of a text, and what was learnt to compute it.
#[derive(Debug, Serialize)]
pub struct Measured {
    /// The cost.
    #[serde(flatten)]
    pub bound: Bound,
    /// Number of known lowercase tokens.
    pub vocabulary: u64,
    /// λ of the speller: characters per token of the training text.
    pub mean_length: f64,
}

/// Why a text cannot be measured.
#[derive(Debug, thiserror::Error)]
pub enum MeasureError {
    /// There is nothing to count.
    #[error("the training text has no token: give a text to train on")]
    NothingToCount,
    /// There is nothing to fit weights to.
    #[error("the development text has no token: weights need a text of their own to be fitted to")]
    NothingToFit,
    /// The words of the training text make no vocabulary.
    #[error("the training text")]
    Vocab(#[from] VocabError),
}

/// Counts `train`, fits weights to `dev` and scores `test`. The vocabulary is that of `train`.
pub fn measure(
    train: &Decomposed,
    dev: &Decomposed,
    test: &Decomposed,
) -> Result<Measured, MeasureError> {
    let Some(speller) = train.speller() else {
        return Err(MeasureError::NothingToCount);
    };
    if dev.speller().is_none() {
        return Err(MeasureError::NothingToFit);
    }
    let vocab = Vocab::new(train.vocabulary())?;
    let vocabulary = vocab.view().len() as u64 - SPECIAL_WORDS.len() as u64;
    let (train_ids, dev_ids) = (train.ids(vocab.view()), dev.ids(vocab.view()));
    let case =
        Conditional::train(Pattern::ALL.len() as u32, train.cases(&train_ids), dev.cases(&dev_ids));
    let space = Conditional::train(Space::KINDS, train.spaces(&train_ids), dev.spaces(&dev_ids));
    let tokens = DeletedInterpolation::train(Interpolated {
        vocab,
        tokenizer: TokenizerSpec::new(TokenizerKind::Whitespace),
        train: &sentences(&train_ids),
        held_out: &sentences(&dev_ids),
        bucket: Box::new(|pair, single| log_bucket(pair) * LOG_BUCKETS + log_bucket(single)),
        buckets: LOG_BUCKETS * LOG_BUCKETS,
        rounds: ROUNDS,
    });
    let method =
        Method { tokens: &tokens, speller, case: &case, space: &space, gaps: train.gaps() };
    Ok(Measured { bound: bound(&method, test), vocabulary, mean_length: speller.mean })
}

fn sentences(ids: &[WordId]) -> Vec<&[WordId]> {
    ids.split_inclusive(|id| *id == WordId::END).collect()
}
