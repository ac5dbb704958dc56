//! Errors of an evaluation.

use ngram_input::{BadPlace, LineTooLong};
use std::error::Error;
use std::io;

/// The name of a text for messages: `-` is "standard input".
pub fn shown(name: &str) -> &str {
    if name == "-" { "standard input" } else { name }
}

impl EvalError {
    /// The error for a text that could not be read past `byte` bytes.
    pub(crate) fn reading(file: &str, byte: u64, source: io::Error) -> EvalError {
        let file = file.to_owned();
        match source.downcast::<BadPlace>().map_err(|source| source.downcast::<LineTooLong>()) {
            Ok(place) => EvalError::Record(place),
            Err(Ok(line)) => EvalError::TooLong { file, line },
            Err(Err(source)) => EvalError::Read { file, byte, source },
        }
    }
}

/// Why a text could not be evaluated.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EvalError {
    /// The text could not be read to its end.
    #[error(
        "cannot read {} after byte {byte} of its text: is it damaged, or cut short?",
        shown(file)
    )]
    Read {
        /// The name the text was given.
        file: String,
        /// The number of bytes of text read before the error, after decompression.
        byte: u64,
        /// The reader's error.
        source: io::Error,
    },
    /// A line is longer than may be held.
    #[error("{}, {line}", shown(file))]
    TooLong {
        /// The name the text was given.
        file: String,
        /// The line.
        line: LineTooLong,
    },
    /// The documents and their figures could not be written.
    #[error("cannot write the documents")]
    WriteDocuments(#[source] io::Error),
    /// A text could not be opened.
    #[error(transparent)]
    Open(Box<dyn Error + Send + Sync>),
    /// A text that was read before could not be read again.
    #[error("cannot read {file}")]
    ReadAgain {
        /// The name the text was given.
        file: String,
        /// The reader's error.
        source: io::Error,
    },
    /// A pool had other lines when it was read again.
    #[error("the pool changed while it was read: begin again")]
    Changed,
    /// A part of a pool could not be kept.
    #[error("cannot write a temporary file")]
    WriteTemporary(#[source] io::Error),
    /// A record has no text, and the reader was set to fail on that.
    #[error(transparent)]
    Record(BadPlace),
    /// The details of the sentences could not be written.
    #[error("cannot write the sentences' details")]
    Write(#[source] io::Error),
}
