//! Counts of the text so far by context, and the probabilities they give.

use super::steps::Steps;
use rustc_hash::FxHashMap;

/// D, the discount subtracted from every count.
pub const DISCOUNT: f64 = 0.75;

/// Counts of the symbols seen in each context; contexts are identified by a hash.
#[derive(Default)]
pub struct SeenSymbols {
    contexts: FxHashMap<u64, Successors>,
}

/// The symbols seen in one context.
#[derive(Default)]
struct Successors {
    total: u32,
    /// Symbol and count, in rising order of symbol.
    counts: Vec<(u32, u32)>,
}

impl SeenSymbols {
    /// Returns the count of a symbol in a context, the sum of all counts there, and the number of
    /// distinct symbols. `None` if the context was never seen.
    pub fn count(&self, context: u64, symbol: u32) -> Option<(f64, f64, f64)> {
        let successors = self.contexts.get(&context)?;
        let counts = &successors.counts;
        let count = counts
            .binary_search_by_key(&symbol, |&(symbol, _)| symbol)
            .map_or(0, |at| counts[at].1);
        Some((f64::from(count), f64::from(successors.total), counts.len() as f64))
    }

    /// Adds 1 to the count of a symbol.
    pub fn add(&mut self, context: u64, symbol: u32) {
        let successors = self.contexts.entry(context).or_default();
        successors.total = successors.total.saturating_add(1);
        match successors.counts.binary_search_by_key(&symbol, |&(symbol, _)| symbol) {
            Ok(at) => successors.counts[at].1 = successors.counts[at].1.saturating_add(1),
            Err(at) => successors.counts.insert(at, (symbol, 1)),
        }
    }

    /// Returns the probability of a symbol whose probability in the shorter contexts is `base`.
    ///
    /// ```text
    /// (max(count − D, 0) + (D · N + S) · base) / (T + S)     T symbols counted, N distinct ones
    /// ```
    ///
    /// Absolute discounting (Ney, Essen and Kneser 1994, equation 25), with S extra counts, the
    /// `strength`, for the shorter contexts.
    pub fn probability(&self, context: u64, symbol: u32, strength: f64, base: f64) -> f64 {
        let Some((count, total, distinct)) = self.count(context, symbol) else { return base };
        let own = (count - DISCOUNT).max(0.0);
        (own + (DISCOUNT * distinct + strength) * base) / (total + strength)
    }
}

impl SeenSymbols {
    /// Computes [`SeenSymbols::probability`] of each symbol from 0 on; `probabilities` holds those in the
    /// shorter contexts.
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

/// The factors that make up [`SeenSymbols::probability`] in one context.
pub struct SeenShares {
    /// The factor of the discounted count.
    pub of_count: f64,
    /// The factor of the probability in the shorter contexts.
    pub of_base: f64,
}

impl SeenSymbols {
    /// Returns the factors of [`SeenSymbols::probability`] in a context; `None` if it was never seen.
    pub fn shares(&self, context: u64, strength: f64) -> Option<SeenShares> {
        let (_, total, distinct) = self.count(context, 0)?;
        let sum = total + strength;
        Some(SeenShares { of_count: 1.0 / sum, of_base: (DISCOUNT * distinct + strength) / sum })
    }

    /// Returns the discounted counts of the symbols seen in a context.
    pub fn steps(&self, context: u64) -> Steps {
        let counts = self.contexts.get(&context).map_or(&[][..], |successors| &successors.counts);
        let mut steps = Steps::with_capacity(counts.len());
        counts.iter().for_each(|&(symbol, count)| steps.push(symbol, f64::from(count) - DISCOUNT));
        steps
    }
}

/// Hashes a context of words.
pub fn context_of(words: &[u32]) -> u64 {
    let mut hash = words.len() as u64;
    for &word in words {
        hash = folded(hash ^ u64::from(word) << 1);
    }
    hash
}

/// Spreads a number's bits: multiplies to 128 bits and folds both halves.
pub(crate) fn folded(number: u64) -> u64 {
    let product = u128::from(number) * 0x9e37_79b9_7f4a_7c15;
    (product as u64) ^ ((product >> 64) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand_and_sums_to_1() {
        let mut seen = SeenSymbols::default();
        for symbol in [5, 7, 5, 5] {
            seen.add(1, symbol);
        }
        // 5 three times, 7 once; D = 3/4 and the base counts as two symbols, so it gets 3.5 of 6.
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
