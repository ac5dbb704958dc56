//! Builds partitions: finds a slot for every n-gram whose history ends in one word, then writes the lines.

use super::WordEntry;
use super::line::{self, Entry, Line, LineKey};
use super::write::SuffixPart;
use super::{Homes, Place, WordHash};
use crate::{ScoredLevel, WriteError};
use ngram_tokenizer::prefetch;
use std::ops::Range;
use zerocopy::little_endian::U32;

/// Why a model does not fit the suffix layout.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SuffixError {
    /// There are more words, n-grams or bytes than the layout can number.
    #[error(
        "the model is larger than the suffix layout can be (256 GB of lines, 2^31 lines for one word): choose the compact layout"
    )]
    TooLarge,
    /// The table is damaged.
    #[error("the model's table is damaged ({what} of order {order}); see `ngram check`")]
    Table {
        /// What is wrong.
        what: &'static str,
        /// The order of the n-grams.
        order: usize,
    },
    /// The file could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// How full lines are on average, in percent. Fuller ones take longer to build, and more n-grams are moved.
const FILL: u64 = 90;

/// How many n-grams ahead to prefetch.
const AHEAD: usize = 16;

/// How many n-grams may be moved away, one for another, to make room for one.
const DEPTH: u32 = 4;

/// An n-gram of the partition.
#[derive(Clone, Copy)]
struct Ngram {
    /// The word that is stored.
    word: u32,
    /// The number of its suffix; for n-grams of two words, [`NONE`].
    suffix: u32,
    entry: Entry,
    home: u32,
    moved: bool,
    place: Place,
}

const NONE: u32 = u32::MAX;

impl Ngram {
    fn size(&self) -> u32 {
        2 + u32::from(self.entry.is_long())
    }
}

/// An n-gram as a history.
#[derive(Clone, Copy)]
pub struct HistoryWeight {
    /// log10 of its back-off weight.
    pub backoff: f32,
    /// Whether longer n-grams begin with it.
    pub followed: bool,
}

impl HistoryWeight {
    /// Of an n-gram that is not a history.
    pub const NONE: HistoryWeight = HistoryWeight { backoff: 0.0, followed: false };
}

/// The n-grams in a line while the partition is built.
#[derive(Clone, Copy)]
struct Slots {
    ngrams: [u32; 7],
    len: u8,
    /// The numbers that they take.
    size: u8,
}

impl Slots {
    const EMPTY: Slots = Slots { ngrams: [NONE; 7], len: 0, size: 0 };
}

/// Builds partitions, reusing memory.
pub struct Builder {
    is_wide: bool,
    ngrams: Vec<Ngram>,
    slots: Vec<Slots>,
    homes: Homes,
}

impl Builder {
    /// Creates a builder of partitions with narrow or wide keys.
    pub fn new(is_wide: bool) -> Builder {
        Builder { is_wide, ngrams: Vec::new(), slots: Vec::new(), homes: Homes::of(1) }
    }

    /// Adds an n-gram, after its suffix, whose number it takes. Shorter n-grams come first, and are numbered from 0 on.
    /// `word` is the one that is stored: the last of two, and the first of more.
    fn add(
        &mut self,
        word: u32,
        suffix: u32,
        log_prob: f32,
        HistoryWeight { backoff, followed }: HistoryWeight,
    ) {
        if let Some(suffix) = self.ngrams.get_mut(suffix as usize) {
            suffix.entry.extends = true;
        }
        let entry = Entry { log_prob, backoff, extends: false, followed };
        let (home, moved, place) = (Homes::ROOT, false, Place::ROOT);
        self.ngrams.push(Ngram { word, suffix, entry, home, moved, place });
    }

    /// Appends the lines of the partition to `lines`, and returns their number.
    fn finish(&mut self, lines: &mut Vec<Line>) -> Result<u32, SuffixError> {
        if self.ngrams.is_empty() {
            return Ok(0);
        }
        if self.ngrams.len() >= NONE as usize {
            return Err(SuffixError::TooLarge);
        }
        let sizes: u64 = self.ngrams.iter().map(|ngram| u64::from(ngram.size())).sum();
        let capacity = u64::from(line::capacity(self.is_wide));
        let mut count = sizes.div_ceil(capacity);
        if count > 4 {
            count = (sizes * 100).div_ceil(capacity * FILL);
        }
        while !self.place(count)? {
            count += count / 32 + 1;
        }
        match self.is_wide {
            false => self.write::<false>(lines),
            true => self.write::<true>(lines),
        }
        Ok(count as u32)
    }

