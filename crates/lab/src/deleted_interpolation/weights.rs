//! Weights of a mixture, one set per bucket, fitted to held-out events by expectation maximisation.

use ngram_model::mixture_weights::{add, renew};

/// A held-out event: its bucket, and its probability in each part of the mixture; `None` if a part
/// is undefined for it.
pub type Event<const K: usize> = (usize, [Option<f64>; K]);

/// Minimum weight of the first part, which is defined for every event, so that nothing missing from
/// the held-out events becomes impossible.
const LEAST: f64 = 1e-6;

/// Weights of `K` parts in each bucket; each set sums to 1.
#[derive(Clone, Debug, PartialEq)]
pub struct PartWeights<const K: usize>(Vec<[f64; K]>);

impl<const K: usize> PartWeights<K> {
    /// Fits the weights of `buckets` buckets to maximise the likelihood of the held-out events:
    /// from equal weights, in `rounds` rounds (Jelinek and Mercer 1980). A bucket without events
    /// gets the weights fitted to all events together.
    pub fn fit(buckets: usize, events: &[Event<K>], rounds: usize) -> PartWeights<K> {
        let start = [1.0 / K as f64; K];
        let mut shared = start;
        let mut weights = vec![start; buckets];
        let mut seen = vec![false; buckets];
        for &(bucket, _) in events {
            seen[bucket] = true;
        }
        for _ in 0..rounds {
            let mut all = [0.0; K];
            let mut sums = vec![[0.0; K]; buckets];
            for (bucket, parts) in events {
                add(&mut sums[*bucket], &share(&weights[*bucket], parts));
                add(&mut all, &share(&shared, parts));
            }
            for (weights, sums) in weights.iter_mut().zip(&sums) {
                renew(weights, sums);
            }
            renew(&mut shared, &all);
        }
        for (weights, seen) in weights.iter_mut().zip(seen) {
            if !seen {
                *weights = shared;
            }
            keep_first(weights);
        }
        PartWeights(weights)
    }

    /// Returns the weights of a bucket.
    pub fn of(&self, bucket: usize) -> &[f64; K] {
        &self.0[bucket]
    }

    /// Returns the sum of the weights of the defined parts.
    pub fn known(&self, bucket: usize, parts: &[Option<f64>; K]) -> f64 {
        let of = self.0[bucket].iter().zip(parts);
        of.map(|(weight, part)| if part.is_some() { *weight } else { 0.0 }).sum()
    }

    /// Returns the mixture: Σ λ p over the defined parts, divided by the sum of their λ. The first
    /// part must be defined.
    pub fn mix(&self, bucket: usize, parts: &[Option<f64>; K]) -> f64 {
        let of = self.0[bucket].iter().zip(parts);
        let mixed: f64 = of.map(|(weight, part)| weight * part.unwrap_or(0.0)).sum();
        mixed / self.known(bucket, parts)
    }
}

/// Returns the responsibility of each part for an event: λ_k p_k / Σ λ p.
fn share<const K: usize>(weights: &[f64; K], parts: &[Option<f64>; K]) -> [f64; K] {
    let mut shares = [0.0; K];
    for ((share, weight), part) in shares.iter_mut().zip(weights).zip(parts) {
        *share = weight * part.unwrap_or(0.0);
    }
    let sum: f64 = shares.iter().sum();
    if sum > 0.0 { shares.map(|share| share / sum) } else { [0.0; K] }
}

fn keep_first<const K: usize>(weights: &mut [f64; K]) {
    if weights[0] < LEAST {
        let rest: f64 = weights[1..].iter().sum();
        for weight in &mut weights[1..] {
            *weight *= (1.0 - LEAST) / rest;
        }
        weights[0] = LEAST;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two events, one predicted only by the first part and one only by the second: equal weights.
    /// Three to one: 3/4 and 1/4.
    #[test]
    fn by_hand() {
        let (one, other) = ([Some(0.5), Some(0.0)], [Some(0.0), Some(0.1)]);
        let found = PartWeights::fit(
            2,
            &[(0, one), (0, other), (1, one), (1, one), (1, other), (1, one)],
            1,
        );
        assert_eq!(found.of(0), &[0.5, 0.5]);
        assert_eq!(found.of(1), &[0.75, 0.25]);
        assert_eq!(found.mix(1, &[Some(0.5), Some(0.1)]), 0.4);
    }

    /// From ½ and ½: shares ⅔ and ⅓, then 4/5 and 1/5.
    #[test]
    fn rounds_go_towards_the_better_part() {
        let event = [Some(0.2), Some(0.1)];
        let after = |rounds| PartWeights::fit(1, &[(0, event)], rounds).of(0)[0];
        assert!((after(1) - 2.0 / 3.0).abs() < 1e-12);
        assert!((after(2) - 4.0 / 5.0).abs() < 1e-12);
        assert!(after(60) > 0.999);
    }

    /// However often the other part is right, the first keeps a millionth.
    #[test]
    fn nothing_becomes_impossible() {
        let found = PartWeights::fit(1, &[(0, [Some(0.0), Some(0.5)])], 9);
        assert_eq!(found.of(0)[0], 1e-6);
        assert!((found.of(0)[1] - (1.0 - 1e-6)).abs() < 1e-15);
    }

    #[test]
    fn parts_that_say_nothing_leave_their_weight_to_the_others() {
        let found = PartWeights::fit(2, &[(0, [Some(0.3), Some(0.3)])], 3);
        assert_eq!(found.mix(0, &[Some(0.25), None]), 0.25);
        assert_eq!(found.known(0, &[Some(0.25), None]), 0.5);
        // The second bucket has no events of its own.
        assert_eq!(found.of(1), found.of(0));
    }
}
