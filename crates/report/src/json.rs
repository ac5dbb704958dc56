//! JSON: a report as one object, and details as JSON Lines.
//!
//! Every line is an object with a `kind`: `word`, `oov` and `end` are tokens, `sentence` comes after
//! the tokens of a sentence, `report` is last. A logarithm of probability 0 is `null`.

use ngram_eval::compare::Compared;
use ngram_eval::report::Report;
use ngram_eval::sentence::{Details, Sentence};
use serde::Serialize;

/// Renders a report as indented JSON.
pub fn report(report: &Report) -> String {
    pretty(report) + "\n"
}

/// Renders a comparison as indented JSON.
pub fn compared(compared: &Compared) -> String {
    pretty(compared) + "\n"
}

/// Renders a report as the last of several JSON Lines.
pub fn report_line(report: &Report) -> String {
    line(&ReportLine { kind: "report", report })
}

/// Writes the lines of a sentence: one per token, then one for the sentence.
pub struct SentenceLines;

#[derive(Serialize)]
struct ReportLine<'a> {
    kind: &'static str,
    #[serde(flatten)]
    report: &'a Report,
}

/// A token.
#[derive(Serialize)]
struct TokenLine<'a> {
    kind: &'static str,
    file: &'a str,
    /// From 1.
    line: u64,
    /// The position in the sentence, from 1.
    position: usize,
    word: &'a str,
    /// The order of the longest n-gram found.
    matched: u8,
    log10_prob: f32,
    bits: f64,
}

/// A sentence: sums over its tokens.
#[derive(Serialize)]
struct SentenceLine<'a> {
    kind: &'static str,
    file: &'a str,
    line: u64,
    tokens: usize,
    words: u64,
    oovs: u64,
    log10_prob: f64,
    bits: f64,
}

impl Details for SentenceLines {
    fn sentence(&self, sentence: &Sentence<'_>, out: &mut String) {
        let Sentence { file, line: number, tokens, .. } = *sentence;
        for (index, token) in tokens.iter().enumerate() {
            out.push_str(&line(&TokenLine {
                kind: token.kind(),
                file,
                line: number,
                position: index + 1,
                word: token.word,
                matched: token.score.matched,
                log10_prob: token.score.log_prob.0,
                bits: token.score.log_prob.bits() + 0.0,
            }));
        }
        out.push_str(&line(&SentenceLine {
            kind: "sentence",
            file,
            line: number,
            tokens: tokens.len(),
            words: sentence.words(),
            oovs: sentence.oovs(),
            log10_prob: sentence.log10_prob(),
            bits: sentence.bits(),
        }));
    }
}

fn pretty(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

/// Structs of strings and numbers can always be serialized, so there is no error to report.
pub(super) fn line(value: &impl Serialize) -> String {
    let mut line = serde_json::to_string(value).unwrap_or_default();
    line.push('\n');
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use ngram_eval::Evaluation;
    use ngram_testing::toy::Toy;
    use serde_json::{Value, json};

    #[test]
    fn details_are_json_lines() {
        let mut model = Toy::exact();
        model.unigrams[5].0 = f32::NEG_INFINITY; // sat
        let mut lines = Vec::new();
        let mut evaluation = Evaluation::new(&model);
        evaluation.read_with("a", "the \"\nsat".as_bytes(), &SentenceLines, &mut lines).unwrap();
        lines.extend_from_slice(report_line(&evaluation.report()).as_bytes());
        let lines: Vec<Value> = String::from_utf8(lines)
            .unwrap()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(lines.len(), 8);
        assert_eq!(
            lines[0],
            json!({"kind": "word", "file": "a", "line": 1, "position": 1, "word": "the",
                "matched": 2, "log10_prob": -0.25, "bits": 0.8304820237218405})
        );
        assert_eq!((&lines[1]["kind"], &lines[1]["word"]), (&json!("oov"), &json!("\"")));
        assert_eq!(
            lines[3],
            json!({"kind": "sentence", "file": "a", "line": 1, "tokens": 3, "words": 2, "oovs": 1,
                "log10_prob": -3.5, "bits": 11.626748332105768})
        );
        assert_eq!(lines[4]["log10_prob"], Value::Null);
        assert_eq!(lines[5]["kind"], "end");
        assert_eq!((&lines[7]["kind"], &lines[7]["infinite"]), (&json!("report"), &json!(true)));
    }

    /// Scripts read these names: changing one breaks them.
    #[test]
    fn a_report_keeps_its_names() {
        let report_of = |text| super::report(&ngram_eval::evaluate(&Toy::exact(), text));
        let value: Value = serde_json::from_str(&report_of("the\n")).unwrap();
        let mut names: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(
            names,
            [
                "adaptive",
                "bits_per_byte",
                "bits_per_character",
                "bits_per_token",
                "byte_order_marks",
                "bytes",
                "characters",
                "files",
                "first_invalid_utf8",
                "infinite",
                "intervals",
                "invalid_utf8_sequences",
                "log10_prob",
                "log10_prob_oovs",
                "lowercase",
                "matched",
                "notes",
                "oov_rate",
                "oovs",
                "open_vocabulary",
                "order",
                "parts",
                "perplexity_excluding_oovs",
                "perplexity_including_oovs",
                "perplexity_per_word",
                "seconds",
                "sentences",
                "skipped_markers",
                "text_words",
                "token_unit",
                "tokenizer",
                "tokens",
                "tokens_per_second",
                "total_bits",
                "vocabulary_closed",
                "vocabulary_size",
                "words",
                "zero_probability_oovs",
                "zero_probability_tokens",
            ]
        );
        assert_eq!(value["files"][0]["file"], "text");
        let empty: Value = serde_json::from_str(&report_of("")).unwrap();
        assert_eq!(empty["perplexity_including_oovs"], Value::Null);
        assert_eq!(empty["bits_per_character"], Value::Null);
    }
}
