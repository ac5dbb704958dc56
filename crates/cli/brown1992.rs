//! Trains the models of Brown and others (1992) and measures a text by them.

use anyhow::{Context, bail};
use ngram_eval::brown1992::{Bound, Decomposed, Method, Pattern, Space, bound};
use ngram_model::deleted_interpolation::{
    Conditional, DeletedInterpolation, Interpolated, LOG_BUCKETS, log_bucket,
};
use ngram_tokenizer::{TokenizerKind, TokenizerSpec, Vocab, WordId};

/// How often expectation maximisation goes over the held-out text: beyond that weights move no more.
const ROUNDS: usize = 50;

/// What a text costs, and what was learnt to say so.
pub struct Measured {
    /// The cost.
    pub bound: Bound,
    /// Tokens in lower case that are known.
    pub known: u64,
    /// λ of the speller: characters per token of the training text.
    pub mean_length: f64,
}

/// Counts `train`, fits weights to `dev` and measures `test`. The vocabulary is that of `train`.
pub fn measure(
    train: &Decomposed,
    dev: &Decomposed,
    test: &Decomposed,
) -> anyhow::Result<Measured> {
    let Some(speller) = train.speller() else {
        bail!("the training text has no token: give a text to train on")
    };
    if dev.speller().is_none() {
        bail!("the development text has no token: weights need a text of their own to be fitted to")
    }
    let vocab = Vocab::new(train.vocabulary()).context("the training text")?;
    let known = vocab.view().len() as u64 - SPECIAL;
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
    Ok(Measured { bound: bound(&method, test), known, mean_length: speller.mean })
}

/// `<unk>`, `<s>` and `</s>`.
const SPECIAL: u64 = 3;

fn sentences(ids: &[WordId]) -> Vec<&[WordId]> {
    ids.split_inclusive(|id| *id == WordId::END).collect()
}
