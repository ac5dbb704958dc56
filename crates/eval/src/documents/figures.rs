//! The figures of one document.

use crate::tally::LineSum;
use std::f64::consts::LOG2_10;
use std::fmt::Write;

/// Sums over the lines of one document.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct DocumentFigures {
    /// Its words plus one `</s>` per sentence.
    pub tokens: u64,
    /// Its sentences.
    pub sentences: u64,
    /// Out-of-vocabulary words (OOVs).
    pub oovs: u64,
    /// Tokens of probability 0; if there are any, bits and perplexity are infinite.
    pub zeros: u64,
    /// Unicode scalar values, line ends included.
    pub characters: u64,
    /// Bytes, line ends included.
    pub bytes: u64,
    /// Σ log10 p over tokens of probability above 0.
    pub log10_prob: f64,
    /// The cost of the whole document under an open vocabulary, in bits; `None` under a closed one.
    pub open_bits: Option<f64>,
}

/// A figure by which documents can be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Bits per byte.
    BitsPerByte,
    /// Bits per character.
    BitsPerCharacter,
    /// Perplexity, OOVs included.
    Perplexity,
    /// OOVs per word, from 0 to 1.
    OovRate,
    /// The number of tokens.
    Tokens,
}

impl Measure {
    /// Every measure.
    pub const ALL: [Measure; 5] = [
        Measure::BitsPerByte,
        Measure::BitsPerCharacter,
        Measure::Perplexity,
        Measure::OovRate,
        Measure::Tokens,
    ];

    /// The name of its field in the output.
    pub fn name(self) -> &'static str {
        match self {
            Measure::BitsPerByte => "bits_per_byte",
            Measure::BitsPerCharacter => "bits_per_character",
            Measure::Perplexity => "perplexity",
            Measure::OovRate => "oov_rate",
            Measure::Tokens => "tokens",
        }
    }
}

impl DocumentFigures {
    pub(crate) fn new(sums: &[LineSum], bytes: u64, open: bool) -> DocumentFigures {
        let mut figures = DocumentFigures { bytes, ..DocumentFigures::default() };
        let mut open_bits = 0.0;
        for sum in sums {
            figures.sentences += 1;
            figures.tokens += sum.tokens;
            figures.oovs += sum.oovs;
            figures.zeros += sum.tokens - sum.scored;
            figures.characters += sum.characters;
            figures.log10_prob += sum.log10;
            open_bits += sum.charge.total();
        }
        figures.open_bits = open.then_some(open_bits);
        figures
    }

    /// The number of words: tokens other than `</s>`.
    pub fn words(&self) -> u64 {
        self.tokens - self.sentences
    }

    /// Returns the cost of the document in bits: of all of it under an open vocabulary, of its
    /// tokens under a closed one. Infinite if a token has probability 0.
    pub fn bits(&self) -> f64 {
        match (self.open_bits, self.zeros) {
            (Some(bits), _) => bits,
            (None, 0) => -self.log10_prob * LOG2_10 + 0.0,
            (None, _) => f64::INFINITY,
        }
    }

    /// 10^(−`log10_prob` / `tokens`), OOVs included; infinite if a token has probability 0.
    pub fn perplexity(&self) -> f64 {
        match self.zeros {
            0 => 10f64.powf(-self.log10_prob / self.tokens as f64),
            _ => f64::INFINITY,
        }
    }

    /// Returns the figure for a measure; at least 0.
    pub fn get(&self, measure: Measure) -> f64 {
        match measure {
            // A document has at least one line end.
            Measure::BitsPerByte => self.bits() / self.bytes as f64,
            Measure::BitsPerCharacter => self.bits() / self.characters as f64,
            Measure::Perplexity => self.perplexity(),
            Measure::OovRate if self.words() == 0 => 0.0,
            Measure::OovRate => self.oovs as f64 / self.words() as f64,
            Measure::Tokens => self.tokens as f64,
        }
    }

    /// Appends the figures as a JSON object, with `null` for infinity.
    pub(crate) fn write_json(&self, bucket: Option<&str>, out: &mut String) {
        out.push('{');
        for (index, measure) in Measure::ALL.into_iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            // Writing to a String cannot fail.
            let _ = write!(out, "{comma}\"{}\":", measure.name());
            self.write_number(measure, "null", out);
        }
        if let Some(bucket) = bucket {
            let name = serde_json::Value::from(bucket);
            let _ = write!(out, ",\"bucket\":{name}");
        }
        out.push('}');
    }

    /// Appends a figure with the seven digits or so of single precision.
    pub(crate) fn write_number(&self, measure: Measure, infinite: &str, out: &mut String) {
        let value = self.get(measure);
        let _ = match value.is_finite() {
            false => write!(out, "{infinite}"),
            true if measure == Measure::Tokens => write!(out, "{}", self.tokens),
            true => write!(out, "{}", value as f32),
        };
    }
}
