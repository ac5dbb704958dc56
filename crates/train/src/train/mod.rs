//! Trains a model file from text.

pub(crate) mod by_order;
mod compact;
mod complete;
mod error;
mod from_counts;
mod from_partial;
mod nodes;
mod plan;
mod pruned;
mod turns;
mod weights;
mod write;

pub use by_order::OrderMethod;
pub use error::TrainError;
pub use from_counts::train_from_counts;
pub use from_partial::{TrainedOnPart, train_from_partial};
pub use plan::{Plan, plan};
pub(crate) use write::{ShardMeasure, measure, write};

use crate::cutoffs::{Cut, Cutoffs, InvalidCutoffs};
use crate::estimate::Estimator;
use crate::held_out::{self, HeldOut, HeldOutSummary};
use crate::last_ngram;
use crate::open;
use crate::smoothing::{
    Combine, Convention, Discounts, Fitted, FittedToText, METHODS, OrderCounts, Settings,
    Smoothing, UnigramBase,
};
use ngram_counts::{
    Corpus, CorpusError, CorpusSummary, CountError, CountOptions, CountsOfCounts, IdBlocks, Ids,
    LowerOrders, NgramCounts, VocabRule,
};
use ngram_edit::prune::Target;
use ngram_input::{Sample, Text};
use ngram_model::log10::log10;
use ngram_model::native::convert::ConvertOptions;
use ngram_model::native::{MAX_SKIP, Writer};
use ngram_model::{ModelInfo, OrderInfo, TrainingInfo};
use ngram_store::{Progress, Resources, TemporaryError, check_disk, folder_of};
use ngram_tokenizer::{TokenizerKind, TokenizerSpec, Vocab, WordId};
use std::path::Path;
use std::sync::Arc;

/// How to train a model.
#[derive(Clone)]
pub struct TrainOptions {
    /// The order n, from 1.
    pub order: usize,
    /// How text is split into tokens.
    pub tokenizer: TokenizerSpec,
    /// Which words the model knows.
    pub vocab: VocabRule,
    /// The smoothing method.
    pub smoothing: &'static dyn Smoothing,
    /// A method for each order from 1, in place of the one of all; empty if there is one. Those between
    /// the first and the last take the same kind of counts.
    pub by_order: Vec<OrderMethod>,
    /// The method's parameters, and which n-grams are kept. If any are dropped, the kept ones are
    /// collected in memory, regardless of `resources`.
    pub settings: Settings,
    /// Held-out texts to fit the method's parameters to, held in memory; if empty, they are fitted
    /// to the counts.
    pub held_out: Arc<Vec<Text>>,
    /// How much memory to use, and where to put what does not fit. The model does not depend on it.
    pub resources: Resources,
    /// Whether the model has an open vocabulary: it spells unknown words and predicts spacing and case, so that
    /// its probability covers a text completely. Only for tokenizers whose tokens are pieces of a line.
    pub open: bool,
    /// How far to prune, by [revised Kneser pruning](crate::prune_counts); `None` for not at
    /// all. Pruning holds all n-grams in memory, regardless of `resources`.
    pub prune: Option<Target>,
    /// Which n-grams to leave out by their raw counts or words; all words share their probability.
    /// If any are left out, the kept ones are collected in memory.
    pub cutoffs: Cutoffs,
    /// Whether discounts are fitted to the counts-of-counts that KenLM's `lmplz` takes: there, the last n-gram of each
    /// lower order, by order of first occurrence, counts with its raw count instead of its continuation count.
    pub last_raw: bool,
    /// The number of words skipped before each predicted word and between the words of its history,
    /// at most 9. 0 makes an ordinary model, any other number a [`SkipModel`](ngram_model::SkipModel).
    pub skip: usize,
    /// The layout of the file. For all but the suffix layout, the whole model is held in memory, regardless of
    /// `resources`.
    pub layout: ConvertOptions,
}

impl Default for TrainOptions {
    /// Order 5, words, an open vocabulary of all words, modified Kneser–Ney, default resources.
    fn default() -> TrainOptions {
        TrainOptions {
            order: 5,
            tokenizer: TokenizerSpec::new(TokenizerKind::Words),
            vocab: VocabRule::All,
            smoothing: METHODS[0],
            by_order: Vec::new(),
            settings: Settings::default(),
            held_out: Arc::default(),
            resources: Resources::default(),
            open: true,
            skip: 0,
            prune: None,
            cutoffs: Cutoffs::default(),
            last_raw: false,
            layout: ConvertOptions::default(),
        }
    }
}

