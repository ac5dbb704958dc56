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

/// Estimate the entropy of a text in every way, side by side.
///
/// N-gram entropies of Shannon's 26 letters and 27 symbols and of all characters, beside models'
/// cross-entropy of text held out; the entropy of single words; estimates from match lengths; Shannon's
/// guessing game, played by a model; and a learning curve with its extrapolation. Every figure has its
/// formula, what it assumes and what it is divided by; one that cannot be computed, the reason.
#[derive(clap::Args)]
pub struct Args {
    /// The text: a file, or - for standard input. UTF-8, plain or compressed by gzip or zstd.
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Every estimate, or the bound of Brown and others (1992) alone: a trigram with deleted interpolation for
    /// tokens in lower case, a speller for unknown ones, case and spaces, every character charged.
    #[arg(
        long,
        value_enum,
        default_value = "all",
        requires_ifs = [("brown1992", "train"), ("brown1992", "dev")]
    )]
    method: Method,

    /// With --method brown1992: the text to count.
    #[arg(long, value_name = "FILE")]
    train: Option<PathBuf>,

    /// With --method brown1992: the text to fit weights to, which must not be part of the one counted.
    #[arg(long, value_name = "FILE")]
    dev: Option<PathBuf>,

    /// With --method brown1992: how text is cut into tokens, `words` or `whitespace`.
    #[arg(long, value_name = "NAME", default_value = "words")]
    tokenizer: TokenizerKind,

    /// Write the report as JSON.
    #[arg(long)]
    json: bool,

    /// Write a page to look at in a browser as well: every estimate as a plot, beside Shannon's
    /// figures and those of Brown et al. One file that needs nothing else.
    #[arg(long, value_name = "PAGE")]
    html: Option<PathBuf>,

    /// How many threads to use; the figures are the same for any number.
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
    /// Each sequence that is no UTF-8 is U+FFFD here, and a byte order mark is left out.
    pub text: String,
    /// How many bytes there were.
    bytes: u64,
    /// How many sequences of them are no UTF-8.
    pub invalid: usize,
}

/// Reads all of an input.
pub fn read(input: &Input, progress: &ProgressDisplay) -> anyhow::Result<RawText> {
    let mut bytes = Vec::new();
    let read = input.open(|count| progress.advance(count))?.read_to_end(&mut bytes);
    read.with_context(|| format!("cannot read {}", input.name))?;
    let plain = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let invalid = plain.utf8_chunks().filter(|chunk| !chunk.invalid().is_empty()).count();
    let text = String::from_utf8_lossy(plain).into_owned();
    Ok(RawText { text, bytes: bytes.len() as u64, invalid })
}

/// Listens to nothing, and stops work when the user asks for it.
pub struct Stoppable;

impl Progress for Stoppable {
    fn begin(&self, _stage: &str, _total: Option<u64>, _unit: &str) {}

    fn advance(&self, _units: u64) {}

    fn end(&self) {}

    fn cancelled(&self) -> bool {
        stop::requested()
    }
}

/// Trains models in a folder that goes away with it.
pub struct Temporary {
    folder: TempDir,
}

impl Temporary {
    /// With a folder of its own.
    pub fn new() -> anyhow::Result<Temporary> {
        Ok(Temporary { folder: machine::temporary_folder()? })
    }

    /// A model of `texts`, whose file goes away with it.
    pub fn model(&self, texts: &[Text], options: TrainOptions) -> anyhow::Result<Model> {
        let path = self.folder.path().join("model.ngram");
        let resources = Resources { temp_dir: self.folder.path().to_owned(), ..options.resources };
        train(texts, &TrainOptions { resources, ..options }, &path, &Stoppable)?;
        // The mapping outlives the name, which the next model takes.
        Ok(Model::open(&path)?)
    }

    /// A class-based model of `texts`, whose file goes away with it.
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
