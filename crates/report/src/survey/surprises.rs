//! The tokens of a text that cost most.

use ngram_model::{LogProb, Score};
use ngram_tokenizer::WordId;
use std::collections::HashSet;

/// The number of tokens kept; many, since the same word may recur often.
const KEPT: usize = 400;

/// The number of preceding words shown with a token.
const BEFORE: usize = 6;

/// A token with a high cost.
#[derive(Clone, Debug, PartialEq)]
pub struct Surprise {
    /// The token as the tokenizer cut it.
    pub word: String,
    /// Its id in the vocabulary.
    pub id: WordId,
    /// Its score.
    pub score: Score,
    /// The name of its text.
    pub file: String,
    /// Its line, from 1.
    pub line: u64,
    /// The last words before it in its line, separated by spaces.
    pub before: String,
}

/// The least probable tokens.
#[derive(Clone, Debug)]
pub struct Surprises {
    found: Vec<Surprise>,
    /// Tokens above this log-probability are not kept.
    limit: LogProb,
}

impl Default for Surprises {
    fn default() -> Surprises {
        Surprises { found: Vec::new(), limit: LogProb(0.0) }
    }
}

impl Surprises {
    pub(super) fn add(
        &mut self,
        file: &str,
        line: u64,
        word: &str,
        id: WordId,
        score: Score,
        before: &[&str],
    ) {
        // In a tie for the last place, the earlier token keeps it.
        if score.log_prob > self.limit || self.is_full() && score.log_prob == self.limit {
            return;
        }
        self.found.push(Surprise {
            word: word.to_owned(),
            id,
            score,
            file: file.to_owned(),
            line,
            before: before[before.len() - before.len().min(BEFORE)..].join(" "),
        });
        if self.found.len() == 2 * KEPT {
            self.trim();
        }
    }

    fn is_full(&self) -> bool {
        self.limit != LogProb(0.0)
    }

    fn trim(&mut self) {
        self.found.sort_by(|a, b| a.score.log_prob.0.total_cmp(&b.score.log_prob.0));
        self.found.truncate(KEPT);
        if let Some(last) = self.found.last() {
            self.limit = last.score.log_prob;
        }
    }

    /// Returns the `most` least probable tokens, the least probable first. Each word is listed
    /// once, where it cost most; in a tie, at its first occurrence.
    pub fn top(&self, most: usize) -> Vec<&Surprise> {
        let mut sorted: Vec<&Surprise> = self.found.iter().collect();
        sorted.sort_by(|a, b| a.score.log_prob.0.total_cmp(&b.score.log_prob.0));
        let mut words = HashSet::new();
        sorted.retain(|surprise| words.insert(&surprise.word));
        sorted.truncate(most);
        sorted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_probable_first_and_each_word_once() {
        let mut surprises = Surprises::default();
        for line in 1..=5000u64 {
            let log10 = -((line * 7919 % 5000) as f32) / 1000.0;
            let score = Score { log_prob: LogProb(log10), matched: 1 };
            let word = format!("w{}", line % 3);
            surprises.add("text", line, &word, WordId(9), score, &["a"; 9]);
        }
        let top = surprises.top(5);
        let found: Vec<f32> = top.iter().map(|surprise| surprise.score.log_prob.0).collect();
        assert_eq!(found.len(), 3);
        assert_eq!(found[0], -4.999);
        assert!(found.is_sorted(), "{found:?}");
        assert_eq!(top[0].before, "a a a a a a");
    }

    #[test]
    fn of_equals_the_first_is_kept() {
        let mut surprises = Surprises::default();
        for line in 1..=3000u64 {
            let score = Score { log_prob: LogProb(-2.0), matched: 1 };
            surprises.add("text", line, &line.to_string(), WordId(9), score, &[]);
        }
        let lines: Vec<u64> = surprises.top(3).iter().map(|surprise| surprise.line).collect();
        assert_eq!(lines, [1, 2, 3]);
    }
}
