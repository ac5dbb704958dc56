//! Writing: a vocabulary and a table in, bytes out.

use super::head::{BuildOptions, Head, Kind, MAX_ORDER};
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
    options: &BuildOptions,
) -> Result<(), WriteError> {
    if let Some(fault) = options.fault() {
        return Err(WriteError::Options(fault));
    }
    let order = table.levels.len() + 1;
    if order > MAX_ORDER {
        return Err(WriteError::Order(order));
    }
    if vocab.len() != table.unigrams.len() {
        return Err(WriteError::Table { what: "a wrong number of words", order: 1 });
    }
    let orders = nodes(table)?;
    let words = Words::new(vocab);
    let &BuildOptions { structure, multiplier, quantize, array, vocabulary } = options;
    let kind = match structure {
        Structure::Probing => Kind::Probing,
        Structure::Trie => Kind::Trie { quantised: quantize.is_some(), array: array.is_some() },
    };
    let counts = orders.iter().map(|nodes: &Nodes| nodes.len() as u64).collect();
    let head = Head { kind, multiplier, has_vocabulary: vocabulary, counts }.write();
    out.write_all(&head)?;
    let list = match structure {
        Structure::Probing => {
            probing::write(&mut out, &words, &orders, multiplier)?;
            (0..vocab.len() as u32).collect()
        }
        Structure::Trie => {
            let by_hash = words.by_hash()?;
            let how = trie::How { quantize, array, at: head.len() as u64 };
            trie::write(&mut out, &words, &by_hash, &orders, how)?;
            by_hash
        }
    };
    if vocabulary {
        out.write_all(&words.list(list.into_iter()))?;
    }
    out.flush()?;
    Ok(())
}
