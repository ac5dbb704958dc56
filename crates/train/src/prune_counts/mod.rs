//! Revised Kneser pruning (Siivola, Hirsimäki and Virpioja 2007, "On growing and pruning Kneser–Ney
//! smoothed n-gram models", section III): n-grams are pruned, but their counts are kept.
//!
//! Kneser–Ney estimates the lower orders so that, combined with the higher ones, they give every word its
//! probability in the training text. An n-gram hw adds only 1 to the count of h′w, as one distinct context,
//! because it accounts for its other occurrences itself. When hw is pruned, it no longer does: its whole
//! count C(hw) replaces that 1 in the count of h′w, and all of it is reserved for the shorter history:
//!
//! ```text
//! C(h′w) ← C(h′w) + C(hw) − 1        p(w|h) = (C(hw) − D) / S(h) + γ(h) · p(w|h′)         kept
//! L(h)   ← L(h) + C(hw)                     = γ(h) · p(w|h′)                              gone
//!
//! S(h) = Σ C(hv), over all v that ever followed        γ(h) = (Σ D, over the kept, + L(h)) / S(h)
//! ```
//!
//! The discounts are then fitted to the new counts. The loss of pruning hw is
//!
//! ```text
//! (C(hw) − D) · (log10 p(w|h) − log10 p′(w|h))
//! ```
//!
//! where p′ is the probability after all this. Two things differ from the paper. Its loss has C(hw) itself,
//! which trusts that a long n-gram seen twice will occur as often again, and keeps too many of these; the
//! discounted count is that of Seymore and Rosenfeld (1996). And it prunes greedily, one n-gram after
//! another. Here the losses of all n-grams are computed together, in a few rounds, each in the model that
//! the previous one left. So nothing depends on an order, and any number of n-grams can be asked for.

mod revised;

use crate::smoothing::{Fitted, Settings, Smoothing};
use ngram_counts::CountsOfCounts;
use ngram_edit::prune::cut::keep;
use ngram_edit::prune::prefixes::Prefixes;
use ngram_edit::prune::target::{NoThreshold, Target, threshold_of};
use ngram_edit::prune::worth;
use ngram_model::ScoredLevel;
use ngram_model::log10::{log10, log10_of_any};
use ngram_model::table::OwnedTable;
use ngram_store::{Cancelled, Progress};
use revised::{Revised, Trie};

/// The number of rounds; [`step`] says how far each goes.
const ROUNDS: usize = 4;

/// All n-grams with their counts. The table has no probabilities yet.
pub(crate) struct CountedTable {
    pub table: OwnedTable,
    /// The unigram counts.
    pub unigrams: Vec<u64>,
    /// For each history length from 1, the counts of n-grams, at least 1.
    pub counts: Vec<Vec<u32>>,
}

/// The pruned model.
pub(crate) struct Left {
    /// Unigram probabilities.
    pub unigrams: Vec<f64>,
    pub levels: Vec<ScoredLevel>,
    /// For each order from 1: the counts-of-counts that discounts were fitted to, and the fitted method.
    pub counts_of_counts: Vec<CountsOfCounts>,
    pub fitted: Vec<Fitted>,
    /// N-grams worth less than this were pruned, in log10 of the training text's probability.
    pub threshold: f32,
}

/// Why counts could not be pruned.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PruneCountsError {
    /// No threshold leads to the target.
    #[error(transparent)]
    Target(#[from] NoThreshold),
    /// A shorter n-gram cannot hold the counts of pruned n-grams that pass to it.
    #[error(
        "the pruned n-grams would bring one of order {order} to a count above 4,294,967,295: prune fewer, or train the whole model and use `ngram prune`"
    )]
    Overflow {
        /// The order of the shorter n-gram.
        order: usize,
    },
    /// The work was stopped.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// Prunes to `target`, which must not be a file size, and estimates what is left.
pub(crate) fn prune(
    counted: CountedTable,
    method: &dyn Smoothing,
    settings: &Settings,
    target: Target,
    progress: &dyn Progress,
) -> Result<Left, PruneCountsError> {
    let view = counted.table.view();
    let prefixes = Prefixes::of(&view, progress)?;
    let trie = Trie::new(&view, &counted, method, settings, progress)?;
    let mut worths: Vec<Vec<f32>> =
        counted.counts.iter().map(|counts| vec![f32::INFINITY; counts.len()]).collect();
    let words = view.unigrams.len() as u64;
    let has = words + worths.iter().map(|worths| worths.len() as u64).sum::<u64>();
    let mut threshold = f32::NEG_INFINITY;
    for round in 1..=ROUNDS {
        progress.proceed()?;
        let model = trie.model(&worths, threshold)?;
        for (depth, worths) in worths.iter_mut().enumerate() {
            *worths = trie.losses(&model, depth)?;
        }
        worth::pass_on(&view, &prefixes, &mut worths, 2, progress)?;
        threshold = threshold_of(step(target, round, has), words, &worths)?;
    }
    progress.proceed()?;
    let model = trie.model(&worths, threshold)?;
    let levels = keep(
        &view,
        |depth, at| worths[depth][at] >= threshold,
        |depth, history, _| log10_of_any(model.reserved[depth][history]),
        |depth, at| log10(model.probs[depth][at]),
        progress,
    )?;
    let Revised { unigrams, counts_of_counts, estimator, .. } = model;
    Ok(Left { unigrams, levels, counts_of_counts, fitted: estimator.fitted, threshold })
}

/// Returns the target of a round, from 1 to [`ROUNDS`]. Each goes further by about the same factor.
fn step(target: Target, round: usize, has: u64) -> Target {
    // Roots and products are the same on every machine; other powers need not be.
    let towards = |share: f64| {
        let root = share.sqrt().sqrt();
        Target::Share((0..round).fold(1.0, |product, _| product * root))
    };
    match target {
        target if round == ROUNDS => target,
        Target::Threshold(threshold) => {
            Target::Threshold(threshold * [0.03, 0.1, 0.3][(round - 1).min(2)])
        }
        Target::Ngrams(asked) if asked < has => towards(asked as f64 / has as f64),
        Target::Share(share) if share > 0.0 && share < 1.0 => towards(share),
        target => target,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_rounds_by_the_same_factor() {
        let shares = [0.5, 0.25, 0.125, 0.0625];
        for (round, share) in (1..).zip(shares) {
            let Target::Share(found) = step(Target::Share(0.0625), round, 1000) else { panic!() };
            assert_eq!(found, share);
        }
        assert_eq!(step(Target::Ngrams(81), 1, 6561), step(Target::Share(81.0 / 6561.0), 1, 1));
        assert_eq!(step(Target::Ngrams(81), ROUNDS, 6561), Target::Ngrams(81));
        assert_eq!(step(Target::Threshold(2.0), 2, 9), Target::Threshold(0.2));
    }
}