    /// Finds a line for every n-gram among `count` lines; returns whether all have one.
    fn place(&mut self, count: u64) -> Result<bool, SuffixError> {
        if count >= 1 << 31 {
            return Err(SuffixError::TooLarge);
        }
        self.homes = Homes::of(count as u32);
        self.slots.clear();
        self.slots.resize(count as usize, Slots::EMPTY);
        for number in 0..self.ngrams.len() {
            let Ngram { word, suffix, .. } = self.ngrams[number];
            let home = self.ngrams.get(suffix as usize).map_or(Homes::ROOT, |suffix| suffix.home);
            let ngram = &mut self.ngrams[number];
            ngram.home = self.homes.longer(home, WordHash::of(word));
            ngram.moved = false;
        }
        for number in 0..self.ngrams.len() {
            if let Some(later) = self.ngrams.get(number + AHEAD) {
                prefetch(&self.slots[later.home as usize]);
            }
            let (home, size) = (self.ngrams[number].home, self.ngrams[number].size());
            if self.has_room(home, size) {
                self.put(home, number as u32);
                continue;
            }
            let second = self.second(number as u32);
            // As few moves as possible, at home if it can be.
            let mut at_home = self.has_room(second, size).then_some(false);
            for depth in 0..=DEPTH {
                if at_home.is_none() && self.make_room(home, size, depth) {
                    at_home = Some(true);
                }
                if at_home.is_none() && self.make_room(second, size, depth) {
                    at_home = Some(false);
                }
            }
            let Some(at_home) = at_home else { return Ok(false) };
            self.ngrams[number].moved = !at_home;
            self.put(if at_home { home } else { second }, number as u32);
        }
        Ok(true)
    }

    fn second(&self, number: u32) -> u32 {
        let ngram = &self.ngrams[number as usize];
        self.homes.second(ngram.home, WordHash::of(ngram.word).way())
    }

    #[inline(always)]
    fn has_room(&self, line: u32, size: u32) -> bool {
        let slots = &self.slots[line as usize];
        let is_room = u32::from(slots.size) + size <= line::capacity(self.is_wide);
        is_room & (usize::from(slots.len) < line::most(self.is_wide))
    }

    #[inline(always)]
    fn put(&mut self, line: u32, number: u32) {
        let size = self.ngrams[number as usize].size() as u8;
        let slots = &mut self.slots[line as usize];
        slots.ngrams[usize::from(slots.len)] = number;
        slots.len += 1;
        slots.size += size;
    }

    /// Moves an n-gram of a line to its other home, so that one of this size has room; the n-grams there make room
    /// in the same way, up to this depth. Those that came last, which are the longest, are moved first.
    fn make_room(&mut self, line: u32, size: u32, depth: u32) -> bool {
        for at in (0..usize::from(self.slots[line as usize].len)).rev() {
            let number = self.slots[line as usize].ngrams[at];
            let Some(ngram) = self.ngrams.get(number as usize) else { continue };
            let own = ngram.size();
            let other = if ngram.moved { ngram.home } else { self.second(number) };
            if other == line || !self.has_room_without(line, own, size) {
                continue;
            }
            if !self.has_room(other, own) && (depth == 0 || !self.make_room(other, own, depth - 1))
            {
                continue;
            }
            // Making room there may have changed this line.
            if self.has_room(line, size) {
                return true;
            }
            let is_there = self.slots[line as usize].ngrams[at] == number;
            if !is_there || !self.has_room_without(line, own, size) {
                continue;
            }
            let slots = &mut self.slots[line as usize];
            slots.ngrams.copy_within(at + 1.., at);
            slots.ngrams[6] = NONE;
            slots.len -= 1;
            slots.size -= own as u8;
            self.ngrams[number as usize].moved ^= true;
            self.put(other, number);
            return true;
        }
        false
    }

    /// Returns whether a line has room for an n-gram of this size once one of size `gone` is moved away.
    #[inline(always)]
    fn has_room_without(&self, line: u32, gone: u32, size: u32) -> bool {
        u32::from(self.slots[line as usize].size) + size <= line::capacity(self.is_wide) + gone
    }

    /// Writes the lines, in which all n-grams have their places.
    fn write<const IS_WIDE: bool>(&mut self, lines: &mut Vec<Line>) {
        // The n-grams that were moved away, sorted by home.
        let mut away: Vec<(u32, u32)> = Vec::new();
        for slots in &mut self.slots {
            let of_line = &mut slots.ngrams[..usize::from(slots.len)];
            // The order in which they were put there is the same in every run.
            of_line.sort_by_key(|&number| !self.ngrams[number as usize].entry.is_long());
            for (slot, &number) in (0..).zip(&*of_line) {
                let ngram = &mut self.ngrams[number as usize];
                if ngram.entry.extends {
                    ngram.place = Place::new(slot, ngram.moved, WordHash::of(ngram.word).way());
                }
                if ngram.moved {
                    away.push((ngram.home, number));
                }
            }
        }
        away.sort_unstable();
        let mut away = away.iter().peekable();
        lines.reserve(self.slots.len());
        for (line, slots) in (0..).zip(&self.slots) {
            let key = |number: u32| {
                let ngram = &self.ngrams[number as usize];
                let place = self.ngrams.get(ngram.suffix as usize);
                let place = place.map_or(Place::ROOT, |suffix| suffix.place);
                LineKey::new(ngram.word, place, ngram.moved)
            };
            let none = Entry { log_prob: 0.0, backoff: 0.0, extends: false, followed: false };
            let mut entries = [(LineKey { word: 0, rest: 0 }, none); 7];
            let count = usize::from(slots.len);
            for (entry, &number) in entries.iter_mut().zip(&slots.ngrams[..count]) {
                *entry = (key(number), self.ngrams[number as usize].entry);
            }
            let mut gone = Vec::new();
            while let Some(&(_, number)) = away.next_if(|(home, _)| *home == line) {
                gone.push(key(number));
            }
            lines.push(Line::new::<IS_WIDE>(&entries[..count], &gone));
        }
    }
}

