//! R1: the n-gram rows of Bengio, Ducharme, Vincent and Jauvin (2003), Table 1.
//!
//! The Brown corpus is one stream of tokens, including marks of paragraphs and texts: the first
//! 800,000 are for training, 200,000 for validation, the rest for testing. The history of a token
//! is the tokens before it, even across sentences and parts. Unigrams are interpolated with the
//! uniform distribution. Their tokens are lost; ours are slightly fewer.

use super::error::LandmarkError;
use super::lab::Lab;
use super::row::{Claim, Row, Tolerance};
use crate::brown;
use ngram_counts::VocabRule;
use ngram_eval::number::grouped as group;
use ngram_input::Text;
use ngram_model::{LanguageModel, Score};
use ngram_tokenizer::{TokenizerKind, TokenizerSpec, WordId};
use ngram_train::TrainOptions;
use ngram_train::smoothing::{self, Combine, Settings, UnigramBase};
use std::collections::HashMap;

/// Number of training tokens, and of the validation tokens after them.
const TRAINING: usize = 800_000;
pub(super) const VALIDATION: usize = 200_000;

/// All words that occur at most this often, in all parts together, are merged into one.
const RARE: usize = 3;

pub(super) const CITATION: &str = "Bengio et al. 2003, Table 1";
pub(super) const CONDITIONS: &str = "Brown corpus, 1,181,041 tokens in one stream, 800,000 to train on, 200,000 for validation; 16,383 words";

/// A smoothing method, for consecutive orders.
struct Method {
    /// Part of the row ids.
    id: &'static str,
    /// Part of the quantity.
    name: &'static str,
    smoothing: &'static str,
    backs_off: bool,
    min_counts: &'static [u32],
    /// The lowest order.
    from: usize,
    /// For each order: the published perplexities of the validation and test parts, if any, and
    /// those of another implementation.
    figures: &'static [(Option<[f64; 2]>, [f64; 2])],
}

const METHODS: [Method; 4] = [
    // SRILM's default, which the paper used: three discounts.
    Method {
        id: "KN",
        name: "back-off KN, rare n-grams dropped",
        smoothing: "modified-kneser-ney",
        backs_off: true,
        min_counts: &[1, 1, 2],
        from: 3,
        figures: &[
            (Some([334.0, 323.0]), [342.0, 320.4]),
            (Some([332.0, 321.0]), [343.1, 321.0]),
            (Some([332.0, 321.0]), [343.6, 321.4]),
        ],
    },
    Method {
        id: "KNa",
        name: "back-off KN, no n-gram dropped",
        smoothing: "modified-kneser-ney",
        backs_off: true,
        min_counts: &[],
        from: 3,
        figures: &[(None, [355.2, 333.2]), (None, [369.1, 346.7]), (None, [376.1, 353.9])],
    },
    Method {
        id: "KNi",
        name: "interpolated KN, one discount",
        smoothing: "kneser-ney",
        backs_off: false,
        min_counts: &[],
        from: 3,
        figures: &[(None, [358.8, 333.6]), (None, [357.5, 332.4]), (None, [356.8, 331.8])],
    },
    Method {
        id: "MKN",
        name: "interpolated modified KN",
        smoothing: "modified-kneser-ney",
        backs_off: false,
        min_counts: &[],
        from: 1,
        figures: &[
            (None, [862.7, 828.2]),
            (None, [349.1, 325.2]),
            (None, [332.3, 310.0]),
            (None, [330.2, 308.0]),
            (None, [329.5, 307.3]),
        ],
    },
];

/// How far ours may be from the figures of another implementation.
const SAME: f64 = 0.003;

/// The rows.
pub fn rows(lab: &Lab) -> Result<Vec<Row>, LandmarkError> {
    let stream = Stream::new(lab.brown()?.marked())?;
    let models = METHODS.iter().map(|method| method.figures.len()).sum::<usize>();
    lab.progress.begin("Bengio et al. 2003", Some(models as u64), "models");
    let mut rows = Vec::new();
    for method in &METHODS {
        for (order, (published, expected)) in (method.from..).zip(method.figures) {
            let perplexities = stream.perplexities(lab, method, order)?;
            for (index, part) in ["valid", "test"].into_iter().enumerate() {
                let id = format!("R1-{}{order}-{part}", method.id);
                let quantity = format!("{}, order {order}, {part}", method.name);
                let mut row = Row::new(id, quantity, "perplexity");
                if let Some(published) = published {
                    row = row.source(2003, CITATION, CONDITIONS).published(published[index]);
                }
                row = row.ours(perplexities[index], brown::NAME, stream.over());
                row = row.expect(expected[index], SAME * expected[index]);
                // Our tokens differ, more so in the middle of the corpus.
                let near = if part == "test" { 0.03 } else { 0.04 };
                rows.push(row.claim(Claim::Variant(Tolerance::Relative(near))));
            }
            lab.progress.advance(1);
        }
    }
    Ok(rows)
}

