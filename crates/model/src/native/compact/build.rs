//! Builds the sections of the compact layout from a table, order by order.

use super::super::Kind;
use super::Shape;
use super::values::Encoder;
use crate::backwards::{BackwardNodes, Backwards, Disorder, NOWHERE};
use crate::table::TableView;
use ngram_store::bits::{BitWriter, elias_fano, width};

/// Why a table cannot be laid out compactly.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CompactError {
    /// There are more n-grams than the layout can number.
    #[error("more than 4,294,967,294 n-grams of order {0}; the compact layout holds no more")]
    TooMany(usize),
    /// A history lacks its parent, or a value is not a number: the table is damaged.
    #[error("the model's table is damaged ({what} of order {order}); see `ngram check`")]
    Table {
        /// What is wrong.
        what: &'static str,
        /// The order of the n-grams.
        order: usize,
    },
}

impl From<Disorder> for CompactError {
    fn from(disorder: Disorder) -> CompactError {
        CompactError::Table { what: disorder.what, order: disorder.order }
    }
}

/// A section of the file.
pub struct CompactSection {
    pub kind: Kind,
    pub level: u16,
    pub bytes: Vec<u8>,
}

/// Builds the sections of all orders and passes each to `sink` when it is finished.
///
/// `quantize` is the number of bits for the log-probabilities and back-off weights of each order
/// from 2 on; without it, every number is kept exactly. Besides the table, this needs some 30 bytes
/// of memory for each n-gram of the largest order.
pub fn build<E: From<CompactError>>(
    table: &TableView,
    quantize: Option<u32>,
    mut sink: impl FnMut(CompactSection) -> Result<(), E>,
) -> Result<(), E> {
    let counts = std::iter::once(table.unigrams.len())
        .chain(table.levels.iter().map(|level| level.histories().max(level.successor_words.len())));
    if let Some(order) = counts.clone().position(|count| count >= u32::MAX as usize) {
        return Err(CompactError::TooMany(order + 1).into());
    }
    let mut trie = Backwards::of(table).map_err(CompactError::from)?;
    // Single words are not quantized: they are few, and everything backs off to them, above all <unk>.
    let mut shorter = words(table, &mut sink)?;
    for depth in 0..table.levels.len() {
        shorter = longer(&mut trie, depth, &shorter, quantize, &mut sink)?;
    }
    Ok(())
}

/// The nodes of one order, as needed to write those of the next.
struct Written {
    nodes: BackwardNodes,
    /// The position of each history of this length among the children of its parent.
    ranks: Vec<u32>,
}

/// Writes the nodes of order 1.
fn words<E: From<CompactError>>(
    table: &TableView,
    sink: &mut impl FnMut(CompactSection) -> Result<(), E>,
) -> Result<Written, E> {
    let log_probs = || table.unigrams.iter().map(|log_prob| log_prob.get());
    let len = table.unigrams.len();
    let log_prob_codes = encoder(log_probs(), false, None, 1)?;
    let backoffs = table.levels.first().map(|level| level.backoffs.iter().map(|b| b.get()));
    let backoff_codes = match &backoffs {
        Some(backoffs) if backoffs.len() == len => Some(encoder(backoffs.clone(), false, None, 1)?),
        Some(_) => {
            return Err(
                CompactError::Table { what: "a wrong number of histories", order: 1 }.into()
            );
        }
        None => None,
    };
    let mut nodes = BitWriter::default();
    let mut backoffs = backoffs.into_iter().flatten();
    for log_prob in log_probs() {
        nodes.push(log_prob_codes.code(log_prob), log_prob_codes.width);
        if let (Some(codes), Some(backoff)) = (&backoff_codes, backoffs.next()) {
            nodes.push(codes.code(backoff), codes.width);
        }
    }
    emit(1, len, 0, nodes, &log_prob_codes, backoff_codes.as_ref(), sink)?;
    Ok(Written { nodes: BackwardNodes::of_words(len), ranks: (0..len as u32).collect() })
}

