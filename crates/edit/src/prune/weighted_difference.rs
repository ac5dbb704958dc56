//! Weighted difference (Seymore and Rosenfeld 1996, "Scalable backoff language models"): how much
//! less probable backing off makes the occurrences of an n-gram,
//!
//! ```text
//! c(hw) · (log10 p(w|h) − log10 p′(w|h))        p′(w|h) = backoff(h) · p(w|h′)
//! ```
//!
//! with the current back-off weight of h. Their c is the discounted count. A model does not store
//! it, so here it is T · P(h) · p(w|h), the count that the model expects in T tokens. The loss is
//! negative where backing off makes the n-gram more probable.

use super::{Criterion, Known};
use ngram_model::exp10::exp10;

/// Pruning by weighted difference, in log10 of the training text's probability.
pub struct WeightedDifference;

impl Criterion for WeightedDifference {
    fn name(&self) -> &'static str {
        "weighted-difference"
    }

    fn loss(&self, of: &Known) -> f64 {
        let expected = of.tokens * exp10(of.history) * exp10(of.log_prob);
        expected * f64::from(of.log_prob - (of.backoff + of.lower))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn worked_by_hand() {
        // Expected 1000 · 0.1 · 0.1 = 10 times, each ten times less probable.
        let of = Known {
            history: -1.0,
            log_prob: -1.0,
            lower: -1.75,
            backoff: -0.25,
            left: 0.9,
            free: 0.9,
            tokens: 1000.0,
        };
        assert!((WeightedDifference.loss(&of) - 10.0).abs() < 1e-12);
        assert!(WeightedDifference.loss(&Known { lower: -0.5, ..of }) < 0.0);
    }
}
