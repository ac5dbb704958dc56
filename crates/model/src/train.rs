//! Text to model file.

use crate::estimate::{self, Sink};
use crate::format::native::{Bases, Sizes, WriteError, Writer};
use crate::log10::{extend_log10, log10};
use crate::plan::{self, Plan};
use crate::smoothing::{Fitted, METHODS, Smoothing};
use crate::{ModelInfo, OrderInfo, ScoredLevel};
use ngram_counts::{
    Cancelled, Corpus, CorpusError, CorpusSummary, CountError, CountFileError, CountOptions,
    CountsOfCounts, DiskTooFull, Ids, NgramCounts, Progress, Resources, Sample, SampleError, Shard,
    TemporaryError, Text, VocabRule, check_disk,
};
use ngram_tokenizer::{TokenizerKind, TokenizerSpec, Vocab};
use std::io;
use std::path::{Path, PathBuf};

/// How to train a model.
#[derive(Clone)]
pub struct TrainOptions {
    /// The order n, from 1.
    pub order: usize,
    /// How the text is cut into tokens.
    pub tokenizer: TokenizerSpec,
    /// Which words the model knows.
    pub vocab: VocabRule,
    /// The smoothing method.
    pub smoothing: &'static dyn Smoothing,
    /// How much memory to take, and where to put what does not fit. The model is the same for any.
    pub resources: Resources,
}

impl Default for TrainOptions {
    /// Order 5, words, every word known, modified Kneser–Ney, any amount of memory.
    fn default() -> TrainOptions {
        TrainOptions {
            order: 5,
            tokenizer: TokenizerSpec::new(TokenizerKind::Words),
            vocab: VocabRule::All,
            smoothing: METHODS[0],
            resources: Resources::default(),
        }
    }
}

/// What a training came to.
#[derive(Clone, Debug)]
pub struct Trained {
    /// What was found in the text.
    pub corpus: CorpusSummary,
    /// What the model says of itself.
    pub info: ModelInfo,
    /// How many words the model knows, `<unk>`, `<s>` and `</s>` included.
    pub vocab_len: usize,
    /// The length of the model's file in bytes.
    pub file_size: u64,
    /// How many bytes of temporary files there were at most; 0 where memory sufficed.
    pub temporary: u64,
}

