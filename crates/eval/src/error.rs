//! What can go wrong while a text is evaluated.

use std::io;

/// The name of a text, as a person would say it.
pub(crate) fn shown(name: &str) -> &str {
    if name == "-" { "standard input" } else { name }
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
    /// What was found of each sentence could not be written.
    #[error("cannot write the sentences' details")]
    Write(#[source] io::Error),
}
