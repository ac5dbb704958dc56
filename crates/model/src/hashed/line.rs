//! Four n-grams to a line of memory.

use ngram_tokenizer::WordId;
use std::hint::select_unpredictable;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// So many n-grams in a line.
pub(super) const SLOTS: usize = 4;

/// With a word: a longer n-gram ends in this one.
const EXTENDS: u32 = 1 << 31;
/// With a slot's word: an n-gram of this line whose key has this [share](Key::share) stands in a later line.
const MOVED: u32 = 1 << 30;
/// The bits that are the word.
const WORD: u32 = MOVED - 1;

/// As a word: an n-gram of a free place, and of none that is looked for.
pub(super) const FREE: u32 = WORD;

/// What tells an n-gram from others.
#[derive(Clone, Copy)]
pub(super) struct Key {
    /// The number of the n-gram without its first word.
    pub(super) suffix: u32,
    /// Its first word, or [`FREE`].
    first: u32,
}

impl Key {
    /// The key of no n-gram.
    pub(super) const NONE: Key = Key { suffix: u32::MAX, first: FREE };

    #[inline(always)]
    pub(super) fn new(suffix: u32, first: WordId) -> Key {
        Key { suffix, first: first.0.min(FREE) }
    }

    /// Which of a line's marks is the key's.
    #[inline(always)]
    fn share(self) -> usize {
        (self.suffix ^ self.first) as usize % SLOTS
    }

    /// The line of the key among so many.
    ///
    /// Multiplied into 128 bits and folded, so that every bit of the key reaches the high bits.
    #[inline(always)]
    pub(super) fn home(self, lines: usize) -> usize {
        let key = u64::from(self.suffix) | u64::from(self.first) << 32;
        let product = u128::from(key ^ 0x2545_f491_4f6c_dd1d) * 0x9e37_79b9_7f4a_7c15;
        let hash = (product as u64) ^ ((product >> 64) as u64);
        ((u128::from(hash) * lines as u128) >> 64) as usize
    }
}

/// Four n-grams, column by column.
#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(64))]
pub(super) struct Line {
    suffixes: [u32; SLOTS],
    /// The first words, and marks.
    firsts: [u32; SLOTS],
    pub(super) log_probs: [f32; SLOTS],
    pub(super) backoffs: [f32; SLOTS],
}

/// What is stored of an n-gram.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    /// Whether there is such an n-gram; if not, the rest means nothing.
    pub(super) is: bool,
    pub(super) number: u32,
    /// Whether a longer n-gram ends in this one.
    pub(super) extends: bool,
    /// Not a number if it is none of the model's.
    pub(super) log_prob: f32,
    /// −0.0 if no n-gram begins with this one and nothing is to be paid for that.
    pub(super) backoff: f32,
}

impl Line {
    /// A line without n-grams: no n-gram has the highest number.
    pub(super) const EMPTY: Line = Line {
        suffixes: [u32::MAX; SLOTS],
        firsts: [FREE; SLOTS],
        log_probs: [f32::NAN; SLOTS],
        backoffs: [-0.0; SLOTS],
    };

    /// The slots with this key, as bits: one at most.
    #[inline(always)]
    fn slots(&self, key: Key) -> u32 {
        let mut slots = 0;
        for slot in 0..SLOTS {
            let same =
                (self.suffixes[slot] == key.suffix) & (self.firsts[slot] & WORD == key.first);
            slots |= u32::from(same) << slot;
        }
        slots
    }

    #[inline(always)]
    fn entry(&self, slots: u32, number: usize) -> Entry {
        let slot = select_unpredictable(slots != 0, slots.trailing_zeros() as usize, 0) % SLOTS;
        Entry {
            is: slots != 0,
            number: (number + slot) as u32,
            extends: self.firsts[slot] & EXTENDS != 0,
            log_prob: self.log_probs[slot],
            backoff: self.backoffs[slot],
        }
    }

    /// Where the n-gram stands or could, if there is room.
    pub(super) fn slot(&self, key: Key) -> Option<usize> {
        (0..SLOTS).find(|&slot| self.is_free(slot) || self.slots(key) == 1 << slot)
    }

    pub(super) fn is_free(&self, slot: usize) -> bool {
        self.firsts[slot] & WORD == FREE
    }

    /// Puts an n-gram in a free place. The place's mark stays.
    pub(super) fn put(&mut self, slot: usize, key: Key) {
        self.suffixes[slot] = key.suffix;
        self.firsts[slot] = self.firsts[slot] & MOVED | key.first;
    }

    pub(super) fn mark_extends(&mut self, slot: usize) {
        self.firsts[slot] |= EXTENDS;
    }

    /// Marks that the n-gram stands in a later line.
    pub(super) fn mark_moved(&mut self, key: Key) {
        self.firsts[key.share()] |= MOVED;
    }
}

/// The n-gram with this key, whose line is `home`. The first place of the first line has the number `first`.
#[inline(always)]
pub(super) fn find(lines: &[Line], key: Key, home: usize, first: usize) -> Entry {
    let line = &lines[home];
    let slots = line.slots(key);
    if (slots == 0) & (line.firsts[key.share()] & MOVED != 0) {
        return find_later(lines, key, home, first);
    }
    line.entry(slots, first + home * SLOTS)
}

/// The n-gram with this key beyond the line `home`.
#[cold]
fn find_later(lines: &[Line], key: Key, home: usize, first: usize) -> Entry {
    let mut at = home;
    for _ in 1..lines.len() {
        at = if at + 1 == lines.len() { 0 } else { at + 1 };
        let line = &lines[at];
        let slots = line.slots(key);
        // One that moved on stands before the first line with room.
        if slots != 0 || line.is_free(SLOTS - 1) {
            return line.entry(slots, first + at * SLOTS);
        }
    }
    Entry { is: false, number: 0, extends: false, log_prob: 0.0, backoff: 0.0 }
}
