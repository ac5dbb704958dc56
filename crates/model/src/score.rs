//! Scores words: finds the longest stored n-gram, and adds the back-off weights of the longer histories.

use crate::table::TableView;
use crate::{LogProb, Score};
use ngram_tokenizer::WordId;

/// The histories that end at one point of a text: for each length from 1, its index in the table,
/// as far as stored. Carried from word to word, so that no history is looked up twice.
#[derive(Default)]
pub(crate) struct State {
    histories: Vec<usize>,
}

impl State {
    /// Moves to the point after the last word of `text`, using at most its last `longest` words.
    fn advance(&mut self, table: &TableView, text: &[WordId], longest: usize) {
        self.histories.clear();
        let mut words = text.iter().rev();
        let Some(last) = words.next() else { return };
        if table.levels.is_empty() || longest == 0 {
            return;
        }
        // Every word has a history of length 1, whose index is its id.
        self.histories.push(last.index());
        for (depth, &word) in words.take(longest - 1).enumerate() {
            match table.child(depth, self.histories[depth], word) {
                Some(history) => self.histories.push(history),
                None => break,
            }
        }
    }

    fn score(&self, table: &TableView, word: WordId) -> Score {
        let levels = || table.levels.iter().zip(&self.histories).enumerate();
        let found = levels().rev().find_map(|(depth, (level, &history))| {
            level.log_prob(history, word).map(|log_prob| (depth + 1, log_prob))
        });
        let single = || table.unigrams.get(word.index()).map_or(f32::NEG_INFINITY, |p| p.get());
        let (length, log_prob) = found.unwrap_or_else(|| (0, single()));
        // Added shortest first, as in every layout, so that all round alike.
        let longer = levels().skip(length);
        let backoff =
            longer.fold(0.0f32, |sum, (_, (level, &history))| sum + level.backoff(history));
        Score { log_prob: LogProb(log_prob + backoff), matched: length as u8 + 1 }
    }
}

/// Scores one word after any history.
pub fn score(table: &TableView, history: &[WordId], word: WordId) -> Score {
    let mut state = State::default();
    state.advance(table, history, table.levels.len());
    state.score(table, word)
}

/// Scores a sentence and its end; replaces the contents of `scores`.
pub(crate) fn score_sentence(table: &TableView, words: &[WordId], scores: &mut Vec<Score>) {
    scores.clear();
    let longest = table.levels.len();
    let mut text = Vec::with_capacity(words.len() + 2);
    text.push(WordId::BEGIN);
    let mut state = State::default();
    state.advance(table, &text, longest);
    for &word in words.iter().chain([&WordId::END]) {
        let score = state.score(table, word);
        scores.push(score);
        text.push(word);
        // A history with successors or a weight of its own is a stored n-gram, so no relevant one
        // is longer than the n-gram just found.
        state.advance(table, &text, longest.min(score.matched as usize));
    }
}
