//! A cache of the n-grams of the text so far, with decay.

use ngram_adaptive::context_of;
use rustc_hash::FxHashMap;
use std::fmt;

/// The weights, in tokens, of the base distribution below unigrams, and of shorter histories.
const STRENGTH: [f64; 2] = [20.0, 1.0];

/// The decay of a cache, and the order of its n-grams.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CacheSpec {
    /// The number of tokens after which an occurrence counts half; infinite for no decay.
    pub half_life: f64,
    /// The order of the longest n-grams, from 1.
    pub order: usize,
}

impl fmt::Display for CacheSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.half_life, self.order)
    }
}

/// The successors of each history in the text so far, with counts that decay with age (Kuhn and De
/// Mori 1990 for words; decay as in Clarkson and Robinson 1997; n-grams as in Jelinek, Merialdo,
/// Roukos and Strauss 1991):
///
/// ```text
/// p(w|h) = (c(hw) + μ p(w|h′)) / (c(h) + μ)       c: occurrences, each counting 2^(−age / half-life)
/// ```
///
/// μ is 1, and 20 for unigrams, which are interpolated with a given base distribution.
#[derive(Clone)]
pub struct RecentSuccessors {
    spec: CacheSpec,
    /// The current count of one occurrence. It grows, which is equivalent to shrinking all others.
    now: f64,
    growth: f64,
    /// c(h).
    totals: FxHashMap<u64, f64>,
    /// c(hw).
    counts: FxHashMap<(u64, u32), f64>,
    /// The last tokens, as many as the longest history has.
    text: Vec<u32>,
}

impl RecentSuccessors {
    /// Creates an empty cache.
    pub fn new(spec: CacheSpec) -> RecentSuccessors {
        RecentSuccessors {
            spec,
            now: 1.0,
            growth: (std::f64::consts::LN_2 / spec.half_life).exp(),
            totals: FxHashMap::default(),
            counts: FxHashMap::default(),
            text: Vec::new(),
        }
    }

    /// The parameters of the cache.
    pub fn spec(&self) -> CacheSpec {
        self.spec
    }

    /// Returns the probability of the next word, given its base probability.
    pub fn probability(&self, word: u32, base: f64) -> f64 {
        let mut probability = base;
        for (length, context) in self.contexts().enumerate() {
            let Some(total) = self.totals.get(&context) else { break };
            let count = self.counts.get(&(context, word)).copied().unwrap_or(0.0);
            let strength = STRENGTH[length.min(1)] * self.now;
            probability = (count + strength * probability) / (total + strength);
        }
        probability
    }

    /// Adds the next word of the text.
    pub fn add(&mut self, word: u32) {
        self.now *= self.growth;
        let contexts: Vec<u64> = self.contexts().collect();
        for context in contexts {
            *self.totals.entry(context).or_default() += self.now;
            *self.counts.entry((context, word)).or_default() += self.now;
        }
        if self.text.len() == self.spec.order {
            self.text.remove(0);
        }
        self.text.push(word);
        if self.now > 1e100 {
            self.rescale();
        }
    }

    /// Returns the current histories, the shortest first.
    fn contexts(&self) -> impl Iterator<Item = u64> {
        let text = &self.text;
        (0..self.spec.order.min(text.len() + 1))
            .map(|length| context_of(&text[text.len() - length..]))
    }

    /// Rescales the counts to avoid overflow, and drops those that have become negligible.
    fn rescale(&mut self) {
        let scale = 1.0 / self.now;
        self.now = 1.0;
        let keep = |count: &mut f64| {
            *count *= scale;
            *count > 1e-12
        };
        self.counts.retain(|_, count| keep(count));
        // Recomputed from the counts, so that the two agree after some were dropped.
        self.totals.clear();
        for (&(context, _), count) in &self.counts {
            *self.totals.entry(context).or_default() += count;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        // Each token counts half as much as the next.
        let mut cache = RecentSuccessors::new(CacheSpec { half_life: 1.0, order: 2 });
        for word in [5, 7, 5, 7] {
            cache.add(word);
        }
        let near = |value: f64, expected: f64| assert!((value - expected).abs() < 1e-12);
        // 7 has 1 + 1/4 of 1 + 1/2 + 1/4 + 1/8; the base distribution counts 20.
        let single = |own: f64| (own + 20.0 * 0.1) / (1.875 + 20.0);
        // 5 came after 7 once, a token ago, so it counts 1/2; the unigrams count 1.
        near(cache.probability(5, 0.1), (0.5 + single(0.625)) / 1.5);
        near(cache.probability(7, 0.1), single(1.25) / 1.5);
        near(cache.probability(9, 0.1), single(0.0) / 1.5);
    }

    #[test]
    fn small_numbers_are_forgotten_and_all_sums_to_1() {
        let mut cache = RecentSuccessors::new(CacheSpec { half_life: 2.0, order: 3 });
        let mut state = 1u32;
        for _ in 0..2000 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            cache.add(state >> 29);
            let sum: f64 = (0..10).map(|word| cache.probability(word, 0.1)).sum();
            assert!((sum - 1.0).abs() < 1e-9, "{sum}");
        }
        assert!(cache.counts.len() < 600, "{}", cache.counts.len());
    }

    #[test]
    fn without_forgetting_all_tokens_count_alike() {
        let mut cache = RecentSuccessors::new(CacheSpec { half_life: f64::INFINITY, order: 1 });
        (0..80).for_each(|number| cache.add(number % 4));
        assert_eq!(cache.probability(2, 0.0), 20.0 / 100.0);
    }
}
