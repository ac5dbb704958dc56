//! The kinds of contexts whose successors are counted in the training text, one line each.

use crate::seen::folded;
use ngram_tokenizer::WordId;

/// How far back contexts reach.
pub const REACH: usize = 32;
/// How far back classes are asked for.
const CLASSES: usize = 4;
/// How many of the rarest words are told apart.
const RAREST: usize = 3;

/// A part of a context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContextPart {
    /// The word so many tokens back, from 1.
    Word(usize),
    /// Its class.
    Class(usize),
    /// Of the words up to so many tokens back, but not the last, the rarest (1), the second rarest (2), and so on.
    Rarest(usize, usize),
}

/// A kind of contexts.
#[derive(Debug, PartialEq, Eq)]
pub struct ContextKind {
    /// Its name, also of its file: from the far end, `w` for a word, `c` for its class, `-` for a word that may be any.
    pub name: &'static str,
    /// The kind of its end, which it falls back to.
    pub shorter: Option<&'static str>,
    parts: &'static [ContextPart],
    /// Contexts in texts of different sources are different.
    pub is_by_source: bool,
}

use ContextPart::{Class as C, Rarest as R, Word as W};

/// Every kind; a shorter context is before those that it is the end of.
pub const KINDS: &[ContextKind] = &[
    kind("wc", None, &[W(2), C(1)]),
    kind("cw", None, &[C(2), W(1)]),
    kind("ccw", Some("cw"), &[C(3), C(2), W(1)]),
    kind("ccc", None, &[C(3), C(2), C(1)]),
    kind("cccc", Some("ccc"), &[C(4), C(3), C(2), C(1)]),
    kind("w-", None, &[W(2)]),
    kind("ww-", Some("w-"), &[W(3), W(2)]),
    kind("w-w", None, &[W(3), W(1)]),
    kind("w-ww", Some("w-w"), &[W(4), W(2), W(1)]),
    kind("rare-8", None, &[R(8, 1)]),
    kind("rare-8-w", None, &[R(8, 1), W(1)]),
    kind("rare-32", None, &[R(32, 1)]),
    kind("rare-32-2nd", None, &[R(32, 2)]),
    kind("rare-32-3rd", None, &[R(32, 3)]),
    ContextKind { is_by_source: true, ..kind("source-w", None, &[W(1)]) },
    ContextKind { is_by_source: true, ..kind("source-ww", Some("source-w"), &[W(2), W(1)]) },
    ContextKind {
        is_by_source: true,
        ..kind("source-www", Some("source-ww"), &[W(3), W(2), W(1)])
    },
];

const fn kind(
    name: &'static str,
    shorter: Option<&'static str>,
    parts: &'static [ContextPart],
) -> ContextKind {
    ContextKind { name, shorter, parts, is_by_source: false }
}

/// The last words and their classes, the nearest first.
#[derive(Clone, Copy, Debug)]
pub struct RecentTokens {
    words: [u32; REACH],
    classes: [u32; CLASSES],
}

impl RecentTokens {
    /// Returns what is before the first word of a line: beginnings of lines.
    pub fn before_line() -> RecentTokens {
        RecentTokens { words: [WordId::BEGIN.0; REACH], classes: [u32::MAX; CLASSES] }
    }

    /// Returns the rarest of the words up to `back` tokens back, but not the last; or the second rarest, and so on.
    fn rarest(&self, back: usize, place: usize) -> u32 {
        // Ids are by falling frequency. The highest so far, the very highest first.
        let mut highest = [0; RAREST];
        for &word in &self.words[1..back] {
            if word <= highest[RAREST - 1] || highest.contains(&word) {
                continue;
            }
            let at = highest.partition_point(|&other| other > word);
            highest[at..].rotate_right(1);
            highest[at] = word;
        }
        highest[place - 1]
    }

    /// Moves past a word of this class.
    pub fn push(&mut self, word: u32, class: u32) {
        self.words.copy_within(..REACH - 1, 1);
        self.classes.copy_within(..CLASSES - 1, 1);
        (self.words[0], self.classes[0]) = (word, class);
    }
}

impl ContextKind {
    /// Returns the hash of the context of this kind, in a text of the source `source`.
    pub fn hash(&self, recent: &RecentTokens, source: usize) -> u64 {
        let mut parts = [0; 4];
        for (part, number) in self.parts.iter().zip(&mut parts) {
            *number = match *part {
                ContextPart::Word(back) => recent.words[back - 1],
                ContextPart::Class(back) => recent.classes[back - 1],
                ContextPart::Rarest(back, place) => recent.rarest(back, place),
            };
        }
        let parts = &parts[..self.parts.len()];
        let first = if self.is_by_source { source as u64 + 1 } else { 0 };
        parts.iter().fold(folded(first ^ 0x5851_f42d), |hash, &part| folded(hash ^ u64::from(part)))
    }
}
