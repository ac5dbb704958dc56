//! The suffix layout: n-grams in 64-byte lines, each found by a word and the place of its suffix.
//!
//! The *suffix* of an n-gram is the n-gram without its first word. A word is scored by growing an n-gram that ends in
//! it to the left: "c", "b c", "a b c", as far as they are stored. From two words on, these are in the *partition* of
//! b, an array of lines with all n-grams whose histories end in b. One step reads one line. The back-off weights that
//! the score needs belong to "b" and "a b", which were read one word earlier. So no history is looked up.
//!
//! # Why nothing is mistaken
//!
//! A line stores of an n-gram x·g (a word x, then the suffix g) only x and where g stands relative to the
//! *home* of g. Of an n-gram of two words, in the partition of the first, it stores the second as x; its suffix is
//! then the *root*, which is no n-gram and has a home and a place of its own. Word and place tell x·g from all others:
//!
//! - The home of a suffix is a line of the partition that depends on its words alone. The home of x·g is a
//!   permutation of the lines, chosen by x, applied to the home of g (`Homes::longer`). A permutation can be
//!   inverted (`Homes::shorter`): x and the home of x·g give the home of g.
//! - An n-gram stands in its home, or in its *second* home, which one of eleven fixed permutations gives
//!   (`Homes::second`); which of these *ways* depends on x alone. One bit tells whether it was moved. So its line, x
//!   and that bit give its home.
//! - The *place* of g, stored with x, is its slot within its line, and which way g went from its home, if any. So the
//!   home of g and its place give its line and slot.
//!
//! Thus a line and what is stored in it give x and the line and slot of g. By induction they give all words of the
//! n-gram, as g is shorter, down to the root. Two n-grams of a partition with the same line and the same key are
//! therefore the same. And a search compares whole keys, and knows the line and slot of g.
//!
//! With three ways, lines could be filled to some seven tenths; with eleven, it takes as few moves to fill seven eighths
//! as if second homes were random.
//!
//! # Sections
//!
//! | section | a record of | bytes |
//! |---|---|---|
//! | suffix-directory | each word, by id: its values, and where its partition is | 16 |
//! | successor-starts, successors (level 1) | the words that follow each word, as in the table layout | 4 |
//! | suffix-lines | the partitions of all words in turn, each with its `lists` behind it if it has some; of level 1 if keys are wide; see `line` | 64 |
//!
//! An n-gram's suffix and all of its words but the last are stored, too. Where pruning left them out, they have
//! NaN for log10 p.

mod block;
mod build;
mod line;
mod lists;
mod read;
mod restore;
mod state;
#[cfg(test)]
mod tests;
mod view;
mod write;

pub use block::Addition;
pub(crate) use block::WordBlock;
pub use build::{Builder, HistoryWeight, SuffixError, about_lines, part};
pub(crate) use line::{Line, NARROW_WORDS};
pub use lists::{LISTED, about_bytes};
pub(crate) use read::Ranges;
pub use state::{State, Stepper};
pub(crate) use view::SuffixView;
pub use write::{PartPlace, PartPlaces, PartWriter, SuffixPart};
pub(crate) use write::{for_each_part, write};

use crate::LogProb;
use zerocopy::little_endian::{F32, U32};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

/// A word's entry in the directory.
#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub(crate) struct WordEntry {
    /// log10 p of the word by itself.
    log_prob: F32,
    /// log10 of its back-off weight.
    backoff: F32,
    /// The first line of its partition.
    first_line: U32,
    /// The number of lines of its partition; bit 31 says that words follow.
    lines_and_flag: U32,
}

const FOLLOWED: u32 = 1 << 31;

impl WordEntry {
    fn new(
        log_prob: f32,
        HistoryWeight { backoff, followed }: HistoryWeight,
        first_line: u32,
        lines: u32,
    ) -> WordEntry {
        WordEntry {
            log_prob: F32::new(log_prob),
            backoff: F32::new(backoff),
            first_line: U32::new(first_line),
            lines_and_flag: U32::new(lines | if followed { FOLLOWED } else { 0 }),
        }
    }

    /// Returns the number of lines of its partition.
    #[inline(always)]
    fn lines(&self) -> u32 {
        self.lines_and_flag.get() & !FOLLOWED
    }

    /// Returns whether words follow.
    #[inline(always)]
    fn followed(&self) -> bool {
        self.lines_and_flag.get() & FOLLOWED != 0
    }

    /// Returns log10 p of the word by itself.
    pub fn log_prob(&self) -> LogProb {
        LogProb(self.log_prob.get())
    }
}

/// Ways from a home to the second home, numbered from 1. No way is [`AT_HOME`].
const WAYS: u32 = 11;

/// An n-gram that is in its home.
const AT_HOME: u32 = 0;

/// The hash of a word, which decides how it moves the home of a suffix.
#[derive(Clone, Copy)]
pub(crate) struct WordHash(u64);

impl WordHash {
    #[inline(always)]
    fn of(word: u32) -> WordHash {
        let product = u64::from(word ^ 0x5bd1_e995).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        WordHash(product ^ (product >> 32))
    }

    /// Returns which way to the second home the n-grams go with which the word is stored.
    #[inline(always)]
    fn way(self) -> u32 {
        1 + (self.0 >> 28) as u32 % WAYS
    }
}

