//! The native format: one file that is mapped and read in place.
//!
//! All numbers are little-endian; log-probabilities and back-off weights are log10, 32-bit floats.
//!
//! ```text
//! header    64 bytes    magic, version, number of sections, length of the file, checksum of the
//!                       section list
//! sections  32 bytes    each: kind, level, checksum, start, length in bytes
//! …                     the sections, each at a multiple of 64 bytes, zeros between
//! ```
//!
//! | kind | level | content |
//! |---|---|---|
//! | metadata | 0 | [`ModelInfo`](crate::ModelInfo), as bincode |
//! | words-start, words-text, words-slots | 0 | the vocabulary, as [`ngram_tokenizer::VocabView`] says |
//! | log-probs | 0 | log10 p of each word of the vocabulary, by number |
//! | words | d ≥ 2 | for each history of length d, the first of its words |
//! | backoffs | d ≥ 1 | log10 of its back-off weight |
//! | child-starts | 1 ≤ d < n − 1 | where its children start in level d + 1; one number more than histories |
//! | successor-starts | d ≥ 1 | where its successors start; one number more than histories |
//! | successors | d ≥ 1 | the words that follow it, sorted |
//! | log-probs | d ≥ 1 | log10 p of each of them |
//!
//! Histories of length 1 have the numbers of their words. Starts are 32 bits wide where the last
//! of them fits, else 64. Checksums are CRC-32 (IEEE 802.3).

mod read;
mod sections;
mod table;
mod write;

pub use read::{MAX_ORDER, Model, ModelError};
pub use write::{Bases, Sizes, WriteError, Writer};

const MAGIC: [u8; 8] = *b"\x89ngram\r\n";
const VERSION: u32 = 1;
const HEADER: usize = 64;
const ENTRY: usize = 32;
const ALIGNMENT: u64 = 64;

/// Metadata is small; a length beyond this is damage, not metadata.
const METADATA_LIMIT: usize = 16 << 20;

/// What a section holds. The numbers are those in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
enum Kind {
    Metadata = 1,
    WordStarts = 2,
    WordText = 3,
    WordSlots = 4,
    LogProbs = 5,
    Words = 6,
    Backoffs = 7,
    ChildStarts = 8,
    SuccessorStarts = 9,
    Successors = 10,
}

/// One row of the section list.
#[derive(Clone, Copy, Debug)]
struct Entry {
    kind: u16,
    level: u16,
    checksum: u32,
    start: u64,
    length: u64,
}

fn encode(info: &crate::ModelInfo) -> Result<Vec<u8>, bincode::error::EncodeError> {
    bincode::serde::encode_to_vec(info, bincode::config::standard())
}

fn decode(bytes: &[u8]) -> Result<crate::ModelInfo, bincode::error::DecodeError> {
    let configuration = bincode::config::standard().with_limit::<METADATA_LIMIT>();
    let (info, read) = bincode::serde::decode_from_slice(bytes, configuration)?;
    if read == bytes.len() {
        Ok(info)
    } else {
        Err(bincode::error::DecodeError::Other("bytes after the end"))
    }
}
