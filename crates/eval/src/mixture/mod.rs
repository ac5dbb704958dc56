//! Mixtures at evaluation: word models, class-based models and caches, each with its weight.
//!
//! ```text
//! p(w|h) = Σ λ_i p_i(w|h)
//! ```
//!
//! is a proper model whatever its parts are, as long as each is one and depends on the past alone; a cache of
//! the text so far does. Weights are given, or fitted to a text of their own by expectation maximisation
//! (Jelinek and Mercer 1980; [`ngram_model::mixture_weights`]), never to the text that is evaluated.
//!
//! # Example
//!
//! Two models of single words, and a cache. The weights are fitted to a text where the second model is right
//! three times in four.
//!
//! ```
//! use ngram_eval::mixture::{CacheSpec, MixedModel, Mixture};
//! # use ngram_model::{LanguageModel, LogProb, Score};
//! # use ngram_tokenizer::{TokenizerKind, TokenizerSpec, Vocab, VocabView, WordId};
//! # struct Single(Vocab, TokenizerSpec, &'static str);
//! # impl LanguageModel for Single {
//! #     fn order(&self) -> usize { 1 }
//! #     fn vocab(&self) -> VocabView<'_> { self.0.view() }
//! #     fn tokenizer(&self) -> &TokenizerSpec { &self.1 }
//! #     fn score(&self, _: &[WordId], word: WordId) -> Score {
//! #         let probability = if self.0.view().word(word) == self.2 { 0.7f32 } else { 0.1 };
//! #         Score { log_prob: LogProb(probability.log10()), matched: 1 }
//! #     }
//! # }
//! # let single = |word| {
//! #     Single(Vocab::new(["cat", "dog"]).unwrap(), TokenizerSpec::new(TokenizerKind::Whitespace), word)
//! # };
//! // Each gives 0.7 to its word, and 0.1 to the other, to <unk> and to </s>.
//! let (cats, dogs) = (single("cat"), single("dog"));
//! let mixed = MixedModel::new(vec![&cats, &dogs], &[0.5, 0.5])?;
//! let mut mixture = Mixture::new(&mixed, &[]);
//! mixture.fit("dev", "dog cat dog dog\n".as_bytes())?;
//! // λ of dogs: 3 (0.1 + 0.6 λ) + (0.7 − 0.6 λ) is right where λ = 5/6, as 0.6 = 3/4 of 0.8.
//! assert!((mixture.weights()[1] - 5.0 / 6.0).abs() < 1e-3);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod mixed;
mod recent;
mod united;

use crate::{EvalError, Evaluation};
use mixed::check_weights;
use ngram_model::{LanguageModel, LogProb, MixtureWeights, Score, mixture_weights};
use ngram_tokenizer::{VocabError, WordId};
use recent::Recent;
use serde::Serialize;
use std::io::Read;

pub use mixed::MixedModel;
pub use recent::CacheSpec;

/// Why there is no such mixture.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MixtureError {
    /// No model was given.
    #[error("a mixture needs a model")]
    Empty,
    /// Two models cut texts differently.
    #[error(
        "model {number} reads texts by {other}, the first by {one}: train both with the same tokenizer to mix them"
    )]
    Tokenizers {
        /// Which model, from 1.
        number: usize,
        /// The first model's tokenizer.
        one: String,
        /// Its own.
        other: String,
    },
    /// There are more or fewer weights than parts.
    #[error("{weights} weights for {parts} parts: give one for each model and each cache, in that order")]
    WeightCount {
        /// How many weights.
        weights: usize,
        /// How many parts.
        parts: usize,
    },
    /// The weights are no distribution.
    #[error("weights {weights:?} sum to {sum}: they must be between 0 and 1 and sum to 1")]
    Weights {
        /// The weights.
        weights: Vec<f64>,
        /// Their sum.
        sum: f64,
    },
    /// A text to fit weights to has no tokens that any part could foretell.
    #[error("{0} has nothing to fit weights to: give a text like the one to be evaluated")]
    NothingToFit(String),
    /// The words of all models are too many.
    #[error(transparent)]
    Vocabulary(#[from] VocabError),
    /// The text cannot be read.
    #[error(transparent)]
    Text(#[from] EvalError),
}

/// What a part of a mixture did for a text.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PartReport {
    /// Its weight λ.
    pub weight: f64,
    /// Σ −log2 p over tokens, of the part alone; infinite as JSON's `null`.
    pub total_bits: f64,
    /// `total_bits` / tokens.
    pub bits_per_token: Option<f64>,
    /// 2 to the power of `bits_per_token`.
    pub perplexity: Option<f64>,
}

