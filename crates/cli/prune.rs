//! `ngram prune`.

use crate::input::{self, Input};
use crate::layout::LayoutArgs;
use crate::machine;
use crate::number;
use crate::options::WorkArgs;
use crate::output;
use crate::size;
use crate::stop;
use crate::summary::{bytes, group};
use anyhow::{Context, bail};
use ngram_edit::prune::{self, METHODS, Pruned, Pruner, Target};
use ngram_eval::Evaluation;
use ngram_model::{ConvertOptions, LanguageModel, Model};
use serde::Serialize;
use std::fmt::Write as _;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Make a model smaller by leaving out the n-grams that matter least.
///
/// The n-grams that stay keep their probabilities, and back-off weights are recomputed, so that
/// everything sums to 1 as before. For Kneser-Ney models, `ngram train --prune-to` loses less at
/// the same size: it passes the counts of pruned n-grams on to shorter histories.
#[derive(clap::Args)]
pub struct Args {
    /// The model file.
    #[arg(value_name = "MODEL")]
    model: PathBuf,
    /// Where to write the pruned model; optional with --eval.
    #[arg(short, long, value_name = "MODEL")]
    output: Option<PathBuf>,
    /// How to measure what is lost with an n-gram: relative-entropy (Stolcke 1998; as SRILM's
    /// -prune), or weighted-difference (Seymore and Rosenfeld 1996).
    #[arg(long, default_value = METHODS[0].name(), value_name = "NAME", value_parser = parser())]
    method: String,
    /// Drop n-grams whose removal costs less than this, such as 1e-8; with relative-entropy, the relative
    /// increase of perplexity. Several values with --eval, to compare.
    #[arg(long, value_name = "NUMBER", num_args = 1.., group = "target", allow_negative_numbers = true, value_parser = number::threshold)]
    threshold: Vec<f64>,
    /// Keep at most N n-grams, unigrams included, such as 3M, 250k or 10%. Several values with --eval.
    #[arg(long, value_name = "N", num_args = 1.., group = "target", value_parser = size::ngrams)]
    to_ngrams: Vec<Target>,
    /// Make the file at most this large, such as 50M. Several values with --eval.
    #[arg(long, value_name = "SIZE", num_args = 1.., group = "target", value_parser = size::parse)]
    to_size: Vec<u64>,
    /// Drop only n-grams of N words or more.
    #[arg(long, default_value_t = 2, value_name = "N", value_parser = number::whole::<usize>(0, 255))]
    min_order: usize,
    /// Take the probabilities of histories from this model, which must have the same tokenizer. For
    /// Kneser-Ney models, whose lower orders do not estimate them, name a model of another method
    /// (Chelba et al. 2010; SRILM's -prune-history-lm).
    #[arg(long, value_name = "MODEL")]
    history_model: Option<PathBuf>,
    /// Evaluate the model on this text before and after, and show perplexity against size.
    #[arg(long, value_name = "FILE")]
    eval: Option<PathBuf>,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    layout: LayoutArgs,
    #[command(flatten)]
    work: WorkArgs,
}

fn parser() -> clap::builder::PossibleValuesParser {
    METHODS.map(|method| method.name()).into()
}

/// A model, before or after pruning.
#[derive(Serialize)]
struct Row {
    /// `None` for the unpruned model.
    threshold: Option<f32>,
    /// N-grams of each order, from 1 up.
    ngrams: Vec<u64>,
    total: u64,
    bytes: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    perplexity_including_oovs: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    perplexity_excluding_oovs: Option<f64>,
}

impl Row {
    fn of(threshold: Option<f32>, ngrams: Vec<u64>, bytes: u64) -> Row {
        let total = ngrams.iter().sum();
        Row {
            threshold,
            ngrams,
            total,
            bytes,
            perplexity_including_oovs: None,
            perplexity_excluding_oovs: None,
        }
    }

    fn pruned(pruned: &Pruned) -> Row {
        let ngrams = pruned.info.orders.iter().map(|order| order.ngrams).collect();
        Row::of(Some(pruned.threshold), ngrams, pruned.file_size)
    }

    fn evaluated(mut self, model: &Model, text: Option<&Input>) -> anyhow::Result<Row> {
        if let Some(text) = text {
            let mut evaluation = Evaluation::new(model);
            evaluation.read(&text.name, text.open(|_| ())?)?;
            let report = evaluation.report();
            self.perplexity_including_oovs = report.figures.perplexity_including_oovs;
            self.perplexity_excluding_oovs = report.figures.perplexity_excluding_oovs;
        }
        Ok(self)
    }
}

