//! How far a figure would move on another sample of text.
//!
//! A held-out text is a sample: of the sentences its authors could have written, or of all texts of
//! its kind. Each figure of an evaluation is a ratio of sums over the text's units ([`Ratio`]). Its
//! 95 % interval contains, for 95 of 100 samples, the value the figure would have on all such text.
//!
//! - For the figures of one model, the interval has a closed form: Student's interval for the
//!   linearised ratio ([`Ratio::interval`]), which costs a few additions per line.
//! - For the difference between two models on the same text, it comes from a paired bootstrap
//!   ([`resample()`], [`studentised`]): units are drawn with replacement, each with the results of
//!   both models. Whatever makes a sentence hard for both models then cancels out. A sign-flip test
//!   ([`sign_flip`]) says how likely such a difference is by chance.
//!
//! # Coverage
//!
//! `cargo bench -p ngram-eval --bench coverage` draws samples from a [`Population`] of synthetic
//! sentences with long tails in length and bits, and counts how often the interval contains the
//! population's true value. In per cent of 2,000 samples, where 95 is right and chance allows 94.0
//! to 95.9:
//!
//! | sample | difference: studentised | percentile | Student's | one model: Student's |
//! |---|---:|---:|---:|---:|
//! | 10 sentences | 93.9 | 90.0 | 93.9 | 91.7 |
//! | 20 sentences | 94.0 | 92.6 | 94.1 | 93.8 |
//! | 50 sentences | 94.8 | 94.0 | 94.8 | 94.4 |
//! | 100 sentences | 93.8 | 93.4 | 94.0 | 95.0 |
//! | 200 sentences | 94.6 | 94.1 | 94.2 | 94.8 |
//! | 500 sentences | 94.7 | 94.5 | 94.6 | 94.9 |
//! | 1,000 sentences | 94.7 | 94.8 | 95.0 | 94.8 |
//! | 20 documents of 50, by sentence | 81.7 | 81.3 | 81.5 | 78.9 |
//! | the same, by document | 94.8 | 92.8 | 94.6 | 94.8 |
//! | 50 documents of 50, by sentence | 82.8 | 83.0 | 83.1 | 79.3 |
//! | the same, by document | 95.7 | 95.2 | 95.8 | 95.7 |
//!
//! Reports use the studentised interval. The percentile interval, which most programs print, is too
//! narrow if units are few.
//!
//! # Sentences or documents?
//!
//! An interval over sentences treats every sentence as an independent draw. But the sentences of a
//! document share its topic and author, so the interval says how the figure would move with other
//! sentences of *these documents*. For other documents it is too narrow, the more so the fewer and
//! longer the documents are; in that case documents must be the units.

mod bootstrap;
mod population;
mod random;
mod ratio;

pub use bootstrap::{Resampling, percentile, resample, sign_flip, studentised};
pub use population::{Population, Unit};
pub use random::Random;
pub use ratio::{Interval, Ratio};