/// A mixture of models and caches, on its way along a text.
pub struct Mixture<'m> {
    model: &'m MixedModel<'m>,
    caches: Vec<Recent>,
    /// Of the models, then of the caches.
    weights: Vec<f64>,
    /// Σ −log2 p of each part alone.
    bits: Vec<f64>,
    tokens: u64,
    /// The probability of each token by each part, where they are kept to fit weights to.
    kept: Option<Vec<f64>>,
}

impl<'m> Mixture<'m> {
    /// A mixture that has seen no text, with equal weights. What caches have not seen, they have from the first
    /// model.
    pub fn new(model: &'m MixedModel<'m>, caches: &[CacheSpec]) -> Mixture<'m> {
        let parts = model.len() + caches.len();
        Mixture {
            model,
            caches: caches.iter().map(|&spec| Recent::new(spec)).collect(),
            weights: vec![1.0 / parts as f64; parts],
            bits: vec![0.0; parts],
            tokens: 0,
            kept: None,
        }
    }

    /// The models of the mixture; the words are theirs.
    pub fn model(&self) -> &'m MixedModel<'m> {
        self.model
    }

    /// The weights of the models, then of the caches.
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// Takes weights: of the models, then of the caches.
    ///
    /// # Errors
    ///
    /// If there are not as many as parts, or they are no distribution.
    pub fn set_weights(&mut self, weights: &[f64]) -> Result<(), MixtureError> {
        check_weights(weights, self.weights.len())?;
        self.weights = weights.to_vec();
        Ok(())
    }

    /// Fits the weights to a text, from what they are: those under which the text is most probable. Caches begin
    /// empty, and have forgotten the text again after it. Memory: 8 bytes for each token and part.
    ///
    /// # Errors
    ///
    /// If the text cannot be read, or has no tokens that any part gives a probability.
    pub fn fit(&mut self, name: &str, text: impl Read + Send) -> Result<MixtureWeights, MixtureError> {
        let caches: Vec<CacheSpec> = self.caches.iter().map(Recent::spec).collect();
        let mut fitted = Mixture::new(self.model, &caches);
        fitted.kept = Some(Vec::new());
        let mut evaluation = Evaluation::mixture(fitted);
        evaluation.read(name, text)?;
        let rows = evaluation.into_mixture().and_then(|mixture| mixture.kept).unwrap_or_default();
        let found = mixture_weights(&rows, &self.weights);
        let events = rows.len() / self.weights.len();
        if found.impossible as usize >= events {
            return Err(MixtureError::NothingToFit(name.to_owned()));
        }
        self.weights.clone_from(&found.weights);
        Ok(found)
    }

    /// What each part did for the text so far.
    pub fn parts(&self) -> Vec<PartReport> {
        let parts = self.weights.iter().zip(&self.bits).map(|(&weight, &total_bits)| {
            let bits_per_token = Some(total_bits / self.tokens as f64).filter(|_| self.tokens > 0);
            let perplexity = bits_per_token.map(f64::exp2);
            PartReport { weight, total_bits, bits_per_token, perplexity }
        });
        parts.collect()
    }

    /// Scores sentences that follow in the text, laid out as for [`LanguageModel::score_sentences`], and learns
    /// them.
    pub(crate) fn score(&mut self, words: &[WordId], ends: &[usize], scores: &mut Vec<Score>) {
        let parts = self.weights.len();
        let tokens = words.len() + ends.len();
        let mut rows = vec![0.0; tokens * parts];
        let mut matched = vec![1; tokens];
        self.model.parts(words, ends, |token, model, probability, order| {
            rows[token * parts + model] = probability;
            matched[token] = order.max(matched[token]);
        });
        scores.clear();
        let mut rest = words;
        let mut token = 0;
        let mut before = 0;
        for &end in ends {
            let (sentence, after) = rest.split_at(end - before);
            (rest, before) = (after, end);
            for word in sentence.iter().chain([&WordId::END]) {
                let row = &mut rows[token * parts..][..parts];
                self.learn(word.0, row);
                let mixed: f64 = self.weights.iter().zip(&*row).map(|(w, p)| w * p).sum();
                let log_prob = LogProb(mixed.log10() as f32);
                scores.push(Score { log_prob, matched: matched[token] });
                token += 1;
            }
        }
        if let Some(kept) = &mut self.kept {
            kept.extend_from_slice(&rows);
        }
    }

    /// Lets the caches say what they give to a word, then learn it.
    fn learn(&mut self, word: u32, row: &mut [f64]) {
        let models = self.model.len();
        for (number, cache) in self.caches.iter_mut().enumerate() {
            row[models + number] = cache.probability(word, row[0]);
            cache.add(word);
        }
        self.tokens += 1;
        self.bits.iter_mut().zip(&*row).for_each(|(bits, p)| *bits -= p.log2());
    }
}
