//! Reads the compact layout from the bytes of a file.

use super::super::read::slice;
use super::super::sections::Sections;
use super::super::{Kind, ModelError};
use super::Shape;
use super::values::Decoder;
use ngram_store::bits::elias_fano::{self, EliasFano};
use ngram_store::bits::{packed_len, read};
use std::ops::Range;

/// The positions of the layout's parts in the file.
pub struct Ranges {
    orders: Vec<OrderRanges>,
}

struct OrderRanges {
    shape: Shape,
    nodes: Range<usize>,
    log_prob_table: Range<usize>,
    backoff_table: Range<usize>,
    children: Option<(Range<usize>, elias_fano::EliasFanoLayout)>,
}

impl Ranges {
    /// Finds the sections and checks that their lengths are consistent.
    pub fn find(sections: &Sections, bytes: &[u8], order: usize) -> Result<Ranges, ModelError> {
        let mut orders: Vec<OrderRanges> = Vec::new();
        for k in 1..=order {
            let damaged = |what: &str| Err(sections.damaged(format!("{what} of order {k}")));
            let range = sections.need(Kind::Shape, k)?;
            let stored = &bytes[range];
            if sections.checksum(Kind::Shape, k) != Some(crc32fast::hash(stored)) {
                return damaged("the checksum does not match of the shape");
            }
            let Some(shape) = Shape::decode(stored) else { return damaged("an impossible shape") };
            let nodes = sections.need(Kind::Nodes, k)?;
            let expected = packed_len(shape.nodes, shape.record());
            if expected != Some(nodes.len()) {
                return damaged("a wrong length of the nodes");
            }
            if let Some(children) = orders.last().and_then(|shorter| shorter.children.as_ref())
                && children.1.last() != shape.nodes
            {
                return damaged("a wrong number of nodes");
            }
            let log_prob_table = sections.need(Kind::LogProbTable, k)?;
            let (mut backoff_table, mut children) = (0..0, None);
            if k < order {
                backoff_table = sections.need(Kind::BackoffTable, k)?;
                let range = sections.need(Kind::Children, k)?;
                let layout = elias_fano::EliasFanoLayout::find(&bytes[range.clone()]);
                let layout = layout.filter(|starts| {
                    shape.nodes.checked_add(1).is_some_and(|len| len == starts.size() as u64)
                });
                let Some(layout) = layout else { return damaged("a wrong length of the children") };
                children = Some((range, layout));
            }
            orders.push(OrderRanges { shape, nodes, log_prob_table, backoff_table, children });
        }
        Ok(Ranges { orders })
    }

    /// Returns the number of words with a probability.
    pub fn vocab_len(&self) -> usize {
        self.orders.first().map_or(0, |words| words.shape.nodes as usize)
    }

    /// Returns the trie over the file's bytes.
    pub fn view<'a>(&'a self, bytes: &'a [u8]) -> View<'a> {
        let order = |ranges: &'a OrderRanges| {
            let shape = ranges.shape;
            let decoder = |width, base, table| Decoder { width, base, table: slice(bytes, table) };
            OrderView {
                len: shape.nodes as usize,
                record: shape.record().into(),
                rank_width: shape.rank_width,
                nodes: bytes.get(ranges.nodes.clone()).unwrap_or_default(),
                log_probs: decoder(
                    shape.log_prob_width,
                    shape.log_prob_base,
                    &ranges.log_prob_table,
                ),
                backoffs: decoder(shape.backoff_width, shape.backoff_base, &ranges.backoff_table),
                children: ranges.children.as_ref().map(|(range, layout)| {
                    layout.view(bytes.get(range.clone()).unwrap_or_default())
                }),
            }
        };
        View { orders: self.orders.iter().map(order).collect() }
    }
}

/// The trie of n-grams, as stored.
pub struct View<'a> {
    /// Orders 1 to n.
    pub orders: Vec<OrderView<'a>>,
}

/// The nodes of one order.
pub struct OrderView<'a> {
    pub len: usize,
    /// The total bits of a node.
    record: u64,
    rank_width: u32,
    nodes: &'a [u8],
    log_probs: Decoder<'a>,
    backoffs: Decoder<'a>,
    /// `None` for the highest order.
    children: Option<EliasFano<'a>>,
}

impl OrderView<'_> {
    /// Returns the number of bytes of the nodes in the file.
    pub fn bytes(&self) -> usize {
        self.nodes.len()
    }

    /// Returns the number of bits of a rank.
    pub fn rank_width(&self) -> u32 {
        self.rank_width
    }

    /// Returns the position of a node's first k − 1 words among the children of their parent; at
    /// order 2, the id of its first word.
    #[inline]
    pub fn rank(&self, node: usize) -> u64 {
        read(self.nodes, (node as u64).wrapping_mul(self.record), self.rank_width)
    }

    /// Returns log10 p of the n-gram, NaN if the node is not one.
    #[inline]
    pub fn log_prob(&self, node: usize) -> f32 {
        let bit = (node as u64).wrapping_mul(self.record) + u64::from(self.rank_width);
        self.log_probs.decode(read(self.nodes, bit, self.log_probs.width))
    }

    /// Returns log10 of the back-off weight of these words as a history: 0 if they are not one.
    #[inline]
    pub fn backoff(&self, node: usize) -> f32 {
        let before = self.rank_width + self.log_probs.width;
        let bit = (node as u64).wrapping_mul(self.record) + u64::from(before);
        self.backoffs.decode(read(self.nodes, bit, self.backoffs.width))
    }

    /// Returns the children of a node, as a range of the nodes of the next order.
    #[inline]
    pub fn children(&self, node: usize) -> Range<usize> {
        self.children.as_ref().map_or(0..0, |starts| starts.pair(node))
    }

    /// Finds the node with this rank among nodes with the same parent.
    #[inline]
    pub fn find(&self, among: Range<usize>, rank: u64) -> Option<usize> {
        let len = among.end.checked_sub(among.start)?;
        // Ranks rise, so at most `rank` of them are smaller.
        let mut len =
            len.min(usize::try_from(rank).map_or(usize::MAX, |rank| rank.saturating_add(1)));
        let mut low = among.start;
        // Halves without a branch, which would be unpredictable.
        while len > 1 {
            let half = len / 2;
            if self.rank(low + half) <= rank {
                low += half;
            }
            len -= half;
        }
        (len == 1 && self.rank(low) == rank).then_some(low)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order<'a>(len: usize, nodes: &'a [u8], children: Option<EliasFano<'a>>) -> OrderView<'a> {
        let decoder = || Decoder { width: 0, base: 0, table: &[] };
        OrderView {
            len,
            record: 1,
            rank_width: 0,
            nodes,
            log_probs: Decoder { width: 1, ..decoder() },
            backoffs: decoder(),
            children,
        }
    }

    /// Three words, and below them nodes of a single bit each, as no model has them.
    #[test]
    fn nodes_that_no_model_has_are_refused_before_they_take_memory() {
        for (nodes, expected) in [
            (4, "ranks that do not rise"),
            (1 << 26, "more n-grams than a file of its length holds"),
        ] {
            let starts = elias_fano::encode(&[0, 1, 2, nodes]);
            let layout = elias_fano::EliasFanoLayout::find(&starts).unwrap();
            let bits = vec![0; packed_len(nodes, 1).unwrap()];
            let words = order(3, &[0; 16], Some(layout.view(&starts)));
            let view = View { orders: vec![words, order(nodes as usize, &bits, None)] };
            assert_eq!(view.restore(&()).err(), Some(expected));
        }
    }
}
