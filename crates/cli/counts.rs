//! Counts named on a command line: binary count files, or text.

use crate::input::{Input, InputKind};
use crate::summary::group;
use anyhow::{Context, bail};
use ngram_counts::{Completed, CountFile, PartialCounts, TokenizerName};
use ngram_input::Weight;
use ngram_tokenizer::TokenizerSpec;
use std::io::{BufRead, BufReader, Read};

/// Opens the binary count file that an argument names.
pub fn open_binary(input: &Input) -> anyhow::Result<CountFile> {
    match input.path() {
        Some(path) => Ok(CountFile::open(path)?),
        None => bail!("a binary count file cannot be read from standard input: name it"),
    }
}

/// Opens counts to train on: binary files, or one text file.
pub fn open(
    inputs: &[Input],
    tokenizer: Option<&TokenizerName>,
    lowercase: bool,
) -> anyhow::Result<Vec<CountFile>> {
    unweighted(inputs)?;
    let Some(text) = inputs.iter().find(|input| !matches!(input.kind, InputKind::Counts(_))) else {
        if tokenizer.is_some() || lowercase {
            bail!(
                "binary count files carry their own tokenizer: leave --tokenizer and --lowercase out"
            );
        }
        return inputs.iter().map(open_binary).collect();
    };
    let name = &text.name;
    if inputs.len() > 1 {
        bail!(
            "{name} holds counts as text, which cannot be merged: concatenate the files, as with `cat`; equal n-grams add up. Lists of some n-grams are read together with --partial"
        );
    }
    let tokenizer = of_text(name, tokenizer, lowercase)?;
    let reader = BufReader::with_capacity(1 << 18, text.open_records(|_| ())?);
    let file = CountFile::from_text(name, reader, &tokenizer);
    Ok(vec![file.context("cannot train on these counts")?])
}

/// Reads lists of some of the n-grams of a text, from one or more text files.
pub fn open_partial(
    inputs: &[Input],
    tokenizer: Option<&TokenizerName>,
    lowercase: bool,
) -> anyhow::Result<(PartialCounts, TokenizerSpec)> {
    unweighted(inputs)?;
    if let Some(binary) = inputs.iter().find(|input| matches!(input.kind, InputKind::Counts(_))) {
        bail!(
            "{} is a binary count file, which is never partial: leave --partial out",
            binary.name
        );
    }
    let name = inputs.first().map_or("it", |input| &input.name);
    let tokenizer = of_text(name, tokenizer, lowercase)?;
    let mut lists = PartialCounts::new();
    for input in inputs {
        let reader = BufReader::with_capacity(1 << 18, input.open_records(|_| ())?);
        lists.add(&input.name, reader).context("cannot train on these counts")?;
    }
    Ok((lists, tokenizer))
}

/// Returns whether text counts can only be a list of some n-grams: none begins with `<s>`, as sentences do.
pub fn is_list(inputs: &[Input]) -> anyhow::Result<bool> {
    let is_text =
        |input: &Input| input.path().is_some() && !matches!(input.kind, InputKind::Counts(_));
    if !inputs.iter().all(is_text) {
        return Ok(false);
    }
    for input in inputs {
        let mut lines = BufReader::with_capacity(1 << 18, input.open_records(|_| ())?);
        let mut line = Vec::new();
        loop {
            line.clear();
            if (&mut lines).take(LINE_START).read_until(b'\n', &mut line)? == 0 {
                break;
            }
            if line.starts_with(b"<s>") {
                return Ok(false);
            }
            if line.last() != Some(&b'\n') {
                lines.skip_until(b'\n')?;
            }
        }
    }
    Ok(true)
}

/// How much of a line is looked at, in bytes.
const LINE_START: u64 = 1 << 8;

/// Fails if a weight was given to counts.
fn unweighted(inputs: &[Input]) -> anyhow::Result<()> {
    match inputs.iter().find(|input| input.weight() != Weight::ONE) {
        Some(weighted) => bail!(
            "{} holds counts, not documents, so it cannot be weighted: leave its weight out",
            weighted.name
        ),
        None => Ok(()),
    }
}

/// Returns the tokenizer of counts in a text file called `name`.
fn of_text(
    name: &str,
    tokenizer: Option<&TokenizerName>,
    lowercase: bool,
) -> anyhow::Result<TokenizerSpec> {
    let Some(tokenizer) = tokenizer else {
        bail!(
            "{name} holds counts as text, which do not say how the text was tokenized: give --tokenizer, such as whitespace, which `ngram eval` will use too"
        );
    };
    Ok(tokenizer.open(lowercase)?)
}

/// Says how many n-grams of each order were listed, and how many were added.
pub fn completed(orders: &[Completed]) -> String {
    let of_order = (1..).zip(orders).map(|(order, &Completed { listed, added })| {
        format!("{} of order {order} ({} added)", group(listed), group(added))
    });
    format!(
        "lists: {}; n-grams that longer ones need have the least count that these allow",
        of_order.collect::<Vec<_>>().join(", ")
    )
}
