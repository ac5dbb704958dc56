//! Count files: the counts of a text in one file, to merge and to train from.
//!
//! Every count of every order follows from the *windows* of a text: each word with the n − 1 words
//! before it, or fewer after `<s>`. A count file holds each window once, with its count. Numbers
//! are little-endian; *varints* have seven bits per byte, low ones first.
//!
//! ```text
//! header    68 bytes    magic 8, version u32, order u32, words u64, lengths of the four sections
//!                       u64 each, checksum of the first three sections u32, of the last u32,
//!                       checksum of the 64 bytes before u32
//! metadata              how the text was cut, and what it came to
//! words                 each word but <unk>, <s> and </s>, most frequent first, ties by bytes:
//!                       length, bytes, frequency
//! index                 the length of each word's record
//! records               for each word v, <unk>, <s> and </s> first: the windows whose history ends
//!                       in v
//! ```
//!
//! The metadata are: the tokenizer's name (length, bytes), followed, if the name is `tokenizer.json`, by that
//! file (length, bytes); whether it lowercases (0 or 1); whether every word of the text is listed (1) or some
//! were read as `<unk>` (0); sentences, blank lines, tokens, types, bytes, markers, unknown and invalid, as
//! in [`CorpusSummary`]; then the number of counts of gaps and cases, and each of these in rising order: its
//! context in 8 bytes, its symbol, its count.
//!
//! A record lists histories, each read backwards from v, ordered by their words' ids:
//!
//! ```text
//! (successors − 1) · (n − 1) + words shared with the history before, v left out
//! the first word that is not shared, less the one in its place before, less 1; the others as they
//!     are; up to n − 2 words, or to <s>
//! successors, rising: twice the distance from the one before, less 1; plus 1 if its count is above
//!     1, and then the count less 2
//! ```
//!
//! All of these are varints. Checksums are CRC-32 (IEEE 802.3).

mod read;
mod record;
mod set;
mod text;
mod write;

pub use read::CountFile;
pub(crate) use record::Cursor;
pub use record::RecordLengths;
pub use set::CountSet;
pub use text::CountTextError;
pub use write::CountFileInfo;

use crate::CorpusSummary;
use std::io;
use std::path::PathBuf;

/// The first bytes of a count file.
pub(crate) const MAGIC: [u8; 8] = *b"\x89ncount\n";
const VERSION: u32 = 1;
const HEADER: usize = 68;
/// The name of a tokenizer whose `tokenizer.json` follows.
const HUGGING_FACE: &str = "tokenizer.json";

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
        source: ngram_tokenizer::HuggingFaceError,
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

/// Returns the numbers of a summary that a file stores, in order.
fn numbers(summary: &mut CorpusSummary) -> [&mut u64; 8] {
    let CorpusSummary {
        sentences,
        blank_lines,
        tokens,
        types,
        bytes,
        markers,
        unknown,
        invalid,
        first_invalid: _,
    } = summary;
    [sentences, blank_lines, tokens, types, bytes, markers, unknown, invalid]
}
