//! Writes a vocabulary and a table as a binary file.

use super::head::{BuildOptions, Head, Kind, MAX_ORDER};
use super::nodes::Orders;
use super::vocabulary::Words;
use super::{KenlmWriteError, Structure, probing, trie};
use ngram_model::table::WholeTable;
use ngram_store::Progress;
use ngram_tokenizer::VocabView;
use std::io::Write;

/// Writes a table as a binary file of KenLM.
///
/// Words are [escaped](ngram_tokenizer::escape), as in an ARPA file.
pub fn write(
    mut out: impl Write,
    vocab: VocabView<'_>,
    table: WholeTable<'_>,
    options: &BuildOptions,
    progress: &dyn Progress,
) -> Result<(), KenlmWriteError> {
    if let Some(fault) = options.fault() {
        return Err(KenlmWriteError::Options(fault));
    }
    let view = table.view();
    let order = view.levels.len() + 1;
    if order > MAX_ORDER {
        return Err(KenlmWriteError::Order(order));
    }
    if vocab.len() != view.unigrams.len() {
        return Err(KenlmWriteError::Table { what: "a wrong number of words", order: 1 });
    }
    let words = Words::new(vocab);
    let &BuildOptions { structure, multiplier, quantize, array, vocabulary, .. } = options;
    let singles = options.singles(vocab.len() as u64);
    let lacks_unknown = options.lacks_unknown(vocab.len() as u64);
    let head = |kind, mut counts: Vec<u64>| {
        counts[0] = singles;
        Head { kind, multiplier, has_vocabulary: vocabulary, counts }.write()
    };
    let list = match structure {
        Structure::Probing => {
            drop(view);
            let head = |counts| head(Kind::Probing, counts);
            probing::write(
                &mut out,
                head,
                &words,
                table,
                probing::TableSize { singles, multiplier, lacks_unknown },
                progress,
            )?;
            (0..vocab.len() as u32).collect()
        }
        Structure::Trie => {
            let orders = Orders::of(&view, progress)?;
            let kind = Kind::Trie { quantised: quantize.is_some(), array: array.is_some() };
            let head = head(kind, orders.counts());
            let orders = orders.collect()?;
            drop(view);
            drop(table);
            out.write_all(&head)?;
            let by_hash = words.by_hash()?;
            let how = trie::How { quantize, array, singles, lacks_unknown, at: head.len() as u64 };
            trie::write(&mut out, &words, &by_hash, &orders, how, progress)?;
            by_hash
        }
    };
    if vocabulary {
        out.write_all(&words.list(list.into_iter()))?;
    }
    out.flush()?;
    Ok(())
}
