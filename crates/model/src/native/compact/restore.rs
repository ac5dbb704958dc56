//! Restores a table from the compact layout: histories and their successors, in memory.

use super::read::View;
use crate::table::{OwnedLevel, OwnedTable};
use zerocopy::little_endian::{F32, U32};

/// An inconsistency, found if a file is damaged although its checksums match.
pub type Fault = &'static str;

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

/// No node.
const NONE: u32 = u32::MAX;

/// What has been restored of the nodes of one order.
#[derive(Default)]
struct Nodes {
    /// For each node, the node of the order before with all words but the last; arbitrary for single words.
    prefixes: Vec<u32>,
    first_words: Vec<u32>,
    last_words: Vec<u32>,
    /// For each node, the node of the order before with all words but the first; arbitrary for single words.
    parents: Vec<u32>,
}

impl View<'_> {
    /// Restores the model as a table; if that cannot be done, tells the first fault found.
    pub fn restore(&self) -> Result<OwnedTable, Fault> {
        let (nodes, bytes) = self.orders.iter().fold((0u64, 0u64), |(nodes, bytes), order| {
            (nodes + order.len as u64, bytes + order.bytes() as u64)
        });
        // The vocabulary has two numbers a word.
        let bytes = bytes + 8 * self.orders.first().map_or(0, |words| words.len as u64);
        if nodes * RESTORED > FREE.max(bytes.saturating_mul(EARNED)) {
            return Err(DENSE);
        }
        let orders = self.nodes()?;
        // Determines which nodes are histories, from the longest down: those with successors, with
        // a weight, or with longer histories.
        let lengths = self.orders.len() - 1;
        let mut is_history: Vec<Vec<bool>> = vec![Vec::new(); lengths];
        for depth in (0..lengths).rev() {
            let order = &self.orders[depth];
            let mut found: Vec<bool> =
                (0..order.len).map(|node| depth == 0 || order.backoff(node) != 0.0).collect();
            let longer = &orders[depth + 1];
            for (node, &prefix) in longer.prefixes.iter().enumerate() {
                let is_ngram = !self.orders[depth + 1].log_prob(node).is_nan();
                if let Some(is_history) = found.get_mut(prefix as usize).filter(|_| is_ngram) {
                    *is_history = true;
                }
            }
            if let Some(longer_histories) = is_history.get(depth + 1) {
                for (&parent, _) in
                    longer.parents.iter().zip(longer_histories).filter(|(_, is)| **is)
                {
                    found[parent as usize] = true;
                }
            }
            for (is, &parent) in found.iter_mut().zip(&orders[depth].parents) {
                *is &= parent != NONE;
            }
            is_history[depth] = found;
        }
        let levels = (0..lengths).map(|depth| self.level(depth, &orders, &is_history)).collect();
        let unigrams = &self.orders[0];
        let unigrams = (0..unigrams.len).map(|word| F32::new(unigrams.log_prob(word))).collect();
        Ok(OwnedTable { unigrams, levels })
    }

    /// Walks down the trie and finds the words of every node.
    fn nodes(&self) -> Result<Vec<Nodes>, Fault> {
        let words: Vec<u32> = (0..self.orders[0].len as u32).collect();
        let mut orders = vec![Nodes {
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
            let mut nodes = Nodes {
                prefixes: vec![NONE; order.len],
                first_words: vec![0; order.len],
                last_words: vec![0; order.len],
                parents: vec![NONE; order.len],
            };
            let mut end = 0;
            for parent in 0..self.orders[depth - 1].len {
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

    /// Restores the histories of length `depth` + 1.
    fn level(&self, depth: usize, orders: &[Nodes], is_history: &[Vec<bool>]) -> OwnedLevel {
        let (numbers, histories) = numbers(&is_history[depth]);
        let number = |node: u32| {
            numbers.get(node as usize).filter(|number| **number != NONE).map(|n| *n as usize)
        };
        let own = (0..self.orders[depth].len).filter(|&node| is_history[depth][node]);
        let mut level = OwnedLevel::default();
        if depth > 0 {
            level.words =
                own.clone().map(|node| U32::new(orders[depth].first_words[node])).collect();
        }
        level.backoffs = own.map(|node| F32::new(self.orders[depth].backoff(node))).collect();

        // Longer nodes are sorted by their last words, so each history gets its successors in
        // order.
        let longer = &orders[depth + 1];
        let values = &self.orders[depth + 1];
        let successors = || {
            longer.prefixes.iter().enumerate().filter_map(|(node, &prefix)| {
                let log_prob = values.log_prob(node);
                let history = number(prefix).filter(|_| !log_prob.is_nan())?;
                Some((history, node, log_prob))
            })
        };
        let mut starts = vec![0u64; histories + 1];
        successors().for_each(|(history, _, _)| starts[history + 1] += 1);
        for history in 0..histories {
            starts[history + 1] += starts[history];
        }
        let count = starts[histories] as usize;
        level.successor_words = vec![U32::new(0); count];
        level.log_probs = vec![F32::new(0.0); count];
        let mut next = starts.clone();
        for (history, node, log_prob) in successors() {
            let at = next[history] as usize;
            next[history] += 1;
            level.successor_words[at] = U32::new(longer.last_words[node]);
            level.log_probs[at] = F32::new(log_prob);
        }
        level.successor_starts = starts.into_iter().collect();

        if let Some(longer_histories) = is_history.get(depth + 1) {
            let mut starts = vec![0u64; histories + 1];
            for (&parent, _) in longer.parents.iter().zip(longer_histories).filter(|(_, is)| **is) {
                if let Some(history) = number(parent) {
                    starts[history + 1] += 1;
                }
            }
            for history in 0..histories {
                starts[history + 1] += starts[history];
            }
            level.child_starts = Some(starts.into_iter().collect());
        }
        level
    }
}

/// Returns the index of each node among those that are histories, and the number of these.
fn numbers(is_history: &[bool]) -> (Vec<u32>, usize) {
    let mut count = 0;
    let number = |&is: &bool| {
        let number = if is { count } else { NONE };
        count += u32::from(is);
        number
    };
    let numbers = is_history.iter().map(number).collect();
    (numbers, count as usize)
}
