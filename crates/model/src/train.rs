//! Text to model file.

use crate::convert::{self, ConvertError, ConvertOptions};
use crate::estimate::{self, Sink};
use crate::format::native::{LayoutError, WriteError, Writer, fast};
use crate::log10::{extend_log10, log10};
use crate::open;
use crate::plan::{self, Plan};
use crate::smoothing::{Fitted, METHODS, Smoothing};
use crate::{LanguageModel, Layout, Model, ModelError, ModelInfo, OrderInfo, ScoredLevel};
use ngram_counts::{
    Cancelled, Corpus, CorpusError, CorpusSummary, CountError, CountFileError, CountOptions,
    CountsOfCounts, DiskTooFull, Ids, NgramCounts, Progress, Resources, Sample, SampleError, Shard,
    TemporaryError, Text, VocabRule, check_disk,
};
use ngram_tokenizer::{TokenizerKind, TokenizerSpec, Vocab, WordId};
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
    /// Whether the model spells words it does not know, and knows of gaps and case, so that a text can be paid
    /// for whole. Tokenizers whose tokens are no pieces of a line have no such models.
    pub open: bool,
    /// How the file is laid out. Any layout but the fast one is made from a temporary file in that
    /// one, with the whole model in memory, however much was to be taken.
    pub layout: ConvertOptions,
}

