//! `ngram generate`.

use crate::number;
use crate::options::{AnyModelArgs, ThreadsArgs, saying};
use crate::stop;
use crate::summary::group;
use crate::tell::tell;
use crate::visible;
use crate::vocabulary;
use anyhow::{Context, bail};
use ngram_eval::generate::{Generator, Options};
use ngram_model::LanguageModel;
use ngram_report::generate;
use ngram_tokenizer::WordId;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// Draw random sentences from a model.
///
/// Each word is drawn with the probability that the model gives it, unless options change that. The
/// same seed gives the same sentences on every machine and for any number of threads.
#[derive(clap::Args)]
#[command(mut_args(saying(HELP)))]
pub struct Args {
    #[command(flatten)]
    model: AnyModelArgs,

    /// Number of sentences to draw.
    #[arg(short = 'n', long, value_name = "N", default_value_t = 10, value_parser = number::whole::<u64>(0, 1_000_000_000_000))]
    sentences: u64,

    /// Draw sentences until they have N tokens, sentence ends included; the last one is cut.
    #[arg(long, value_name = "N", conflicts_with = "sentences", value_parser = number::whole::<u64>(0, 1_000_000_000_000))]
    tokens: Option<u64>,

    /// Words that each sentence begins with.
    #[arg(long, value_name = "WORDS", default_value = "")]
    prompt: String,

    /// Draw with probability proportional to p^(1/T): a lower T favours probable words, and 0 always takes the most
    /// probable one.
    #[arg(short, long, value_name = "T", default_value_t = 1.0, value_parser = number::real(0.0, 1000.0))]
    temperature: f64,

    /// Draw only from the K most probable words.
    #[arg(long, value_name = "K", value_parser = number::whole::<usize>(1, u32::MAX.into()))]
    top_k: Option<usize>,

    /// Draw only from the fewest most probable words whose probabilities sum to at least P.
    #[arg(long, value_name = "P", value_parser = number::above_zero(1.0))]
    top_p: Option<f64>,

    /// Draw only words of this file, one per line, and sentence ends.
    #[arg(long, value_name = "FILE")]
    only: Option<PathBuf>,

    /// Allow unknown words: spelled like rare words if the vocabulary is open, else as `<unk>`.
    #[arg(long)]
    allow_unk: bool,

    /// Cut a sentence after N words.
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = number::whole::<usize>(0, 1_000_000_000))]
    longest: usize,

    /// Seed of the random numbers.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = number::whole::<u64>(0, u64::MAX))]
    seed: u64,

    /// Write JSON, one object per line for each sentence.
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    threads: ThreadsArgs,
}

/// Maximum number of sentences drawn at a time.
const BATCH: u64 = 1 << 10;

/// What the help of shared options says here.
const HELP: &[(&str, &str)] = &[(
    "threads",
    "Number of threads [default: one per core]; the sentences are the same for any number",
)];

/// Runs the verb.
pub fn run(args: Args) -> anyhow::Result<()> {
    let model = args.model.open_any()?;
    let model = model.as_dyn();
    let only = args.only.as_deref().map(|path| words(path, model)).transpose()?;
    let options = Options {
        seed: args.seed,
        prompt: args.prompt.clone(),
        temperature: args.temperature,
        top_k: args.top_k,
        top_p: args.top_p,
        only,
        unknown: args.allow_unk,
        longest: args.longest,
    };
    let generator = Generator::new(model, options)?;
    let pool = args.threads.pool()?;
    let mut out = BufWriter::with_capacity(1 << 16, visible::stdout());
    pool.install(|| print(&args, &generator, model, &mut out))
}

fn print(
    args: &Args,
    generator: &Generator<'_>,
    model: &dyn LanguageModel,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let cannot_write = "cannot write to standard output";
    let mut samplers = generator.samplers();
    let sentences = if args.tokens.is_some() { u64::MAX } else { args.sentences };
    let mut left = args.tokens.unwrap_or(u64::MAX);
    let (mut number, mut uncut, mut batch) = (0, 0, samplers.len() as u64);
    while number < sentences && left > 0 {
        let numbers = number..sentences.min(number.saturating_add(batch));
        // With --tokens, the number of sentences needed is unknown, so at most twice as many are drawn.
        batch = (2 * batch).min(BATCH);
        for sentence in generator.sentences(numbers, &mut samplers) {
            stop::check()?;
            let mut sentence = sentence?;
            if sentence.tokens() as u64 > left {
                sentence = generator.cut(&sentence, number, left as usize);
            } else {
                uncut += u64::from(!sentence.ended);
            }
            left -= sentence.tokens() as u64;
            let line = match args.json {
                true => generate::line(number, &sentence, model.vocab()),
                false => sentence.text + "\n",
            };
            out.write_all(line.as_bytes()).context(cannot_write)?;
            number += 1;
            if left == 0 {
                break;
            }
        }
    }
    out.flush().context(cannot_write)?;
    if uncut > 0 {
        tell!(
            "warning: {} of {} sentences did not end within {} words and were cut: see --longest",
            group(uncut),
            group(number),
            group(args.longest as u64)
        );
    }
    Ok(())
}

/// Reads a list of words, as ids.
fn words(path: &Path, model: &dyn LanguageModel) -> anyhow::Result<Vec<WordId>> {
    let words = vocabulary::read(path, model.tokenizer())?;
    let known: Vec<WordId> = words.iter().filter_map(|word| model.vocab().id(word)).collect();
    let unknown = words.len() - known.len();
    if known.is_empty() {
        bail!("the model knows none of the words in {}", path.display());
    }
    if unknown > 0 {
        tell!(
            "warning: the model does not know {} of the {} words in {}: they are never drawn",
            group(unknown as u64),
            group(words.len() as u64),
            path.display()
        );
    }
    Ok(known)
}
