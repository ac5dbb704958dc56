//! Restores a table from a trie of reversed n-grams, whichever layout stores it.

use crate::table::{OwnedLevel, OwnedTable};
use ngram_store::Progress;
use zerocopy::little_endian::{F32, U32};

/// An inconsistency, found if a file is damaged although its checksums match.
pub type Fault = &'static str;

/// No node.
pub const NONE: u32 = u32::MAX;

/// The words of the nodes of one order, sorted from the last word on.
#[derive(Default)]
pub struct ReversedNodes {
    /// For each node, the node of the order before with all words but the last; arbitrary for single words.
    pub prefixes: Vec<u32>,
    pub first_words: Vec<u32>,
    pub last_words: Vec<u32>,
    /// For each node, the node of the order before with all words but the first; arbitrary for single words.
    pub parents: Vec<u32>,
}

/// The values of the nodes of all orders, by the order minus 1.
pub trait Values {
    /// Returns log10 p of an n-gram, NaN if the node is not one.
    fn log_prob(&self, depth: usize, node: usize) -> f32;

    /// Returns log10 of the back-off weight of a node's words as a history.
    fn backoff(&self, depth: usize, node: usize) -> f32;
}

/// Goes on, unless the work was cancelled. Whoever cancelled it does not look at the fault.
pub fn proceed_at(progress: &dyn Progress, step: usize) -> Result<(), Fault> {
    progress.proceed_at(step).map_err(|_| "an end before its time, as the work was cancelled")
}

/// Returns the table. Single words are histories; other nodes if they have successors, a weight, or longer histories.
pub fn table(
    orders: &[ReversedNodes],
    values: &impl Values,
    progress: &dyn Progress,
) -> Result<OwnedTable, Fault> {
    let lengths = orders.len() - 1;
    let mut is_history: Vec<Vec<bool>> = vec![Vec::new(); lengths];
    for depth in (0..lengths).rev() {
        let nodes = orders[depth].parents.len();
        let mut found: Vec<bool> =
            (0..nodes).map(|node| depth == 0 || values.backoff(depth, node) != 0.0).collect();
        let longer = &orders[depth + 1];
        for (node, &prefix) in longer.prefixes.iter().enumerate() {
            proceed_at(progress, node)?;
            let is_ngram = !values.log_prob(depth + 1, node).is_nan();
            if let Some(is_history) = found.get_mut(prefix as usize).filter(|_| is_ngram) {
                *is_history = true;
            }
        }
        if let Some(longer_histories) = is_history.get(depth + 1) {
            for (&parent, _) in longer.parents.iter().zip(longer_histories).filter(|(_, is)| **is) {
                found[parent as usize] = true;
            }
        }
        for (is, &parent) in found.iter_mut().zip(&orders[depth].parents) {
            *is &= parent != NONE;
        }
        is_history[depth] = found;
    }
    let levels = (0..lengths)
        .map(|depth| level(depth, orders, values, &is_history, progress))
        .collect::<Result<_, Fault>>()?;
    let unigrams = (0..orders[0].parents.len()).map(|word| F32::new(values.log_prob(0, word)));
    Ok(OwnedTable { unigrams: unigrams.collect(), levels })
}

/// Restores the histories of length `depth` + 1.
fn level(
    depth: usize,
    orders: &[ReversedNodes],
    values: &impl Values,
    is_history: &[Vec<bool>],
    progress: &dyn Progress,
) -> Result<OwnedLevel, Fault> {
    let (numbers, histories) = numbers(&is_history[depth]);
    let number = |node: u32| {
        numbers.get(node as usize).filter(|number| **number != NONE).map(|n| *n as usize)
    };
    let own = (0..orders[depth].parents.len()).filter(|&node| is_history[depth][node]);
    let mut level = OwnedLevel::default();
    if depth > 0 {
        level.words = own.clone().map(|node| U32::new(orders[depth].first_words[node])).collect();
    }
    level.backoffs = own.map(|node| F32::new(values.backoff(depth, node))).collect();

    // Longer nodes are sorted by their last words, so each history gets its successors in
    // order.
    let longer = &orders[depth + 1];
    let successors = || {
        longer.prefixes.iter().enumerate().filter_map(|(node, &prefix)| {
            let log_prob = values.log_prob(depth + 1, node);
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
    proceed_at(progress, 0)?;
    for (place, (history, node, log_prob)) in successors().enumerate() {
        proceed_at(progress, place)?;
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
    Ok(level)
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
