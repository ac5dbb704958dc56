//! All measures that compare two distributions over the same outcomes.

use super::{Distribution, DistributionError};
use serde::Serialize;

/// All measures of two distributions P and Q, in bits.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Divergences {
    /// The probabilities of P.
    pub p: Vec<f64>,
    /// The probabilities of Q, outcome by outcome.
    pub q: Vec<f64>,
    /// H(P).
    pub entropy_p: f64,
    /// H(Q).
    pub entropy_q: f64,
    /// H(P, Q) = −Σ p log2 q.
    pub cross_entropy: f64,
    /// 2^H(P, Q).
    pub perplexity: f64,
    /// D_KL(P‖Q) = Σ p log2 (p / q).
    pub kl_divergence: f64,
    /// D_KL(Q‖P).
    pub kl_divergence_reversed: f64,
    /// (D_KL(P‖M) + D_KL(Q‖M)) / 2 with M = (P + Q) / 2 (Lin 1991).
    pub jensen_shannon: f64,
    /// Whether Q gives probability 0 to an outcome that P does not; cross-entropy, perplexity and
    /// D_KL(P‖Q) are then infinite.
    pub infinite: bool,
}

impl Divergences {
    /// Compares P with Q.
    ///
    /// # Errors
    ///
    /// If they are over different numbers of outcomes.
    pub fn new(p: &Distribution, q: &Distribution) -> Result<Divergences, DistributionError> {
        let cross_entropy = p.cross_entropy(q)?;
        Ok(Divergences {
            p: p.probabilities().to_vec(),
            q: q.probabilities().to_vec(),
            entropy_p: p.entropy(),
            entropy_q: q.entropy(),
            cross_entropy,
            perplexity: p.perplexity(q)?,
            kl_divergence: p.kl_divergence(q)?,
            kl_divergence_reversed: q.kl_divergence(p)?,
            jensen_shannon: p.jensen_shannon(q)?,
            infinite: cross_entropy.is_infinite(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// P = (1/2, 1/2), Q = (1/4, 3/4): H(P, Q) = (2 + 2 − log2 3) / 2.
    #[test]
    fn by_hand() {
        let of = |p: [f64; 2]| Distribution::new(p.to_vec()).unwrap();
        let found = Divergences::new(&of([0.5, 0.5]), &of([0.25, 0.75])).unwrap();
        let expected = 2.0 - 3f64.log2() / 2.0;
        assert!((found.cross_entropy - expected).abs() < 1e-12, "{found:?}");
        assert!((found.kl_divergence - (expected - 1.0)).abs() < 1e-12, "{found:?}");
        assert!(!found.infinite);
        assert!(Divergences::new(&of([0.5, 0.5]), &of([0.0, 1.0])).unwrap().infinite);
        let three = Distribution::new(vec![0.2, 0.3, 0.5]).unwrap();
        assert!(Divergences::new(&of([0.5, 0.5]), &three).is_err());
    }
}
