//! Prunes a model file.

use super::cut::cut;
use super::losses::{Losses, histories};
use super::prefixes::{NONE, Prefixes};
use super::target::{NoThreshold, Target, threshold_for, threshold_of};
use super::{Criterion, worth};
use ngram_model::native::convert::{self, ConvertError, ConvertOptions};
use ngram_model::native::{WriteError, Writer};
use ngram_model::table::{OwnedTable, WholeTable};
use ngram_model::{
    AssembleError, LanguageModel, Model, ModelError, ModelInfo, OrderInfo, ScoredLevel,
    TooManyNgrams,
};
use ngram_store::{Cancelled, Progress, TemporaryError, folder_of, temporary_folder};
use std::path::Path;

/// A model, with the worth of each of its n-grams.
pub struct Pruner<'m> {
    model: &'m Model,
    table: WholeTable<'m>,
    /// Worths, in place of losses.
    losses: Losses,
    criterion: &'static dyn Criterion,
    progress: &'m dyn Progress,
}

/// The result of pruning.
#[derive(Clone, Debug)]
pub struct Pruned {
    /// The description stored in the smaller model.
    pub info: ModelInfo,
    /// The length of its file in bytes.
    pub file_size: u64,
    /// N-grams worth less than this were pruned.
    pub threshold: f32,
}

