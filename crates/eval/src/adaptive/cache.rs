//! The words of the last pages: a unigram cache that forgets.

/// How many tokens back a word counts for 1/e of what it counts now.
const MEMORY: f64 = 300.0;
/// The probabilities beneath count as so many words.
const STRENGTH: f64 = 20.0;

/// Words of the text so far, each the less the longer ago it came (Kuhn and De Mori 1990; decay as in Clarkson
/// and Robinson 1997).
pub struct Cache {
    /// By word, rising.
    counts: Vec<(u32, f64)>,
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
        Cache { counts: Vec::new(), total: 0.0, now: 1.0, growth }
    }

    /// The probability of a word to which something else gives `base`.
    pub fn probability(&self, word: u32, base: f64) -> f64 {
        let found = self.counts.binary_search_by_key(&word, |&(word, _)| word);
        let count = found.map_or(0.0, |at| self.counts[at].1);
        let strength = STRENGTH * self.now;
        (count + strength * base) / (self.total + strength)
    }

    /// Adds the word that came.
    pub fn add(&mut self, word: u32) {
        self.now *= self.growth;
        match self.counts.binary_search_by_key(&word, |&(word, _)| word) {
            Ok(at) => self.counts[at].1 += self.now,
            Err(at) => self.counts.insert(at, (word, self.now)),
        }
        self.total += self.now;
        if self.now > 1e12 {
            let scale = 1.0 / self.now;
            self.now = 1.0;
            // What counts for nothing any more is forgotten altogether.
            self.counts.iter_mut().for_each(|(_, count)| *count *= scale);
            self.counts.retain(|&(_, count)| count > 1e-9);
            self.total = self.counts.iter().map(|(_, count)| count).sum();
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
    }
}
