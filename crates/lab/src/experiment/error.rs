//! Errors of experiments.

use ngram_eval::EvalError;
use ngram_store::Cancelled;
use ngram_train::TrainError;
use std::io;

/// Why an experiment has no result.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExperimentError {
    /// There is too little text to split.
    #[error("the text is too short")]
    TooShort,
    /// A model cannot be trained.
    #[error(transparent)]
    Train(#[from] TrainError),
    /// The test text cannot be read.
    #[error(transparent)]
    Eval(#[from] EvalError),
    /// A text cannot be read.
    #[error(transparent)]
    Read(#[from] io::Error),
    /// The work was stopped.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}
