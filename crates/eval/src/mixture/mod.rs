//! Mixtures at evaluation: word models, class-based models and caches, each with its weight.
//!
//! ```text
//! p(w|h) = Σ λ_i p_i(w|h)
//! ```
//!
//! is a proper model as long as each part is one and depends only on the past, as a cache of the
//! text so far does. Weights are given, or fitted to a separate text by expectation maximisation
//! (Jelinek and Mercer 1980; [`ngram_model::mixture_weights()`]), never to the evaluated text.
//!
//! # Example
//!
//! Two unigram models. The weights are fitted to a text where the second model is right three times
//! in four.
//!
//! ```
//! use ngram_eval::mixture::{CacheSpec, MixedModel, DynamicMixture};
//! use ngram_model::LanguageModel;
//! # use ngram_model::{LogProb, Score};
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
//! let models: Vec<(String, &dyn LanguageModel)> = vec![("cats".into(), &cats), ("dogs".into(), &dogs)];
//! let mixed = MixedModel::new(models, &[0.5, 0.5])?;
//! let mut mixture = DynamicMixture::new(&mixed, &[]);
//! mixture.fit("dev", "dog cat dog dog\n".as_bytes())?;
//! // The likelihood (0.1 + 0.6 λ)³ · (0.7 − 0.6 λ) is highest where 3 (0.7 − 0.6 λ) = 0.1 + 0.6 λ.
//! assert!((mixture.weights()[1] - 5.0 / 6.0).abs() < 1e-6);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod mixed;
mod recent;
mod united;

use crate::EvalError;
use mixed::check_weights;
use ngram_model::{LogProb, Score};
use ngram_tokenizer::{VocabError, WordId};
use recent::RecentSuccessors;
use serde::Serialize;

pub use mixed::MixedModel;
pub use recent::CacheSpec;

/// Why a mixture cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MixtureError {
    /// No model was given.
    #[error("a mixture needs a model")]
    Empty,
    /// Two models have different tokenizers.
    #[error(
        "the tokenizer of {name} is {other}, that of the first model {one}: train both with the same tokenizer to mix them"
    )]
    Tokenizers {
        /// The name of the model.
        name: String,
        /// The first model's tokenizer.
        one: String,
        /// The model's own tokenizer.
        other: String,
    },
    /// The number of weights differs from the number of parts.
    #[error(
        "{weights} weights for {parts} parts: give one for each model and each cache, in that order"
    )]
    WeightCount {
        /// The number of weights.
        weights: usize,
        /// The number of parts.
        parts: usize,
    },
    /// The weights do not form a distribution.
    #[error("weights {weights:?} sum to {sum}: they must be between 0 and 1 and sum to 1")]
    Weights {
        /// The weights.
        weights: Vec<f64>,
        /// Their sum.
        sum: f64,
    },
    /// The text for fitting weights has no token to which any part gives a probability above 0.
    #[error("{0} has nothing to fit weights to: give a text like the one to be evaluated")]
    NothingToFit(String),
    /// The models together have too many words.
    #[error(transparent)]
    Vocabulary(#[from] VocabError),
    /// The text cannot be read.
    #[error(transparent)]
    Text(#[from] EvalError),
}

/// How one part of a mixture performed on a text.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PartReport {
    /// The model's name, or the cache as `half-life:order`.
    pub name: String,
    /// Its weight λ.
    pub weight: f64,
    /// Σ −log2 p over tokens, by this part alone, with an equal share of a model's `<unk>` for each word that it
    /// lacks; infinity is `null` in JSON.
    pub total_bits: f64,
    /// `total_bits` / tokens.
    pub bits_per_token: Option<f64>,
    /// 2 to the power of `bits_per_token`.
    pub perplexity: Option<f64>,
}

/// A mixture of models and caches that is reading a text.
#[derive(Clone)]
pub struct DynamicMixture<'m> {
    pub(crate) model: &'m MixedModel<'m>,
    pub(crate) caches: Vec<RecentSuccessors>,
    /// The weights of the models, then of the caches.
    pub(crate) weights: Vec<f64>,
    /// Σ −log2 p of each part alone.
    bits: Vec<f64>,
    tokens: u64,
    /// The probability of each token by each part, if kept for fitting weights.
    pub(crate) kept: Option<Vec<f64>>,
}

