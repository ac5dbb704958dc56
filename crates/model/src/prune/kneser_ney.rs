//! Revised Kneser pruning (Siivola, Hirsimäki and Virpioja 2007, "On growing and pruning
//! Kneser–Ney smoothed n-gram models", section III): n-grams go, but not their counts.
//!
//! Kneser–Ney estimates the lower orders so that, mixed with the higher ones, they give every word
//! the probability it has in the training text. An n-gram hw counts once in that of h′w, as a kind of
//! surroundings, because it accounts for its other occurrences itself. When hw goes, so does that
//! account: its count C(hw) passes to h′w, in the place of that 1, and all of it is reserved for the shorter history:
//!
//! ```text
//! C(h′w) ← C(h′w) + C(hw) − 1        p(w|h) = (C(hw) − D) / S(h) + γ(h) · p(w|h′)         kept
//! L(h)   ← L(h) + C(hw)                     = γ(h) · p(w|h′)                              gone
//!
//! S(h) = Σ C(hv), over all v that ever followed        γ(h) = (Σ D, over the kept, + L(h)) / S(h)
//! ```
//!
//! The discounts are fitted to the counts as they are then. What is lost with hw is
//! C(hw) · (log10 p(w|h) − log10 p′(w|h)), where p′ is the probability after all this (their
//! PRUNEGRAM). Siivola et al. prune greedily, one n-gram after another; here the losses of all n-grams are found
//! together, for a threshold, and found again in the model that this threshold left, a few
//! times, so that nothing depends on an order and any number of n-grams can be asked for.

use super::cut::keep;
use super::prefixes::{Prefixes, in_pieces};
use super::target::{NoThreshold, Target, threshold_of};
use super::worth;
use crate::ScoredLevel;
use crate::estimate::Estimator;
use crate::log10::{log10, log10_of_any};
use crate::smoothing::{Fitted, HistoryCounts, Settings, Smoothing};
use crate::table::{OwnedTable, TableView};
use ngram_counts::{Cancelled, CountsOfCounts, Progress};

/// How often the losses are found anew.
const ROUNDS: usize = 3;

/// All n-grams with their counts: the table has no probabilities yet.
pub(crate) struct Counted {
    pub table: OwnedTable,
    /// The counts of single words, and of the n-grams after histories of each length from 1.
    pub unigrams: Vec<u64>,
    pub counts: Vec<Vec<u32>>,
}

/// What is left.
pub(crate) struct Left {
    /// Probabilities of single words.
    pub unigrams: Vec<f64>,
    pub levels: Vec<ScoredLevel>,
    /// Of each order from 1: the counts-of-counts that discounts were fitted to, and what came of it.
    pub counts_of_counts: Vec<CountsOfCounts>,
    pub fitted: Vec<Fitted>,
    /// N-grams went that were worth less, in log10 of the training text's probability.
    pub threshold: f32,
}

/// Prunes to `target`, which is no file size, and estimates what is left.
pub(crate) fn prune(
    counted: Counted,
    method: &dyn Smoothing,
    settings: &Settings,
    target: Target,
    progress: &dyn Progress,
) -> Result<Left, PruneCountsError> {
    let view = counted.table.view();
    let prefixes = Prefixes::of(&view);
    progress.proceed()?;
    let trie = Trie::new(&view, &counted, method, settings);
    let mut worths: Vec<Vec<f32>> =
        counted.counts.iter().map(|counts| vec![f32::INFINITY; counts.len()]).collect();
    let mut threshold = f32::NEG_INFINITY;
    for _ in 0..ROUNDS {
        progress.proceed()?;
        let state = trie.state(&worths, threshold);
        let mut found: Vec<Vec<f32>> =
            (0..worths.len()).map(|depth| trie.losses(&state, depth)).collect();
        worth::pass_on(&view, &prefixes, &mut found, 2);
        worths = found;
        threshold = threshold_of(target, view.unigrams.len() as u64, &worths)?;
    }
    progress.proceed()?;
    let state = trie.state(&worths, threshold);
    let levels = keep(
        &view,
        &worths,
        threshold,
        |depth, history, _| log10_of_any(state.reserved[depth][history]),
        |depth, at| log10(state.probs[depth][at]),
    );
    let State { unigrams, counts_of_counts, estimator, .. } = state;
    Ok(Left { unigrams, levels, counts_of_counts, fitted: estimator.fitted, threshold })
}

/// Why counts were not pruned.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PruneCountsError {
    /// No threshold leads to the target.
    #[error(transparent)]
    Target(#[from] NoThreshold),
    /// The work was stopped.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

struct Trie<'a> {
    view: &'a TableView<'a>,
    counted: &'a Counted,
    method: &'a dyn Smoothing,
    settings: &'a Settings,
    /// For each level but the first: where each n-gram without its first word stands in the one before.
    suffixes: Vec<Vec<u32>>,
}

