//! Writes the sections of the compact layout, order by order and node by node.

use super::super::{Kind, WriteError, Writer};
use super::values::{FloatEncoder, FloatSpread};
use super::{CompactError, Shape};
use crate::ModelInfo;
use ngram_store::bits::{BitWriter, elias_fano, packed_len, width};
use ngram_tokenizer::VocabView;

/// The sections for metadata and the vocabulary.
const GENERAL: usize = 4;

/// Bytes of nodes that are written together.
const TOGETHER: usize = 1 << 20;

/// The values of an order, from which their codes are made.
pub enum CompactValues {
    /// What is known of values that are kept exactly.
    Exact(CompactSpread),
    /// All values, and the number of bits that each gets.
    Quantized(Vec<f32>, u8),
}

/// What must be known of all values of an order to keep them exactly. Values may come in any order, and be added up
/// in parts.
#[derive(Clone, Debug, Default)]
pub struct CompactSpread(FloatSpread);

impl CompactSpread {
    /// Adds a value.
    #[inline]
    pub fn add(&mut self, value: f32) {
        self.0.add(value);
    }

    /// Adds what is known of other values.
    pub fn merge(&mut self, other: &CompactSpread) {
        self.0.merge(&other.0);
    }
}

impl Extend<f32> for CompactSpread {
    fn extend<I: IntoIterator<Item = f32>>(&mut self, values: I) {
        values.into_iter().for_each(|value| self.0.add(value));
    }
}

/// What must be known of an order before its nodes are written.
pub struct CompactOrder {
    /// How many nodes there are.
    pub nodes: u64,
    /// The greatest rank of a history that a node may begin with; the last word's id for order 2. Not used for order 1.
    pub greatest_rank: u32,
    /// The log10 p of all n-grams.
    pub log_probs: CompactValues,
    /// Whether some nodes are no n-grams.
    pub has_blanks: bool,
    /// The log10 of the back-off weights of all histories of this length; `None` for the highest order.
    pub backoffs: Option<CompactValues>,
    /// How many of the nodes are histories.
    pub histories: u64,
}

/// A model file in the compact layout that is being written. For each order from 1 on come its nodes, in the order of their
/// reversed words, then where the children of each of them begin.
pub struct CompactWriter {
    writer: Writer,
    number: u16,
    nodes: Nodes,
}

/// The nodes of the order that is being written.
#[derive(Default)]
struct Nodes {
    rank_width: u32,
    log_probs: FloatEncoder,
    backoffs: Option<FloatEncoder>,
    bits: BitWriter,
    /// Bytes written so far, and in all.
    written: u64,
    bytes: u64,
}

/// The start of the children of each node of one order.
pub struct CompactChildren {
    encoder: elias_fano::Encoder,
    next: u64,
}

impl CompactChildren {
    /// Expects the children of so many nodes, which are so many together.
    pub fn new(nodes: u64, children: u64) -> CompactChildren {
        CompactChildren { encoder: elias_fano::Encoder::new(nodes + 1, children), next: 0 }
    }

    /// Returns about how much memory it takes, in bytes.
    pub fn memory(nodes: u64, children: u64) -> u64 {
        elias_fano::Encoder::memory(nodes + 1, children)
    }

    /// Adds the next node, with so many children.
    #[inline]
    pub fn push(&mut self, children: u32) {
        self.encoder.push(self.next);
        self.next += u64::from(children);
    }

    fn finish(mut self) -> Vec<u8> {
        self.encoder.push(self.next);
        self.encoder.finish()
    }
}