/// Writes the start of the children of each shorter node, and the nodes of the order that is one
/// above the history length at index `depth`.
fn longer<E: From<CompactError>>(
    trie: &mut Backwards<'_>,
    depth: usize,
    shorter: &Written,
    quantize: Option<u32>,
    sink: &mut impl FnMut(CompactSection) -> Result<(), E>,
) -> Result<Written, E> {
    let number = depth + 2;
    let table = trie.table;
    let (level, longer) = (&table.levels[depth], table.levels.get(depth + 1));
    let nodes = trie.nodes(depth, &shorter.nodes).map_err(CompactError::from)?;

    let log_probs = level.log_probs.iter().map(|log_prob| log_prob.get());
    let log_prob_codes = encoder(log_probs, trie.has_blanks(depth), quantize, number)?;
    let backoffs = longer.map(|longer| longer.backoffs.iter().map(|backoff| backoff.get()));
    let backoff_codes = match backoffs {
        Some(backoffs) => {
            let none = (nodes.count() > backoffs.len()).then_some(0.0);
            Some(encoder(backoffs.chain(none), false, quantize, number)?)
        }
        None => None,
    };
    let rank_width = width(shorter.ranks.iter().copied().max().unwrap_or(0).into());

    let mut records = BitWriter::default();
    let histories = longer.map_or(0, |longer| longer.histories());
    let mut ranks = Vec::with_capacity(histories);
    for children in nodes.child_starts.windows(2) {
        for node in children[0]..children[1] {
            let index = node as usize;
            records.push(shorter.ranks[nodes.prefixes[index] as usize].into(), rank_width);
            let log_prob = match nodes.places[index] {
                NOWHERE => log_prob_codes.absent(),
                place => log_prob_codes.code(level.log_probs[place as usize].get()),
            };
            records.push(log_prob, log_prob_codes.width);
            if let (Some(codes), Some(longer)) = (&backoff_codes, longer) {
                let mut backoff = 0.0;
                let history = nodes.histories[index];
                if history != NOWHERE {
                    backoff = longer.backoff(history as usize);
                    ranks.push(node - children[0]);
                }
                records.push(codes.code(backoff), codes.width);
            }
        }
    }
    let child_starts: Vec<u64> = nodes.child_starts.iter().map(|&start| start.into()).collect();
    let bytes = elias_fano::encode(&child_starts);
    sink(CompactSection { kind: Kind::Children, level: number as u16 - 1, bytes })?;
    drop(child_starts);
    let backoff_codes = backoff_codes.as_ref();
    emit(number, nodes.count(), rank_width, records, &log_prob_codes, backoff_codes, sink)?;
    Ok(Written { nodes, ranks })
}

/// Returns the encoder for the numbers of an order.
fn encoder(
    numbers: impl Iterator<Item = f32> + Clone,
    absent: bool,
    quantize: Option<u32>,
    order: usize,
) -> Result<Encoder, CompactError> {
    if numbers.clone().any(f32::is_nan) {
        return Err(CompactError::Table { what: "a value that is no number", order });
    }
    Ok(match quantize {
        Some(bits) => Encoder::quantized(numbers.collect(), absent, bits),
        None => Encoder::exact(numbers, absent),
    })
}

/// Passes the sections with the nodes of an order to `sink`.
fn emit<E>(
    order: usize,
    nodes: usize,
    rank_width: u32,
    records: BitWriter,
    log_probs: &Encoder,
    backoffs: Option<&Encoder>,
    sink: &mut impl FnMut(CompactSection) -> Result<(), E>,
) -> Result<(), E> {
    let shape = Shape {
        nodes: nodes as u64,
        rank_width,
        log_prob_width: log_probs.width,
        log_prob_base: log_probs.base,
        backoff_width: backoffs.map_or(0, |codes| codes.width),
        backoff_base: backoffs.map_or(0, |codes| codes.base),
    };
    let level = order as u16;
    let table = |numbers: &[f32]| numbers.iter().flat_map(|n| n.to_le_bytes()).collect();
    sink(CompactSection { kind: Kind::Shape, level, bytes: shape.encode() })?;
    sink(CompactSection { kind: Kind::Nodes, level, bytes: records.finish() })?;
    sink(CompactSection { kind: Kind::LogProbTable, level, bytes: table(&log_probs.table) })?;
    if let Some(backoffs) = backoffs {
        sink(CompactSection { kind: Kind::BackoffTable, level, bytes: table(&backoffs.table) })?;
    }
    Ok(())
}
