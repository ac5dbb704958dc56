//! Errors of reading a file as text.

use crate::{DecodeError, NoText};
use std::io;

/// Why a file cannot be read as text.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InputError {
    /// There is no such file.
    #[error("no file {name}: check the name")]
    Missing {
        /// The file as it was named.
        name: String,
    },
    /// A name with wildcard characters is neither a file nor a valid pattern.
    #[error("{pattern} is no file, and no pattern that files could match")]
    Pattern {
        /// The name.
        pattern: String,
        /// What is wrong with it as a pattern.
        source: glob::PatternError,
    },
    /// A folder in a pattern's path cannot be read.
    #[error("cannot follow {pattern}")]
    Follow {
        /// The pattern.
        pattern: String,
        /// What the system said.
        source: glob::GlobError,
    },
    /// No file matches a pattern.
    #[error("no file matches {pattern}")]
    NoMatch {
        /// The pattern.
        pattern: String,
    },
    /// A folder was named where a file is needed.
    #[error("{name} is a directory: name the files in it, such as '{name}/*.txt'")]
    Directory {
        /// The folder as it was named.
        name: String,
    },
    /// Standard input is named twice.
    #[error("- is named twice, but standard input can be read only once")]
    StdinTwice,
    /// A weight is not a number above 0 and at most 1000.
    #[error("{name}: a text's weight is a number above 0 and at most 1000, such as {name}:0.5")]
    Weight {
        /// The text, without the weight.
        name: String,
    },
    /// A file is not text.
    #[error("{name} {what}")]
    NoText {
        /// The file as it was named.
        name: String,
        /// What it is, and what to do about it.
        what: NoText,
    },
    /// A Parquet file, in a build without the feature to read it.
    #[error(
        "{name} is a Parquet file, which this program was built without: build it with the feature parquet, as by `cargo install --path . --features parquet`"
    )]
    ParquetFeature {
        /// The file as it was named.
        name: String,
    },
    /// A Parquet file is read through a pipe.
    #[error("{name} is a Parquet file, which is read from its end: name the file itself")]
    ParquetStream {
        /// The file as it was named.
        name: String,
    },
    /// A Parquet file is damaged, or the file is not Parquet.
    #[error("{name} is no Parquet file, or a damaged one: {what}")]
    Parquet {
        /// The file as it was named.
        name: String,
        /// What is wrong.
        what: String,
    },
    /// A table lacks the column of texts.
    #[error("{name} has no column {column}, but {columns}: name the one with the text by --field")]
    NoColumn {
        /// The file as it was named.
        name: String,
        /// The column that was wanted.
        column: String,
        /// Those that are there.
        columns: String,
    },
    /// The column holds numbers, lists or the like.
    #[error(
        "the column {column} of {name} does not hold one string a row: name another by --field"
    )]
    NoTextColumn {
        /// The file as it was named.
        name: String,
        /// The column.
        column: String,
    },
    /// Ids are read, but no id is given that ends a document.
    #[error("{name}: say by --end-id which id ends a document, for else all ids are one sentence")]
    NoEnd {
        /// The file as it was named.
        name: String,
    },
    /// An end of documents is given for a text that is not ids.
    #[error(
        "{name} is not read as ids, so --end-id means nothing: say --input-format u16 or u32 if it holds ids, or leave --end-id out"
    )]
    EndWithoutIds {
        /// The file as it was named.
        name: String,
    },
    /// Ids cannot be read.
    #[error("cannot read the ids of {name}")]
    Ids {
        /// The file as it was named.
        name: String,
        /// What is wrong.
        source: io::Error,
    },
    /// The system could not read a file.
    #[error("cannot read {name}")]
    Read {
        /// The file as it was named.
        name: String,
        /// What the system said.
        source: io::Error,
    },
}

impl InputError {
    /// Converts the decoding error of the file of this name.
    pub(crate) fn decoding(name: &str, error: DecodeError) -> InputError {
        let name = name.to_owned();
        match error {
            DecodeError::NoText(NoText::Parquet) => InputError::ParquetStream { name },
            DecodeError::NoText(what) => InputError::NoText { name, what },
            DecodeError::Read(source) => InputError::Read { name, source },
        }
    }
}
