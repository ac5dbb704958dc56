//! Builds the table without the n-grams that are pruned.

use super::losses::Losses;
use crate::backoffs::recompute;
use ngram_model::ScoredLevel;
use ngram_model::exp10::exp10;
use ngram_model::table::TableView;
use ngram_store::{Cancelled, Progress};
use std::ops::Range;

/// If the words kept after h have all but this much of the probability after h′, nothing but
/// rounding errors is left to back off to.
const NOTHING: f64 = 1e-9;

/// Returns the n-grams worth `threshold` or more, the histories they need, and new back-off weights.
pub(super) fn cut(
    table: &TableView,
    losses: &Losses,
    threshold: f32,
    progress: &dyn Progress,
) -> Result<Vec<ScoredLevel>, Cancelled> {
    let mut levels = keep(
        table,
        |depth, at| losses.losses[depth][at] >= threshold,
        // For now, what is left for words that are not kept. If none is kept, the weight: the one
        // stored, if the history never had successors; otherwise 1, as if it had not been seen.
        |depth, history, removed: &[usize]| {
            let level = &table.levels[depth];
            match level.successor_range(history).len() {
                0 => return level.backoff(history),
                had if had == removed.len() => return 0.0,
                _ => {}
            }
            let gone: f64 = removed.iter().map(|&at| exp10(level.log_probs[at].get())).sum();
            (f64::from(losses.left[depth][history]) + gone) as f32
        },
        |depth, at| table.levels[depth].log_probs[at].get(),
        progress,
    )?;
    let unigrams: Vec<f32> = table.unigrams.iter().map(|log_prob| log_prob.get()).collect();
    recompute(&unigrams, &mut levels, NOTHING, progress)?;
    Ok(levels)
}

/// Returns the n-grams that stay, the histories they need, and histories that have a back-off
/// weight but never had successors.
///
/// `stays(depth, place)` tells whether an n-gram stays. `backoff(depth, history, gone)` returns a new back-off weight, given the positions of the
/// n-grams that are gone after a history. `log_prob(depth, place)` returns a log-probability.
///
/// # Errors
///
/// If `progress` cancels the work.
pub fn keep(
    table: &TableView,
    stays: impl Fn(usize, usize) -> bool,
    backoff: impl Fn(usize, usize, &[usize]) -> f32,
    log_prob: impl Fn(usize, usize) -> f32,
    progress: &dyn Progress,
) -> Result<Vec<ScoredLevel>, Cancelled> {
    let mut kept = Vec::with_capacity(table.levels.len());
    // For the next longer histories: how many of the first i are kept.
    let mut longer: Option<Vec<u32>> = None;
    let mut gone = Vec::new();
    for (depth, level) in table.levels.iter().enumerate().rev() {
        let mut found = ScoredLevel::default();
        let mut so_far = vec![0];
        for history in 0..level.histories() {
            progress.proceed_at(history)?;
            let before = found.successor_words.len();
            let range = level.successor_range(history);
            let has_only_weight = range.is_empty() && level.backoff(history) != 0.0;
            gone.clear();
            for at in range {
                if stays(depth, at) {
                    found.successor_words.push(level.successor_words[at].get());
                    found.log_probs.push(log_prob(depth, at));
                } else {
                    gone.push(at);
                }
            }
            let children: Range<u32> = longer.as_ref().map_or(0..0, |longer| {
                let children = level.children(history);
                longer[children.start]..longer[children.end]
            });
            // Every word has a history of length 1 with the same number.
            if depth == 0
                || has_only_weight
                || found.successor_words.len() > before
                || !children.is_empty()
            {
                found.words.push(match depth {
                    0 => history as u32,
                    _ => level.words[history].get(),
                });
                found.backoffs.push(backoff(depth, history, &gone));
                found.successor_ends.push(found.successor_words.len() as u32);
                if longer.is_some() {
                    found.child_ends.push(children.end);
                }
            }
            so_far.push(found.words.len() as u32);
        }
        kept.push(found);
        longer = Some(so_far);
    }
    kept.reverse();
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ngram_model::table::OwnedTable;

    /// Histories a (3) and b (4) with a word each, "b a" with a word, and "a b" with a weight only.
    #[test]
    fn what_is_kept_and_what_goes() {
        let level =
            |words: &[u32], child_ends: &[u32], ends: &[u32], successors: &[u32]| ScoredLevel {
                words: words.to_vec(),
                child_ends: child_ends.to_vec(),
                successor_ends: ends.to_vec(),
                successor_words: successors.to_vec(),
                log_probs: vec![-0.5; successors.len()],
                backoffs: vec![-0.25; words.len()],
            };
        let table = OwnedTable::new(
            vec![-1.0; 5],
            vec![
                level(&[0, 1, 2, 3, 4], &[0, 0, 0, 1, 2], &[0, 0, 0, 1, 2], &[4, 3]),
                level(&[4, 3], &[], &[1, 1], &[2]),
            ],
        );
        // Backs off with the number of n-grams that are gone.
        let keep = |threshold| {
            let weight = |_: usize, _: usize, gone: &[usize]| gone.len() as f32;
            let worths = [vec![3.0, 2.0], vec![1.0]];
            let stays = |depth: usize, at: usize| worths[depth][at] >= threshold;
            keep(&table.view(), stays, weight, |_, _| -0.5, &()).unwrap()
        };
        let with = |level: ScoredLevel, backoffs: &[f32]| ScoredLevel {
            backoffs: backoffs.to_vec(),
            ..level
        };
        let all = || {
            [
                level(&[0, 1, 2, 3, 4], &[0, 0, 0, 1, 2], &[0, 0, 0, 1, 2], &[4, 3]),
                level(&[4, 3], &[], &[1, 1], &[2]),
            ]
        };
        let [first, second] = all();
        assert_eq!(keep(1.0), [with(first, &[0.0; 5]), with(second, &[0.0; 2])]);
        // Without its word, "b a" goes; "a b" stays.
        let first = level(&[0, 1, 2, 3, 4], &[0, 0, 0, 0, 1], &[0, 0, 0, 1, 2], &[4, 3]);
        let second = level(&[3], &[], &[0], &[]);
        assert_eq!(keep(2.0), [with(first, &[0.0; 5]), with(second.clone(), &[0.0])]);
        // Words stay as histories of length 1, whether or not anything follows them.
        let first = level(&[0, 1, 2, 3, 4], &[0, 0, 0, 0, 1], &[0; 5], &[]);
        let gone = [0.0, 0.0, 0.0, 1.0, 1.0];
        assert_eq!(keep(4.0), [with(first, &gone), with(second, &[0.0])]);
    }
}
