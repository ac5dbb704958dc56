//! Explains the score of a sentence token by token: the matching n-gram of the model, the back-off
//! weights, and the additional costs of an open vocabulary.
//!
//! ```
//! use ngram_input::Text;
//! use ngram_eval::explain;
//! use ngram_model::Model;
//! use ngram_train::{TrainOptions, smoothing, train};
//!
//! let folder = tempfile::tempdir()?;
//! let path = folder.path().join("example.ngram");
//! let text = Text::bytes("example", b"the cat sat\nthe cat ran\nthe dog sat\n".to_vec());
//! let witten_bell = smoothing::by_name("witten-bell")?;
//! train(&[text], &TrainOptions { order: 2, smoothing: witten_bell, ..TrainOptions::default() }, &path, &())?;
//!
//! let model = Model::open(&path)?;
//! let explained = explain::explain(&model, "the sat");
//! assert_eq!(explained.tokens.len(), 3);
//! assert_eq!(explained.tokens[1].matched, 1); // *the sat* was never seen
//! assert!((explained.tokens[1].probability - 2.0 / 5.0 * 10.0 / 63.0).abs() < 1e-6);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod open;
pub mod steps;

use crate::lines::open_vocabulary;
use crate::report::{Figures, OpenFigures};
use ngram_model::derivation::{Backoff, Counted};
use ngram_model::{Derivation, LanguageModel, LogProb};
use ngram_tokenizer::WordId;
use open::charges;
use serde::Serialize;

pub use open::{CaseCharge, GapCharge, OpenCharge, Spelled, Spelling};

/// A sentence and the explanation of its score.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    /// The sentence as given.
    pub sentence: String,
    /// The model's order n.
    pub order: usize,
    /// ν, the share of tokens that the model expects to be new; `None` if its vocabulary is closed.
    pub novelty: Option<f64>,
    /// The tokens of the sentence, and `</s>`.
    pub tokens: Vec<ExplainedToken>,
    /// The totals, equal to those of an evaluation of this line.
    pub total: Total,
}

/// A token and the explanation of its score.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ExplainedToken {
    /// The token as the tokenizer cut it; `</s>` at the end of the sentence.
    pub token: String,
    /// Whether it is an OOV, scored as `<unk>`.
    pub oov: bool,
    /// Its probability given the tokens before it.
    pub probability: f64,
    /// log10 of the probability.
    pub log10_prob: f32,
    /// −log2 of the probability: the information in bits.
    pub bits: f64,
    /// The order of the longest matching n-gram in the model.
    pub matched: u8,
    /// The factors of the probability.
    pub derivation: Derivation,
    /// The counts from which the stored probability was estimated: the n-gram's first, then those
    /// of the shorter ones that contribute; `None` if no counts were given.
    pub counts: Option<Vec<Counted>>,
    /// The cost of the token and of the gap before it, if the vocabulary is open.
    pub open: Option<OpenCharge>,
}

/// The totals over the tokens of a sentence. Sums leave out tokens of probability 0.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Total {
    /// The words and `</s>`.
    pub tokens: u64,
    /// The OOVs.
    pub oovs: u64,
    /// Tokens of probability 0.
    pub zero_probability_tokens: u64,
    /// Σ log10 p.
    pub log10_prob: f64,
    /// Σ −log2 p, in bits.
    pub bits: f64,
    /// Cross-entropy: bits per token.
    pub bits_per_token: Option<f64>,
    /// 2 to the power of the cross-entropy.
    pub perplexity_including_oovs: Option<f64>,
    /// The same over the tokens that are in the vocabulary.
    pub perplexity_excluding_oovs: Option<f64>,
    /// The cost of the whole line, if the vocabulary is open.
    pub open_vocabulary: Option<OpenFigures>,
}

/// Explains the score of a sentence, which must be a single line.
pub fn explain(model: &dyn LanguageModel, sentence: &str) -> Explanation {
    let vocab = model.vocab();
    let open = open_vocabulary(model);
    let (mut tokens, mut ids) = (Vec::new(), Vec::new());
    let mut charged = Vec::new();
    match &open {
        Some(open) => charged = charges(open, model, sentence, &mut tokens),
        None => model.tokenizer().tokenize(sentence, |token| tokens.push(token.to_owned())),
    }
    if open.is_none() {
        tokens.retain(|token| !matches!(vocab.id(token), Some(WordId::BEGIN | WordId::END)));
    }
    ids.extend(tokens.iter().map(|token| vocab.id_or_unknown(token)));
    let mut scores = Vec::new();
    model.score_sentence(&ids, &mut scores);
    tokens.push("</s>".to_owned());
    ids.push(WordId::END);

    let mut charged = charged.into_iter();
    let mut history = vec![WordId::BEGIN];
    let scored = tokens.into_iter().zip(ids).zip(scores);
    let tokens = scored.map(|((token, id), score)| {
        let derivation = model.derive(&history, id);
        history.push(id);
        let is_oov = id == WordId::UNKNOWN;
        ExplainedToken {
            token,
            oov: is_oov,
            probability: score.log_prob.prob(),
            log10_prob: score.log_prob.0,
            bits: score.log_prob.bits() + 0.0,
            matched: score.matched,
            derivation,
            counts: None,
            open: open
                .as_ref()
                .zip(charged.next())
                .map(|(open, charge)| charge.with_token(open, score.log_prob, is_oov)),
        }
    });
    let tokens = tokens.collect();
    let figures = crate::evaluate(model, &format!("{sentence}\n")).figures;
    Explanation {
        sentence: sentence.to_owned(),
        order: model.order(),
        novelty: open.map(|open| open.novelty()),
        tokens,
        total: Total::from(figures),
    }
}

/// Like [`explain()`], but adds the counts behind each stored probability, which `counts` looks up.
pub fn explain_counted(
    model: &dyn LanguageModel,
    counts: impl Fn(&Backoff) -> Vec<Counted>,
    sentence: &str,
) -> Explanation {
    let mut explained = explain(model, sentence);
    for token in &mut explained.tokens {
        if let Derivation::Backoff(factors) = &token.derivation {
            token.counts = Some(counts(factors));
        }
    }
    explained
}

impl From<Figures> for Total {
    fn from(figures: Figures) -> Total {
        Total {
            tokens: figures.tokens,
            oovs: figures.oovs,
            zero_probability_tokens: figures.zero_probability_tokens,
            log10_prob: figures.log10_prob,
            bits: figures.total_bits,
            bits_per_token: figures.bits_per_token,
            perplexity_including_oovs: figures.perplexity_including_oovs,
            perplexity_excluding_oovs: figures.perplexity_excluding_oovs,
            open_vocabulary: figures.open_vocabulary,
        }
    }
}

impl ExplainedToken {
    /// Whether the model gives the token probability 0.
    pub fn is_zero(&self) -> bool {
        LogProb(self.log10_prob) == LogProb::ZERO
    }
}

#[cfg(test)]
mod tests;