/// Builds the partitions of a part of the trie of histories.
///
/// - `levels`: the histories of length 1, 2, …, each below its ending, with their successors, among which are all
///   n-grams that longer ones end or begin with;
/// - `unigrams`: log10 p of the words of the part, and each as a history;
/// - `weight(depth, at)`: what the n-gram at index `at` of the successors of `levels[depth]` is as a history.
pub fn part(
    builder: &mut Builder,
    levels: &[ScoredLevel],
    unigrams: &[(f32, HistoryWeight)],
    weight: impl Fn(usize, usize) -> HistoryWeight,
) -> Result<SuffixPart, SuffixError> {
    let mut part = SuffixPart {
        entries: Vec::with_capacity(unigrams.len()),
        lines: Vec::new(),
        successors: Vec::new(),
        counts: Vec::with_capacity(unigrams.len()),
    };
    for (word, &(log_prob, of_word)) in unigrams.iter().enumerate() {
        builder.ngrams.clear();
        let mut range = word..word + 1;
        // The histories one word shorter, and the number of the first n-gram that begins with one of them.
        let (mut shorter, mut base) = (0..0, 0);
        for (depth, level) in levels.iter().enumerate() {
            let own_base = builder.ngrams.len();
            if depth == 0 {
                let successors = ScoredLevel::range(&level.successor_ends, word);
                part.counts.push(successors.len() as u32);
                for at in successors {
                    let follows = level.successor_words[at];
                    part.successors.push(U32::new(follows));
                    builder.add(follows, NONE, level.log_probs[at], weight(depth, at));
                }
            } else {
                builder.longer(levels, depth, shorter, base, &weight)?;
            }
            base = own_base;
            shorter = range.clone();
            if level.child_ends.is_empty() {
                break;
            }
            range = runs(&level.child_ends, range);
        }
        let lines = builder.finish(&mut part.lines)?;
        part.entries.push(WordEntry::new(log_prob, of_word, lines));
    }
    part.counts.resize(unigrams.len(), 0);
    Ok(part)
}

/// Returns the elements of a range of runs that end at `ends`.
fn runs(ends: &[u32], range: Range<usize>) -> Range<usize> {
    let end = |run: usize| if run == 0 { 0 } else { ends[run - 1] as usize };
    end(range.start)..end(range.end)
}

impl Builder {
    /// Adds the n-grams that begin with the histories of `levels[depth]` that are longer by a word than `shorter`, of
    /// the level before. The n-grams that begin with those have numbers from `base` on.
    fn longer(
        &mut self,
        levels: &[ScoredLevel],
        depth: usize,
        shorter: Range<usize>,
        base: usize,
        weight: &impl Fn(usize, usize) -> HistoryWeight,
    ) -> Result<(), SuffixError> {
        let (above, level) = (&levels[depth - 1], &levels[depth]);
        let first = runs(&above.successor_ends, shorter.clone()).start;
        for parent in shorter {
            let suffixes = ScoredLevel::range(&above.successor_ends, parent);
            for history in ScoredLevel::range(&above.child_ends, parent) {
                let mut from = suffixes.start;
                for at in ScoredLevel::range(&level.successor_ends, history) {
                    let word = level.successor_words[at];
                    from += position(&above.successor_words[from..suffixes.end], word).ok_or(
                        SuffixError::Table { what: "an n-gram without its end", order: depth + 2 },
                    )?;
                    let suffix = (base + from - first) as u32;
                    self.add(level.words[history], suffix, level.log_probs[at], weight(depth, at));
                }
            }
        }
        Ok(())
    }
}

/// Finds a word in a rising list, in which it is most often near the start.
fn position(words: &[u32], word: u32) -> Option<usize> {
    let mut bound = 1;
    while bound < words.len() && words[bound] < word {
        bound *= 2;
    }
    let from = bound / 2;
    let head = &words[from..words.len().min(bound + 1)];
    head.binary_search(&word).ok().map(|at| from + at)
}
