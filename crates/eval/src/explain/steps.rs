//! A token's bits as a sum of steps, one per factor of its probability.

use super::{ExplainedToken, OpenCharge};
use ngram_model::Derivation;
use ngram_model::derivation::{Backoff, SkipFactors};

/// One factor of a token's cost.
#[derive(Clone, Debug, PartialEq)]
pub struct Step<'e> {
    /// The factor.
    pub factor: Factor<'e>,
    /// −log2 of the factor. Below 0 if the factor is above 1, as a back-off weight can be; infinite
    /// for probability 0.
    pub bits: f64,
}

/// What a factor stands for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Factor<'e> {
    /// The back-off weight of the last `kept` words of the history, after which the word is not stored.
    BackOff {
        /// All factors of the table.
        table: &'e Backoff,
        /// How many words of the history count.
        kept: usize,
        /// The weight.
        weight: f64,
    },
    /// The stored probability of the word after the last `kept` words of the history.
    Stored {
        /// All factors of the table.
        table: &'e Backoff,
        /// How many words of the history count.
        kept: usize,
    },
    /// The probability of the word in its class.
    InClass {
        /// The word.
        word: &'e str,
        /// Its class.
        class: &'e str,
        /// p(word | class).
        probability: f64,
    },
    /// A weighted sum over several models, which has no factors.
    Mixed {
        /// The sum.
        probability: f64,
    },
    /// A probability that the model gives without factors.
    Given {
        /// The probability.
        probability: f64,
    },
    /// Whether the token is new: known tokens share 1 − ν, and all unknown words together get
    /// another ν.
    Novelty {
        /// ν.
        novelty: f64,
        /// Whether the token is out of vocabulary.
        oov: bool,
    },
    /// The spelling of an unknown word.
    Spelling,
    /// The case of the token.
    Case,
    /// The gap before the token.
    Gap,
}

/// Returns the steps of a model's score.
pub fn of_derivation(derivation: &Derivation) -> Vec<Step<'_>> {
    let step = |factor, probability: f64| Step { factor, bits: bits(probability) };
    match derivation {
        Derivation::Given { .. } => {
            let probability = derivation.log_prob().prob();
            vec![step(Factor::Given { probability }, probability)]
        }
        Derivation::Backoff(table) | Derivation::Skip(SkipFactors { table, .. }) => of_table(table),
        Derivation::Class(of) => {
            let probability = of.in_class_probability;
            let (word, class) = (of.word.as_str(), of.class.as_str());
            let mut steps = of_table(&of.classes);
            steps.push(step(Factor::InClass { word, class, probability }, probability));
            steps
        }
        Derivation::Mixture { .. } => {
            let probability = derivation.log_prob().prob();
            vec![step(Factor::Mixed { probability }, probability)]
        }
    }
}

/// Returns the steps of a token's whole cost; `novelty` is that of its
/// [`Explanation`](super::Explanation).
pub fn of_token(token: &ExplainedToken, novelty: Option<f64>) -> Vec<Step<'_>> {
    let mut steps = of_derivation(&token.derivation);
    let Some((charge, novelty)) = token.open.as_ref().zip(novelty) else { return steps };
    let OpenCharge { token_bits, spelling, case, gap, .. } = charge;
    // A known token of probability 0 is not charged.
    if token.oov || !token.is_zero() {
        let score: f64 = steps.iter().map(|step| step.bits).sum();
        if score.is_finite() {
            let factor = Factor::Novelty { novelty, oov: token.oov };
            steps.push(Step { factor, bits: token_bits - score });
        }
    }
    if let Some(spelling) = spelling {
        steps.push(Step { factor: Factor::Spelling, bits: spelling.bits });
    }
    if let Some(case) = case {
        steps.push(Step { factor: Factor::Case, bits: case.bits });
    }
    steps.push(Step { factor: Factor::Gap, bits: gap.bits });
    steps
}

fn of_table(table: &Backoff) -> Vec<Step<'_>> {
    let weights = table.weights.iter().map(|of| {
        let factor = Factor::BackOff { table, kept: of.history.len(), weight: of.weight };
        Step { factor, bits: bits(of.weight) }
    });
    let kept = usize::from(table.matched) - 1;
    let stored =
        Step { factor: Factor::Stored { table, kept }, bits: bits(table.stored_probability) };
    weights.chain([stored]).collect()
}

/// −log2 of a probability, without the sign of −0.
fn bits(probability: f64) -> f64 {
    -probability.log2() + 0.0
}
