//! The compact layout: a trie of reversed n-grams, in as few bits as they need.
//!
//! A node of order k is a sequence of k words. Its parent is the node without its first word, so
//! n-grams with the same ending are adjacent: below "c" are "a c", "b c", … An n-gram and a history
//! of the same words share a node, which holds the log10 p of the one and the back-off weight of
//! the other. One walk down scores a word and finds all histories that the next word may need.
//!
//! **First words are numbered by context** (Pibiri and Venturini 2017). If "z a b" is a node then
//! so is "z a": n-grams begin with histories, which are n-grams. So z is one of the few first words
//! that extend "a", and its *rank* among them takes few bits: a node's rank is the position of its
//! first k − 1 words ("z a") among the children of their parent ("a"). At order 2 it is the word's
//! id. When a text is scored, "z a" has just been looked up, so the rank is known.
//!
//! Nodes of an order are sorted by their reversed words, so ranks rise below each parent.
//!
//! | kind | level | content |
//! |---|---|---|
//! | shape | k ≥ 1 | [`Shape`]: the number of nodes, and the bit widths of their fields |
//! | nodes | k ≥ 1 | each node's rank (from order 2 on), code of log10 p, code of the back-off weight (below order n) |
//! | log-prob-table | k ≥ 1 | the numbers that codes of log10 p stand for, see [`values`] |
//! | backoff-table | 1 ≤ k < n | the same for back-off weights |
//! | children | 1 ≤ k < n | the start of each node's children, as [`elias_fano`](crate::bits::elias_fano); one entry more than nodes |
//!
//! A node that is not an n-gram has NaN for log10 p: a pruned model may keep "a b c" without "b c".

mod error;
mod nodes;
mod quantize;
mod read;
mod restore;
mod score;
mod values;
mod write;

pub use error::CompactError;
pub use nodes::{CompactChildren, CompactOrder, CompactSpread, CompactValues, CompactWriter};
pub use read::Ranges;
pub use write::write;

/// The encoding of the nodes of one order: eight 64-bit numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    /// The number of nodes.
    pub nodes: u64,
    /// Bits of a rank.
    pub rank_width: u32,
    /// Bits of a code of log10 p, and the base that codes beyond the table count from.
    pub log_prob_width: u32,
    pub log_prob_base: u32,
    /// The same for back-off weights.
    pub backoff_width: u32,
    pub backoff_base: u32,
}

impl Shape {
    const BYTES: usize = 64;

    fn encode(&self) -> Vec<u8> {
        let numbers = [
            self.nodes,
            self.rank_width.into(),
            self.log_prob_width.into(),
            self.log_prob_base.into(),
            self.backoff_width.into(),
            self.backoff_base.into(),
            0,
            0,
        ];
        numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
    }

    /// Returns `None` if the bytes are not a valid shape.
    fn decode(bytes: &[u8]) -> Option<Shape> {
        let number = |at: usize| {
            bytes.get(8 * at..).and_then(|rest| rest.first_chunk()).map(|n| u64::from_le_bytes(*n))
        };
        let small = |at: usize| number(at).and_then(|number| u32::try_from(number).ok());
        let width = |at: usize| small(at).filter(|&width| width <= u32::BITS);
        let shape = Shape {
            nodes: number(0)?,
            rank_width: width(1)?,
            log_prob_width: width(2)?,
            log_prob_base: small(3)?,
            backoff_width: width(4)?,
            backoff_base: small(5)?,
        };
        // A node has at least one bit, so the file bounds the number of nodes.
        let is_possible = shape.log_prob_width > 0 && shape.nodes < u64::from(u32::MAX);
        (bytes.len() == Shape::BYTES && is_possible).then_some(shape)
    }

    /// Returns the total bits of a node.
    fn record(&self) -> u32 {
        self.rank_width + self.log_prob_width + self.backoff_width
    }
}
