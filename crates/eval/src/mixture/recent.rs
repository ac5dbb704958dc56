//! n-grams of the text so far that fade: a cache.

use ngram_adaptive::context_of;
use rustc_hash::FxHashMap;
use std::fmt;

/// So many tokens the probabilities of single words beneath count for, and those of shorter histories.
const STRENGTH: [f64; 2] = [20.0, 1.0];

/// How a cache forgets, and how long its n-grams are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CacheSpec {
    /// After how many tokens an occurrence counts for half; infinite if none is forgotten.
    pub half_life: f64,
    /// The longest n-grams, from 1.
    pub order: usize,
}

impl fmt::Display for CacheSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.half_life, self.order)
    }
}

/// What the text so far had after each history, each occurrence the less the longer ago it was (Kuhn and De
/// Mori 1990 for words; decay as in Clarkson and Robinson 1997; n-grams as in Jelinek, Merialdo, Roukos and
/// Strauss 1991):
///
/// ```text
/// p(w|h) = (c(hw) + μ p(w|h′)) / (c(h) + μ)       c: occurrences, each counting 2^(−age / half-life)
/// ```
///
/// μ is 1, for single words 20; below them are the probabilities that something else gives.
#[derive(Clone)]
pub(super) struct Recent {
    spec: CacheSpec,
    /// What an occurrence counts now. It grows, which is the same as if all others shrank.
    now: f64,
    growth: f64,
    /// c(h).
    totals: FxHashMap<u64, f64>,
    /// c(hw).
    counts: FxHashMap<(u64, u32), f64>,
    /// The last tokens, as many as histories have.
    text: Vec<u32>,
}

impl Recent {
    /// A cache of a text that has not begun.
    pub fn new(spec: CacheSpec) -> Recent {
        Recent {
            spec,
            now: 1.0,
            growth: (std::f64::consts::LN_2 / spec.half_life).exp(),
            totals: FxHashMap::default(),
            counts: FxHashMap::default(),
            text: Vec::new(),
        }
    }

    /// How it forgets.
    pub fn spec(&self) -> CacheSpec {
        self.spec
    }

    /// The probability of a word that comes, to which something else gives `base`.
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

    /// Adds the word that came.
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

    /// The histories, the shortest first.
    fn contexts(&self) -> impl Iterator<Item = u64> {
        let text = &self.text;
        (0..self.spec.order.min(text.len() + 1))
            .map(|length| context_of(&text[text.len() - length..]))
    }

    /// Makes numbers small again. What counts for nothing any more is forgotten altogether.
    fn rescale(&mut self) {
        let scale = 1.0 / self.now;
        self.now = 1.0;
        let keep = |count: &mut f64| {
            *count *= scale;
            *count > 1e-12
        };
        self.counts.retain(|_, count| keep(count));
        // Made anew from the counts, so that the two agree whatever was forgotten.
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
        // Each token counts half of the next.
        let mut cache = Recent::new(CacheSpec { half_life: 1.0, order: 2 });
        for word in [5, 7, 5, 7] {
            cache.add(word);
        }
        let near = |value: f64, expected: f64| assert!((value - expected).abs() < 1e-12);
        // Of 1 + 1/2 + 1/4 + 1/8, 7 has 1 + 1/4; 20 go to what is beneath.
        let single = |own: f64| (own + 20.0 * 0.1) / (1.875 + 20.0);
        // After 7 there was 5, once, a token ago: 1/2, and 1 goes to the single words.
        near(cache.probability(5, 0.1), (0.5 + single(0.625)) / 1.5);
        near(cache.probability(7, 0.1), single(1.25) / 1.5);
        near(cache.probability(9, 0.1), single(0.0) / 1.5);
    }

    #[test]
    fn small_numbers_are_forgotten_and_all_sums_to_1() {
        let mut cache = Recent::new(CacheSpec { half_life: 2.0, order: 3 });
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
        let mut cache = Recent::new(CacheSpec { half_life: f64::INFINITY, order: 1 });
        (0..80).for_each(|number| cache.add(number % 4));
        assert_eq!(cache.probability(2, 0.0), 20.0 / 100.0);
    }
}
