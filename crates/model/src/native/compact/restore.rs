//! Restores a table from the compact layout: histories and their successors, in memory.

use super::read::View;
use crate::native::reversed::{self, NONE, ReversedNodes, Values};
use crate::table::OwnedTable;
use ngram_store::Progress;

pub use crate::native::reversed::Fault;

const RANKS: Fault = "ranks that do not rise";
const CHILDREN: Fault = "children that overlap";
const ORPHANS: Fault = "n-grams whose last words are not stored";
const PREFIXES: Fault = "n-grams whose first words are not stored";
const DENSE: Fault = "more n-grams than a file of its length holds";

/// About how many bytes of memory a node takes once it is restored.
const RESTORED: u64 = 48;

/// How many bytes of memory a byte of the file may ask for. Nodes of real models have 8 bits or more, which ask for 48;
/// forged ones can have a single bit.
const EARNED: u64 = 64;

/// Memory that any file may ask for, in bytes.
const FREE: u64 = 64 << 20;

impl Values for View<'_> {
    fn log_prob(&self, depth: usize, node: usize) -> f32 {
        self.orders[depth].log_prob(node)
    }

    fn backoff(&self, depth: usize, node: usize) -> f32 {
        self.orders[depth].backoff(node)
    }
}

impl View<'_> {
    /// Restores the model as a table; if that cannot be done, tells the first fault found. What it says of work that
    /// `progress` cancelled means nothing.
    pub fn restore(&self, progress: &dyn Progress) -> Result<OwnedTable, Fault> {
        let (nodes, bytes) = self.orders.iter().fold((0u64, 0u64), |(nodes, bytes), order| {
            (nodes + order.len as u64, bytes + order.bytes() as u64)
        });
        // The vocabulary has two numbers a word.
        let bytes = bytes + 8 * self.orders.first().map_or(0, |words| words.len as u64);
        if nodes * RESTORED > FREE.max(bytes.saturating_mul(EARNED)) {
            return Err(DENSE);
        }
        reversed::table(&self.nodes(progress)?, self, progress)
    }

    /// Walks down the trie and finds the words of every node.
    fn nodes(&self, progress: &dyn Progress) -> Result<Vec<ReversedNodes>, Fault> {
        let words: Vec<u32> = (0..self.orders[0].len as u32).collect();
        let mut orders = vec![ReversedNodes {
            prefixes: vec![0; words.len()],
            first_words: words.clone(),
            last_words: words.clone(),
            parents: vec![0; words.len()],
        }];
        for depth in 1..self.orders.len() {
            let order = &self.orders[depth];
            let above = &orders[depth - 1];
            // Ranks rise below each parent, so that the nodes above bound the number of these.
            let most = (self.orders[depth - 1].len as u128) << order.rank_width();
            if order.len as u128 > most {
                return Err(RANKS);
            }
            let mut nodes = ReversedNodes {
                prefixes: vec![NONE; order.len],
                first_words: vec![0; order.len],
                last_words: vec![0; order.len],
                parents: vec![NONE; order.len],
            };
            let mut end = 0;
            for parent in 0..self.orders[depth - 1].len {
                reversed::proceed_at(progress, parent)?;
                let children = self.orders[depth - 1].children(parent);
                if children.start != end || children.end < end || children.end > order.len {
                    return Err(CHILDREN);
                }
                end = children.end;
                // Ranks index the children of the parent's prefix.
                let prefixes = match depth {
                    1 => 0..self.orders[0].len,
                    _ => match above.prefixes[parent] {
                        NONE => 0..0,
                        prefix => self.orders[depth - 2].children(prefix as usize),
                    },
                };
                let mut before = None;
                for node in children {
                    let rank = order.rank(node);
                    if before.is_some_and(|before| rank <= before) {
                        return Err(RANKS);
                    }
                    before = Some(rank);
                    nodes.parents[node] = parent as u32;
                    nodes.last_words[node] = above.last_words[parent];
                    let prefix = (prefixes.start as u64).saturating_add(rank);
                    if prefix >= prefixes.end as u64 {
                        return Err(PREFIXES);
                    }
                    let prefix = prefix as usize;
                    nodes.prefixes[node] = prefix as u32;
                    nodes.first_words[node] = above.first_words.get(prefix).copied().unwrap_or(0);
                }
            }
            if end != order.len {
                return Err(ORPHANS);
            }
            orders.push(nodes);
        }
        Ok(orders)
    }
}
