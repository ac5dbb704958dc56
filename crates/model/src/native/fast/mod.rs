//! The fast layout: one table for each last word of a history, in 64-byte lines.
//!
//! To predict w after … t u v, a model needs the histories v, u v and t u v, and w among what
//! follows each. All these histories end in v, so that they stand together: the *partition* of v.
//! A partition is a hash table of the histories by the words before v. Most histories have one
//! successor, which stands in the history's own record; longer lists stand by themselves, long ones
//! as small hash tables. So scoring mostly reads one line for a history, or two.
//!
//! The record of a history holds no words but a *tag*, 32 bits of the hash of its history. That is exact all the
//! same: every stored n-gram says by a flag whether it is a history in its turn, so that only
//! histories that exist are ever looked up, and a partition is built anew under another *seed* if
//! two of its histories could be taken for each other. Successors are compared as whole words.
//!
//! Pruning can leave a history that is no n-gram, because a longer one ends in it. It stands among
//! the successors as an n-gram whose log10 p is no number, so that scoring finds it all the same.
//!
//! # Sections
//!
//! | section | a record of | bytes |
//! |---|---|---|
//! | directory | each word v, by number: [`Entry`] | 32 |
//! | lines | for each v: the record lines of its partition (four a line), then its long lists (eight successors a line) | 64 |
//! | short-lists | for each v: its short lists | 8 a successor |
//!
//! *Successors* of a history, in its record or entry, are two numbers `a` and `b`:
//!
//! ```text
//! a < 2^31          one successor: a is its word and flag, b its log10 p (the bits of a float)
//! a = 2^31 + n      n successors: n ≤ 8 from place b of v's short lists on,
//!                   n > 8 in a hash table that starts b lines after the partition's first
//! ```
//!
//! A word takes 30 bits; bit 30 is the flag. In a long list bit 31 of a line's first word says that
//! a successor whose line this is stands in a later one.

mod build;
mod read;
mod restore;
mod score;
mod view;
mod write;

pub use build::LayoutError;
pub use build::{Ends, Part, Place, Size, build, measure, places};
pub(crate) use read::Ranges;
pub(crate) use write::write;

use zerocopy::little_endian::{F32, U32, U64};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

/// More words than this cannot be told from the flags beside them.
pub(crate) const MAX_WORDS: usize = WORD as usize;

/// The bits of a word's number; as a number, no word.
const WORD: u32 = (1 << 30) - 1;
/// The n-gram's last words are a history of their own: all of them, or all but the first if the
/// n-gram is of the highest order.
const EXTENDS: u32 = 1 << 30;
/// In `a`: a list, not a successor. In a long list: see the module's page.
const LIST: u32 = 1 << 31;

/// So many successors make a short list at most.
const SHORT: usize = 8;
/// A line holds so many records; their columns start here.
const RECORDS: usize = 4;
const BACKOFFS: usize = RECORDS;
const A: usize = 2 * RECORDS;
const B: usize = 3 * RECORDS;
/// A line holds so many successors.
const SUCCESSORS: usize = 8;

/// What the directory says of a word: its probability, and itself as a history.
#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub struct Entry {
    /// log10 p of the word by itself.
    log_prob: F32,
    /// log10 of its back-off weight.
    backoff: F32,
    /// Its successors.
    a: U32,
    b: U32,
    /// The first line of its partition.
    lines: U32,
    /// How many lines of records the partition has.
    record_lines: U32,
    /// Low 40 bits: where its short lists start. High 24 bits: the seed of its hashes.
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

/// The hash of the history that is longer by `word` than the one with hash `hash`.
///
/// Multiplied to 128 bits, with both halves folded, every bit of the input reaches every bit of the
/// result.
#[inline(always)]
fn longer(hash: u64, word: u32) -> u64 {
    let product = u128::from(hash ^ u64::from(word)) * 0x9e37_79b9_7f4a_7c15;
    (product as u64) ^ ((product >> 64) as u64)
}

/// The hash that a partition's histories begin with.
#[inline(always)]
fn first_hash(seed: u64) -> u64 {
    (seed + 1).wrapping_mul(0xd6e8_feb8_6659_fd93)
}

/// The tag of a history; never 0.
#[inline(always)]
fn tag(hash: u64) -> u32 {
    (hash as u32).max(1)
}

/// The line of a history among `lines`.
#[inline(always)]
fn home(hash: u64, lines: u32) -> u32 {
    (((hash >> 32) * u64::from(lines)) >> 32) as u32
}

/// The line of a word among the `lines` of a long list. Numbers that follow one another are spread
/// more evenly by the golden ratio than by chance.
#[inline(always)]
fn home_of_word(word: u32, lines: u32) -> u32 {
    home(u64::from(word).wrapping_mul(0x9e37_79b9_7f4a_7c15), lines)
}

/// How many lines so many records take. Few are packed, as they stand in each other's way for a line
/// or two at most; of many lines a twelfth is left free.
#[inline]
fn record_lines(records: u64) -> u64 {
    if records <= 16 {
        records.div_ceil(RECORDS as u64)
    } else {
        (records * 12).div_ceil(RECORDS as u64 * 11)
    }
}

/// How many lines a long list takes.
#[inline(always)]
fn list_lines(successors: u64) -> u64 {
    successors.div_ceil(7)
}
