//! How a score comes about: the factors that its probability is the product of.
//!
//! ```text
//! table      p(w|h) = backoff(h) · backoff(h′) · … · p(w|g)      the stored n-gram gw is the longest that ends hw
//! classes    p(w|h) = p(c(w) | the classes of h) · p(w | c(w))
//! mixture    p(w|h) = Σ λ_i p_i(w|h)
//! ```
//!
//! Where a table's n-gram is not stored, its probability is that of the next shorter one times the back-off weight of the
//! history (Katz 1987), again and again until one is. [`Derivation::log_prob`] puts the factors together as scoring does, and
//! comes to the same number to the last bit.
//!
//! ```
//! use ngram_input::Text;
//! use ngram_model::{Derivation, LanguageModel, Model};
//! use ngram_train::{TrainOptions, smoothing, train};
//! use ngram_tokenizer::WordId;
//!
//! let folder = tempfile::tempdir()?;
//! let path = folder.path().join("example.ngram");
//! let text = Text::bytes("example", b"the cat sat\nthe cat ran\nthe dog sat\n".to_vec());
//! let witten_bell = smoothing::by_name("witten-bell")?;
//! train(&[text], &TrainOptions { order: 2, smoothing: witten_bell, ..TrainOptions::default() }, &path, &())?;
//! let model = Model::open(&path)?;
//!
//! // After *the* came two different words in three times: a new one has 2/5 of the probability.
//! let [the, sat] = ["the", "sat"].map(|word| model.vocab().id_or_unknown(word));
//! let derivation = model.derive(&[WordId::BEGIN, the], sat);
//! let Derivation::Backoff(backoff) = &derivation else { panic!("no table") };
//! assert_eq!((backoff.matched, backoff.ngram()), (1, vec!["sat"]));
//! assert!((backoff.weights[0].weight - 2.0 / 5.0).abs() < 1e-6);
//! assert_eq!(derivation.log_prob(), model.score(&[the], sat).log_prob);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod counted;

use crate::{LanguageModel, LogProb, Model, Score};
use ngram_tokenizer::{VocabView, WordId};
use serde::Serialize;

pub use counted::Counted;

/// The factors of a word's probability after a history.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Derivation {
    /// A model that does not say how.
    Given {
        /// log10 p.
        log10_prob: f32,
    },
    /// A table of n-grams.
    Backoff(Backoff),
    /// A class-based model.
    Class(ClassFactors),
    /// A skip model.
    Skip(SkipFactors),
    /// A mixture of models.
    Mixture {
        /// Its models, in their order.
        components: Vec<Component>,
    },
}

/// The longest stored n-gram that ends in a word, and the back-off weights of the longer histories.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Backoff {
    /// The words of the history that count, in the order of the text.
    pub history: Vec<String>,
    /// The word, as the table knows it: `<unk>` if it does not.
    pub word: String,
    /// The order of the longest stored n-gram that ends in the word.
    pub matched: u8,
    /// The stored probability of the word after the last `matched` − 1 words of the history.
    pub stored_probability: f64,
    /// log10 of it.
    pub stored_log10_prob: f32,
    /// The back-off weights of the histories of `matched` words and more, the longest first.
    pub weights: Vec<Weight>,
    /// The parameters of order `matched`, such as discounts; none for a model that was not trained here.
    pub parameters: Vec<Parameter>,
}

/// The back-off weight of a history.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Weight {
    /// The words of the history, in the order of the text.
    pub history: Vec<String>,
    /// The weight: 1 where the model has nothing of the history.
    pub weight: f64,
    /// log10 of it.
    pub log10_weight: f32,
}

/// A parameter of a smoothing method.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Parameter {
    /// Its name, such as `D1`.
    pub name: String,
    /// What it was fitted or set to.
    pub value: f64,
}

/// A word's class after the classes of its history, and the word in its class.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClassFactors {
    /// The word, as the model knows it.
    pub word: String,
    /// Its class, which is the word of [`ClassFactors::classes`].
    pub class: String,
    /// The probability of the class.
    pub classes: Backoff,
    /// The probability of the word in its class.
    pub in_class_probability: f64,
    /// log10 of it.
    pub in_class_log10_prob: f32,
}

/// A word after words further back.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SkipFactors {
    /// How many words are skipped before each that counts.
    pub skip: usize,
    /// The probability after those that count.
    pub table: Backoff,
}

/// What a model adds to a mixture.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Component {
    /// The model's name.
    pub model: String,
    /// Its weight λ.
    pub weight: f64,
    /// What it gives to the word.
    pub probability: f64,
    /// Of a word that it does not know, the share of its `<unk>` that this word has; else 1.
    pub share: f64,
    /// How it comes to that, but for the share.
    pub derivation: Derivation,
}

impl Derivation {
    /// The factors put together: what [`LanguageModel::score`] gives.
    pub fn log_prob(&self) -> LogProb {
        match self {
            Derivation::Given { log10_prob } => LogProb(*log10_prob),
            Derivation::Backoff(table) => table.log_prob(),
            Derivation::Skip(SkipFactors { table, .. }) => table.log_prob(),
            Derivation::Class(ClassFactors { classes, in_class_log10_prob, .. }) => {
                LogProb(classes.log_prob().0 + in_class_log10_prob)
            }
            Derivation::Mixture { components } => {
                let sum = components.iter().fold(0.0, |sum, component| {
                    let Component { weight, share, derivation, .. } = component;
                    sum + weight * (derivation.log_prob().prob() * share)
                });
                LogProb(sum.log10() as f32)
            }
        }
    }
}

impl Backoff {
    /// How a table scores a word after a history.
    pub(crate) fn new(model: &Model, history: &[WordId], word: WordId) -> Backoff {
        let recent = &history[history.len() - history.len().min(model.order() - 1)..];
        let Score { matched, .. } = model.score(recent, word);
        let shorter = |length: usize| &recent[recent.len() - length..];
        let found = usize::from(matched) - 1;
        let stored = model.score(shorter(found), word).log_prob;
        let vocab = model.vocab();
        let weights =
            (1..).zip(model.backoffs(recent)).skip(found).map(|(length, backoff)| Weight {
                history: words(vocab, shorter(length)),
                weight: backoff.prob(),
                log10_weight: backoff.0,
            });
        let mut weights: Vec<Weight> = weights.collect();
        weights.reverse();
        let fitted = model.info().orders.get(found).map(|order| order.parameters.as_slice());
        let parameters = fitted.unwrap_or_default().iter();
        Backoff {
            history: words(vocab, recent),
            word: vocab.word(word).to_owned(),
            matched,
            stored_probability: stored.prob(),
            stored_log10_prob: stored.0,
            weights,
            parameters: parameters
                .map(|(name, value)| Parameter { name: name.clone(), value: *value })
                .collect(),
        }
    }

    /// The words of the longest stored n-gram.
    pub fn ngram(&self) -> Vec<&str> {
        let start = self.history.len() + 1 - usize::from(self.matched);
        self.history[start..].iter().chain([&self.word]).map(String::as_str).collect()
    }

    /// The factors put together.
    pub fn log_prob(&self) -> LogProb {
        // From the shortest up, as every layout adds them.
        let weights = self.weights.iter().rev();
        let backoff = weights.fold(0.0f32, |sum, weight| sum + weight.log10_weight);
        LogProb(self.stored_log10_prob + backoff)
    }
}

/// Words by their numbers.
pub fn words(vocab: VocabView<'_>, ids: &[WordId]) -> Vec<String> {
    ids.iter().map(|&id| vocab.word(id).to_owned()).collect()
}
