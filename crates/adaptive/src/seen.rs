//! What the text had so far: n-grams of every order up to some, and their probabilities.

use super::steps::Steps;
use rustc_hash::FxHashMap;

/// D: what is taken from every count.
pub const DISCOUNT: f64 = 0.75;

/// Counts of the symbols that came in each context, given by a number that stands for it.
#[derive(Default)]
pub struct Seen {
    contexts: FxHashMap<u64, Successors>,
}

/// What came in one context.
#[derive(Default)]
struct Successors {
    total: u32,
    /// By symbol, rising.
    counts: Vec<(u32, u32)>,
}

impl Seen {
    /// The count of a symbol in a context, the sum of all counts there, and how many symbols have one.
    /// `None` if the context was never met.
    pub fn count(&self, context: u64, symbol: u32) -> Option<(f64, f64, f64)> {
        let successors = self.contexts.get(&context)?;
        let counts = &successors.counts;
        let count = counts
            .binary_search_by_key(&symbol, |&(symbol, _)| symbol)
            .map_or(0, |at| counts[at].1);
        Some((f64::from(count), f64::from(successors.total), counts.len() as f64))
    }

    /// Counts a symbol once more.
    pub fn add(&mut self, context: u64, symbol: u32) {
        let successors = self.contexts.entry(context).or_default();
        successors.total = successors.total.saturating_add(1);
        match successors.counts.binary_search_by_key(&symbol, |&(symbol, _)| symbol) {
            Ok(at) => successors.counts[at].1 = successors.counts[at].1.saturating_add(1),
            Err(at) => successors.counts.insert(at, (symbol, 1)),
        }
    }

    /// The probability of a symbol where shorter contexts give it `base`.
    ///
    /// ```text
    /// (max(count − D, 0) + (D · N + S) · base) / (T + S)     T symbols counted, N distinct ones
    /// ```
    ///
    /// Absolute discounting (Ney, Essen and Kneser 1994, equation 25), where the shorter contexts count as S
    /// symbols more.
    pub fn probability(&self, context: u64, symbol: u32, strength: f64, base: f64) -> f64 {
        let Some((count, total, distinct)) = self.count(context, symbol) else { return base };
        let own = (count - DISCOUNT).max(0.0);
        (own + (DISCOUNT * distinct + strength) * base) / (total + strength)
    }
}

impl Seen {
    /// What [`Seen::probability`] says of each symbol from 0 on; `probabilities` are the shorter contexts'.
    pub fn probabilities(&self, context: u64, strength: f64, probabilities: &mut [f64]) {
        let Some(successors) = self.contexts.get(&context) else { return };
        let sum = f64::from(successors.total) + strength;
        let of_base = DISCOUNT * successors.counts.len() as f64 + strength;
        probabilities.iter_mut().for_each(|probability| *probability *= of_base);
        for &(symbol, count) in &successors.counts {
            if let Some(probability) = probabilities.get_mut(symbol as usize) {
                *probability += (f64::from(count) - DISCOUNT).max(0.0);
            }
        }
        probabilities.iter_mut().for_each(|probability| *probability /= sum);
    }
}

/// What symbols have of their own in one context, and what is left.
pub struct Shares {
    /// A symbol that came has its count less D, times this.
    pub of_count: f64,
    /// What all have of what shorter contexts give.
    pub of_base: f64,
}

impl Seen {
    /// What makes up [`Seen::probability`] in a context; `None` if it was never met.
    pub fn shares(&self, context: u64, strength: f64) -> Option<Shares> {
        let (_, total, distinct) = self.count(context, 0)?;
        let sum = total + strength;
        Some(Shares { of_count: 1.0 / sum, of_base: (DISCOUNT * distinct + strength) / sum })
    }

    /// The count less D of each symbol that came in a context.
    pub fn steps(&self, context: u64) -> Steps {
        let counts = self.contexts.get(&context).map_or(&[][..], |successors| &successors.counts);
        let mut steps = Steps::with_capacity(counts.len());
        counts.iter().for_each(|&(symbol, count)| steps.push(symbol, f64::from(count) - DISCOUNT));
        steps
    }
}

/// A number that stands for a context of words.
pub fn context_of(words: &[u32]) -> u64 {
    let mut hash = words.len() as u64;
    for &word in words {
        let product = u128::from(hash ^ u64::from(word) << 1) * 0x9e37_79b9_7f4a_7c15_u128;
        hash = (product as u64) ^ ((product >> 64) as u64);
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand_and_sums_to_1() {
        let mut seen = Seen::default();
        for symbol in [5, 7, 5, 5] {
            seen.add(1, symbol);
        }
        // 5 three times, 7 once; D = 3/4, and the base counts as two symbols: 3.5 of 6 go there.
        let p = |symbol| seen.probability(1, symbol, 2.0, 0.1);
        for (symbol, own) in [(5, 2.25), (7, 0.25), (6, 0.0)] {
            assert!((p(symbol) - (own + 3.5 * 0.1) / 6.0).abs() < 1e-15);
        }
        let mut all = [0.1; 10];
        seen.probabilities(1, 2.0, &mut all);
        assert!((0..10).zip(&all).all(|(symbol, &all)| (all - p(symbol)).abs() < 1e-15));
        assert!((all.iter().sum::<f64>() - 1.0).abs() < 1e-15);
        assert_eq!(seen.probability(2, 5, 2.0, 0.1), 0.1);
    }

    #[test]
    fn contexts_differ_by_words_order_and_length() {
        let numbers = [
            context_of(&[]),
            context_of(&[0]),
            context_of(&[0, 0]),
            context_of(&[1, 2]),
            context_of(&[2, 1]),
        ];
        let distinct: std::collections::HashSet<u64> = numbers.into_iter().collect();
        assert_eq!(distinct.len(), numbers.len());
    }
}
