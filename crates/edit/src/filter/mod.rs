//! Another vocabulary for a finished model: fewer words, more, or both.
//!
//! An n-gram stays if all of its words do, with its probability. What the words left out had is
//! free, and [`Leftover`] says who gets it among single words. After longer histories it goes to the
//! words that are backed off to, as back-off weights are computed again:
//!
//! ```text
//! backoff(h) = (1 − Σ p(w|h)) / (1 − Σ p(w|h′))        sums over the words that stay after h
//! ```
//!
//! Words that the model lacks can be added. They are then predicted by backing off to their own
//! probability as single words, whatever the history.

mod table;
mod unigrams;
mod words;

use crate::backoffs::recompute;
use crate::prune::cut::keep;
use ngram_model::exp10::exp10;
use ngram_model::native::WriteError;
use ngram_model::native::Writer;
use ngram_model::native::convert::{self, ConvertError, ConvertOptions};
use ngram_model::table::OwnedTable;
use ngram_model::{LanguageModel, Model, ModelError, ModelInfo, OrderInfo, ScoredLevel, open};
use ngram_store::{Cancelled, Progress};
use ngram_tokenizer::{VocabError, WordId};
use std::path::Path;
use words::ListedWords;

/// Sums of numbers stored in 32 bits are not exact: what is below this counts as nothing.
const NOTHING: f64 = 1e-6;

/// Who gets the probability of single words that are left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leftover {
    /// `<unk>`, as such words are unknown from now on.
    Unknown,
    /// The words that have none: those added, if any, equally. Without such words all words get an
    /// equal part. This is what SRILM's `ngram -renorm` does.
    Words,
    /// Nobody: all numbers stay as they are, and do not sum to 1.
    Unchanged,
}

impl Leftover {
    /// All of them, the default first.
    pub const ALL: [Leftover; 3] = [Leftover::Unknown, Leftover::Words, Leftover::Unchanged];

    /// Returns the name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Leftover::Unknown => "unknown",
            Leftover::Words => "words",
            Leftover::Unchanged => "unchanged",
        }
    }
}

/// Which words a model keeps and gets.
#[derive(Clone, Copy, Debug)]
pub struct FilterOptions<'w> {
    /// The words that stay, besides `<unk>`, `<s>` and `</s>`; `None` for all.
    pub words: Option<&'w [String]>,
    /// Whether `<unk>` stays a word that can be predicted.
    pub unknown: bool,
    /// Whether those of `words` that the model lacks are added, and the share, from 0 to 1, of the
    /// probability of `<unk>` that they divide equally. With [`Leftover::Words`] they get what is
    /// left instead, and with [`Leftover::Unchanged`] nothing.
    pub add: Option<f64>,
    /// Who gets the probability of the words left out.
    pub leftover: Leftover,
}

/// A model with another vocabulary.
#[derive(Clone, Debug)]
pub struct FilteredModel {
    /// The description stored in the model.
    pub info: ModelInfo,
    /// The size of its vocabulary, including `<unk>`, `<s>` and `</s>`.
    pub vocab_len: usize,
    /// The length of its file in bytes.
    pub file_size: u64,
    /// How many words of the model were left out.
    pub left_out: usize,
    /// The sum of their probabilities as single words.
    pub freed: f64,
    /// How many listed words the model lacked.
    pub lacking: usize,
    /// How many of them were added.
    pub added: usize,
}

