//! The worth of n-grams: losses, passed on to the n-grams that are needed.

use super::prefixes::{NONE, Prefixes};
use ngram_model::table::TableView;
use ngram_store::{Cancelled, Progress};

/// Turns losses into worths. Each n-gram is worth at least as much as any n-gram that begins with
/// it, or whose history ends with it. N-grams of fewer than `min_order` words always stay.
///
/// So does a history without successors that has a back-off weight, as an ARPA file may list one.
///
/// # Errors
///
/// If `progress` cancels the work.
pub fn pass_on(
    table: &TableView,
    prefixes: &Prefixes,
    losses: &mut [Vec<f32>],
    min_order: usize,
    progress: &dyn Progress,
) -> Result<(), Cancelled> {
    // The worths of the histories of the next length.
    let mut longer: Vec<f32> = Vec::new();
    for (depth, level) in table.levels.iter().enumerate().rev() {
        if depth + 2 < min_order {
            losses[depth].fill(f32::INFINITY);
        }
        if let Some(ngrams) = prefixes.ngrams.get(depth + 1) {
            for (&ngram, &worth) in ngrams.iter().zip(&longer) {
                if ngram != NONE {
                    let own = &mut losses[depth][ngram as usize];
                    *own = own.max(worth);
                }
            }
        }
        let of_history = |history: usize| {
            progress.proceed_at(history)?;
            let own = level.successor_range(history);
            let children = &longer[level.children(history)];
            if own.is_empty() && level.backoff(history) != 0.0 {
                return Ok(f32::INFINITY);
            }
            let all = losses[depth][own].iter().chain(children);
            Ok(all.fold(f32::NEG_INFINITY, |most, &worth| most.max(worth)))
        };
        longer = (0..level.histories()).map(of_history).collect::<Result<_, Cancelled>>()?;
    }
    Ok(())
}
