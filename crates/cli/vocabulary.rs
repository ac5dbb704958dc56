//! Which words a vocabulary has.

use crate::input;
use crate::summary::group;
use crate::tell::tell;
use anyhow::Context;
use ngram_counts::VocabFile;
use ngram_tokenizer::TokenizerSpec;
use std::io::Read;
use std::path::Path;

/// Reads a word list. Tells what in it was not read as a word, and warns of words that no text can contain after
/// tokenization.
pub fn read(path: &Path, tokenizer: &TokenizerSpec) -> anyhow::Result<Vec<String>> {
    Ok(read_file(path, tokenizer)?.words)
}

/// Like [`read`], with all that the list says.
pub fn read_file(path: &Path, tokenizer: &TokenizerSpec) -> anyhow::Result<VocabFile> {
    let name = path.display().to_string();
    let mut bytes = Vec::new();
    let read = |bytes: &mut Vec<u8>| -> anyhow::Result<()> {
        input::named(path)?.open(|_| ())?.read_to_end(bytes)?;
        Ok(())
    };
    read(&mut bytes).with_context(|| format!("cannot read the vocabulary {name}"))?;
    let file = VocabFile::read(&name, &bytes, tokenizer)?;
    let &VocabFile { repeated, longer, symbols, .. } = &file;
    if longer > 0 {
        tell!(
            "note: {} lines of {name} have several fields: the first is read as the word",
            group(longer)
        );
    }
    if repeated > 0 {
        tell!("note: {} lines of {name} list a word again: each word counts once", group(repeated));
    }
    if symbols > 0 {
        tell!(
            "note: {} symbols of {name} are no words, as <eps> and #0 of a symbol table: they are left out",
            group(symbols)
        );
    }
    if let Some(first) = file.never_found.first() {
        tell!(
            "warning: no text has {} of the words that {name} lists, as the tokenizer ({tokenizer}) changes or splits them; the first is on line {first}",
            group(file.never_found.len() as u64)
        );
    }
    Ok(file)
}
