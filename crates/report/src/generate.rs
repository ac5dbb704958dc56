//! Renders generated sentences as JSON Lines.

use super::json;
use ngram_eval::generate::Generated;
use ngram_tokenizer::VocabView;
use serde::Serialize;
use std::f64::consts::LOG2_10;

/// A generated sentence.
#[derive(Serialize)]
struct Line<'a> {
    /// The number of the sentence for this seed, from 0.
    number: u64,
    /// The prompt and the generated words.
    text: &'a str,
    /// The generated words, without `</s>`.
    tokens: Vec<&'a str>,
    /// Whether the sentence ended with `</s>`.
    ended: bool,
    log10_prob: f64,
    bits: f64,
}

/// Renders sentence number `number` as a JSON object on a line of its own.
pub fn line(number: u64, sentence: &Generated, vocab: VocabView<'_>) -> String {
    json::line(&Line {
        number,
        text: &sentence.text,
        tokens: sentence.words.iter().map(|&word| vocab.word(word)).collect(),
        ended: sentence.ended,
        log10_prob: sentence.log10_prob,
        bits: -sentence.log10_prob * LOG2_10 + 0.0,
    })
}