/// The result of a training.
#[derive(Clone, Debug)]
pub struct Trained {
    /// What was found in the text.
    pub corpus: CorpusSummary,
    /// The description stored in the model.
    pub info: ModelInfo,
    /// The size of the vocabulary, including `<unk>`, `<s>` and `</s>`.
    pub vocab_len: usize,
    /// The length of the model's file in bytes.
    pub file_size: u64,
    /// The peak size of temporary files in bytes; 0 if memory sufficed.
    pub temporary: u64,
    /// What was found in the held-out text, if there was one.
    pub held_out: Option<HeldOutSummary>,
}

/// About how many tokens of the training text discounts are fitted to by leaving one out.
const LEFT_OUT: u64 = 100_000;

/// The maximum size of the sample taken before each training.
const SAMPLE: u64 = 4 << 20;

/// Trains a model on `texts` and writes it to `output`, atomically.
///
/// Uses the threads of the current rayon pool; their number does not affect the file.
pub fn train(
    texts: &[Text],
    options: &TrainOptions,
    output: &Path,
    progress: &dyn Progress,
) -> Result<Trained, TrainError> {
    if options.order == 0 || options.order > ngram_counts::MAX_ORDER {
        return Err(CountError::Order(options.order).into());
    }
    options.check()?;
    // First, so that an unwritable folder is found before the work begins.
    let writer = Writer::create(output)?;
    let resources = &options.resources;
    let folder = folder_of(output);
    check_disks(texts, options, folder, progress)?;
    let open = options.open && options.tokenizer.has_surface();
    let read = if open { Corpus::read_with_surface } else { Corpus::read };
    let mut corpus = read(texts, &options.tokenizer, &options.vocab, resources, progress)?;
    options.vocab.fits(&corpus.summary)?;
    let writer = writer.with_open(open.then(|| {
        open::fit(&open::OpenCounts {
            surface: &corpus.surface,
            spelling: &corpus.spelling,
            vocab: corpus.vocab.view(),
            frequencies: &corpus.frequencies,
            summary: &corpus.summary,
        })
    }));
    let writer = writer.with_skip(options.skip);
    corpus.take_apart(options.skip + 1);
    let counting = CountOptions {
        order: options.order,
        lower_orders: options.lower_orders(),
        resources: resources.clone(),
    };
    let mut counts = NgramCounts::measured(Ids::from(&corpus), &counting, measure, progress)?;
    by_order::count_words(&mut counts, options, &corpus.frequencies);
    if options.last_raw && counting.lower_orders == LowerOrders::Continuation {
        let words = corpus.vocab.view().len();
        last_ngram::count_raw(&mut counts.counts_of_counts, &corpus.blocks, words)?;
    }
    let temporary = corpus.blocks.bytes_on_disk() + counts.shards.bytes_on_disk();
    let left_out = left_out(&corpus.blocks, &corpus.summary, options)?;
    let (cutoffs, lower_orders) = (&options.cutoffs, counting.lower_orders);
    let cut = cutoffs
        .any()
        .then(|| Cut::new(cutoffs, corpus.vocab.view(), &corpus.frequencies, lower_orders));
    let Corpus { vocab, summary, blocks, frequencies, surface, spelling } = corpus;
    drop((blocks, frequencies, surface, spelling));
    let counted =
        CountedText { counts, vocab, summary, temporary, left_out, cut, is_partial: false };
    write(counted, options, writer, output, progress)
}

/// Returns the sentences of the training text to fit discounts to, if any.
pub(crate) fn left_out(
    blocks: &IdBlocks,
    summary: &CorpusSummary,
    options: &TrainOptions,
) -> Result<Option<Vec<u32>>, TemporaryError> {
    match options.settings.discounts {
        Discounts::Formula => Ok(None),
        Discounts::LeaveOneOut => held_out::sample(blocks, summary.tokens, LEFT_OUT).map(Some),
    }
}

