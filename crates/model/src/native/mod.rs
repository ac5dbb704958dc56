//! The native format: one file, mapped and read in place.
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
//! | metadata | 0 | [`ModelInfo`](crate::ModelInfo), encoded as in `metadata` |
//! | words-start, words-text, words-slots | 0 | the vocabulary, see [`ngram_tokenizer::VocabView`] |
//! | log-probs | 0 | log10 p of each word of the vocabulary, by id |
//! | words | d ≥ 2 | for each history of length d, the first of its words |
//! | backoffs | d ≥ 1 | log10 of its back-off weight |
//! | child-starts | 1 ≤ d < n − 1 | the start of its children in level d + 1; one entry more than histories |
//! | successor-starts | d ≥ 1 | the start of its successors; one entry more than histories |
//! | successors | d ≥ 1 | the words that follow it, sorted |
//! | log-probs | d ≥ 1 | log10 p of each of them |
//! | open-parameters, open-slots, open-symbols | 0 | the open vocabulary, see [`crate::open`]; absent from closed models |
//! | member-starts, member-text, member-slots | 0 | the words of a class-based model; the vocabulary above is then that of the classes |
//! | skip | 0 | the number of words that a skip model skips |
//! | member-classes, member-log-probs | 0 | for each word, the id of its class, and log10 p of the word in its class |
//!
//! This is the table layout. Files in the suffix layout (`suffix/`) and the compact layout (`compact/`) have other
//! sections in place of those from `log-probs` on.
//!
//! Histories of length 1 are indexed by word id. Starts are 32 bits wide if the last one fits,
//! otherwise 64. Checksums are CRC-32 (IEEE 802.3).

mod backoff;
mod class_model;
mod compact;
pub mod convert;
mod metadata;
mod outbox;
mod read;
mod reversed;
mod sections;
mod skip_model;
pub mod suffix;
mod table;
mod tiles;
mod write;

pub use class_model::ClassModel;
pub use class_model::Members;
pub use compact::CompactError;
pub(crate) use compact::write as write_compact;
pub use read::{Changed, MAX_ORDER, Model, ModelError, ModelFile};
pub(crate) use read::{load, map};
pub use skip_model::MAX_SKIP;
pub use skip_model::SkipModel;
pub(crate) use suffix::write as write_suffix;
pub use suffix::{Addition, State, Stepper, SuffixError};
pub(crate) use table::write as write_table;
pub use write::{Bases, Sizes, WriteError, Writer};

const MAGIC: [u8; 8] = *b"\x89ngram\r\n";
const VERSION: u32 = 1;
const HEADER: usize = 64;
const ENTRY: usize = 32;
const ALIGNMENT: u64 = 64;

/// The kind of a section. The numbers are stored in files.
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
    /// Only in files of earlier versions, which are refused by name, as are those with the next one.
    OldDirectory = 20,
    OldLines = 24,
    SuffixDirectory = 23,
    SuffixLines = 25,
    Shape = 30,
    Nodes = 31,
    LogProbTable = 32,
    BackoffTable = 33,
    Children = 34,
    OpenParameters = 40,
    OpenSlots = 41,
    OpenSymbols = 42,
    MemberStarts = 50,
    MemberText = 51,
    MemberSlots = 52,
    MemberClasses = 53,
    MemberLogProbs = 54,
    Skip = 60,
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

/// The layout of the n-grams in a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Layout {
    /// Each n-gram found by a word and the place of its suffix: fast to build and to query.
    #[default]
    Suffix,
    /// Histories with their sorted successors, in 32-bit numbers: what conversions start from, and tests compare with.
    Table,
    /// N-grams in as few bits as they need.
    Compact,
}

impl Layout {
    /// All layouts.
    pub const ALL: [Layout; 3] = [Layout::Suffix, Layout::Table, Layout::Compact];

    /// The layouts that users choose from.
    pub const CHOICES: [Layout; 2] = [Layout::Suffix, Layout::Compact];

    /// Returns its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Layout::Suffix => "suffix",
            Layout::Table => "table",
            Layout::Compact => "compact",
        }
    }
}
