//! SRILM's treatment of histories after which almost nothing is left.
//!
//! If the words kept after a history would have all but three parts in a million of its probability,
//! although not every word has been seen after it, the history is not interpolated. If they still would,
//! its total count is raised by one until they do not. After that, anything that the history or the lower
//! order leaves counts as nothing if it is below three parts in a million. (SRILM 1.7.3, `Ngram::estimate`
//! and `Ngram::computeBOW`; the increments are Doug Paul's remedy in the CMU toolkit, Rosenfeld 1995.)

use crate::smoothing::{Combine, Discount, HistoryCounts};
use ngram_model::exp10::exp10;
use ngram_model::log10::{log10, log10_of_any};

/// Anything below this counts as nothing.
pub(super) const EPSILON: f64 = 3e-6;

/// The counts and lower-order probabilities of the words seen after a history.
pub(super) struct SeenWords<'a> {
    pub counts: &'a [u64],
    /// p(w|h′) of each.
    pub lower: &'a [f64],
    /// The lowest count that is kept.
    pub least: u64,
    /// How many words can be predicted.
    pub words: usize,
}

impl SeenWords<'_> {
    /// Replaces `probs` with the probabilities, including those of words that are not kept, and
    /// returns the back-off weight. SRILM computes with 32-bit logarithms, so values are rounded to
    /// these before they are subtracted from 1.
    pub fn estimate(&self, discount: &dyn Discount, combine: Combine, probs: &mut Vec<f64>) -> f64 {
        let rounded: Vec<f64> = self.lower.iter().map(|&lower| exp10(log10(lower))).collect();
        let &SeenWords { counts, least, words, .. } = self;
        let lower = &rounded[..];
        SeenWords { counts, lower, least, words }.estimate_rounded(discount, combine, probs)
    }

    fn estimate_rounded(
        &self,
        discount: &dyn Discount,
        combine: Combine,
        probs: &mut Vec<f64>,
    ) -> f64 {
        let &SeenWords { counts, lower, least, .. } = self;
        let kept = || counts.iter().map(|&count| count >= least);
        self.shares(discount, combine, probs);
        if kept().all(|is_kept| !is_kept) {
            probs.copy_from_slice(lower);
            return 1.0;
        }
        probs.iter_mut().for_each(|prob| *prob = exp10(log10(*prob)));
        let left = 1.0 - sum_kept(probs, kept());
        let free = 1.0 - sum_kept(lower, kept());
        let is_nothing = |part: f64| part < EPSILON;
        let mut weight = exp10(log10_of_any(left) - log10_of_any(free));
        if is_nothing(free) {
            weight = 1.0;
            if !is_nothing(left) {
                probs.iter_mut().for_each(|prob| *prob /= 1.0 - left);
            }
        } else if is_nothing(left) {
            weight = 0.0;
        }
        for ((prob, lower), is_kept) in probs.iter_mut().zip(lower).zip(kept()) {
            if !is_kept {
                *prob = weight * lower;
            }
        }
        weight
    }

    fn shares(&self, discount: &dyn Discount, combine: Combine, probs: &mut Vec<f64>) {
        let &SeenWords { counts, lower, least, words } = self;
        let (total, types) = (counts.iter().sum(), counts.len() as u64);
        let mut estimate = |total: u64, interpolate: bool| {
            let history = HistoryCounts::new(total, types);
            discount.wide_shares(counts, history, probs);
            if interpolate {
                let taken = counts.iter().zip(&*probs);
                let reserved: f64 = taken.map(|(&c, p)| c as f64 * history.scale - p).sum();
                probs.iter_mut().zip(lower).for_each(|(prob, lower)| *prob += reserved * lower);
            }
            let sum = sum_kept(probs, counts.iter().map(|&count| count >= least));
            counts.len() >= words || sum <= 1.0 - EPSILON
        };
        if combine == Combine::Interpolate && estimate(total, true) {
            return;
        }
        raise(total, |total| estimate(total, false));
    }
}

/// Calls `leaves_something` with the least total from `total` on for which it is true, last of all. SRILM tries one
/// after another, and a total of 10^12 would have to be raised millions of times.
pub(super) fn raise(total: u64, mut leaves_something: impl FnMut(u64) -> bool) {
    if leaves_something(total) {
        return;
    }
    let (mut low, mut high) = (total, total.saturating_add(1));
    while !leaves_something(high) && high < u64::MAX {
        (low, high) = (high, high.saturating_add((high - total).saturating_mul(2)));
    }
    let mut last = high;
    while high - low > 1 {
        last = low + (high - low) / 2;
        match leaves_something(last) {
            true => high = last,
            false => low = last,
        }
    }
    if last != high {
        leaves_something(high);
    }
}

fn sum_kept(probs: &[f64], kept: impl Iterator<Item = bool>) -> f64 {
    probs.iter().zip(kept).filter(|(_, is_kept)| *is_kept).map(|(prob, _)| prob).sum()
}