/// Counts, with their vocabulary and text summary.
pub(crate) struct CountedText {
    pub counts: NgramCounts<ShardMeasure>,
    pub vocab: Vocab,
    pub summary: CorpusSummary,
    /// The bytes of temporary files used for counting.
    pub temporary: u64,
    /// The sentences of the training text to fit discounts to, if any.
    pub left_out: Option<Vec<u32>>,
    /// What to leave out of the model, if anything.
    pub cut: Option<Cut>,
    /// Whether n-grams were added to lists of some: then an n-gram need not be a history.
    pub is_partial: bool,
}

impl TrainOptions {
    /// Checks all options that can be checked before the work begins.
    pub(crate) fn check(&self) -> Result<(), TrainError> {
        self.layout.check()?;
        self.settings.check(self.order)?;
        by_order::check(self)?;
        self.cutoffs.check(self.order)?;
        if self.cutoffs.any() && !self.can_cut() {
            return Err(InvalidCutoffs::Model.into());
        }
        if self.skip > MAX_SKIP {
            return Err(TrainError::Skip(self.skip));
        }
        if self.prune.is_some() && !pruned::can(self) {
            return Err(TrainError::NotPruned);
        }
        let leaves_out = self.settings.discounts == Discounts::LeaveOneOut;
        if self.held_out.is_empty() && !leaves_out {
            return Ok(());
        }
        let name = self.smoothing.name();
        if self.smoothing.held_out().is_none() {
            return Err(TrainError::HeldOutUnused(name));
        }
        // Jelinek–Mercer's weights have no formula to start from, and can only be fitted to other text.
        if leaves_out && (!self.held_out.is_empty() || !self.smoothing.has_discounts()) {
            return Err(TrainError::LeaveOneOut(name));
        }
        let plain = self.settings.combine(self.smoothing) == Combine::Interpolate
            && self.settings.unigrams(self.smoothing) == UnigramBase::Uniform
            && self.settings.convention == Convention::Exact;
        if self.smoothing.has_discounts() && !plain {
            return Err(TrainError::NotInterpolated);
        }
        Ok(())
    }
}

impl TrainOptions {
    /// Whether cut-offs by raw counts are possible.
    fn can_cut(&self) -> bool {
        let Settings { convention, discounts, .. } = self.settings;
        self.settings.combine(self.smoothing) == Combine::Interpolate
            && convention == Convention::Exact
            && discounts == Discounts::Formula
            && !self.settings.drops(self.order)
            && self.held_out.is_empty()
            && self.prune.is_none()
            && self.by_order.is_empty()
            && !(self.open && self.tokenizer.has_surface())
    }
}

/// A model that only remains to be estimated.
pub(crate) struct FittedCounts {
    pub counts: NgramCounts<ShardMeasure>,
    pub vocab: Vocab,
    pub summary: CorpusSummary,
    pub temporary: u64,
    pub held_out: Option<HeldOutSummary>,
    pub cut: Option<Cut>,
    pub estimator: Estimator,
    pub info: ModelInfo,
    /// The unigram probabilities, and their log10.
    pub unigrams: Vec<f64>,
    pub log_probs: Vec<f32>,
}

