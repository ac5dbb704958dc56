//! A short text as it is written, each token with what it costs, and the figures of the whole.

use crate::Evaluation;
use crate::report::Figures;
use crate::sentence::{Observer, Sentence};
use ngram_model::LanguageModel;
use serde::Serialize;

/// A text with the cost of each token, and its figures.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ScoredText {
    /// The lines of the text.
    pub lines: Vec<ScoredLine>,
    /// The figures, those of an evaluation of a file with this text.
    pub figures: Figures,
    /// Caveats a reader must know before quoting a figure.
    pub notes: Vec<String>,
}

/// A line of a text.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ScoredLine {
    /// The tokens, then `</s>`. Before it is the text after the last token.
    pub tokens: Vec<ScoredToken>,
}

/// A token as it is written.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ScoredToken {
    /// `word`, `oov` for one out of vocabulary, or `end` for `</s>`.
    pub kind: &'static str,
    /// The token, as the model knows it.
    pub token: String,
    /// The text between the token before and this one.
    pub gap: String,
    /// The token as the text has it; empty for `</s>`. If the tokenizer keeps no place in the text, the
    /// token itself.
    pub form: String,
    /// The order of the longest n-gram in the model that ends in it.
    pub matched: u8,
    /// log10 of its probability; `None` in JSON for probability 0.
    pub log10_prob: f32,
    /// −log2 of its probability, in bits.
    pub bits: f64,
}

/// Scores a text in memory, token by token. The figures equal those of [`evaluate()`](crate::evaluate()).
///
/// ```
/// use ngram_testing::toy::Toy;
///
/// // p(the|<s>) = 10^−0.25, p(cat|the) = 10^−0.5, p(</s>|cat) = 10^−1.25.
/// let scored = ngram_eval::scored_text::score(&Toy::exact(), "the  cat");
/// let [the, cat, end] = &scored.lines[0].tokens[..] else { panic!() };
/// assert_eq!((&*the.form, &*cat.gap, &*cat.form, end.kind), ("the", "  ", "cat", "end"));
/// assert_eq!((the.log10_prob, cat.log10_prob, end.log10_prob), (-0.25, -0.5, -1.25));
/// assert_eq!(scored.figures.log10_prob, -2.0);
/// ```
pub fn score(model: &dyn LanguageModel, text: &str) -> ScoredText {
    let mut evaluation = Evaluation::new(model);
    let mut lines: Vec<ScoredLine> = Vec::new();
    // Reading from memory cannot fail, and nothing is written.
    let _ = evaluation.read_observed("text", text.as_bytes(), &Collect, |more| lines.extend(more));
    let written = text.strip_prefix('\u{feff}').unwrap_or(text).lines();
    for (line, written) in lines.iter_mut().zip(written) {
        line.place(model, written);
    }
    let report = evaluation.report();
    ScoredText { lines, figures: report.figures, notes: report.notes }
}

/// Collects the tokens of each sentence.
struct Collect;

impl Observer for Collect {
    type Notes = Vec<ScoredLine>;

    fn observe(&self, sentence: &Sentence<'_>, notes: &mut Vec<ScoredLine>) {
        let tokens = sentence.tokens.iter().map(|token| ScoredToken {
            kind: token.kind(),
            token: token.word.to_owned(),
            gap: String::new(),
            form: if token.kind() == "end" { String::new() } else { token.word.to_owned() },
            matched: token.score.matched,
            log10_prob: token.score.log_prob.0,
            bits: token.score.log_prob.bits() + 0.0,
        });
        notes.push(ScoredLine { tokens: tokens.collect() });
    }
}

impl ScoredLine {
    /// Sets what the text has for each token, and before it, if the tokenizer tells.
    fn place(&mut self, model: &dyn LanguageModel, written: &str) {
        let mut pieces = Vec::new();
        let last = model.tokenizer().pieces(written, |piece, _| {
            pieces.push((piece.gap.to_owned(), piece.form.to_owned()));
        });
        pieces.push((last.gap.to_owned(), String::new()));
        if pieces.len() == self.tokens.len() {
            for (token, (gap, form)) in self.tokens.iter_mut().zip(pieces) {
                (token.gap, token.form) = (gap, form);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ngram_testing::toy::Toy;
    use ngram_testing::trained::every_model;

    /// Gaps and forms put together are the text, and the figures are those of an evaluation.
    #[test]
    fn the_text_comes_back() {
        let toy = Toy::exact();
        for text in ["", "the cat", "the  cat \n\n dog", " the\ncat\n", "\u{feff}the cat"] {
            let scored = score(&toy, text);
            let whole = |line: &ScoredLine| -> String {
                line.tokens.iter().map(|token| format!("{}{}", token.gap, token.form)).collect()
            };
            let lines: Vec<String> = scored.lines.iter().map(whole).collect();
            let expected: Vec<&str> = text.trim_start_matches('\u{feff}').lines().collect();
            assert_eq!(lines, expected, "{text:?}");
        }
        every_model(|name, model| {
            let text = "a b c\nunheard of\n";
            let (scored, report) = (score(model, text), crate::evaluate(model, text));
            assert_eq!(scored.figures, report.figures, "{name}");
            let tokens = scored.lines.iter().flat_map(|line| &line.tokens);
            // Figures leave out tokens of probability 0.
            let bits: f64 = tokens.map(|token| token.bits).filter(|bits| bits.is_finite()).sum();
            assert!((bits - report.figures.total_bits).abs() < 1e-9, "{name}");
        });
    }
}
