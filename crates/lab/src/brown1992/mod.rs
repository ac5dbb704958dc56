//! The bound of Brown, Della Pietra, Mercer, Della Pietra and Lai (1992), "An estimate of an upper bound for
//! the entropy of English": every character of a text is charged.
//!
//! A text is taken apart into tokens in lower case, how they are written, and the gaps between them
//! ([`Decomposed`]); that can be undone, so what the parts cost bounds what the text costs:
//!
//! ```text
//! −log2 M(text) = token bits + spelling bits + case bits + space bits
//! ```
//!
//! - tokens, and a boundary behind each sentence: any [`LanguageModel`]; theirs is a trigram with deleted
//!   interpolation, [`crate::deleted_interpolation::DeletedInterpolation`];
//! - spelling of tokens that the model does not know, as they are written: [`Speller`], a Poisson length and
//!   uniform characters; a token that is known costs nothing here;
//! - case of those that it knows: one of eight patterns, given the token and whether a sentence begins with
//!   it ([`Pattern`]);
//! - spaces: what stands before a token, given the token and the one before it ([`Space`]).
//!
//! # Example
//!
//! ```
//! use crate::brown1992::{Decomposed, Pattern, fold};
//! use ngram_tokenizer::TokenizerKind;
//!
//! assert_eq!(fold("McGraw"), ("mcgraw".to_owned(), Pattern::SecondAfterOne));
//! let text = Decomposed::read("Said McGraw:  yes.\n", TokenizerKind::Words);
//! assert_eq!(text.text(), "Said McGraw:  yes.\n");
//! assert_eq!(text.vocabulary().collect::<Vec<_>>(), ["said", "mcgraw", ":", "yes", "."]);
//! ```

mod case;
mod space;
mod spell;
mod text;

pub use case::{Pattern, fold};
pub use space::{Gaps, Space};
pub use spell::Speller;
pub use text::Decomposed;

use crate::deleted_interpolation::Conditional;
use ngram_model::LanguageModel;
use ngram_tokenizer::WordId;
use serde::Serialize;

/// The models that charge for a text.
pub struct Method<'m> {
    /// For tokens in lower case and boundaries.
    pub tokens: &'m dyn LanguageModel,
    /// For the spelling of those that it does not know.
    pub speller: Speller,
    /// For patterns, by their number in [`Pattern::ALL`].
    pub case: &'m Conditional,
    /// For what kind of gap there is.
    pub space: &'m Conditional,
    /// For how long it is.
    pub gaps: Gaps,
}

/// What a text costs, in bits, and what that is divided by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Bound {
    /// Characters (Unicode scalar values) of the text, line ends included.
    pub characters: u64,
    /// Tokens, a boundary behind each sentence included.
    pub tokens: u64,
    /// The boundaries among them.
    pub sentences: u64,
    /// Tokens that the model does not know.
    pub unknown: u64,
    /// Σ −log2 p(token).
    pub token_bits: f64,
    /// Σ −log2 p(spelling) of tokens that are not known.
    pub spelling_bits: f64,
    /// Σ −log2 p(pattern).
    pub case_bits: f64,
    /// Σ −log2 p(gap).
    pub space_bits: f64,
}

impl Bound {
    /// All bits together.
    pub fn total_bits(&self) -> f64 {
        self.token_bits + self.spelling_bits + self.case_bits + self.space_bits
    }

    /// So many bits in bits per character. None for an empty text.
    pub fn per_character(&self, bits: f64) -> Option<f64> {
        (self.characters > 0).then(|| bits / self.characters as f64)
    }

    /// 2^(token bits / tokens). None for an empty text.
    pub fn perplexity(&self) -> Option<f64> {
        (self.tokens > 0).then(|| (self.token_bits / self.tokens as f64).exp2())
    }
}

/// What `text` costs. Sums are in the order of the text.
pub fn bound(method: &Method<'_>, text: &Decomposed) -> Bound {
    let ids = text.ids(method.tokens.vocab());
    let words: Vec<&str> = text.words.words().collect();
    let gaps: Vec<f64> = text.gaps.words().map(|gap| method.gaps.bits(gap)).collect();
    let mut bound =
        Bound { characters: text.characters, tokens: text.pieces.len() as u64, ..Bound::default() };
    let mut scores = Vec::new();
    for sentence in ids.split_inclusive(|id| *id == WordId::END) {
        // A text that was made piece by piece may end without a boundary.
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
