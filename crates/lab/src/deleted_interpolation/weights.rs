//! Weights of a mixture, one set a bucket, fitted to held-out events by expectation maximisation.

use ngram_model::mixture_weights::{add, renew};

/// One held-out event: which bucket it falls into, and the probability each part of the mixture gives
/// it; none where a part has nothing to say.
pub type Event<const K: usize> = (usize, [Option<f64>; K]);

/// The least weight of the first part, which has something to say of everything: nothing that the held-out
/// events lack becomes impossible.
const LEAST: f64 = 1e-6;

/// Weights of `K` parts in each bucket; each set sums to 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights<const K: usize>(Vec<[f64; K]>);

impl<const K: usize> Weights<K> {
    /// Fits the weights of `buckets` buckets, so that the held-out events become as likely as a mixture
    /// can make them: from equal weights, `rounds` times over (Jelinek and Mercer 1980). A bucket without
    /// events takes what fits all events together.
    pub fn fit(buckets: usize, events: &[Event<K>], rounds: usize) -> Weights<K> {
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
        Weights(weights)
    }

    /// The weights of a bucket.
    pub fn of(&self, bucket: usize) -> &[f64; K] {
        &self.0[bucket]
    }

    /// The sum of the weights of the parts that have something to say.
    pub fn known(&self, bucket: usize, parts: &[Option<f64>; K]) -> f64 {
        let of = self.0[bucket].iter().zip(parts);
        of.map(|(weight, part)| if part.is_some() { *weight } else { 0.0 }).sum()
    }

    /// The mixture: Σ λ p over the parts that have something to say, of which the first always must, λ
    /// divided by their sum.
    pub fn mix(&self, bucket: usize, parts: &[Option<f64>; K]) -> f64 {
        let of = self.0[bucket].iter().zip(parts);
        let mixed: f64 = of.map(|(weight, part)| weight * part.unwrap_or(0.0)).sum();
        mixed / self.known(bucket, parts)
    }
}

/// How far each part accounts for an event: λ_k p_k / Σ λ p.
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

    /// Two events, one that only the first part foresees and one that only the second does: equal
    /// weights. Three to one: 3/4 and 1/4.
    #[test]
    fn by_hand() {
        let (one, other) = ([Some(0.5), Some(0.0)], [Some(0.0), Some(0.1)]);
        let found =
            Weights::fit(2, &[(0, one), (0, other), (1, one), (1, one), (1, other), (1, one)], 1);
        assert_eq!(found.of(0), &[0.5, 0.5]);
        assert_eq!(found.of(1), &[0.75, 0.25]);
        assert_eq!(found.mix(1, &[Some(0.5), Some(0.1)]), 0.4);
    }

    /// From ½ and ½: shares ⅔ and ⅓, then 4/5 and 1/5.
    #[test]
    fn rounds_go_towards_the_better_part() {
        let event = [Some(0.2), Some(0.1)];
        let after = |rounds| Weights::fit(1, &[(0, event)], rounds).of(0)[0];
        assert!((after(1) - 2.0 / 3.0).abs() < 1e-12);
        assert!((after(2) - 4.0 / 5.0).abs() < 1e-12);
        assert!(after(60) > 0.999);
    }

    /// However often the other is right, the first part keeps a millionth.
    #[test]
    fn nothing_becomes_impossible() {
        let found = Weights::fit(1, &[(0, [Some(0.0), Some(0.5)])], 9);
        assert_eq!(found.of(0)[0], 1e-6);
        assert!((found.of(0)[1] - (1.0 - 1e-6)).abs() < 1e-15);
    }

    #[test]
    fn parts_that_say_nothing_leave_their_weight_to_the_others() {
        let found = Weights::fit(2, &[(0, [Some(0.3), Some(0.3)])], 3);
        assert_eq!(found.mix(0, &[Some(0.25), None]), 0.25);
        assert_eq!(found.known(0, &[Some(0.25), None]), 0.5);
        // The second bucket has no events of its own.
        assert_eq!(found.of(1), found.of(0));
    }
}
