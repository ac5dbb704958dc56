//! What followed contexts of many kinds in the training text ([`crate::prepared`]), at the current node of the tree.
//!
//! Of the n times that the node came after a context, n₀ went left. With what the shorter context says, p′, and in the
//! end what the model says, p, that is
//!
//! ```text
//! p″ = (n₀ + K p′) / (n + K)                  K = 4
//! ```
//!
//! (MacKay and Peto 1995 for such hierarchies). The inputs are stretch(p″) − stretch(p), which is 0 where the context has
//! nothing to add; stretch(n₀ : n − n₀); and what the last was worth so far, by n.

use super::logistic::{ln, squash, stretch};
use super::maps::{Map, RowPlace};
use crate::prepared::file::{ContextLists, ListWalk};
use crate::prepared::kinds::{ContextKind, REACH, RecentTokens};
use crate::tree::{Node, WordTree};
use ngram_tokenizer::WordId;
use std::ops::Range;

/// Inputs of each list.
const INPUTS: usize = 3;
/// K: how much the shorter context counts.
const SHORTER: f64 = 4.0;
/// What is added to the counts of both halves.
const UNSEEN: f64 = 0.4;
/// How often a node came is told apart up to this many classes of log2.
const COUNTS: usize = 12;
/// How fast the costs of sources forget.
const LATELY: f32 = 0.001;
/// Sources among which [`ListedContexts::best_sources`] tells the best two, and 1.
pub const RANKED: usize = 8;
/// The kind whose costs tell sources apart.
const RANKED_BY: &str = "source-ww";

/// The lists of a kind.
#[derive(Clone)]
struct ListedKind {
    kind: &'static ContextKind,
    lists: ContextLists,
    /// The number of its first walk, and of that of the shorter kind.
    first: usize,
    shorter: Option<usize>,
    /// The hash of the context, for each source or once.
    hashes: Vec<u64>,
}

/// A walk down the tree through one list.
#[derive(Clone)]
struct Walk {
    place: ListWalk,
    map: Map,
    /// p″ at the node.
    probability: f64,
    learns: Option<RowPlace>,
}

/// The lists of all kinds.
#[derive(Clone)]
pub struct ListedContexts {
    kinds: Vec<ListedKind>,
    walks: Vec<Walk>,
    /// The walks of [`RANKED_BY`].
    ranked: Range<usize>,
    /// How many nats a decision cost each of them lately.
    costs: Vec<f32>,
    is_at_node: bool,
}

