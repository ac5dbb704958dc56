//! `ngram select`.

use crate::input::{self, Input};
use crate::machine;
use crate::number;
use crate::options::{TokenizerArgs, WorkArgs, saying};
use crate::output::{self, Output};
use crate::progress::ProgressDisplay;
use crate::reading::{self, ReadingArgs};
use crate::tell::tell;
use anyhow::{Context, bail};
use clap::Arg;
use ngram_counts::VocabRule;
use ngram_eval::Evaluation;
use ngram_eval::documents::{Judged, Pool, PoolText, Records, Rule, SelectOptions, Selection, Top};
use ngram_input::Reading;
use ngram_input::Text;
use ngram_model::AnyModel;
use ngram_report::select::{self, HeldOutPerplexity, Summary};
use ngram_train::TrainOptions;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

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
    #[arg(long, value_name = "BITS", allow_hyphen_values = true, value_parser = number::figure::<f32>)]
    threshold: Option<f32>,
    /// A model of the in-domain text, in place of --in-domain.
    #[arg(long, value_name = "FILE", requires = "general_model", conflicts_with = "in_domain")]
    in_model: Option<PathBuf>,
    /// A model of the pool or of general text, with the same tokenizer and vocabulary as --in-model.
    #[arg(long, value_name = "FILE", requires = "in_model")]
    general_model: Option<PathBuf>,
    /// Where to write; compressed if the name ends in .gz, .zst, .bz2 or .xz.
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    output: PathBuf,
    /// Order of the models.
    #[arg(short = 'n', long, value_name = "N", default_value_t = 4, conflicts_with = "in_model", value_parser = number::order)]
    order: usize,
    #[command(flatten)]
    tokenizer: TokenizerArgs,
    /// Vocabulary of the models: words that occur at least N times in the in-domain text.
    #[arg(long, value_name = "N", default_value_t = 2, conflicts_with = "in_model", value_parser = number::whole::<u64>(0, u64::MAX))]
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
    let reading = args.reading.reading();
    // Bad records are reported for the pool; those of the in-domain text are counted apart.
    let of_domain = Reading { account: Default::default(), ..reading.clone() };
    let in_domain = input::expand_as(&args.in_domain, &of_domain)?;
    let held_out = input::expand_as(&args.held_out, &of_domain)?;
    let inputs = input::expand_as(&args.pool, &reading)?;
    refuse(&args, &inputs)?;
    let pool = pool(&inputs, &reading);
    let rule = match (args.threshold, args.top) {
        (Some(threshold), _) => Rule::UpTo(threshold),
        (None, top) => Rule::Lowest(top.unwrap_or(Top::Documents(0))),
    };
    let mut output = BufWriter::with_capacity(1 << 18, Output::create(&args.output)?);
    let progress = args.work.progress();
    let threads = args.work.pool()?;
    let made = threads.install(|| {
        let models = models(&args, &in_domain, &pool, &progress)?;
        let [one, other] = [&models.in_domain, &models.general].map(AnyModel::as_dyn);
        let (judged, selection) = pool.select(one, other, rule, &mut output, &progress)?;
        let held_out = match held_out.is_empty() {
            true => None,
            false => {
                Some(check(&args, &models, &pool, (&judged, &selection), &held_out, &progress)?)
            }
        };
        anyhow::Ok((models, selection, held_out))
    });
    drop(progress);
    reading::warn(&of_domain, reading::LEFT_OUT)?;
    reading::warn(&reading, "cannot be selected")?;
    let (models, selection, held_out) = made?;
    let written = output.into_inner().map_err(|error| error.into_error());
    written.and_then(Output::finish).with_context(|| output::cannot_write(&args.output))?;
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
        return output::report(true, &summary, String::new);
    }
    if !args.work.is_quiet() {
        tell!("{}", select::text(&summary).trim_end());
    }
    Ok(())
}

fn refuse(args: &Args, pool: &[Input]) -> anyhow::Result<()> {
    for input in pool {
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
    if pool.iter().any(is_text) && !pool.iter().all(is_text) {
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

/// Returns the documents to select from.
fn pool<'p>(inputs: &'p [Input], reading: &Reading) -> Pool<'p> {
    let text = |input: &'p Input| PoolText {
        name: &input.name,
        records: match input.format().has_records() {
            true => Records::Json(input.field().clone()),
            false => Records::Text,
        },
        size: input.size,
        open: Box::new(|progress| Ok(input.open_records(|bytes| progress.advance(bytes))?)),
    };
    let Reading { sentences, on_bad, account, .. } = reading;
    let options =
        SelectOptions { sentences: *sentences, on_bad: *on_bad, account: account.clone() };
    Pool::new(inputs.iter().map(text).collect(), options)
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
    pool: &Pool<'_>,
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
    let sample = pool.draw(size, progress)?;
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

/// Measures the perplexity of held-out text under a model of the selection, and under one of a random selection.
fn check(
    args: &Args,
    models: &Models,
    pool: &Pool<'_>,
    (judged, selection): (&[Judged], &Selection),
    held_out: &[Input],
    progress: &ProgressDisplay,
) -> anyhow::Result<HeldOutPerplexity> {
    let random = Selection::random(judged, selection);
    let folder = machine::temporary_folder()?;
    let paths = ["selected", "random"].map(|name| folder.path().join(name));
    let create = |path: &PathBuf| Output::plain(path).map(BufWriter::new);
    let mut files = [create(&paths[0])?, create(&paths[1])?];
    pool.sentences(&[selection, &random], progress, |index, text| files[index].write_all(text))?;
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
    Ok(HeldOutPerplexity {
        tokens,
        perplexity_of_selected: of_selected,
        perplexity_of_random: of_random,
        random_documents: random.selected,
        random_tokens: random.selected_tokens,
    })
}
