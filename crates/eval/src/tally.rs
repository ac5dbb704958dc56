//! The sums from which every figure of a report is computed.
//!
//! Counts may be added in any order. Sums of log-probabilities may not, because floating-point
//! addition rounds: they are added line by line in text order, so that neither the number of
//! threads nor the block size changes a single bit.
//!
//! # Accuracy
//!
//! Log-probabilities are stored in 32 bits and added in 64, so the first millions of similar size
//! add without any rounding. All have the same sign, so after n successive additions the relative
//! error of the sum is at most n · 2⁻⁵³ (Higham 1993, "The accuracy of floating point summation",
//! equation 2.6), where n is the number of lines plus the tokens of the longest one. Rounding
//! errors go either way, so in practice √n takes the place of n:
//!
//! | text | at most | in practice |
//! |---|---|---|
//! | 10⁶ tokens in lines of 20 | 6e-12 | 3e-14 |
//! | 10⁹ tokens in lines of 20 | 6e-9 | 8e-13 |
//! | 10⁹ tokens in one line | 1.2e-7 | 4e-12 |
//!
//! Cross-entropy and bits per character and per byte have the same relative error; a perplexity P
//! has ln P times as much.

use crate::spread::Spread;
use ngram_adaptive::charge::Charge;
use ngram_input::TextPlace;
use std::f64::consts::LOG2_10;

/// Counts over a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Lines; each is a sentence.
    pub sentences: u64,
    /// Lines of nothing but white space.
    pub blank_lines: u64,
    /// Tokens without `</s>`.
    pub words: u64,
    /// Words between white space, if tokens are parts of words; else 0.
    pub text_words: u64,
    /// Words out of vocabulary.
    pub oovs: u64,
    /// Tokens of probability 0.
    pub zeros: u64,
    /// OOVs of probability 0.
    pub zero_oovs: u64,
    /// Token counts by the order of the longest n-gram found, order 1 first.
    pub matched: Vec<u64>,
    /// `<s>` and `</s>` markers in the text, which were skipped.
    pub markers: u64,
    /// Unicode scalar values of the text, line ends included.
    pub characters: u64,
    /// Bytes of the text, line ends included.
    pub bytes: u64,
    /// Invalid UTF-8 sequences.
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
    /// Words and `</s>`.
    pub tokens: u64,
    /// Tokens of probability above 0.
    pub scored: u64,
    /// Tokens of probability above 0 that are not OOVs.
    pub known: u64,
    /// Words out of vocabulary.
    pub oovs: u64,
    /// Unicode scalar values, including the line end.
    pub characters: u64,
    /// Whether the line is blank.
    pub blank: bool,
    /// The cost of the whole line under an open vocabulary; zero under a closed one.
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

/// What consecutive lines of a text add to a [`Tally`].
#[derive(Debug, Default)]
pub struct LineTotals {
    /// The counts.
    pub counts: Counts,
    /// The sum of each line.
    pub sums: Vec<LineSum>,
    /// log10 p of each word out of vocabulary, without those of probability 0.
    pub oovs: Vec<f32>,
    /// The place of the first invalid UTF-8 sequence.
    pub first_invalid_utf8: Option<TextPlace>,
}

/// Counts and sums over a text. Sums are of log10 probabilities and leave out tokens of probability
/// 0, whose logarithm is minus infinity.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// What was counted.
    pub counts: Counts,
    /// Over every token.
    pub log10: f64,
    /// Words out of vocabulary.
    pub log10_oovs: f64,
    /// Over the `</s>` of blank lines.
    pub log10_blank_lines: f64,
    /// Over every token, each line summed in single precision as in KenLM's `query`.
    pub log10_single: f64,
    /// The cost of all lines under an open vocabulary.
    pub charge: Charge,
    /// The cost of all lines under the model as it adapts to them.
    pub adaptive: Option<Charge>,
    /// How much the lines vary, for intervals.
    pub spread: Spread,
    /// Where the first byte sequence stands that is not UTF-8.
    pub first_invalid_utf8: Option<TextPlace>,
}

impl Tally {
    /// Creates an empty tally for a model of this order.
    pub fn new(order: usize) -> Tally {
        let counts = Counts { matched: vec![0; order], ..Counts::default() };
        Tally { counts, ..Tally::default() }
    }

