//! A model's own orders at a node of the tree: how much of the node's probability is in its left half.
//!
//! The probability of a range of positions after a history h of length L is
//!
//! ```text
//! m(L) = Σ more(w, h) + backoff(h) · m(L − 1)        over the words w of the range
//! ```
//!
//! where more(w, h) is what a listed word has above its backed-off probability. So a range takes one search in the
//! sorted list of each history, however many words it has.

use super::logistic::exp;
use crate::recent_lists::RecentLists;
use crate::seen::context_of;
use crate::steps::gallop;
use crate::tree::{Node, WordTree};
use ngram_model::{LanguageModel, LogProb};
use ngram_tokenizer::WordId;
use std::sync::Arc;

/// The most listed words kept before the lists least recently used are dropped.
const KEPT: usize = 12 << 20;
/// The number of orders that take part, counted from the lowest.
pub const ORDERS: usize = 6;

/// The error for a model that does not list the successors of a history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "its layout does not list what follows a history: convert it with `ngram convert --layout suffix`"
)]
pub struct NoLists;

/// The words listed after a history.
#[derive(Clone)]
struct List {
    backoff: f64,
    /// Their positions in rising order, and the sum of what they have more, including each.
    positions: Vec<u32>,
    sums: Vec<f64>,
    /// The words' ids and probabilities, by id, for the lists of longer histories.
    ids: Vec<u32>,
    probabilities: Vec<f32>,
}

impl List {
    fn sum(&self, at: usize) -> f64 {
        at.checked_sub(1).map_or(0.0, |at| self.sums[at])
    }
}

/// What one order says at a node.
#[derive(Clone, Copy, Default)]
pub struct Halves {
    /// The probability of the node's left half, and of its right half.
    pub left: f64,
    pub right: f64,
    /// The number of words listed after the history itself in the node.
    pub listed: u32,
}

/// The range of one order at the current node.
#[derive(Clone, Copy, Default)]
struct Bounds {
    low: f64,
    middle: f64,
    high: f64,
    /// The same as places in the list.
    low_at: u32,
    middle_at: u32,
    high_at: u32,
}

/// The orders of one model, at the current node of the tree.
#[derive(Clone)]
pub struct Chain<'m> {
    model: &'m dyn LanguageModel,
    /// For each word, its position in the tree.
    positions: Vec<u32>,
    /// The sums of single words' probabilities below each position.
    singles: Vec<f64>,
    recent: RecentLists<List>,
    lists: Vec<Arc<List>>,
    bounds: [Bounds; ORDERS],
    history: Vec<WordId>,
}

/// The position of a word that the tree does not have.
const NOWHERE: u32 = u32::MAX;

