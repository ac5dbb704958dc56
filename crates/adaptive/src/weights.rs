//! The weights of a mixture, learnt as the text goes by.

/// Weights of the components of a linear mixture, one set for each bucket of situations.
///
/// After each token every weight moves towards the share that its component had in the token's probability:
/// the posterior of the component, so that this is the EM algorithm for mixtures done step by step (Jelinek and
/// Mercer 1980; Neal and Hinton 1998). Weights of a bucket stay a distribution, and a mixture of distributions
/// is one, whatever the weights are, as long as they depend on the past alone.
pub struct Weights {
    components: usize,
    weights: Vec<f64>,
    /// How often each bucket was used.
    used: Vec<u32>,
    /// How far weights move at least.
    slowest: f64,
}

/// No weight falls below this, so that every component can come back.
const LEAST: f64 = 1e-4;

impl Weights {
    /// Weights that begin as `first`, for so many buckets.
    pub fn new(buckets: usize, first: &[f64], slowest: f64) -> Weights {
        Weights {
            components: first.len(),
            weights: first.repeat(buckets),
            used: vec![0; buckets],
            slowest,
        }
    }

    /// The weights of a bucket; they sum to 1.
    pub fn of(&self, bucket: usize) -> &[f64] {
        &self.weights[bucket * self.components..][..self.components]
    }

    /// Lets a bucket that was never used begin with other weights; makes it, if there is none yet.
    pub fn begin(&mut self, bucket: usize, first: &[f64]) {
        if bucket >= self.used.len() {
            self.used.resize(bucket + 1, 0);
            self.weights.resize((bucket + 1) * self.components, 0.0);
        }
        if self.used[bucket] == 0 {
            self.weights[bucket * self.components..][..self.components].copy_from_slice(first);
        }
    }

    /// Learns from the probabilities that the components gave to what came.
    pub fn learn(&mut self, bucket: usize, probabilities: &[f64]) {
        let used = &mut self.used[bucket];
        *used = used.saturating_add(1);
        // At first each token counts alike, then the recent ones more.
        let step = (1.0 / (f64::from(*used) + FIRST)).max(self.slowest);
        let weights = &mut self.weights[bucket * self.components..][..self.components];
        let mixed: f64 = weights.iter().zip(probabilities).map(|(w, p)| w * p).sum();
        // All were too small for a number of 64 bits: nothing can be told.
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

/// How many tokens the first weights count for.
const FIRST: f64 = 2.0;

/// The sum of components, weighted.
pub fn mix(weights: &[f64], probabilities: &[f64]) -> f64 {
    weights.iter().zip(probabilities).map(|(weight, probability)| weight * probability).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_step_by_hand() {
        let mut weights = Weights::new(2, &[0.5, 0.5], 0.1);
        weights.learn(1, &[0.3, 0.1]);
        // The first has 3/4 of the probability, and a third of the way is gone.
        let expected = 0.5 + (0.75 - 0.5) / 3.0;
        assert!((weights.of(1)[0] - expected).abs() < 1e-12);
        assert_eq!(weights.of(0), [0.5, 0.5]);
        assert!((weights.of(1).iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn the_better_component_wins_and_the_other_stays() {
        let mut weights = Weights::new(1, &[0.5, 0.5], 0.01);
        for _ in 0..10_000 {
            weights.learn(0, &[0.2, 0.1]);
        }
        assert!(weights.of(0)[0] > 0.99);
        assert!(weights.of(0)[1] >= LEAST * 0.99);
        // What cannot be told apart from 0 changes nothing and is no division by it.
        weights.learn(0, &[0.0, 0.0]);
        assert!(weights.of(0).iter().all(|weight| weight.is_finite()));
    }
}
