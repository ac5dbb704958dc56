//! Cumulative sums over word ids: the steps of distributions.

/// Cumulative sums over words of which only a few have a nonzero part.
#[derive(Default)]
pub struct Steps {
    /// The words, in rising order.
    words: Vec<u32>,
    /// The cumulative sum, including each word.
    sums: Vec<f64>,
}

impl Steps {
    /// Creates an empty sum with capacity for `words` words.
    pub fn with_capacity(words: usize) -> Steps {
        Steps { words: Vec::with_capacity(words), sums: Vec::with_capacity(words) }
    }

    /// Adds a word larger than all before, with its part, at least 0.
    pub fn push(&mut self, word: u32, part: f64) {
        let before = self.sums.last().copied().unwrap_or(0.0);
        self.words.push(word);
        self.sums.push(before + part);
    }

    /// Returns the sum of the parts of all words below this one. It never falls from one word to
    /// the next, despite rounding.
    pub fn below(&self, word: u32) -> f64 {
        let at = self.words.partition_point(|&other| other < word);
        at.checked_sub(1).map_or(0.0, |at| self.sums[at])
    }

    /// Advances `at` to the place of a word, or of the first larger one. Returns whether the word
    /// has a part.
    pub fn find(&self, word: u32, at: &mut usize) -> bool {
        *at += gallop(self.words.get(*at..).unwrap_or_default(), word);
        self.words.get(*at) == Some(&word)
    }

    /// The number of words with a part.
    pub fn len(&self) -> usize {
        self.words.len()
    }
}

/// Returns the place of the first word that is not below `word` in a rising list. It is nearby: doubling steps, then a
/// bisection.
pub fn gallop(words: &[u32], word: u32) -> usize {
    let (mut at, mut step) = (0, 1);
    while words.get(at + step).is_some_and(|&other| other < word) {
        at += step;
        step *= 2;
    }
    let end = words.len().min(at + step + 1);
    at + words[at..end].partition_point(|&other| other < word)
}

/// Cumulative sums over all words, with parts that grow (a tree of partial sums; Fenwick 1994).
///
/// Parts must be multiples of a power of two whose sums are exact in 64 bits; otherwise rounding
/// could make the sum fall from one word to the next.
#[derive(Default)]
pub struct Growing {
    /// Entry i, from 1, is the sum of the last 2^k parts up to and including word i − 1, where 2^k
    /// is the lowest set bit of i.
    partial: Vec<f64>,
}

impl Growing {
    /// Adds to the part of a word.
    pub fn add(&mut self, word: u32, part: f64) {
        while self.partial.len() <= word as usize {
            let next = self.partial.len() + 1;
            let start = next - (1 << next.trailing_zeros());
            self.partial.push(self.sum(next - 1) - self.sum(start));
        }
        let mut at = word as usize + 1;
        while at <= self.partial.len() {
            self.partial[at - 1] += part;
            at += 1 << at.trailing_zeros();
        }
    }

    /// Returns the sum of the parts of all words below this one.
    pub fn below(&self, word: u32) -> f64 {
        self.sum((word as usize).min(self.partial.len()))
    }

    fn sum(&self, words: usize) -> f64 {
        let (mut at, mut sum) = (words, 0.0);
        while at > 0 {
            sum += self.partial[at - 1];
            at &= at - 1;
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn steps_by_hand() {
        let mut steps = Steps::default();
        steps.push(3, 0.5);
        steps.push(7, 0.25);
        let found = [0, 3, 4, 7, 8, u32::MAX].map(|word| steps.below(word));
        assert_eq!(found, [0.0, 0.0, 0.5, 0.5, 0.75, 0.75]);
    }

    #[test]
    fn words_are_found_one_after_another() {
        let mut steps = Steps::default();
        (0..200).for_each(|word| steps.push(word * 3, 1.0));
        for stride in [1, 2, 7, 100] {
            let mut at = 0;
            for word in (0..700).step_by(stride) {
                let is_in = word % 3 == 0 && word < 600;
                assert_eq!(steps.find(word, &mut at), is_in, "{word}");
                assert!(!is_in || at == word as usize / 3);
            }
        }
        assert!(!Steps::default().find(5, &mut 0));
    }

    proptest! {
        #[test]
        fn growing_sums_are_sums(adds in proptest::collection::vec((0u32..200, 1u32..9), 0..300)) {
            let mut growing = Growing::default();
            let mut parts = [0.0; 201];
            for (word, quarters) in adds {
                growing.add(word, f64::from(quarters) / 4.0);
                parts[word as usize] += f64::from(quarters) / 4.0;
                for word in 0..=200 {
                    prop_assert_eq!(growing.below(word as u32), parts[..word].iter().sum::<f64>());
                }
            }
        }
    }
}