/// The homes of the n-grams of a partition.
#[derive(Clone, Copy)]
struct Homes {
    /// The number of lines, from 1 to 2^31 − 1.
    lines: u32,
    /// The largest power of two that is not above the number of lines, minus 1.
    mask: u32,
}

impl Homes {
    /// The home of the root, from which all others start.
    const ROOT: u32 = 0;

    #[inline(always)]
    fn of(lines: u32) -> Homes {
        Homes { lines, mask: u32::MAX >> (lines | 1).leading_zeros() >> 1 }
    }

    /// Returns how far a word turns the homes.
    #[inline(always)]
    fn turn(self, first: WordHash) -> u32 {
        (((first.0 >> 32) * u64::from(self.lines)) >> 32) as u32
    }

    /// Returns the home of an n-gram, given its first word and the home of its suffix.
    ///
    /// Turns alone would give n-grams of the same words in another order the same home.
    #[inline(always)]
    fn longer(self, home: u32, first: WordHash) -> u32 {
        let swapped = if home <= self.mask { home ^ (first.0 as u32 & self.mask) } else { home };
        self.turned(swapped, self.turn(first))
    }

    /// Returns the home of the suffix of an n-gram: the inverse of [`Homes::longer`].
    fn shorter(self, home: u32, first: WordHash) -> u32 {
        let swapped = self.turned(home, self.lines - self.turn(first));
        if swapped <= self.mask { swapped ^ (first.0 as u32 & self.mask) } else { swapped }
    }

    /// Returns the second home of an n-gram with this home that goes this way.
    ///
    /// Each way is a permutation, too. Fixed distances would join the lines to a ring, in which n-grams cannot leave a
    /// part that is crowded by chance.
    #[inline(always)]
    fn second(self, home: u32, way: u32) -> u32 {
        self.longer(home, WordHash::of(u32::MAX - way))
    }

    /// Returns the home of an n-gram with this second home that goes this way.
    fn first(self, second: u32, way: u32) -> u32 {
        self.shorter(second, WordHash::of(u32::MAX - way))
    }

    #[inline(always)]
    fn turned(self, home: u32, by: u32) -> u32 {
        let sum = home + by;
        if sum >= self.lines { sum - self.lines } else { sum }
    }
}

/// Where an n-gram stands relative to its home, as the first word of a longer one is stored with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place(u32);

impl Place {
    /// Of the root, the suffix of all n-grams of two words.
    const ROOT: Place = Place(63);

    /// Returns the place in a slot, at home or moved this way. Only the first [`line::LONG`]
    /// slots of a line have n-grams that longer ones end in.
    #[inline(always)]
    fn new(slot: u32, way: u32) -> Place {
        Place((slot + line::LONG as u32 * way) & 63)
    }

    /// Returns the part of the key of a longer n-gram that is beside its word, if it is at home.
    #[inline(always)]
    fn rest(self) -> u32 {
        self.0 << 1
    }

    /// Returns the slot and the way.
    fn slot_and_way(self) -> (u32, u32) {
        (self.0 % line::LONG as u32, self.0 / line::LONG as u32)
    }
}

#[cfg(test)]
mod home_tests {
    use super::*;

    /// All that exactness rests on: for every number of lines, homes are a permutation with the stated inverse.
    #[test]
    fn homes_are_permutations_and_can_be_inverted() {
        for lines in (1..200).chain([255, 256, 257, 1000, 1023, 1024, 1025]) {
            let homes = Homes::of(lines);
            assert!(homes.mask < lines && lines <= 2 * (homes.mask + 1), "{lines}");
            for word in (0..40).chain([1 << 24, u32::MAX]) {
                let first = WordHash::of(word);
                let mut seen = vec![false; lines as usize];
                for home in 0..lines {
                    let longer = homes.longer(home, first);
                    assert!(!std::mem::replace(&mut seen[longer as usize], true));
                    assert_eq!(homes.shorter(longer, first), home);
                    let way = first.way();
                    assert_eq!(homes.first(homes.second(home, way), way), home);
                }
            }
        }
    }

    #[test]
    fn places_are_distinct_and_can_be_read() {
        let mut seen = [false; 64];
        seen[Place::ROOT.0 as usize] = true;
        for way in AT_HOME..=WAYS {
            for slot in 0..line::LONG as u32 {
                let place = Place::new(slot, way);
                assert!(!std::mem::replace(&mut seen[place.0 as usize], true));
                assert_eq!(place.slot_and_way(), (slot, way));
            }
        }
        let words = (0..1000).map(|word| WordHash::of(word).way());
        assert!(words.min() == Some(1) && (0..1000).any(|word| WordHash::of(word).way() == WAYS));
    }

    /// Words in another order have other homes: a hundred characters make many n-grams.
    #[test]
    fn homes_of_few_words_are_spread_evenly() {
        let homes = Homes::of(3000);
        let mut counts = vec![0u32; 3000];
        for a in 3..33 {
            for b in 3..33 {
                for c in 3..33 {
                    let home = [c, b, a]
                        .iter()
                        .fold(Homes::ROOT, |home, &word| homes.longer(home, WordHash::of(word)));
                    counts[home as usize] += 1;
                }
            }
        }
        // 27,000 n-grams: 9 a line on average, and 99.99 % of lines of a random spread have fewer than 23.
        let crowded = counts.iter().filter(|&&count| count > 23).count();
        assert!(crowded <= 6, "{crowded}");
    }
}
