//! `ngram select`.

use crate::input::{self, Input};
use crate::machine;
use crate::options::{TokenizerArgs, WorkArgs, saying};
use crate::output::{self, Output};
use crate::progress::ProgressDisplay;
use crate::reading::{self, ReadingArgs};
use crate::stop;
use crate::summary::group;
use crate::tell::tell;
use anyhow::{Context, bail};
use clap::Arg;
use ngram_counts::VocabRule;
use ngram_eval::Evaluation;
use ngram_eval::documents::{Draw, Judged, Records, SelectOptions, Selection, Selector};
use ngram_input::Reading;
use ngram_input::Text;
use ngram_model::AnyModel;
use ngram_store::Progress;
use ngram_train::TrainOptions;
use serde::Serialize;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Select the documents of a pool that are most like another text (Moore and Lewis 2010).
///
/// Two models are trained, one on the in-domain text and one on an equally large sample of the pool, both with the
/// words that occur at least twice in the in-domain text. A document's difference is its cross-entropy under the
/// first model minus that under the second, in bits per token: the lower, the more it is like the in-domain text.
/// Selected documents are written unchanged, in the order of the pool; a document is a record of JSON Lines or a line
/// of plain text.
#[derive(clap::Args)]
#[command(mut_args(saying(HELP)))]
#[command(mut_args(only_to_train))]
pub struct Args {
    /// In-domain text, which the selection is to resemble: files or patterns, in any format.
    #[arg(long, value_name = "FILE", num_args = 1.., required_unless_present = "in_model")]
    in_domain: Vec<PathBuf>,
    /// Pool to select from: files or patterns, either all plain text or all records; read two or three times.
    #[arg(long, value_name = "FILE", num_args = 1.., required = true)]
    pool: Vec<PathBuf>,
    /// Number of documents to select, such as 10000, or a percentage, such as 10%: those with the
    /// lowest differences.
    #[arg(
        long,
        value_name = "N",
        required_unless_present = "threshold",
        conflicts_with = "threshold"
    )]
    top: Option<Top>,
    /// Select documents whose difference is at most this, in bits per token.
    #[arg(long, value_name = "BITS", allow_hyphen_values = true)]
    threshold: Option<f32>,
    /// A model of the in-domain text, in place of --in-domain.
    #[arg(long, value_name = "FILE", requires = "general_model", conflicts_with = "in_domain")]
    in_model: Option<PathBuf>,
    /// A model of the pool or of general text, with the same tokenizer and vocabulary as --in-model.
    #[arg(long, value_name = "FILE", requires = "in_model")]
    general_model: Option<PathBuf>,
    /// Where to write; compressed if the name ends in .gz or .zst.
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    output: PathBuf,
    /// Order of the models.
    #[arg(short = 'n', long, value_name = "N", default_value_t = 4, conflicts_with = "in_model")]
    order: usize,
    #[command(flatten)]
    tokenizer: TokenizerArgs,
    /// Vocabulary of the models: words that occur at least N times in the in-domain text.
    #[arg(long, value_name = "N", default_value_t = 2, conflicts_with = "in_model")]
    min_count: u64,
    /// In-domain text that is not part of --in-domain: report its perplexity under a model of the selection, and
    /// under one of as many tokens drawn from the pool at random. The pool is read once more.
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with = "in_model")]
    held_out: Vec<PathBuf>,
    /// Write the summary as JSON to standard output.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    reading: ReadingArgs,
    #[command(flatten)]
    work: WorkArgs,
}

/// How many documents to select.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Top {
    Documents(u64),
    Percent(f64),
}

impl FromStr for Top {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Top, &'static str> {
        let found = match text.strip_suffix('%') {
            Some(percent) => percent
                .parse()
                .ok()
                .filter(|percent| (0.0..=100.0).contains(percent))
                .map(Top::Percent),
            None => text.parse().ok().map(Top::Documents),
        };
        found.ok_or("a number of documents such as 10000, or a part of them from 0% to 100%")
    }
}

impl Top {
    fn of(self, documents: u64) -> u64 {
        match self {
            Top::Documents(many) => many,
            Top::Percent(percent) => (documents as f64 * percent / 100.0).round() as u64,
        }
    }
}

/// The result of a selection.
#[derive(Serialize)]
struct Summary {
    /// The highest difference of a selected document, in bits per token.
    threshold: Option<f32>,
    documents: u64,
    tokens: u64,
    selected: u64,
    selected_tokens: u64,
    /// Number of words that both models know.
    vocabulary: usize,
    /// Bytes of text the general model was trained on; null if that model was given.
    sample_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    held_out: Option<HeldOut>,
}