impl Default for TrainOptions {
    /// Order 5, words, every word known and others spelled, modified Kneser–Ney, any amount of memory.
    fn default() -> TrainOptions {
        TrainOptions {
            order: 5,
            tokenizer: TokenizerSpec::new(TokenizerKind::Words),
            vocab: VocabRule::All,
            smoothing: METHODS[0],
            resources: Resources::default(),
            open: true,
            layout: ConvertOptions::default(),
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
    /// The model does not fit the fast layout.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// N-grams are missing from the counts.
    #[error(
        "n-grams of order {0} are missing from the counts, or others are too many, as after rare ones were dropped: count the text again, and drop nothing"
    )]
    Incomplete(usize),
    /// The model cannot be laid out as asked.
    #[error(transparent)]
    Convert(#[from] ConvertError),
    /// The temporary model cannot be read back.
    #[error(transparent)]
    Model(#[from] ModelError),
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
    options.layout.check()?;
    // First, so that a folder that cannot be written to is known before the work.
    let writer = Writer::create(output)?;
    let resources = &options.resources;
    let folder = output.parent().unwrap_or(Path::new(""));
    check_disks(texts, options, folder, progress)?;
    let open = options.open && options.tokenizer.has_surface();
    let read = if open { Corpus::read_with_surface } else { Corpus::read };
    let corpus = read(texts, &options.tokenizer, &options.vocab, resources, progress)?;
    let writer = writer.with_open(open.then(|| {
        open::fit(&open::Counted {
            surface: &corpus.surface,
            spelling: &corpus.spelling,
            vocab: corpus.vocab.view(),
            frequencies: &corpus.frequencies,
            summary: &corpus.summary,
        })
    }));
    let counting = CountOptions {
        order: options.order,
        lower_orders: options.smoothing.lower_orders(),
        resources: resources.clone(),
    };
    let counts = NgramCounts::measured(Ids::from(&corpus), &counting, measure, progress)?;
    let temporary = corpus.blocks.bytes_on_disk() + counts.shards.bytes_on_disk();
    let Corpus { vocab, summary, blocks, frequencies, surface, spelling } = corpus;
    drop((blocks, frequencies, surface, spelling));
    write(Counted { counts, vocab, summary, temporary }, options, writer, output, progress)
}

/// Counts, and what they are of.
pub(crate) struct Counted {
    pub counts: NgramCounts<Measure>,
    pub vocab: Vocab,
    pub summary: CorpusSummary,
    /// How many bytes of temporary files it took to count.
    pub temporary: u64,
}

/// Counts to model file.
pub(crate) fn write(
    counted: Counted,
    options: &TrainOptions,
    writer: Writer,
    output: &Path,
    progress: &dyn Progress,
) -> Result<Trained, TrainError> {
    if options.layout.layout == Layout::Fast {
        return write_fast(counted, options, writer, output, progress);
    }
    let folder = &options.resources.temp_dir;
    let file = tempfile::Builder::new().prefix("ngram-model-").suffix(".tmp").tempfile_in(folder);
    let path =
        file.map_err(|source| WriteError::Io { path: folder.clone(), source })?.into_temp_path();
    let fast = Writer::create(&path)?;
    let mut trained = write_fast(counted, options, fast, &path, progress)?;
    progress.begin("laying out", None, "n-grams");
    let model = Model::open(&path)?;
    let info = ModelInfo { quantization: options.layout.quantize, ..model.info().clone() };
    let table = model.table();
    trained.file_size =
        convert::write(writer, &info, model.vocab(), &table.view(), &options.layout)?;
    trained.info = info;
    progress.end();
    Ok(trained)
}

fn write_fast(
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
        quantization: None,
    };
    let log_probs: Vec<f32> = unigrams.iter().map(|&prob| log10(prob)).collect();
    let (places, total) = fast::places(counts.shards.measures().map(|measure| measure.size));
    for index in 0..options.order.saturating_sub(2) {
        let surplus: i64 = counts.shards.measures().map(|measure| measure.surplus[index]).sum();
        if surplus != 0 {
            return Err(TrainError::Incomplete(index + 2));
        }
    }
    let begun = writer.begin_fast(&info, vocab.view(), total);
    let file_size = writer.file_size();
    let full = |error: WriteError| if_full(error, output, file_size);
    begun.map_err(|error| if_full(error, output, file_size))?;
    check_disk(folder, "the model", file_size)?;
    if options.order == 1 {
        let part =
            fast::build(&[], 0..log_probs.len(), &log_probs, fast::Place::default(), |_, _, _| {
                false
            })?;
        writer.fast_part(part, 0, fast::Place::default()).map_err(full)?;
    }

    let ngrams: u64 = counts.counts_of_counts[1..].iter().map(|order| order.ngrams()).sum();
    progress.begin("estimating", Some(ngrams), "n-grams");
    counts.shards.for_each(
        resources.left(),
        ESTIMATING,
        estimate::Scratch::default,
        |scratch, index, shard| {
            progress.proceed()?;
            let first = shard.first_word as usize;
            let levels = score_shard(shard, &fitted, &unigrams, scratch);
            let words = 0..levels[0].successor_ends.len();
            let own = &log_probs[first..first + words.len()];
            // Whatever is followed by anything is a history: all but the ends of sentences.
            let extends =
                |depth: usize, _, at: usize| levels[depth].successor_words[at] != WordId::END.0;
            let part = fast::build(&levels, words, own, places[index], extends)?;
            writer.fast_part(part, first, places[index]).map_err(full)?;
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

/// What must be known of a shard before any is written.
pub(crate) struct Measure {
    /// How much room it takes in the model's file.
    pub size: fast::Size,
    /// For each order from 2 to n − 1, how many n-grams it has that words follow, less its histories
    /// of that length. Over all shards these are the same n-grams, if none is missing.
    pub surplus: Vec<i64>,
}

/// Takes the measure of a shard.
pub(crate) fn measure(shard: &Shard) -> Measure {
    let ends = shard
        .levels
        .iter()
        .map(|level| fast::Ends { children: &level.child_ends, successors: &level.successor_ends });
    let levels: Vec<fast::Ends> = ends.collect();
    let size = fast::measure(&levels, shard.levels[0].successor_ends.len());
    let surplus = shard.levels.windows(2).map(|pair| {
        let followed = pair[0].successor_words.iter().filter(|&&word| word != WordId::END.0);
        followed.count() as i64 - pair[1].successor_ends.len() as i64
    });
    Measure { size, surplus: surplus.collect() }
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
fn if_full(error: impl Into<TrainError>, path: &Path, needed: u64) -> TrainError {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    match error.into() {
        TrainError::Write(WriteError::Io { source, .. })
        | TrainError::Layout(LayoutError::Write(WriteError::Io { source, .. }))
            if matches!(source.kind(), FileTooLarge | QuotaExceeded | StorageFull) =>
        {
            TrainError::Full { path: path.to_owned(), needed, source }
        }
        error => error,
    }
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
        match probs {
            // Most histories have one successor, which is not worth a call.
            [prob] => level.probs.push(*prob),
            probs => level.probs.extend_from_slice(probs),
        }
        level.weights.push(backoff);
        if level.probs.len() >= RoundedLevel::TOGETHER
            || level.weights.len() >= RoundedLevel::TOGETHER
        {
            level.flush();
        }
    }
}
