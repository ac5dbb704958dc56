//! The model of the n-grams that are kept, and the loss of pruning each.

use super::{CountedTable, PruneCountsError};
use crate::estimate::Estimator;
use crate::smoothing::{HistoryCounts, Settings, Smoothing};
use ngram_counts::CountsOfCounts;
use ngram_edit::prune::prefixes::in_pieces;
use ngram_model::log10::log10_of_any;
use ngram_model::table::TableView;
use ngram_model::walk::Walk;
use ngram_store::{Cancelled, Progress};
use std::ops::Range;

/// All n-grams, kept or gone.
pub(super) struct Trie<'a> {
    view: &'a TableView<'a>,
    counted: &'a CountedTable,
    method: &'a dyn Smoothing,
    settings: &'a Settings,
    progress: &'a dyn Progress,
    /// For each history length but the first: the position of each n-gram without its first word
    /// among the n-grams with shorter histories.
    suffixes: Vec<Vec<u32>>,
}

/// A model of some of the n-grams.
pub(super) struct Revised {
    pub counts_of_counts: Vec<CountsOfCounts>,
    pub estimator: Estimator,
    pub unigrams: Vec<f64>,
    /// For each history length, p(w|h) of every n-gram, kept or gone.
    pub probs: Vec<Vec<f64>>,
    /// γ of each history.
    pub reserved: Vec<Vec<f64>>,
    /// C: counts, including those passed on from longer n-grams that are gone.
    counts: Vec<Vec<u32>>,
    /// S of each history.
    totals: Vec<Vec<u64>>,
    unigram_total: f64,
    gone: Vec<Vec<bool>>,
}