/// Returns what unigrams leave, each rounded to a 32-bit logarithm before summing.
pub(super) fn left_of_rounded(probs: &[f64]) -> f64 {
    let left = 1.0 - probs.iter().map(|&prob| exp10(log10(prob))).sum::<f64>();
    if left < EPSILON { 0.0 } else { left }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::smoothing::maximum_likelihood::MaximumLikelihood;
    use crate::smoothing::witten_bell::WittenBell;

    #[test]
    fn interpolation_is_given_up_where_nothing_would_be_left() {
        // Seen 3 + 1 times, two kinds: shares 1/2 and 1/6, and 1/3 is left. The lower order leaves
        // a millionth for other words, so interpolation would leave them only a third of that.
        let lower = [0.75, 0.25 - 1e-6];
        let seen = SeenWords { counts: &[3, 1], lower: &lower, least: 1, words: 9 };
        let mut probs = Vec::new();
        let near = |found: f64, expected: f64| (found - expected).abs() < 1e-6;
        seen.estimate(&WittenBell, Combine::Interpolate, &mut probs);
        // A third is left, and the lower order has no words for it: the two are scaled to 1.
        assert!(near(probs[0], 0.75) && near(probs[1], 0.25), "{probs:?}");
        // If the lower order leaves a hundredth, the history is interpolated.
        let lower = [0.75, 0.24];
        let seen = SeenWords { counts: &[3, 1], lower: &lower, least: 1, words: 9 };
        let weight = seen.estimate(&WittenBell, Combine::Interpolate, &mut probs);
        assert!(near(probs[0], 0.75) && near(probs[1], 1.0 / 6.0 + 0.08));
        assert!((weight - 1.0 / 3.0).abs() < 1e-4, "{weight}");
    }

    /// The totals of SRILM, which tries one after another.
    #[test]
    fn totals_are_raised_as_far_as_needed() {
        for total in [1, 7, 1000, 1 << 40] {
            for more in [0, 1, 2, 3, 4, 5, 100, 1 << 20] {
                let (mut last, mut calls) = (0, 0);
                raise(total, |tried| {
                    (last, calls) = (tried, calls + 1);
                    tried >= total + more
                });
                assert_eq!(last, total + more);
                assert!(calls < 50, "{calls}");
            }
        }
        let mut last = 0;
        raise(5, |tried| {
            last = tried;
            false
        });
        assert_eq!(last, u64::MAX);
    }

    #[track_caller]
    fn estimated(
        discount: &dyn Discount,
        combine: Combine,
        lower: [f64; 2],
        [least, words]: [usize; 2],
        expected: [f64; 3],
    ) {
        let seen = SeenWords { counts: &[3, 1], lower: &lower, least: least as u64, words };
        let mut probs = Vec::new();
        let weight = seen.estimate(discount, combine, &mut probs);
        for (found, expected) in probs.iter().chain([&weight]).zip(expected) {
            assert!((found - expected).abs() < 1e-6, "{probs:?} {weight}");
        }
    }

    /// After words seen 3 and 1 times: their probabilities, and the back-off weight.
    #[test]
    fn worked_by_hand() {
        use Combine::{BackOff, Interpolate};
        // Shares of ½ and 1/6. Without the second word, ½ is left for the ¾ of the lower order.
        let weight = 0.5 / 0.75;
        estimated(&WittenBell, BackOff, [0.25, 0.2], [2, 9], [0.5, 0.2 * weight, weight]);
        // With both, a third is left for 0.55; without either, all is as in the lower order.
        estimated(&WittenBell, BackOff, [0.25, 0.2], [1, 9], [0.5, 1.0 / 6.0, 1.0 / 1.65]);
        estimated(&WittenBell, BackOff, [0.25, 0.2], [4, 9], [0.25, 0.2, 1.0]);
        // Relative frequencies leave nothing, so the total is raised from 4 to 5.
        let weight = 0.2 / 0.55;
        for combine in [BackOff, Interpolate] {
            estimated(&MaximumLikelihood, combine, [0.25, 0.2], [1, 9], [0.6, 0.2, weight]);
        }
        // If there are no other words, it is not, and there is nothing to back off to.
        estimated(&MaximumLikelihood, BackOff, [0.25, 0.2], [1, 2], [0.75, 0.25, 0.0]);
        // If the second word is not kept, a quarter is left, and nothing needs to be raised.
        let weight = 0.25 / 0.75;
        estimated(&MaximumLikelihood, BackOff, [0.25, 0.2], [2, 9], [0.75, 0.2 * weight, weight]);
    }

    #[test]
    fn less_than_three_millionths_is_nothing() {
        assert!((left_of_rounded(&[0.5, 0.25]) - 0.25).abs() < 1e-6);
        assert!((left_of_rounded(&[0.5, 0.5 - 1e-5]) - 1e-5).abs() < 1e-6);
        assert_eq!(left_of_rounded(&[0.5, 0.5 - 1e-6]), 0.0);
        assert_eq!(left_of_rounded(&[0.5, 0.75]), 0.0);
    }
}
