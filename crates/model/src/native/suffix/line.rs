//! The line: up to seven n-grams in 64 bytes.
//!
//! Sixteen numbers of 32 bits. An n-gram takes three if longer ones end in it or begin with it, or if its back-off
//! weight is not 1 (*long*), otherwise two (*short*). Long ones come first:
//!
//! ```text
//! 0 … c−1           keys
//! c … 2c−1          log10 p
//! 2c … 2c+k−1       log10 of the back-off weights of the k long ones
//! 15                c: 3 bits; k: 3 bits; whether longer n-grams end in each of the long ones: 5 bits; whether
//!                   longer ones begin with it: 5 bits; a Bloom filter of those that were moved away: 16 bits
//! ```
//!
//! A key is a word (25 bits; the last of two, the first of more), the place of the suffix (6 bits), and
//! whether the n-gram was moved (1 bit).
//! Vocabularies of more than 2^25 words have *wide* keys: the word takes all 32 bits, and numbers 13 and 14 hold
//! the other 7 bits of each n-gram, a byte each, for up to six n-grams.

use super::{AT_HOME, Place, WordHash};
use wide::i32x4;
use zerocopy::little_endian::U32;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

/// Maximum number of long n-grams in a line.
pub const LONG: usize = 5;

/// The most words that keys of 32 bits can tell apart.
pub const NARROW_WORDS: usize = 1 << 25;

/// The number of the head.
const HEAD: usize = 15;
/// The first of the two numbers with the rest of wide keys.
const WIDE: usize = 13;
/// The first of the flags in the head that say which n-grams longer ones end in.
const EXTENDS: u32 = 6;
/// The first of the flags that say which n-grams longer ones begin with.
const FOLLOWED: u32 = 11;
/// The first of the 16 bits of the Bloom filter.
const FILTER: u32 = 16;

/// A line as it is stored.
#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub struct Line([U32; 16]);

/// What identifies an n-gram in a line: a word, the place of its suffix, and whether it was moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineKey {
    /// The last word of an n-gram of two, the first of a longer one.
    pub word: u32,
    /// The place of the suffix, times two, plus one if the n-gram was moved.
    pub rest: u32,
}

impl LineKey {
    #[inline(always)]
    pub fn new(word: u32, suffix: Place, moved: bool) -> LineKey {
        LineKey { word, rest: suffix.rest() | u32::from(moved) }
    }

    #[inline(always)]
    pub fn suffix(self) -> Place {
        Place(self.rest >> 1 & 63)
    }

    #[inline(always)]
    pub fn moved(self) -> bool {
        self.rest & 1 != 0
    }

    /// Returns the way from its home.
    #[inline(always)]
    pub fn way(self) -> u32 {
        self.way_of(WordHash::of(self.word))
    }

    /// Returns the way from its home, given the hash of its word.
    #[inline(always)]
    pub fn way_of(self, hash: WordHash) -> u32 {
        if self.moved() { hash.way() } else { AT_HOME }
    }

    /// Returns the filter of its home with its bit, the same whether it was moved or not.
    #[inline(always)]
    pub fn filter(self) -> u16 {
        1 << (self.filter_bit() - FILTER)
    }

    /// Returns the place of this bit in the head.
    #[inline(always)]
    fn filter_bit(self) -> u32 {
        let mixed = (self.word ^ (self.rest >> 1) << 26).wrapping_mul(0x9e37_79b1);
        FILTER + (mixed >> 28)
    }

    #[inline(always)]
    fn narrow(self) -> u32 {
        self.word << 7 | self.rest
    }
}

/// The stored data of an n-gram.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// NaN if it is not an n-gram of the model.
    pub log_prob: f32,
    pub backoff: f32,
    /// Whether longer n-grams end in it.
    pub extends: bool,
    /// Whether longer n-grams begin with it.
    pub followed: bool,
}

impl Entry {
    /// Whether it needs the space of a long one.
    #[inline]
    pub fn is_long(&self) -> bool {
        self.extends | self.followed | (self.backoff != 0.0)
    }
}

/// The result of a search in a line.
#[derive(Clone, Copy, Debug)]
pub struct FoundInLine {
    /// Whether it is there. If not, the entry and the slot are meaningless.
    pub is: bool,
    pub entry: Entry,
    pub slot: u32,
    /// Whether it is not there, but may be in its second home.
    pub elsewhere: bool,
}

/// Returns how many of a line's numbers entries may take. So at most seven fit, or six with wide keys, and five of them
/// may be long.
pub const fn capacity(wide: bool) -> u32 {
    if wide { WIDE as u32 } else { HEAD as u32 }
}

