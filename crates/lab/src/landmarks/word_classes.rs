//! R1: the class trigrams of Bengio, Ducharme, Vincent and Jauvin (2003), Table 1, and a mixture with words.
//!
//! Classes are found in the training part by exchange. The word that stands for all rare ones is a class of its own.
//! The sequence of classes has interpolated modified Kneser–Ney smoothing, and trigrams that occur once are dropped.

use super::bengio::{CITATION, CONDITIONS, Stream, VALIDATION};
use super::error::LandmarkError;
use super::lab::Lab;
use super::row::{Claim, Row, Tolerance};
use crate::brown;
use ngram_counts::{Corpus, CountOptions, Ids, NgramCounts};
use ngram_model::Score;
use ngram_store::Resources;
use ngram_train::TrainOptions;
use ngram_train::classes::{Bigrams, ExchangeOptions, WordClasses, exchange};
use ngram_train::smoothing::{Settings, UnigramBase};

/// How far ours may be from another implementation, which finds other classes.
const SAME: f64 = 0.02;

/// The weight of the class model in the mixture.
const CLASSES: f64 = 0.4;

/// The rows.
pub fn rows(lab: &Lab) -> Result<Vec<Row>, LandmarkError> {
    let stream = Stream::new(lab.brown()?.marked())?;
    lab.progress.begin("Bengio et al. 2003, classes", Some(4), "models");
    let mut rows = Vec::new();
    let few = stream.classes(lab, 150)?;
    let many = stream.classes(lab, 500)?;
    for (number, classes, published, expected) in
        [(150, &few, [348.0, 334.0], [356.8, 331.4]), (500, &many, [326.0, 312.0], [341.0, 317.1])]
    {
        let perplexities = parts(stream.class_scores(lab, classes, 3)?);
        for (index, part) in ["valid", "test"].into_iter().enumerate() {
            let id = format!("R1-C{number}-{part}");
            let quantity = format!("class trigram, {number} classes, {part}");
            let row = Row::new(id, quantity, "perplexity").source(2003, CITATION, CONDITIONS);
            let row = row.published(published[index]);
            let row = row.ours(perplexities[index], brown::NAME, stream.over());
            let row = row.expect(expected[index], SAME * expected[index]);
            // Our tokens differ, more so in the middle of the corpus.
            let near = if part == "test" { 0.03 } else { 0.06 };
            rows.push(row.claim(Claim::Variant(Tolerance::Relative(near))));
        }
        lab.progress.advance(1);
    }
    let classes = stream.class_scores(lab, &many, 4)?;
    lab.progress.advance(1);
    let words = stream.scores(&lab.models.train(stream.training(), options(&stream, 5))?);
    lab.progress.advance(1);
    let mixed = parts(mix(&words, &classes));
    for ((index, part), expected) in ["valid", "test"].into_iter().enumerate().zip([290.1, 269.8]) {
        let id = format!("R1-MKN5+C4-{part}");
        let quantity =
            format!("0.6 interpolated modified KN, order 5, 0.4 class 4-gram, 500 classes, {part}");
        let row = Row::new(id, quantity, "perplexity");
        let row = row.ours(mixed[index], brown::NAME, stream.over());
        rows.push(row.expect(expected, SAME * expected));
    }
    Ok(rows)
}

/// Options for modified Kneser–Ney, interpolated down to the uniform distribution.
fn options(stream: &Stream<'_>, order: usize) -> TrainOptions {
    let settings = Settings { unigrams: Some(UnigramBase::Uniform), ..Settings::default() };
    TrainOptions { order, settings, ..stream.options() }
}

/// Returns log10 of the mixture's probability of each token.
fn mix(words: &[Score], classes: &[Score]) -> Vec<Score> {
    let pairs = words.iter().zip(classes);
    let mixed = pairs.map(|(&word, class)| {
        let prob = (1.0 - CLASSES) * word.log_prob.prob() + CLASSES * class.log_prob.prob();
        Score { log_prob: ngram_model::LogProb(prob.log10() as f32), ..word }
    });
    mixed.collect()
}

/// Returns the perplexities of the validation and test parts.
fn parts(scores: Vec<Score>) -> [f64; 2] {
    [
        super::bengio::perplexity(&scores[..VALIDATION]),
        super::bengio::perplexity(&scores[VALIDATION..]),
    ]
}

impl Stream<'_> {
    /// Clusters the words of the training part into classes.
    pub(super) fn classes(&self, lab: &Lab, number: usize) -> Result<WordClasses, LandmarkError> {
        let TrainOptions { tokenizer, vocab, .. } = self.options();
        let resources = Resources::default();
        let corpus = Corpus::read(self.training(), &tokenizer, &vocab, &resources, &())?;
        let counts = NgramCounts::count(Ids::from(&corpus), &CountOptions::new(2), &())?;
        let bigrams = Bigrams::new(counts)?;
        let options = ExchangeOptions { classes: number, ..ExchangeOptions::default() };
        let clustering = exchange(&bigrams, &options, lab.models.progress())?;
        Ok(WordClasses::new(&clustering, corpus.vocab.view(), &bigrams))
    }

    /// Returns the score of every token after the training part, under a class-based model.
    fn class_scores(
        &self,
        lab: &Lab,
        classes: &WordClasses,
        order: usize,
    ) -> Result<Vec<Score>, LandmarkError> {
        let mut options = options(self, order);
        options.settings.min_counts = vec![1, 1, 2];
        let model = lab.models.train_classes(self.training(), classes, options)?;
        Ok(self.scores(&model))
    }
}
