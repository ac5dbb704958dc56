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

mod partial;
mod read;
mod record;
mod recount;
mod set;
mod text;
mod write;

pub use partial::{Completed, PartialCounted, PartialCounts};
pub use read::CountFile;
pub use record::RecordLengths;
pub use set::CountSet;
pub use text::CountTextError;
pub use write::CountFileInfo;

use crate::CorpusSummary;

/// The first bytes of a count file.
pub(crate) const MAGIC: [u8; 8] = *b"\x89ncount\n";
const HEADER: usize = 68;
/// The name of a tokenizer whose `tokenizer.json` follows.
const PIECE_FILES: [&str; 2] = ["tokenizer.json", "sentencepiece"];

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