/// Returns the perplexity of tokens with these scores.
pub(super) fn perplexity(scores: &[Score]) -> f64 {
    let sum: f64 = scores.iter().map(|score| score.log_prob.log10()).sum();
    10f64.powf(-sum / scores.len() as f64)
}

/// The corpus as one stream of tokens.
pub(super) struct Stream<'t> {
    tokens: Vec<&'t str>,
    /// The words frequent enough for the vocabulary.
    known: Vec<String>,
    /// Size of the vocabulary, including the word that stands for all rare ones.
    words: u64,
    training: Text,
}

impl<'t> Stream<'t> {
    pub(super) fn new(marked: &'t str) -> Result<Stream<'t>, LandmarkError> {
        let tokens: Vec<&str> = marked.split_whitespace().collect();
        let training = tokens.get(..TRAINING).ok_or("the text is too short")?.join(" ");
        let mut frequencies: HashMap<&str, usize> = HashMap::new();
        tokens.iter().for_each(|token| *frequencies.entry(token).or_default() += 1);
        let frequent = frequencies.into_iter().filter(|&(_, frequency)| frequency > RARE);
        let mut known: Vec<String> = frequent.map(|(word, _)| word.to_owned()).collect();
        known.sort_unstable();
        let words = known.len() as u64 + 1;
        Ok(Stream { tokens, known, words, training: Text::bytes("Brown", training.into()) })
    }

    /// Describes what the perplexities are over.
    pub(super) fn over(&self) -> String {
        let test = self.tokens.len() - TRAINING - VALIDATION;
        let [valid, test] = [VALIDATION, test].map(|tokens| group(tokens as u64));
        format!("{valid} tokens (valid) and {test} (test), {} words", group(self.words))
    }

    /// The training text.
    pub(super) fn training(&self) -> &[Text] {
        std::slice::from_ref(&self.training)
    }

    /// The validation and test parts, each as one line.
    pub(super) fn held_out(&self) -> [String; 2] {
        let (valid, test) = self.tokens[TRAINING..].split_at(VALIDATION);
        [valid, test].map(|tokens| tokens.join(" "))
    }

    /// Options shared by all models.
    pub(super) fn options(&self) -> TrainOptions {
        TrainOptions {
            tokenizer: TokenizerSpec::new(TokenizerKind::Whitespace),
            vocab: VocabRule::List(self.known.clone()),
            open: false,
            ..TrainOptions::default()
        }
    }

    /// Returns the perplexities of the validation and test parts under a model of the training part.
    fn perplexities(
        &self,
        lab: &Lab,
        method: &Method,
        order: usize,
    ) -> Result<[f64; 2], LandmarkError> {
        let min_counts = &method.min_counts[..method.min_counts.len().min(order)];
        let settings = Settings {
            combine: method.backs_off.then_some(Combine::BackOff),
            // The words that occur only in the other parts are in the vocabulary, and all are rare.
            unigrams: Some(UnigramBase::Uniform),
            min_counts: min_counts.to_vec(),
            ..Settings::default()
        };
        let smoothing = smoothing::by_name(method.smoothing)?;
        let options = TrainOptions { order, smoothing, settings, ..self.options() };
        let model = lab.models.train(self.training(), options)?;
        let scores = self.scores(&model);
        Ok([perplexity(&scores[..VALIDATION]), perplexity(&scores[VALIDATION..])])
    }

    /// Returns the score of every token after the training part; the first one's history reaches back into it.
    pub(super) fn scores(&self, model: &dyn LanguageModel) -> Vec<Score> {
        let before = model.order() - 1;
        let vocab = model.vocab();
        let tokens = self.tokens[TRAINING - before..].iter();
        let ids: Vec<WordId> = tokens.map(|token| vocab.id_or_unknown(token)).collect();
        let mut scores = Vec::new();
        model.score_sentence(&ids, &mut scores);
        // The sentence end is not a token of the stream.
        scores.pop();
        scores.drain(..before);
        scores
    }
}
