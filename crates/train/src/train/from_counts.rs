//! Trains a model file from count files.

use crate::cutoffs::InvalidCutoffs;
use crate::open;
use crate::smoothing::Discounts;
use crate::train::{self, CountedText, TrainError, TrainOptions, Trained, complete};
use ngram_counts::{CountFile, CountOptions, CountSet, NgramCounts};
use ngram_model::native::Writer;
use ngram_store::Progress;
use std::path::Path;

impl TrainOptions {
    /// Checks all options that can be checked before the work begins, if there are counts instead of a text.
    pub(crate) fn check_for_counts(&self) -> Result<(), TrainError> {
        self.check()?;
        if self.skip > 0 {
            return Err(TrainError::Skip(self.skip));
        }
        if self.settings.discounts == Discounts::LeaveOneOut {
            return Err(TrainError::NothingToLeaveOut);
        }
        if self.cutoffs.any() {
            return Err(InvalidCutoffs::Model.into());
        }
        Ok(())
    }
}

/// Trains a model on the counts in `files` and writes it to `output`, atomically.
///
/// The file is identical to what [`train()`](crate::train()) makes with the same options from the
/// counted texts, one after another. The count files record the tokenizer, so
/// [`TrainOptions::tokenizer`] is ignored; the order may be lower than theirs.
///
/// # Errors
///
/// [`TrainError::CountFile`] if the files do not fit together, or if a vocabulary is to be selected
/// after words were lost; [`TrainError::Incomplete`] if n-grams are missing; [`TrainError::Count`]
/// if the order is higher than theirs or a file is damaged.
pub fn train_from_counts(
    files: Vec<CountFile>,
    options: &TrainOptions,
    output: &Path,
    progress: &dyn Progress,
) -> Result<Trained, TrainError> {
    options.check_for_counts()?;
    let writer = Writer::create(output)?;
    let set = CountSet::new(files, &options.vocab)?;
    options.vocab.fits(&set.summary)?;
    let counting = CountOptions {
        order: options.order,
        lower_orders: options.lower_orders(),
        resources: options.resources.clone(),
    };
    let mut counts = NgramCounts::from_files(&set, &counting, complete::measure, progress)?;
    complete::check_complete(&counts, set.vocab.view(), &options.resources)?;
    train::by_order::count_words(&mut counts, options, &set.frequencies);
    let temporary = counts.shards.bytes_on_disk();
    // Free what is no longer needed before the estimates take up memory.
    let open = options.open && set.tokenizer.has_surface();
    let writer = writer.with_open(open.then(|| {
        open::fit(&open::OpenCounts {
            surface: &set.surface,
            spelling: &set.spelling,
            vocab: set.vocab.view(),
            frequencies: &set.frequencies,
            summary: &set.summary,
        })
    }));
    let CountSet { vocab, summary, tokenizer, .. } = set;
    let options = TrainOptions { tokenizer, ..options.clone() };
    let counted = CountedText {
        counts,
        vocab,
        summary,
        temporary,
        left_out: None,
        cut: None,
        is_partial: false,
    };
    train::write(counted, &options, writer, output, progress)
}
