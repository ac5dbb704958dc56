//! Scoring: one walk down the trie for each word.

use super::read::View;
use crate::{LogProb, Score};
use ngram_tokenizer::WordId;

/// The histories that end at one point of a text, of length 1 and so on, as far as they are nodes.
#[derive(Default)]
struct State {
    histories: Vec<History>,
}

#[derive(Clone, Copy)]
struct History {
    /// Its position among the children of its parent; for length 1, the number of its word.
    rank: u64,
    backoff: f32,
}

impl View<'_> {
    /// Scores one word after any history.
    pub fn score(&self, history: &[WordId], word: WordId) -> Score {
        let longest = self.orders.len().saturating_sub(1);
        let (mut state, mut next) = (State::default(), State::default());
        for &word in &history[history.len().saturating_sub(longest)..] {
            self.step(&state, word, &mut next);
            std::mem::swap(&mut state, &mut next);
        }
        self.step(&state, word, &mut next)
    }

    /// Scores a sentence and its end; replaces what `scores` held.
    pub fn score_sentence(&self, words: &[WordId], scores: &mut Vec<Score>) {
        scores.clear();
        let (mut state, mut next) = (State::default(), State::default());
        self.step(&state, WordId::BEGIN, &mut next);
        for &word in words.iter().chain([&WordId::END]) {
            std::mem::swap(&mut state, &mut next);
            let score = self.step(&state, word, &mut next);
            scores.push(score);
            // A history with successors or a weight of its own is a stored n-gram, so none that
            // matters is longer than the n-gram just found.
            next.histories.truncate(score.matched as usize);
        }
    }

    /// Scores a word after the histories of `state`, and puts those that end with it into `next`.
    #[inline]
    fn step(&self, state: &State, word: WordId, next: &mut State) -> Score {
        next.histories.clear();
        let highest = self.orders.len();
        let mut node = word.index();
        let mut rank = node as u64;
        let mut best = f32::NEG_INFINITY;
        let mut matched = 1;
        for (depth, order) in self.orders.iter().enumerate() {
            if depth > 0 {
                let Some(history) = state.histories.get(depth - 1) else { break };
                let children = self.orders[depth - 1].children(node);
                let start = children.start;
                let Some(found) = order.find(children, history.rank) else { break };
                node = found;
                rank = (found - start) as u64;
            }
            if node < order.len {
                let log_prob = order.log_prob(node);
                if !log_prob.is_nan() {
                    best = log_prob;
                    matched = depth + 1;
                }
            }
            if depth + 1 < highest {
                let backoff = if node < order.len { order.backoff(node) } else { 0.0 };
                next.histories.push(History { rank, backoff });
            }
        }
        let longer = state.histories.get(matched - 1..).unwrap_or_default();
        let backoff = longer.iter().fold(0.0f32, |sum, history| sum + history.backoff);
        Score { log_prob: LogProb(best + backoff), matched: matched as u8 }
    }
}
