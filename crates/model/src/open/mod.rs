//! An open vocabulary: a probability for every string, and for the exact text.
//!
//! A table of n-grams covers words and `<unk>`. The open vocabulary accounts for the rest:
//!
//! ```text
//! a word that is known      (1 − ν) · p(w|h)
//! one that is not           ((1 − ν) · p(<unk>|h) + ν) · spelling(w) / R
//! the gap before a token    p(gap | what stands on both sides)
//! the case of a token       p(case | token, whether a sentence starts, the case before), where text was lowercased
//! ```
//!
//! ν is the share of tokens that are new, estimated from the training text: the share of its tokens
//! that are words seen once (Good 1953), and 0 if the table has seen `<unk>` itself. The spelling
//! model is that of rare words, each byte given the five bytes before it. R is the probability that
//! the speller leaves to strings that are neither known words nor empty, so that the probabilities
//! of all strings sum to 1. The decomposition is that of Brown, Della Pietra, Mercer, Della Pietra
//! and Lai (1992); each part is estimated differently, by absolute discounting in contexts.
//!
//! A gap that is neither empty nor a space, and a form that no case describes, are spelled out at 8.006 bits
//! per byte, log2 257 including one symbol for the end; letters of mixed case take one bit each.

mod contexts;
mod parts;

pub(crate) use contexts::Contexts;
pub use parts::{FittedParts, OpenParts, with_words};

use ngram_tokenizer::surface::{
    CASE_LEVELS, Case, END_OF_WORD, GAP_LEVELS, Gap, SPELLING_LEVELS, Surface, spelling_contexts,
    upper,
};
use zerocopy::little_endian::F64;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

/// Size of the alphabet of spelling: 256 bytes, and one symbol for the end.
pub const BYTES: usize = 257;
/// The cost of writing out a byte, in bits.
const BYTE: f64 = 8.005_624_549_193_879;

/// The numbers of an open vocabulary.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub(crate) struct Parameters {
    /// ν.
    novelty: F64,
    /// R.
    rest: F64,
    /// 1 if gaps were counted, else 0.
    gaps: F64,
    gap: [F64; GAP_LEVELS],
    case: [F64; CASE_LEVELS],
    spelling: [F64; SPELLING_LEVELS],
}

/// The part of a model beyond its table: how likely OOV words are, how they are spelled, and the
/// gaps and cases of tokens.
#[derive(Clone, Copy)]
pub struct OpenVocabulary<'m> {
    parameters: &'m Parameters,
    contexts: Contexts<'m>,
}

/// The cost of a part of a text: information in bits, at least 0.
pub type Bits = f64;

