//! Why a count file cannot be used.

use std::io;
use std::path::PathBuf;

/// The version of the format that this crate reads and writes.
pub(crate) const VERSION: u32 = 1;

/// Why a count file could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CountFileError {
    /// The file could not be read.
    #[error("cannot read the counts {name}")]
    Read {
        /// The file's name.
        name: String,
        /// What the system said.
        source: io::Error,
    },
    /// The file could not be written.
    #[error("cannot write the counts {}{}", path.display(), ngram_store::remedy(source))]
    Write {
        /// The file that was to be written.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is not a count file.
    #[error("{name} is not a count file: make one with `ngram count TEXT -o NAME.counts`")]
    Foreign {
        /// The file's name.
        name: String,
    },
    /// The file was written by a newer version of this program.
    #[error(
        "{name} has format version {found}; this program reads version {VERSION}: use a newer program, or count again"
    )]
    Version {
        /// The file's name.
        name: String,
        /// The version in the file.
        found: u32,
    },
    /// The file is truncated or changed.
    #[error("{name} is damaged ({what}); make it again, or fetch it again")]
    Damaged {
        /// The file's name.
        name: String,
        /// What is wrong.
        what: String,
    },
    /// Its `tokenizer.json` cannot be used, perhaps because this build does not support any.
    #[error("cannot use the counts {name}")]
    Tokenizer {
        /// The file's name.
        name: String,
        /// What is wrong with it.
        source: ngram_tokenizer::PieceFileError,
    },
    /// Another program changed the file.
    #[error(
        "{name} was changed by another program while it was being read, so the results cannot be trusted: \
         run again, and replace count files by renaming, not by overwriting"
    )]
    Changed {
        /// The file's name.
        name: String,
    },
    /// The files cannot be merged.
    #[error(
        "{first} and {second} cannot be merged: {what} {ours} in the one, {theirs} in the other; count the texts alike"
    )]
    Disagree {
        /// A file.
        first: String,
        /// Another.
        second: String,
        /// What differs.
        what: &'static str,
        /// What the first file has.
        ours: String,
        /// What the second has.
        theirs: String,
    },
    /// A vocabulary is to be chosen, or files merged, but words have been lost.
    #[error(
        "{name} was counted with a limited vocabulary, so words were lost: count the text without --vocab, --min-count and --max-vocab, and pass them afterwards"
    )]
    Incomplete {
        /// The file's name.
        name: String,
    },
    /// No file was given.
    #[error("there are no count files to merge: name at least one")]
    None,
    /// The words are not a vocabulary.
    #[error("the words cannot be used as a vocabulary: {0}")]
    Vocab(#[from] ngram_tokenizer::VocabError),
    /// There are more distinct words than ids.
    #[error(transparent)]
    TooManyWords(#[from] ngram_tokenizer::TooManyWords),
    /// The disk has too little free space for the file.
    #[error(transparent)]
    Disk(#[from] ngram_store::DiskTooFull),
    /// The shards could not be read back.
    #[error(transparent)]
    Temporary(#[from] ngram_store::TemporaryError),
    /// The work was stopped.
    #[error(transparent)]
    Cancelled(#[from] ngram_store::Cancelled),
}
