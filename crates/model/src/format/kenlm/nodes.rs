//! What KenLM stores of each n-gram, all of them in a trie by their words read backwards.

use super::{LOG_ZERO, WriteError};
use crate::backwards::{Backwards, Disorder, NOWHERE, Nodes as Places};
use crate::table::TableView;

/// The n-grams of one order, blanks among them, by their words read backwards.
#[derive(Debug, Default, PartialEq)]
pub struct Nodes {
    /// The first word of each; the children of a node have rising ones.
    pub first_words: Vec<u32>,
    /// log10, finite and at most 0.
    pub log_probs: Vec<f32>,
    /// log10, finite, 0 with the sign that KenLM gives it. Empty for the highest order.
    pub backoffs: Vec<f32>,
    /// Where the children of each begin in the next order; then how many there are. Empty for the
    /// highest order.
    pub child_starts: Vec<u32>,
}

impl Nodes {
    pub fn len(&self) -> usize {
        self.first_words.len()
    }

    /// Where the children of a node are in the next order.
    pub fn children(&self, node: usize) -> std::ops::Range<usize> {
        match self.child_starts.get(node..node + 2) {
            Some(bounds) => bounds[0] as usize..bounds[1] as usize,
            None => 0..0,
        }
    }
}

/// The n-grams of all orders of a table, of order 2 at least.
pub fn nodes(table: &TableView) -> Result<Vec<Nodes>, WriteError> {
    let counts = std::iter::once(table.unigrams.len())
        .chain(table.levels.iter().map(|level| level.len().max(level.successor_words.len())));
    if let Some(order) = counts.clone().position(|count| count >= NOWHERE as usize) {
        return Err(WriteError::TooMany(order + 1));
    }
    let words = table.unigrams.len();
    if table.levels.first().is_some_and(|level| level.len() != words) {
        return Err(WriteError::Table { what: "a wrong number of histories", order: 1 });
    }
    let trie = Backwards::of(table)?;
    let mut places = Places::of_words(words);
    let mut orders = vec![Nodes {
        first_words: (0..words as u32).collect(),
        log_probs: table
            .unigrams
            .iter()
            .map(|log_prob| finite(log_prob.get(), "log-probability", 1).map(|p| p.min(0.0)))
            .collect::<Result<_, _>>()?,
        ..Nodes::default()
    }];
    for (depth, level) in table.levels.iter().enumerate() {
        let order = depth + 2;
        let longer = trie.nodes(depth, &places)?;
        let shorter = &mut orders[depth];
        shorter.backoffs = backoffs(&trie, depth, &places.histories)?;
        shorter.child_starts = longer.child_starts.clone();
        let mut own = Nodes::default();
        own.first_words.reserve_exact(longer.len());
        own.log_probs.reserve_exact(longer.len());
        for parent in 0..shorter.len() {
            for node in shorter.children(parent) {
                let prefix = longer.prefixes[node] as usize;
                let first_word = if depth == 0 { prefix as u32 } else { level.words[prefix].get() };
                let log_prob = match longer.places[node] {
                    NOWHERE => {
                        let backoff = finite(level.backoff(prefix), "back-off weight", depth + 1)?;
                        shorter.log_probs[parent] + backoff
                    }
                    place => {
                        let log_prob = level.log_probs.get(place as usize).map_or(0.0, |p| p.get());
                        finite(log_prob, "log-probability", order)?
                    }
                };
                own.first_words.push(first_word);
                // No probability is above 1, but what backing off gives may round to it.
                own.log_probs.push(log_prob.min(0.0));
            }
        }
        orders.push(own);
        places = longer;
    }
    if orders.len() == 1 {
        orders[0].backoffs = vec![-0.0; words];
        orders[0].child_starts = vec![0; words + 1];
        orders.push(Nodes::default());
    }
    Ok(orders)
}

/// The back-off weights of the nodes whose histories, of the length of index `depth`, are these.
fn backoffs(trie: &Backwards, depth: usize, histories: &[u32]) -> Result<Vec<f32>, WriteError> {
    let level = &trie.table.levels[depth];
    let begins = trie.beginnings(depth);
    let weight = |&history: &u32| {
        if history == NOWHERE {
            return Ok(-0.0);
        }
        let history = history as usize;
        let backoff = finite(level.backoff(history), "back-off weight", depth + 1)?;
        Ok(match backoff {
            0.0 if begins.get(history) == Some(&true) => 0.0,
            0.0 => -0.0,
            backoff => backoff,
        })
    };
    histories.iter().map(weight).collect()
}

/// A number that KenLM reads.
fn finite(value: f32, quantity: &'static str, order: usize) -> Result<f32, WriteError> {
    match value {
        f32::NEG_INFINITY => Ok(LOG_ZERO),
        // Makes 0 of −0.
        _ if value.is_finite() => Ok(value + 0.0),
        _ => Err(WriteError::Number { order, quantity, value }),
    }
}

impl From<Disorder> for WriteError {
    fn from(disorder: Disorder) -> WriteError {
        WriteError::Table { what: disorder.what, order: disorder.order }
    }
}
