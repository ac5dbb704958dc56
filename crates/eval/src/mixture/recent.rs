//! n-grams of the text so far that fade: a cache.

use crate::adaptive::context_of;
use rustc_hash::FxHashMap;

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

/// What the text so far had after each history, each occurrence the less the longer ago it was (Kuhn and De
/// Mori 1990 for words; decay as in Clarkson and Robinson 1997; n-grams as in Jelinek, Merialdo, Roukos and
/// Strauss 1991):
///
/// ```text
/// p(w|h) = (c(hw) + μ p(w|h′)) / (c(h) + μ)       c: occurrences, each counting 2^(−age / half-life)
/// ```
///
/// μ is 1, for single words 20; below them are the probabilities that something else gives.
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
