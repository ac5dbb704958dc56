//! How well a model predicts a text.

use ngram_eval::{Figures, Report};
use std::fmt;

/// How well a model predicts a text; shown as the report that `ngram eval` prints.
///
/// A figure is `None` if there is nothing to compute it from, as for an empty text.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    report: Report,
}

impl From<Report> for Evaluation {
    fn from(report: Report) -> Evaluation {
        Evaluation { report }
    }
}

impl Evaluation {
    /// Every figure, and what a reader must know before quoting one.
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// Tokens: the words of the text, and one end a sentence.
    pub fn tokens(&self) -> u64 {
        self.figures().tokens
    }

    /// Words that the model does not know.
    pub fn oovs(&self) -> u64 {
        self.figures().oovs
    }

    /// log10 of the text's probability: Σ log10 p over its tokens. Tokens of probability 0 are left
    /// out; see [`Figures::infinite`].
    pub fn log10_prob(&self) -> f64 {
        self.figures().log10_prob
    }

    /// Cross-entropy in bits per token.
    pub fn bits_per_token(&self) -> Option<f64> {
        self.figures().bits_per_token
    }

    /// Perplexity over all tokens.
    pub fn perplexity(&self) -> Option<f64> {
        self.figures().perplexity_including_oovs
    }

    /// Bits per character of the text, line ends included: of all that is paid if the vocabulary is
    /// open, else of the tokens alone. It compares models that cut text differently.
    pub fn bits_per_character(&self) -> Option<f64> {
        match &self.figures().open_vocabulary {
            Some(open) => open.bits_per_character,
            None => self.figures().bits_per_character,
        }
    }

    fn figures(&self) -> &Figures {
        &self.report.figures
    }
}

impl fmt::Display for Evaluation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&ngram_report::text::report(&self.report))
    }
}
