//! Words from the most to the least probable, with sums: which of them have a share of the probability.

use ngram_tokenizer::WordId;
use std::cmp::Ordering;

/// Some words in falling order of what they are drawn in proportion to, ties by number.
#[derive(Default)]
pub struct Ranked {
    words: Vec<(WordId, f64)>,
    /// The sums up to and with each.
    sums: Vec<f64>,
}

impl Ranked {
    /// Sorts them.
    pub fn new(mut words: Vec<(WordId, f64)>) -> Ranked {
        words.sort_unstable_by(falling);
        let mut sum = 0.0;
        let sums = words.iter().map(|(_, power)| {
            sum += power;
            sum
        });
        let sums = sums.collect();
        Ranked { words, sums }
    }

    /// What those have together that stand before a word of this power, whether or not it is among them.
    pub fn before(&self, word: WordId, power: f64) -> f64 {
        let before = self.words.partition_point(|one| falling(one, &(word, power)).is_lt());
        if before == 0 { 0.0 } else { self.sums[before - 1] }
    }
}

fn falling(one: &(WordId, f64), other: &(WordId, f64)) -> Ordering {
    other.1.total_cmp(&one.1).then(one.0.cmp(&other.0))
}
