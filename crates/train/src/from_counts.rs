//! Count files to model file.

use crate::cutoffs::InvalidCutoffs;
use crate::open;
use crate::smoothing::Discounts;
use crate::train::{self, Counted, TrainError, TrainOptions, Trained};
use ngram_counts::{CountFile, CountOptions, CountSet, NgramCounts};
use ngram_model::native::Writer;
use ngram_store::Progress;
use std::path::Path;

/// Trains a model on the counts in `files` and writes it to `output`, whole or not at all.
///
/// The file is byte for byte what [`train()`](crate::train()) makes of the texts that were counted,
/// one after another, by the same options. How they were cut is told by the files, so
/// [`TrainOptions::tokenizer`] is not looked at; the order may be lower than theirs.
///
/// # Errors
///
/// [`TrainError::CountFile`] if the files do not fit together, or if a vocabulary is to be chosen
/// after words were lost; [`TrainError::Incomplete`] if n-grams are missing; [`TrainError::Count`] if the order is above theirs, or one is damaged.
pub fn train_from_counts(
    files: Vec<CountFile>,
    options: &TrainOptions,
    output: &Path,
    progress: &dyn Progress,
) -> Result<Trained, TrainError> {
    options.check()?;
    if options.skip > 0 {
        return Err(TrainError::Skip(options.skip));
    }
    if options.settings.discounts == Discounts::LeaveOneOut {
        return Err(TrainError::NothingToLeaveOut);
    }
    if options.cutoffs.any() {
        return Err(InvalidCutoffs::Model.into());
    }
    let writer = Writer::create(output)?;
    let set = CountSet::new(files, &options.vocab)?;
    let counting = CountOptions {
        order: options.order,
        lower_orders: options.smoothing.lower_orders(),
        resources: options.resources.clone(),
    };
    let counts = NgramCounts::from_files(&set, &counting, train::measure, progress)?;
    let temporary = counts.shards.bytes_on_disk();
    // What is not needed any more goes before the estimates take its place.
    let open = options.open && set.tokenizer.has_surface();
    let writer = writer.with_open(open.then(|| {
        open::fit(&open::Counted {
            surface: &set.surface,
            spelling: &set.spelling,
            vocab: set.vocab.view(),
            frequencies: &set.frequencies,
            summary: &set.summary,
        })
    }));
    let CountSet { vocab, summary, tokenizer, .. } = set;
    let options = TrainOptions { tokenizer, ..options.clone() };
    let counted = Counted { counts, vocab, summary, temporary, left_out: None, cut: None };
    train::write(counted, &options, writer, output, progress)
}
