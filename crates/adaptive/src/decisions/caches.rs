//! How often each half of each node was taken lately, with counts that decay with age.

use crate::tree::Node;
use rustc_hash::FxHashMap;

/// The half-lives of the caches, in tokens (Kuhn and De Mori 1990; Clarkson and Robinson 1997 for the decay).
const HALF_LIVES: [f64; CACHES] = [200.0, 1000.0, 8000.0];
/// The number of caches.
pub const CACHES: usize = 3;

/// For each cache, the counts of the left and of the right half.
type CachedHalves = [[f64; 2]; CACHES];

/// Caches over the nodes of the tree.
#[derive(Clone)]
pub struct Caches {
    nodes: Vec<CachedHalves>,
    /// Decisions that are not in the tree.
    others: FxHashMap<u64, CachedHalves>,
    /// The count of one occurrence now. It grows, which is equivalent to shrinking all others.
    now: [f64; CACHES],
    growth: [f64; CACHES],
}

impl Caches {
    /// Creates empty caches for a tree of `nodes` inner nodes.
    pub fn new(nodes: usize) -> Caches {
        let growth = HALF_LIVES.map(|half_life| {
            // Four terms of 2^(1/half-life), which give the same number on every machine.
            let step = std::f64::consts::LN_2 / half_life;
            1.0 + step + step * step / 2.0 + step * step * step / 6.0
        });
        Caches {
            nodes: vec![[[0.0; 2]; CACHES]; nodes],
            others: FxHashMap::default(),
            now: [1.0; CACHES],
            growth,
        }
    }

    /// Returns the counts of both halves in each cache, in occurrences.
    pub fn get(&self, node: Option<Node>, key: u64) -> CachedHalves {
        let mut halves = match node {
            Some(node) => self.nodes[node.number as usize],
            None => self.others.get(&key).copied().unwrap_or_default(),
        };
        for (halves, now) in halves.iter_mut().zip(self.now) {
            halves.iter_mut().for_each(|count| *count /= now);
        }
        halves
    }

    /// Adds an occurrence of a half.
    pub fn add(&mut self, node: Option<Node>, key: u64, is_left: bool) {
        let halves = match node {
            Some(node) => &mut self.nodes[node.number as usize],
            None => self.others.entry(key).or_default(),
        };
        for (halves, now) in halves.iter_mut().zip(self.now) {
            halves[usize::from(!is_left)] += now;
        }
    }

    /// Moves on by a token.
    pub fn advance(&mut self) {
        for cache in 0..CACHES {
            self.now[cache] *= self.growth[cache];
            if self.now[cache] > 1e100 {
                let now = std::mem::replace(&mut self.now[cache], 1.0);
                for halves in self.nodes.iter_mut().chain(self.others.values_mut()) {
                    halves[cache].iter_mut().for_each(|count| *count /= now);
                }
            }
        }
    }
}
