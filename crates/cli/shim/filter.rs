//! KenLM's `filter`.

use super::usage::Usage;
use crate::guard;
use crate::input::{self, Input};
use crate::machine;
use crate::output::{self, Output};
use crate::tell::tell;
use anyhow::{Context, bail};
use ngram_formats::arpa::{WordFilter, beginning, filter};
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Seek, Write};
use std::path::{Path, PathBuf};

const USAGE: &str = "\
Usage: filter copy|single|multiple|union [context] [raw|arpa] [threads:N] [batch_size:N] vocab:FILE|model:FILE OUTPUT

Keeps the n-grams that words can make, with their numbers unchanged:
  copy      all of them
  single    all text is one sentence, with the words of one file
  multiple  each line is a sentence and has an output of its own, OUTPUT and the number of the line from 0
  union     each line is a sentence; what any of them keeps is kept
  context   only the words before the last one are compared
  raw       lines of n-grams, TAB and any text, instead of an ARPA file

Words such as <s>, in angle brackets, are always kept. Of model and vocabulary one is a file, and the other is read from
standard input: `filter single model:in.arpa out.arpa < vocabulary`.";

/// What the words before the two files ask for.
#[derive(Default)]
struct Options {
    mode: Option<Mode>,
    context: bool,
    raw: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Mode {
    Copy,
    Single,
    Multiple,
    Union,
}

/// Runs the program.
pub fn run(arguments: &[OsString]) -> anyhow::Result<()> {
    let usage = || Usage(USAGE.to_owned());
    let [words @ .., file, output] = arguments else { return Err(usage().into()) };
    let mut options = Options::default();
    for word in words {
        let word = word.to_string_lossy();
        match &*word {
            "copy" => options.mode = Some(Mode::Copy),
            "single" => options.mode = Some(Mode::Single),
            "multiple" => options.mode = Some(Mode::Multiple),
            "union" => options.mode = Some(Mode::Union),
            "context" => options.context = true,
            "raw" => options.raw = true,
            "arpa" => options.raw = false,
            "phrase" => bail!(
                "phrase is not done here: a vocabulary of phrases for a decoder; list the words of each sentence, and use union"
            ),
            word if word.starts_with("threads:") || word.starts_with("batch_size:") => {}
            _ => return Err(usage().into()),
        }
    }
    let mode = options.mode.ok_or_else(usage)?;
    let name = file.to_string_lossy();
    let (vocabulary, model) = match name.split_once(':') {
        Some(("vocab", path)) => (path, "-"),
        Some(("model", path)) => ("-", path),
        Some(_) => bail!("write vocab: or model: before the name of the file, as model:{name}"),
        None => {
            tell!("Assuming that {name} is a model file");
            ("-", &*name)
        }
    };
    let text = match mode {
        Mode::Copy => String::new(),
        _ => read(&input::named(Path::new(vocabulary))?)?,
    };
    let mut chosen = sentences(mode, &text);
    chosen.only_history = options.context;
    let outputs = match mode {
        Mode::Multiple => {
            let name = |number| PathBuf::from(format!("{}{number}", output.to_string_lossy()));
            (0..lines(&text).count()).map(name).collect()
        }
        _ => vec![PathBuf::from(output)],
    };
    for output in &outputs {
        guard::not_over(output, [vocabulary, model].map(Path::new))?;
    }
    let model = input::named(Path::new(model))?;
    let reader = BufReader::with_capacity(1 << 18, model.open_records(|_| ())?);
    match options.raw {
        true => raw(reader, &model, &chosen, mode == Mode::Multiple, &outputs),
        false => arpa(reader, &model, &chosen, mode == Mode::Multiple, &outputs),
    }
}

fn read(input: &Input) -> anyhow::Result<String> {
    let mut bytes = Vec::new();
    let read = input.open(|_| ())?.read_to_end(&mut bytes);
    read.with_context(|| format!("cannot read {}", input.name))?;
    String::from_utf8(bytes)
        .ok()
        .with_context(|| format!("{} is not UTF-8: convert it, as by `iconv -t UTF-8`", input.name))
}

/// The sentences of a vocabulary: lines with a word.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.trim().is_empty())
}

fn sentences(mode: Mode, text: &str) -> WordFilter {
    match mode {
        Mode::Copy => WordFilter::all(),
        Mode::Single => WordFilter::sentences([text.split_ascii_whitespace()].into_iter()),
        Mode::Multiple | Mode::Union => {
            WordFilter::sentences(lines(text).map(str::split_ascii_whitespace))
        }
    }
}

/// Filters an ARPA file.
fn arpa(
    reader: impl BufRead,
    model: &Input,
    chosen: &WordFilter,
    is_apart: bool,
    outputs: &[PathBuf],
) -> anyhow::Result<()> {
    let folder = machine::temporary_folder()?;
    let body = |number: usize| folder.path().join(number.to_string());
    let mut parts = Vec::new();
    for number in 0..outputs.len() {
        let file = File::options().read(true).write(true).create_new(true).open(body(number))?;
        parts.push(BufWriter::new(file));
    }
    let counts = filter(reader, &model.name, chosen, is_apart, &mut parts)?;
    // The original leaves room for the numbers of the whole file.
    let room = beginning(&counts.announced).len();
    for ((part, kept), output) in parts.into_iter().zip(&counts.kept).zip(outputs) {
        let cannot_write = || output::cannot_write(output);
        let mut file = part.into_inner().map_err(|error| error.into_error())?;
        file.rewind()?;
        let mut out = Output::create(output)?;
        let head = beginning(kept);
        let blanks = "\n".repeat(room - head.len().min(room));
        write!(out, "{head}{blanks}").with_context(cannot_write)?;
        io::copy(&mut file, &mut out).with_context(cannot_write)?;
        out.finish().with_context(cannot_write)?;
    }
    Ok(())
}

/// Filters lines of n-grams, such as counts.
fn raw(
    reader: impl BufRead,
    model: &Input,
    chosen: &WordFilter,
    is_apart: bool,
    outputs: &[PathBuf],
) -> anyhow::Result<()> {
    let mut parts = Vec::new();
    for output in outputs {
        parts.push(BufWriter::new(Output::create(output)?));
    }
    let cannot_read = || format!("cannot read {}", model.name);
    let mut empty = 0u64;
    for line in reader.lines() {
        let line = line.with_context(cannot_read)?;
        let ngram = line.split('\t').next().unwrap_or_default();
        if line.is_empty() {
            empty += 1;
            continue;
        }
        let belongs = chosen.belongs(ngram.split(' ').filter(|word| !word.is_empty()));
        for (number, part) in parts.iter_mut().enumerate() {
            let keeps = if is_apart { belongs.to(number) } else { !belongs.nowhere() };
            if keeps {
                writeln!(part, "{line}").with_context(|| output::cannot_write(&outputs[number]))?;
            }
        }
    }
    if empty > 0 {
        tell!("warning: {empty} empty lines were left out");
    }
    for (part, output) in parts.into_iter().zip(outputs) {
        let part = part.into_inner().map_err(|error| error.into_error());
        part.and_then(Output::finish).with_context(|| output::cannot_write(output))?;
    }
    Ok(())
}
