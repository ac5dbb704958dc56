//! Counts to smoothed n-gram models, their files and their scores.

pub mod format;
mod language_model;
mod ngrams;

pub use language_model::{LanguageModel, LogProb, Score};
pub use ngrams::Ngrams;
