//! Counts that a command line names: binary count files, or text.

use crate::input::{Input, InputKind};
use anyhow::{Context, bail};
use ngram_counts::{CountFile, TokenizerName};
use ngram_input::Weight;
use std::io::BufReader;

/// The binary count file that an argument names.
pub fn open_binary(input: &Input) -> anyhow::Result<CountFile> {
    match input.path() {
        Some(path) => Ok(CountFile::open(path)?),
        None => bail!("a binary count file cannot be read from standard input: name it"),
    }
}

/// Counts to train on: binary files, or one text.
pub fn open(
    inputs: &[Input],
    tokenizer: Option<&TokenizerName>,
    lowercase: bool,
) -> anyhow::Result<Vec<CountFile>> {
    if let Some(weighted) = inputs.iter().find(|input| input.weight() != Weight::ONE) {
        bail!(
            "{} has counts, which stand for no documents to take a share of: leave its weight out",
            weighted.name
        );
    }
    let Some(text) = inputs.iter().find(|input| !matches!(input.kind, InputKind::Counts(_))) else {
        if tokenizer.is_some() || lowercase {
            bail!(
                "binary count files say how their text was cut: leave --tokenizer and --lowercase out"
            );
        }
        return inputs.iter().map(open_binary).collect();
    };
    let name = &text.name;
    if inputs.len() > 1 {
        bail!(
            "{name} has counts as text, which cannot be merged with others: put all lines in one file, as with `cat`, where they add up"
        );
    }
    let Some(tokenizer) = tokenizer else {
        bail!(
            "counts as text do not say how the text was cut, as {name} does not: give --tokenizer, which `ngram eval` will cut by, such as whitespace"
        );
    };
    let tokenizer = tokenizer.open(lowercase)?;
    let reader = BufReader::with_capacity(1 << 18, text.open_records(|_| ())?);
    let file = CountFile::from_text(name, reader, &tokenizer);
    Ok(vec![file.context("cannot train on these counts")?])
}