impl Line {
    #[inline(always)]
    fn get(&self, at: usize) -> u32 {
        self.0[at % 16].get()
    }

    /// Returns the number of n-grams.
    #[inline(always)]
    pub fn count(&self) -> usize {
        self.get(HEAD) as usize % 8
    }

    /// Returns the entry in a slot.
    #[inline(always)]
    pub fn entry(&self, slot: usize) -> Entry {
        let head = self.get(HEAD);
        let count = head as usize % 8;
        let is_long = slot < (head >> 3) as usize % 8;
        let backoff = self.get(2 * count + slot);
        let flag = |first: u32| is_long & (head >> (first + slot as u32) & 1 != 0);
        Entry {
            log_prob: f32::from_bits(self.get(count + slot)),
            backoff: f32::from_bits(std::hint::select_unpredictable(is_long, backoff, 0)),
            extends: flag(EXTENDS),
            followed: flag(FOLLOWED),
        }
    }

    /// Returns the key in a slot.
    pub fn key<const IS_WIDE: bool>(&self, slot: usize) -> LineKey {
        let stored = self.get(slot);
        if !IS_WIDE {
            return LineKey { word: stored >> 7, rest: stored & 127 };
        }
        let rest = self.get(WIDE + slot / 4) >> (slot % 4 * 8) & 127;
        LineKey { word: stored, rest }
    }

    /// Looks for an n-gram.
    #[inline(always)]
    pub fn find<const IS_WIDE: bool>(&self, key: LineKey) -> FoundInLine {
        let wanted = if IS_WIDE { key.word } else { key.narrow() };
        let mut same = self.equal(0, wanted) | self.equal(4, wanted) << 4;
        if IS_WIDE {
            let rests = u64::from(self.get(WIDE)) | u64::from(self.get(WIDE + 1)) << 32;
            for slot in 0..8 {
                let rest = (rests >> (8 * slot)) as u32 & 127;
                same &= !(u32::from(rest != key.rest) << slot);
            }
        }
        let head = self.get(HEAD);
        same &= (1 << (head % 8)) - 1;
        // The eighth slot of a line is never taken.
        let slot = (same | 1 << 7).trailing_zeros();
        FoundInLine {
            is: same != 0,
            entry: self.entry(slot as usize),
            slot,
            elsewhere: (same == 0) & !key.moved() & (head >> key.filter_bit() & 1 != 0),
        }
    }

    /// Compares four numbers with another: returns one bit for each.
    #[inline(always)]
    fn equal(&self, from: usize, number: u32) -> u32 {
        let four: [i32; 4] = std::array::from_fn(|at| self.0[from + at].get() as i32);
        i32x4::new(four).simd_eq(i32x4::splat(number as i32)).to_bitmask()
    }

    /// Makes a line for so many entries, so many of them long, which are yet to be put there. `moved` has the
    /// [filters](LineKey::filter) of those that were moved away.
    #[inline(always)]
    pub fn empty(count: usize, long: usize, moved: u16) -> Line {
        let mut numbers = [U32::new(0); 16];
        numbers[HEAD] = U32::new(count as u32 | (long as u32) << 3 | u32::from(moved) << FILTER);
        Line(numbers)
    }

    /// Puts an entry in a slot. Long ones come first.
    #[inline(always)]
    pub fn put<const IS_WIDE: bool>(&mut self, slot: usize, key: LineKey, entry: &Entry) {
        let count = self.count();
        let mut set = |at: usize, number: u32| self.0[at % 16] = U32::new(number);
        set(slot, if IS_WIDE { key.word } else { key.narrow() });
        set(count + slot, entry.log_prob.to_bits());
        if entry.is_long() {
            set(2 * count + slot, entry.backoff.to_bits());
            let flags = u32::from(entry.extends) << EXTENDS | u32::from(entry.followed) << FOLLOWED;
            self.add(HEAD, flags << slot);
        }
        if IS_WIDE {
            self.add(WIDE + slot / 4, key.rest << (slot % 4 * 8));
        }
    }

    #[inline(always)]
    fn add(&mut self, at: usize, bits: u32) {
        self.0[at] = U32::new(self.0[at].get() | bits);
    }

    /// Makes a line of bytes, which are not n-grams.
    pub fn of_bytes(bytes: &[u8]) -> Line {
        let mut line = Line([U32::new(0); 16]);
        line.as_mut_bytes()[..bytes.len()].copy_from_slice(bytes);
        line
    }
}

/// Returns the key of an n-gram in its second home.
#[inline(always)]
pub fn moved(key: LineKey) -> LineKey {
    LineKey { rest: key.rest | 1, ..key }
}
