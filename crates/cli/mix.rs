//! `ngram mix`.

use crate::input;
use crate::layout::LayoutArgs;
use crate::machine;
use crate::number;
use crate::options::WorkArgs;
use crate::output;
use crate::progress::ProgressDisplay;
use crate::stop::Stoppable;
use crate::summary::bytes;
use crate::tell::tell;
use anyhow::Context;
use ngram_counts::TokenizerName;
use ngram_edit::mix::{Comparison, Formula, Mixed, Mixture, Perplexity};
use ngram_eval::overlap::trained_on;
use ngram_eval::{Evaluation, Figures};
use ngram_formats::arpa::ReadOptions;
use ngram_formats::{TextTokenizer, import_as};
use ngram_input::Text;
use ngram_model::{ConvertOptions, LanguageModel, Layout, Model};
use ngram_report::mix::{MixOnHeldOut, Summary};
use ngram_store::{folder_of, temporary_folder};
use ngram_tokenizer::{TokenizerKind, TokenizerSpec};
use std::io::{BufReader, Read, Write};
use std::path::PathBuf;
use std::time::Instant;

/// Mix several models into one.
///
/// The mixture lists every n-gram that one of the models lists, with the probability that the
/// models give it together, and is a model like any other. Its weights are fitted to held-out text
/// (--dev) or given (--weights). A word that a model lacks gets nothing from it, and unknown words get
/// what each model gives to `<unk>`, as in SRILM; so everything sums to 1. The summary compares models
/// over the words of all together: there, a model's `<unk>` is shared among the words that it lacks.
#[derive(clap::Args)]
pub struct Args {
    /// At least two models or ARPA files, of any orders and vocabularies, but with one tokenizer.
    #[arg(required = true, num_args = 2.., value_name = "MODEL")]
    models: Vec<PathBuf>,
    /// Where to write the mixture.
    #[arg(short, long, value_name = "MODEL")]
    output: PathBuf,
    /// Held-out texts to fit the weights to, and to compare the mixture with its models on.
    #[arg(long, value_name = "FILE", num_args = 1.., required_unless_present = "weights")]
    dev: Vec<PathBuf>,
    /// Weights, one per model, such as 0.6,0.4; they must sum to 1, unless --log-linear, where each may be any number
    /// from 0 up.
    #[arg(long, value_name = "λ,λ,…", value_delimiter = ',', conflicts_with = "by_context", value_parser = number::log_linear_weight)]
    weights: Vec<f64>,
    /// Fit separate weights for each kind of history: by how long a suffix of it each model has,
    /// and how many different words follow that.
    #[arg(long)]
    by_context: bool,
    /// With --by-context, the number of held-out tokens that a kind of history needs for weights of its own.
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = number::whole::<u32>(1, u32::MAX.into()), requires = "by_context")]
    least: u32,
    /// Multiply powers of the models' probabilities instead of adding shares of them. Exact, but slower to fit.
    #[arg(long, conflicts_with = "by_context")]
    log_linear: bool,
    /// Give each word that a model lacks an equal share of what that model gives to `<unk>`, instead of nothing. Unknown
    /// words then get only such a share, too. Always so with --log-linear.
    #[arg(long)]
    share_unknown: bool,
    /// Tokenizer of the text behind the ARPA files [default: as the file says, which only ARPA
    /// files of `ngram export` do, or that of the first model, else whitespace].
    #[arg(long, value_name = "NAME")]
    tokenizer: Option<TokenizerName>,
    /// That text was lowercased first.
    #[arg(long, requires = "tokenizer")]
    lowercase: bool,
    #[command(flatten)]
    layout: LayoutArgs,
    /// Use a closed vocabulary: no spelling for unknown words, and no probability for spacing and
    /// case. Otherwise the mixture takes these from the model of the highest weight that has them.
    #[arg(long)]
    closed: bool,
    /// Write the summary as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    work: WorkArgs,
}

/// Runs the verb.
pub fn run(args: Args) -> anyhow::Result<()> {
    let begun = Instant::now();
    let progress = args.work.progress();
    let summary = args.work.pool()?.install(|| mix(&args, &progress))?;
    drop(progress);
    let output = args.output.display().to_string();
    let mut out = output::stdout();
    if args.json {
        serde_json::to_writer_pretty(&mut out, &summary.json(&output))
            .context("cannot write JSON")?;
        writeln!(out)?;
    } else if !args.work.is_quiet() {
        let memory = machine::peak_memory();
        let memory = memory.map(|peak| format!(", {} of memory at most", bytes(peak)));
        let Mixed { info, file_size, .. } = &summary.mixed;
        let text = format!(
            "{}{output}: {}, order {}, {} in {:.2} s{}\nnext: ngram eval TEST.txt -m {output}\n",
            summary.text(),
            info.smoothing.as_deref().unwrap_or_default(),
            info.order(),
            bytes(*file_size),
            begun.elapsed().as_secs_f64(),
            memory.unwrap_or_default(),
        );
        out.write_all(text.as_bytes())?;
    }
    Ok(())
}

