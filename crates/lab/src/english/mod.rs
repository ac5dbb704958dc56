//! Estimates of the entropy of a text by several methods, none of them the true value.
//!
//! | | what it is | direction of error |
//! |---|---|---|
//! | [`plug_in()`] | F_N, from the frequencies of N-grams | down, more so for larger N |
//! | [`TrainedSplit::cross_entropy`] | a model's bits on held-out text | always up |
//! | [`match_length()`] | from the lengths of earlier matches in the text | either way |
//! | [`bounds`] | Shannon's guessing game | two bounds |
//! | [`extrapolate()`] | the limit of a learning curve | unknown |
//!
//! [`report()`] computes them all. [`Contest`] is the guessing game of a person against a model, by guesses or by bets.
//!
//! # Example
//!
//! *abab…* has zero entropy, as any N-gram longer than 1 shows, though its letters have one bit
//! each.
//!
//! ```
//! use ngram_lab::english::{Alphabet, SuffixArray, Symbols, match_length, plug_in};
//!
//! let symbols = Symbols::read(&"ab".repeat(500), Alphabet::Letters26);
//! let suffixes = SuffixArray::new(&symbols.text, symbols.kinds, &())?.ok_or("too long")?;
//! let blocks = plug_in(&suffixes, 3, &())?;
//! let near = |found: f64, expected: f64| (found - expected).abs() < 1e-3;
//! assert!(near(blocks[0].conditional, 1.0)); // a or b
//! assert!(near(blocks[1].conditional, 0.0)); // given the one before
//! let matched = match_length(&suffixes.longest_earlier(&())?).ok_or("too short")?;
//! assert!(matched.inverse_of_mean < 0.03);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod contest;
mod extrapolate;
mod guessing;
mod held_out;
mod huffman;
mod match_length;
mod plug_in;
pub mod published;
mod report;
mod suffix_array;
mod symbols;
mod wagers;
mod zipf;

pub use contest::{Answer, Contest, Letter, SYMBOLS, symbol};
pub use extrapolate::{Extrapolation, Fit, extrapolate};
pub use guessing::{Game, Guessing, bounds, play};
pub use held_out::{SHORTEST, SPLIT, Split, SymbolSmoothing, TrainedSplit};
pub use huffman::huffman;
pub use match_length::{MatchLength, match_length};
pub use plug_in::{BlockEntropy, plug_in};
pub use report::{
    AlphabetSize, CurvePoint, EntropyReport, Figure, LONGEST, LearningCurve, Method, report,
};
pub use suffix_array::SuffixArray;
pub use symbols::{Alphabet, Symbols, words, words_of_any_script};
pub use wagers::Wagers;
pub use zipf::{Zipf, zipf};
