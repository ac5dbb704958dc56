//! Trains a model file from lists of some of the n-grams of a text.

use crate::open;
use crate::train::{self, CountedText, TrainError, TrainOptions, Trained};
use ngram_counts::{Completed, CountOptions, PartialCounted, PartialCounts};
use ngram_model::native::Writer;
use ngram_store::Progress;
use std::path::Path;

/// A model trained on lists of n-grams, and how complete they were.
#[derive(Clone, Debug)]
pub struct TrainedOnPart {
    /// The model.
    pub trained: Trained,
    /// For each order from 1, how many n-grams were listed, and how many were added.
    pub completed: Vec<Completed>,
}

/// Trains a model on lists of n-grams, completed as [`PartialCounts`] says, and writes it to `output`, atomically.
///
/// Every method takes the counts as they are, from whatever n-grams are there: the counts after a history sum to
/// those of its listed and added n-grams, and the counts-of-counts are theirs. Kneser–Ney's continuation counts are
/// the numbers of words that are there before each n-gram. Everything is in memory, regardless of
/// [`TrainOptions::resources`].
///
/// # Errors
///
/// [`TrainError::CountText`] if the lists are empty or of too low an order, or their sums overflow;
/// [`TrainError::PartialOption`] for options that need the counts of a whole text.
pub fn train_from_partial(
    lists: PartialCounts,
    options: &TrainOptions,
    output: &Path,
    progress: &dyn Progress,
) -> Result<TrainedOnPart, TrainError> {
    options.check_for_counts()?;
    if options.prune.is_some() {
        return Err(TrainError::PartialOption("pruning in training"));
    }
    let writer = Writer::create(output)?;
    let counting = CountOptions {
        order: options.order,
        lower_orders: options.lower_orders(),
        resources: options.resources.clone(),
    };
    let mut has_large = false;
    let counted = lists.count(&options.vocab, &counting, |shard| {
        has_large = shard.levels.iter().any(|level| !level.large.is_empty());
        train::measure(shard)
    })?;
    let PartialCounted { mut counts, vocab, frequencies, summary, spelling, completed } = counted;
    if has_large && !options.held_out.is_empty() {
        return Err(TrainError::PartialOption(
            "fitting to held-out text where an n-gram of two words or more comes more than 4,294,967,295 times",
        ));
    }
    options.vocab.fits(&summary)?;
    train::by_order::count_words(&mut counts, options, &frequencies);
    let open = options.open && options.tokenizer.has_surface();
    let writer = writer.with_open(open.then(|| {
        open::fit(&open::OpenCounts {
            surface: &ngram_counts::ContextCounts::default(),
            spelling: &spelling,
            vocab: vocab.view(),
            frequencies: &frequencies,
            summary: &summary,
        })
    }));
    let counted = CountedText {
        counts,
        vocab,
        summary,
        temporary: 0,
        left_out: None,
        cut: None,
        is_partial: true,
    };
    let trained = train::write(counted, options, writer, output, progress)?;
    Ok(TrainedOnPart { trained, completed })
}
