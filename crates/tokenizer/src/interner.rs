//! Words numbered in the order in which they first appear, with their counts.

use crate::key::{LONG, WordKey};
use crate::{SPECIAL_WORDS, WordId};
use std::sync::OnceLock;

/// Numbers words in order of appearance: the first new word gets 3, the next 4, and so on; 0, 1 and
/// 2 are always `<unk>`, `<s>` and `</s>`. Counts how often each word comes.
///
/// ```
/// use ngram_tokenizer::Interner;
///
/// let mut interner = Interner::new();
/// let numbers: Vec<u32> = ["to", "be", "or", "not", "to", "be"].map(|w| interner.intern(w)).into();
/// assert_eq!(numbers, [3, 4, 5, 6, 3, 4]);
/// assert_eq!(interner.counts(), [0, 0, 0, 2, 2, 1, 1]);
/// assert_eq!(interner.words().nth(6), Some("not"));
/// ```
///
/// Different words always get different ids: a word of up to 16 bytes is stored in the hash table
/// itself, as two overlapping halves; a longer one is compared byte by byte. The count is stored
/// beside it, so that looking up a short known word touches one cache line.
///
/// There are 2³² − 1 ids. [`Interner::complete`] tells whether they were enough.
pub struct Interner {
    /// A power of two long, at most half full.
    slots: Vec<Slot>,
    /// The byte at which each word starts in `text`, then the length of `text`.
    starts: Vec<usize>,
    text: String,
    /// The number of ids.
    limit: u32,
    /// Tokens that came after the ids had run out.
    refused: u64,
    /// The counts by id, cached by [`Interner::counts`] until the next word comes.
    listed: OnceLock<Vec<u64>>,
}

#[derive(Clone, Copy)]
#[repr(align(32))]
struct Slot {
    low: u64,
    high: u64,
    /// Length of the word in bytes, or [`LONG`], or [`VACANT`].
    len: u32,
    id: u32,
    count: u64,
}

// Two slots per cache line: a look-up touches one line, and no slot straddles two.
const _: () = assert!(size_of::<Slot>() == 32);

/// Marks an empty slot.
const VACANT: u32 = u32::MAX;
const VACANT_SLOT: Slot = Slot { low: 0, high: 0, len: VACANT, id: 0, count: 0 };

/// The error for more distinct words than ids.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "more than {limit} distinct words: {refused} tokens got no id of their own and were counted as <unk>: use a tokenizer with fewer types, or lowercase the text"
)]
pub struct TooManyWords {
    /// The number of ids.
    pub limit: u32,
    /// New words that were counted as `<unk>`, in tokens.
    pub refused: u64,
}

impl Default for Interner {
    fn default() -> Interner {
        Interner::new()
    }
}

impl Interner {
    /// Creates an interner that holds the three special words.
    pub fn new() -> Interner {
        Interner::with_limit(u32::MAX)
    }

    fn with_limit(limit: u32) -> Interner {
        let mut interner = Interner {
            slots: vec![VACANT_SLOT; 1 << 10],
            starts: vec![0],
            text: String::new(),
            limit,
            refused: 0,
            listed: OnceLock::new(),
        };
        for word in SPECIAL_WORDS {
            interner.add(word, 0);
        }
        interner
    }

    /// Counts `word` once and returns its id.
    #[inline]
    pub fn intern(&mut self, word: &str) -> u32 {
        self.add(word, 1)
    }

    /// Counts `word` `times` times and returns its id.
    #[inline]
    pub fn add(&mut self, word: &str, times: u64) -> u32 {
        if self.listed.get().is_some() {
            self.listed = OnceLock::new();
        }
        self.add_as(WordKey::of(word.as_bytes()), word, times)
    }

    #[inline]
    fn add_as(&mut self, key: WordKey, word: &str, times: u64) -> u32 {
        let mask = self.slots.len() - 1;
        let mut at = key.hash() & mask;
        loop {
            let slot = &mut self.slots[at];
            if slot.holds(key)
                && (key.len != LONG || text_of(&self.starts, &self.text, slot.id) == word)
            {
                slot.count += times;
                return slot.id;
            }
            if slot.len == VACANT {
                return self.insert(at, key, word, times);
            }
            at = (at + 1) & mask;
        }
    }

    #[cold]
    #[inline(never)]
    fn insert(&mut self, at: usize, key: WordKey, word: &str, times: u64) -> u32 {
        if self.len() >= self.limit as usize {
            self.refused += times;
            return self.add(SPECIAL_WORDS[WordId::UNKNOWN.index()], times);
        }
        let id = self.len() as u32;
        self.slots[at] = Slot { low: key.low, high: key.high, len: key.len, id, count: times };
        self.text.push_str(word);
        self.starts.push(self.text.len());
        if self.len() * 2 > self.slots.len() {
            self.grow();
        }
        id
    }

    fn grow(&mut self) {
        let size = self.slots.len() * 2;
        let old = std::mem::replace(&mut self.slots, vec![VACANT_SLOT; size]);
        for slot in old.into_iter().filter(|slot| slot.len != VACANT) {
            let mut at = slot.key().hash() & (size - 1);
            while self.slots[at].len != VACANT {
                at = (at + 1) & (size - 1);
            }
            self.slots[at] = slot;
        }
    }