impl<'m> Chain<'m> {
    /// Creates the chain of a model.
    ///
    /// # Errors
    ///
    /// If the model does not list the successors of a history.
    pub fn new(model: &'m dyn LanguageModel, tree: &WordTree) -> Result<Chain<'m>, NoLists> {
        if model.order() > 1 && model.listed_after(&[WordId::BEGIN]).is_none() {
            return Err(NoLists);
        }
        let words = (0..model.vocab().len() as u32).map(WordId);
        let position = |word| if word < WordId::END { NOWHERE } else { tree.position(word) };
        let mut singles = vec![0.0; tree.words() as usize + 1];
        for position in 0..tree.words() {
            let own = probability(model.score(&[], tree.word(position)).log_prob);
            singles[position as usize + 1] = singles[position as usize] + own;
        }
        Ok(Chain {
            model,
            positions: words.map(position).collect(),
            singles,
            recent: RecentLists::new(KEPT),
            lists: Vec::new(),
            bounds: [Bounds::default(); ORDERS],
            history: Vec::new(),
        })
    }

    /// The number of orders.
    pub fn orders(&self) -> usize {
        self.model.order().min(ORDERS)
    }

    /// Moves to the root, after a history that begins with the line.
    pub fn begin(&mut self, history: &[WordId]) {
        let most = history.len().min(self.orders() - 1);
        self.history.clear();
        self.history.extend_from_slice(&history[history.len() - most..]);
        self.lists.clear();
        for length in 1..=most {
            let list = self.list(length);
            self.lists.push(list);
        }
        self.bounds = [Bounds::default(); ORDERS];
        let mut all = self.singles[self.singles.len() - 1];
        self.bounds[0].high = all;
        for (list, bounds) in self.lists.iter().zip(&mut self.bounds[1..]) {
            let end = list.positions.len();
            all = list.sum(end) + list.backoff * all;
            (bounds.high, bounds.high_at) = (all, end as u32);
        }
    }

    /// Sets what is below a position, for every order.
    fn set_middle(&mut self, position: u32) {
        let mut below = self.singles[position as usize];
        self.bounds[0].middle = below;
        for (list, bounds) in self.lists.iter().zip(&mut self.bounds[1..]) {
            let (low, high) = (bounds.low_at as usize, bounds.high_at as usize);
            let at = low + list.positions[low..high].partition_point(|&other| other < position);
            below = list.sum(at) + list.backoff * below;
            (bounds.middle, bounds.middle_at) = (below, at as u32);
        }
    }

    /// Returns what each order says of a node's halves, the lowest first.
    pub fn parts(&mut self, tree: &WordTree, node: Node, parts: &mut Vec<Halves>) {
        parts.clear();
        self.set_middle(tree.middle(node));
        for bounds in &self.bounds[..=self.lists.len()] {
            parts.push(Halves {
                left: (bounds.middle - bounds.low).max(0.0),
                right: (bounds.high - bounds.middle).max(0.0),
                listed: bounds.high_at - bounds.low_at,
            });
        }
    }

    /// Moves to a half of the node whose parts were asked for last.
    pub fn descend(&mut self, is_left: bool) {
        for bounds in &mut self.bounds[..=self.lists.len()] {
            match is_left {
                true => (bounds.high, bounds.high_at) = (bounds.middle, bounds.middle_at),
                false => (bounds.low, bounds.low_at) = (bounds.middle, bounds.middle_at),
            }
        }
    }

    /// Returns the list after the last `length` words of the history.
    fn list(&mut self, length: usize) -> Arc<List> {
        let history = &self.history[self.history.len() - length..];
        let numbers: [u32; ORDERS] =
            std::array::from_fn(|at| history.get(at).map_or(0, |word| word.0));
        let key = context_of(&numbers[..length]);
        if let Some(list) = self.recent.young(key) {
            return list;
        }
        let list = match self.recent.old(key) {
            Some(list) => list,
            None => Arc::new(self.make(history, self.lists.last().map(|list| &**list))),
        };
        self.recent.put(key, &list, list.ids.len());
        list
    }

    fn make(&self, history: &[WordId], of_shorter: Option<&List>) -> List {
        let mut list = List {
            backoff: 1.0,
            positions: Vec::new(),
            sums: Vec::new(),
            ids: Vec::new(),
            probabilities: Vec::new(),
        };
        let Some(listed) = self.model.listed_after(history) else { return list };
        list.backoff = probability(listed.backoff);
        let shorter = &history[1..];
        // Position and what it has more, in one number: such numbers are sorted fast.
        let mut more: Vec<u64> = Vec::with_capacity(listed.words.len());
        list.ids.reserve_exact(listed.words.len());
        list.probabilities.reserve_exact(listed.words.len());
        let mut rest = of_shorter.map_or(&[][..], |list| &list.ids[..]);
        for (word, log_prob) in listed.words {
            let position = self.positions.get(word.index()).copied().unwrap_or(NOWHERE);
            if position == NOWHERE {
                continue;
            }
            let by_shorter = match of_shorter {
                None => probability(self.model.score(&[], word).log_prob),
                Some(list) => {
                    rest = &rest[gallop(rest, word.0)..];
                    match rest.first() == Some(&word.0) {
                        true => {
                            let at = list.ids.len() - rest.len();
                            f64::from(list.probabilities[at])
                        }
                        false => probability(self.model.score(shorter, word).log_prob),
                    }
                }
            };
            let own = probability(log_prob);
            let above = (own - list.backoff * by_shorter).max(0.0) as f32;
            more.push(u64::from(position) << 32 | u64::from(above.to_bits()));
            list.ids.push(word.0);
            list.probabilities.push(own as f32);
        }
        more.sort_unstable();
        list.positions.reserve_exact(more.len());
        list.sums.reserve_exact(more.len());
        let mut sum = 0.0;
        for position_and_more in more {
            sum += f64::from(f32::from_bits(position_and_more as u32));
            list.positions.push((position_and_more >> 32) as u32);
            list.sums.push(sum);
        }
        list
    }
}

/// Returns a probability or weight, between 1e-30 and 1e9 because a damaged model may have any number.
fn probability(log_prob: LogProb) -> f64 {
    let log10 = if log_prob.0.is_nan() { -30.0 } else { log_prob.0.clamp(-30.0, 9.0) };
    f64::from(exp(log10 * std::f32::consts::LN_10))
}
