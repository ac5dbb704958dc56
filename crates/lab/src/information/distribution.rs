//! A validated discrete probability distribution.

use super::plogp::surprisal_sum;

/// The tolerance on the sum of probabilities: enough for decimals rounded at the tenth place, and
/// for rounding in long sums.
pub const SUM_TOLERANCE: f64 = 1e-9;

/// Why a list of numbers is not a distribution, or why two distributions cannot be compared.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DistributionError {
    /// There are no outcomes.
    #[error("a distribution needs at least one outcome: give at least one probability")]
    Empty,
    /// A probability is below 0.
    #[error("probability {number} is {value}: no probability is below 0", number = index + 1)]
    Negative {
        /// Its index, from 0.
        index: usize,
        /// Its value.
        value: f64,
    },
    /// A probability is infinite or not a number.
    #[error("probability {number} is {value}: give a number from 0 to 1", number = index + 1)]
    NotFinite {
        /// Its index, from 0.
        index: usize,
        /// Its value.
        value: f64,
    },
    /// The probabilities do not sum to 1.
    #[error(
        "the probabilities sum to {sum}, not to 1 within {SUM_TOLERANCE:e}: divide each by their sum"
    )]
    Sum {
        /// Their sum.
        sum: f64,
    },
    /// Two distributions are over different numbers of outcomes.
    #[error(
        "one distribution is over {left} outcomes, the other over {right}: both must list the same"
    )]
    Lengths {
        /// The number of outcomes of the first.
        left: usize,
        /// The number of outcomes of the second.
        right: usize,
    },
    /// The rows of a joint distribution differ in length.
    #[error("row {number} has {found} probabilities, the first row {expected}", number = row + 1)]
    Ragged {
        /// The row, from 0.
        row: usize,
        /// The number of probabilities in that row.
        found: usize,
        /// The number of probabilities in the first row.
        expected: usize,
    },
}

/// A distribution over outcomes numbered from 0.
///
/// All measures are in bits (base-2 logarithms). An outcome of probability 0 adds nothing to a sum
/// over the distribution, since p log2 p goes to 0 with p.
#[derive(Clone, Debug, PartialEq)]
pub struct Distribution(Vec<f64>);

impl Distribution {
    /// Checks that `probabilities` is a distribution: at least one outcome, none negative, infinite
    /// or NaN, and a sum within [`SUM_TOLERANCE`] of 1. The numbers are not renormalized.
    pub fn new(probabilities: Vec<f64>) -> Result<Distribution, DistributionError> {
        if probabilities.is_empty() {
            return Err(DistributionError::Empty);
        }
        for (index, &value) in probabilities.iter().enumerate() {
            if !value.is_finite() {
                return Err(DistributionError::NotFinite { index, value });
            }
            if value < 0.0 {
                return Err(DistributionError::Negative { index, value });
            }
        }
        let sum: f64 = probabilities.iter().sum();
        if (sum - 1.0).abs() > SUM_TOLERANCE {
            return Err(DistributionError::Sum { sum });
        }
        Ok(Distribution(probabilities))
    }

    /// Returns the relative frequencies of `counts`; at least one count must be above 0.
    pub fn from_counts(counts: &[u64]) -> Result<Distribution, DistributionError> {
        let total: u64 = counts.iter().sum();
        if total == 0 {
            return Err(DistributionError::Empty);
        }
        Ok(Distribution(counts.iter().map(|&count| count as f64 / total as f64).collect()))
    }

    /// Wraps sums of probabilities of a distribution already checked.
    pub(super) fn summed(sums: Vec<f64>) -> Distribution {
        Distribution(sums)
    }

    /// The probabilities.
    pub fn probabilities(&self) -> &[f64] {
        &self.0
    }

    /// H(P) = −Σ p log2 p, in bits: from 0, if one outcome is certain, to log2 of the number of
    /// outcomes, if all are equally likely (Shannon 1948, section 6).
    pub fn entropy(&self) -> f64 {
        surprisal_sum(&self.0, &self.0)
    }

