//! `ngram entropy`.

use crate::input::{self, Input};
use crate::machine;
use crate::page::PageFile;
use crate::progress::ProgressDisplay;
use anyhow::{Context, anyhow, bail};
use ngram_counts::{Progress, Resources, Text, VocabRule};
use ngram_eval::english::{self, Smoothing, Trainer, Training};
use ngram_eval::render;
use ngram_model::{LanguageModel, Model, TrainOptions, smoothing, train};
use ngram_tokenizer::{TokenizerKind, TokenizerSpec};
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

/// Runs the verb.
pub fn run(args: Args) -> anyhow::Result<()> {
    let input = input::single(&args.file)?;
    let page = args.html.as_deref().map(|path| PageFile::create(path, input.path())).transpose()?;
    let progress = ProgressDisplay::new(args.quiet);
    progress.begin("reading", input.size, "bytes");
    let RawText { text, bytes, invalid } = read(&input, &progress)?;
    progress.end();
    if text.is_empty() {
        bail!("{} is empty: there is nothing to estimate the entropy of", args.file.display());
    }
    let trainer = Temporary { folder: tempfile::tempdir().context("no temporary folder")? };
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
        page.write(&render::html::entropy::page(&report))?;
    }
    let mut out = std::io::stdout().lock();
    let shown = match args.json {
        true => serde_json::to_string_pretty(&report).context("cannot write JSON")? + "\n",
        false => render::entropy::report(&report),
    };
    out.write_all(shown.as_bytes()).context("cannot write to standard output")
}

/// A text in memory.
pub struct RawText {
    /// Each sequence that is no UTF-8 is U+FFFD here, and a byte order mark is left out.
    pub text: String,
    /// How many bytes there were.
    bytes: u64,
    /// How many sequences of them are no UTF-8.
    invalid: usize,
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

/// Trains models in a folder that goes away with it.
struct Temporary {
    folder: TempDir,
}

impl Trainer for Temporary {
    fn train(
        &self,
        training: Training<'_>,
    ) -> Result<Box<dyn LanguageModel>, Box<dyn Error + Send + Sync>> {
        let path = self.folder.path().join("model.ngram");
        let method = match training.smoothing {
            Smoothing::WittenBell => "witten-bell",
            Smoothing::ModifiedKneserNey => "modified-kneser-ney",
        };
        let options = TrainOptions {
            order: training.order,
            tokenizer: TokenizerSpec::new(TokenizerKind::Whitespace),
            vocab: VocabRule::List(training.vocabulary.to_vec()),
            smoothing: smoothing::by_name(method)?,
            resources: Resources {
                temp_dir: self.folder.path().to_owned(),
                ..Resources::default()
            },
            ..TrainOptions::default()
        };
        let text = Text::bytes("the training part", training.text.into_bytes());
        train(&[text], &options, &path, &())?;
        // The mapping outlives the name, which the next model takes.
        Ok(Box::new(Model::open(&path)?))
    }
}
