//! `ngram entropy`.

use crate::brown1992;
use crate::input;
use crate::machine;
use crate::options::FiguresArgs;
use crate::output;
use crate::page::PageFile;
use crate::raw_text::RawText;
use anyhow::{Context, bail};
use clap::ValueEnum;
use ngram_lab::english::{self, EntropyReport};
use ngram_store::Progress;
use ngram_tokenizer::TokenizerKind;
use std::path::{Path, PathBuf};

/// Estimate the entropy of a text by every method, side by side.
///
/// N-gram entropies over Shannon's 26 letters and 27 symbols and over all characters, beside the cross-entropy of
/// held-out text under models; the entropy of single words; estimates from match lengths; Shannon's guessing game,
/// played by a model; and a learning curve with its extrapolation. Every figure comes with its formula, assumptions
/// and denominator; if one cannot be computed, the report says why.
#[derive(clap::Args)]
pub struct Args {
    /// Text: a file, or - for standard input; UTF-8, plain or compressed with gzip, zstd, bzip2 or xz. Several files,
    /// each estimated by itself, share a table.
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,

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

    /// Write the report as JSON; for several files, an array of reports.
    #[arg(long)]
    json: bool,

    /// Also write an HTML page to this file: every estimate as a plot, beside the figures of
    /// Shannon and of Brown et al. The page is one self-contained file.
    #[arg(long, value_name = "PAGE")]
    html: Option<PathBuf>,

    #[command(flatten)]
    work: FiguresArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Method {
    All,
    #[value(name = "brown1992")]
    Brown1992,
}

/// Runs the verb.
pub fn run(args: Args) -> anyhow::Result<()> {
    match (args.method, &args.train, &args.dev) {
        (Method::All, None, None) => all(args),
        (Method::Brown1992, Some(train), Some(dev)) => {
            let [file] = &args.files[..] else {
                bail!("--method brown1992 takes one text, and {} are named", args.files.len());
            };
            let files = [train, dev, file].map(PathBuf::as_path);
            let progress = args.work.progress();
            let pool = args.work.pool()?;
            pool.install(|| brown1992::run(files, &args.tokenizer, args.json, &progress))
        }
        _ => bail!("--train and --dev belong to --method brown1992, which needs both"),
    }
}

fn all(args: Args) -> anyhow::Result<()> {
    if args.html.is_some() && args.files.len() > 1 {
        bail!("--html shows one text, and {} are named: make a page for each", args.files.len());
    }
    let page = args.html.as_deref().map(PageFile::create).transpose()?;
    let reports = args.files.iter().map(|file| of_file(file, &args.work));
    let reports = reports.collect::<anyhow::Result<Vec<EntropyReport>>>()?;
    if let [report] = &reports[..] {
        if let Some(page) = page {
            page.write(&ngram_report::html::entropy::page(report))?;
        }
        return output::report(args.json, report, || ngram_report::entropy::report(report));
    }
    output::report(args.json, &reports, || ngram_report::entropy::table(&reports))
}

fn of_file(file: &Path, work: &FiguresArgs) -> anyhow::Result<EntropyReport> {
    let input = input::single(file)?;
    let progress = work.progress();
    progress.begin("reading", input.size, "bytes");
    let RawText { text, bytes, invalid } = RawText::read(&input, &progress)?;
    progress.end();
    if text.is_empty() {
        bail!("{} is empty: there is nothing to estimate the entropy of", file.display());
    }
    let models = machine::temporary_models()?;
    let pool = work.pool()?;
    progress.begin("estimating", None, "");
    let report = pool.install(|| english::report(&input.name, bytes, &text, &models));
    progress.end();
    let mut report = report.context("cannot train a model")?;
    if invalid > 0 {
        report.notes.push(format!(
            "{invalid} sequences of bytes are no UTF-8; each is read as the character U+FFFD"
        ));
    }
    Ok(report)
}
