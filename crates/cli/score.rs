//! `ngram score`.

use crate::input::{self, Input};
use crate::machine;
use crate::number;
use crate::options::{WorkArgs, saying};
use crate::output::Output;
use crate::progress::ProgressDisplay;
use crate::reading::{self, ReadingArgs, TextsArgs};
use crate::summary::{bytes, group};
use crate::tell::tell;
use anyhow::{Context, bail};
use ngram_eval::documents::{
    Buckets, DocumentScorer, FigureSample, Filter, Measure, Records, ScoreOptions, Style, Totals,
};
use ngram_store::Progress;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Score each document of a stream, and write it out with its figures.
///
/// A JSON Lines record is written unchanged, with an object added at its end: bits per byte and per
/// character, perplexity with unknown words, their share, and the number of tokens. In plain text,
/// each line is a document and becomes a row: the figures, then the text, separated by tabs; or
/// JSON with --jsonl. Documents keep their order, and memory does not grow with their number.
#[derive(clap::Args)]
#[command(mut_args(saying(HELP)))]
pub struct Args {
    #[command(flatten)]
    texts: TextsArgs,
    /// Where to write; compressed if the name ends in .gz, .zst, .bz2 or .xz. If the name contains {bucket},
    /// one file is written for each bucket.
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    output: PathBuf,
    /// Write JSON Lines for plain text too: an object with the line as its text.
    #[arg(long)]
    jsonl: bool,
    /// Name of the added object.
    #[arg(long, value_name = "NAME", default_value = "ngram")]
    key: String,
    /// Figure that --min and --max apply to [default: bits_per_byte], and --buckets [default: perplexity].
    #[arg(long, value_name = "FIGURE", value_parser = measure)]
    by: Option<Measure>,
    /// Drop documents whose figure is lower.
    #[arg(long, value_name = "NUMBER", value_parser = number::figure::<f64>)]
    min: Option<f64>,
    /// Drop documents whose figure is higher.
    #[arg(long, value_name = "NUMBER", value_parser = number::figure::<f64>)]
    max: Option<f64>,
    /// Sort documents into buckets by their figure, and add the bucket's name; names from the
    /// lowest up, as in head,middle,tail.
    #[arg(long, value_name = "NAME,…", value_delimiter = ',', num_args = 1)]
    buckets: Vec<String>,
    /// Where each bucket but the last ends, as in 250,900 [default: by --percentiles].
    #[arg(
        long,
        value_name = "NUMBER,…",
        value_delimiter = ',',
        num_args = 1,
        requires = "buckets",
        value_parser = number::figure::<f64>
    )]
    cuts: Vec<f64>,
    /// The same as percentiles of a sample of the documents, for which the texts are read twice
    /// [default: 30,60 for three buckets, else equal-sized buckets].
    #[arg(
        long,
        value_name = "PERCENT,…",
        value_delimiter = ',',
        num_args = 1,
        requires = "buckets",
        conflicts_with = "cuts",
        value_parser = number::real(0.0, 100.0)
    )]
    percentiles: Vec<f64>,
    /// Minimum number of documents in the sample, if there are that many.
    #[arg(long, value_name = "N", default_value_t = 10_000, requires = "buckets", value_parser = number::whole::<usize>(1, 100_000_000))]
    sample: usize,
    #[command(flatten)]
    reading: ReadingArgs,
    #[command(flatten)]
    work: WorkArgs,
}

fn measure(name: &str) -> Result<Measure, String> {
    let found = Measure::ALL.into_iter().find(|measure| measure.name() == name);
    found.ok_or_else(|| format!("one of {}", Measure::ALL.map(Measure::name).join(", ")))
}

/// What the help of shared options says here.
const HELP: &[(&str, &str)] = &[(
    "threads",
    "Number of threads [default: one per core]; the output is the same for any number",
)];

