//! Trains models of every method, order and size, and measures them on one test text.

use super::error::ExperimentError;
use super::parts::ExperimentParts;
use ngram_counts::VocabRule;
use ngram_eval::compare::{By, ModelComparison};
use ngram_eval::sampling::{Interval, Resampling};
use ngram_input::Text;
use ngram_model::{LanguageModel, Model};
use ngram_store::Progress;
use ngram_train::{TemporaryModels, TrainError, TrainOptions, smoothing};
use serde::Serialize;

/// A method: its name in ids of landmarks, on the command line, and in prose.
pub type Method = (&'static str, &'static str, &'static str);

/// The methods that Chen and Goodman (1999) compare, the baseline first.
pub const METHODS: [Method; 7] = [
    ("base", "jelinek-mercer-baseline", "Jelinek–Mercer, one λ"),
    ("JM", "jelinek-mercer", "Jelinek–Mercer, λ(h)"),
    ("WB", "witten-bell", "Witten–Bell"),
    ("AD", "absolute", "absolute discounting"),
    ("Katz", "katz", "Katz"),
    ("KN", "kneser-ney", "Kneser–Ney"),
    ("MKN", "modified-kneser-ney", "modified Kneser–Ney"),
];

/// The name of a method in prose.
pub fn title(method: &str) -> &str {
    METHODS.iter().find(|known| known.1 == method).map_or(method, |known| known.2)
}

/// Number of samples drawn for an interval.
const SAMPLES: usize = 999;

/// The figures of one model.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cell {
    /// The order n.
    pub order: usize,
    /// Number of training sentences.
    pub sentences: usize,
    /// The smoothing method.
    pub method: String,
    /// Cross-entropy of the test text in bits per token; `None` if a token has probability 0.
    pub bits_per_token: Option<f64>,
    /// 2 to the power of `bits_per_token`.
    pub perplexity: Option<f64>,
    /// Bits per token minus those of the baseline: below 0, this model is better. `None` for the baseline itself.
    pub difference: Option<f64>,
    /// 95 % interval of the difference, over sentences of the test text.
    pub interval: Option<Interval>,
}

/// What is compared at each training size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Compares {
    /// Methods of the same order.
    Smoothing,
    /// Orders of the same method.
    Order,
}

/// The models to train and measure.
pub struct Grid {
    /// The orders.
    pub orders: Vec<usize>,
    /// Training sizes in sentences.
    pub sizes: Vec<usize>,
    /// Names of the methods.
    pub methods: Vec<String>,
}

/// The result of an experiment.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Measured {
    /// Number of test tokens.
    pub test_tokens: u64,
    /// Number of test sentences.
    pub test_sentences: u64,
    /// Number of words in the vocabulary, which has the words of all parts.
    pub vocabulary: usize,
    /// Number of sentences that weights are fitted to.
    pub held_out_sentences: usize,
    /// One cell per model: by order, then size, then method.
    pub cells: Vec<Cell>,
}

/// Trains a model on some sentences, with the words of all parts as its vocabulary.
pub fn model(
    models: &TemporaryModels,
    parts: &ExperimentParts,
    training: &[Text],
    order: usize,
    method: &str,
) -> Result<Model, TrainError> {
    let smoothing = smoothing::by_name(method)?;
    // Discounts always follow from the formula.
    let takes_text = smoothing.held_out().is_some() && !smoothing.has_discounts();
    let held_out = takes_text.then(|| parts.held_out.clone());
    let options = TrainOptions {
        order,
        tokenizer: parts.tokenizer.clone(),
        vocab: VocabRule::List(parts.words.clone()),
        smoothing,
        held_out: held_out.unwrap_or_default(),
        open: false,
        ..TrainOptions::default()
    };
    models.train(training, options)
}

impl Grid {
    /// Trains and measures all models. Models compared with each other form a group; its first is the baseline.
    pub fn measure(
        &self,
        compares: Compares,
        parts: &ExperimentParts,
        trainer: &TemporaryModels,
        progress: &dyn Progress,
    ) -> Result<Measured, ExperimentError> {
        let models = self.orders.len() * self.sizes.len() * self.methods.len();
        progress.begin("training", Some(models as u64), "models");
        let mut measured = Measured {
            test_tokens: 0,
            test_sentences: 0,
            vocabulary: parts.words.len(),
            held_out_sentences: parts.held_out_sentences,
            cells: Vec::new(),
        };
        for &size in &self.sizes {
            let training = [parts.training(size)?];
            for group in self.groups(compares) {
                let mut models = Vec::new();
                for &(order, method) in &group {
                    progress.proceed()?;
                    models.push(model(trainer, parts, &training, order, method)?);
                    progress.advance(1);
                }
                measured.add(size, &group, &models, parts)?;
            }
        }
        progress.end();
        measured.cells.sort_by_key(|cell| (cell.order, cell.sentences));
        Ok(measured)
    }

    /// Groups the orders and methods that are compared with each other.
    fn groups(&self, compares: Compares) -> Vec<Vec<(usize, &str)>> {
        let methods = || self.methods.iter().map(String::as_str);
        match compares {
            Compares::Smoothing => self
                .orders
                .iter()
                .map(|&order| methods().map(|method| (order, method)).collect())
                .collect(),
            Compares::Order => methods()
                .map(|method| self.orders.iter().map(|&order| (order, method)).collect())
                .collect(),
        }
    }
}

impl Measured {
    fn add(
        &mut self,
        size: usize,
        group: &[(usize, &str)],
        models: &[Model],
        parts: &ExperimentParts,
    ) -> Result<(), ExperimentError> {
        let named: Vec<(String, &dyn LanguageModel)> =
            models.iter().map(|model| (String::new(), model as &dyn LanguageModel)).collect();
        let mut comparison = ModelComparison::new(&named);
        comparison.read("the test", parts.test.clone().into_bytes())?;
        let how = Resampling { samples: SAMPLES, ..Resampling::default() };
        let compared = comparison.report(By::Sentence, how);
        for (number, (model, &(order, method))) in compared.models.iter().zip(group).enumerate() {
            let figures = &model.report.figures;
            (self.test_tokens, self.test_sentences) = (figures.tokens, figures.sentences);
            let finite = figures.bits_per_token.filter(|_| !figures.infinite);
            let pair = number.checked_sub(1).and_then(|pair| compared.pairs.get(pair));
            let difference =
                pair.filter(|pair| pair.infinite_lines == 0).and_then(|pair| pair.bits_per_token);
            self.cells.push(Cell {
                order,
                sentences: size,
                method: method.to_owned(),
                bits_per_token: finite,
                perplexity: finite.map(f64::exp2),
                difference: difference.map(|difference| difference.difference),
                interval: difference.and_then(|difference| difference.interval),
            });
        }
        Ok(())
    }
}