/// Runs the verb.
pub fn run(args: Args) -> anyhow::Result<()> {
    let begun = Instant::now();
    let name = args.model.display().to_string();
    let targets: Vec<Target> = args
        .threshold
        .iter()
        .map(|&threshold| Target::Threshold(threshold))
        .chain(args.to_ngrams.iter().copied())
        .chain(args.to_size.iter().map(|&bytes| Target::Bytes(bytes)))
        .collect();
    let output = match (&targets[..], &args.output) {
        ([], _) => {
            bail!("say how far to prune: --threshold 1e-8, --to-ngrams 10% or --to-size 50M")
        }
        ([_, _, ..], Some(_)) => {
            bail!(
                "several models cannot be written to one -o: give one target, or --eval without -o"
            )
        }
        (_, None) if args.eval.is_none() => {
            bail!("give -o, where to write the model, or --eval, a text to compare models on")
        }
        (_, output) => output.as_deref(),
    };
    let model = input::open_model(&args.model)?;
    let histories = args.history_model.as_deref().map(input::open_model).transpose()?;
    let text = args.eval.as_deref().map(input::single).transpose()?;
    // A damaged model would make a damaged file whose checksums are right.
    model.verify(&name)?;
    let criterion = prune::by_name(&args.method)?;
    let layout = args.layout.options();
    let progress = args.work.progress();
    let rows = args.work.pool()?.install(|| -> anyhow::Result<Vec<Row>> {
        let histories_model = histories.as_ref();
        let histories = histories_model.map(|model| model as &dyn LanguageModel);
        let ngrams = model.info().orders.iter().map(|order| order.ngrams).collect();
        let pruner = Pruner::new(&model, criterion, args.min_order, histories, &progress)
            .with_context(|| name.clone())?;
        let mut rows =
            vec![Row::of(None, ngrams, model.file_size()).evaluated(&model, text.as_ref())?];
        for target in targets {
            // The losses depend on it too.
            histories_model.map_or(Ok(()), Model::unchanged)?;
            rows.push(prune_to(&pruner, target, &layout, output, text.as_ref())?);
        }
        Ok(rows)
    })?;
    drop(progress);
    let mut out = output::stdout();
    if args.json {
        let value = serde_json::json!({
            "method": criterion.name(),
            "min_order": args.min_order,
            "before": &rows[0],
            "after": &rows[1..],
        });
        writeln!(out, "{value:#}")?;
    } else if !args.work.is_quiet() || args.eval.is_some() {
        write!(out, "{}", table(&rows))?;
        if let Some(output) = output.filter(|_| !args.work.is_quiet()) {
            let memory = machine::peak_memory();
            let memory = memory.map(|peak| format!(", {} of memory at most", bytes(peak)));
            let seconds = begun.elapsed().as_secs_f64();
            let memory = memory.unwrap_or_default();
            writeln!(out, "{}: written in {seconds:.2} s{memory}", output.display())?;
        }
    }
    Ok(())
}

/// Prunes to `output`, or to a temporary file if there is none, and evaluates the result.
fn prune_to(
    pruner: &Pruner,
    target: Target,
    layout: &ConvertOptions,
    output: Option<&Path>,
    text: Option<&Input>,
) -> anyhow::Result<Row> {
    let (folder, temporary);
    let path = match output {
        Some(output) => output,
        None => {
            folder = machine::temporary_folder()?;
            temporary = folder.path().join("model.ngram");
            &temporary
        }
    };
    stop::check()?;
    let threshold = pruner.threshold(target, layout, path)?;
    let pruned = pruner.write(threshold, layout, path)?;
    let row = Row::pruned(&pruned);
    match text {
        Some(_) => row.evaluated(&Model::open(path)?, text),
        None => Ok(row),
    }
}

/// Formats one row per model: threshold, n-grams by order, bytes, and perplexity if it was measured.
fn table(rows: &[Row]) -> String {
    let orders = rows.first().map_or(0, |row| row.ngrams.len());
    let measured = rows.iter().any(|row| row.perplexity_including_oovs.is_some());
    let mut text = format!("{:<14}", "threshold");
    // Writing to a String cannot fail.
    for order in 1..=orders {
        let _ = write!(text, "{:>13}", format!("{order}-grams"));
    }
    let _ = write!(text, "{:>14}{:>11}", "in all", "bytes");
    if measured {
        let _ = write!(text, "{:>22}", "perplexity incl. OOVs");
        let _ = write!(text, "{:>12}", "excl. OOVs");
    }
    text.push('\n');
    for row in rows {
        let threshold = row.threshold.map_or("unpruned".to_owned(), |value| format!("{value:e}"));
        let _ = write!(text, "{threshold:<14}");
        for &ngrams in &row.ngrams {
            let _ = write!(text, "{:>13}", group(ngrams));
        }
        let _ = write!(text, "{:>14}{:>11}", group(row.total), bytes(row.bytes));
        for (value, width) in
            [(row.perplexity_including_oovs, 22), (row.perplexity_excluding_oovs, 12)]
        {
            if let Some(value) = value {
                let _ = write!(text, "{value:>width$.4}");
            }
        }
        text.push('\n');
    }
    text
}