impl CompactWriter {
    /// Begins a file with a fresh writer, for a model of this order.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    pub fn begin(
        mut writer: Writer,
        info: &ModelInfo,
        vocab: VocabView<'_>,
        order: usize,
    ) -> Result<CompactWriter, WriteError> {
        // Five per order, minus two for the highest.
        writer.reserve(GENERAL + 5 * order - 2)?;
        writer.append_general(info, vocab)?;
        Ok(CompactWriter { writer, number: 0, nodes: Nodes::default() })
    }

    /// Begins the nodes of the next order.
    ///
    /// # Errors
    ///
    /// [`CompactError::TooMany`] nodes, [`CompactError::Table`] if a value is no number, or if the file cannot be written.
    pub fn begin_order<E>(&mut self, order: CompactOrder) -> Result<(), E>
    where
        E: From<CompactError> + From<WriteError>,
    {
        self.number += 1;
        let number = self.number;
        if order.nodes >= u64::from(u32::MAX) {
            return Err(CompactError::TooMany(number.into()).into());
        }
        let log_probs = encoder(order.log_probs, order.has_blanks, number)?;
        let backoffs = match order.backoffs {
            Some(mut values) => {
                // Nodes that are no histories have a weight of 1.
                if order.nodes > order.histories {
                    match &mut values {
                        CompactValues::Exact(spread) => spread.add(0.0),
                        CompactValues::Quantized(values, _) => values.push(0.0),
                    }
                }
                Some(encoder(values, false, number)?)
            }
            None => None,
        };
        let shape = Shape {
            nodes: order.nodes,
            rank_width: if number == 1 { 0 } else { width(order.greatest_rank.into()) },
            log_prob_width: log_probs.width,
            log_prob_base: log_probs.base,
            backoff_width: backoffs.as_ref().map_or(0, |codes| codes.width),
            backoff_base: backoffs.as_ref().map_or(0, |codes| codes.base),
        };
        self.writer.append(Kind::Shape, number, &shape.encode())?;
        let bytes = packed_len(order.nodes, shape.record());
        let bytes = bytes.ok_or(CompactError::TooMany(number.into()))? as u64;
        self.writer.append_later(Kind::Nodes, number, bytes)?;
        let rank_width = shape.rank_width;
        self.nodes = Nodes { rank_width, log_probs, backoffs, bytes, ..Nodes::default() };
        Ok(())
    }

    /// Adds a node: the rank of the history that it begins with, not used for order 1; its log10 p, NaN if it is no
    /// n-gram; and log10 of its back-off weight, not used for the highest order.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    #[inline]
    pub fn node(&mut self, rank: u32, log_prob: f32, backoff: f32) -> Result<(), WriteError> {
        let Nodes { rank_width, log_probs, backoffs, bits, .. } = &mut self.nodes;
        if *rank_width > 0 {
            bits.push(rank.into(), *rank_width);
        }
        let code = if log_prob.is_nan() { log_probs.absent() } else { log_probs.code(log_prob) };
        bits.push(code, log_probs.width);
        if let Some(codes) = backoffs {
            bits.push(codes.code(backoff), codes.width);
        }
        if bits.ready() >= TOGETHER { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), WriteError> {
        let bytes = self.nodes.bits.take();
        self.put(&bytes)
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), WriteError> {
        self.writer.put(Kind::Nodes, self.number, self.nodes.written, bytes)?;
        self.nodes.written += bytes.len() as u64;
        Ok(())
    }

    /// Ends the nodes of an order.
    ///
    /// # Errors
    ///
    /// If the file cannot be written, or if nodes are missing.
    pub fn end_order(&mut self) -> Result<(), WriteError> {
        let bytes = std::mem::take(&mut self.nodes.bits).finish();
        self.put(&bytes)?;
        let nodes = std::mem::take(&mut self.nodes);
        debug_assert_eq!(nodes.written, nodes.bytes);
        let table = |codes: &FloatEncoder| -> Vec<u8> {
            codes.table.iter().flat_map(|number| number.to_le_bytes()).collect()
        };
        self.writer.append(Kind::LogProbTable, self.number, &table(&nodes.log_probs))?;
        match &nodes.backoffs {
            Some(codes) => self.writer.append(Kind::BackoffTable, self.number, &table(codes)),
            None => Ok(()),
        }
    }

    /// Writes where the children begin of each node of the order that ended last. For all orders but the highest.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    pub fn children(&mut self, children: CompactChildren) -> Result<(), WriteError> {
        self.writer.append(Kind::Children, self.number, &children.finish())
    }

    /// Completes the file, and returns its length in bytes.
    ///
    /// # Errors
    ///
    /// If the file cannot be written, or if a part is missing.
    pub fn finish(self) -> Result<u64, WriteError> {
        self.writer.finish()
    }
}

/// Returns the encoder for the values of an order.
fn encoder(values: CompactValues, absent: bool, order: u16) -> Result<FloatEncoder, CompactError> {
    let has_nan = match &values {
        CompactValues::Exact(CompactSpread(spread)) => spread.has_nan(),
        CompactValues::Quantized(values, _) => values.iter().any(|value| value.is_nan()),
    };
    if has_nan {
        let what = "a value that is no number";
        return Err(CompactError::Table { what, order: order.into() });
    }
    Ok(match values {
        CompactValues::Exact(CompactSpread(spread)) => FloatEncoder::of(spread, absent),
        CompactValues::Quantized(values, bits) => {
            FloatEncoder::quantized(values, absent, bits.into())
        }
    })
}