    /// The number of predicted tokens: words plus one `</s>` per sentence.
    pub fn tokens(&self) -> u64 {
        self.counts.words + self.counts.sentences
    }

    /// Adds the next lines of the text.
    pub fn add(&mut self, lines: &LineTotals) {
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

    /// Adds the cost of the next lines under an adaptive model.
    pub(crate) fn add_adaptive(&mut self, charge: Charge) {
        *self.adaptive.get_or_insert_default() += charge;
    }

    pub(crate) fn add_byte_order_mark(&mut self) {
        self.counts.byte_order_marks += 1;
    }
}

impl Counts {
    fn add(&mut self, other: &Counts) {
        // Naming every field makes the compiler complain if a new one is not added here.
        let Counts {
            sentences,
            blank_lines,
            words,
            text_words,
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
        self.text_words += text_words;
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

    /// Compares the sum over millions of lines with the exact sum in integers.
    #[test]
    fn sums_are_off_by_no_more_than_the_bound() {
        // 7205759403792794 · 2^-56. Unlike a token's log-probability it uses all 53 bits, so its
        // sums are rounded.
        let log10 = -0.1;
        let line = LineSum { log10, tokens: 1, scored: 1, known: 1, ..LineSum::default() };
        let lines = LineTotals { sums: vec![line; 1000], ..LineTotals::default() };
        let mut tally = Tally::new(1);
        for _ in 0..LINES / 1000 {
            tally.add(&lines);
        }
        let exact = 7_205_759_403_792_794i128 * i128::from(LINES);
        let found = (-tally.log10 * 2f64.powi(56)) as i128;
        let off = (found - exact).abs() as f64 / exact as f64;
        assert!(off > 0.0 && off < f64::from(LINES) * 2f64.powi(-53), "{off:e}");
    }

    /// Every count and sum is added, and the first invalid sequence stays the first.
    #[test]
    fn everything_is_added() {
        let place = |line| TextPlace { file: "text".to_owned(), line, byte: 9 };
        let counts = Counts {
            sentences: 1,
            blank_lines: 2,
            words: 3,
            text_words: 13,
            oovs: 4,
            zeros: 5,
            zero_oovs: 6,
            matched: vec![7, 8],
            markers: 9,
            characters: 10,
            bytes: 11,
            invalid_utf8: 12,
            byte_order_marks: 0,
        };
        let charge = Charge { token: 0.25, ..Charge::default() };
        let plain = LineSum { log10: -1.0, single: -1.5, charge, ..LineSum::default() };
        let blank = LineSum { log10: -0.5, single: -0.25, blank: true, ..LineSum::default() };
        let mut tally = Tally::new(2);
        for line in [3, 7] {
            tally.add(&LineTotals {
                counts: counts.clone(),
                sums: vec![plain, blank],
                oovs: vec![-0.5, -0.75],
                first_invalid_utf8: Some(place(line)),
            });
        }
        tally.add_byte_order_mark();
        let twice = Counts {
            sentences: 2,
            blank_lines: 4,
            words: 6,
            text_words: 26,
            oovs: 8,
            zeros: 10,
            zero_oovs: 12,
            matched: vec![14, 16],
            markers: 18,
            characters: 20,
            bytes: 22,
            invalid_utf8: 24,
            byte_order_marks: 1,
        };
        assert_eq!(tally.counts, twice);
        assert_eq!(tally.tokens(), 6 + 2);
        assert_eq!((tally.log10, tally.log10_single, tally.log10_blank_lines), (-3.0, -3.5, -1.0));
        assert_eq!((tally.log10_oovs, tally.charge.total()), (-2.5, 0.5));
        assert_eq!(tally.first_invalid_utf8, Some(place(3)));
        assert!(tally.adaptive.is_none());
        tally.add_adaptive(charge);
        tally.add_adaptive(charge);
        assert_eq!(tally.adaptive.unwrap().total(), 0.5);
        // A byte order mark is counted text by text.
        let more = Counts { byte_order_marks: 2, ..Counts::default() };
        tally.counts.add(&more);
        assert_eq!(tally.counts.byte_order_marks, 3);
    }
}
