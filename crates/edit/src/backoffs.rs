//! Recomputes back-off weights, so that the probabilities after every history sum to 1.

use ngram_model::ScoredLevel;
use ngram_model::exp10::exp10;
use ngram_model::log10::log10_of_any;
use ngram_store::{Cancelled, Progress};
use rayon::prelude::*;

/// Replaces what is left for other words by back-off weights.
///
/// Where a history has successors, `backoffs` holds the probability that they leave, between 0 and 1;
/// it is divided by what the shorter history leaves for the same words. Where a history has none, its
/// weight stays. If the shorter history leaves less than `nothing`, no other word can take what is
/// left: the successors are scaled to sum to 1, and the weight is 1.
pub(crate) fn recompute(
    unigrams: &[f32],
    levels: &mut [ScoredLevel],
    nothing: f64,
    progress: &dyn Progress,
) -> Result<(), Cancelled> {
    let parents = parents(levels);
    for depth in 0..levels.len() {
        let (shorter, rest) = levels.split_at_mut(depth);
        let level = &rest[0];
        let lower = Lower { unigrams, levels: shorter, parents: &parents, gone: &[] };
        let weights = (0..level.backoffs.len()).into_par_iter().map(|history| {
            progress.proceed_at(history)?;
            let own = ScoredLevel::range(&level.successor_ends, history);
            if own.is_empty() {
                return Ok((level.backoffs[history], None));
            }
            // So far, what is left for words that are not listed.
            let left = f64::from(level.backoffs[history]);
            let words = &level.successor_words[own.clone()];
            let taken: f64 =
                words.iter().map(|&word| exp10(lower.after_parent(depth, history, word))).sum();
            let free = 1.0 - taken;
            if free >= nothing {
                return Ok((log10_of_any(left / free), None));
            }
            // No other word can take what is left, so the listed ones do.
            let kept: f64 = level.log_probs[own].iter().map(|&log_prob| exp10(log_prob)).sum();
            Ok((0.0, Some(log10_of_any(1.0 / kept))))
        });
        let weights: Vec<(f32, Option<f32>)> = weights.collect::<Result<_, Cancelled>>()?;
        let level = &mut rest[0];
        for (history, (weight, scale)) in weights.into_iter().enumerate() {
            level.backoffs[history] = weight;
            if let Some(scale) = scale {
                let own = ScoredLevel::range(&level.successor_ends, history);
                level.log_probs[own].iter_mut().for_each(|prob| *prob = (*prob + scale).min(0.0));
            }
        }
    }
    Ok(())
}

/// Returns, for each length, the number of each history without its first word.
pub(crate) fn parents(levels: &[ScoredLevel]) -> Vec<Vec<u32>> {
    let mut parents = vec![Vec::new()];
    for level in levels {
        let numbers = (0..level.child_ends.len()).flat_map(|parent| {
            let children = ScoredLevel::range(&level.child_ends, parent).len();
            std::iter::repeat_n(parent as u32, children)
        });
        parents.push(numbers.collect());
    }
    parents
}

/// The probabilities after shorter histories, which are already done.
pub(crate) struct Lower<'a> {
    pub unigrams: &'a [f32],
    pub levels: &'a [ScoredLevel],
    /// See [`parents`].
    pub parents: &'a [Vec<u32>],
    /// For each length, whether each n-gram is to go; what is not here stays.
    pub gone: &'a [Vec<bool>],
}

impl Lower<'_> {
    /// Returns log10 p(word | h′) for history number `history` of length `depth` + 1.
    pub(crate) fn after_parent(&self, depth: usize, history: usize, word: u32) -> f32 {
        let Some(above) = depth.checked_sub(1) else { return self.unigrams[word as usize] };
        let parent = self.parents[depth][history] as usize;
        let level = &self.levels[above];
        let own = ScoredLevel::range(&level.successor_ends, parent);
        match level.successor_words[own.clone()].binary_search(&word) {
            Ok(at) if !self.gone.get(above).is_some_and(|gone| gone[own.start + at]) => {
                level.log_probs[own.start + at]
            }
            _ => level.backoffs[parent] + self.after_parent(above, parent, word),
        }
    }
}
