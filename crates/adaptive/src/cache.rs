//! A unigram cache of recent words, with decay.

/// The number of tokens after which the count of a word has decayed to 1/e.
const MEMORY: f64 = 300.0;
/// The weight of the base probability, in words.
const STRENGTH: f64 = 20.0;

/// The words of the text so far, with counts that decay with age (Kuhn and De Mori 1990; decay as
/// in Clarkson and Robinson 1997).
pub struct Cache {
    /// In rising order.
    words: Vec<u32>,
    /// The count of each word.
    counts: Vec<f64>,
    /// The cumulative counts, including each word.
    sums: Vec<f64>,
    total: f64,
    /// The current count of one occurrence. It grows, which is equivalent to shrinking all others.
    now: f64,
    /// The factor by which `now` grows with each word.
    growth: f64,
}

impl Cache {
    /// Creates an empty cache.
    pub fn new() -> Cache {
        // Four terms of e^(1/300), which give the same number on every machine.
        let step = 1.0 / MEMORY;
        let growth = 1.0 + step + step * step / 2.0 + step * step * step / 6.0;
        Cache {
            words: Vec::new(),
            counts: Vec::new(),
            sums: Vec::new(),
            total: 0.0,
            now: 1.0,
            growth,
        }
    }

    /// Returns the probability of a word with base probability `base`.
    pub fn probability(&self, word: u32, base: f64) -> f64 {
        let count = self.words.binary_search(&word).map_or(0.0, |at| self.counts[at]);
        let strength = STRENGTH * self.now;
        (count + strength * base) / (self.total + strength)
    }

    /// Returns the factors of the word's count and of the base probability.
    pub fn shares(&self) -> (f64, f64) {
        let strength = STRENGTH * self.now;
        let sum = self.total + strength;
        (1.0 / sum, strength / sum)
    }

    /// Returns the sum of the counts of all words below this one.
    pub fn below(&self, word: u32) -> f64 {
        let at = self.words.partition_point(|&other| other < word);
        at.checked_sub(1).map_or(0.0, |at| self.sums[at])
    }

    /// Adds the next word of the text.
    pub fn add(&mut self, word: u32) {
        self.now *= self.growth;
        let at = match self.words.binary_search(&word) {
            Ok(at) => at,
            Err(at) => {
                let before = at.checked_sub(1).map_or(0.0, |at| self.sums[at]);
                self.words.insert(at, word);
                self.counts.insert(at, 0.0);
                self.sums.insert(at, before);
                at
            }
        };
        self.counts[at] += self.now;
        // Each gets the same addition, so that sums never fall from one word to the next.
        self.sums[at..].iter_mut().for_each(|sum| *sum += self.now);
        self.total += self.now;
        if self.now > 1e12 {
            self.forget();
        }
    }

    /// Rescales the counts to avoid overflow, and drops words whose count has become negligible.
    fn forget(&mut self) {
        let scale = 1.0 / self.now;
        self.now = 1.0;
        let words = std::mem::take(&mut self.words);
        let counts = std::mem::take(&mut self.counts);
        let kept = words.into_iter().zip(counts.into_iter().map(|count| count * scale));
        (self.words, self.counts) = kept.filter(|&(_, count)| count > 1e-9).unzip();
        self.total = 0.0;
        self.sums.clear();
        for count in &self.counts {
            self.total += count;
            self.sums.push(self.total);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recent_words_count_more_and_all_sums_to_1() {
        let mut cache = Cache::new();
        for word in 0..20_000u32 {
            cache.add(word % 1000);
        }
        let base = 1.0 / 2000.0;
        let p = |word| cache.probability(word, base);
        assert!(p(999) > p(998) && p(998) > p(0) && p(0) > p(1500));
        let sum: f64 = (0..2000).map(p).sum();
        assert!((sum - 1.0).abs() < 1e-9, "{sum}");
        // A word counts e times as much as one 300 tokens earlier.
        let own = |word| p(word) - cache.probability(5000, base);
        assert!((own(999) / own(699) - 1f64.exp()).abs() < 1e-3);
        // Sums equal those of the counts, up to rounding.
        let (of_count, of_base) = cache.shares();
        for word in 0..2000 {
            let by_sums = of_count * (cache.below(word + 1) - cache.below(word)) + of_base * base;
            assert!((by_sums - p(word)).abs() < 1e-12);
        }
    }
}
