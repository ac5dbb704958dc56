//! Counts to smoothed n-gram models, their files and their scores.

mod language_model;

pub use language_model::{LanguageModel, LogProb, Score};