/// Runs the verb.
pub fn run(args: Args) -> anyhow::Result<()> {
    let begun = Instant::now();
    let reading = args.reading.reading();
    let inputs = input::expand_as(&args.texts.files, &reading)?;
    refuse(&args, &inputs)?;
    let size = inputs.iter().map(|input| input.size).sum();
    let pool = args.work.pool()?;
    let model = pool.install(|| {
        input::open_model_for(&args.texts.model.model, &args.texts.model.foreign, size)
    })?;
    let is_json = args.jsonl || inputs.iter().any(|input| input.format().has_records());
    let measure = args.by.unwrap_or(Measure::BitsPerByte);
    let options = ScoreOptions {
        sentences: reading.sentences,
        on_bad: reading.on_bad,
        account: reading.account.clone(),
        filter: Filter {
            measure,
            min: args.min.unwrap_or(f64::NEG_INFINITY),
            max: args.max.unwrap_or(f64::INFINITY),
        },
        buckets: None,
        style: if is_json { Style::Json(args.key.clone()) } else { Style::Row },
    };
    let mut scorer = DocumentScorer::new(model.as_dyn(), options);
    let progress = args.work.progress();
    let buckets = match args.buckets.is_empty() {
        true => None,
        false => Some(pool.install(|| buckets(&args, &inputs, &mut scorer, &progress))?),
    };
    if let Some(buckets) = &buckets {
        scorer.set_buckets(buckets.clone());
    }
    let header = if is_json { None } else { Style::Row.header() };
    let mut outputs = Outputs::create(&args.output, buckets.as_ref(), header.as_deref())?;
    let scored = pool.install(|| score(&inputs, &scorer, &mut outputs, &progress));
    drop(progress);
    reading::warn(&reading, "got no figures")?;
    let totals = scored?;
    outputs.finish()?;
    if !args.work.is_quiet() {
        tell!("{}", summarise(&totals, buckets.as_ref(), begun).trim_end());
    }
    Ok(())
}

fn refuse(args: &Args, inputs: &[Input]) -> anyhow::Result<()> {
    for input in inputs {
        if input.weight() != ngram_input::Weight::ONE {
            bail!("{}: each document is scored once: leave its weight out", input.name);
        }
    }
    let by_bucket = args.output.to_string_lossy().contains(BUCKET);
    if by_bucket && args.buckets.is_empty() {
        bail!(
            "{} names a file for each bucket: name the buckets with --buckets",
            args.output.display()
        );
    }
    Ok(())
}

/// How the lines of a text are to be read.
fn records(input: &Input) -> Records {
    match input.format().has_records() {
        true => Records::Json(input.field().clone()),
        false => Records::Text,
    }
}

/// Returns the buckets, with the given cuts or those of a sample.
fn buckets(
    args: &Args,
    inputs: &[Input],
    scorer: &mut DocumentScorer<'_>,
    progress: &ProgressDisplay,
) -> anyhow::Result<Buckets> {
    let by = args.by.unwrap_or(Measure::Perplexity);
    let names = args.buckets.clone();
    if !args.cuts.is_empty() {
        return Buckets::new(by, names, args.cuts.clone()).context("--buckets and --cuts");
    }
    let percent = match (args.percentiles.is_empty(), names.len()) {
        (false, _) => args.percentiles.clone(),
        (true, 3) => vec![30.0, 60.0],
        (true, many) => (1..many).map(|cut| 100.0 * cut as f64 / many as f64).collect(),
    };
    if percent.iter().any(|percent| !(0.0..=100.0).contains(percent)) {
        bail!("--percentiles are between 0 and 100");
    }
    // Reports a mistake before the texts are read.
    Buckets::new(by, names.clone(), percent.clone()).context("--buckets and --percentiles")?;
    if let Some(input) = inputs.iter().find(|input| input.size.is_none()) {
        bail!("{} can be read only once, so it cannot be sampled first: give --cuts", input.name);
    }
    let mut sample = FigureSample::new(args.sample.max(1));
    progress.begin("sampling", inputs.iter().map(|input| input.size).sum(), "bytes");
    for input in inputs {
        let text = input.open_records(|bytes| progress.advance(bytes))?;
        scorer.sample((&input.name, &records(input)), text, by, &mut sample)?;
    }
    progress.end();
    let cuts: Option<Vec<f64>> =
        percent.iter().map(|percent| sample.quantile(percent / 100.0)).collect();
    let cuts = cuts.context("there is no document to sample: give --cuts")?;
    Buckets::new(by, names, cuts).context("--buckets")
}

