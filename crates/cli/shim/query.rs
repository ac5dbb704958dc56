//! KenLM's `query`.

use super::model::{self, UNKNOWN};
use super::usage::{Usage, parse};
use crate::input;
use crate::machine;
use crate::progress::ProgressDisplay;
use crate::tell::tell;
use crate::visible;
use anyhow::{Context, bail};
use clap::Parser;
use ngram_formats::export_kenlm;
use ngram_formats::kenlm::{BinaryModel, Structure};
use ngram_model::Score;
use ngram_report::{Queried, Query};
use ngram_store::Mapped;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Print the probabilities of a text on standard input, line by line, and its perplexity.
#[derive(Parser)]
#[command(name = "query")]
struct Options {
    /// Flush the output after each line.
    #[arg(short = 'b')]
    unbuffered: bool,
    /// Do not wrap lines in `<s>` and `</s>`.
    #[arg(short = 'n')]
    without_context: bool,
    /// What to print: summary, sentence or word; 0 for the first, 1 for the first two, 2 for all.
    /// May be repeated [default: all].
    #[arg(short, value_name = "WHAT")]
    verbosity: Vec<String>,
    /// How to load the model; ignored, for compatibility.
    #[arg(short, value_name = "HOW", value_parser = ["lazy", "populate", "read", "parallel"])]
    load: Option<String>,
    /// Model: an ARPA file, a KenLM binary file, or a model of ngram.
    #[arg(value_name = "MODEL")]
    model: PathBuf,
}

/// Runs the program.
pub fn run(arguments: &[OsString]) -> anyhow::Result<()> {
    let begun = Instant::now();
    let options: Options = parse("query", arguments)?;
    let query = query(&options)?;
    let text = input::named(Path::new("-"))?;
    let text = text.open(|_| ())?;
    let mut out = io::BufWriter::with_capacity(1 << 16, visible::stdout());
    let pool = machine::pool(None)?;
    if input::is_model(&options.model) {
        let model = input::open_any_model(&options.model)?;
        model.populate();
        pool.install(|| query.run(model.as_dyn(), text, &mut out))?;
        model.unchanged()?;
    } else {
        let (bytes, name) = match model::binary(&options.model)? {
            Some(file) => file,
            None => (Mapped::from(hashed(&options.model)?), "the model".to_owned()),
        };
        let model = Binary(BinaryModel::open(&bytes, &name)?);
        pool.install(|| query.run_on(&model, text, &mut out))?;
        if !bytes.is_unchanged() {
            bail!("{name} was changed while it was read: run this again");
        }
    }
    if let Some(usage) = machine::usage("query", begun) {
        tell!("{usage}");
    }
    Ok(())
}

/// A binary file of KenLM, with its own numbers of words.
struct Binary<'b>(BinaryModel<'b>);

impl Queried for Binary<'_> {
    fn number(&self, word: &[u8]) -> u32 {
        self.0.number(word)
    }

    fn special(&self) -> [u32; 3] {
        [0, self.0.number(b"<s>"), self.0.number(b"</s>")]
    }

    fn score(&self, history: &[u32], word: u32) -> Score {
        self.0.score(history, word)
    }
}

/// Loads an ARPA file into hash tables in memory, as the original does, so that sums round alike.
fn hashed(path: &Path) -> anyhow::Result<Vec<u8>> {
    // A bar would appear between the lines.
    let progress = ProgressDisplay::new(true);
    let (opened, warnings) = model::open(path, &model::as_kenlm(UNKNOWN), false, &progress)?;
    model::must_have_markers(path, &warnings)?;
    let table = opened.model.as_table().context("this is not a table of n-grams")?;
    let mut bytes = Vec::new();
    export_kenlm(table, Structure::Probing, &mut bytes)?;
    Ok(bytes)
}

/// Reads what to print. As in the original, a number replaces earlier choices, and a name adds to them.
fn query(options: &Options) -> anyhow::Result<Query> {
    let mut query = Query {
        words: false,
        sentences: false,
        summary: false,
        context: !options.without_context,
        flush: options.unbuffered,
    };
    for what in &options.verbosity {
        match what.as_str() {
            "word" => query.words = true,
            "sentence" => query.sentences = true,
            "summary" => query.summary = true,
            "0" | "1" | "2" => {
                query.words = what == "2";
                query.sentences = what != "0";
                query.summary = true;
            }
            _ => {
                let text = format!("-v takes summary, sentence, word, or 0 to 2, not {what:?}\n");
                return Err(Usage(text).into());
            }
        }
    }
    Ok(match options.verbosity.is_empty() {
        true => Query { words: true, sentences: true, summary: true, ..query },
        false => query,
    })
}
