//! Words numbered in the order in which they first appear, with their counts.

use crate::SPECIAL_WORDS;

/// Numbers words as they come: the first new word gets 3, the next 4, and so on; 0, 1 and 2 are
/// `<unk>`, `<s>` and `</s>` from the start. Counts how often each came.
///
/// Words of up to 16 bytes stand in the hash table itself, as two overlapping halves; longer ones
/// are compared byte by byte.
pub struct Interner {
    slots: Vec<Slot>,
    mask: usize,
    starts: Vec<usize>,
    text: Vec<u8>,
    counts: Vec<u64>,
}

#[derive(Clone, Copy)]
struct Slot {
    low: u64,
    high: u64,
    id: u32,
    /// Length of the word in bytes, or [`LONG`].
    len: u32,
}

const EMPTY: u32 = u32::MAX;
const LONG: u32 = 17;

impl Default for Interner {
    fn default() -> Interner {
        Interner::new()
    }
}

impl Interner {
    /// An interner that knows the three special words.
    pub fn new() -> Interner {
        let size = 1 << 12;
        let mut interner = Interner {
            slots: vec![Slot { low: 0, high: 0, id: EMPTY, len: 0 }; size],
            mask: size - 1,
            starts: vec![0],
            text: Vec::new(),
            counts: Vec::new(),
        };
        for word in SPECIAL_WORDS {
            interner.intern(word);
        }
        interner.counts.fill(0);
        interner
    }

    /// The number of `word`, which is counted once more.
    #[inline]
    pub fn intern(&mut self, word: &str) -> u32 {
        self.add(word, 1)
    }

    /// The number of `word`, which is counted `times` more.
    #[inline]
    pub fn add(&mut self, word: &str, times: u64) -> u32 {
        let bytes = word.as_bytes();
        let (low, high, len) = halves(bytes);
        let mut slot = hash(low, high, len) & self.mask;
        loop {
            let found = self.slots[slot];
            if found.id == EMPTY {
                return self.insert(slot, Slot { low, high, id: EMPTY, len }, bytes, times);
            }
            if found.low == low
                && found.high == high
                && found.len == len
                && (len != LONG || self.bytes(found.id) == bytes)
            {
                self.counts[found.id as usize] += times;
                return found.id;
            }
            slot = (slot + 1) & self.mask;
        }
    }

    #[cold]
    fn insert(&mut self, slot: usize, mut entry: Slot, bytes: &[u8], times: u64) -> u32 {
        let id = self.counts.len() as u32;
        assert!(id < EMPTY, "more than 2^32 - 1 distinct words");
        entry.id = id;
        self.slots[slot] = entry;
        self.text.extend_from_slice(bytes);
        self.starts.push(self.text.len());
        self.counts.push(times);
        if self.counts.len() * 2 > self.slots.len() {
            self.grow();
        }
        id
    }

    fn grow(&mut self) {
        let size = self.slots.len() * 4;
        let empty = Slot { low: 0, high: 0, id: EMPTY, len: 0 };
        let old = std::mem::replace(&mut self.slots, vec![empty; size]);
        self.mask = size - 1;
        for entry in old.into_iter().filter(|entry| entry.id != EMPTY) {
            let mut slot = hash(entry.low, entry.high, entry.len) & self.mask;
            while self.slots[slot].id != EMPTY {
                slot = (slot + 1) & self.mask;
            }
            self.slots[slot] = entry;
        }
    }

    fn bytes(&self, id: u32) -> &[u8] {
        &self.text[self.starts[id as usize]..self.starts[id as usize + 1]]
    }

    /// The word with this number.
    pub fn word(&self, id: u32) -> &str {
        std::str::from_utf8(self.bytes(id)).unwrap_or_default()
    }

    /// How often each word came, by number.
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// How many words have a number, the three special ones included.
    #[allow(clippy::len_without_is_empty, reason = "three words are always there")]
    pub fn len(&self) -> usize {
        self.counts.len()
    }
}

/// A word as two overlapping halves and its length; these three are the same only for the same
/// word, up to 16 bytes. Longer words are given by their first and last 8 bytes mixed with hashes.
#[inline]
fn halves(bytes: &[u8]) -> (u64, u64, u32) {
    let len = bytes.len();
    match len {
        8..=16 => (first_eight(bytes), first_eight(&bytes[len - 8..]), len as u32),
        4..8 => (first_four(bytes), first_four(&bytes[len - 4..]), len as u32),
        0 => (0, 0, 0),
        1..4 => {
            let packed =
                bytes[0] as u64 | (bytes[len / 2] as u64) << 8 | (bytes[len - 1] as u64) << 16;
            (packed, 0, len as u32)
        }
        _ => (xxhash_rust::xxh3::xxh3_64(bytes), len as u64, LONG),
    }
}

#[inline]
fn first_eight(bytes: &[u8]) -> u64 {
    u64::from_le_bytes(bytes[..8].try_into().unwrap_or_default())
}

#[inline]
fn first_four(bytes: &[u8]) -> u64 {
    u32::from_le_bytes(bytes[..4].try_into().unwrap_or_default()) as u64
}

/// Multiplies the halves into 128 bits and folds them: every bit of the word reaches the low bits.
#[inline]
fn hash(low: u64, high: u64, len: u32) -> usize {
    let product = (low ^ 0x9e37_79b9_7f4a_7c15 ^ (len as u64) << 56) as u128
        * (high ^ 0xd1b5_4a32_d192_ed03) as u128;
    (product as u64 ^ (product >> 64) as u64) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    #[test]
    fn numbers_and_counts_as_a_hash_map_would() {
        let long = "x".repeat(100);
        let mut words: Vec<String> = (0..5000).map(|n| format!("{}", n * n % 977)).collect();
        words.extend(
            ["", "a", "aa", "aaa", "aba", "\0", "a\0", "abcdefgh", "abcdefghijklmnop"]
                .map(String::from),
        );
        words.extend([long.clone(), format!("{long}y"), long]);
        let mut interner = Interner::new();
        let mut expected: HashMap<&str, (u32, u64)> = HashMap::new();
        for word in &words {
            let next = expected.len() as u32 + 3;
            let entry = expected.entry(word).or_insert((next, 0));
            entry.1 += 1;
            assert_eq!(interner.intern(word), entry.0, "{word:?}");
        }
        for (word, (id, count)) in expected {
            assert_eq!(interner.word(id), word);
            assert_eq!(interner.counts()[id as usize], count);
        }
    }
}