/// Perplexity of held-out text under models of parts of the pool.
#[derive(Serialize)]
struct HeldOut {
    /// Tokens of the held-out text.
    tokens: u64,
    /// Perplexity under a model of the selection, OOVs included.
    perplexity_of_selected: Option<f64>,
    /// Perplexity under a model of as many tokens drawn at random.
    perplexity_of_random: Option<f64>,
    random_documents: u64,
    random_tokens: u64,
}

/// Both models, and the size of the general one's training text.
struct Models {
    in_domain: AnyModel,
    general: AnyModel,
    sample_bytes: Option<u64>,
}

/// What the help of shared options says here.
const HELP: &[(&str, &str)] = &[
    (
        "threads",
        "Number of threads [default: one per core]; the selection is the same for any number",
    ),
    ("tokenizer", "How to split lines into tokens"),
    ("lowercase", "Lowercase the texts first"),
];

/// Refuses options of models that are trained, where models are given.
fn only_to_train(option: Arg) -> Arg {
    match option.get_id().as_str() {
        "tokenizer" | "lowercase" => option.conflicts_with("in_model"),
        _ => option,
    }
}

/// Runs the verb.
pub fn run(args: Args) -> anyhow::Result<()> {
    stop::listen()?;
    let reading = args.reading.reading();
    // Bad records are reported for the pool; those of the in-domain text are counted apart.
    let of_domain = Reading { account: Default::default(), ..reading.clone() };
    let in_domain = input::expand_as(&args.in_domain, &of_domain)?;
    let held_out = input::expand_as(&args.held_out, &of_domain)?;
    let pool = Pool { inputs: input::expand_as(&args.pool, &reading)?, reading };
    refuse(&args, &pool)?;
    let mut output = BufWriter::with_capacity(1 << 18, Output::create(&args.output)?);
    let progress = args.work.progress();
    let threads = args.work.pool()?;
    let made = threads.install(|| {
        let models = models(&args, &in_domain, &pool, &progress)?;
        let (judged, selection) = select(&args, &models, &pool, &mut output, &progress)?;
        let held_out = match held_out.is_empty() {
            true => None,
            false => {
                Some(check(&args, &models, &pool, (&judged, &selection), &held_out, &progress)?)
            }
        };
        anyhow::Ok((models, selection, held_out))
    });
    drop(progress);
    reading::warn(&of_domain, reading::LEFT_OUT);
    reading::warn(&pool.reading, "cannot be selected");
    let (models, selection, held_out) = made?;
    let written = output.into_inner().map_err(|error| error.into_error());
    written.and_then(Output::finish).context("cannot write the documents")?;
    let summary = Summary {
        threshold: selection.threshold,
        documents: selection.documents,
        tokens: selection.tokens,
        selected: selection.selected,
        selected_tokens: selection.selected_tokens,
        vocabulary: models.in_domain.as_dyn().vocab().len(),
        sample_bytes: models.sample_bytes,
        held_out,
    };
    if args.json {
        let json = serde_json::to_string_pretty(&summary).context("cannot write JSON")? + "\n";
        output::stdout().write_all(json.as_bytes())?;
    } else if !args.work.is_quiet() {
        tell!("{}", shown(&summary).trim_end());
    }
    Ok(())
}

fn refuse(args: &Args, pool: &Pool) -> anyhow::Result<()> {
    for input in &pool.inputs {
        if input.path().is_some_and(|path| input::is_same_file(path, &args.output)) {
            bail!("what is selected would replace the pool {}: choose another -o", input.name);
        }
        if input.weight() != ngram_input::Weight::ONE {
            bail!("{}: each document is selected or not: leave its weight out", input.name);
        }
        let is_read_once = args.top.is_none() && args.in_model.is_some();
        if input.size.is_none() && !is_read_once {
            bail!(
                "{} can be read only once: name a file, or give --threshold, --in-model and --general-model",
                input.name
            );
        }
    }
    let is_text = |input: &Input| !input.format().has_records();
    if pool.inputs.iter().any(is_text) && !pool.inputs.iter().all(is_text) {
        bail!("the pool mixes plain text and records, which cannot go to one file: name one kind");
    }
    if args.threshold.is_some_and(f32::is_nan) {
        bail!("--threshold is a number");
    }
    if args.json && args.output.as_os_str() == "-" {
        bail!(
            "standard output cannot take both the documents and the summary: name a file with -o"
        );
    }
    Ok(())
}

