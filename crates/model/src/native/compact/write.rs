//! Writes a table to a file in the compact layout.

use super::super::convert::ConvertError;
use super::super::write::Writer;
use super::CompactError;
use super::nodes::{CompactChildren, CompactOrder, CompactSpread, CompactValues, CompactWriter};
use crate::ModelInfo;
use crate::backwards::{BackwardNodes, Backwards, NOWHERE};
use crate::table::TableView;
use ngram_tokenizer::VocabView;

/// Writes a table with a fresh writer, and returns the length of the file in bytes.
///
/// `quantize` is the number of bits for the log-probabilities and back-off weights of each order from 2 on; without it,
/// every number is kept exactly. Besides the table, this needs some 30 bytes of memory for each n-gram of the largest
/// order.
pub fn write(
    writer: Writer,
    info: &ModelInfo,
    vocab: VocabView<'_>,
    table: &TableView,
    quantize: Option<u8>,
) -> Result<u64, ConvertError> {
    let mut writer = CompactWriter::begin(writer, info, vocab, table.levels.len() + 1)?;
    let counts = std::iter::once(table.unigrams.len())
        .chain(table.levels.iter().map(|level| level.histories().max(level.successor_words.len())));
    if let Some(order) = counts.clone().position(|count| count >= u32::MAX as usize) {
        return Err(CompactError::TooMany(order + 1).into());
    }
    let mut trie = Backwards::of(table).map_err(CompactError::from)?;
    // Single words are not quantized: they are few, and everything backs off to them, above all <unk>.
    let mut shorter = words(table, &mut writer)?;
    for depth in 0..table.levels.len() {
        shorter = longer(&mut trie, depth, &shorter, quantize, &mut writer)?;
    }
    Ok(writer.finish()?)
}

/// The nodes of one order, as needed to write those of the next.
struct Written {
    nodes: BackwardNodes,
    /// The position of each history of this length among the children of its parent.
    ranks: Vec<u32>,
}

/// Writes the nodes of order 1.
fn words(table: &TableView, writer: &mut CompactWriter) -> Result<Written, ConvertError> {
    let len = table.unigrams.len();
    let backoffs = table.levels.first().map(|level| level.backoffs);
    if backoffs.is_some_and(|backoffs| backoffs.len() != len) {
        let what = "a wrong number of histories";
        return Err(CompactError::Table { what, order: 1 }.into());
    }
    let backoffs = backoffs.map(|backoffs| backoffs.iter().map(|backoff| backoff.get()));
    writer.begin_order::<ConvertError>(CompactOrder {
        nodes: len as u64,
        greatest_rank: 0,
        log_probs: values(table.unigrams.iter().map(|log_prob| log_prob.get()), None),
        has_blanks: false,
        backoffs: backoffs.clone().map(|backoffs| values(backoffs, None)),
        histories: len as u64,
    })?;
    let mut backoffs = backoffs.into_iter().flatten();
    for log_prob in table.unigrams {
        writer.node(0, log_prob.get(), backoffs.next().unwrap_or(0.0))?;
    }
    writer.end_order()?;
    Ok(Written { nodes: BackwardNodes::of_words(len), ranks: (0..len as u32).collect() })
}

/// Writes the start of the children of each shorter node, and the nodes of the order that is one
/// above the history length at index `depth`.
fn longer(
    trie: &mut Backwards<'_>,
    depth: usize,
    shorter: &Written,
    quantize: Option<u8>,
    writer: &mut CompactWriter,
) -> Result<Written, ConvertError> {
    let table = trie.table;
    let (level, longer) = (&table.levels[depth], table.levels.get(depth + 1));
    let nodes = trie.nodes(depth, &shorter.nodes).map_err(CompactError::from)?;
    let starts = nodes.child_starts.windows(2);
    let mut children = CompactChildren::new(starts.len() as u64, nodes.count() as u64);
    starts.clone().for_each(|of_node| children.push(of_node[1] - of_node[0]));
    writer.children(children)?;

    let histories = longer.map_or(0, |longer| longer.histories());
    let backoffs = longer.map(|longer| longer.backoffs.iter().map(|backoff| backoff.get()));
    writer.begin_order::<ConvertError>(CompactOrder {
        nodes: nodes.count() as u64,
        greatest_rank: shorter.ranks.iter().copied().max().unwrap_or(0),
        log_probs: values(level.log_probs.iter().map(|log_prob| log_prob.get()), quantize),
        has_blanks: trie.has_blanks(depth),
        backoffs: backoffs.map(|backoffs| values(backoffs, quantize)),
        histories: histories as u64,
    })?;
    let mut ranks = Vec::with_capacity(histories);
    for children in starts {
        for node in children[0]..children[1] {
            let index = node as usize;
            let rank = shorter.ranks[nodes.prefixes[index] as usize];
            let log_prob = match nodes.places[index] {
                NOWHERE => f32::NAN,
                place => level.log_probs[place as usize].get(),
            };
            let mut backoff = 0.0;
            if let Some(longer) = longer {
                let history = nodes.histories[index];
                if history != NOWHERE {
                    backoff = longer.backoff(history as usize);
                    ranks.push(node - children[0]);
                }
            }
            writer.node(rank, log_prob, backoff)?;
        }
    }
    writer.end_order()?;
    Ok(Written { nodes, ranks })
}

fn values(numbers: impl Iterator<Item = f32>, quantize: Option<u8>) -> CompactValues {
    match quantize {
        Some(bits) => CompactValues::Quantized(numbers.collect(), bits),
        None => {
            let mut spread = CompactSpread::default();
            spread.extend(numbers);
            CompactValues::Exact(spread)
        }
    }
}