impl<'m> DynamicMixture<'m> {
    /// Creates a mixture that has seen no text, with equal weights. The caches' base distribution
    /// is the first model.
    pub fn new(model: &'m MixedModel<'m>, caches: &[CacheSpec]) -> DynamicMixture<'m> {
        let parts = model.names().len() + caches.len();
        DynamicMixture {
            model,
            caches: caches.iter().map(|&spec| RecentSuccessors::new(spec)).collect(),
            weights: vec![1.0 / parts as f64; parts],
            bits: vec![0.0; parts],
            tokens: 0,
            kept: None,
        }
    }

    /// The models of the mixture, whose vocabulary it uses.
    pub fn model(&self) -> &'m MixedModel<'m> {
        self.model
    }

    /// The weights of the models, then of the caches.
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// Sets the weights of the models, then of the caches.
    ///
    /// # Errors
    ///
    /// If their number differs from that of the parts, or they do not form a distribution.
    pub fn set_weights(&mut self, weights: &[f64]) -> Result<(), MixtureError> {
        check_weights(weights, self.weights.len())?;
        self.weights = weights.to_vec();
        Ok(())
    }

    /// Reports on each part for the text so far.
    pub fn parts(&self) -> Vec<PartReport> {
        let caches = self.caches.iter().map(|cache| format!("cache {}", cache.spec()));
        let names = self.model.names().iter().cloned().chain(caches);
        let sums = self.weights.iter().zip(&self.bits);
        let parts = names.zip(sums).map(|(name, (&weight, &total_bits))| {
            let bits_per_token = Some(total_bits / self.tokens as f64).filter(|_| self.tokens > 0);
            let perplexity = bits_per_token.map(f64::exp2);
            PartReport { name, weight, total_bits, bits_per_token, perplexity }
        });
        parts.collect()
    }

    /// Scores the next sentences of the text, laid out as for [`LanguageModel::score_sentences`],
    /// and learns them.
    pub(crate) fn score(&mut self, words: &[WordId], ends: &[usize], scores: &mut Vec<Score>) {
        let parts = self.weights.len();
        let tokens = words.len() + ends.len();
        let mut rows = vec![0.0; tokens * parts];
        let models = self.model.names().len();
        let mut alone = vec![0.0; tokens * models];
        let mut matched = vec![1; tokens];
        self.model.parts(words, ends, |token, model, [probability, of_model], order| {
            rows[token * parts + model] = probability;
            alone[token * models + model] = of_model;
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
                self.learn(word.0, row, &alone[token * models..][..models]);
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

    /// Gets the caches' probabilities of a word, then adds it to them. `alone` holds those of each model alone.
    fn learn(&mut self, word: u32, row: &mut [f64], alone: &[f64]) {
        for (number, cache) in self.caches.iter_mut().enumerate() {
            row[alone.len() + number] = cache.probability(word, alone[0]);
            cache.add(word);
        }
        self.tokens += 1;
        self.bits
            .iter_mut()
            .zip(alone.iter().chain(&row[alone.len()..]))
            .for_each(|(bits, p)| *bits -= p.log2());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Evaluation;
    use ngram_model::LanguageModel;
    use ngram_testing::toy::Toy;

    const CACHES: [CacheSpec; 2] =
        [CacheSpec { half_life: 3.0, order: 1 }, CacheSpec { half_life: f64::INFINITY, order: 3 }];

    fn named<'m>(models: &[&'m Toy]) -> Vec<(String, &'m dyn LanguageModel)> {
        let name = |(number, model): (usize, &&'m Toy)| {
            (format!("toy {number}"), *model as &dyn LanguageModel)
        };
        models.iter().enumerate().map(name).collect()
    }

    fn probability(mixture: &DynamicMixture<'_>, text: &[WordId], word: WordId) -> f64 {
        let mut mixture = mixture.clone();
        let mut scores = Vec::new();
        let words: Vec<WordId> = text.iter().copied().chain([word]).collect();
        mixture.score(&words, &[words.len()], &mut scores);
        scores[text.len()].log_prob.prob()
    }

    #[test]
    fn over_the_words_of_all_models_everything_sums_to_1() {
        // One knows *the*, *cat* and *sat*, the other *cat*, *dog*, *bird* and *fish*.
        let (one, other) =
            (Toy::normal(["the", "cat", "sat"]), Toy::normal(["cat", "dog", "bird"]));
        let mixed = MixedModel::new(named(&[&one, &other]), &[0.3, 0.7]).unwrap();
        let vocab = mixed.vocab();
        assert_eq!(vocab.len(), 3 + 5);
        let words = || (0..vocab.len() as u32).map(WordId).filter(|&word| word != WordId::BEGIN);
        let mut mixture = DynamicMixture::new(&mixed, &CACHES);
        mixture.set_weights(&[0.2, 0.3, 0.1, 0.4]).unwrap();
        let text: Vec<WordId> =
            ["the", "dog", "fish", "cat", "dog"].map(|word| vocab.id_or_unknown(word)).to_vec();
        for length in 0..=text.len() {
            let text = &text[..length];
            let sum: f64 = words().map(|word| probability(&mixture, text, word)).sum();
            assert!((sum - 1.0).abs() < 1e-6, "{sum}");
            let history = [&[WordId::BEGIN], text].concat();
            let sum: f64 = words().map(|word| mixed.score(&history, word).log_prob.prob()).sum();
            assert!((sum - 1.0).abs() < 1e-6, "{sum}");
        }
        // The other model lacks *the*, and neither knows *whale*: it gets what both give to <unk>.
        let the = vocab.id_or_unknown("the");
        let known = one.score(&[], the).log_prob.prob();
        let of_mixture = |word| mixed.score(&[], word).log_prob.prob();
        assert!((of_mixture(the) - 0.3 * known).abs() < 1e-7);
        let whale = vocab.id_or_unknown("whale");
        let unknown = [&one, &other].map(|model| model.score(&[], WordId::UNKNOWN).log_prob.prob());
        let expected = 0.3 * unknown[0] + 0.7 * unknown[1];
        assert!((of_mixture(whale) - expected).abs() < 1e-7);
    }

    #[test]
    fn a_mixture_of_one_is_the_model() {
        let model = Toy::golden();
        let mixed = MixedModel::new(named(&[&model]), &[1.0]).unwrap();
        let text = "the cat sat\nthe dog\n\n";
        let plain = crate::evaluate(&model, text);
        let mut evaluation = Evaluation::mixture(DynamicMixture::new(&mixed, &[]));
        evaluation.read("text", text.as_bytes()).unwrap();
        let of_mixture = evaluation.report();
        let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-5, "{a} {b}");
        near(of_mixture.figures.total_bits, plain.figures.total_bits);
        let parts = of_mixture.parts.unwrap();
        near(parts[0].total_bits, plain.figures.total_bits);
        assert_eq!((parts[0].name.as_str(), parts[0].weight), ("toy 0", 1.0));
        assert_eq!(of_mixture.figures.matched, plain.figures.matched);
    }

    #[test]
    fn fitted_weights_are_no_worse_than_any_others() {
        let (one, other) =
            (Toy::normal(["the", "cat", "sat"]), Toy::normal(["cat", "dog", "bird"]));
        let mixed = MixedModel::new(named(&[&one, &other]), &[0.5, 0.5]).unwrap();
        let text = "the cat sat\nthe dog\ncat dog dog bird\nthe dog sat sat\n";
        let bits = |weights: Option<[f64; 3]>| {
            let mut mixture = DynamicMixture::new(&mixed, &CACHES[..1]);
            match weights {
                Some(weights) => mixture.set_weights(&weights).unwrap(),
                None => drop(mixture.fit("dev", text.as_bytes()).unwrap()),
            }
            let mut evaluation = Evaluation::mixture(mixture);
            evaluation.read("text", text.as_bytes()).unwrap();
            let figures = evaluation.report().figures;
            // Without the only model that knows a word, the word is impossible.
            if figures.infinite { f64::INFINITY } else { figures.total_bits }
        };
        let best = bits(None);
        for (a, b) in (0..=20).flat_map(|a| (0..=20 - a).map(move |b| (a, b))) {
            let [a, b] = [a, b].map(|part| f64::from(part) / 20.0);
            assert!(best <= bits(Some([a, b, (1.0 - a - b).max(0.0)])) + 1e-4);
        }
    }

    #[test]
    fn weights_and_models_that_do_not_fit_are_errors() {
        let (model, mut other) = (Toy::golden(), Toy::golden());
        let error = |models: &[&Toy], weights: &[f64]| {
            MixedModel::new(named(models), weights).map(|_| ()).unwrap_err().to_string()
        };
        assert!(error(&[&model, &other], &[0.5, 0.6]).contains("sum to 1.1"));
        assert!(error(&[&model, &other], &[1.5, -0.5]).contains("between 0 and 1"));
        assert!(error(&[&model, &other], &[f64::NAN, 1.0]).contains("between 0 and 1"));
        assert!(error(&[&model], &[0.5, 0.5]).contains("2 weights for 1 parts"));
        assert!(error(&[], &[]).contains("needs a model"));
        other.tokenizer.lowercase = true;
        assert!(error(&[&model, &other], &[0.5, 0.5]).contains("same tokenizer"));
        let mixed = MixedModel::new(named(&[&model]), &[1.0]).unwrap();
        let error = DynamicMixture::new(&mixed, &CACHES).fit("empty.txt", &b""[..]).unwrap_err();
        assert!(error.to_string().contains("empty.txt has nothing to fit weights to"));
    }
}
