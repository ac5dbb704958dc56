//! Why a text could not be compressed, or not be had back.

/// Why a text could not be compressed, or not be had back. Messages go on from the name of a file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CodeError {
    /// The model cannot tell the probability of every text.
    #[error(
        "the model's vocabulary is closed, so that it cannot code every text: train one from a text by words, whitespace or chars, without --closed"
    )]
    Closed,
    /// The model cannot list what follows a history.
    #[error(
        "the model's layout does not list what follows a history: write it in another with `ngram convert --layout fast`"
    )]
    NoLists,
    /// The model's numbers are no probabilities.
    #[error("the model's probabilities are no distribution: see what is wrong with `ngram check`")]
    NoDistribution,
    /// The file is something else.
    #[error("it is no text that `ngram compress` compressed")]
    Foreign,
    /// The file was written by a newer version of this program.
    #[error(
        "its format has version {found}; this program reads version {reads}: use a newer program"
    )]
    Version {
        /// The version in the file.
        found: u8,
        /// The version that is read.
        reads: u8,
    },
    /// The file was made with another model.
    #[error(
        "it was compressed with another model: that one has the fingerprint {expected:08x}, this one {found:08x}; name the same file, unchanged, with -m"
    )]
    OtherModel {
        /// The fingerprint in the file.
        expected: u32,
        /// That of the model at hand.
        found: u32,
    },
    /// The text is longer than was asked for.
    #[error(
        "it says that it holds a text of {length} bytes, more than the {most} that are written unasked: if you trust it, allow that with --max-bytes {length}"
    )]
    TooLong {
        /// The length that the file says, in bytes.
        length: u64,
        /// How long it may be.
        most: u64,
    },
    /// The file is cut or changed.
    #[error("it is damaged ({what}): fetch it again, or compress the text again")]
    Damaged {
        /// What does not fit.
        what: &'static str,
    },
    /// The text that came out is not the one that went in.
    #[error(
        "the text that comes out does not match its checksum: was it compressed by this version of the program, and is the model sound (`ngram check`)?"
    )]
    Mismatch,
    /// Whoever asked for it wants it no more.
    #[error("stopped before the end")]
    Stopped,
}
