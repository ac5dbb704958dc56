//! Counts named on a command line: binary count files, or text.

use crate::input::{Input, InputKind};
use anyhow::{Context, bail};
use ngram_counts::{CountFile, TokenizerName};
use ngram_input::Weight;
use std::io::BufReader;

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
    if let Some(weighted) = inputs.iter().find(|input| input.weight() != Weight::ONE) {
        bail!(
            "{} holds counts, not documents, so it cannot be weighted: leave its weight out",
            weighted.name
        );
    }
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
            "{name} holds counts as text, which cannot be merged: concatenate the files, as with `cat`; equal n-grams add up"
        );
    }
    let Some(tokenizer) = tokenizer else {
        bail!(
            "{name} holds counts as text, which do not say how the text was tokenized: give --tokenizer, such as whitespace, which `ngram eval` will use too"
        );
    };
    let tokenizer = tokenizer.open(lowercase)?;
    let reader = BufReader::with_capacity(1 << 18, text.open_records(|_| ())?);
    let file = CountFile::from_text(name, reader, &tokenizer);
    Ok(vec![file.context("cannot train on these counts")?])
}
