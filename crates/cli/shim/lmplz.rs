//! KenLM's `lmplz`.

use super::edited::{Edited, no_symbols};
use super::usage::parse;
use crate::guard;
use crate::input;
use crate::machine;
use crate::output::{self, Output};
use crate::progress::ProgressDisplay;
use crate::size;
use crate::tell::tell;
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

/// Estimate a modified Kneser-Ney model from text on standard input, and write an ARPA file to standard output.
#[derive(Parser)]
#[command(name = "lmplz", infer_long_args = true)]
struct Options {
    /// Order of the model.
    #[arg(short, long, value_name = "N")]
    order: usize,
    /// 1 interpolates unigrams with the uniform distribution; 0 gives the probability they leave over to `<unk>`.
    #[arg(long = "interpolate_unigrams", value_name = "BOOL", num_args = 0..=1, default_value = "1", default_missing_value = "1", value_parser = boolean)]
    interpolate_unigrams: bool,
    /// Treat `<s>`, `</s>` and `<unk>` in the text as white space; otherwise they are an error.
    #[arg(long = "skip_symbols")]
    skip_symbols: bool,
    /// Location of temporary files: a folder, or a prefix of their names.
    #[arg(short = 'T', long = "temp_prefix", value_name = "PATH")]
    temp_prefix: Option<PathBuf>,
    /// Memory limit: a number and one of b, K, M, G, T, or % of physical memory; K if there is no unit.
    #[arg(short = 'S', long, value_name = "SIZE", value_parser = memory)]
    memory: Option<u64>,
    /// Share the uniform distribution among at least this many words.
    #[arg(long = "vocab_pad", value_name = "N", default_value_t = 0)]
    vocab_pad: u64,
    /// Add a header to the ARPA file that says what it was estimated from.
    #[arg(long = "verbose_header")]
    verbose_header: bool,
    /// Read the text from this file instead of standard input.
    #[arg(long, value_name = "FILE", default_value = "-", hide_default_value = true)]
    text: PathBuf,
    /// Write the ARPA file here instead of to standard output.
    #[arg(long, value_name = "FILE", default_value = "-", hide_default_value = true)]
    arpa: PathBuf,
    /// Discounts for counts of 1, 2 and more, for orders where the formula gives none [with no
    /// numbers: 0.5 1 1.5]; without this option, such orders are an error.
    #[arg(long = "discount_fallback", value_name = "D", num_args = 0..=3)]
    discount_fallback: Option<Vec<f64>>,
    /// Drop n-grams that occur at most this often: one count per order from 1 up, which must not
    /// decrease, the last for all higher orders.
    #[arg(long, value_name = "COUNT", num_args = 1..)]
    prune: Vec<u64>,
    /// Drop n-grams with words that are not in this file; such words do not become `<unk>`.
    #[arg(long = "limit_vocab_file", value_name = "FILE")]
    limit_vocab_file: Option<PathBuf>,
    /// Ignored; for compatibility.
    #[arg(long = "minimum_block", value_name = "SIZE")]
    minimum_block: Option<String>,
    /// Ignored; for compatibility.
    #[arg(long = "sort_block", value_name = "SIZE")]
    sort_block: Option<String>,
    /// Ignored; for compatibility.
    #[arg(long = "block_count", value_name = "N")]
    block_count: Option<String>,
    /// Ignored; for compatibility.
    #[arg(long = "vocab_estimate", value_name = "N")]
    vocab_estimate: Option<String>,
    /// Ignored: words are always numbered by decreasing frequency.
    #[arg(long)]
    renumber: bool,
    #[arg(long, hide = true)]
    intermediate: Option<PathBuf>,
    #[arg(long = "collapse_values", hide = true)]
    collapse_values: bool,
    /// Words that are no options, which the original ignores.
    #[arg(hide = true)]
    ignored: Vec<OsString>,
}

fn boolean(text: &str) -> Result<bool, String> {
    match text {
        "1" | "true" | "yes" | "on" => Ok(true),
        "0" | "false" | "no" | "off" => Ok(false),
        _ => Err("1 or 0".to_owned()),
    }
}

/// Parses an amount of memory as GNU sort does.
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

