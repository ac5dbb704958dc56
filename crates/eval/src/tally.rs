//! The sums that every figure of a report is made from.
//!
//! Counts may be added in any order. Sums of log-probabilities may not, as floating-point addition
//! rounds: they are made a line at a time in the order of the text, so that neither the number of
//! threads nor the size of a block changes a bit of them.
//!
//! # How exact they are
//!
//! Log-probabilities come in 32 bits, as the model holds them, and are added in 64: the first millions of a size are
//! added without any rounding. All have one sign, so of n
//! additions one after another the sum is off by at most n · 2⁻⁵³ of itself (Higham 1993, "The accuracy of
//! floating point summation", equation 2.6), where n is the number of lines and the tokens of the longest one. Where
//! roundings go either way, as they do, √n takes the place of n:
//!
//! | text | at most | as a rule |
//! |---|---|---|
//! | 10⁶ tokens in lines of 20 | 6e-12 | 3e-14 |
//! | 10⁹ tokens in lines of 20 | 6e-9 | 8e-13 |
//! | 10⁹ tokens in one line | 1.2e-7 | 4e-12 |
//!
//! Cross-entropy, bits per character and per byte are off by as much of themselves, and a perplexity P by ln P times as much.

use crate::spread::Spread;
use ngram_adaptive::charge::Charge;
use serde::Serialize;
use std::f64::consts::LOG2_10;

/// A place in a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The name of the text.
    pub file: String,
    /// Which line: the first is 1.
    pub line: u64,
    /// How many bytes of the text stand before it, after decompression.
    pub byte: u64,
}

/// What is counted: whole numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Lines; each is a sentence.
    pub sentences: u64,
    /// Sentences that are lines of nothing but white space.
    pub blank_lines: u64,
    /// Tokens but for `</s>`.
    pub words: u64,
    /// Words out of vocabulary.
    pub oovs: u64,
    /// Tokens of probability 0.
    pub zeros: u64,
    /// Words out of vocabulary of probability 0.
    pub zero_oovs: u64,
    /// Tokens by the order of the longest n-gram found: order 1 first.
    pub matched: Vec<u64>,
    /// Markers `<s>` and `</s>` in the text, which were skipped.
    pub markers: u64,
    /// Unicode scalar values of the text, line ends included.
    pub characters: u64,
    /// Bytes of the text, line ends included.
    pub bytes: u64,
    /// Sequences of bytes that are no UTF-8.
    pub invalid_utf8: u64,
    /// Texts that began with a byte order mark.
    pub byte_order_marks: u64,
}

/// What one line adds to the sums.
#[derive(Clone, Copy, Debug, Default)]
pub struct LineSum {
    /// Sum of log10 p in double precision, without tokens of probability 0.
    pub log10: f64,
    /// Sum of log10 p in single precision, with every token: the "Total" of KenLM's `query`.
    pub single: f32,
    /// Sum of log10 p over words out of vocabulary, without those of probability 0.
    pub log10_oovs: f64,
    /// Words and the end of the sentence.
    pub tokens: u64,
    /// Those of probability above 0.
    pub scored: u64,
    /// Those of them that are not out of vocabulary.
    pub known: u64,
    /// Words out of vocabulary.
    pub oovs: u64,
    /// Unicode scalar values, the line end included.
    pub characters: u64,
    /// Whether the line is blank.
    pub blank: bool,
    /// What the whole line costs under an open vocabulary; nothing under a closed one.
    pub charge: Charge,
}

impl LineSum {
    /// Σ −log2 p, without tokens of probability 0.
    pub fn bits(&self) -> f64 {
        -self.log10 * LOG2_10
    }

    /// The same without words out of vocabulary.
    pub fn known_bits(&self) -> f64 {
        (self.log10_oovs - self.log10) * LOG2_10
    }
}

/// What some lines of a text, one after another, add to a [`Tally`].
#[derive(Debug, Default)]
pub struct Lines {
    /// What is counted.
    pub counts: Counts,
    /// The sum of each line.
    pub sums: Vec<LineSum>,
    /// log10 p of each word out of vocabulary, without those of probability 0.
    pub oovs: Vec<f32>,
    /// The first bytes that are no UTF-8.
    pub first_invalid_utf8: Option<Place>,
}

