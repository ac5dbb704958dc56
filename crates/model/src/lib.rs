//! Counts to smoothed n-gram models, their files and their scores.

mod assemble;
pub mod check;
pub mod estimate;
mod export;
pub mod format;
mod import;
mod info;
mod language_model;
mod ngrams;
mod score;
pub mod smoothing;
mod table;
mod train;
mod walk;

pub use assemble::{Assembled, TooManyNgrams, assemble};
pub use export::export;
pub use format::native::{Model, ModelError, WriteError};
pub use import::{ImportError, Imported, import};
pub use info::{ModelInfo, OrderInfo, TrainingInfo};
pub use language_model::{LanguageModel, LogProb, Score};
pub use ngrams::Ngrams;
pub use table::ScoredLevel;
pub use train::{TrainError, TrainOptions, Trained, train};
