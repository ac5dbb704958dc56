//! Counts to smoothed n-gram models, their files and their scores.

mod assemble;
pub mod estimate;
pub mod format;
mod info;
mod language_model;
mod log10;
mod ngrams;
mod score;
pub mod smoothing;
mod table;
mod train;

pub use assemble::{Assembled, TooManyNgrams, assemble};
pub use format::native::{Model, ModelError, WriteError};
pub use info::{ModelInfo, OrderInfo, TrainingInfo};
pub use language_model::{LanguageModel, LogProb, Score};
pub use ngrams::Ngrams;
pub use table::ScoredLevel;
pub use train::{TrainError, TrainOptions, Trained, train};
