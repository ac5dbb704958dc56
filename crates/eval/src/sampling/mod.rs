//! How far a figure would move on another sample of the text.
//!
//! A held-out text is a sample: of other sentences by the same authors, of other texts of the kind. Each figure of an
//! evaluation is a ratio of sums over units of it ([`Ratio`]), and has a 95 % interval: one that holds, in 95 of 100
//! samples, what the figure would be on all such text.
//!
//! - Of one model's figures, in closed form: Student's interval about the linearised ratio ([`Ratio::interval`]), which
//!   costs a few additions a line.
//! - Of the difference between two models on the same text, by a paired bootstrap ([`resample()`], [`studentised`]): units
//!   are drawn with replacement, each with what both models come to on it. What makes a sentence hard for both is then
//!   in neither end. A test by changing signs ([`sign_flip`]) says how likely such a difference would come of chance.
//!
//! # Does it cover?
//!
//! `cargo bench -p ngram-eval --bench coverage` draws samples from a [`Population`] of made-up sentences with long tails
//! in length and bits, and counts how often the interval holds the population's own value: of 2,000 samples,
//!
//! COVERAGE
//!
//! # Sentences or documents?
//!
//! An interval over sentences takes every sentence for a draw of its own. Sentences of one document share its topic and
//! author, so that it says how the figure would move with other sentences of *these documents*. For other documents it
//! is too narrow, and more so the fewer and the longer the documents; there, documents must be the units.

mod bootstrap;
mod population;
mod random;
mod ratio;

pub use bootstrap::{Resampling, percentile, resample, sign_flip, studentised};
pub use population::{Population, Unit};
pub use random::Random;
pub use ratio::{Interval, Ratio};
