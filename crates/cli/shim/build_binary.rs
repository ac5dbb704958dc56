//! KenLM's `build_binary`.

use super::model::{self, UNKNOWN};
use super::usage::parse;
use crate::guard;
use crate::input;
use crate::machine;
use crate::output::{self, Output};
use crate::progress::ProgressDisplay;
use crate::stop::Stoppable;
use crate::tell::tell;
use anyhow::{Context, bail};
use clap::Parser;
use ngram_formats::arpa::{ReadOptions, Warning, read_counts};
use ngram_formats::kenlm::{BuildOptions, Structure, sizes};
use ngram_formats::{Imported, export_kenlm_as};
use ngram_model::Model;
use std::ffi::OsString;
use std::io::BufReader;
use std::path::{Path, PathBuf};

/// Convert an ARPA file to a binary file, which KenLM's programs load at once.
#[derive(Parser)]
#[command(name = "build_binary")]
struct Options {
    /// log10 probability of `<unk>` if the ARPA file has none.
    #[arg(short = 'u', value_name = "LOG10", default_value_t = UNKNOWN, allow_negative_numbers = true)]
    unknown: f32,
    /// Allow models without `<s>` and `</s>`.
    #[arg(short = 's')]
    without_markers: bool,
    /// Read log-probabilities above 0, as IRSTLM has written them, as 0.
    #[arg(short = 'i')]
    positive: bool,
    /// Hash table slots per entry.
    #[arg(short = 'p', value_name = "NUMBER", default_value_t = 1.5)]
    multiplier: f32,
    /// Quantise log-probabilities in a trie to this many bits.
    #[arg(short = 'q', value_name = "BITS")]
    log_prob_bits: Option<u8>,
    /// Quantise back-off weights to this many bits [default: as -q].
    #[arg(short = 'b', value_name = "BITS", requires = "log_prob_bits")]
    backoff_bits: Option<u8>,
    /// Move up to this many high bits of trie pointers into an array.
    #[arg(short = 'a', value_name = "BITS")]
    array: Option<u8>,
    /// Leave out the word list.
    #[arg(short = 'v')]
    without_words: bool,
    #[arg(short = 'r', hide = true)]
    rest: Option<String>,
    /// Ignored; for compatibility.
    #[arg(short = 'w', value_name = "HOW", value_parser = ["mmap", "after"])]
    how: Option<String>,
    /// Ignored; for compatibility.
    #[arg(short = 'T', short_alias = 't', value_name = "PATH", allow_hyphen_values = true)]
    temporary: Option<PathBuf>,
    /// Ignored; for compatibility.
    #[arg(short = 'S', short_alias = 'm', value_name = "SIZE", allow_hyphen_values = true)]
    memory: Option<String>,
    /// Type (probing or trie), ARPA file, and binary file.
    #[arg(value_name = "[TYPE] ARPA BINARY", num_args = 1..=3, required = true)]
    files: Vec<PathBuf>,
}

/// Runs the program.
pub fn run(arguments: &[OsString]) -> anyhow::Result<()> {
    let options: Options = parse("build_binary", arguments)?;
    if options.rest.is_some() {
        bail!("-r makes files with rest costs, which only KenLM's decoders use: leave it out");
    }
    let (structure, arpa, output) = match options.files.as_slice() {
        [arpa] => return estimate(&options, arpa),
        [arpa, output] => (Structure::Probing, arpa, output),
        [structure, arpa, output, ..] => match structure.to_str() {
            Some("probing") => (Structure::Probing, arpa, output),
            Some("trie") => (Structure::Trie, arpa, output),
            _ => bail!("{} is not a type: choose probing or trie", structure.display()),
        },
        [] => bail!("name an ARPA file"),
    };
    let quantize = options.log_prob_bits.map(|bits| (bits, options.backoff_bits.unwrap_or(bits)));
    let building = BuildOptions {
        structure,
        multiplier: options.multiplier,
        quantize,
        // Hash tables ignore it, as in the original.
        array: options.array.filter(|_| structure == Structure::Trie),
        vocabulary: !options.without_words,
        listed: None,
    };
    build(&options, arpa, output, &building)?;
    tell!("SUCCESS");
    Ok(())
}

