//! Deleted interpolation: relative frequencies of several histories, mixed with weights fitted to
//! held-out text, one set per bucket of histories that were seen about as often (Jelinek and Mercer
//! 1980, "Interpolated estimation of Markov source parameters from sparse data").
//!
//! - [`DeletedInterpolation`]: a trigram [`LanguageModel`](ngram_model::LanguageModel);
//! - [`Conditional`]: one of a few kinds, given a word and a context, for example the
//!   capitalisation of a word after the end of a sentence.
//!
//! These models are not tables of probabilities and back-off weights; they are kept in memory,
//! including all counts.

mod conditional;
mod trigram;
mod weights;
mod windows;

pub use conditional::{Conditional, Observation};
pub use trigram::{Bucket, DeletedInterpolation, Interpolated};

/// Returns the bucket of a count: 0 for 0, 1 for 1, 2 for 2 and 3, 3 for 4 to 7 and so on, up to 64.
pub fn log_bucket(count: u64) -> usize {
    (u64::BITS - count.leading_zeros()) as usize
}

/// The number of buckets of [`log_bucket`].
pub const LOG_BUCKETS: usize = u64::BITS as usize + 1;
