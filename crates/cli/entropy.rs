//! `ngram entropy`.

use crate::brown1992;
use crate::input::{self, Input};
use crate::machine;
use crate::output;
use crate::page::PageFile;
use crate::progress::ProgressDisplay;
use crate::stop;
use anyhow::{Context, anyhow, bail};
use clap::ValueEnum;
use ngram_counts::VocabRule;
use ngram_input::Text;
use ngram_lab::english::{self, Smoothing, Trainer, Training};
use ngram_model::{ClassModel, LanguageModel, Model};
use ngram_store::{Progress, Resources};
use ngram_tokenizer::{TokenizerKind, TokenizerSpec};
use ngram_train::classes::{WordClasses, train_classes};
use ngram_train::{TrainOptions, smoothing, train};
use std::error::Error;
use std::io::{Read, Write};
use std::path::PathBuf;
use tempfile::TempDir;

/// Estimate the entropy of a text by every method, side by side.
///
/// N-gram entropies over Shannon's 26 letters and 27 symbols and over all characters, beside the cross-entropy of
/// held-out text under models; the entropy of single words; estimates from match lengths; Shannon's guessing game,
/// played by a model; and a learning curve with its extrapolation. Every figure comes with its formula, assumptions
/// and denominator; if one cannot be computed, the report says why.
#[derive(clap::Args)]
pub struct Args {
    /// Text: a file, or - for standard input; UTF-8, plain or compressed with gzip or zstd.
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Every estimate, or only the bound of Brown and others (1992): a trigram model with deleted interpolation for
    /// lowercase tokens, a speller for unknown ones, case and spaces, with every character charged.
    #[arg(
        long,
        value_enum,
        default_value = "all",
        requires_ifs = [("brown1992", "train"), ("brown1992", "dev")]
    )]
    method: Method,

    /// With --method brown1992: text to count.
    #[arg(long, value_name = "FILE")]
    train: Option<PathBuf>,

    /// With --method brown1992: text to fit the weights to, which must not be part of --train.
    #[arg(long, value_name = "FILE")]
    dev: Option<PathBuf>,

    /// With --method brown1992: how to split text into tokens, `words` or `whitespace`.
    #[arg(long, value_name = "NAME", default_value = "words")]
    tokenizer: TokenizerKind,

    /// Write the report as JSON.
    #[arg(long)]
    json: bool,

    /// Also write an HTML page to this file: every estimate as a plot, beside the figures of
    /// Shannon and of Brown et al. The page is one self-contained file.
    #[arg(long, value_name = "PAGE")]
    html: Option<PathBuf>,

    /// Number of threads [default: one per core]; the figures are the same for any number.
    #[arg(long, short = 'j', value_name = "N")]
    threads: Option<usize>,

    /// Show no progress.
    #[arg(short, long)]
    quiet: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Method {
    All,
    #[value(name = "brown1992")]
    Brown1992,
}

/// Runs the verb.
pub fn run(args: Args) -> anyhow::Result<()> {
    stop::listen()?;
    match (args.method, &args.train, &args.dev) {
        (Method::All, None, None) => all(args),
        (Method::Brown1992, Some(train), Some(dev)) => {
            let files = [train, dev, &args.file].map(PathBuf::as_path);
            let progress = ProgressDisplay::new(args.quiet);
            let pool = machine::pool(args.threads)?;
            pool.install(|| brown1992::run(files, &args.tokenizer, args.json, &progress))
        }
        _ => bail!("--train and --dev belong to --method brown1992, which needs both"),
    }
}

