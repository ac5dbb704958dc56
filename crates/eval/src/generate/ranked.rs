//! Words ranked by falling probability with cumulative sums, to find those that make up a share.

use ngram_tokenizer::WordId;
use std::cmp::Ordering;

/// Words in falling order of power, ties in order of id.
#[derive(Default)]
pub struct Ranked {
    words: Vec<(WordId, f64)>,
    /// The cumulative sums, including each word.
    sums: Vec<f64>,
}

impl Ranked {
    /// Ranks the words.
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

    /// Returns the total power of the words ranked before a word of this power, which need not be
    /// in the list.
    pub fn before(&self, word: WordId, power: f64) -> f64 {
        let before = self.words.partition_point(|one| falling(one, &(word, power)).is_lt());
        if before == 0 { 0.0 } else { self.sums[before - 1] }
    }
}

fn falling(one: &(WordId, f64), other: &(WordId, f64)) -> Ordering {
    other.1.total_cmp(&one.1).then(one.0.cmp(&other.0))
}
