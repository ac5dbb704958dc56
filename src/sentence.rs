//! A sentence and its score.

use ngram_eval::number::figure;
use ngram_eval::sentence::Observer;
use ngram_eval::{Evaluation, Figures};
use ngram_model::{LanguageModel, LogProb};
use std::fmt;

/// A sentence and its score under a model; shown as a table of its tokens.
///
/// Its tokens are its words and its end, `</s>`: each is predicted from those before it.
#[derive(Clone, Debug, PartialEq)]
pub struct Sentence {
    text: String,
    notes: Notes,
    figures: Figures,
}

/// A word of a sentence, or its end, and its score.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Token {
    /// The word as the tokenizer cut it; `</s>` for the end.
    pub word: String,
    /// Its probability after the words before it.
    pub probability: f64,
    /// log10 of the probability.
    pub log10_prob: f64,
    /// −log2 of the probability: its information in bits.
    pub bits: f64,
    /// The order of the longest n-gram of the model that ends in it; 1 if no history helped.
    pub matched: u8,
    /// Whether the model does not know the word, and scored it as `<unk>`.
    pub oov: bool,
}

/// What is kept of the scored line.
#[derive(Clone, Debug, Default, PartialEq)]
struct Notes {
    tokens: Vec<Token>,
    log10_prob: f64,
    bits: f64,
}

/// Takes down what an evaluation finds.
struct Scribe;

impl Observer for Scribe {
    type Notes = Notes;

    fn observe(&self, sentence: &ngram_eval::Sentence<'_>, notes: &mut Notes) {
        let token = |token: &ngram_eval::Token<'_>| {
            let log_prob: LogProb = token.score.log_prob;
            Token {
                word: token.word.to_owned(),
                probability: log_prob.prob(),
                log10_prob: log_prob.log10(),
                // Adding zero drops the sign of a negative zero.
                bits: log_prob.bits() + 0.0,
                matched: token.score.matched,
                oov: token.is_oov(),
            }
        };
        notes.tokens = sentence.tokens.iter().map(token).collect();
        notes.log10_prob = sentence.log10_prob();
        notes.bits = sentence.bits();
    }
}

impl Sentence {
    pub(crate) fn new(model: &dyn LanguageModel, text: &str) -> Sentence {
        // With its end, even an empty line is a sentence.
        let line = format!("{}\n", text.replace('\n', " "));
        let mut notes = Notes::default();
        let mut evaluation = Evaluation::new(model);
        // Reading from memory cannot fail.
        let _ = evaluation.read_observed("sentence", line.as_bytes(), &Scribe, |found: Notes| {
            notes = found;
        });
        Sentence { text: text.to_owned(), notes, figures: evaluation.report().figures }
    }

    /// The sentence as it was given.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Its words and its end, with their scores.
    pub fn tokens(&self) -> &[Token] {
        &self.notes.tokens
    }

    /// log10 of its probability: Σ log10 p over its tokens.
    pub fn log10_prob(&self) -> f64 {
        self.notes.log10_prob
    }

    /// Its information in bits: Σ −log2 p over its tokens. Spelling, case and spacing are not in it.
    pub fn bits(&self) -> f64 {
        self.notes.bits
    }

    /// Its perplexity: 2 to the power of the bits per token; infinite if a token has probability 0.
    pub fn perplexity(&self) -> f64 {
        match self.figures.perplexity_including_oovs {
            Some(perplexity) if !self.figures.infinite => perplexity,
            _ => f64::INFINITY,
        }
    }

    /// The number of its words that the model does not know.
    pub fn oovs(&self) -> u64 {
        self.figures.oovs
    }

    /// Every figure that an evaluation of this line reports, among them the cost of spelling, case and
    /// spacing if the vocabulary is open.
    pub fn figures(&self) -> &Figures {
        &self.figures
    }
}

impl fmt::Display for Sentence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:>12} {:>9} {:>6}  token", "log10 p", "bits", "order")?;
        for Token { word, log10_prob, bits, matched, oov, .. } in self.tokens() {
            let oov = if *oov { "  (OOV)" } else { "" };
            writeln!(f, "{log10_prob:>12.6} {bits:>9.4} {matched:>6}  {word}{oov}")?;
        }
        let (log10_prob, bits) = (self.log10_prob(), self.bits());
        let perplexity = figure(self.perplexity());
        write!(f, "{log10_prob:>12.6} {bits:>9.4}         in all, perplexity {perplexity}")
    }
}