fn score(
    inputs: &[Input],
    scorer: &DocumentScorer<'_>,
    outputs: &mut Outputs,
    progress: &ProgressDisplay,
) -> anyhow::Result<Totals> {
    let mut totals = Totals::default();
    progress.begin("scoring", inputs.iter().map(|input| input.size).sum(), "bytes");
    for input in inputs {
        let text = input.open_records(|bytes| progress.advance(bytes))?;
        let mut take = |bucket: Option<usize>, lines: &[u8]| outputs.write(bucket, lines);
        totals.add(&scorer.score((&input.name, &records(input)), text, &mut take)?);
    }
    progress.end();
    Ok(totals)
}

/// The placeholder for a bucket's name in a file name.
const BUCKET: &str = "{bucket}";

/// One output, or one for each bucket.
struct Outputs(Vec<(PathBuf, BufWriter<Output>)>);

impl Outputs {
    fn create(
        path: &Path,
        buckets: Option<&Buckets>,
        header: Option<&str>,
    ) -> anyhow::Result<Outputs> {
        let shown = path.to_string_lossy();
        let paths = match buckets {
            Some(buckets) if shown.contains(BUCKET) => {
                buckets.names().iter().map(|name| shown.replace(BUCKET, name).into()).collect()
            }
            _ => vec![path.to_owned()],
        };
        let create = |path: PathBuf| {
            let mut output = BufWriter::with_capacity(1 << 18, Output::create(&path)?);
            output
                .write_all(header.unwrap_or_default().as_bytes())
                .with_context(|| cannot_write(&path))?;
            Ok((path, output))
        };
        Ok(Outputs(paths.into_iter().map(create).collect::<anyhow::Result<_>>()?))
    }

    fn write(&mut self, bucket: Option<usize>, lines: &[u8]) -> std::io::Result<()> {
        let last = self.0.len() - 1;
        self.0[bucket.unwrap_or_default().min(last)].1.write_all(lines)
    }

    fn finish(self) -> anyhow::Result<()> {
        for (path, output) in self.0 {
            let output = output.into_inner().map_err(|error| error.into_error());
            output.and_then(Output::finish).with_context(|| cannot_write(&path))?;
        }
        Ok(())
    }
}

fn cannot_write(path: &Path) -> String {
    match path.as_os_str() == "-" {
        true => "cannot write to standard output".to_owned(),
        false => format!("cannot write {}", path.display()),
    }
}

fn summarise(totals: &Totals, buckets: Option<&Buckets>, begun: Instant) -> String {
    let seconds = begun.elapsed().as_secs_f64();
    let mut text = format!(
        "{} documents, {} tokens, {} of text; {} written\n",
        group(totals.documents),
        group(totals.tokens),
        bytes(totals.bytes),
        group(totals.written),
    );
    if let Some(buckets) = buckets {
        let by = buckets.measure().name();
        for (index, name) in buckets.names().iter().enumerate() {
            let below = buckets.cuts().get(index).map(|cut| format!(", {by} below {cut:.4}"));
            let documents = totals.of_buckets.get(index).copied().unwrap_or_default();
            text.push_str(&format!("{name}: {}{}\n", group(documents), below.unwrap_or_default()));
        }
    }
    let memory = machine::peak_memory().map(|peak| format!(", {} of memory at most", bytes(peak)));
    text.push_str(&format!(
        "{:.4} bits a byte in all; {seconds:.2} s, {} a second{}\n",
        totals.bits / totals.bytes.max(1) as f64,
        bytes((totals.bytes as f64 / seconds) as u64),
        memory.unwrap_or_default(),
    ));
    text
}