impl<'a> Trie<'a> {
    pub fn new(
        view: &'a TableView<'a>,
        counted: &'a CountedTable,
        method: &'a dyn Smoothing,
        settings: &'a Settings,
        progress: &'a dyn Progress,
    ) -> Result<Trie<'a>, Cancelled> {
        let suffixes = (0..view.levels.len()).map(|depth| match depth {
            0 => Ok(Vec::new()),
            _ => in_pieces(view, depth, progress, |numbers, walk, list: &mut Vec<u32>| {
                let shorter = &view.levels[depth - 1];
                for history in numbers {
                    let parent = walk.path()[depth - 1];
                    list.extend(view.levels[depth].successors(history).map(|(word, _)| {
                        // Every word that follows a history also follows the shorter one.
                        shorter.place(parent, word).unwrap_or_default() as u32
                    }));
                    walk.advance();
                }
            }),
        });
        let suffixes = suffixes.collect::<Result<_, Cancelled>>()?;
        Ok(Trie { view, counted, method, settings, progress, suffixes })
    }

    /// Estimates the model of the n-grams worth `threshold` or more.
    ///
    /// # Errors
    ///
    /// If the count of an n-gram, with those that pass to it, exceeds 32 bits, or if the work was stopped.
    pub fn model(&self, worths: &[Vec<f32>], threshold: f32) -> Result<Revised, PruneCountsError> {
        let is_gone = |worths: &Vec<f32>| worths.iter().map(|&worth| worth < threshold).collect();
        let gone: Vec<Vec<bool>> = worths.iter().map(is_gone).collect();
        let (counts, single) = self.pass_on_counts(&gone)?;
        let seen = single.iter().copied().filter(|&count| count > 0);
        let mut counts_of_counts: Vec<CountsOfCounts> = vec![seen.collect()];
        let longer = counts.iter().map(|counts| counts.iter().map(|&count| count.into()).collect());
        counts_of_counts.extend(longer);
        let words = self.view.unigrams.len() as u64 - 1;
        let estimator = Estimator::fit(self.method, &counts_of_counts, words, self.settings);
        let mut model = Revised {
            unigrams: estimator.unigrams(&single),
            unigram_total: single.iter().sum::<u64>() as f64,
            counts_of_counts,
            estimator,
            probs: Vec::new(),
            reserved: Vec::new(),
            counts,
            totals: Vec::new(),
            gone,
        };
        for depth in 0..worths.len() {
            self.estimate(&mut model, depth)?;
        }
        Ok(model)
    }

    /// Adds the counts of n-grams that are gone to those of the n-grams without their first word,
    /// from the highest order down.
    fn pass_on_counts(
        &self,
        gone: &[Vec<bool>],
    ) -> Result<(Vec<Vec<u32>>, Vec<u64>), PruneCountsError> {
        let mut counts = self.counted.counts.clone();
        let mut single = self.counted.unigrams.clone();
        for depth in (0..counts.len()).rev() {
            let (shorter, rest) = counts.split_at_mut(depth);
            for (at, &count) in rest[0].iter().enumerate().filter(|&(at, _)| gone[depth][at]) {
                if let Some(shorter) = shorter.last_mut() {
                    let own = &mut shorter[self.suffixes[depth][at] as usize];
                    *own = own
                        .checked_add(count - 1)
                        .ok_or(PruneCountsError::Overflow { order: depth + 1 })?;
                } else {
                    let word = self.view.levels[0].successor_words[at].get();
                    single[word as usize] += u64::from(count) - 1;
                }
            }
        }
        Ok((counts, single))
    }

    /// Computes the shares of all successors of a history as if all were kept, and returns its totals.
    fn shares(
        &self,
        model: &Revised,
        depth: usize,
        history: usize,
        shares: &mut Vec<f64>,
    ) -> HistoryCounts {
        let own = self.view.levels[depth].successor_range(history);
        let counts = &model.counts[depth][own];
        let total = counts.iter().map(|&count| u64::from(count)).sum();
        let of = HistoryCounts::new(total, counts.len() as u64);
        model.estimator.fitted[depth + 1].discount.shares(counts, of, shares);
        of
    }

    /// Estimates what follows histories of length `depth` + 1, once all shorter ones are done.
    fn estimate(&self, model: &mut Revised, depth: usize) -> Result<(), Cancelled> {
        let level = &self.view.levels[depth];
        let gone = &model.gone[depth];
        let of_histories = |numbers: Range<usize>, _: &mut Walk, list: &mut Vec<(u64, f64)>| {
            let mut shares = Vec::new();
            for history in numbers {
                let own = level.successor_range(history);
                if own.is_empty() {
                    list.push((0, 1.0));
                    continue;
                }
                let of = self.shares(model, depth, history, &mut shares);
                let reserved = own.zip(&shares).map(|(at, share)| {
                    let relative = f64::from(model.counts[depth][at]) * of.scale;
                    if gone[at] { relative } else { relative - share }
                });
                // Rounding could take it above 1.
                list.push((of.total, reserved.sum::<f64>().min(1.0)));
            }
        };
        let of_histories = in_pieces(self.view, depth, self.progress, of_histories)?;
        let (totals, reserved): (Vec<u64>, Vec<f64>) = of_histories.into_iter().unzip();
        let probs =
            in_pieces(self.view, depth, self.progress, |numbers, _, list: &mut Vec<f64>| {
                let mut shares = Vec::new();
                for history in numbers {
                    let own = level.successor_range(history);
                    if own.is_empty() {
                        continue;
                    }
                    self.shares(model, depth, history, &mut shares);
                    list.extend(own.zip(&shares).map(|(at, &share)| {
                        let lower = reserved[history] * self.lower(model, depth, at);
                        if gone[at] { lower } else { share + lower }
                    }));
                }
            })?;
        model.totals.push(totals);
        model.reserved.push(reserved);
        model.probs.push(probs);
        Ok(())
    }

    /// Returns p(w|h′) of an n-gram hw.
    fn lower(&self, model: &Revised, depth: usize, at: usize) -> f64 {
        match depth {
            0 => model.unigrams[self.view.levels[0].successor_words[at].get() as usize],
            _ => model.probs[depth - 1][self.suffixes[depth][at] as usize],
        }
    }

    /// Returns p(w|h′) of an n-gram hw if the count of h′w changed by `more`. `path` holds h′ and
    /// its suffixes, from the shortest.
    fn lower_with(
        &self,
        model: &Revised,
        depth: usize,
        at: usize,
        path: &[usize],
        more: f64,
    ) -> f64 {
        let Some((&history, shorter)) = path.split_last() else {
            let total = model.unigram_total;
            return ((self.lower(model, 0, at) * total + more) / (total + more)).max(0.0);
        };
        let above = depth - 1;
        let suffix = self.suffixes[depth][at] as usize;
        let total = model.totals[above][history] as f64;
        if !model.gone[above][suffix] {
            return ((model.probs[above][suffix] * total + more) / (total + more)).max(0.0);
        }
        let reserved = (model.reserved[above][history] * total + more) / (total + more);
        reserved * self.lower_with(model, above, suffix, shorter, more)
    }

    /// Returns the loss of pruning each n-gram after histories of length `depth` + 1. For those
    /// that are gone, this is the loss if they were kept.
    pub fn losses(&self, model: &Revised, depth: usize) -> Result<Vec<f32>, Cancelled> {
        let level = &self.view.levels[depth];
        in_pieces(self.view, depth, self.progress, |numbers, walk, list: &mut Vec<f32>| {
            let mut shares = Vec::new();
            for history in numbers {
                let own = level.successor_range(history);
                let of = match own.is_empty() {
                    true => HistoryCounts::new(1, 1),
                    false => self.shares(model, depth, history, &mut shares),
                };
                let reserved = model.reserved[depth][history];
                for (at, &share) in own.zip(&shares) {
                    let count = f64::from(model.counts[depth][at]);
                    let lower = self.lower(model, depth, at);
                    let with = |more: f64| match more {
                        0.0 => lower,
                        more => self.lower_with(model, depth, at, &walk.path()[..depth], more),
                    };
                    let (kept, gone) = if model.gone[depth][at] {
                        let reserved_if_kept = (reserved - share).max(0.0);
                        (share + reserved_if_kept * with(1.0 - count), reserved * lower)
                    } else {
                        (share + reserved * lower, (reserved + share) * with(count - 1.0))
                    };
                    let discounted = share * of.total as f64;
                    let loss = discounted * f64::from(log10_of_any(kept / gone));
                    // If backing off gives probability 0, the n-gram has to stay.
                    list.push(if gone > 0.0 { loss as f32 } else { f32::INFINITY });
                }
                walk.advance();
            }
        })
    }
}