/// Why no model was made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrainError {
    /// The text is no corpus.
    #[error(transparent)]
    Corpus(#[from] CorpusError),
    /// A count file cannot be used.
    #[error(transparent)]
    CountFile(#[from] CountFileError),
    /// The n-grams could not be counted.
    #[error(transparent)]
    Count(#[from] CountError),
    /// The file could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The disk filled up while the file was written.
    #[error(
        "cannot write {}, which needs {needed} bytes: free some space, or choose another folder",
        path.display()
    )]
    Full {
        /// The file that was to be written.
        path: PathBuf,
        /// How long it would be.
        needed: u64,
        /// What the system said.
        source: io::Error,
    },
    /// A disk has too little free, as was found before it was written to.
    #[error(transparent)]
    Disk(#[from] DiskTooFull),
    /// The text could not be sampled.
    #[error(transparent)]
    Sample(#[from] SampleError),
    /// A temporary file failed.
    #[error(transparent)]
    Temporary(#[from] TemporaryError),
    /// The work was stopped.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// The longest part of a text that is sampled before each training.
const SAMPLE: u64 = 4 << 20;

/// How many times as much memory as its counts a shard takes while it is estimated and written.
const ESTIMATING: f64 = 2.5;

/// Trains a model on `texts` and writes it to `output`, whole or not at all.
///
/// Uses the threads of the current rayon pool; the file is the same for any number of them.
pub fn train(
    texts: &[Text],
    options: &TrainOptions,
    output: &Path,
    progress: &dyn Progress,
) -> Result<Trained, TrainError> {
    if options.order == 0 || options.order > ngram_counts::MAX_ORDER {
        return Err(CountError::Order(options.order).into());
    }
    let writer = Writer::create(output)?;
    let resources = &options.resources;
    let folder = output.parent().unwrap_or(Path::new(""));
    check_disks(texts, options, folder, progress)?;
    let corpus = Corpus::read(texts, &options.tokenizer, &options.vocab, resources, progress)?;
    let counting = CountOptions {
        order: options.order,
        lower_orders: options.smoothing.lower_orders(),
        resources: resources.clone(),
    };
    let counts = NgramCounts::measured(Ids::from(&corpus), &counting, lengths, progress)?;
    let temporary = corpus.blocks.bytes_on_disk() + counts.shards.bytes_on_disk();
    let Corpus { vocab, summary, blocks, frequencies } = corpus;
    drop((blocks, frequencies));
    write(Counted { counts, vocab, summary, temporary }, options, writer, output, progress)
}

/// Counts, and what they are of.
pub(crate) struct Counted {
    pub counts: NgramCounts<Vec<(u64, u64)>>,
    pub vocab: Vocab,
    pub summary: CorpusSummary,
    /// How many bytes of temporary files it took to count.
    pub temporary: u64,
}

/// Counts to model file.
pub(crate) fn write(
    counted: Counted,
    options: &TrainOptions,
    mut writer: Writer,
    output: &Path,
    progress: &dyn Progress,
) -> Result<Trained, TrainError> {
    let Counted { counts, vocab, summary, temporary } = counted;
    let resources = &options.resources;
    let folder = output.parent().unwrap_or(Path::new(""));
    let fitted: Vec<Fitted> =
        counts.counts_of_counts.iter().map(|counts| options.smoothing.fit(counts)).collect();
    let unigrams = estimate::unigrams(&counts.unigrams, &*fitted[0].discount);

    let info = ModelInfo {
        tokenizer: options.tokenizer.clone(),
        smoothing: Some(options.smoothing.name().to_owned()),
        orders: orders(&counts.counts_of_counts, &fitted, vocab.view().len()),
        training: Some((&summary).into()),
    };
    let (sizes, bases) = sizes(counts.shards.measures(), options.order);
    let log_probs: Vec<f32> = unigrams.iter().map(|&prob| log10(prob)).collect();
    let begun = writer.begin(&info, vocab.view(), &log_probs, &sizes);
    let file_size = writer.file_size();
    let full = |error| if_full(error, output, file_size);
    begun.map_err(full)?;
    check_disk(folder, "the model", file_size)?;

    let ngrams: u64 = sizes.0.iter().map(|(_, successors)| successors).sum();
    progress.begin("estimating", Some(ngrams), "n-grams");
    counts.shards.for_each(
        resources.left(),
        ESTIMATING,
        estimate::Scratch::default,
        |scratch, index, shard| {
            progress.proceed()?;
            let levels = score_shard(shard, &fitted, &unigrams, scratch);
            writer.part(&levels, &bases[index]).map_err(full)?;
            let done: usize = levels.iter().map(|level| level.log_probs.len()).sum();
            progress.advance(done as u64);
            Ok::<(), TrainError>(())
        },
    )?;
    progress.end();
    progress.proceed()?;
    let file_size = writer.finish().map_err(full)?;
    let vocab_len = vocab.view().len();
    Ok(Trained { corpus: summary, info, vocab_len, file_size, temporary })
}

fn orders(counts: &[CountsOfCounts], fitted: &[Fitted], vocab_len: usize) -> Vec<OrderInfo> {
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

/// Refuses work for which a disk has certainly too little free: less than half of what a sample
/// says. Texts that can be read only once are not sampled.
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
    Ok(check_disk(folder, "the model", model / 2)?)
}

/// Says how much room was needed, where there was not enough.
fn if_full(error: WriteError, path: &Path, needed: u64) -> TrainError {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    match error {
        WriteError::Io { source, .. }
            if matches!(source.kind(), FileTooLarge | QuotaExceeded | StorageFull) =>
        {
            TrainError::Full { path: path.to_owned(), needed, source }
        }
        error => error.into(),
    }
}

/// Of each level of a shard: how many histories and how many successors it has.
pub(crate) fn lengths(shard: &Shard) -> Vec<(u64, u64)> {
    let of_level = |level: &ngram_counts::Level| {
        (level.successor_ends.len() as u64, level.successor_words.len() as u64)
    };
    shard.levels.iter().map(of_level).collect()
}

/// How large the whole table is, and where each shard's part of it begins.
fn sizes<'l>(
    lengths: impl Iterator<Item = &'l Vec<(u64, u64)>>,
    order: usize,
) -> (Sizes, Vec<Bases>) {
    let mut sizes = Sizes(vec![(0, 0); order - 1]);
    let mut bases = Vec::new();
    for of_shard in lengths {
        bases.push(Bases(sizes.0.clone()));
        for ((histories, successors), (more_histories, more_successors)) in
            sizes.0.iter_mut().zip(of_shard)
        {
            *histories += more_histories;
            *successors += more_successors;
        }
    }
    (sizes, bases)
}

/// Puts probabilities in the place of counts.
fn score_shard(
    shard: Shard,
    fitted: &[Fitted],
    unigrams: &[f64],
    scratch: &mut estimate::Scratch,
) -> Vec<ScoredLevel> {
    let mut rounded = Rounded(shard.levels.iter().map(RoundedLevel::new).collect());
    estimate::shard(&shard, fitted, unigrams, scratch, &mut rounded);
    rounded.0.iter_mut().for_each(RoundedLevel::flush);
    let levels = shard.levels.into_iter().zip(rounded.0);
    levels
        .map(|(level, rounded)| ScoredLevel {
            words: level.words,
            child_ends: level.child_ends,
            successor_ends: level.successor_ends,
            successor_words: level.successor_words,
            log_probs: rounded.log_probs,
            backoffs: rounded.backoffs,
        })
        .collect()
}

/// Takes estimates and keeps their logarithms, rounded to 32 bits.
struct Rounded(Vec<RoundedLevel>);

struct RoundedLevel {
    log_probs: Vec<f32>,
    backoffs: Vec<f32>,
    /// Estimates whose logarithms are taken together.
    probs: Vec<f64>,
    weights: Vec<f64>,
}

impl RoundedLevel {
    const TOGETHER: usize = 1 << 10;

    fn new(level: &ngram_counts::Level) -> RoundedLevel {
        RoundedLevel {
            log_probs: Vec::with_capacity(level.successor_words.len()),
            backoffs: Vec::with_capacity(level.successor_ends.len()),
            probs: Vec::with_capacity(2 * RoundedLevel::TOGETHER),
            weights: Vec::with_capacity(RoundedLevel::TOGETHER),
        }
    }

    fn flush(&mut self) {
        extend_log10(&mut self.log_probs, &self.probs);
        extend_log10(&mut self.backoffs, &self.weights);
        self.probs.clear();
        self.weights.clear();
    }
}

impl Sink for Rounded {
    fn history(&mut self, length: usize, probs: &[f64], backoff: f64) {
        let level = &mut self.0[length - 1];
        level.probs.extend_from_slice(probs);
        level.weights.push(backoff);
        if level.probs.len() >= RoundedLevel::TOGETHER
            || level.weights.len() >= RoundedLevel::TOGETHER
        {
            level.flush();
        }
    }
}