/// Runs the program.
pub fn run(arguments: &[OsString]) -> anyhow::Result<()> {
    let begun = Instant::now();
    let options: Options = parse("lmplz", arguments)?;
    refuse(&options)?;
    if !options.ignored.is_empty() {
        let words: Vec<_> = options.ignored.iter().map(|word| word.to_string_lossy()).collect();
        tell!("note: {} is no option; it is ignored, as in the original", words.join(" "));
    }
    let input = input::named(&options.text)?;
    let name = match input.path() {
        None => "standard input",
        Some(_) => &input.name,
    };
    let inputs = [Some(&options.text), options.limit_vocab_file.as_ref()];
    guard::not_over(&options.arpa, inputs.into_iter().flatten().map(PathBuf::as_path))?;
    // Opened first, so that an unwritable folder is found before the work.
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
        last_raw: true,
        resources: machine::resources(options.memory, Some(folder.path()), &path),
        open: false,
        ..TrainOptions::default()
    };
    let progress = ProgressDisplay::new(false);
    let pool = machine::pool(None)?;
    let texts = [match options.skip_symbols {
        true => {
            let text = BufReader::with_capacity(1 << 18, input.open(|_| ())?);
            Text::stream(
                &input.name,
                Box::new(Edited::new(text, |line: &mut Vec<u8>| no_symbols(line))),
            )
        }
        false => input.text()?,
    }];
    let trained = pool.install(|| train(&texts, &training, &path, &progress));
    drop(progress);
    let trained = trained?;
    refuse_symbols(&trained, name)?;
    refuse_fallback(&options, &trained)?;
    tell!("{}", statistics(&trained).trim_end());

    let cannot_write = || output::cannot_write(&options.arpa);
    if options.verbose_header {
        let tokens = trained.corpus.tokens - trained.corpus.sentences;
        let header = format!(
            "# Input file: {name}\n# Token count: {tokens}\n# Smoothing: Modified Kneser-Ney\n"
        );
        output.write_all(header.as_bytes()).with_context(cannot_write)?;
    }
    let model = Model::open(&path)?;
    pool.install(|| output::write_model(&model, &EXPORT_FORMATS[0], &mut output))
        .with_context(cannot_write)?;
    output.finish().with_context(cannot_write)?;
    if let Some(usage) = machine::usage("lmplz", begun) {
        tell!("{usage}");
    }
    Ok(())
}

/// Refuses options that would give another result here.
fn refuse(options: &Options) -> anyhow::Result<()> {
    if options.intermediate.is_some() {
        bail!(
            "--intermediate writes files for KenLM's `interpolate`; to mix models, use `ngram train` and `ngram mix`"
        );
    }
    if options.collapse_values {
        bail!(
            "--collapse_values makes a file whose numbers are no probabilities, which only KenLM's decoders use: leave it out"
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

/// Returns the folder of a prefix, which is a folder or the beginning of file names.
fn temp_dir(prefix: &Path) -> &Path {
    match prefix.is_dir() {
        true => prefix,
        false => ngram_store::folder_of(prefix),
    }
}

/// Fails if the text contains `<s>`, `</s>` or `<unk>`.
fn refuse_symbols(trained: &Trained, name: &str) -> anyhow::Result<()> {
    let found = trained.corpus.markers + trained.corpus.unknown;
    if found > 0 {
        bail!(
            "{name} has {found} words <s>, </s> or <unk>, which are special in a model: take them out, or pass --skip_symbols to read them as white space"
        );
    }
    Ok(())
}

/// Fails if the formula gave no discounts for an order, unless --discount_fallback was given.
fn refuse_fallback(options: &Options, trained: &Trained) -> anyhow::Result<()> {
    for (order, info) in (1..).zip(&trained.info.orders) {
        let Some(note) = &info.note else { continue };
        let why = note.rsplit_once("as ").map_or(note.as_str(), |(_, why)| why);
        if options.discount_fallback.is_none() {
            bail!(
                "Could not calculate Kneser-Ney discounts for {order}-grams: {why}. Is this small or artificial data? Remove repeated lines, or pass --discount_fallback; `ngram train` needs none"
            );
        }
        tell!("Substituting fallback discounts for {order}-grams: {why}");
    }
    Ok(())
}

/// Formats the counts as the original does.
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
