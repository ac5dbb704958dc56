//! Explains scores: the factors whose product is the probability.
//!
//! ```text
//! table      p(w|h) = backoff(h) · backoff(h′) · … · p(w|g)      the stored n-gram gw is the longest that ends hw
//! classes    p(w|h) = p(c(w) | the classes of h) · p(w | c(w))
//! mixture    p(w|h) = Σ λ_i p_i(w|h)
//! ```
//!
//! If an n-gram is not stored in a table, its probability is that of the next shorter one times the back-off
//! weight of the history (Katz 1987), repeatedly, until one is stored. [`Derivation::log_prob`] combines the
//! factors like scoring does, and gives the same number to the last bit.
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

use crate::LogProb;
use ngram_tokenizer::{VocabView, WordId};
use serde::Serialize;

pub use crate::counted::Counted;

/// The factors of a word's probability after a history.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Derivation {
    /// A model that does not explain its probability.
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
        /// Its models, in order.
        components: Vec<Component>,
    },
}

/// The longest stored n-gram that ends in a word, and the back-off weights of the longer histories.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Backoff {
    /// The relevant words of the history, in text order.
    pub history: Vec<String>,
    /// The word, as in the table: `<unk>` if it is OOV.
    pub word: String,
    /// The order of the longest stored n-gram that ends in the word.
    pub matched: u8,
    /// The stored probability of the word after the last `matched` − 1 words of the history.
    pub stored_probability: f64,
    /// log10 of it.
    pub stored_log10_prob: f32,
    /// The back-off weights of the histories of `matched` words and more, the longest first.
    pub weights: Vec<BackoffWeight>,
    /// The parameters of order `matched`, such as discounts; none for a model that was not trained here.
    pub parameters: Vec<Parameter>,
}

/// The back-off weight of a history.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BackoffWeight {
    /// The words of the history, in text order.
    pub history: Vec<String>,
    /// The weight: 1 if the history is not in the model.
    pub weight: f64,
    /// log10 of it.
    pub log10_weight: f32,
}

/// A parameter of a smoothing method.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Parameter {
    /// Its name, such as `D1`.
    pub name: String,
    /// The fitted or chosen value.
    pub value: f64,
}

/// The factors of a class-based model: a word's class after the classes of its history, and the word in its class.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClassFactors {
    /// The word, as in the model.
    pub word: String,
    /// Its class, the word of [`ClassFactors::classes`].
    pub class: String,
    /// The probability of the class.
    pub classes: Backoff,
    /// The probability of the word in its class.
    pub in_class_probability: f64,
    /// log10 of it.
    pub in_class_log10_prob: f32,
}

/// The factors of a skip model: a word after words further back.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SkipFactors {
    /// The number of words skipped before each relevant one.
    pub skip: usize,
    /// The probability after the relevant words.
    pub table: Backoff,
}

/// The contribution of a model to a mixture.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Component {
    /// The model's name.
    pub model: String,
    /// Its weight λ.
    pub weight: f64,
    /// The probability it gives to the word.
    pub probability: f64,
    /// 0 for a word that this model lacks and another has, which gets nothing of its `<unk>`; otherwise 1.
    pub share: f64,
    /// The derivation of the probability, before the share is applied.
    pub derivation: Derivation,
}

impl Derivation {
    /// Combines the factors to the result of [`crate::LanguageModel::score`].
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
    /// Returns the words of the longest stored n-gram.
    pub fn ngram(&self) -> Vec<&str> {
        let start = self.history.len() + 1 - usize::from(self.matched);
        self.history[start..].iter().chain([&self.word]).map(String::as_str).collect()
    }

    /// Combines the factors.
    pub fn log_prob(&self) -> LogProb {
        // Shortest first, as in every layout.
        let weights = self.weights.iter().rev();
        let backoff = weights.fold(0.0f32, |sum, weight| sum + weight.log10_weight);
        LogProb(self.stored_log10_prob + backoff)
    }
}

/// Returns words by their ids.
pub fn words(vocab: VocabView<'_>, ids: &[WordId]) -> Vec<String> {
    ids.iter().map(|&id| vocab.word(id).to_owned()).collect()
}