/// Estimates the size of the files in memory, on standard error as the original does.
fn estimate(options: &Options, arpa: &Path) -> anyhow::Result<()> {
    let input = input::named(arpa)?;
    let counts = read_counts(BufReader::new(input.open(|_| ())?), &input.name)?;
    let bits = options.log_prob_bits.unwrap_or(8);
    let (q, b) = (bits, options.backoff_bits.unwrap_or(bits));
    let (p, a) = (options.multiplier, options.array.unwrap_or(22));
    let probing = BuildOptions { multiplier: p, ..BuildOptions::default() };
    let trie = BuildOptions { structure: Structure::Trie, ..BuildOptions::default() };
    let quantised = BuildOptions { quantize: Some((q, b)), ..trie };
    let array = |plain: BuildOptions| BuildOptions { array: Some(a), ..plain };
    let rows = [
        ("probing", sizes(&counts, &probing, false), format!("assuming -p {p}")),
        ("probing", sizes(&counts, &probing, true), format!("assuming -r models -p {p}")),
        ("trie", sizes(&counts, &trie, false), "without quantization".to_owned()),
        (
            "trie",
            sizes(&counts, &quantised, false),
            format!("assuming -q {q} -b {b} quantization "),
        ),
        (
            "trie",
            sizes(&counts, &array(trie), false),
            format!("assuming -a {a} array pointer compression"),
        ),
        (
            "trie",
            sizes(&counts, &array(quantised), false),
            format!("assuming -a {a} -q {q} -b {b} array pointer compression and quantization"),
        ),
    ];
    let [least, most] =
        rows.iter().fold([u64::MAX, 0], |[least, most], row| [least.min(row.1), most.max(row.1)]);
    let units = [(' ', 0), ('k', 10), ('M', 20), ('G', 30)];
    let fits = |(_, power): &&(char, u32)| least < 10 << (power + 10);
    let (unit, power) = *units.iter().find(fits).unwrap_or(&units[3]);
    let width = 2.max((most as f64 / f64::from(1u32 << power)).log10().ceil() as usize);
    tell!("Memory estimate for binary LM:\ntype    {:>width$}", format!("{unit}B"));
    for (kind, size, how) in rows {
        tell!("{kind:<8}{:>width$} {how}", size >> power);
    }
    Ok(())
}

/// Returns the number of 1-grams in an ARPA file, apart from missing markers.
fn listed(imported: &Imported) -> u64 {
    let words = imported.vocab_len as u64;
    let has = |found: fn(&Warning) -> bool| u64::from(imported.warnings.iter().any(found));
    let twice = has(|warning| matches!(warning, Warning::UnknownMerged { .. }));
    let missing = has(|warning| *warning == Warning::NotListed("<unk>"));
    words + twice - missing
}

fn build(
    options: &Options,
    arpa: &Path,
    output: &Path,
    building: &BuildOptions,
) -> anyhow::Result<()> {
    guard::not_over(output, [arpa])?;
    let mut file = Output::plain(output)?;
    let reading = ReadOptions { strict: !options.positive, ..model::as_kenlm(options.unknown) };
    let folder = machine::temporary_folder()?;
    let path = folder.path().join("model.ngram");
    let progress = ProgressDisplay::new(false);
    let imported = model::read(arpa, &reading, false, &path, &progress)?;
    drop(progress);
    if !options.without_markers {
        model::must_have_markers(arpa, &imported.warnings)?;
    }
    for warning in &imported.warnings {
        if matches!(warning, Warning::UnknownMerged { .. }) {
            tell!("warning: {}: {warning}", arpa.display());
        }
    }
    let cannot_write = || output::cannot_write(output);
    let model = Model::open(&path)?;
    let building = BuildOptions { listed: Some(listed(&imported)), ..*building };
    export_kenlm_as(&model, &building, &mut file, &Stoppable).with_context(cannot_write)?;
    file.finish().with_context(cannot_write)
}
