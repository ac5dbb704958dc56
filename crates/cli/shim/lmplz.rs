//! KenLM's `lmplz`.

use super::parse;
use super::symbols::WithoutSymbols;
use crate::export;
use crate::input;
use crate::machine;
use crate::output::Output;
use crate::progress::ProgressDisplay;
use crate::size;
use crate::stop;
use crate::tell::tell;
use crate::train;
use anyhow::{Context, bail};
use clap::Parser;
use ngram_formats::EXPORT_FORMATS;
use ngram_input::Text;
use ngram_model::Model;
use ngram_tokenizer::{TokenizerKind, TokenizerSpec};
use ngram_train::smoothing::{Settings, UnigramBase, by_name};
use ngram_train::{Cutoffs, TrainOptions, Trained, train};
use std::collections::HashSet;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::{BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Modified Kneser-Ney smoothing of the text on standard input, as an ARPA file on standard output.
#[derive(Parser)]
#[command(name = "lmplz", infer_long_args = true)]
struct Options {
    /// The order of the model.
    #[arg(short, long, value_name = "N")]
    order: usize,
    /// 1: single words are interpolated with the uniform distribution; 0: what they leave goes to `<unk>`.
    #[arg(long = "interpolate_unigrams", value_name = "BOOL", num_args = 0..=1, default_value = "1", default_missing_value = "1", value_parser = boolean)]
    interpolate_unigrams: bool,
    /// Take `<s>`, `</s>` and `<unk>` in the text for white space; without it they are an error.
    #[arg(long = "skip_symbols")]
    skip_symbols: bool,
    /// Where temporary files go: a folder, or the beginning of their names.
    #[arg(short = 'T', long = "temp_prefix", value_name = "PATH")]
    temp_prefix: Option<PathBuf>,
    /// How much memory to take: a number and one of b, K, M, G, T, or % of what the machine has; K without one.
    #[arg(short = 'S', long, value_name = "SIZE", value_parser = memory)]
    memory: Option<u64>,
    /// Share the uniform distribution among so many words at least.
    #[arg(long = "vocab_pad", value_name = "N", default_value_t = 0)]
    vocab_pad: u64,
    /// Say in the ARPA file what it is made from.
    #[arg(long = "verbose_header")]
    verbose_header: bool,
    /// The text, in place of standard input.
    #[arg(long, value_name = "FILE", default_value = "-", hide_default_value = true)]
    text: PathBuf,
    /// The ARPA file, in place of standard output.
    #[arg(long, value_name = "FILE", default_value = "-", hide_default_value = true)]
    arpa: PathBuf,
    /// Discounts for counts of 1, 2 and more, of orders for which the formula has none [with no numbers:
    /// 0.5 1 1.5]; without it, these are an error.
    #[arg(long = "discount_fallback", value_name = "D", num_args = 0..=3)]
    discount_fallback: Option<Vec<f64>>,
    /// Leave out n-grams that occur at most so often: a count for each order from 1, which must not fall, the last
    /// for all longer ones.
    #[arg(long, value_name = "COUNT", num_args = 1..)]
    prune: Vec<u64>,
    /// Leave out n-grams with words that this file does not have; they are not read as `<unk>`.
    #[arg(long = "limit_vocab_file", value_name = "FILE")]
    limit_vocab_file: Option<PathBuf>,
    /// Without effect here.
    #[arg(long = "minimum_block", value_name = "SIZE")]
    minimum_block: Option<String>,
    /// Without effect here.
    #[arg(long = "sort_block", value_name = "SIZE")]
    sort_block: Option<String>,
    /// Without effect here.
    #[arg(long = "block_count", value_name = "N")]
    block_count: Option<String>,
    /// Without effect here.
    #[arg(long = "vocab_estimate", value_name = "N")]
    vocab_estimate: Option<String>,
    /// Without effect here: words are numbered by falling frequency.
    #[arg(long)]
    renumber: bool,
    #[arg(long, hide = true)]
    intermediate: Option<PathBuf>,
    #[arg(long = "collapse_values", hide = true)]
    collapse_values: bool,
}

fn boolean(text: &str) -> Result<bool, String> {
    match text {
        "1" | "true" | "yes" | "on" => Ok(true),
        "0" | "false" | "no" | "off" => Ok(false),
        _ => Err("1 or 0".to_owned()),
    }
}

/// An amount of memory as GNU sort has it.
pub fn memory(text: &str) -> Result<u64, String> {
    if let Some(percent) = text.strip_suffix('%') {
        let percent: f64 = percent.parse().map_err(|_| "a number before %".to_owned())?;
        let total = machine::total_memory().ok_or("how much the machine has is not known")?;
        return match percent > 0.0 {
            true => Ok((total as f64 * percent / 100.0) as u64),
            false => Err("more than 0 %".to_owned()),
        };
    }
    match text.chars().last() {
        Some('b') => size::parse(text.trim_end_matches('b')),
        Some('0'..='9') => size::parse(&format!("{text}K")),
        _ => size::parse(text),
    }
}

/// Does what the program does.
pub fn run(arguments: &[OsString]) -> anyhow::Result<()> {
    let begun = Instant::now();
    stop::listen()?;
    let options: Options = parse("lmplz", arguments)?;
    refuse(&options)?;
    let input = input::named(&options.text)?;
    let name = match input.path() {
        None => "standard input",
        Some(path) if input::is_same_file(path, &options.arpa) => {
            bail!("the ARPA file would replace the text {}", path.display())
        }
        Some(_) => &input.name,
    };
    // First, so that a folder that cannot be written to is known before the work.
    let mut output = Output::create(&options.arpa)?;
    let folder = match &options.temp_prefix {
        None => machine::temporary_folder()?,
        Some(prefix) => machine::temporary_folder_in(temp_dir(prefix))?,
    };
    let path = folder.path().join("model.ngram");
    let training = TrainOptions {
        order: options.order,
        tokenizer: TokenizerSpec::new(TokenizerKind::Whitespace),
        smoothing: by_name("modified-kneser-ney")?,
        settings: settings(&options),
        cutoffs: cutoffs(&options)?,
        resources: train::resources(options.memory, Some(folder.path()), &path),
        open: false,
        ..TrainOptions::default()
    };
    let progress = ProgressDisplay::new(false);
    let pool = machine::pool(None)?;
    let texts = [match options.skip_symbols {
        true => {
            let text = BufReader::with_capacity(1 << 18, input.open(|_| ())?);
            Text::stream(&input.name, Box::new(WithoutSymbols::new(text)))
        }
        false => train::text(&input)?,
    }];
    let trained = pool.install(|| train(&texts, &training, &path, &progress));
    drop(progress);
    let trained = trained?;
    refuse_symbols(&trained, name)?;
    refuse_fallback(&options, &trained)?;
    tell!("{}", statistics(&trained).trim_end());

    let cannot_write = || export::cannot_write(&options.arpa);
    if options.verbose_header {
        let tokens = trained.corpus.tokens - trained.corpus.sentences;
        let header = format!(
            "# Input file: {name}\n# Token count: {tokens}\n# Smoothing: Modified Kneser-Ney\n"
        );
        output.write_all(header.as_bytes()).with_context(cannot_write)?;
    }
    let model = Model::open(&path)?;
    pool.install(|| export::write(&model, &EXPORT_FORMATS[0], &mut output))
        .with_context(cannot_write)?;
    output.finish().with_context(cannot_write)?;
    if let Some(usage) = machine::usage("lmplz", begun) {
        tell!("{usage}");
    }
    Ok(())
}

/// Refuses what would come to something else here.
fn refuse(options: &Options) -> anyhow::Result<()> {
    if options.intermediate.is_some() {
        bail!(
            "--intermediate writes files for KenLM's `interpolate`; to mix models, use `ngram train` and `ngram mix`"
        );
    }
    if options.collapse_values {
        bail!(
            "--collapse_values makes a file whose numbers are no probabilities, for KenLM's decoders alone: leave it out"
        );
    }
    if options.vocab_pad > 0 && !options.interpolate_unigrams {
        bail!("--vocab_pad requires --interpolate_unigrams be on");
    }
    Ok(())
}

fn settings(options: &Options) -> Settings {
    let fallback = match options.discount_fallback.as_deref() {
        None | Some([]) => [0.5, 1.0, 1.5],
        Some([d]) => [*d; 3],
        Some([d1, d2]) => [*d1, *d2, *d2],
        Some([d1, d2, d3, ..]) => [*d1, *d2, *d3],
    };
    Settings {
        unigrams: Some(match options.interpolate_unigrams {
            true => UnigramBase::Uniform,
            false => UnigramBase::Unseen,
        }),
        fallback: Some(fallback),
        vocab_pad: options.vocab_pad,
        ..Settings::default()
    }
}

fn cutoffs(options: &Options) -> anyhow::Result<Cutoffs> {
    let read = |path: &PathBuf| -> anyhow::Result<HashSet<String>> {
        let mut bytes = Vec::new();
        input::named(path)?.open(|_| ())?.read_to_end(&mut bytes)?;
        let is_space = |byte: &u8| matches!(byte, b'\0' | b'\t' | b'\n' | b'\r' | b' ');
        let words = bytes.split(is_space).filter(|word| !word.is_empty());
        Ok(words.map(|word| String::from_utf8_lossy(word).into_owned()).collect())
    };
    let words = options.limit_vocab_file.as_ref().map(read).transpose()?;
    Ok(Cutoffs { counts: options.prune.clone(), words })
}

/// The folder of a prefix that names a folder or begins names of files.
fn temp_dir(prefix: &Path) -> &Path {
    match prefix.is_dir() {
        true => prefix,
        false => ngram_store::folder_of(prefix),
    }
}

/// Words that a text must not have.
fn refuse_symbols(trained: &Trained, name: &str) -> anyhow::Result<()> {
    let found = trained.corpus.markers + trained.corpus.unknown;
    if found > 0 {
        bail!(
            "{name} has {found} words <s>, </s> or <unk>, which stand for something else in a model: take them out, or pass --skip_symbols to read them as white space"
        );
    }
    Ok(())
}

/// Orders whose discounts are not those of the formula, unless that was asked for.
fn refuse_fallback(options: &Options, trained: &Trained) -> anyhow::Result<()> {
    for (order, info) in (1..).zip(&trained.info.orders) {
        let Some(note) = &info.note else { continue };
        let why = note.rsplit_once("as ").map_or(note.as_str(), |(_, why)| why);
        if options.discount_fallback.is_none() {
            bail!(
                "Could not calculate Kneser-Ney discounts for {order}-grams: {why}. Is this small or artificial data? Take repeated lines out, or pass --discount_fallback; `ngram train` needs none"
            );
        }
        tell!("Substituting fallback discounts for {order}-grams: {why}");
    }
    Ok(())
}

/// What the original says of the counts.
fn statistics(trained: &Trained) -> String {
    let tokens = trained.corpus.tokens - trained.corpus.sentences;
    let mut text = format!("Unigram tokens {tokens} types {}\nStatistics:\n", trained.vocab_len);
    for (order, info) in (1..).zip(&trained.info.orders) {
        let _ = write!(text, "{order} {}", info.ngrams);
        for (name, value) in &info.parameters {
            let _ = write!(text, " {name}={}", *value as f32);
        }
        text.push('\n');
    }
    text
}