impl<'m> OpenVocabulary<'m> {
    pub(crate) fn new(parameters: &'m Parameters, contexts: Contexts<'m>) -> OpenVocabulary<'m> {
        OpenVocabulary { parameters, contexts }
    }

    /// Returns ν, the share of tokens that are new; between 0 and 1.
    pub fn novelty(&self) -> f64 {
        clean(self.parameters.novelty)
    }

    /// Returns R, the probability that the speller gives to strings that are neither known words nor empty.
    pub fn rest(&self) -> f64 {
        clean(self.parameters.rest)
    }

    /// Returns whether gaps have probabilities: not if the model was made from counts without gaps.
    pub fn has_gaps(&self) -> bool {
        self.parameters.gaps.get() == 1.0
    }

    /// Returns the probability of a token, without its spelling, given the table's probability of
    /// its word or of `<unk>`.
    #[inline]
    pub fn token(&self, probability: f64, is_known: bool) -> f64 {
        let novelty = self.novelty();
        let new = if is_known { 0.0 } else { novelty };
        (1.0 - novelty) * probability + new
    }

    /// Returns the cost of spelling a word, given that it is OOV.
    pub fn spelling(&self, word: &str) -> Bits {
        let bytes = word.as_bytes();
        let mut contexts = Vec::with_capacity(SPELLING_LEVELS * (bytes.len() + 1));
        let mut ends = Vec::with_capacity(bytes.len() + 1);
        for at in 0..=bytes.len() {
            contexts.extend(spelling_contexts(&bytes[..at]));
            ends.push(contexts.len());
        }
        self.contexts.fetch(&contexts);
        let discounts = self.parameters.spelling.map(clean);
        let mut start = 0;
        let symbols = bytes.iter().map(|&byte| u16::from(byte)).chain([END_OF_WORD]);
        let bits = symbols.zip(ends).map(|(symbol, end)| {
            let contexts = contexts[start..end].iter().copied();
            start = end;
            -self.contexts.probability(contexts, symbol, BYTES, &discounts).log2()
        });
        bits.sum::<f64>() + self.rest().log2()
    }

    /// Returns the probability of a spelling, given that the word is OOV: 2 to the power of
    /// −[`OpenVocabulary::spelling`], the same number on every machine.
    pub fn spelling_probability(&self, word: &str) -> f64 {
        let bytes = word.as_bytes();
        (0..=bytes.len()).map(|at| self.byte(bytes, at)).product::<f64>() / self.rest()
    }

    /// Returns the probability that `bytes[at]`, or the end of the word, follows `bytes[..at]`.
    pub fn byte(&self, bytes: &[u8], at: usize) -> f64 {
        let symbol = bytes.get(at).map_or(END_OF_WORD, |&byte| u16::from(byte));
        self.symbol(&bytes[..at], symbol)
    }

    /// Returns the probability of a byte, or [`END_OF_WORD`], after others at the start of a word.
    pub fn symbol(&self, before: &[u8], symbol: u16) -> f64 {
        let discounts = self.parameters.spelling.map(clean);
        self.contexts.probability(spelling_contexts(before), symbol, BYTES, &discounts)
    }

    /// Returns the probability of a gap before a token, or before the end of the line.
    #[inline]
    pub fn gap_probability(&self, surface: &Surface, token: Option<&str>, gap: Gap) -> f64 {
        let (contexts, levels) = surface.gap_contexts(token);
        let contexts = contexts[..levels].iter().copied();
        let discounts = self.parameters.gap.map(clean);
        self.contexts.probability(contexts, gap as u16, Gap::ALL.len(), &discounts)
    }

    /// Returns the probability of each symbol after others at the start of a word: of the 256
    /// bytes, and of [`END_OF_WORD`].
    pub fn symbols(&self, before: &[u8]) -> [f64; BYTES] {
        let discounts = self.parameters.spelling.map(clean);
        let mut symbols = [0.0; BYTES];
        self.contexts.probabilities(spelling_contexts(before), &mut symbols, &discounts);
        symbols
    }

    /// Returns the cost of a gap.
    #[inline]
    pub fn gap(&self, surface: &Surface, token: Option<&str>, text: &str) -> Bits {
        let gap = Gap::of(text);
        let bits = -self.gap_probability(surface, token, gap).log2();
        if gap == Gap::Other { bits + written_out(text) } else { bits }
    }

    /// Returns the probability of the case of a token.
    #[inline]
    pub fn case_probability(&self, surface: &Surface, token: &str, case: Case) -> f64 {
        let discounts = self.parameters.case.map(clean);
        let contexts = surface.case_contexts(token);
        self.contexts.probability(contexts, case as u16, Case::ALL.len(), &discounts)
    }

    /// Returns the cost of the case of a token.
    #[inline]
    pub fn case(&self, surface: &Surface, token: &str, form: &str, case: Case) -> Bits {
        let bits = -self.case_probability(surface, token, case).log2();
        bits + case_details(&surface.plain(token), form, case)
    }
}

/// Returns the cost of a form that remains once its case is known, where its token stands for `plain`.
pub fn case_details(plain: &str, form: &str, case: Case) -> Bits {
    match case {
        Case::Lower | Case::Capital | Case::Upper => 0.0,
        Case::Mixed => plain.chars().filter(|&letter| upper(letter).is_some()).count() as f64,
        Case::Verbatim => written_out(form),
    }
}

/// Returns the cost of writing out bytes and their end.
pub fn written_out(text: &str) -> Bits {
    BYTE * (text.len() + 1) as f64
}

/// Clamps a number of a possibly damaged file between 0 and 1.
#[inline]
fn clean(number: F64) -> f64 {
    let number = number.get();
    if number.is_nan() { 0.5 } else { number.clamp(1e-12, 1.0 - 1e-12) }
}
