//! What n-grams are worth: losses, passed on to what is needed.

use super::prefixes::{NONE, Prefixes};
use ngram_model::table::TableView;

/// Makes worths of losses: every n-gram is worth at least what any is that begins with it, or that has
/// a history which ends with it. N-grams of less than `min_order` words stay whatever comes.
///
/// A history without successors that has a back-off weight, as an ARPA file may list one, stays, too.
pub fn pass_on(table: &TableView, prefixes: &Prefixes, losses: &mut [Vec<f32>], min_order: usize) {
    // What the histories of the next length are worth.
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
            let own = level.successor_range(history);
            let children = &longer[level.children(history)];
            if own.is_empty() && level.backoff(history) != 0.0 {
                return f32::INFINITY;
            }
            let all = losses[depth][own].iter().chain(children);
            all.fold(f32::NEG_INFINITY, |most, &worth| most.max(worth))
        };
        longer = (0..level.histories()).map(of_history).collect();
    }
}