/// Counts and sums over a text. Sums are of log-probabilities to base 10 and leave out tokens of
/// probability 0, whose logarithm is minus infinity.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// What was counted.
    pub counts: Counts,
    /// Every token.
    pub log10: f64,
    /// Words out of vocabulary.
    pub log10_oovs: f64,
    /// The `</s>` of blank lines.
    pub log10_blank_lines: f64,
    /// Every token, each line in single precision as KenLM's `query` adds it up.
    pub log10_single: f64,
    /// What all lines cost under an open vocabulary.
    pub charge: Charge,
    /// What all lines cost under the model as it adapts to them.
    pub adaptive: Option<Charge>,
    /// How unlike each other the lines are.
    pub spread: Spread,
    /// Where the first byte sequence stands that is not UTF-8.
    pub first_invalid_utf8: Option<Place>,
}

impl Tally {
    /// Nothing yet, for a model of this order.
    pub fn new(order: usize) -> Tally {
        let counts = Counts { matched: vec![0; order], ..Counts::default() };
        Tally { counts, ..Tally::default() }
    }

    /// Words and one `</s>` a sentence.
    pub fn tokens(&self) -> u64 {
        self.counts.words + self.counts.sentences
    }

    /// Adds the lines that follow in the text.
    pub fn add(&mut self, lines: &Lines) {
        self.counts.add(&lines.counts);
        for sum in &lines.sums {
            self.log10 += sum.log10;
            self.log10_single += f64::from(sum.single);
            self.charge += sum.charge;
            self.spread.add(sum);
            if sum.blank {
                self.log10_blank_lines += sum.log10;
            }
        }
        for &log10 in &lines.oovs {
            self.log10_oovs += f64::from(log10);
        }
        if self.first_invalid_utf8.is_none() {
            self.first_invalid_utf8.clone_from(&lines.first_invalid_utf8);
        }
    }

    /// Adds what the lines that follow cost an adaptive model.
    pub(crate) fn add_adaptive(&mut self, charge: Charge) {
        *self.adaptive.get_or_insert_default() += charge;
    }

    pub(crate) fn add_byte_order_mark(&mut self) {
        self.counts.byte_order_marks += 1;
    }
}

impl Counts {
    fn add(&mut self, other: &Counts) {
        // Naming every field makes the compiler ask for those that are added later.
        let Counts {
            sentences,
            blank_lines,
            words,
            oovs,
            zeros,
            zero_oovs,
            matched,
            markers,
            characters,
            bytes,
            invalid_utf8,
            byte_order_marks,
        } = other;
        self.sentences += sentences;
        self.blank_lines += blank_lines;
        self.words += words;
        self.oovs += oovs;
        self.zeros += zeros;
        self.zero_oovs += zero_oovs;
        for (sum, more) in self.matched.iter_mut().zip(matched) {
            *sum += more;
        }
        self.markers += markers;
        self.characters += characters;
        self.bytes += bytes;
        self.invalid_utf8 += invalid_utf8;
        self.byte_order_marks += byte_order_marks;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: u32 = 3_000_000;

    /// Millions of lines, against the exact sum in whole numbers.
    #[test]
    fn sums_are_off_by_no_more_than_the_bound() {
        // 7205759403792794 · 2^-56. Unlike one token's, it has all 53 binary digits, so that its sums are rounded.
        let log10 = -0.1;
        let line = LineSum { log10, tokens: 1, scored: 1, known: 1, ..LineSum::default() };
        let lines = Lines { sums: vec![line; 1000], ..Lines::default() };
        let mut tally = Tally::new(1);
        for _ in 0..LINES / 1000 {
            tally.add(&lines);
        }
        let exact = 7_205_759_403_792_794i128 * i128::from(LINES);
        let found = (-tally.log10 * 2f64.powi(56)) as i128;
        let off = (found - exact).abs() as f64 / exact as f64;
        assert!(off > 0.0 && off < f64::from(LINES) * 2f64.powi(-53), "{off:e}");
    }
}
