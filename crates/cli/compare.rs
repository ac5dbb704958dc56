//! `ngram compare`.

use crate::foreign::ForeignArgs;
use crate::input::{self, Input};
use crate::number;
use crate::options::FiguresArgs;
use crate::output;
use crate::progress::ProgressDisplay;
use crate::tell::tell;
use anyhow::{Context, bail};
use ngram_eval::compare::{By, Compared, ModelComparison};
use ngram_eval::overlap::trained_on;
use ngram_eval::sampling::Resampling;
use ngram_model::{AnyModel, LanguageModel};
use ngram_report::{compare, json};
use ngram_store::Progress;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Compare models on held-out text: which is better, by how much, and whether it could be chance.
///
/// Every model is compared with the first. Each difference has a 95 % confidence interval, from a paired bootstrap,
/// and a p-value, from a sign-flip permutation test. Bits per token and perplexity are compared only between models
/// with the same tokenizer and vocabulary; bits per character only if both models charge for every character, or
/// leave out the same ones.
#[derive(clap::Args)]
pub struct Args {
    /// At least two models, then texts: files, quoted patterns, or - for standard input; plain, or
    /// compressed with gzip, zstd, bzip2 or xz. Texts are held in memory.
    #[arg(required = true, num_args = 2.., value_name = "FILE")]
    files: Vec<PathBuf>,

    /// What to resample: sentence (a line), paragraph (lines up to a blank one), document (a text),
    /// or a number, for runs of that many lines.
    ///
    /// An interval over sentences holds for other sentences of the same texts. For other texts it
    /// is too narrow, as the sentences of a text are alike: name many texts, and choose document.
    #[arg(long, value_name = "UNIT", default_value = "sentence", value_parser = unit)]
    by: By,

    /// Number of samples to draw.
    #[arg(long, value_name = "N", default_value_t = Resampling::default().samples, value_parser = samples)]
    samples: usize,

    /// Seed of the random numbers; the same seed gives the same figures, for any number of threads.
    #[arg(long, value_name = "N", default_value_t = Resampling::default().seed, value_parser = number::whole::<u64>(0, u64::MAX))]
    seed: u64,

    /// Write the comparison as JSON.
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    foreign: ForeignArgs,

    #[command(flatten)]
    work: FiguresArgs,
}

fn unit(name: &str) -> Result<By, String> {
    match name {
        "sentence" => Ok(By::Sentence),
        "paragraph" => Ok(By::Paragraph),
        "document" => Ok(By::Document),
        lines => match usize::from_str(lines) {
            Ok(lines) if lines > 0 => Ok(By::Lines(lines)),
            _ => Err("give sentence, paragraph, document, or how many lines".to_owned()),
        },
    }
}

fn samples(number: &str) -> Result<usize, String> {
    match usize::from_str(number) {
        Ok(samples) if (39..=1_000_000).contains(&samples) => Ok(samples),
        _ => {
            Err("give a number from 39 to 1000000: fewer samples have no 2.5 % quantile".to_owned())
        }
    }
}

/// Runs the verb.
pub fn run(args: Args) -> anyhow::Result<()> {
    let (models, inputs) = open(&args.files, &args.foreign)?;
    if args.by == By::Document && inputs.len() < 2 {
        bail!(
            "--by document draws texts, and there is one: name several, or choose --by paragraph or a number of lines"
        );
    }
    let pool = args.work.pool()?;
    let progress = args.work.progress();
    let how = Resampling { samples: args.samples, seed: args.seed };
    let compared = pool.install(|| compare(&models, &inputs, &progress, args.by, how))?;
    models.iter().try_for_each(|(_, model)| model.unchanged())?;
    for warning in warnings(&models, &compared) {
        tell!("warning: {warning}");
    }
    if compared.models.iter().all(|model| model.report.figures.words == 0) {
        bail!(
            "there is no word in {}: there is nothing to compare models on",
            compared.texts.join(", ")
        );
    }
    if compared
        .pairs
        .iter()
        .all(|pair| pair.bits_per_token.is_none() && pair.bits_per_character.is_none())
    {
        bail!("{}", incomparable(&compared));
    }
    let shown = if args.json { json::compared(&compared) } else { compare::compared(&compared) };
    output::stdout().write_all(shown.as_bytes())?;
    Ok(())
}

/// A model and its file name.
type Named = (String, AnyModel);

/// Opens the models and the texts.
fn open(files: &[PathBuf], how: &ForeignArgs) -> anyhow::Result<(Vec<Named>, Vec<Input>)> {
    let (models, texts): (Vec<&PathBuf>, Vec<&PathBuf>) =
        files.iter().partition(|path| input::is_any_model(path));
    let texts: Vec<PathBuf> = texts.into_iter().cloned().collect();
    let inputs = input::expand(&texts)?;
    if models.len() < 2 {
        let no_models: Vec<String> = texts.iter().map(|path| path.display().to_string()).collect();
        bail!(
            "name two models and a text: {} of these files {} made by `ngram train` or `ngram import`, and {} {} read as a text",
            models.len(),
            if models.len() == 1 { "was" } else { "were" },
            no_models.join(", "),
            if no_models.len() == 1 { "is" } else { "are" },
        );
    }
    if inputs.is_empty() {
        bail!("name a text to compare the models on, after their files");
    }
    let model = |path: &&PathBuf| Ok((path.display().to_string(), how.open_among(path)?));
    Ok((models.iter().map(model).collect::<anyhow::Result<_>>()?, inputs))
}

fn compare(
    models: &[Named],
    inputs: &[Input],
    progress: &ProgressDisplay,
    by: By,
    how: Resampling,
) -> anyhow::Result<Compared> {
    let named: Vec<(String, &dyn LanguageModel)> =
        models.iter().map(|(name, model)| (name.clone(), model.as_dyn())).collect();
    let mut comparison = ModelComparison::new(&named);
    progress.begin("scoring", inputs.iter().map(|input| input.size).sum(), "bytes");
    for input in inputs {
        let mut text = Vec::new();
        let mut reader = input.open(|bytes| progress.advance(bytes))?;
        reader.read_to_end(&mut text).with_context(|| format!("cannot read {}", input.name))?;
        drop(reader);
        comparison.read(&input.name, text)?;
    }
    progress.end();
    Ok(comparison.report(by, how))
}

/// Returns the warnings about the models and the texts.
fn warnings(models: &[Named], compared: &Compared) -> Vec<String> {
    let mut warnings = Vec::new();
    for (number, (name, model)) in models.iter().enumerate() {
        let same = |other: &&Named| ngram_store::is_same_file(Path::new(&other.0), Path::new(name));
        if models[..number].iter().any(|other| same(&other)) {
            warnings.push(format!("{name} is named twice: a model is compared with itself"));
        }
        let figures = &compared.models[number].report.figures;
        if let Some(warning) = trained_on(model.info(), figures) {
            warnings.push(format!("{name}: {warning}"));
        }
    }
    warnings
}

/// Explains why no model can be compared with the first.
fn incomparable(compared: &Compared) -> String {
    let mut out = String::from("nothing can be compared");
    for pair in &compared.pairs {
        let of_pair = format!("\n{} against {}:", pair.other, pair.first);
        out.push_str(&of_pair);
        for reason in &pair.reasons {
            out.push_str("\n  ");
            out.push_str(reason);
        }
        if pair.reasons.is_empty() {
            out.push_str("\n  every line has a token to which one of them gives probability 0");
        }
    }
    out
}