    /// H(P, Q) = −Σ p log2 q, in bits: the mean cost of coding outcomes of P with a code made for
    /// Q. Infinite if Q gives probability 0 to an outcome that P does not.
    pub fn cross_entropy(&self, q: &Distribution) -> Result<f64, DistributionError> {
        self.same_outcomes(q)?;
        Ok(surprisal_sum(&self.0, &q.0))
    }

    /// 2^H(P, Q): the number of equally likely outcomes that would be as hard to predict. Infinite
    /// if the cross-entropy is.
    pub fn perplexity(&self, q: &Distribution) -> Result<f64, DistributionError> {
        Ok(self.cross_entropy(q)?.exp2())
    }

    /// D_KL(P‖Q) = Σ p log2 (p / q), in bits (Kullback and Leibler 1951): the extra cost, on top of
    /// H(P), of using Q in place of P. At least 0, and 0 only if both are the same; not symmetric;
    /// infinite if q = 0 for some outcome with p > 0.
    pub fn kl_divergence(&self, q: &Distribution) -> Result<f64, DistributionError> {
        self.same_outcomes(q)?;
        let pairs = self.0.iter().zip(&q.0).filter(|&(&p, _)| p > 0.0);
        let sum: f64 = pairs.map(|(&p, &q)| p * (p / q).log2()).sum();
        // Below 0 only through rounding (Gibbs' inequality).
        Ok(sum.max(0.0))
    }

    /// JSD(P, Q) = H(M) − (H(P) + H(Q)) / 2 with M = (P + Q) / 2, in bits (Lin 1991, with equal
    /// weights): symmetric, and from 0 to 1 even with zero probabilities.
    pub fn jensen_shannon(&self, q: &Distribution) -> Result<f64, DistributionError> {
        self.same_outcomes(q)?;
        let middle = self.0.iter().zip(&q.0).map(|(p, q)| (p + q) / 2.0).collect();
        let middle = Distribution(middle);
        let sum = self.kl_divergence(&middle)? + q.kl_divergence(&middle)?;
        Ok(sum / 2.0)
    }

