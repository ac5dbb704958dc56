//! Writing: a vocabulary and a table in, bytes out.

use super::head::{Head, Kind, MAX_ORDER, MULTIPLIER};
use super::nodes::{Nodes, nodes};
use super::vocabulary::Words;
use super::{Structure, WriteError, probing, trie};
use crate::table::TableView;
use ngram_tokenizer::VocabView;
use std::io::Write;

/// Writes a table as a binary file of KenLM.
///
/// Words are written as [`escape`](ngram_tokenizer::escape) has them, as in an ARPA file.
pub fn write(
    mut out: impl Write,
    vocab: VocabView<'_>,
    table: &TableView,
    structure: Structure,
) -> Result<(), WriteError> {
    let order = table.levels.len() + 1;
    if order > MAX_ORDER {
        return Err(WriteError::Order(order));
    }
    if vocab.len() != table.unigrams.len() {
        return Err(WriteError::Table { what: "a wrong number of words", order: 1 });
    }
    let orders = nodes(table)?;
    let words = Words::new(vocab);
    let kind = match structure {
        Structure::Probing => Kind::Probing,
        Structure::Trie => Kind::Trie { quantised: false, array: false },
    };
    let counts = orders.iter().map(|nodes: &Nodes| nodes.len() as u64).collect();
    let head = Head { kind, multiplier: MULTIPLIER, has_vocabulary: true, counts };
    out.write_all(&head.write())?;
    match structure {
        Structure::Probing => {
            probing::write(&mut out, &words, &orders)?;
            out.write_all(&words.list(0..vocab.len() as u32))?;
        }
        Structure::Trie => {
            let by_hash = words.by_hash()?;
            trie::write(&mut out, &words, &by_hash, &orders)?;
            out.write_all(&words.list(by_hash.iter().copied()))?;
        }
    }
    out.flush()?;
    Ok(())
}
