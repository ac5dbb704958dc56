//! What can go wrong while a text is evaluated.

use ngram_input::BadPlace;
use std::io;

/// The name of a text, as a person would say it.
pub fn shown(name: &str) -> &str {
    if name == "-" { "standard input" } else { name }
}

impl EvalError {
    /// What ended the reading of a text after so many bytes.
    pub(crate) fn reading(file: &str, byte: u64, source: io::Error) -> EvalError {
        match source.downcast::<BadPlace>() {
            Ok(place) => EvalError::Record(place),
            Err(source) => EvalError::Read { file: file.to_owned(), byte, source },
        }
    }
}

/// Why a text could not be evaluated.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EvalError {
    /// The text could not be read to its end.
    #[error("cannot read {} after byte {byte}: is it damaged, or cut short?", shown(file))]
    Read {
        /// The name the text was given.
        file: String,
        /// How many bytes of text had been read, after decompression.
        byte: u64,
        /// What the reader said.
        source: io::Error,
    },
    /// Documents with their figures could not be written.
    #[error("cannot write the documents")]
    WriteDocuments(#[source] io::Error),
    /// A record gives no text, and that is to be an error.
    #[error(transparent)]
    Record(BadPlace),
    /// What was found of each sentence could not be written.
    #[error("cannot write the sentences' details")]
    Write(#[source] io::Error),
}
