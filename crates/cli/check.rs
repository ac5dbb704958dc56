//! `ngram check`.

use crate::input;
use crate::number;
use crate::options::{WorkArgs, saying};
use crate::output;
use crate::summary::group;
use anyhow::{Context, bail};
use ngram_edit::check::{CheckOptions, CheckReport, Sums, check, check_arpa, check_classes};
use ngram_formats::ImportError;
use ngram_formats::arpa::{ReadOptions, Unknown};
use ngram_model::{AnyModel, ModelError};
use ngram_store::Progress;
use std::fmt::Write as _;
use std::io::{BufReader, Write};
use std::path::{Path, PathBuf};

/// Check that a model's probabilities sum to 1, and that its file is sound.
///
/// Sums p(w|h) over all words w for every history h that the model stores, and word by word for a
/// sample of histories, stored or not. An ARPA file is also checked for format errors. The exit
/// code is 1 if anything is wrong.
#[derive(clap::Args)]
#[command(mut_args(saying(HELP)))]
pub struct Args {
    /// A model, or an ARPA file: plain, or compressed with gzip, zstd, bzip2 or xz, or - for standard input.
    #[arg(value_name = "MODEL|ARPA", default_value = "model.ngram")]
    file: PathBuf,
    /// Number of histories to sum word by word.
    #[arg(long, value_name = "N", default_value_t = CheckOptions::default().sample, value_parser = number::whole::<usize>(0, 1_000_000))]
    sample: usize,
    /// How far a sum may be from 1 [default: 0.00001, or 1 for a model with quantised values].
    #[arg(long, value_name = "X", value_parser = number::real(0.0, 1000.0))]
    tolerance: Option<f64>,
    /// Name of the unknown word in an ARPA file, if not `<unk>`.
    #[arg(long, value_name = "WORD")]
    unknown: Option<String>,
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    work: WorkArgs,
}

/// What the help of shared options says here.
const HELP: &[(&str, &str)] = &[
    ("threads", "Number of threads [default: one per core]; the report is the same for any number"),
    ("quiet", "Print only what is wrong"),
];

/// Runs the verb.
pub fn run(args: Args) -> anyhow::Result<()> {
    if let Some(tolerance) = args.tolerance
        && (tolerance.is_nan() || tolerance < 0.0)
    {
        bail!("no sum is within a tolerance of {tolerance}: give a number of at least 0");
    }
    let pool = args.work.pool()?;
    let report = pool.install(|| make_report(&args))?;
    let name = args.file.display().to_string();
    let shown = if args.json {
        let mut json = serde_json::to_value(&report)?;
        json["file"] = name.as_str().into();
        json["sound"] = report.is_sound().into();
        format!("{json:#}\n")
    } else if !args.work.is_quiet() {
        render(&name, &report)
    } else {
        faults(&report)
    };
    let written = output::stdout().write_all(shown.as_bytes());
    if report.is_sound() {
        return Ok(written?);
    }
    // Fails even if nobody reads what is wrong.
    bail!("{name} is not sound")
}

fn make_report(args: &Args) -> anyhow::Result<CheckReport> {
    let options = CheckOptions { sample: args.sample, tolerance: args.tolerance };
    let name = args.file.display().to_string();
    if input::is_model(&args.file) {
        let model = match AnyModel::open(&args.file) {
            Ok(model) => model,
            Err(error @ ModelError::Damaged { .. }) => {
                return Ok(CheckReport::damaged(&error, &options));
            }
            Err(error) => return Err(error.into()),
        };
        let report = match &model {
            AnyModel::Table(model) => check(model, &name, &options),
            AnyModel::Skip(model) => check(model.table(), &name, &options),
            AnyModel::Class(model) => check_classes(model, &name, &options),
            // Its first bytes are those of our own.
            AnyModel::Foreign(_) => bail!("{name} is no model of ngram"),
        };
        model.unchanged()?;
        return Ok(report);
    }
    if args.file == Path::new("model.ngram") && !args.file.exists() {
        bail!("no model {name}: train one with `ngram train corpus.txt`, or name one");
    }
    // A temporary file will have to be removed.
    let input = input::single(&args.file)?;
    let progress = args.work.progress();
    progress.begin("reading", input.size, "bytes");
    let text = BufReader::with_capacity(1 << 20, input.open(|read| progress.advance(read))?);
    let read = ReadOptions {
        unknown: args.unknown.as_deref().map_or(Unknown::Usual, Unknown::Named),
        ..ReadOptions::default()
    };
    let report = check_arpa(text, &input.name, &read, &options);
    let report = match report {
        Err(error @ ImportError::Temporary(_)) => {
            return Err(error).context("set TMPDIR to a folder that can be written to");
        }
        report => report?,
    };
    progress.end();
    Ok(report)
}

fn render(name: &str, report: &CheckReport) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    if report.ngrams.is_empty() {
        let _ = writeln!(text, "{name}");
    } else {
        let ngrams = group(report.ngrams.iter().sum());
        let _ = writeln!(text, "{name}: order {}, {ngrams} n-grams", report.order);
    }
    if !report.histories.is_empty() {
        let _ = writeln!(text, "\nΣ p(w|h) over all words w but <s>, after every history h stored");
        let _ = writeln!(
            text,
            "{:>14} {:>14} {:>15}  after",
            "words in h", "histories", "largest |Σ − 1|"
        );
    }
    for sums in &report.histories {
        let length = sums.length.map(|length| length.to_string()).unwrap_or_default();
        text.push_str(&row(&length, sums));
    }
    if report.sampled_seen.is_some() {
        let _ = writeln!(text, "\nthe same added up word by word, after a sample of histories");
    }
    for (label, sums) in [("stored", &report.sampled_seen), ("not stored", &report.sampled_unseen)]
    {
        if let Some(sums) = sums {
            text.push_str(&row(label, sums));
        }
    }
    if let Some(sums) = &report.classes {
        let _ = writeln!(text, "\nΣ p(w|c) over the words w of every class c");
        text.push_str(&row("classes", sums));
    }
    let _ = writeln!(text);
    for note in &report.notes {
        let _ = writeln!(text, "note: {note}");
    }
    text.push_str(&faults(report));
    if report.is_sound() {
        let _ = writeln!(
            text,
            "sound: the file is whole, and every history sums to 1 within {}",
            report.tolerance
        );
    }
    text
}

fn row(label: &str, sums: &Sums) -> String {
    let checked = group(sums.checked);
    match &sums.worst {
        Some(worst) => {
            let history = if worst.history.is_empty() { "(no word)" } else { &worst.history };
            format!("{label:>14} {checked:>14} {:>15.2e}  {history}\n", worst.deviation())
        }
        None => format!("{label:>14} {checked:>14}\n"),
    }
}

/// Lists what is wrong, one line each.
fn faults(report: &CheckReport) -> String {
    let mut text = String::new();
    for finding in &report.findings {
        let _ = writeln!(text, "wrong: {finding}");
    }
    for sums in report.sums().filter(|sums| sums.failed > 0) {
        let kind = match sums.length {
            Some(length) => format!("{} histories of {length} words", group(sums.checked)),
            None => format!("{} sampled histories", group(sums.checked)),
        };
        let worst = sums.worst.as_ref().map_or_else(String::new, |worst| {
            format!(", the farthest to {} after {:?}", worst.sum, worst.history)
        });
        let failed = group(sums.failed);
        let _ = writeln!(text, "wrong: {failed} of {kind} do not sum to 1{worst}");
    }
    text
}