/// Fits the method to the counts, or to held-out text looked up in them.
pub(crate) fn fit(
    counted: CountedText,
    options: &TrainOptions,
) -> Result<FittedCounts, TrainError> {
    let CountedText { counts, vocab, summary, temporary, left_out, cut, is_partial: _ } = counted;
    let TrainOptions { smoothing, settings, tokenizer, resources, .. } = options;
    let words = vocab.view().len() as u64 - 1 - u64::from(!settings.predict_unknown);
    let text = match left_out {
        None if options.held_out.is_empty() => None,
        None => Some(held_out::read(&options.held_out, tokenizer, vocab.view(), options.skip + 1)?),
        Some(left_out) => Some(left_out),
    };
    let mut held_out = None;
    let mut estimator = match (smoothing.held_out(), text) {
        (Some(method), Some(text)) => {
            // Where unknown words are spelled, or never occurred in training, what the table gives to `<unk>` is
            // next to nothing of what they cost. To fit it would take discounts to their bounds.
            let spells = options.open && tokenizer.has_surface();
            let with_unknown = !spells && counts.unigrams[WordId::UNKNOWN.index()] > 0;
            let (mut found, mut of_text) =
                HeldOut::look_up(&text, &counts, summary.sentences, with_unknown, resources)?;
            if settings.discounts == Discounts::LeaveOneOut {
                found.leave_out(smoothing.lower_orders());
            }
            let of: Vec<OrderCounts> = (1..)
                .zip(&counts.counts_of_counts)
                .map(|(order, counts)| OrderCounts { order, words, counts, settings })
                .collect();
            let FittedToText { orders, bits } = method.fit_held_out(&found, &of);
            of_text.bits = bits;
            held_out = Some(of_text);
            Estimator::new(*smoothing, orders, settings)
        }
        _ if !options.by_order.is_empty() => {
            by_order::fit(options, &counts.counts_of_counts, words)?
        }
        _ => Estimator::fit(*smoothing, &counts.counts_of_counts, words, settings),
    };
    if let Some(cut) = &cut {
        estimator.dropped.clone_from(&cut.dropped);
    }
    let unigrams = estimator.unigrams(&counts.unigrams);
    let info = ModelInfo {
        tokenizer: tokenizer.clone(),
        smoothing: Some(describe(options)),
        orders: orders(&counts.counts_of_counts, &estimator.fitted, vocab.view().len()),
        training: Some(training_info(&summary)),
        quantization: None,
    };
    let log_probs = unigrams.iter().map(|&prob| log10(prob)).collect();
    Ok(FittedCounts {
        counts,
        vocab,
        summary,
        temporary,
        held_out,
        cut,
        estimator,
        info,
        unigrams,
        log_probs,
    })
}

/// Returns the method's name, followed by the settings that differ from its defaults.
fn describe(options: &TrainOptions) -> String {
    let TrainOptions { smoothing, settings, held_out, .. } = options;
    let own = || settings.describe(*smoothing);
    let mut name = by_order::describe(options).unwrap_or_else(own);
    name.push_str(&options.cutoffs.describe());
    if !held_out.is_empty() && smoothing.has_discounts() {
        name.push_str(", discounts fitted to held-out text");
    }
    name
}

pub(crate) fn orders(
    counts: &[CountsOfCounts],
    fitted: &[Fitted],
    vocab_len: usize,
) -> Vec<OrderInfo> {
    let orders = counts.iter().zip(fitted).enumerate();
    orders
        .map(|(index, (counts, fitted))| OrderInfo {
            ngrams: if index == 0 { vocab_len as u64 } else { counts.ngrams() },
            counts_of_counts: [1, 2, 3, 4].map(|r| counts.of(r)),
            parameters: fitted.discount.parameters(),
            note: fitted.note.clone(),
        })
        .collect()
}

/// Fails if a disk clearly has too little space: less than half of the estimate from a sample.
/// Texts that can be read only once are not sampled.
fn check_disks(
    texts: &[Text],
    options: &TrainOptions,
    folder: &Path,
    progress: &dyn Progress,
) -> Result<(), TrainError> {
    let Some(total) = texts.iter().map(Text::size).sum::<Option<u64>>() else { return Ok(()) };
    let Some(sample) = Sample::of_files(texts, (total / 256).min(SAMPLE), 8)? else {
        return Ok(());
    };
    let Plan { model, temporary, .. } = match plan::of_sample(&sample, options, progress) {
        Ok(plan) => plan,
        // A sample without words says nothing about the text.
        Err(TrainError::Corpus(CorpusError::Empty(_))) => return Ok(()),
        Err(error) => return Err(error),
    };
    if temporary > 0 {
        options.resources.check_temp_dir()?;
        check_disk(&options.resources.temp_dir, "the temporary files", temporary / 2)?;
    }
    // There is no estimate of how much is dropped.
    let drops =
        options.settings.drops(options.order) || options.prune.is_some() || options.cutoffs.any();
    let model = if drops { 0 } else { model };
    Ok(check_disk(folder, "the model", model / 2)?)
}

/// What a model says of the text it was trained on.
pub(crate) fn training_info(summary: &CorpusSummary) -> TrainingInfo {
    let &CorpusSummary { sentences, tokens, types, bytes, unknown, markers, invalid, .. } = summary;
    TrainingInfo { sentences, tokens, types, bytes, unknown, markers, invalid }
}