/// The UTF-8 encoding of U+FEFF.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The documents to select from.
struct Pool {
    inputs: Vec<Input>,
    reading: Reading,
}

impl Pool {
    /// Reads each text in turn: calls `work` with its name, the kind of its lines, and a reader.
    fn each(
        &self,
        stage: &str,
        progress: &ProgressDisplay,
        mut work: impl FnMut((&str, &Records), Box<dyn std::io::Read + Send + '_>) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        progress.begin(stage, self.inputs.iter().map(|input| input.size).sum(), "bytes");
        for input in &self.inputs {
            let text = input.open_records(|bytes| progress.advance(bytes))?;
            let records = match input.format().has_records() {
                true => Records::Json(input.field().clone()),
                false => Records::Text,
            };
            work((&input.name, &records), text)?;
        }
        progress.end();
        Ok(())
    }

    /// Calls `take` with the number of each line, its kind, and the line with its end.
    fn lines(
        &self,
        stage: &str,
        progress: &ProgressDisplay,
        mut take: impl FnMut(usize, &Records, &[u8]) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let mut number = 0;
        self.each(stage, progress, |(name, records), text| {
            let mut text = BufReader::with_capacity(1 << 18, text);
            let mut line = Vec::new();
            let cannot_read = || format!("cannot read {name}");
            let head = text.fill_buf().with_context(cannot_read)?;
            // The mark is not part of the first line.
            let mark = if head.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
            text.consume(mark);
            loop {
                line.clear();
                if text.read_until(b'\n', &mut line).with_context(cannot_read)? == 0 {
                    return Ok(());
                }
                if !line.ends_with(b"\n") {
                    line.push(b'\n');
                }
                take(number, records, &line)?;
                number += 1;
            }
        })
    }
}

/// Returns the options of every model trained here.
fn options(args: &Args, vocab: VocabRule) -> anyhow::Result<TrainOptions> {
    let tokenizer = args.tokenizer.open()?;
    // Only the costs of tokens are compared.
    Ok(TrainOptions { order: args.order, tokenizer, vocab, open: false, ..TrainOptions::default() })
}

fn models(
    args: &Args,
    in_domain: &[Input],
    pool: &Pool,
    progress: &ProgressDisplay,
) -> anyhow::Result<Models> {
    if let (Some(in_domain), Some(general)) = (&args.in_model, &args.general_model) {
        let models = Models {
            in_domain: input::open_any_model(in_domain)?,
            general: input::open_any_model(general)?,
            sample_bytes: None,
        };
        let [one, other] = [&models.in_domain, &models.general].map(AnyModel::as_dyn);
        if one.tokenizer() != other.tokenizer() {
            bail!(
                "{} has another tokenizer than {}: train both with one --tokenizer",
                in_domain.display(),
                general.display()
            );
        }
        if !one.vocab().words().eq(other.vocab().words()) {
            tell!(
                "warning: the models know different words, so their differences depend on how many words each of them lacks: train both with one --vocab"
            );
        }
        models.in_domain.populate();
        models.general.populate();
        return Ok(models);
    }
    let trainer = machine::temporary_models()?;
    let texts = in_domain.iter().map(Input::text).collect::<anyhow::Result<Vec<Text>>>()?;
    let of_domain = trainer.train(&texts, options(args, VocabRule::MinCount(args.min_count))?)?;
    let size = of_domain.info().training.as_ref().map_or(0, |training| training.bytes);
    let mut draw = Draw::new(size);
    pool.each("sampling", progress, |text, reader| {
        Ok(draw.add(text, reader, pool.reading.sentences)?)
    })?;
    let sample = draw.into_text();
    let sample_bytes = Some(sample.len() as u64);
    let of_domain = AnyModel::Table(of_domain);
    let vocab = vocabulary(&of_domain);
    let general =
        trainer.train(&[Text::bytes("the sample of the pool", sample)], options(args, vocab)?)?;
    Ok(Models { in_domain: of_domain, general: AnyModel::Table(general), sample_bytes })
}

/// Returns the words of a model.
fn vocabulary(model: &AnyModel) -> VocabRule {
    VocabRule::List(model.as_dyn().vocab().words().map(str::to_owned).collect())
}

/// Judges the pool and writes the selected documents.
fn select(
    args: &Args,
    models: &Models,
    pool: &Pool,
    output: &mut (impl Write + Send),
    progress: &ProgressDisplay,
) -> anyhow::Result<(Vec<Judged>, Selection)> {
    let Reading { sentences, on_bad, account, .. } = &pool.reading;
    let options =
        SelectOptions { sentences: *sentences, on_bad: *on_bad, account: account.clone() };
    let selector = Selector::new(models.in_domain.as_dyn(), models.general.as_dyn(), options);
    let mut judged: Vec<Judged> = Vec::new();
    pool.each("comparing", progress, |text, reader| {
        let mut take = |lines: &[Judged], kept: &[u8]| {
            judged.extend_from_slice(lines);
            output.write_all(kept)
        };
        Ok(selector.judge(text, reader, args.threshold, &mut take)?)
    })?;
    let selection = match (args.threshold, args.top) {
        (Some(threshold), _) => Selection::up_to(&judged, threshold),
        (None, top) => {
            let documents = judged.iter().filter(|line| line.is_document()).count() as u64;
            let selection = Selection::lowest(&judged, top.map_or(0, |top| top.of(documents)));
            let mut lines = 0;
            pool.lines("writing", progress, |number, _, line| {
                lines = number + 1;
                if selection.lines.get(number).is_some_and(|selected| *selected) {
                    output.write_all(line).context("cannot write the documents")?;
                }
                Ok(())
            })?;
            if lines != judged.len() {
                bail!("the pool changed while it was read: begin again");
            }
            selection
        }
    };
    Ok((judged, selection))
}

/// Measures the perplexity of held-out text under a model of the selection, and under one of a random selection.
fn check(
    args: &Args,
    models: &Models,
    pool: &Pool,
    (judged, selection): (&[Judged], &Selection),
    held_out: &[Input],
    progress: &ProgressDisplay,
) -> anyhow::Result<HeldOut> {
    let random = Selection::random(judged, selection);
    let folder = machine::temporary_folder()?;
    let paths = ["selected", "random"].map(|name| folder.path().join(name));
    let create = |path: &PathBuf| Output::plain(path).map(BufWriter::new);
    let mut files = [create(&paths[0])?, create(&paths[1])?];
    let selections = [selection, &random];
    let mut sentences = Vec::new();
    pool.lines("reading again", progress, |number, records, line| {
        for (selection, file) in selections.iter().zip(&mut files) {
            if selection.lines.get(number).is_some_and(|selected| *selected) {
                sentences.clear();
                records.sentences(line, pool.reading.sentences, &mut sentences);
                file.write_all(&sentences).context("cannot write a temporary file")?;
            }
        }
        Ok(())
    })?;
    for file in files {
        let file = file.into_inner().map_err(|error| error.into_error());
        file.and_then(Output::finish).context("cannot write a temporary file")?;
    }
    let trainer = machine::temporary_models()?;
    let perplexity = |path: &Path| -> anyhow::Result<(u64, Option<f64>)> {
        let vocab = vocabulary(&models.in_domain);
        let model = trainer.train(&[Text::file(path)], options(args, vocab)?)?;
        let mut evaluation = Evaluation::new(&model);
        for input in held_out {
            evaluation.read(&input.name, input.open(|_| ())?)?;
        }
        let figures = evaluation.report().figures;
        Ok((figures.tokens, figures.perplexity_including_oovs))
    };
    let (tokens, of_selected) = perplexity(&paths[0]).context("a model of what was selected")?;
    let (_, of_random) = perplexity(&paths[1]).context("a model of a random selection")?;
    Ok(HeldOut {
        tokens,
        perplexity_of_selected: of_selected,
        perplexity_of_random: of_random,
        random_documents: random.selected,
        random_tokens: random.selected_tokens,
    })
}

fn shown(summary: &Summary) -> String {
    let mut text = format!(
        "{} of {} documents selected, {} of {} tokens\n",
        group(summary.selected),
        group(summary.documents),
        group(summary.selected_tokens),
        group(summary.tokens),
    );
    if let Some(threshold) = summary.threshold {
        text.push_str(&format!(
            "threshold: {threshold} bits a token, the highest difference of one selected\n"
        ));
    }
    if let Some(held_out) = &summary.held_out {
        let number =
            |value: Option<f64>| value.map_or("infinite".to_owned(), |v| format!("{v:.4}"));
        text.push_str(&format!(
            "held out, {} tokens: perplexity {} by a model of what was selected, {} by one of {} tokens drawn at random\n",
            group(held_out.tokens),
            number(held_out.perplexity_of_selected),
            number(held_out.perplexity_of_random),
            group(held_out.random_tokens),
        ));
    }
    text
}
