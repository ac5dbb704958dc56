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
use super::tree::{Node, WordTree};
use crate::recent_lists::RecentLists;
use crate::seen::context_of;
use crate::steps::gallop;
use ngram_model::{ClassModel, LanguageModel, LogProb, SkipModel};
use ngram_tokenizer::WordId;
use std::sync::Arc;

/// The most listed words kept before the lists least recently used are dropped.
const KEPT: usize = 12 << 20;
/// The number of orders that take part, counted from the lowest.
pub const ORDERS: usize = 6;

/// A model whose lists predict decisions.
#[derive(Clone, Copy)]
pub enum Expert<'m> {
    /// A table of words.
    Words(&'m dyn LanguageModel),
    /// A model of classes: it predicts decisions between classes only.
    Classes(&'m ClassModel),
    /// A model that skips words.
    Skips(&'m SkipModel),
}

/// The error for a model that does not list the successors of a history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("its layout does not list what follows a history: convert it to the fast layout")]
pub struct NoLists;

/// The words listed after a history, by position (or by class).
#[derive(Clone)]
struct List {
    backoff: f64,
    /// In rising order, and the sum of what they have more, including each.
    units: Vec<u32>,
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
    expert: Expert<'m>,
    table: &'m dyn LanguageModel,
    /// For each word of the main model, the word of the table (its class, for a model of classes).
    words: Vec<WordId>,
    /// For each word of the table, its position in the tree, or its class.
    units: Vec<u32>,
    /// The sums of single words' probabilities below each unit.
    singles: Vec<f64>,
    recent: RecentLists<List>,
    lists: Vec<Arc<List>>,
    bounds: [Bounds; ORDERS],
    history: Vec<WordId>,
}

/// A word of the table that is in no range of the tree.
const NOWHERE: u32 = u32::MAX;

impl<'m> Chain<'m> {
    /// Creates the chain of a model beside the main model, whose words the tree has.
    ///
    /// # Errors
    ///
    /// If the model does not list the successors of a history.
    pub fn new(
        main: &dyn LanguageModel,
        tree: &WordTree,
        expert: Expert<'m>,
    ) -> Result<Chain<'m>, NoLists> {
        let table: &'m dyn LanguageModel = match &expert {
            Expert::Words(model) => *model,
            Expert::Classes(model) => model.classes(),
            Expert::Skips(model) => model.table(),
        };
        let own: &dyn LanguageModel = match &expert {
            Expert::Words(model) => *model,
            Expert::Classes(model) => *model,
            Expert::Skips(model) => *model,
        };
        if table.order() > 1 && table.listed_after(&[WordId::BEGIN]).is_none() {
            return Err(NoLists);
        }
        let is_classes = matches!(expert, Expert::Classes(_));
        let mut units = vec![NOWHERE; table.vocab().len()];
        let count = main.vocab().len() as u32;
        let mut words = Vec::with_capacity(count as usize);
        for id in (0..count).map(WordId) {
            let mut word = match id.0 < WordId::SPECIAL {
                true => id,
                false => own.vocab().id_or_unknown(main.vocab().word(id)),
            };
            if let Expert::Classes(model) = &expert {
                word = model.class_of(word);
            }
            words.push(word);
            // A model of classes may have the rare words of a class as unknown.
            if (is_classes || word != WordId::UNKNOWN) && id.0 >= WordId::END.0 {
                let unit = if is_classes { tree.class(id) } else { tree.position(id) };
                if let Some(place) = units.get_mut(word.index()) {
                    *place = unit;
                }
            }
        }
        let number = if is_classes { tree.class_count() } else { tree.len() };
        let mut singles = vec![0.0; number as usize + 1];
        for (id, &unit) in (0u32..).zip(&units) {
            if unit != NOWHERE {
                singles[unit as usize + 1] += probability(table.score(&[], WordId(id)).log_prob);
            }
        }
        for unit in 0..number as usize {
            singles[unit + 1] += singles[unit];
        }
        Ok(Chain {
            expert,
            table,
            words,
            units,
            singles,
            recent: RecentLists::new(KEPT),
            lists: Vec::new(),
            bounds: [Bounds::default(); ORDERS],
            history: Vec::new(),
        })
    }

    /// The model.
    pub fn expert(&self) -> Expert<'m> {
        self.expert
    }

    /// The number of orders.
    pub fn orders(&self) -> usize {
        self.table.order().min(ORDERS)
    }

    /// Moves to the root, after a history of the main model's words that begins with the line.
    pub fn begin(&mut self, history: &[WordId]) {
        let apart;
        let recent = match &self.expert {
            Expert::Skips(model) => {
                apart = model.apart(history);
                &apart[..]
            }
            _ => history,
        };
        let most = recent.len().min(self.orders() - 1);
        let own = recent[recent.len() - most..].iter();
        self.history.clear();
        self.history
            .extend(own.map(|word| self.words.get(word.index()).copied().unwrap_or_default()));
        self.lists.clear();
        for length in 1..=most {
            let list = self.list(length);
            self.lists.push(list);
        }
        self.bounds = [Bounds::default(); ORDERS];
        let mut all = self.singles[self.singles.len() - 1];
        self.bounds[0].high = all;
        for (list, bounds) in self.lists.iter().zip(&mut self.bounds[1..]) {
            let end = list.units.len();
            all = list.sum(end) + list.backoff * all;
            (bounds.high, bounds.high_at) = (all, end as u32);
        }
    }

    /// Returns the unit at which a node is divided; `None` if the model knows nothing of it.
    fn unit(&self, tree: &WordTree, node: Node) -> Option<u32> {
        match self.expert {
            Expert::Classes(_) if tree.is_in_class(node) => None,
            Expert::Classes(_) => Some(tree.class_at(tree.middle(node))),
            _ => Some(tree.middle(node)),
        }
    }

    /// Sets what is below a unit, for every order.
    fn set_middle(&mut self, unit: u32) {
        let mut below = self.singles[unit as usize];
        self.bounds[0].middle = below;
        for (list, bounds) in self.lists.iter().zip(&mut self.bounds[1..]) {
            let (low, high) = (bounds.low_at as usize, bounds.high_at as usize);
            let at = low + list.units[low..high].partition_point(|&other| other < unit);
            below = list.sum(at) + list.backoff * below;
            (bounds.middle, bounds.middle_at) = (below, at as u32);
        }
    }

    /// Returns what each order says of a node's halves, the lowest first.
    pub fn parts(&mut self, tree: &WordTree, node: Node, parts: &mut Vec<Halves>) {
        parts.clear();
        let Some(unit) = self.unit(tree, node) else { return };
        self.set_middle(unit);
        for bounds in &self.bounds[..=self.lists.len()] {
            parts.push(Halves {
                left: (bounds.middle - bounds.low).max(0.0),
                right: (bounds.high - bounds.middle).max(0.0),
                listed: bounds.high_at - bounds.low_at,
            });
        }
    }

    /// Moves to a half of the node whose parts were asked for last.
    pub fn descend(&mut self, tree: &WordTree, node: Node, is_left: bool) {
        if self.unit(tree, node).is_none() {
            return;
        }
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
            units: Vec::new(),
            sums: Vec::new(),
            ids: Vec::new(),
            probabilities: Vec::new(),
        };
        let Some(listed) = self.table.listed_after(history) else { return list };
        list.backoff = probability(listed.backoff);
        let shorter = &history[1..];
        // Unit and what it has more, in one number: such numbers are sorted fast.
        let mut more: Vec<u64> = Vec::with_capacity(listed.words.len());
        list.ids.reserve_exact(listed.words.len());
        list.probabilities.reserve_exact(listed.words.len());
        let mut rest = of_shorter.map_or(&[][..], |list| &list.ids[..]);
        for (word, log_prob) in listed.words {
            let Some(&unit) = self.units.get(word.index()) else { continue };
            if unit == NOWHERE {
                continue;
            }
            let by_shorter = match of_shorter {
                None => probability(self.table.score(&[], word).log_prob),
                Some(list) => {
                    rest = &rest[gallop(rest, word.0)..];
                    match rest.first() == Some(&word.0) {
                        true => {
                            let at = list.ids.len() - rest.len();
                            f64::from(list.probabilities[at])
                        }
                        false => probability(self.table.score(shorter, word).log_prob),
                    }
                }
            };
            let own = probability(log_prob);
            let above = (own - list.backoff * by_shorter).max(0.0) as f32;
            more.push(u64::from(unit) << 32 | u64::from(above.to_bits()));
            list.ids.push(word.0);
            list.probabilities.push(own as f32);
        }
        more.sort_unstable();
        list.units.reserve_exact(more.len());
        list.sums.reserve_exact(more.len());
        let mut sum = 0.0;
        for unit_and_more in more {
            let unit = (unit_and_more >> 32) as u32;
            sum += f64::from(f32::from_bits(unit_and_more as u32));
            match list.units.last() == Some(&unit) {
                // Words of one class.
                true => list.sums.pop().map_or((), |_| list.sums.push(sum)),
                false => {
                    list.units.push(unit);
                    list.sums.push(sum);
                }
            }
        }
        list
    }
}

/// Returns a probability or weight, between 1e-30 and 1e9 because a damaged model may have any number.
fn probability(log_prob: LogProb) -> f64 {
    let log10 = if log_prob.0.is_nan() { -30.0 } else { log_prob.0.clamp(-30.0, 9.0) };
    f64::from(exp(log10 * std::f32::consts::LN_10))
}