fn all(args: Args) -> anyhow::Result<()> {
    let input = input::single(&args.file)?;
    let page = args.html.as_deref().map(|path| PageFile::create(path, input.path())).transpose()?;
    let progress = ProgressDisplay::new(args.quiet);
    progress.begin("reading", input.size, "bytes");
    let RawText { text, bytes, invalid } = read(&input, &progress)?;
    progress.end();
    if text.is_empty() {
        bail!("{} is empty: there is nothing to estimate the entropy of", args.file.display());
    }
    let trainer = Temporary::new()?;
    let pool = machine::pool(args.threads)?;
    progress.begin("estimating", None, "");
    let report = pool.install(|| english::report(&input.name, bytes, &text, &trainer));
    progress.end();
    let mut report = report.map_err(|error| anyhow!(error)).context("cannot train a model")?;
    if invalid > 0 {
        report.notes.push(format!(
            "{invalid} sequences of bytes are no UTF-8; each is read as the character U+FFFD"
        ));
    }
    if let Some(page) = page {
        page.write(&ngram_report::html::entropy::page(&report))?;
    }
    let mut out = output::stdout();
    let shown = match args.json {
        true => serde_json::to_string_pretty(&report).context("cannot write JSON")? + "\n",
        false => ngram_report::entropy::report(&report),
    };
    out.write_all(shown.as_bytes())?;
    Ok(())
}

/// A text in memory.
pub struct RawText {
    /// The text, with U+FFFD for each invalid UTF-8 sequence and without a byte order mark.
    pub text: String,
    /// Number of bytes in the input.
    bytes: u64,
    /// Number of invalid UTF-8 sequences.
    pub invalid: usize,
}

/// Reads all of an input into memory.
pub fn read(input: &Input, progress: &ProgressDisplay) -> anyhow::Result<RawText> {
    let mut bytes = Vec::new();
    let read = input.open(|count| progress.advance(count))?.read_to_end(&mut bytes);
    read.with_context(|| format!("cannot read {}", input.name))?;
    let plain = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let invalid = plain.utf8_chunks().filter(|chunk| !chunk.invalid().is_empty()).count();
    let text = String::from_utf8_lossy(plain).into_owned();
    Ok(RawText { text, bytes: bytes.len() as u64, invalid })
}

/// Shows no progress, but stops work when the user asks for it.
pub struct Stoppable;

impl Progress for Stoppable {
    fn begin(&self, _stage: &str, _total: Option<u64>, _unit: &str) {}

    fn advance(&self, _units: u64) {}

    fn end(&self) {}

    fn cancelled(&self) -> bool {
        stop::requested()
    }
}

/// Trains models in a temporary folder, which is removed when this is dropped.
pub struct Temporary {
    folder: TempDir,
}

impl Temporary {
    /// Creates the folder.
    pub fn new() -> anyhow::Result<Temporary> {
        Ok(Temporary { folder: machine::temporary_folder()? })
    }

    /// Trains a model on `texts`. Its file is removed with the folder.
    pub fn model(&self, texts: &[Text], options: TrainOptions) -> anyhow::Result<Model> {
        let path = self.folder.path().join("model.ngram");
        let resources = Resources { temp_dir: self.folder.path().to_owned(), ..options.resources };
        train(texts, &TrainOptions { resources, ..options }, &path, &Stoppable)?;
        // The mapping stays valid when the next model takes the file's name.
        Ok(Model::open(&path)?)
    }

    /// Trains a class-based model on `texts`. Its file is removed with the folder.
    pub fn class_model(
        &self,
        texts: &[Text],
        classes: &WordClasses,
        options: TrainOptions,
    ) -> anyhow::Result<ClassModel> {
        let path = self.folder.path().join("classes.ngram");
        let resources = Resources { temp_dir: self.folder.path().to_owned(), ..options.resources };
        let options = TrainOptions { resources, ..options };
        train_classes(texts, classes, &options, &path, &Stoppable)?;
        Ok(ClassModel::open(&path)?)
    }
}

impl Trainer for Temporary {
    fn train(
        &self,
        training: Training<'_>,
    ) -> Result<Box<dyn LanguageModel>, Box<dyn Error + Send + Sync>> {
        let method = match training.smoothing {
            Smoothing::WittenBell => "witten-bell",
            Smoothing::ModifiedKneserNey => "modified-kneser-ney",
        };
        let options = TrainOptions {
            order: training.order,
            tokenizer: TokenizerSpec::new(TokenizerKind::Whitespace),
            vocab: VocabRule::List(training.vocabulary.to_vec()),
            smoothing: smoothing::by_name(method)?,
            open: false, // symbols are no words
            ..TrainOptions::default()
        };
        let text = Text::bytes("the training part", training.text.into_bytes());
        Ok(Box::new(self.model(&[text], options)?))
    }
}
