//! Estimates of the entropy of a text, each by its own method, none of them the truth.
//!
//! | | what it is | in which direction it errs |
//! |---|---|---|
//! | [`plug_in()`] | F_N, from the frequencies of N-grams | down, the more the longer N |
//! | [`Trained::cross_entropy`] | a model's bits on text that it was not trained on | up, always |
//! | [`match_length()`] | from how far back a text repeats itself | either way |
//! | [`bounds`] | Shannon's guessing game | two bounds |
//! | [`extrapolate()`] | where a learning curve would end | unknown |
//!
//! [`report()`] makes them all. It needs someone who trains models, a [`Trainer`], since evaluation
//! itself does not. [`Contest`] is the guessing game for a person against a model, by guesses or by
//! bets.
//!
//! # Example
//!
//! *abab…* has no entropy, though its letters have one bit each, as any N-gram longer than 1 shows.
//!
//! ```
//! use crate::english::{Alphabet, SuffixArray, Symbols, match_length, plug_in};
//!
//! let symbols = Symbols::read(&"ab".repeat(500), Alphabet::Letters26);
//! let suffixes = SuffixArray::new(&symbols.text, symbols.kinds).ok_or("too long")?;
//! let blocks = plug_in(&suffixes, 3);
//! let near = |found: f64, expected: f64| (found - expected).abs() < 1e-3;
//! assert!(near(blocks[0].conditional, 1.0)); // a or b
//! assert!(near(blocks[1].conditional, 0.0)); // given the one before
//! let matched = match_length(&suffixes.longest_earlier()).ok_or("too short")?;
//! assert!(matched.inverse_of_mean < 0.03);
//! # Ok::<(), &str>(())
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
pub use held_out::{SHORTEST, SPLIT, Smoothing, Split, Trained, Trainer, Training};
pub use huffman::huffman;
pub use match_length::{MatchLength, match_length};
pub use plug_in::{Block, plug_in};
pub use report::{
    AlphabetSize, CurvePoint, EntropyReport, Figure, LONGEST, LearningCurve, Method, report,
};
pub use suffix_array::SuffixArray;
pub use symbols::{Alphabet, Symbols, words};
pub use wagers::Wagers;
pub use zipf::{Zipf, zipf};
