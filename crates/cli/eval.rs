//! `ngram eval`.

use crate::helpers::{self, HelperFiles};
use crate::input::{self, Input};
use crate::mixture::Parts;
use crate::options::FiguresArgs;
use crate::page::PageFile;
use crate::progress::ProgressDisplay;
use crate::reading::{self, ReadingArgs, TextsArgs};
use crate::tell::tell;
use crate::visible;
use anyhow::{Context, bail};
use ngram_adaptive::Adaptation;
use ngram_eval::{Details, Evaluation};
use ngram_model::{AnyModel, LanguageModel, ModelInfo};
use ngram_report::Survey;
use ngram_report::{html, json, kenlm, srilm, text, tsv};
use ngram_store::Progress;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::PathBuf;

/// Evaluate a model on held-out text.
///
/// Every line is a sentence, and the model predicts each of its words and its end, `</s>`. Several
/// texts make one report, with a row for each. Prints cross-entropy, perplexity with and without
/// out-of-vocabulary words (OOV), bits per character and per byte of the text, and the totals
/// behind these figures.
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    texts: TextsArgs,

    /// Format of the report.
    #[arg(
        long,
        value_enum,
        value_name = "FORMAT",
        default_value = "text",
        help_heading = "Report"
    )]
    format: Format,

    /// Write the report as JSON; with --per-token, everything as JSON Lines.
    #[arg(long, conflicts_with = "format", help_heading = "Report")]
    json: bool,

    /// Check every checksum of the model before scoring.
    ///
    /// Models of up to 64 MiB are always checked when they are opened.
    #[arg(long)]
    verify: bool,

    /// Also write a line for every token.
    ///
    /// As text, this is a tab-separated table with a header on standard output, and the report goes
    /// to standard error. With --format kenlm or srilm, these are the lines of `query -v word` or
    /// of `ngram -debug 2`.
    #[arg(long, help_heading = "Report")]
    per_token: bool,

    /// Also write an HTML page to this file: the figures, the text coloured by surprisal with what
    /// the model expected, bits by matched order and along the text, the most surprising tokens,
    /// OOVs and word frequencies.
    ///
    /// The page is one self-contained file.
    #[arg(long, value_name = "PAGE", conflicts_with = "per_token", help_heading = "Report")]
    html: Option<PathBuf>,

    /// Let the model adapt to the text as it scores it, and report what the text costs then.
    ///
    /// The model's orders are mixed with n-grams of the text so far and a cache, with weights
    /// learnt on the way. This is a proper model, since it only knows the text before each token.
    /// Lines are scored one after another, on one thread. Needs a model with an open vocabulary.
    ///
    /// --adaptive=best takes each token as a path of decisions between two, and mixes what many contexts
    /// say of each: some thirty times slower, and better. It uses what `ngram prepare` made beside the model.
    #[arg(long, value_name = "LEVEL", num_args = 0..=1, require_equals = true, default_missing_value = "mixture", conflicts_with_all = ["format", "cache"], help_heading = "Adaptation")]
    adaptive: Option<Adapting>,

    #[command(flatten)]
    parts: Parts,

    #[command(flatten)]
    reading: ReadingArgs,

    #[command(flatten, next_help_heading = "Work")]
    work: FiguresArgs,
}

/// How a model adapts.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Adapting {
    /// The model's orders, n-grams of the text so far and a cache, mixed linearly.
    Mixture,
    /// By decisions between two, with what `ngram prepare` made.
    Best,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people: every figure with its formula and its denominator.
    Text,
    /// The four summary lines of KenLM's `query`, byte for byte. Unlike KenLM, a last line without
    /// a line end is a sentence, and `<s>` and `</s>` in the text are skipped.
    Kenlm,
    /// The lines of SRILM's `ngram -ppl` without `-unk`, byte for byte: OOVs are counted but not
    /// scored, and blank lines are skipped. One block per text, then one for all texts.
    Srilm,
}

