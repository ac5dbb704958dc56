//! Answers lines as they arrive: histories to continue, sentences to explain.

use crate::input::{self, Input};
use crate::visible::{self, Visible};
use anyhow::Context;
use rayon::prelude::*;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::Path;

/// Maximum number of lines answered at a time.
const BATCH: usize = 1 << 12;

/// Writes the answer to each argument, in order, on all threads of the pool; `-` stands for every line of standard
/// input. Lines that have arrived are answered before more are awaited. `between` separates two answers.
pub fn each(
    arguments: &[String],
    between: &str,
    answer: impl Fn(&str) -> String + Sync,
) -> anyhow::Result<()> {
    let out = BufWriter::with_capacity(1 << 16, visible::stdout());
    let mut answers = Answers { answer, between, out, first: true };
    for argument in arguments {
        match argument.as_str() {
            "-" => answers.lines(&input::single(Path::new("-"))?)?,
            line => answers.print(&[line.to_owned()])?,
        }
    }
    Ok(())
}

/// Returns the arguments, with the lines of standard input for `-`; `None` if there are more than `most`.
pub fn all(arguments: &[String], most: usize) -> anyhow::Result<Option<Vec<String>>> {
    let mut lines = Vec::new();
    for argument in arguments {
        if argument != "-" {
            lines.push(argument.clone());
            continue;
        }
        let input = input::single(Path::new("-"))?;
        let mut reader = BufReader::new(input.open(|_| {})?);
        let mut line = Vec::new();
        while lines.len() <= most && reader.read_until(b'\n', &mut line).context(CANNOT_READ)? > 0 {
            lines.push(without_end(&line));
            line.clear();
        }
    }
    Ok(Some(lines).filter(|lines| lines.len() <= most))
}

/// Decodes a line and strips its line end.
fn without_end(line: &[u8]) -> String {
    String::from_utf8_lossy(line).trim_end_matches(['\n', '\r']).to_owned()
}

const CANNOT_READ: &str = "cannot read standard input";

struct Answers<'a, A> {
    answer: A,
    between: &'a str,
    out: BufWriter<Visible<io::Stdout>>,
    first: bool,
}

impl<A: Fn(&str) -> String + Sync> Answers<'_, A> {
    fn lines(&mut self, input: &Input) -> anyhow::Result<()> {
        let mut reader = BufReader::with_capacity(1 << 16, input.open(|_| {})?);
        let mut batch = Vec::new();
        let mut line = Vec::new();
        loop {
            line.clear();
            let read = reader.read_until(b'\n', &mut line).context(CANNOT_READ)?;
            if read > 0 {
                batch.push(without_end(&line));
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

    fn print(&mut self, lines: &[String]) -> anyhow::Result<()> {
        let answers: Vec<String> = lines.par_iter().map(|line| (self.answer)(line)).collect();
        let cannot_write = "cannot write to standard output";
        for answer in answers {
            if !std::mem::take(&mut self.first) {
                self.out.write_all(self.between.as_bytes()).context(cannot_write)?;
            }
            self.out.write_all(answer.as_bytes()).context(cannot_write)?;
        }
        self.out.flush().context(cannot_write)
    }
}
