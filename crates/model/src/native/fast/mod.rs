//! The fast layout: one hash table for each last word of a history, in 64-byte lines.
//!
//! To predict w after … t u v, a model needs the histories v, u v and t u v, and w among the
//! successors of each. All these histories end in v, so they are stored together: the *partition*
//! of v. A partition is a hash table of the histories, keyed by the words before v. Most histories
//! have one successor, which is stored in the history's own record; longer lists are stored
//! separately, long ones as small hash tables. So scoring mostly reads one or two lines per
//! history.
//!
//! The record of a history holds no words, only a *tag*: 32 bits of the history's hash. Look-ups
//! are exact all the same. A flag on every stored n-gram tells whether it is itself a history, so
//! only existing histories are ever looked up; and a partition is rebuilt with another *seed* if
//! two of its histories could be confused. Successors are compared as whole words.
//!
//! Pruning can leave a history that is not an n-gram, because a longer one ends in it. It is stored
//! among the successors as an n-gram whose log10 p is NaN, so that scoring still finds it.
//!
//! # Sections
//!
//! | section | a record of | bytes |
//! |---|---|---|
//! | directory | each word v, by id: [`WordEntry`] | 32 |
//! | lines | for each v: the record lines of its partition (four records per line), then its long lists (eight successors per line) | 64 |
//! | short-lists | for each v: its short lists | 8 per successor |
//!
//! *Successors* of a history, in its record or entry, are two numbers `a` and `b`:
//!
//! ```text
//! a < 2^31          one successor: a is its word and flag, b its log10 p (the bits of a float)
//! a = 2^31 + n      n successors: n ≤ 8 from place b of v's short lists on,
//!                   n > 8 in a hash table that starts b lines after the partition's first
//! ```
//!
//! A word takes 30 bits; bit 30 is the flag. In a long list, bit 31 of a line's first word says
//! that a successor whose home is this line is stored in a later one.

mod build;
mod read;
mod restore;
mod score;
mod view;
mod write;

pub use build::LayoutError;
pub use build::{Ends, FastPart, PartitionPlace, Size, build, measure, places};
pub(crate) use read::Ranges;
pub(crate) use write::write;

use zerocopy::little_endian::{F32, U32, U64};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

/// Maximum number of words; more would not leave room for the flags beside them.
pub(crate) const MAX_WORDS: usize = WORD as usize;

/// The bits of a word's id; as an id, the mark of an empty slot.
const WORD: u32 = (1 << 30) - 1;
/// Flag: the n-gram's last words are themselves a history: all of them, or all but the first if the
/// n-gram is of the highest order.
const EXTENDS: u32 = 1 << 30;
/// In `a`: a list, not a single successor. In a long list: see the module documentation.
const LIST: u32 = 1 << 31;

/// Maximum length of a short list.
const SHORT: usize = 8;
/// Records per line; their columns start here.
const RECORDS: usize = 4;
const BACKOFFS: usize = RECORDS;
const A: usize = 2 * RECORDS;
const B: usize = 3 * RECORDS;
/// Successors per line.
const SUCCESSORS: usize = 8;

/// A word's entry in the directory: its probability, and itself as a history.
#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub struct WordEntry {
    /// log10 p of the word by itself.
    log_prob: F32,
    /// log10 of its back-off weight.
    backoff: F32,
    /// Its successors.
    a: U32,
    b: U32,
    /// The first line of its partition.
    lines: U32,
    /// The number of record lines of the partition.
    record_lines: U32,
    /// Low 40 bits: the start of its short lists. High 24 bits: the seed of its hashes.
    shorts_and_seed: U64,
}

/// A word that follows a history.
#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub struct Successor {
    word_and_flags: U32,
    log_prob: F32,
}

/// A unit of the lines section: four records or eight successors, column by column, so that all are
/// compared at once.
///
/// ```text
/// records       4 tags (0 for none), 4 log10 of back-off weights, 4 × a, 4 × b
/// successors    8 words and flags (all bits of the word set for none), 8 log10 p
/// ```
#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub struct Line([U32; 16]);

/// Returns the hash of the history that extends the one with hash `hash` by `word`.
///
/// Multiplying to 128 bits and folding both halves makes every bit of the input reach every bit of
/// the result.
#[inline(always)]
fn longer(hash: u64, word: u32) -> u64 {
    let product = u128::from(hash ^ u64::from(word)) * 0x9e37_79b9_7f4a_7c15;
    (product as u64) ^ ((product >> 64) as u64)
}

/// Returns the hash that all histories of a partition start from.
#[inline(always)]
fn first_hash(seed: u64) -> u64 {
    (seed + 1).wrapping_mul(0xd6e8_feb8_6659_fd93)
}

/// Returns the tag of a history; never 0.
#[inline(always)]
fn tag(hash: u64) -> u32 {
    (hash as u32).max(1)
}

/// Returns the home line of a history among `lines`.
#[inline(always)]
fn home(hash: u64, lines: u32) -> u32 {
    (((hash >> 32) * u64::from(lines)) >> 32) as u32
}

/// Returns the home line of a word among the `lines` of a long list. The golden ratio spreads
/// consecutive ids more evenly than chance.
#[inline(always)]
fn home_of_word(word: u32, lines: u32) -> u32 {
    home(u64::from(word).wrapping_mul(0x9e37_79b9_7f4a_7c15), lines)
}

/// Returns the number of lines for `records` records. A few records are packed, as collisions cost
/// a line or two at most; of many lines a twelfth is left free.
#[inline]
fn record_lines(records: u64) -> u64 {
    if records <= 16 {
        records.div_ceil(RECORDS as u64)
    } else {
        (records * 12).div_ceil(RECORDS as u64 * 11)
    }
}

/// Returns the number of lines for a long list.
#[inline(always)]
fn list_lines(successors: u64) -> u64 {
    successors.div_ceil(7)
}
