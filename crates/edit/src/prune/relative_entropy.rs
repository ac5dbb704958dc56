//! Relative entropy between the model with and without an n-gram (Stolcke 1998, "Entropy-based
//! pruning of backoff language models", equations 2 to 5).
//!
//! Without hw, the back-off weight of h is α′(h) = (left + p(w|h)) / (free + p(w|h′)), and the
//! relative entropy between the two models is
//!
//! ```text
//! D = −P(h) · { p(w|h) · [log p(w|h′) + log α′(h) − log p(w|h)] + left · [log α′(h) − log α(h)] }
//! ```
//!
//! The loss is e^D − 1, the relative increase in perplexity, which SRILM's `-prune` also compares
//! with its threshold. P(h) is the product of the probabilities that the model gives to the words
//! of h, starting with a unigram; `<s>` has the probability of `</s>`.

use super::{Criterion, Known};
use ngram_model::exp10::exp10;
use ngram_model::log10::log10_of_any;
use std::f64::consts::LN_10;

/// Pruning by relative entropy, the default method.
pub struct RelativeEntropy;

impl Criterion for RelativeEntropy {
    fn name(&self) -> &'static str {
        "relative-entropy"
    }

    fn loss(&self, of: &Known) -> f64 {
        let prob = exp10(of.log_prob);
        let without = log10_of_any(of.left + prob) - log10_of_any(of.free + exp10(of.lower));
        let change = of.lower + without - of.log_prob;
        let rest = match of.left {
            0.0 => 0.0,
            left => left * f64::from(without - of.backoff),
        };
        let entropy = -exp10(of.history) * (prob * f64::from(change) + rest);
        exp_m1(entropy * LN_10)
    }
}

/// Returns e^x − 1 for small x, with full precision and the same result on every machine.
fn exp_m1(x: f64) -> f64 {
    if x.abs() < 1e-4 {
        return x * (1.0 + x / 2.0 * (1.0 + x / 3.0));
    }
    exp10((x / LN_10) as f32) - 1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn worked_by_hand() {
        // Only hw is stored after h, with probability 1/2; h also has 1/2. That leaves 1/2 for words that
        // have 3/4 in the lower order, where w has 1/4. Without hw, everything is left, and α′ = 1. D = 1/2
        // · (1/2 · log 2 + 1/2 · log (2/3)) = 1/4 · log (4/3): perplexity grows by the fourth root of 4/3.
        let of = Known {
            history: 0.5f32.log10(),
            log_prob: 0.5f32.log10(),
            lower: 0.25f32.log10(),
            backoff: (2.0f32 / 3.0).log10(),
            left: 0.5,
            free: 0.75,
            tokens: 1.0,
        };
        let expected = (4.0f64 / 3.0).powf(0.25) - 1.0;
        assert!((RelativeEntropy.loss(&of) - expected).abs() < 1e-6);
        // Pruning an n-gram that has the probability of backing off loses nothing.
        let log_prob = of.lower + of.backoff;
        let of = Known { log_prob, left: 5.0 / 6.0, free: 1.25, ..of };
        assert!(RelativeEntropy.loss(&of).abs() < 1e-6);
    }

    #[test]
    fn small_changes_keep_their_digits() {
        for x in [1e-12, -1e-9, 5e-5, -9.9e-5, 1e-3, 0.5] {
            assert!((exp_m1(x) / f64::exp_m1(x) - 1.0).abs() < 1e-5, "{x}");
        }
    }
}
