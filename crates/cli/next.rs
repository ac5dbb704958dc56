//! `ngram next`.

use crate::input::{self, Input};
use crate::machine;
use anyhow::Context;
use ngram_eval::Next;
use ngram_eval::render::next;
use rayon::prelude::*;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Show the most probable next words after some words, with their probabilities.
///
/// The words begin a sentence, unless --inside says otherwise. `</s>` is the end of the sentence, `<unk>` any
/// word that the model does not know.
#[derive(clap::Args)]
pub struct Args {
    /// The words before, quoted, such as "the cat"; several if quoted each; or - for standard input, one line each.
    #[arg(required = true, value_name = "WORDS")]
    histories: Vec<String>,

    /// The model.
    #[arg(short, long, value_name = "FILE", default_value = "model.ngram")]
    model: PathBuf,

    /// How many words are shown.
    #[arg(short = 'k', long, value_name = "N", default_value_t = 10)]
    top: usize,

    /// Show all words of the vocabulary: the whole distribution, which sums to 1.
    #[arg(long, conflicts_with = "top")]
    all: bool,

    /// The words stand inside a sentence, and what came before them is not known.
    #[arg(long)]
    inside: bool,

    /// Write JSON, an object a line for each history.
    #[arg(long)]
    json: bool,

    /// How many threads to use.
    #[arg(long, short = 'j', value_name = "N")]
    threads: Option<usize>,
}

/// So many histories are worked on together at most.
const BATCH: usize = 1 << 12;

/// Runs the verb.
pub fn run(args: Args) -> anyhow::Result<()> {
    let model = input::open_any_model(&args.model)?;
    let pool = machine::pool(args.threads)?;
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout());
    pool.install(|| {
        let next = Next::new(model.as_dyn());
        let mut printer = Printer { args: &args, next, out: &mut out, first: true };
        for history in &args.histories {
            match history.as_str() {
                "-" => {
                    let input = input::single(Path::new("-"))?;
                    printer.lines(&input)?;
                }
                words => printer.print(&[words.to_owned()])?,
            }
        }
        Ok(())
    })
}

struct Printer<'a, 'm> {
    args: &'a Args,
    next: Next<'m>,
    out: &'a mut dyn Write,
    first: bool,
}

impl Printer<'_, '_> {
    /// Every line of a text as a history. What has come so far is answered before more is waited for.
    fn lines(&mut self, input: &Input) -> anyhow::Result<()> {
        let mut reader = BufReader::with_capacity(1 << 16, input.open(|_| {})?);
        let mut batch = Vec::new();
        let mut line = Vec::new();
        loop {
            line.clear();
            let read = reader.read_until(b'\n', &mut line).context("cannot read standard input")?;
            if read > 0 {
                let text = String::from_utf8_lossy(&line);
                batch.push(text.trim_end_matches(['\n', '\r']).to_owned());
            }
            let may_wait = !reader.buffer().contains(&b'\n');
            if read == 0 || may_wait || batch.len() >= BATCH {
                self.print(&batch)?;
                batch.clear();
            }
            if read == 0 {
                return Ok(());
            }
        }
    }

    fn print(&mut self, histories: &[String]) -> anyhow::Result<()> {
        let Args { top, all, inside, json, .. } = *self.args;
        let most = if all { self.next.model().vocab().len() } else { top };
        let next = &self.next;
        let show = |history: &String| {
            let after = next.after(history, inside, most);
            if json { next::line(&after) } else { next::table(&after) }
        };
        let shown: Vec<String> = histories.par_iter().map(show).collect();
        let cannot_write = "cannot write to standard output";
        for text in shown {
            if !json && !std::mem::take(&mut self.first) {
                writeln!(self.out).context(cannot_write)?;
            }
            self.out.write_all(text.as_bytes()).context(cannot_write)?;
        }
        self.out.flush().context(cannot_write)
    }
}
