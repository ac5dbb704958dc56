//! R1: the best mixture of n-gram models on the text of Bengio, Ducharme, Vincent and Jauvin (2003).
//!
//! The word model has modified Kneser–Ney smoothing of order 5 with eight discounts per order,
//! fitted to the validation part. The class models, with 100 and 500 classes, have leave-one-out
//! discounts. Weights are fitted to the validation part. The test part is used once, to be scored.

use super::bengio::Stream;
use super::error::LandmarkError;
use super::lab::Lab;
use super::row::Row;
use crate::brown;
use ngram_eval::Evaluation;
use ngram_eval::mixture::{CacheSpec, DynamicMixture, MixedModel};
use ngram_input::Text;
use ngram_model::LanguageModel;
use ngram_train::TrainOptions;
use ngram_train::smoothing::{Discounts, Settings, UnigramBase};
use std::sync::Arc;

/// Numbers of classes.
const CLASSES: [usize; 2] = [100, 500];

/// Caches of unigrams, and of trigrams that fade soon and late.
const CACHES: [CacheSpec; 3] = [
    CacheSpec { half_life: 100.0, order: 1 },
    CacheSpec { half_life: 500.0, order: 3 },
    CacheSpec { half_life: 10_000.0, order: 3 },
];

/// The rows.
pub fn rows(lab: &Lab) -> Result<Vec<Row>, LandmarkError> {
    let stream = Stream::new(lab.brown()?.marked())?;
    lab.progress.begin("the best mixture", Some(1 + CLASSES.len() as u64), "models");
    let [valid, test] = stream.held_out();
    let settings = |discounts, discount_classes| Settings {
        unigrams: Some(UnigramBase::Uniform),
        discounts,
        discount_classes,
        ..Settings::default()
    };
    let words = TrainOptions {
        held_out: Arc::new(vec![Text::bytes("the validation part", valid.clone().into())]),
        settings: settings(Discounts::Formula, Settings::MAX_DISCOUNT_CLASSES),
        ..stream.options()
    };
    let words = lab.models.train(stream.training(), words)?;
    lab.progress.advance(1);
    let mut classes = Vec::new();
    for number in CLASSES {
        let settings = settings(Discounts::LeaveOneOut, 3);
        let options = TrainOptions { settings, ..stream.options() };
        let found = stream.classes(lab, number)?;
        classes.push(lab.models.train_classes(stream.training(), &found, options)?);
        lab.progress.advance(1);
    }
    let mut models: Vec<(String, &dyn LanguageModel)> = vec![("words".to_owned(), &words)];
    for (number, model) in CLASSES.iter().zip(&classes) {
        models.push((format!("{number} classes"), model));
    }
    let equal = vec![1.0 / models.len() as f64; models.len()];
    let mixed = MixedModel::new(models, &equal)?;
    let mut rows = Vec::new();
    for (id, what, caches, note) in [
        (
            "R1-best-test",
            "words and classes, weights from validation",
            &CACHES[..0],
            "the best n-grams of the paper have 312, its best neural network mixed with n-grams 252",
        ),
        (
            "R1-best-cache-test",
            "the same and caches of the test text so far",
            &CACHES[..],
            "it learns from the test text as it goes by, as the models of the paper do not",
        ),
    ] {
        let mut mixture = DynamicMixture::new(&mixed, caches);
        mixture.fit("the validation part", valid.as_bytes())?;
        let mut evaluation = Evaluation::mixture(mixture);
        evaluation.read("the test part", test.as_bytes())?;
        let figures = evaluation.report().figures;
        let perplexity = figures.perplexity_including_oovs.ok_or("the test part is empty")?;
        let row = Row::new(id, format!("{what}, test"), "perplexity");
        rows.push(row.ours(perplexity, brown::NAME, stream.over()).note(note));
    }
    Ok(rows)
}