    /// Returns the word with this id, or the empty word if the id is not assigned yet.
    pub fn word(&self, id: u32) -> &str {
        if (id as usize) < self.len() { text_of(&self.starts, &self.text, id) } else { "" }
    }

    /// Returns all words in id order.
    pub fn words(&self) -> impl ExactSizeIterator<Item = &str> {
        self.starts.windows(2).map(|ends| &self.text[ends[0]..ends[1]])
    }

    /// Returns how often each word came, by id.
    ///
    /// The first call after a new word takes time linear in the number of words; later ones are
    /// free.
    pub fn counts(&self) -> &[u64] {
        self.listed.get_or_init(|| {
            let mut counts = vec![0; self.len()];
            for slot in self.slots.iter().filter(|slot| slot.len != VACANT) {
                counts[slot.id as usize] = slot.count;
            }
            counts
        })
    }

    /// Returns the number of words, including the three special ones.
    #[allow(clippy::len_without_is_empty, reason = "three words are always there")]
    pub fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// Returns the memory in use, in bytes.
    pub fn memory(&self) -> usize {
        self.slots.capacity() * size_of::<Slot>()
            + self.starts.capacity() * size_of::<usize>()
            + self.text.capacity()
    }

    /// Checks that every word got an id of its own.
    ///
    /// # Errors
    ///
    /// If a new word came after the ids had run out; it was counted as `<unk>`.
    pub fn complete(&self) -> Result<(), TooManyWords> {
        match self.refused {
            0 => Ok(()),
            refused => Err(TooManyWords { limit: self.limit, refused }),
        }
    }
}

#[inline]
fn text_of<'a>(starts: &[usize], text: &'a str, id: u32) -> &'a str {
    &text[starts[id as usize]..starts[id as usize + 1]]
}

impl Slot {
    #[inline]
    fn key(self) -> WordKey {
        WordKey { low: self.low, high: self.high, len: self.len }
    }

    #[inline]
    fn holds(&self, key: WordKey) -> bool {
        self.low == key.low && self.high == key.high && self.len == key.len
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    #[track_caller]
    fn agrees_with_a_hash_map(words: &[String]) {
        let mut interner = Interner::new();
        let mut expected: HashMap<&str, (u32, u64)> = HashMap::new();
        for (id, word) in (0..).zip(SPECIAL_WORDS) {
            expected.insert(word, (id, 0));
        }
        for word in words {
            let next = expected.len() as u32;
            let entry = expected.entry(word).or_insert((next, 0));
            entry.1 += 1;
            assert_eq!(interner.intern(word), entry.0, "{word:?}");
        }
        assert_eq!(interner.len(), expected.len());
        assert_eq!(interner.words().len(), expected.len());
        for (word, (id, count)) in expected {
            assert_eq!(interner.word(id), word);
            assert_eq!(interner.words().nth(id as usize), Some(word));
            assert_eq!(interner.counts()[id as usize], count);
        }
    }

    #[test]
    fn numbers_and_counts_as_a_hash_map_would() {
        let long = "x".repeat(100);
        let mut words: Vec<String> = (0..5000).map(|n| format!("{}", n * n % 977)).collect();
        words.extend(
            [
                "",
                "a",
                "aa",
                "aaa",
                "aba",
                "\0",
                "a\0",
                "\0a",
                "abcdefgh",
                "abcdefghijklmnop",
                "</s>",
            ]
            .map(String::from),
        );
        words.extend([long.clone(), format!("{long}y"), long]);
        agrees_with_a_hash_map(&words);
    }

    proptest! {
        /// Words of few letters, so that many differ in length alone.
        #[test]
        fn few_letters_of_any_length(words in prop::collection::vec("[ab\0]{0,20}", 0..300)) {
            agrees_with_a_hash_map(&words);
        }
    }

    #[test]
    fn long_words_with_the_same_hash_are_told_apart() {
        let mut interner = Interner::new();
        let key = WordKey { low: 1, high: 20, len: LONG };
        let numbers = ["a-word-of-20-letters", "another-of-20-letter", "a-word-of-20-letters"]
            .map(|word| interner.add_as(key, word, 1));
        assert_eq!(numbers, [3, 4, 3]);
        assert_eq!(interner.counts(), [0, 0, 0, 2, 1]);
    }

    #[test]
    fn counts_go_on_after_they_were_read() {
        let mut interner = Interner::new();
        interner.add("a", 5);
        assert_eq!(interner.counts(), [0, 0, 0, 5]);
        interner.add("a", 2);
        interner.add("b", 0);
        assert_eq!(interner.counts(), [0, 0, 0, 7, 0]);
    }

    #[test]
    fn a_number_that_is_not_given_names_no_word() {
        assert_eq!(Interner::new().word(3), "");
        assert_eq!(Interner::new().word(u32::MAX), "");
    }

    #[test]
    fn words_beyond_the_last_number_count_as_unknown() {
        let mut interner = Interner::with_limit(5);
        assert_eq!(
            ["a", "b", "c", "a", "d", "c"].map(|word| interner.intern(word)),
            [3, 4, 0, 3, 0, 0]
        );
        assert_eq!(interner.counts(), [3, 0, 0, 2, 1]);
        assert_eq!(interner.complete(), Err(TooManyWords { limit: 5, refused: 3 }));
        assert_eq!(Interner::new().complete(), Ok(()));
    }
}
