//! The bound of Brown, Della Pietra, Mercer, Della Pietra and Lai (1992), "An estimate of an upper
//! bound for the entropy of English": every character of a text is charged for.
//!
//! A text is decomposed into lower-case tokens, their case patterns, and the gaps between them
//! ([`Decomposed`]). This is reversible, so the cost of the parts bounds the cost of the text:
//!
//! ```text
//! −log2 M(text) = token bits + spelling bits + case bits + space bits
//! ```
//!
//! - tokens, and a boundary after each sentence: any [`LanguageModel`]; theirs is a trigram with
//!   deleted interpolation, [`crate::deleted_interpolation::DeletedInterpolation`];
//! - spelling of unknown tokens, as written: [`Speller`], with a Poisson length and uniform
//!   characters; known tokens cost nothing here;
//! - case of known tokens: one of eight patterns, given the token and whether it begins a sentence
//!   ([`Pattern`]);
//! - spaces: the gap before a token, given the token and the one before it ([`Space`]).
//!
//! # Example
//!
//! ```
//! use ngram_lab::brown1992::{Decomposed, Pattern, fold};
//! use ngram_tokenizer::TokenizerKind;
//!
//! assert_eq!(fold("McGraw"), ("mcgraw".to_owned(), Pattern::SecondAfterOne));
//! let text = Decomposed::read("Said McGraw:  yes.\n", TokenizerKind::Words);
//! assert_eq!(text.text(), "Said McGraw:  yes.\n");
//! assert_eq!(text.vocabulary().collect::<Vec<_>>(), ["said", "mcgraw", ":", "yes", "."]);
//! ```

mod case;
mod measure;
mod space;
mod spell;
mod text;

pub use case::{Pattern, fold};
pub use measure::{MeasureError, Measured, measure};
pub use space::{Gaps, Space};
pub use spell::Speller;
pub use text::Decomposed;

use crate::deleted_interpolation::Conditional;
use ngram_model::LanguageModel;
use ngram_tokenizer::WordId;
use serde::Serialize;

/// The models that charge for a text.
pub struct Method<'m> {
    /// For lower-case tokens and boundaries.
    pub tokens: &'m dyn LanguageModel,
    /// For the spelling of tokens unknown to `tokens`.
    pub speller: Speller,
    /// For patterns, by their number in [`Pattern::ALL`].
    pub case: &'m Conditional,
    /// For the kind of each gap.
    pub space: &'m Conditional,
    /// For the length of each gap.
    pub gaps: Gaps,
}

/// The cost of a text in bits, and the denominators.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Bound {
    /// Characters (Unicode scalar values) of the text, line ends included.
    pub characters: u64,
    /// Tokens, including a boundary after each sentence.
    pub tokens: u64,
    /// The boundaries among the tokens.
    pub sentences: u64,
    /// Tokens that the model does not know.
    pub unknown: u64,
    /// Σ −log2 p(token).
    pub token_bits: f64,
    /// Σ −log2 p(spelling) of unknown tokens.
    pub spelling_bits: f64,
    /// Σ −log2 p(pattern).
    pub case_bits: f64,
    /// Σ −log2 p(gap).
    pub space_bits: f64,
}

impl Bound {
    /// The total in bits.
    pub fn total_bits(&self) -> f64 {
        self.token_bits + self.spelling_bits + self.case_bits + self.space_bits
    }

    /// Converts bits to bits per character. `None` for an empty text.
    pub fn per_character(&self, bits: f64) -> Option<f64> {
        (self.characters > 0).then(|| bits / self.characters as f64)
    }

    /// 2^(token bits / tokens). `None` for an empty text.
    pub fn perplexity(&self) -> Option<f64> {
        (self.tokens > 0).then(|| (self.token_bits / self.tokens as f64).exp2())
    }
}

/// Computes the cost of `text`. Sums are in text order.
pub fn bound(method: &Method<'_>, text: &Decomposed) -> Bound {
    let ids = text.ids(method.tokens.vocab());
    let words: Vec<&str> = text.words.words().collect();
    let gaps: Vec<f64> = text.gaps.words().map(|gap| method.gaps.bits(gap)).collect();
    let mut bound =
        Bound { characters: text.characters, tokens: text.pieces.len() as u64, ..Bound::default() };
    let mut scores = Vec::new();
    for sentence in ids.split_inclusive(|id| *id == WordId::END) {
        // A text built piece by piece may end without a boundary.
        let words = sentence.strip_suffix(&[WordId::END]).unwrap_or(sentence);
        method.tokens.score_sentence(words, &mut scores);
        bound.token_bits +=
            scores[..sentence.len()].iter().map(|score| score.log_prob.bits()).sum::<f64>();
        bound.sentences += u64::from(words.len() < sentence.len());
    }
    for (piece, id) in text.pieces.iter().zip(&ids) {
        bound.space_bits += gaps[piece.gap as usize];
        if *id == WordId::UNKNOWN {
            bound.unknown += 1;
            bound.spelling_bits += method.speller.bits(&text.written(*piece, &words));
        }
    }
    let bits = |probability: f64| -probability.log2();
    bound.case_bits = text.cases(&ids).map(|seen| bits(method.case.probability(seen))).sum();
    let kinds: f64 = text.spaces(&ids).map(|seen| bits(method.space.probability(seen))).sum();
    bound.space_bits += kinds;
    bound
}
