//! Why something could not be done.

use ngram_counts::{TokenizerFileError, UnknownName};
use ngram_eval::EvalError;
use ngram_eval::generate::GenerateError;
use ngram_formats::{ImportError, arpa};
use ngram_input::{DecodeError, InputError};
use ngram_model::{Changed, ModelError};
use ngram_store::TemporaryError;
use ngram_train::TrainError;
use ngram_train::smoothing::UnknownSmoothing;
use std::io;
use std::path::PathBuf;

/// Why training, opening, scoring or writing failed.
///
/// The message names the file or the option, and says what to do if that is known. What the system
/// said is in [`source`](std::error::Error::source).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No text was given to train on.
    #[error("there is no text to train on: give one with `file` or `text`")]
    NoText,
    /// A text is missing, cannot be read, or is no text.
    #[error(transparent)]
    Input(#[from] InputError),
    /// There is no tokenizer of this name.
    #[error(transparent)]
    Tokenizer(#[from] UnknownName),
    /// A `tokenizer.json` cannot be used.
    #[error(transparent)]
    TokenizerFile(#[from] TokenizerFileError),
    /// There is no smoothing method of this name.
    #[error(transparent)]
    Smoothing(#[from] UnknownSmoothing),
    /// The threads could not be started.
    #[error("cannot start {threads} threads")]
    Threads {
        /// The number of threads asked for.
        threads: usize,
        /// What is wrong with it.
        source: rayon::ThreadPoolBuildError,
    },
    /// No threads were asked for.
    #[error("0 threads can do no work: give 1 or more, or none for one per core")]
    NoThreads,
    /// The output would replace an input: a text that a model is trained on, or the model that is read.
    #[error("the output would replace {}, an input: choose another file", path.display())]
    Replaces {
        /// The input.
        path: PathBuf,
    },
    /// The training made no model.
    #[error(transparent)]
    Train(#[from] TrainError),
    /// A file cannot be read.
    #[error("cannot open the model {}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file is neither a model nor an ARPA file.
    #[error("cannot open the model {}", path.display())]
    Decode {
        /// The file.
        path: PathBuf,
        /// What it is.
        source: DecodeError,
    },
    /// A model file is damaged, or was written by a newer version.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// An ARPA file cannot be read.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// A temporary file failed.
    #[error(transparent)]
    Temporary(#[from] TemporaryError),
    /// A text could not be read to its end.
    #[error(transparent)]
    Evaluate(#[from] EvalError),
    /// Another program changed the model file while it was in use.
    #[error(transparent)]
    Changed(#[from] Changed),
    /// No sentence can be drawn from the model.
    #[error(transparent)]
    Generate(#[from] GenerateError),
    /// Models of classes and skip models have no ARPA file.
    #[error("models of classes and skip models cannot be written as ARPA files")]
    NoTable,
    /// A model could not be written as an ARPA file.
    #[error("cannot write {}", path.display())]
    Arpa {
        /// The file.
        path: PathBuf,
        /// Why.
        source: arpa::ArpaWriteError,
    },
    /// A file could not be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}
