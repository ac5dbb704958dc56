//! The n-grams whose words all stay, under their new numbers.

use super::words::ListedWords;
use ngram_model::ScoredLevel;
use ngram_model::table::TableView;

/// Returns the histories whose words all stay, with the successors that do. Numbers rise as before,
/// so the order of the table stays. Every word of the new vocabulary is a history of length 1.
///
/// A history that no successor is left of has a back-off weight of 1 if `resets`, else its own.
pub(super) fn renumbered(
    view: &TableView<'_>,
    words: &ListedWords,
    resets: bool,
) -> Vec<ScoredLevel> {
    let mut levels = Vec::with_capacity(view.levels.len());
    // Whether each history of the current length stays.
    let mut stays: Vec<bool> =
        (0..words.numbers.len() as u32).map(|word| words.number(word).is_some()).collect();
    for (depth, level) in view.levels.iter().enumerate() {
        let mut found = ScoredLevel::default();
        let longer = view.levels.get(depth + 1);
        let mut longer_stays = vec![false; longer.map_or(0, |longer| longer.histories())];
        let mut children = 0;
        for (history, &stays) in stays.iter().enumerate().take(level.histories()) {
            // Even if it is in no n-gram, as `<unk>` may be.
            let is_word = depth == 0 && words.numbers[history].is_some();
            if !stays && !is_word {
                continue;
            }
            let before = found.successor_words.len();
            if stays {
                for (word, log_prob) in level.successors(history) {
                    if let Some(word) = words.number(word.0) {
                        found.successor_words.push(word);
                        found.log_probs.push(log_prob);
                    }
                }
                for child in level.children(history) {
                    let word = longer.and_then(|longer| longer.words.get(child));
                    if word.is_some_and(|word| words.number(word.get()).is_some()) {
                        longer_stays[child] = true;
                        children += 1;
                    }
                }
            }
            let is_reset = resets && found.successor_words.len() == before;
            let number = if depth == 0 { history as u32 } else { level.words[history].get() };
            found.words.push(words.numbers[number as usize].unwrap_or_default());
            found.backoffs.push(if is_reset || !stays { 0.0 } else { level.backoff(history) });
            found.successor_ends.push(found.successor_words.len() as u32);
            if longer.is_some() {
                found.child_ends.push(children);
            }
        }
        if depth == 0 {
            for _ in 0..words.added {
                found.words.push(found.words.len() as u32);
                found.backoffs.push(0.0);
                found.successor_ends.push(found.successor_words.len() as u32);
                if longer.is_some() {
                    found.child_ends.push(children);
                }
            }
        }
        levels.push(found);
        stays = longer_stays;
    }
    levels
}
