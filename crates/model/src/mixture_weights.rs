//! Weights of a linear mixture, fitted to held-out text by expectation maximisation.

use rayon::prelude::*;

/// Rows summed together: a fixed number, so that sums do not depend on threads.
const CHUNK: usize = 1 << 14;
/// The fit ends when no weight moves by more than this in a round.
const STEP: f64 = 1e-9;
/// Maximum number of rounds.
const MOST_ROUNDS: usize = 2_000;

/// Weights of a mixture Σ λ_k p_k that maximise the likelihood of held-out events.
#[derive(Clone, Debug, PartialEq)]
pub struct MixtureWeights {
    /// λ, one per part: each at least 0, with sum 1.
    pub weights: Vec<f64>,
    /// The mean of −log2 Σ λ_k p_k over the events, in bits, without the `impossible` ones. 0 without events.
    pub bits: f64,
    /// An upper bound, in bits, on how much other weights could lower the mean. The logarithm is
    /// concave, so the largest derivative by a weight, minus 1, is such a bound.
    pub gap: f64,
    /// The number of passes over the events.
    pub rounds: usize,
    /// The number of events that have probability 0 in every part with a weight above 0: they do
    /// not affect the weights.
    pub impossible: u64,
}

/// Fits the weights of a mixture to events: `rows` holds, event by event, the probability in each
/// part: `start.len()` numbers per event, each at least 0.
///
/// Starting from `start`, weights that sum to 1, each round sets a part's weight to its mean responsibility
/// for the events, λ_k p_k / Σ λ p (Jelinek and Mercer 1980; Dempster, Laird and Rubin 1977). Every second
/// round is followed by a step further in the same direction (Varadhan and Roland 2008, scheme S3), which is
/// undone if it makes the events less likely. A part that starts at 0 stays there.
///
/// The result is the same for any number of threads.
///
/// ```
/// use ngram_model::mixture_weights;
///
/// // Two parts and three events. The likelihood (.4 λ + .1 (1 − λ))² · (.1 λ + .3 (1 − λ)) is highest where
/// // 2 · .3 / (.1 + .3 λ) = .2 / (.3 − .2 λ), that is at λ = 8/9.
/// let rows = [0.4, 0.1, 0.4, 0.1, 0.1, 0.3];
/// let fitted = mixture_weights(&rows, &[0.5, 0.5]);
/// assert!((fitted.weights[0] - 8.0 / 9.0).abs() < 1e-7);
/// assert!(fitted.gap < 1e-9);
/// ```
pub fn mixture_weights(rows: &[f64], start: &[f64]) -> MixtureWeights {
    let mut at = start.to_vec();
    let mut round = Round::of(rows, &at);
    let mut rounds = 1;
    while rounds < MOST_ROUNDS && distance(&at, &round.next) > STEP {
        let once = round.next.clone();
        let second = Round::of(rows, &once);
        rounds += 2;
        let twice = second.next.clone();
        let further = Round::of(rows, &extrapolated(&at, &once, &twice));
        let better = further.log_likelihood >= second.log_likelihood;
        (at, round) = match better {
            true => (extrapolated(&at, &once, &twice), further),
            false => (once, second),
        };
    }
    let events = round.events.max(1) as f64;
    let gap = round.derivatives.iter().fold(1.0, |most: f64, sum| most.max(sum / events)) - 1.0;
    MixtureWeights {
        bits: (-round.log_likelihood / events * std::f64::consts::LOG2_E).max(0.0),
        gap: gap * std::f64::consts::LOG2_E,
        rounds,
        impossible: round.impossible,
        weights: at,
    }
}

/// One pass over all events.
struct Round {
    /// The updated weights.
    next: Vec<f64>,
    /// ln Π Σ λ p.
    log_likelihood: f64,
    /// Σ p_k / Σ λ p over the events, one per part.
    derivatives: Vec<f64>,
    events: u64,
    impossible: u64,
}

impl Round {
    fn of(rows: &[f64], weights: &[f64]) -> Round {
        let parts = weights.len().max(1);
        let chunks: Vec<Round> = rows
            .par_chunks(CHUNK * parts)
            .map(|rows| {
                let mut round = Round::new(parts);
                rows.chunks_exact(parts).for_each(|row| round.add(weights, row));
                round
            })
            .collect();
        let mut all = Round::new(parts);
        for chunk in chunks {
            add(&mut all.derivatives, &chunk.derivatives);
            all.log_likelihood += chunk.log_likelihood;
            all.events += chunk.events;
            all.impossible += chunk.impossible;
        }
        let shares: Vec<f64> =
            all.derivatives.iter().zip(weights).map(|(sum, weight)| sum * weight).collect();
        all.next = weights.to_vec();
        renew(&mut all.next, &shares);
        all
    }

    fn new(parts: usize) -> Round {
        let derivatives = vec![0.0; parts];
        Round { next: Vec::new(), log_likelihood: 0.0, derivatives, events: 0, impossible: 0 }
    }

