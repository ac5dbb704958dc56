//! `ngram eval`.

use crate::input::{self, Input};
use crate::machine;
use crate::mixture::Parts;
use crate::page::PageFile;
use crate::progress::ProgressDisplay;
use crate::reading::{self, ReadingArgs, TextsArgs};
use crate::stop;
use anyhow::Context;
use ngram_eval::{Details, Evaluation};
use ngram_model::{AnyModel, LanguageModel, ModelInfo};
use ngram_report::Survey;
use ngram_report::{html, json, kenlm, srilm, text, tsv};
use ngram_store::Progress;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::PathBuf;

/// Evaluate a model on held-out text.
///
/// Every line is a sentence, and the model predicts each of its words and its end, `</s>`. Several texts make
/// one report, with a row for each. Prints
/// cross-entropy, perplexity with and without words out of vocabulary (OOV), bits per character
/// and per byte of the text, and what they are made from.
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    texts: TextsArgs,

    /// How the report is written.
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "text")]
    format: Format,

    /// Write the report as JSON; with --per-token, everything as JSON Lines.
    #[arg(long, conflicts_with = "format")]
    json: bool,

    /// Read the whole model first, and compare every checksum in it.
    ///
    /// Models of up to 64 MiB always are when they are opened.
    #[arg(long)]
    verify: bool,

    /// Write a line for every token as well.
    ///
    /// As text: a table separated by tabs, with a header, on standard output; the report then goes
    /// to standard error. With --format kenlm or srilm: the lines of `query -v word` or of
    /// `ngram -debug 2`.
    #[arg(long)]
    per_token: bool,

    /// Write a page to look at in a browser as well: the figures, the text coloured by surprise with
    /// what the model expected, bits by matched order and along the text, the most surprising tokens,
    /// OOVs and word frequencies.
    ///
    /// One file that needs nothing else.
    #[arg(long, value_name = "PAGE", conflicts_with = "per_token")]
    html: Option<PathBuf>,

    /// Let the model adapt to the text as it goes by, and say what the text costs then.
    ///
    /// A mixture of the model's orders, n-grams of the text so far and a cache, with weights that are learnt on
    /// the way: a proper model, as it knows of the text only what came before. One line after another, on one
    /// thread. Needs a model with an open vocabulary.
    #[arg(long, conflicts_with_all = ["format", "cache"])]
    adaptive: bool,

    #[command(flatten)]
    parts: Parts,

    #[command(flatten)]
    reading: ReadingArgs,

    /// How many threads to use; the figures are the same for any number.
    #[arg(long, short = 'j', value_name = "N")]
    threads: Option<usize>,

    /// Show no progress.
    #[arg(short, long)]
    quiet: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people: every figure with its formula and what it is divided by.
    Text,
    /// The four summary lines of KenLM's `query`, byte for byte. Unlike there, a last line without
    /// line end is a sentence, and `<s>` and `</s>` in the text are skipped.
    Kenlm,
    /// The lines of SRILM's `ngram -ppl` without `-unk`, byte for byte: OOVs are counted but not
    /// scored, and blank lines are left out. A block for each text, then one for all of them.
    Srilm,
}

/// Runs the verb.
pub fn run(args: Args) -> anyhow::Result<()> {
    stop::listen()?;
    let reading = args.reading.reading();
    let inputs = input::expand_as(&args.texts.files, &reading)?;
    let mixes = args.parts.any()?;
    let model = input::open_any_model(&args.texts.model)?;
    if args.verify {
        model.verify(&args.texts.model.display().to_string())?;
    }
    let others = args.parts.open()?;
    let text = inputs.iter().map(|input| input.size).sum::<Option<u64>>();
    // A text of so many bytes touches most of the model's pages in any case.
    if text.is_none_or(|bytes| bytes >= model.file_size() / 2000) {
        model.populate();
    }
    let files = inputs.iter().filter_map(Input::path).chain([args.texts.model.as_path()]);
    let page = args.html.as_deref().map(|path| PageFile::create(path, files)).transpose()?;
    let pool = machine::pool(args.threads)?;
    // Lines of tokens and a bar would overwrite each other on a terminal.
    let crowded = args.per_token && io::stdout().is_terminal();
    let progress = ProgressDisplay::new(args.quiet || crowded);
    let evaluated = pool.install(|| {
        let mut out = BufWriter::with_capacity(1 << 16, io::stdout());
        let lone = model.as_dyn();
        let models: Vec<&AnyModel> = [&model].into_iter().chain(&others).collect();
        let rest = (&inputs[..], page, &models[..], &progress);
        if !mixes {
            evaluate(&args, (lone, Some(model.info())), begin(&args, lone)?, rest, &mut out)?;
        } else {
            let mixed = args.parts.mixed(&args.texts.model, lone, &others, None)?;
            progress.begin("fitting weights", None, "bytes");
            let mixture = args.parts.mixture(&mixed)?;
            progress.end();
            if args.adaptive {
                let weights = Some(mixture.weights());
                let mixed = args.parts.mixed(&args.texts.model, lone, &others, weights)?;
                evaluate(&args, (&mixed, None), begin(&args, &mixed)?, rest, &mut out)?;
            } else {
                let evaluation = Evaluation::mixture(mixture);
                evaluate(&args, (&mixed, None), evaluation, rest, &mut out)?;
            }
        }
        out.flush().context(CANNOT_WRITE)
    });
    drop(progress);
    reading::warn(&reading, reading::LEFT_OUT);
    evaluated
}

/// An evaluation of a model that is no mixture with caches.
fn begin<'m>(args: &Args, model: &'m dyn LanguageModel) -> anyhow::Result<Evaluation<'m>> {
    if !args.adaptive {
        return Ok(Evaluation::new(model));
    }
    Evaluation::adaptive(model).with_context(|| {
        format!(
            "{}: its vocabulary is closed, so it cannot adapt: train a model from a text by words, whitespace or chars, without --closed",
            args.texts.model.display()
        )
    })
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
        _ if args.json => Some(&json::Lines),
        Format::Text => Some(&tsv::Rows),
        Format::Kenlm => Some(&kenlm::Words),
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
        let name = args.texts.model.display().to_string();
        page.write(&html::eval::page(&report, survey, model, &name, info))?;
    }
    match args.format {
        _ if args.json && args.per_token => print(out, &json::report_line(&report)),
        _ if args.json => print(out, &json::report(&report)),
        Format::Text if args.per_token => {
            // The table comes first, where both go to a terminal.
            out.flush().context(CANNOT_WRITE)?;
            let written = io::stderr().lock().write_all(text::report(&report).as_bytes());
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
