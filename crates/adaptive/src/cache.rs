//! The words of the last pages: a unigram cache that forgets.

/// How many tokens back a word counts for 1/e of what it counts now.
const MEMORY: f64 = 300.0;
/// The probabilities beneath count as so many words.
const STRENGTH: f64 = 20.0;

/// Words of the text so far, each the less the longer ago it came (Kuhn and De Mori 1990; decay as in Clarkson
/// and Robinson 1997).
pub struct Cache {
    /// Rising.
    words: Vec<u32>,
    /// Of each word.
    counts: Vec<f64>,
    /// The sum of the counts up to and with each word.
    sums: Vec<f64>,
    total: f64,
    /// What a word counts now. It grows, which is the same as if all others shrank.
    now: f64,
    /// How much it grows with each word.
    growth: f64,
}

impl Cache {
    /// An empty cache.
    pub fn new() -> Cache {
        // e^(1/300) to four terms, which are the same numbers on every machine.
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

    /// The probability of a word to which something else gives `base`.
    pub fn probability(&self, word: u32, base: f64) -> f64 {
        let count = self.words.binary_search(&word).map_or(0.0, |at| self.counts[at]);
        let strength = STRENGTH * self.now;
        (count + strength * base) / (self.total + strength)
    }

    /// What a probability has of the word's count, and of what something else gives.
    pub fn shares(&self) -> (f64, f64) {
        let strength = STRENGTH * self.now;
        let sum = self.total + strength;
        (1.0 / sum, strength / sum)
    }

    /// The sum of the counts of all words below this one.
    pub fn below(&self, word: u32) -> f64 {
        let at = self.words.partition_point(|&other| other < word);
        at.checked_sub(1).map_or(0.0, |at| self.sums[at])
    }

    /// Adds the word that came.
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
        // The same is added to each, so that sums never fall from one word to the next.
        self.sums[at..].iter_mut().for_each(|sum| *sum += self.now);
        self.total += self.now;
        if self.now > 1e12 {
            self.forget();
        }
    }

    /// Makes numbers small again. What counts for nothing any more is forgotten altogether.
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
        // A word counts e times as much as one 300 tokens before it.
        let own = |word| p(word) - cache.probability(5000, base);
        assert!((own(999) / own(699) - 1f64.exp()).abs() < 1e-3);
        // Sums are those of the counts, to a rounding.
        let (of_count, of_base) = cache.shares();
        for word in 0..2000 {
            let by_sums = of_count * (cache.below(word + 1) - cache.below(word)) + of_base * base;
            assert!((by_sums - p(word)).abs() < 1e-12);
        }
    }
}