    fn same_outcomes(&self, q: &Distribution) -> Result<(), DistributionError> {
        let (left, right) = (self.0.len(), q.0.len());
        if left == right { Ok(()) } else { Err(DistributionError::Lengths { left, right }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(probabilities: &[f64]) -> Distribution {
        Distribution::new(probabilities.to_vec()).unwrap()
    }

    fn assert_near(found: f64, expected: f64) {
        assert!((found - expected).abs() < 5e-5, "{found}, not {expected}");
    }

    #[test]
    fn entropy_of_coins_and_dice() {
        assert_eq!(of(&[0.5, 0.5]).entropy(), 1.0);
        assert_eq!(of(&[1.0]).entropy().to_bits(), 0f64.to_bits()); // 0, not −0
        assert_eq!(of(&[0.25; 4]).entropy(), 2.0);
        assert_eq!(of(&[0.5, 0.25, 0.25]).entropy(), 1.5);
        assert_near(of(&[0.9, 0.1]).entropy(), 0.4690);
    }

    /// Worked by hand: 0.7 log2 1.4 + 0.2 log2 (2/3) + 0.1 log2 0.5 = 0.3398 − 0.1170 − 0.1.
    #[test]
    fn a_model_beside_the_truth() {
        let (p, q) = (of(&[0.7, 0.2, 0.1]), of(&[0.5, 0.3, 0.2]));
        assert_near(p.kl_divergence(&q).unwrap(), 0.1228);
        assert_near(p.cross_entropy(&q).unwrap(), 1.2796);
        assert_near(p.entropy(), 1.1568);
        assert_near(p.perplexity(&q).unwrap(), 2.4277);
        assert_near(q.kl_divergence(&p).unwrap(), 0.1328);
    }

    #[test]
    fn one_hot_targets() {
        let truth = of(&[0.0, 1.0, 0.0]);
        let (good, bad) = (of(&[0.05, 0.90, 0.05]), of(&[0.30, 0.40, 0.30]));
        assert_near(truth.cross_entropy(&good).unwrap(), 0.1520);
        assert_near(truth.cross_entropy(&bad).unwrap(), 1.3219);
        assert_near(truth.perplexity(&good).unwrap(), 1.1111);
        assert_near(truth.perplexity(&bad).unwrap(), 2.5);
    }

    /// 0 log 0 is 0; p log (p / 0) is infinite.
    #[test]
    fn zero_probabilities() {
        let (p, q) = (of(&[0.5, 0.5, 0.0]), of(&[1.0, 0.0, 0.0]));
        assert_eq!(q.cross_entropy(&p), Ok(1.0));
        assert_eq!(q.kl_divergence(&p), Ok(1.0));
        assert_eq!(p.cross_entropy(&q), Ok(f64::INFINITY));
        assert_eq!(p.kl_divergence(&q), Ok(f64::INFINITY));
        assert_eq!(p.perplexity(&q), Ok(f64::INFINITY));
        // M = (3/4, 1/4): D(P‖M) = ½ log2 (2/3) + ½, D(Q‖M) = log2 (4/3).
        assert_near(p.jensen_shannon(&q).unwrap(), 0.3113);
        assert_eq!(of(&[1.0, 0.0]).jensen_shannon(&of(&[0.0, 1.0])), Ok(1.0));
    }

    #[test]
    fn what_is_no_distribution_is_refused() {
        let refused = |list: &[f64]| Distribution::new(list.to_vec()).unwrap_err();
        assert_eq!(refused(&[]), DistributionError::Empty);
        assert_eq!(refused(&[1.5, -0.5]), DistributionError::Negative { index: 1, value: -0.5 });
        assert!(matches!(refused(&[f64::NAN]), DistributionError::NotFinite { index: 0, .. }));
        assert!(matches!(refused(&[0.0, f64::INFINITY]), DistributionError::NotFinite { .. }));
        assert_eq!(refused(&[0.5, 0.25]), DistributionError::Sum { sum: 0.75 });
        assert_eq!(Distribution::from_counts(&[0, 0]), Err(DistributionError::Empty));
        let lengths = DistributionError::Lengths { left: 2, right: 1 };
        let (p, q) = (of(&[0.5, 0.5]), of(&[1.0]));
        assert_eq!(p.cross_entropy(&q), Err(lengths));
        assert_eq!(p.kl_divergence(&q), Err(lengths));
        assert_eq!(p.jensen_shannon(&q), Err(lengths));
        assert_eq!(
            refused(&[1.5, -0.5]).to_string(),
            "probability 2 is -0.5: no probability is below 0"
        );
    }

    #[test]
    fn thirds_to_ten_decimals_will_do() {
        assert!(Distribution::new(vec![0.3333333333; 3]).is_ok());
        assert!(Distribution::new(vec![0.33333; 3]).is_err());
    }

    /// Two distributions over the same outcomes; the first may have zeros.
    fn pair() -> impl Strategy<Value = (Distribution, Distribution)> {
        let weights = proptest::collection::vec((0u64..50, 1u64..50), 1..20);
        weights.prop_filter_map("all zero", |weights| {
            let (p, q): (Vec<u64>, Vec<u64>) = weights.into_iter().unzip();
            Some((Distribution::from_counts(&p).ok()?, Distribution::from_counts(&q).ok()?))
        })
    }

    proptest! {
        #[test]
        fn cross_entropy_is_entropy_and_divergence((p, q) in pair()) {
            let cross = p.cross_entropy(&q).unwrap();
            let parts = p.entropy() + p.kl_divergence(&q).unwrap();
            prop_assert!((cross - parts).abs() < 1e-12, "{cross} {parts}");
        }

        #[test]
        fn bounds((p, q) in pair()) {
            let outcomes = p.probabilities().len() as f64;
            prop_assert!(p.entropy() >= 0.0 && p.entropy() <= outcomes.log2() + 1e-12);
            prop_assert!(p.kl_divergence(&p) == Ok(0.0));
            let (one, other) = (p.jensen_shannon(&q).unwrap(), q.jensen_shannon(&p).unwrap());
            prop_assert!((one - other).abs() < 1e-12 && (0.0..=1.0).contains(&one));
        }
    }
}
