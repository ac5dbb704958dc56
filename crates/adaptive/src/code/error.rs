//! Errors of compression and decompression.

use crate::adaptive::Adaptation;

/// Why a text could not be compressed or decompressed. Messages continue after the name of a file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CodeError {
    /// The model's vocabulary is closed, so it does not give every text a probability.
    #[error(
        "the model's vocabulary is closed, so it cannot code every text: train a model with --tokenizer words, whitespace or chars and without --closed"
    )]
    Closed,
    /// The model cannot list the successors of a history.
    #[error(
        "the model's layout does not list the successors of a history: convert it with `ngram convert --layout suffix`"
    )]
    NoLists,
    /// The model's numbers are not probabilities.
    #[error("the model's probabilities are not a distribution: `ngram check` says what is wrong")]
    NoDistribution,
    /// The file was not made by `ngram compress`.
    #[error("it is not a file made by `ngram compress`")]
    Foreign,
    /// The file was written by a newer version of this program.
    #[error(
        "its format has version {found}; this program reads version {reads}: use a newer program"
    )]
    Version {
        /// The version in the file.
        found: u8,
        /// The version this program reads.
        reads: u8,
    },
    /// The file was made with another model.
    #[error(
        "it was compressed with another model: its fingerprint is {expected:08x}, that of the given model {found:08x}; give the same, unchanged model file with -m"
    )]
    OtherModel {
        /// The fingerprint in the file.
        expected: u32,
        /// The fingerprint of the given model.
        found: u32,
    },
    /// The file was made with a model that adapts in another way.
    #[error("it was compressed with a model that adapts {expected}, not {found}")]
    OtherLevel {
        /// How the model that compressed it adapts.
        expected: Adaptation,
        /// How the given model adapts.
        found: Adaptation,
    },
    /// The text is longer than allowed.
    #[error(
        "it contains a text of {length} bytes, more than the {most} allowed: if you trust it, pass --max-bytes {length}"
    )]
    TooLong {
        /// The length according to the file, in bytes.
        length: u64,
        /// The longest allowed, in bytes.
        most: u64,
    },
    /// The file is truncated or modified.
    #[error("it is damaged ({what}): fetch it again, or compress the text again")]
    Damaged {
        /// What is wrong.
        what: &'static str,
    },
    /// The decompressed text differs from the original.
    #[error(
        "the decompressed text does not match its checksum: was it compressed by this version of the program, and is the model sound (`ngram check`)?"
    )]
    Mismatch,
    /// The listener stopped it.
    #[error("stopped before the end")]
    Stopped,
}