/// Runs the verb.
pub fn run(args: Args) -> anyhow::Result<()> {
    let reading = args.reading.reading();
    let inputs = input::expand_as(&args.texts.files, &reading)?;
    let mixes = args.parts.any()?;
    let text = inputs.iter().map(|input| input.size).sum::<Option<u64>>();
    let pool = args.work.pool()?;
    let given = &args.texts.model;
    let model = pool.install(|| input::open_model_for(&given.model, &given.foreign, text))?;
    if args.verify {
        model.verify(&args.texts.model.model.display().to_string())?;
    }
    let others = args.parts.open(&args.texts.model.foreign)?;
    let is_best = args.adaptive == Some(Adapting::Best);
    if is_best && mixes {
        bail!(
            "--adaptive=best mixes what `ngram prepare` made: leave --with out, or choose --adaptive"
        );
    }
    let path = &args.texts.model.model;
    let helpers = match is_best {
        true => HelperFiles::open(path, model.as_dyn(), args.verify)?,
        false => HelperFiles::default(),
    };
    if is_best && !helpers.exist() {
        tell!(
            "note: nothing helps {0} to adapt: `ngram prepare TEXT -m {0}` makes what does, from the text it was trained on",
            path.display()
        );
    }
    let page = args.html.as_deref().map(PageFile::create).transpose()?;
    // Token lines and a progress bar would overwrite each other on a terminal.
    let crowded = args.per_token && io::stdout().is_terminal();
    let progress = ProgressDisplay::new(args.work.is_quiet() || crowded);
    let evaluated = pool.install(|| {
        let mut out = BufWriter::with_capacity(1 << 16, visible::stdout());
        let lone = model.as_dyn();
        let models: Vec<&AnyModel> = [&model].into_iter().chain(&others).collect();
        let rest = (&inputs[..], page, &models[..], &progress);
        if !mixes {
            evaluate(
                &args,
                (lone, Some(model.info())),
                begin(&args, lone, &helpers, &progress)?,
                rest,
                &mut out,
            )?;
        } else {
            let mixed = args.parts.mixed(&args.texts.model.model, lone, &others, None)?;
            progress.begin("fitting weights", None, "bytes");
            let mixture = args.parts.mixture(&mixed)?;
            progress.end();
            if args.adaptive.is_some() {
                let weights = Some(mixture.weights());
                let mixed = args.parts.mixed(&args.texts.model.model, lone, &others, weights)?;
                evaluate(
                    &args,
                    (&mixed, None),
                    begin(&args, &mixed, &helpers, &progress)?,
                    rest,
                    &mut out,
                )?;
            } else {
                let evaluation = Evaluation::mixture(mixture);
                evaluate(&args, (&mixed, None), evaluation, rest, &mut out)?;
            }
        }
        out.flush().context(CANNOT_WRITE)
    });
    drop(progress);
    reading::warn(&reading, reading::LEFT_OUT)?;
    helpers.unchanged()?;
    evaluated
}

/// Begins an evaluation of a model that is not mixed with others or with caches.
fn begin<'m>(
    args: &Args,
    model: &'m dyn LanguageModel,
    helpers: &'m HelperFiles,
    progress: &dyn Progress,
) -> anyhow::Result<Evaluation<'m>> {
    let level = match args.adaptive {
        None => return Ok(Evaluation::new(model)),
        Some(Adapting::Mixture) => Adaptation::Mixture,
        Some(Adapting::Best) => Adaptation::Decisions,
    };
    let path = &args.texts.model.model;
    Ok(Evaluation::adapting(helpers::adapting(level, path, model, helpers, progress)?))
}

fn evaluate<'m>(
    args: &Args,
    (model, info): (&'m dyn LanguageModel, Option<&ModelInfo>),
    mut evaluation: Evaluation<'m>,
    (inputs, page, models, progress): (&[Input], Option<PageFile>, &[&AnyModel], &ProgressDisplay),
    out: &mut (dyn Write + Send),
) -> anyhow::Result<()> {
    let details: Option<&dyn Details> = match args.format {
        _ if !args.per_token => None,
        _ if args.json => Some(&json::SentenceLines),
        Format::Text => Some(&tsv::Rows),
        Format::Kenlm => Some(&kenlm::WordLine),
        Format::Srilm => Some(&srilm::WORDS),
    };
    if details.is_some() && args.format == Format::Text && !args.json {
        print(out, tsv::HEADER)?;
    }
    let mut survey = page.is_some().then(|| Survey::new(model));
    let sizes = inputs.iter().map(|input| input.size);
    progress.begin("scoring", sizes.sum(), "bytes");
    for input in inputs {
        let text = input.open(|bytes| progress.advance(bytes))?;
        match (details, &mut survey) {
            (Some(details), _) => evaluation.read_with(&input.name, text, details, out)?,
            (None, Some(survey)) => survey.read(&mut evaluation, &input.name, text)?,
            (None, None) => evaluation.read(&input.name, text)?,
        }
        if args.format == Format::Srilm
            && let Some((name, tally)) = evaluation.files().last()
        {
            print(out, &srilm::summary(name, tally))?;
        }
    }
    progress.end();
    models.iter().try_for_each(|model| model.unchanged())?;

    let report = evaluation.report();
    if let (Some(page), Some(survey)) = (page, &survey) {
        let name = args.texts.model.model.display().to_string();
        page.write(&html::eval::page(&report, survey, model, &name, info))?;
    }
    match args.format {
        _ if args.json && args.per_token => print(out, &json::report_line(&report)),
        _ if args.json => print(out, &json::report(&report)),
        Format::Text if args.per_token => {
            // The table comes before the report, in case both go to a terminal.
            out.flush().context(CANNOT_WRITE)?;
            let written = visible::stderr().write_all(text::report(&report).as_bytes());
            written.context("cannot write to standard error")
        }
        Format::Text => print(out, &text::report(&report)),
        Format::Kenlm => print(out, &kenlm::summary(evaluation.total())),
        Format::Srilm if inputs.len() > 1 => {
            let names: Vec<&str> = inputs.iter().map(|input| input.name.as_str()).collect();
            print(out, &srilm::summary(&names.join(" "), evaluation.total()))
        }
        Format::Srilm => Ok(()),
    }
}

const CANNOT_WRITE: &str = "cannot write to standard output";

fn print(out: &mut dyn Write, text: &str) -> anyhow::Result<()> {
    out.write_all(text.as_bytes()).context(CANNOT_WRITE)
}
