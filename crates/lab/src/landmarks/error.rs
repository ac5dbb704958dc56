//! Errors of protocols.

use crate::brown1992::MeasureError;
use crate::experiment::ExperimentError;
use crate::information::DistributionError;
use ngram_counts::{CorpusError, CountError};
use ngram_eval::EvalError;
use ngram_eval::mixture::MixtureError;
use ngram_store::Cancelled;
use ngram_tokenizer::VocabError;
use ngram_train::TrainError;
use ngram_train::classes::ClassesError;
use ngram_train::smoothing::UnknownSmoothing;
use std::error::Error;

/// Why a protocol has no figures.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LandmarkError {
    /// The text cannot be had here, and why.
    #[error("{0}")]
    Unavailable(String),
    /// Fetching the text failed.
    #[error(transparent)]
    Fetch(Box<dyn Error + Send + Sync>),
    /// The text is not as the protocol needs it.
    #[error("{0}")]
    Text(&'static str),
    /// A model cannot be trained.
    #[error(transparent)]
    Train(Box<TrainError>),
    /// There is no such smoothing.
    #[error(transparent)]
    UnknownSmoothing(#[from] UnknownSmoothing),
    /// A text cannot be counted.
    #[error(transparent)]
    Corpus(#[from] CorpusError),
    /// The n-grams cannot be counted.
    #[error(transparent)]
    Count(#[from] CountError),
    /// Words cannot be clustered.
    #[error(transparent)]
    Classes(#[from] ClassesError),
    /// Words make no vocabulary.
    #[error(transparent)]
    Vocab(#[from] VocabError),
    /// A text cannot be evaluated.
    #[error(transparent)]
    Eval(Box<EvalError>),
    /// Models cannot be mixed.
    #[error(transparent)]
    Mixture(#[from] MixtureError),
    /// The method of Brown and others has nothing to go by.
    #[error(transparent)]
    Measure(#[from] MeasureError),
    /// A text cannot be split.
    #[error(transparent)]
    Experiment(Box<ExperimentError>),
    /// The work was stopped.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// An example is no distribution.
    #[error(transparent)]
    Distribution(#[from] DistributionError),
}

impl From<&'static str> for LandmarkError {
    fn from(text: &'static str) -> LandmarkError {
        LandmarkError::Text(text)
    }
}

impl From<TrainError> for LandmarkError {
    fn from(error: TrainError) -> LandmarkError {
        LandmarkError::Train(Box::new(error))
    }
}

impl From<ExperimentError> for LandmarkError {
    fn from(error: ExperimentError) -> LandmarkError {
        LandmarkError::Experiment(Box::new(error))
    }
}

impl From<EvalError> for LandmarkError {
    fn from(error: EvalError) -> LandmarkError {
        LandmarkError::Eval(Box::new(error))
    }
}