/// A model of some of the n-grams.
struct State {
    /// Counts with those of longer n-grams that are gone.
    counts: Vec<Vec<u32>>,
    /// S of each history.
    totals: Vec<Vec<u64>>,
    counts_of_counts: Vec<CountsOfCounts>,
    estimator: Estimator,
    unigrams: Vec<f64>,
    unigram_total: f64,
    /// p(w|h) of every n-gram, kept or gone.
    probs: Vec<Vec<f64>>,
    /// γ of each history.
    reserved: Vec<Vec<f64>>,
    /// Whether each n-gram is gone.
    gone: Vec<Vec<bool>>,
}

impl<'a> Trie<'a> {
    fn new(
        view: &'a TableView<'a>,
        counted: &'a Counted,
        method: &'a dyn Smoothing,
        settings: &'a Settings,
    ) -> Trie<'a> {
        let suffixes = (0..view.levels.len()).map(|depth| match depth {
            0 => Vec::new(),
            _ => in_pieces(view, depth, |numbers, walk, list: &mut Vec<u32>| {
                let shorter = &view.levels[depth - 1];
                for history in numbers {
                    let parent = walk.path()[depth - 1];
                    list.extend(view.levels[depth].successors(history).map(|(word, _)| {
                        // Whatever follows a history follows the shorter one, too.
                        shorter.place(parent, word).unwrap_or_default() as u32
                    }));
                    walk.advance();
                }
            }),
        });
        Trie { view, counted, method, settings, suffixes: suffixes.collect() }
    }

    /// The model of the n-grams that are worth `threshold` or more.
    fn state(&self, worths: &[Vec<f32>], threshold: f32) -> State {
        let view = self.view;
        let mut counts = self.counted.counts.clone();
        let mut single = self.counted.unigrams.clone();
        for depth in (0..counts.len()).rev() {
            let (shorter, rest) = counts.split_at_mut(depth);
            for (at, &count) in rest[0].iter().enumerate() {
                if worths[depth][at] >= threshold {
                    continue;
                }
                match shorter.last_mut() {
                    Some(shorter) => shorter[self.suffixes[depth][at] as usize] += count - 1,
                    None => {
                        let word = view.levels[0].successor_words[at].get();
                        single[word as usize] += u64::from(count) - 1;
                    }
                }
            }
        }
        let of_words = single.iter().map(|&count| count.min(u64::from(u32::MAX)) as u32);
        let mut counts_of_counts: Vec<CountsOfCounts> =
            vec![of_words.filter(|&count| count > 0).collect()];
        for depth in 0..counts.len() {
            let all = match std::env::var("KN_FIT").as_deref() {
                Ok("kept") => counts[depth]
                    .iter()
                    .zip(&worths[depth])
                    .filter(|(_, w)| **w >= threshold)
                    .map(|(c, _)| *c)
                    .collect(),
                Ok("before") => self.counted.counts[depth].iter().copied().collect(),
                _ => counts[depth].iter().copied().collect(),
            };
            counts_of_counts.push(all);
        }
        let words = view.unigrams.len() as u64 - 1;
        let estimator = Estimator::fit(self.method, &counts_of_counts, words, self.settings);
        let unigrams = estimator.unigrams(&single);
        let unigram_total = single.iter().sum::<u64>() as f64;
        let mut state = State {
            counts,
            totals: Vec::new(),
            counts_of_counts,
            estimator,
            unigrams,
            unigram_total,
            probs: Vec::new(),
            reserved: Vec::new(),
            gone: worths
                .iter()
                .map(|worths| worths.iter().map(|&worth| worth < threshold).collect())
                .collect(),
        };
        for depth in 0..worths.len() {
            self.estimate(&mut state, depth, &worths[depth], threshold);
        }
        state
    }

    fn estimate(&self, state: &mut State, depth: usize, worths: &[f32], threshold: f32) {
        let level = &self.view.levels[depth];
        let discount = &*state.estimator.fitted[depth + 1].discount;
        let counts = &state.counts[depth];
        let histories = in_pieces(self.view, depth, |numbers, _, list: &mut Vec<(u64, f64)>| {
            let mut shares = Vec::new();
            for history in numbers {
                let own = level.successor_range(history);
                let own_counts = &counts[own.clone()];
                let total: u64 = own_counts.iter().map(|&count| u64::from(count)).sum();
                let mut reserved = 1.0;
                if total > 0 {
                    let of = HistoryCounts::new(total, own.len() as u64);
                    discount.shares(own_counts, of, &mut shares);
                    reserved = own_counts
                        .iter()
                        .zip(&shares)
                        .zip(&worths[own])
                        .map(|((&count, share), &worth)| {
                            let gone = worth < threshold;
                            f64::from(count) * of.scale - if gone { 0.0 } else { *share }
                        })
                        .sum();
                }
                list.push((total, reserved));
            }
        });
        let (totals, reserved): (Vec<u64>, Vec<f64>) = histories.into_iter().unzip();
        let probs = in_pieces(self.view, depth, |numbers, _, list: &mut Vec<f64>| {
            let mut shares = Vec::new();
            for history in numbers {
                let own = level.successor_range(history);
                if own.is_empty() {
                    continue;
                }
                let of = HistoryCounts::new(totals[history], own.len() as u64);
                discount.shares(&counts[own.clone()], of, &mut shares);
                for (at, share) in own.zip(&shares) {
                    let share = if worths[at] >= threshold { *share } else { 0.0 };
                    list.push(share + reserved[history] * self.lower(state, depth, at));
                }
            }
        });
        state.totals.push(totals);
        state.reserved.push(reserved);
        state.probs.push(probs);
    }

    /// p(w|h′) of an n-gram hw.
    fn lower(&self, state: &State, depth: usize, at: usize) -> f64 {
        match depth {
            0 => state.unigrams[self.view.levels[0].successor_words[at].get() as usize],
            _ => state.probs[depth - 1][self.suffixes[depth][at] as usize],
        }
    }

    /// What p(w|h) would be of an n-gram at `at` in the level, h being number `path[depth]`, if
    /// it had so many more counts, or fewer, and was kept or gone as before.
    fn with(
        &self,
        state: &State,
        path: &[usize],
        at: Option<usize>,
        word: usize,
        more: f64,
        is_gone: &dyn Fn(usize, usize) -> bool,
    ) -> f64 {
        let Some((&history, shorter)) = path.split_last() else {
            let total = state.unigram_total;
            return (state.unigrams[word] * total + more) / (total + more);
        };
        let depth = shorter.len();
        let at = at.unwrap_or_default();
        let total = state.totals[depth][history] as f64;
        if !is_gone(depth, at) {
            return (state.probs[depth][at] * total + more) / (total + more);
        }
        let reserved = (state.reserved[depth][history] * total + more) / (total + more);
        let suffix = self.suffixes[depth].get(at).map(|&suffix| suffix as usize);
        reserved * self.with(state, shorter, suffix, word, more, is_gone)
    }

    /// What is lost with each n-gram after histories of length `depth` + 1.
    fn losses(&self, state: &State, depth: usize) -> Vec<f32> {
        let level = &self.view.levels[depth];
        let discount = &*state.estimator.fitted[depth + 1].discount;
        let counts = &state.counts[depth];
        let is_gone = |d: usize, at: usize| state.gone[d][at];
        let with_rest = std::env::var("KN_REST").is_ok();
        in_pieces(self.view, depth, |numbers, walk, list: &mut Vec<f32>| {
            let mut shares = Vec::new();
            for history in numbers {
                let own = level.successor_range(history);
                if own.is_empty() {
                    walk.advance();
                    continue;
                }
                let total = state.totals[depth][history];
                let of = HistoryCounts::new(total, own.len() as u64);
                discount.shares(&counts[own.clone()], of, &mut shares);
                let reserved = state.reserved[depth][history];
                let gone_tokens: f64 = own
                    .clone()
                    .filter(|&at| is_gone(depth, at))
                    .map(|at| f64::from(counts[at]))
                    .sum();
                for (at, &share) in own.zip(&shares) {
                    let count = f64::from(counts[at]);
                    let word = level.successor_words[at].get() as usize;
                    let suffix = self.suffixes[depth].get(at).map(|&suffix| suffix as usize);
                    let shorter = &walk.path()[..depth];
                    let lower = self.lower(state, depth, at);
                    let moved = |more: f64| match more {
                        0.0 => lower,
                        more => self.with(state, shorter, suffix, word, more, &is_gone),
                    };
                    let (kept_reserved, gone_reserved, kept, gone) = if is_gone(depth, at) {
                        let kept_reserved = (reserved - share).max(0.0);
                        let kept = share + kept_reserved * moved(1.0 - count);
                        (kept_reserved, reserved, kept, reserved * lower)
                    } else {
                        let gone_reserved = reserved + share;
                        let kept = share + reserved * lower;
                        (reserved, gone_reserved, kept, gone_reserved * moved(count - 1.0))
                    };
                    let mut loss = count * (kept / gone).log10();
                    if with_rest && kept_reserved > 0.0 {
                        let others = gone_tokens - if is_gone(depth, at) { count } else { 0.0 };
                        loss -= others * (gone_reserved / kept_reserved).log10();
                    }
                    list.push(if loss.is_nan() { f32::INFINITY } else { loss as f32 });
                }
                walk.advance();
            }
        })
    }
}
