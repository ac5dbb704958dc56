//! A mixture beside its models, on held-out text.

use super::{Events, HeldOutFigures};
use ngram_tokenizer::WordId;
use serde::Serialize;

/// Perplexities over all tokens, and over those in some model's vocabulary, without tokens of probability 0.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Perplexity {
    /// Over all tokens.
    #[serde(rename = "perplexity_including_oovs")]
    pub all: Option<f64>,
    /// Over tokens that some model knows.
    #[serde(rename = "perplexity_excluding_oovs")]
    pub known: Option<f64>,
    /// The tokens of probability 0.
    #[serde(rename = "zero_probability_tokens")]
    pub zeros: u64,
}

impl Perplexity {
    fn of(events: &Events, probabilities: &[f64]) -> Perplexity {
        let mean = |count: &dyn Fn(WordId) -> bool| {
            let (mut bits, mut tokens) = (0.0, 0u64);
            for (&word, &p) in events.words().iter().zip(probabilities) {
                if p > 0.0 && count(word) {
                    bits -= p.log2();
                    tokens += 1;
                }
            }
            (tokens > 0).then(|| (bits / tokens as f64).exp2())
        };
        Perplexity {
            all: mean(&|_| true),
            known: mean(&|word| word != WordId::UNKNOWN),
            zeros: probabilities.iter().filter(|&&p| p == 0.0).count() as u64,
        }
    }
}

/// The models and the mixture on the held-out text.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// Number of tokens.
    pub tokens: usize,
    /// Number of tokens in no model's vocabulary.
    pub oovs: usize,
    /// Each model alone.
    pub alone: Vec<Perplexity>,
    /// The mixture by its formula.
    pub exact: Perplexity,
    /// The index of the best single model.
    pub best: usize,
    /// For each sentence, the bits that the mixture gains over that model, and the tokens that they are summed over.
    pub gains: Vec<(f64, f64)>,
}

impl Comparison {
    /// Compares a mixture of so many models with each of them.
    pub fn new(held_out: &HeldOutFigures, models: usize) -> Comparison {
        let HeldOutFigures { events, probabilities: exact } = held_out;
        let alone: Vec<Perplexity> = (0..models)
            .map(|model| Perplexity::of(events, &events.probabilities_of(model)))
            .collect();
        let order = |&model: &usize| {
            let Perplexity { all, zeros, .. } = alone[model];
            (zeros, all.map_or(u64::MAX, f64::to_bits))
        };
        let best = (0..models).min_by_key(order).unwrap_or(0);
        let before = events.probabilities_of(best);
        let sentences = events.by_sentence(&before).zip(events.by_sentence(exact));
        let gains = sentences.map(|(before, after)| {
            let both =
                before.iter().zip(after).filter(|(before, after)| **before > 0.0 && **after > 0.0);
            let gains: Vec<f64> = both.map(|(before, after)| (after / before).log2()).collect();
            (gains.iter().sum(), gains.len() as f64)
        });
        Comparison {
            tokens: events.tokens(),
            oovs: events.words().iter().filter(|&&word| word == WordId::UNKNOWN).count(),
            exact: Perplexity::of(events, exact),
            gains: gains.collect(),
            alone,
            best,
        }
    }
}
