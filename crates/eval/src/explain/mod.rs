//! How the score of a sentence comes about, token by token: which n-gram of the model says so, the back-off weights before it,
//! and what is paid beyond it where the vocabulary is open.
//!
//! ```
//! use ngram_input::Text;
//! use crate::explain;
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
//! println!("{}", ngram_report::explain::text(&explained));
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

/// A sentence, and how its score comes about.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    /// The sentence as it was given.
    pub sentence: String,
    /// The order n of the model.
    pub order: usize,
    /// ν, the share of tokens that the model expects to be new; `None` if its vocabulary is closed.
    pub novelty: Option<f64>,
    /// The tokens of the sentence, and `</s>`.
    pub tokens: Vec<ExplainedToken>,
    /// What they come to, as an evaluation has it of a text of this line.
    pub total: Total,
}

/// A token, and how its score comes about.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ExplainedToken {
    /// The token as the tokenizer cut it from the sentence; `</s>` at its end.
    pub token: String,
    /// Whether it is out of vocabulary, and scored as `<unk>`.
    pub oov: bool,
    /// Its probability after the tokens before it.
    pub probability: f64,
    /// log10 of it.
    pub log10_prob: f32,
    /// The information in bits, −log2 of it.
    pub bits: f64,
    /// The order of the longest n-gram in the model that says so.
    pub matched: u8,
    /// The factors of the probability.
    pub derivation: Derivation,
    /// What the stored probability was estimated from, the n-gram first, then shorter ones that have a part in it; `None` where
    /// no counts were given.
    pub counts: Option<Vec<Counted>>,
    /// What is paid for the token and for what stands before it where the vocabulary is open; else `None`.
    pub open: Option<OpenCharge>,
}

/// What the tokens of a sentence come to. Where some have probability 0, the sums leave them out.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Total {
    /// The words and `</s>`.
    pub tokens: u64,
    /// The words that are out of vocabulary.
    pub oovs: u64,
    /// Tokens of probability 0.
    pub zero_probability_tokens: u64,
    /// Σ log10 p.
    pub log10_prob: f64,
    /// Σ −log2 p, in bits.
    pub bits: f64,
    /// Cross-entropy: bits a token.
    pub bits_per_token: Option<f64>,
    /// 2 to the power of it.
    pub perplexity_including_oovs: Option<f64>,
    /// The same over the tokens that are in the vocabulary.
    pub perplexity_excluding_oovs: Option<f64>,
    /// What the whole line costs, where the vocabulary is open.
    pub open_vocabulary: Option<OpenFigures>,
}

/// Explains the score of a sentence, of one line.
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

/// The same, with the counts that each stored probability was estimated from, which `counts` finds.
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
