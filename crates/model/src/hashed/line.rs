//! Cache lines of four n-grams.

use ngram_tokenizer::WordId;
use std::hint::select_unpredictable;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// N-grams per line.
pub(super) const SLOTS: usize = 4;

/// Flag beside a word: a longer n-gram ends in this one.
const EXTENDS: u32 = 1 << 31;
/// Flag beside a slot's word: an n-gram with this home line and this [share](NgramKey::share) is in a later line.
const MOVED: u32 = 1 << 30;
/// The bits of the word.
const WORD: u32 = MOVED - 1;

/// As a word: marks a free slot, and never matches an n-gram that is looked up.
pub(super) const FREE: u32 = WORD;

/// The key that identifies an n-gram.
#[derive(Clone, Copy)]
pub(super) struct NgramKey {
    /// The number of the n-gram without its first word.
    pub(super) suffix: u32,
    /// Its first word, or [`FREE`].
    first: u32,
}

impl NgramKey {
    /// A key that no n-gram has.
    pub(super) const NONE: NgramKey = NgramKey { suffix: u32::MAX, first: FREE };

    #[inline(always)]
    pub(super) fn new(suffix: u32, first: WordId) -> NgramKey {
        NgramKey { suffix, first: first.0.min(FREE) }
    }

    /// Returns which of a line's marks applies to the key.
    #[inline(always)]
    fn share(self) -> usize {
        (self.suffix ^ self.first) as usize % SLOTS
    }

    /// Returns the home line of the key among `lines`.
    ///
    /// Multiplying to 128 bits and folding makes every bit of the key reach the high bits.
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
    /// The first words, and flags.
    firsts: [u32; SLOTS],
    pub(super) log_probs: [f32; SLOTS],
    pub(super) backoffs: [f32; SLOTS],
}

/// The stored data of an n-gram.
#[derive(Clone, Copy)]
pub(super) struct NgramEntry {
    /// Whether the n-gram exists; if not, the other fields are meaningless.
    pub(super) is: bool,
    pub(super) number: u32,
    /// Whether a longer n-gram ends in this one.
    pub(super) extends: bool,
    /// NaN if it is not an n-gram of the model.
    pub(super) log_prob: f32,
    /// −0.0 if no n-gram begins with this one and its back-off weight is 1.
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

    /// Returns the slots with this key as bits: at most one.
    #[inline(always)]
    fn slots(&self, key: NgramKey) -> u32 {
        let mut slots = 0;
        for slot in 0..SLOTS {
            let same =
                (self.suffixes[slot] == key.suffix) & (self.firsts[slot] & WORD == key.first);
            slots |= u32::from(same) << slot;
        }
        slots
    }

    #[inline(always)]
    fn entry(&self, slots: u32, number: usize) -> NgramEntry {
        let slot = select_unpredictable(slots != 0, slots.trailing_zeros() as usize, 0) % SLOTS;
        NgramEntry {
            is: slots != 0,
            number: (number + slot) as u32,
            extends: self.firsts[slot] & EXTENDS != 0,
            log_prob: self.log_probs[slot],
            backoff: self.backoffs[slot],
        }
    }

    /// Returns the slot of the n-gram, or a free one for it, if there is one.
    pub(super) fn slot(&self, key: NgramKey) -> Option<usize> {
        (0..SLOTS).find(|&slot| self.is_free(slot) || self.slots(key) == 1 << slot)
    }

    pub(super) fn is_free(&self, slot: usize) -> bool {
        self.firsts[slot] & WORD == FREE
    }

    /// Puts an n-gram in a free slot and keeps the slot's mark.
    pub(super) fn put(&mut self, slot: usize, key: NgramKey) {
        self.suffixes[slot] = key.suffix;
        self.firsts[slot] = self.firsts[slot] & MOVED | key.first;
    }

    pub(super) fn mark_extends(&mut self, slot: usize) {
        self.firsts[slot] |= EXTENDS;
    }

    /// Marks that the n-gram is in a later line.
    pub(super) fn mark_moved(&mut self, key: NgramKey) {
        self.firsts[key.share()] |= MOVED;
    }
}

/// Returns the n-gram with this key, whose home line is `home`. The first slot of the first line
/// has the number `first`.
#[inline(always)]
pub(super) fn find(lines: &[Line], key: NgramKey, home: usize, first: usize) -> NgramEntry {
    let line = &lines[home];
    let slots = line.slots(key);
    if (slots == 0) & (line.firsts[key.share()] & MOVED != 0) {
        return find_later(lines, key, home, first);
    }
    line.entry(slots, first + home * SLOTS)
}

/// Returns the n-gram with this key, searching beyond the line `home`.
#[cold]
fn find_later(lines: &[Line], key: NgramKey, home: usize, first: usize) -> NgramEntry {
    let mut at = home;
    for _ in 1..lines.len() {
        at = if at + 1 == lines.len() { 0 } else { at + 1 };
        let line = &lines[at];
        let slots = line.slots(key);
        // A displaced n-gram is before the first line with a free slot.
        if slots != 0 || line.is_free(SLOTS - 1) {
            return line.entry(slots, first + at * SLOTS);
        }
    }
    NgramEntry { is: false, number: 0, extends: false, log_prob: 0.0, backoff: 0.0 }
}