    #[inline]
    fn add(&mut self, weights: &[f64], row: &[f64]) {
        let mixed: f64 = weights.iter().zip(row).map(|(weight, part)| weight * part).sum();
        if mixed <= 0.0 {
            self.impossible += 1;
            return;
        }
        self.events += 1;
        self.log_likelihood += mixed.ln();
        for (sum, part) in self.derivatives.iter_mut().zip(row) {
            *sum += part / mixed;
        }
    }
}

/// Sets weights in proportion to `sums`; keeps them if all sums are 0.
pub fn renew(weights: &mut [f64], sums: &[f64]) {
    let total: f64 = sums.iter().sum();
    if total > 0.0 {
        for (weight, sum) in weights.iter_mut().zip(sums) {
            *weight = sum / total;
        }
    }
}

/// Adds shares to sums, part by part.
pub fn add(sums: &mut [f64], shares: &[f64]) {
    for (sum, share) in sums.iter_mut().zip(shares) {
        *sum += share;
    }
}

fn distance(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).fold(0.0, |most, (one, other)| most.max((one - other).abs()))
}

/// Extrapolates from `at` via `once` to `twice`; returns `twice` if that leads to invalid weights.
fn extrapolated(at: &[f64], once: &[f64], twice: &[f64]) -> Vec<f64> {
    let step: Vec<f64> = once.iter().zip(at).map(|(once, at)| once - at).collect();
    let bend: Vec<f64> = twice
        .iter()
        .zip(once)
        .zip(&step)
        .map(|((twice, once), step)| twice - once - step)
        .collect();
    let norm = |vector: &[f64]| vector.iter().map(|number| number * number).sum::<f64>().sqrt();
    let length = norm(&step) / norm(&bend);
    if !length.is_finite() || length <= 1.0 {
        return twice.to_vec();
    }
    let moved = at.iter().zip(&step).zip(&bend);
    let mut moved: Vec<f64> =
        moved.map(|((at, step), bend)| at + 2.0 * length * step + length * length * bend).collect();
    if moved
        .iter()
        .zip(twice)
        .any(|(moved, twice)| *moved < 0.0 || (*moved == 0.0) != (*twice == 0.0))
    {
        return twice.to_vec();
    }
    let sums = moved.clone();
    renew(&mut moved, &sums);
    moved
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows of probabilities that differ from part to part, from a linear congruential generator.
    fn rows(parts: usize, events: usize) -> Vec<f64> {
        let mut state = 7u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f64::from(state >> 8) / f64::from(1 << 24)
        };
        (0..parts * events).map(|at| next().powi(1 + (at % parts) as i32)).collect()
    }

    fn likelihood(rows: &[f64], weights: &[f64]) -> f64 {
        rows.chunks(weights.len())
            .map(|row| row.iter().zip(weights).map(|(p, weight)| p * weight).sum::<f64>().ln())
            .sum()
    }

    #[test]
    fn equals_a_grid_search() {
        let rows = rows(3, 200);
        let fitted = mixture_weights(&rows, &[0.4, 0.3, 0.3]);
        let mut best = (f64::NEG_INFINITY, [0.0; 3]);
        // Steps of 1/100 over all weights, then of 1/10,000 around the best.
        for scale in [100.0, 10_000.0] {
            let [first, second, _] = best.1;
            let (from, to) = if scale > 100.0 { (-150, 150) } else { (0, 100) };
            for a in from..=to {
                for b in from..=to {
                    let (a, b) = match from {
                        0 => (f64::from(a) / scale, f64::from(b) / scale),
                        _ => (first + f64::from(a) / scale, second + f64::from(b) / scale),
                    };
                    let weights = [a, b, 1.0 - a - b];
                    if weights.iter().all(|weight| *weight >= 0.0) {
                        let found = likelihood(&rows, &weights);
                        best = if found > best.0 { (found, weights) } else { best };
                    }
                }
            }
        }
        assert!(distance(&fitted.weights, &best.1) < 1e-4, "{fitted:?} {best:?}");
        let bits = -likelihood(&rows, &fitted.weights) / 200.0 * std::f64::consts::LOG2_E;
        assert!((fitted.bits - bits).abs() < 1e-12 && fitted.gap < 1e-9, "{fitted:?} {bits}");
    }

    #[test]
    fn what_no_part_foresees_is_told_and_says_nothing() {
        let fitted = mixture_weights(&[0.0, 0.0, 0.2, 0.0, 0.0, 0.4, 0.2, 0.0], &[0.5, 0.5]);
        assert_eq!((fitted.impossible, fitted.weights), (1, vec![2.0 / 3.0, 1.0 / 3.0]));
        assert_eq!(mixture_weights(&[], &[0.25, 0.75]).weights, [0.25, 0.75]);
    }

    #[test]
    fn a_useless_part_and_one_that_starts_at_0_get_nothing() {
        let fitted = mixture_weights(&[0.5, 0.1, 0.3, 0.4, 0.2, 0.3], &[0.5, 0.5, 0.0]);
        assert!(fitted.weights[0] > 1.0 - 1e-6 && fitted.weights[2] == 0.0, "{fitted:?}");
    }

    #[test]
    fn threads_do_not_matter() {
        let rows = rows(2, 40_000);
        let fit = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| mixture_weights(&rows, &[0.5, 0.5]))
        };
        assert_eq!(fit(1), fit(3));
    }
}