fn mix(args: &Args, progress: &ProgressDisplay) -> anyhow::Result<Summary> {
    let models = open(args)?;
    let models: Vec<&Model> = models.iter().collect();
    let dev = read(&args.dev)?;
    let texts: Vec<Text> =
        dev.iter().map(|(name, bytes)| Text::bytes(name, bytes.clone())).collect();
    let mixture = Mixture::new(&models)?;
    let mixture = if args.share_unknown { mixture.sharing() } else { mixture };
    let formula = match (args.log_linear, args.by_context) {
        (true, _) => Formula::LogLinear,
        (false, true) => Formula::ByContext(args.least as usize),
        (false, false) => Formula::Linear,
    };
    let (blend, held_out) = mixture.blend(formula, &args.weights, &texts, progress)?;
    let novelty = if args.closed { None } else { mixture.novelty(held_out.as_ref()) };
    let layout = args.layout.options();
    let mixed = mixture.write(&blend, novelty, &layout, &args.output, progress)?;
    let held_out = match held_out {
        None => None,
        Some(held_out) => {
            let written = evaluated(&Model::open(&args.output)?, &dev)?;
            let written = Perplexity {
                all: written.perplexity_including_oovs,
                known: written.perplexity_excluding_oovs,
                zeros: written.zero_probability_tokens,
            };
            for (path, model) in args.models.iter().zip(&models) {
                let figures = evaluated(model, &dev)?;
                if let Some(warning) = trained_on(model.info(), &figures) {
                    tell!("warning: {}: {warning}", path.display());
                }
            }
            Some(MixOnHeldOut::new(Comparison::new(&held_out, models.len()), written))
        }
    };
    Ok(Summary {
        names: args.models.iter().map(|path| path.display().to_string()).collect(),
        lacking: mixture.lacking(),
        opened: mixture.opened(),
        blend,
        mixed,
        held_out,
    })
}

/// Opens the models. ARPA files become models in a temporary folder beside the output.
fn open(args: &Args) -> anyhow::Result<Vec<Model>> {
    let mut models: Vec<Option<Model>> = Vec::new();
    for path in &args.models {
        let is_model = input::is_model(path) || !path.exists();
        models.push(if is_model { Some(input::open_model(path)?) } else { None });
    }
    let told = models.iter().flatten().next().map(|model| model.tokenizer().clone());
    let tokenizer = match &args.tokenizer {
        Some(name) => TextTokenizer::Told(name.open(args.lowercase)?),
        None => {
            TextTokenizer::Assumed(told.unwrap_or(TokenizerSpec::new(TokenizerKind::Whitespace)))
        }
    };
    let options = ConvertOptions { layout: Layout::Table, quantize: None };
    let mut opened = Vec::new();
    for (path, model) in args.models.iter().zip(models) {
        let name = path.display().to_string();
        let model = match model {
            Some(model) => model,
            None => {
                let folder = temporary_folder(folder_of(&args.output))?;
                let imported = folder.path().join("model.ngram");
                let text = BufReader::with_capacity(1 << 20, input::single(path)?.open(|_| ())?);
                import_as(
                    text,
                    &name,
                    &ReadOptions::default(),
                    tokenizer.clone(),
                    &options,
                    &imported,
                    &Stoppable,
                )?;
                // Once mapped, the model outlives the file's name.
                Model::open(&imported)?
            }
        };
        // A damaged model would make a damaged mixture whose checksums are right.
        model.verify(&name)?;
        opened.push(model);
    }
    Ok(opened)
}

/// Reads held-out texts, with their names, into memory: they are used more than once, and standard input can be read
/// only once.
fn read(paths: &[PathBuf]) -> anyhow::Result<Vec<(String, Vec<u8>)>> {
    let mut texts = Vec::new();
    for input in input::expand(paths)? {
        let mut bytes = Vec::new();
        let mut text = input.open(|_| ())?;
        text.read_to_end(&mut bytes).with_context(|| format!("cannot read {}", input.name))?;
        texts.push((input.name.clone(), bytes));
    }
    Ok(texts)
}

fn evaluated(model: &Model, held_out: &[(String, Vec<u8>)]) -> anyhow::Result<Figures> {
    let mut evaluation = Evaluation::new(model);
    for (name, bytes) in held_out {
        evaluation.read(name, &bytes[..])?;
    }
    Ok(evaluation.report().figures)
}