impl ListedContexts {
    /// Creates walks through these lists.
    pub fn new(lists: Vec<(&'static ContextKind, ContextLists)>) -> ListedContexts {
        let mut kinds: Vec<ListedKind> = Vec::new();
        let mut count = 0;
        let mut ranked = 0..0;
        for (kind, lists) in lists {
            let sources = if kind.is_by_source { lists.sources() } else { 1 };
            let shorter = kinds.iter().find(|shorter| Some(shorter.kind.name) == kind.shorter);
            let shorter = shorter.filter(|shorter| shorter.hashes.len() == sources);
            let shorter = shorter.map(|shorter| shorter.first);
            if kind.name == RANKED_BY {
                ranked = count..count + sources.min(RANKED - 1);
            }
            kinds.push(ListedKind { kind, lists, first: count, shorter, hashes: vec![0; sources] });
            count += sources;
        }
        let map = Map::new(COUNTS * 4, 1000.0);
        let walk = Walk { place: ListWalk::default(), map, probability: 0.5, learns: None };
        let costs = vec![0.0; ranked.len()];
        ListedContexts { kinds, walks: vec![walk; count], ranked, costs, is_at_node: false }
    }

    /// The number of inputs.
    pub fn inputs(&self) -> usize {
        INPUTS * self.walks.len()
    }

    /// Begins at the root, after these words of a line.
    pub fn begin(&mut self, history: &[WordId], tree: &WordTree) {
        let mut recent = RecentTokens::before_line();
        let near = &history[history.len().saturating_sub(REACH)..];
        let line = near.iter().rposition(|&word| word == WordId::BEGIN).map_or(0, |at| at + 1);
        near[line..].iter().for_each(|&word| recent.push(word.0, tree.class(word)));
        // All memory is asked for before any of it is needed.
        for ListedKind { kind, lists, hashes, .. } in &mut self.kinds {
            for (source, hash) in hashes.iter_mut().enumerate() {
                *hash = kind.hash(&recent, source);
                lists.prefetch(*hash);
            }
        }
        for ListedKind { lists, hashes, .. } in &self.kinds {
            hashes.iter().for_each(|&hash| lists.prefetch_slots(hash));
        }
        let mut walks = self.walks.iter_mut();
        for ListedKind { lists, hashes, .. } in &self.kinds {
            for (&hash, walk) in hashes.iter().zip(&mut walks) {
                walk.place = ListWalk::new(lists, hash);
            }
        }
    }

    /// Adds the inputs at a node, whose left half has the probability `by_model` by the model.
    pub fn ask(
        &mut self,
        tree: &WordTree,
        node: Node,
        is_word: bool,
        by_model: f64,
        inputs: &mut Vec<f32>,
    ) {
        let middle = tree.middle(node);
        let model = stretch(by_model, 1.0 - by_model);
        for ListedKind { lists, first, shorter, hashes, .. } in &self.kinds {
            for source in 0..hashes.len() {
                let below =
                    shorter.map_or(by_model, |shorter| self.walks[shorter + source].probability);
                let walk = &mut self.walks[first + source];
                let [left, right] = walk.place.halves(lists, middle);
                let (all, left) = (f64::from(left) + f64::from(right), f64::from(left));
                walk.probability = (left + SHORTER * below) / (all + SHORTER);
                let own = stretch(walk.probability, 1.0 - walk.probability) - model;
                if all == 0.0 {
                    walk.learns = None;
                    inputs.extend([own, 0.0, 0.0]);
                    continue;
                }
                let x = stretch(left + UNSEEN, all - left + UNSEEN);
                let count = (all as u64).ilog2().min(COUNTS as u32 - 1) as usize;
                let is_sure = usize::from(left == 0.0 || left == all);
                let row = (count * 2 + is_sure) * 2 + usize::from(is_word);
                let (y, place) = walk.map.stretched(row, x);
                walk.learns = Some(place);
                inputs.extend([own, x, y]);
            }
        }
        self.is_at_node = true;
    }

    /// Adds the inputs of a decision that is not at a node: all 0.
    pub fn pass(&mut self, inputs: &mut Vec<f32>) {
        inputs.resize(inputs.len() + self.inputs(), 0.0);
        self.is_at_node = false;
    }

    /// Moves to the half of the node that was asked about last.
    pub fn descend(&mut self, is_left: bool) {
        self.walks.iter_mut().for_each(|walk| walk.place.descend(is_left));
    }

    /// Returns the two sources, from 1, whose texts predicted best lately, as one number below the square of [`RANKED`].
    pub fn best_sources(&self) -> usize {
        let mut best = [(f32::INFINITY, 0); 2];
        for (number, &cost) in (1..).zip(&self.costs) {
            if cost < best[0].0 {
                best = [(cost, number), best[0]];
            } else if cost < best[1].0 {
                best[1] = (cost, number);
            }
        }
        best[0].1 * RANKED + best[1].1
    }

    /// Learns the decision that was asked about last.
    pub fn learn(&mut self, is_left: bool) {
        if !self.is_at_node {
            return;
        }
        for (walk, cost) in self.walks[self.ranked.clone()].iter().zip(&mut self.costs) {
            let x = stretch(walk.probability, 1.0 - walk.probability);
            *cost += (-ln(squash(if is_left { x } else { -x })) - *cost) * LATELY;
        }
        for walk in &mut self.walks {
            if let Some(place) = walk.learns {
                walk.map.learn(place, is_left);
            }
        }
    }
}