/// Why a model was not pruned.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PruneError {
    /// The model has only unigrams.
    #[error("the model has order 1: single words are not pruned; train one of order 2 or more")]
    SingleWords,
    /// The lowest order to prune is out of range.
    #[error(
        "n-grams of {min_order} words or more cannot be pruned: choose a number from 2 to {order} words"
    )]
    MinOrder {
        /// The lowest order to prune.
        min_order: usize,
        /// The order of the model.
        order: usize,
    },
    /// The model is quantised: n-grams share values, and new values would be rounded again.
    #[error("the model is quantised, so it cannot be pruned: prune first, then quantise")]
    Quantized,
    /// The model of histories has another tokenizer.
    #[error(
        "the tokenizer of the model of histories is {of_histories}, that of the model {of_model}: both must cut a text into the same tokens"
    )]
    Tokenizer {
        /// The tokenizer of the model of histories.
        of_histories: String,
        /// The tokenizer of the model.
        of_model: String,
    },
    /// The model is damaged.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// A temporary file failed.
    #[error(transparent)]
    Temporary(#[from] TemporaryError),
    /// No threshold leads to the target.
    #[error(transparent)]
    Target(#[from] NoThreshold),
    /// There are more n-grams than can be numbered.
    #[error(transparent)]
    TooMany(#[from] TooManyNgrams),
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

impl From<AssembleError> for PruneError {
    fn from(error: AssembleError) -> PruneError {
        match error {
            AssembleError::TooMany(error) => PruneError::TooMany(error),
            AssembleError::Cancelled(error) => PruneError::Cancelled(error),
        }
    }
}

/// Checks that n-grams of `min_order` words or more of the model can be pruned.
pub(super) fn check(model: &Model, min_order: usize) -> Result<(), PruneError> {
    let order = model.order();
    if order == 1 {
        return Err(PruneError::SingleWords);
    }
    if !(2..=order).contains(&min_order) {
        return Err(PruneError::MinOrder { min_order, order });
    }
    match model.info().quantization {
        Some(_) => Err(PruneError::Quantized),
        None => Ok(()),
    }
}

impl<'m> Pruner<'m> {
    /// Computes the worth of each n-gram of `min_order` words or more, at least two. The
    /// probabilities of histories come from `histories_of`, or from the model itself.
    ///
    /// Holds the whole model in memory, plus 20 bytes per n-gram. Uses the threads of the current
    /// rayon pool; their number does not affect the worths. `progress` can also cancel what the pruner does later.
    ///
    /// # Errors
    ///
    /// If the model has order 1 or is quantised, if `min_order` is not between 2 and its order, if
    /// `histories_of` has another tokenizer, or if the work was stopped.
    pub fn new(
        model: &'m Model,
        criterion: &'static dyn Criterion,
        min_order: usize,
        histories_of: Option<&dyn LanguageModel>,
        progress: &'m dyn Progress,
    ) -> Result<Pruner<'m>, PruneError> {
        check(model, min_order)?;
        if let Some(other) = histories_of
            && other.tokenizer() != model.tokenizer()
        {
            let (of_histories, of_model) =
                (other.tokenizer().to_string(), model.tokenizer().to_string());
            return Err(PruneError::Tokenizer { of_histories, of_model });
        }
        progress.begin("weighing", None, "n-grams");
        let table = model.table_until(progress);
        progress.proceed()?;
        let table = table?;
        let view = table.view();
        for (depth, level) in view.levels.iter().enumerate() {
            if level.histories().max(level.successor_words.len()) >= NONE as usize {
                return Err(TooManyNgrams(depth + 2).into());
            }
        }
        progress.proceed()?;
        let prefixes = Prefixes::of(&view, progress)?;
        let probs = histories(&view, &prefixes, model.vocab(), histories_of, progress)?;
        let tokens = model.info().training.as_ref().map_or(1.0, |info| info.tokens as f64);
        let mut losses = Losses::of(&view, &probs, criterion, tokens, progress)?;
        drop(probs);
        worth::pass_on(&view, &prefixes, &mut losses.losses, min_order, progress)?;
        progress.end();
        progress.proceed()?;
        Ok(Pruner { model, table, losses, criterion, progress })
    }

    /// Returns the threshold for a target; n-grams worth less are to be pruned.
    ///
    /// # Errors
    ///
    /// If there is none, if no trial file can be written beside `output` to measure its size, or if the work was stopped.
    pub fn threshold(
        &self,
        target: Target,
        layout: &ConvertOptions,
        output: &Path,
    ) -> Result<f32, PruneError> {
        match target {
            Target::Bytes(asked) => self.threshold_for_bytes(asked, layout, output),
            target => {
                let words = self.table.view().unigrams.len() as u64;
                Ok(threshold_of(target, words, &self.losses.losses)?)
            }
        }
    }

    /// Writes the model pruned at a threshold to `output`, atomically. The open vocabulary is copied as it is.
    ///
    /// # Errors
    ///
    /// If `output` cannot be written, or if the work was stopped.
    pub fn write(
        &self,
        threshold: f32,
        layout: &ConvertOptions,
        output: &Path,
    ) -> Result<Pruned, PruneError> {
        layout.check()?;
        let writer = Writer::create(output)?.with_sources([self.model]);
        let writer = writer.with_open(self.model.open_parts());
        let view = self.table.view();
        let levels = cut(&view, &self.losses, threshold, self.progress)?;
        let unigrams = view.unigrams.iter().map(|log_prob| log_prob.get()).collect();
        let info = self.info(&levels, threshold, layout);
        let table = OwnedTable::new(unigrams, levels);
        self.progress.proceed()?;
        let file_size = convert::write(writer, &info, self.model.vocab(), &table.view(), layout)?;
        Ok(Pruned { info, file_size, threshold })
    }

    fn info(&self, levels: &[ScoredLevel], threshold: f32, layout: &ConvertOptions) -> ModelInfo {
        let info = self.model.info();
        let pruned = format!("pruned by {} at {threshold:e}", self.criterion.name());
        let smoothing = match &info.smoothing {
            Some(smoothing) => format!("{smoothing}, {pruned}"),
            None => pruned,
        };
        let lengths = levels.iter().map(|level| level.log_probs.len() as u64);
        let first = info.orders.first().map_or(0, |order| order.ngrams);
        let orders = std::iter::once(first).chain(lengths).zip(&info.orders);
        ModelInfo {
            smoothing: Some(smoothing),
            orders: orders.map(|(ngrams, order)| OrderInfo { ngrams, ..order.clone() }).collect(),
            quantization: layout.quantize,
            ..info.clone()
        }
    }

    fn worths(&self) -> impl Iterator<Item = f32> {
        self.losses.losses.iter().flatten().copied()
    }

    /// The size of a file is nearly proportional to the number of n-grams, so a few trial files are
    /// written, each closer to the size asked for, until one is smaller by less than a thousandth.
    fn threshold_for_bytes(
        &self,
        asked: u64,
        layout: &ConvertOptions,
        output: &Path,
    ) -> Result<f32, PruneError> {
        const ATTEMPTS: usize = 12;
        let folder = temporary_folder(folder_of(output))?;
        let path = folder.path().join("model.ngram");
        let write = |threshold: f32| -> Result<u64, PruneError> {
            Ok(self.write(threshold, layout, &path)?.file_size)
        };
        let longer = self.worths().count() as u64;
        let least = self.worths().filter(|&worth| worth == f32::INFINITY).count() as u64;
        let (mut low, mut high) =
            ((least, write(f32::INFINITY)?), (longer, write(f32::NEG_INFINITY)?));
        if high.1 <= asked {
            return Err(NoThreshold::LargerFile { has: high.1, asked }.into());
        }
        if low.1 > asked {
            return Err(NoThreshold::SmallerFile { asked, least: low.1 }.into());
        }
        let mut best = f32::INFINITY;
        for _ in 0..ATTEMPTS {
            if high.0 - low.0 <= 1 || asked - low.1 <= asked / 1000 {
                break;
            }
            let part = (asked - low.1) as f64 / (high.1 - low.1) as f64;
            // Slightly less than proportional, so that more attempts are below than above.
            let step = ((high.0 - low.0) as f64 * part * 0.9998) as u64;
            let most = (low.0 + step).clamp(low.0 + 1, high.0 - 1);
            let Some(threshold) = threshold_for(self.worths(), most as usize) else { break };
            match write(threshold)? {
                size if size <= asked => (low, best) = ((most, size), threshold),
                size => high = (most, size),
            }
        }
        Ok(best)
    }
}
