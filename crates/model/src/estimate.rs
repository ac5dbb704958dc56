//! Counts to probabilities and back-off weights, one pass down the history trie.
//!
//! ```text
//! p(w|h) = share(c(hw)) + reserved(h) · p(w|h′)        h′ = h without its first word
//! ```
//!
//! Every successor of h is also one of h′, its parent in the trie, whose probabilities are at hand
//! when h is visited. The back-off weight of h is reserved(h). Below the shortest history lies the
//! empty one, and below that the uniform distribution over all words but `<s>`.

use crate::smoothing::{Discount, Fitted, HistoryCounts};
use ngram_counts::{Level, Shard};
use ngram_tokenizer::WordId;

/// Takes the estimates of one history after another.
pub trait Sink {
    /// `probs` are the probabilities of the successors of the next history of this length, in the
    /// order of the trie; `backoff` is its back-off weight. Neither is rounded.
    fn history(&mut self, length: usize, probs: &[f64], backoff: f64);
}

/// The probabilities of single words, by number: 0 for `<s>`, and for all others 1 in sum (less
/// where the method leaves unseen words without probability and there is nothing to give).
pub fn unigrams(counts: &[u64], discount: &dyn Discount) -> Vec<f64> {
    let begin = WordId::BEGIN.index();
    let words = counts.len() - 1;
    let types = counts.iter().filter(|count| **count > 0).count() as u64;
    let history = HistoryCounts::new(counts.iter().sum(), types);
    let share = |count| if count == 0 { 0.0 } else { discount.share(count, history) };
    let mut probs: Vec<f64> = counts.iter().map(|&count| share(count)).collect();
    let relative = |count: u64| count as f64 * history.scale;
    let reserved: f64 =
        counts.iter().zip(&probs).map(|(&count, share)| relative(count) - share).sum();
    let uniform = reserved / words as f64;
    probs.iter_mut().for_each(|prob| *prob += uniform);
    probs[begin] = 0.0;
    probs
}

/// Buffers for estimating one shard after another.
#[derive(Default)]
pub struct Scratch {
    /// For each depth, the probabilities of the successors of the history being visited.
    probs: Vec<Vec<f64>>,
    /// For each depth, where a word stands among those successors, for long lists.
    places: Vec<Vec<u32>>,
}

/// Estimates all histories of a shard, short ones before their extensions.
///
/// `fitted[d]` is the method of order d + 1, and `unigrams` the probabilities of single words.
pub fn shard(
    shard: &Shard,
    fitted: &[Fitted],
    unigrams: &[f64],
    scratch: &mut Scratch,
    sink: &mut impl Sink,
) {
    let depths = shard.levels.len();
    scratch.probs.resize(depths, Vec::new());
    scratch.places.resize(depths, Vec::new());
    let Scratch { probs, places } = scratch;
    let mut descent = Descent { levels: &shard.levels, fitted, unigrams, probs, places, sink };
    for history in 0..shard.levels[0].successor_ends.len() {
        descent.visit(0, history, Lower::Unigrams);
    }
}

struct Descent<'a, S> {
    levels: &'a [Level],
    fitted: &'a [Fitted],
    unigrams: &'a [f64],
    probs: &'a mut [Vec<f64>],
    places: &'a mut [Vec<u32>],
    sink: &'a mut S,
}

/// How to find p(w|h′) for the successors w of h.
#[derive(Clone, Copy)]
enum Lower {
    /// h′ is the empty history.
    Unigrams,
    /// Walking along the successors of this history, the parent.
    Walk { parent: usize },
    /// By way of the parent's `places`.
    Places,
}

/// From so many successors on, a history with several children lists its successors' places.
const LONG: usize = 12;

impl<S: Sink> Descent<'_, S> {
    fn visit(&mut self, depth: usize, history: usize, lower: Lower) {
        let level = &self.levels[depth];
        let successors = level.successors(history);
        let counts = &level.successor_counts[successors.clone()];
        let words = &level.successor_words[successors];
        let (shorter, own) = self.probs.split_at_mut(depth);
        let probs = &mut own[0];
        let mut reserved = 1.0;
        if !counts.is_empty() {
            let total = counts.iter().map(|&count| u64::from(count)).sum();
            let of_history = HistoryCounts::new(total, counts.len() as u64);
            self.fitted[depth + 1].discount.shares(counts, of_history, probs);
            // Summing what is taken away keeps full precision however little it is.
            reserved = 0.0;
            for (&count, share) in counts.iter().zip(&*probs) {
                reserved += f64::from(count) * of_history.scale - share;
            }
            match lower {
                Lower::Unigrams => {
                    for (prob, &word) in probs.iter_mut().zip(words) {
                        *prob += reserved * self.unigrams[word as usize];
                    }
                }
                Lower::Places => {
                    let (parent, places) = (&shorter[depth - 1], &self.places[depth - 1]);
                    for (prob, &word) in probs.iter_mut().zip(words) {
                        *prob += reserved * parent[places[word as usize] as usize];
                    }
                }
                Lower::Walk { parent } => {
                    let above = &self.levels[depth - 1];
                    let range = above.successors(parent);
                    let mut along = above.successor_words[range].iter().zip(&shorter[depth - 1]);
                    for (prob, &word) in probs.iter_mut().zip(words) {
                        if let Some((_, lower)) = along.find(|(candidate, _)| **candidate == word) {
                            *prob += reserved * lower;
                        }
                    }
                }
            }
        } else {
            probs.clear();
        }
        self.sink.history(depth + 1, probs, reserved);
        if depth + 1 == self.levels.len() {
            return;
        }
        let children = level.children(history);
        let mut lower = Lower::Walk { parent: history };
        if children.len() > 1 && words.len() >= LONG {
            let places = &mut self.places[depth];
            places.resize(self.unigrams.len(), 0);
            for (place, &word) in (0u32..).zip(words) {
                places[word as usize] = place;
            }
            lower = Lower::Places;
        }
        for child in children {
            self.visit(depth + 1, child, lower);
        }
    }
}
