//! The weights of a mixture, learnt while reading the text.

/// The weights of a linear mixture's components, one set per bucket of contexts.
///
/// After each token every weight moves towards its component's share of the token's probability,
/// which is the posterior of the component: an incremental EM algorithm for mixtures (Jelinek and
/// Mercer 1980; Neal and Hinton 1998). The weights of a bucket always sum to 1, so the mixture is a
/// distribution as long as they depend only on the past.
pub struct BucketWeights {
    components: usize,
    weights: Vec<f64>,
    /// How often each bucket has been used.
    used: Vec<u32>,
    /// The smallest step by which weights move.
    slowest: f64,
}

/// The smallest weight, so that every component can recover.
const LEAST: f64 = 1e-4;

impl BucketWeights {
    /// Creates weights for `buckets` buckets, each starting as `first`.
    pub fn new(buckets: usize, first: &[f64], slowest: f64) -> BucketWeights {
        BucketWeights {
            components: first.len(),
            weights: first.repeat(buckets),
            used: vec![0; buckets],
            slowest,
        }
    }

    /// Returns the weights of a bucket; they sum to 1.
    pub fn of(&self, bucket: usize) -> &[f64] {
        &self.weights[bucket * self.components..][..self.components]
    }

    /// Sets the initial weights of a bucket that has never been used, creating it if needed.
    pub fn begin(&mut self, bucket: usize, first: &[f64]) {
        if bucket >= self.used.len() {
            self.used.resize(bucket + 1, 0);
            self.weights.resize((bucket + 1) * self.components, 0.0);
        }
        if self.used[bucket] == 0 {
            self.weights[bucket * self.components..][..self.components].copy_from_slice(first);
        }
    }

    /// Learns from the probabilities that the components gave to the observed token.
    pub fn learn(&mut self, bucket: usize, probabilities: &[f64]) {
        let used = &mut self.used[bucket];
        *used = used.saturating_add(1);
        // At first all tokens count equally, later the recent ones count more.
        let step = (1.0 / (f64::from(*used) + FIRST)).max(self.slowest);
        let weights = &mut self.weights[bucket * self.components..][..self.components];
        let mixed: f64 = weights.iter().zip(probabilities).map(|(w, p)| w * p).sum();
        // All underflowed to 0 in 64 bits, so there is nothing to learn.
        if mixed < f64::MIN_POSITIVE {
            return;
        }
        for (weight, &probability) in weights.iter_mut().zip(probabilities) {
            let share = *weight * probability / mixed;
            *weight = ((1.0 - step) * *weight + step * share).max(LEAST);
        }
        let sum: f64 = weights.iter().sum();
        weights.iter_mut().for_each(|weight| *weight /= sum);
    }
}

/// The weight of the initial weights, in tokens.
const FIRST: f64 = 2.0;

/// Returns the weighted sum of the components.
pub fn mix(weights: &[f64], probabilities: &[f64]) -> f64 {
    weights.iter().zip(probabilities).map(|(weight, probability)| weight * probability).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_step_by_hand() {
        let mut weights = BucketWeights::new(2, &[0.5, 0.5], 0.1);
        weights.learn(1, &[0.3, 0.1]);
        // The first has 3/4 of the probability, and the step is a third of the way.
        let expected = 0.5 + (0.75 - 0.5) / 3.0;
        assert!((weights.of(1)[0] - expected).abs() < 1e-12);
        assert_eq!(weights.of(0), [0.5, 0.5]);
        assert!((weights.of(1).iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn the_better_component_wins_and_the_other_stays() {
        let mut weights = BucketWeights::new(1, &[0.5, 0.5], 0.01);
        for _ in 0..10_000 {
            weights.learn(0, &[0.2, 0.1]);
        }
        assert!(weights.of(0)[0] > 0.99);
        assert!(weights.of(0)[1] >= LEAST * 0.99);
        // Probabilities of 0 change nothing and cause no division by zero.
        weights.learn(0, &[0.0, 0.0]);
        assert!(weights.of(0).iter().all(|weight| weight.is_finite()));
    }
}
