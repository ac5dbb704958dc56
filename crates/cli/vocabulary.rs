//! Which words a vocabulary has.

use crate::summary::group;
use crate::tell::tell;
use anyhow::Context;
use ngram_counts::VocabFile;
use ngram_tokenizer::TokenizerSpec;
use std::path::Path;

/// Reads a word list. Warns of words that no text can contain after tokenization.
pub fn read(path: &Path, tokenizer: &TokenizerSpec) -> anyhow::Result<Vec<String>> {
    let name = path.display().to_string();
    let bytes =
        std::fs::read(path).with_context(|| format!("cannot read the vocabulary {name}"))?;
    let VocabFile { words, never_found } = VocabFile::read(&name, &bytes, tokenizer)?;
    if let Some(first) = never_found.first() {
        tell!(
            "warning: no text has {} of the words that {name} lists, as the tokenizer ({tokenizer}) changes or splits them; the first is on line {first}",
            group(never_found.len() as u64)
        );
    }
    Ok(words)
}