/// Why a model did not get another vocabulary.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelFilterError {
    /// The model has none of the words.
    #[error(
        "the model has none of the {0} words listed: is the list one word per line, and in the same case as the model?"
    )]
    NoWord(usize),
    /// The share of the added words is out of range.
    #[error("new words cannot have {0} of the probability of <unk>: choose a number from 0 to 1")]
    Share(f64),
    /// The model is quantised: n-grams share values, and new values would be rounded again.
    #[error(
        "the model is quantised, so its numbers cannot be changed: filter first, then quantise"
    )]
    Quantized,
    /// The model is damaged.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The words are no vocabulary.
    #[error(transparent)]
    Vocab(#[from] VocabError),
    /// The model could not be laid out or written.
    #[error(transparent)]
    Convert(#[from] ConvertError),
    /// The model could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The work was stopped.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// Writes `model` with another vocabulary to `output`, atomically.
///
/// An open vocabulary spells the words that are unknown from now on; its share of new tokens stays.
/// Holds the model in memory, and about 16 bytes for each n-gram that stays.
///
/// # Errors
///
/// If none of the words is in the model, if the share is not between 0 and 1, if the model is
/// quantised or damaged, or if `output` cannot be written.
pub fn filter(
    model: &Model,
    options: &FilterOptions,
    layout: &ConvertOptions,
    output: &Path,
    progress: &dyn Progress,
) -> Result<FilteredModel, ModelFilterError> {
    layout.check()?;
    if let Some(share) = options.add.filter(|share| !(0.0..=1.0).contains(share)) {
        return Err(ModelFilterError::Share(share));
    }
    if model.info().quantization.is_some() {
        return Err(ModelFilterError::Quantized);
    }
    let writer = Writer::create(output)?.with_sources([model]);
    progress.begin("filtering", None, "n-grams");
    let whole = model.table_until(progress);
    progress.proceed()?;
    let whole = whole?;
    let view = whole.view();
    let words = ListedWords::new(model.vocab(), options)?;
    progress.proceed()?;
    let unigrams = unigrams::of(&view, &words, options);
    let renormalizes = options.leftover != Leftover::Unchanged;
    let levels = table::renumbered(&view, &words, renormalizes);
    progress.proceed()?;
    let table = OwnedTable::new(unigrams.log_probs.clone(), levels);
    let mut levels = left(&table, renormalizes, progress)?;
    drop(table);
    if renormalizes {
        recompute(&unigrams.log_probs, &mut levels, NOTHING, progress)?;
    }
    let table = OwnedTable::new(unigrams.log_probs, levels);
    progress.proceed()?;
    let open = model
        .open_vocabulary()
        .zip(model.open_parts())
        .map(|(open, parts)| open::with_words(&open, parts, words.vocab.view(), open.novelty()));
    let info = info(model.info(), &table, options, layout);
    let (vocab, view) = (words.vocab.view(), table.view());
    let file_size = convert::write(writer.with_open(open), &info, vocab, &view, layout)?;
    progress.end();
    Ok(FilteredModel {
        info,
        vocab_len: vocab.len(),
        file_size,
        left_out: words.left_out(),
        freed: unigrams.freed,
        lacking: words.lacking,
        added: words.added,
    })
}

/// Returns the histories that are needed. In place of back-off weights they have what their
/// successors leave, if weights are to be computed again.
fn left(
    table: &OwnedTable,
    renormalizes: bool,
    progress: &dyn Progress,
) -> Result<Vec<ScoredLevel>, Cancelled> {
    let view = table.view();
    let backoff = |depth: usize, history: usize, _: &[usize]| {
        let level = &view.levels[depth];
        let own = level.successor_range(history);
        if !renormalizes || own.is_empty() {
            return level.backoff(history);
        }
        let kept: f64 = level.log_probs[own].iter().map(|log_prob| exp10(log_prob.get())).sum();
        (1.0 - kept).max(0.0) as f32
    };
    let copy = |depth: usize, at: usize| view.levels[depth].log_probs[at].get();
    keep(&view, |_, _| true, backoff, copy, progress)
}

/// Describes the model.
fn info(
    info: &ModelInfo,
    table: &OwnedTable,
    options: &FilterOptions,
    layout: &ConvertOptions,
) -> ModelInfo {
    let how = match options.leftover {
        Leftover::Unchanged => "another vocabulary, numbers unchanged",
        _ if options.words.is_none() => "renormalised",
        _ => "another vocabulary",
    };
    let longer = table.levels.iter().map(|level| level.successor_words.len());
    let ngrams = std::iter::once(table.unigrams.len()).chain(longer).map(|ngrams| ngrams as u64);
    let orders = info.orders.iter().zip(ngrams);
    ModelInfo {
        smoothing: Some(match &info.smoothing {
            Some(smoothing) => format!("{smoothing}, {how}"),
            None => how.to_owned(),
        }),
        orders: orders.map(|(order, ngrams)| OrderInfo { ngrams, ..order.clone() }).collect(),
        quantization: layout.quantize,
        ..info.clone()
    }
}

/// Whether a word can be predicted: not `<s>`, and `<unk>` only if it stays.
fn is_event(word: usize, options: &FilterOptions) -> bool {
    word != WordId::BEGIN.index() && (word != WordId::UNKNOWN.index() || options.unknown)
}
