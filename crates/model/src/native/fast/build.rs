//! Builds a part of the table: the partitions of a run of words.

use super::super::WriteError;
use super::{
    A, B, BACKOFFS, EXTENDS, LIST, Line, RECORDS, SHORT, SUCCESSORS, Successor, WORD, WordEntry,
    first_hash, home, home_of_word, list_lines, longer, record_lines, tag,
};
use crate::ScoredLevel;
use std::ops::{AddAssign, Range};
use zerocopy::little_endian::{F32, U32, U64};

/// The space that partitions take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// Lines of 64 bytes.
    pub lines: u64,
    /// Successors in short lists, of 8 bytes.
    pub shorts: u64,
}

impl AddAssign for Size {
    fn add_assign(&mut self, other: Size) {
        self.lines += other.lines;
        self.shorts += other.shorts;
    }
}

/// The position of the partitions of a run of words among all partitions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PartitionPlace {
    /// The space of all partitions before.
    pub before: Size,
    /// The space of these partitions.
    pub own: Size,
}

/// Lays partitions out in sequence; returns the place of each, and the total space.
pub fn places(sizes: impl IntoIterator<Item = Size>) -> (Vec<PartitionPlace>, Size) {
    let mut total = Size::default();
    let places = sizes.into_iter().map(|own| {
        let before = total;
        total += own;
        PartitionPlace { before, own }
    });
    (places.collect(), total)
}

/// The built partitions of a run of words.
pub struct FastPart {
    /// What the directory says of each word.
    pub entries: Vec<WordEntry>,
    /// Records and successors.
    pub lines: Vec<Line>,
    /// Lists too short for lines of their own.
    pub shorts: Vec<Successor>,
}

/// Maximum number of seeds to try. With 32-bit tags, one partition of a hundred million histories
/// takes two or three.
const SEEDS: u64 = 1 << 10;

/// The ends of the children and of the successors of the histories of one length.
#[derive(Clone, Copy)]
pub struct Ends<'a> {
    /// One end for each history.
    pub children: &'a [u32],
    /// One end for each history.
    pub successors: &'a [u32],
}

/// Returns the space that the partitions of a part of the trie take. The part has `words` words;
/// `levels` are its history lengths.
pub fn measure(levels: &[Ends], words: usize) -> Size {
    let mut size = Size::default();
    for word in 0..words {
        size += measure_word(levels, word);
    }
    size
}

fn measure_word(levels: &[Ends], word: usize) -> Size {
    let mut size = Size::default();
    let mut records = 0;
    let mut range = word..word + 1;
    for (depth, level) in levels.iter().enumerate() {
        if depth > 0 {
            records += range.len() as u64;
        }
        let mut start = if range.start == 0 { 0 } else { level.successors[range.start - 1] };
        for &end in &level.successors[range.clone()] {
            let successors = u64::from(end - start);
            start = end;
            if successors > SHORT as u64 {
                size.lines += list_lines(successors);
            } else if successors > 1 {
                size.shorts += successors;
            }
        }
        if depth + 1 < levels.len() {
            range = runs(level.children, range);
        }
    }
    size.lines += record_lines(records);
    size
}

/// Returns the elements of a range of runs that end at `ends`.
fn runs(ends: &[u32], range: Range<usize>) -> Range<usize> {
    let end = |run: usize| if run == 0 { 0 } else { ends[run - 1] as usize };
    end(range.start)..end(range.end)
}

/// Builds the partitions of the words `words` of a part of the trie.
///
/// - `unigrams`: log10 p of these words;
/// - `place`: the space that all partitions before take, and the space that these take;
/// - `extends(depth, history, successor)`: whether the last words of this n-gram are themselves a
///   history: all of them, or all but the first if it is of the highest order. The history is given
///   by its length minus 1 and its index in `levels`, the successor by its index there.
///
/// # Errors
///
/// [`LayoutError::NoSeed`] if no seed tells all histories of a word apart.
pub fn build(
    levels: &[ScoredLevel],
    words: Range<usize>,
    unigrams: &[f32],
    place: PartitionPlace,
    extends: impl Fn(usize, usize, usize) -> bool,
) -> Result<FastPart, LayoutError> {
    let part = FastPart {
        entries: Vec::with_capacity(words.len()),
        lines: Vec::with_capacity(place.own.lines as usize),
        shorts: Vec::with_capacity(place.own.shorts as usize),
    };
    let mut builder = Builder { levels, part, hashes: vec![Vec::new(); levels.len()], extends };
    for (word, &log_prob) in words.zip(unigrams) {
        builder.word(word, log_prob, place.before)?;
    }
    Ok(builder.part)
}

/// Why a model does not fit the fast layout.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LayoutError {
    /// No seed tried tells all histories of a word apart by 32 bits of their hashes.
    #[error("one word has too many histories for the fast layout: choose the compact layout")]
    NoSeed,
    /// There are more words, n-grams or bytes than the layout can number.
    #[error(
        "the model is larger than the fast layout can be (2^30 words, 256 GB of histories): choose the compact layout"
    )]
    TooLarge,
    /// The file could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

struct Builder<'a, E> {
    levels: &'a [ScoredLevel],
    part: FastPart,
    /// For each depth, the hashes of the histories of the word being built.
    hashes: Vec<Vec<u64>>,
    extends: E,
}

impl<E: Fn(usize, usize, usize) -> bool> Builder<'_, E> {
    fn word(&mut self, word: usize, log_prob: f32, before: Size) -> Result<(), LayoutError> {
        let levels = self.levels;
        let first_line = self.part.lines.len();
        let first_short = self.part.shorts.len();
        let mut entry = WordEntry {
            log_prob: F32::new(log_prob),
            backoff: F32::new(0.0),
            a: U32::new(LIST),
            b: U32::new(0),
            lines: U32::new((before.lines + first_line as u64) as u32),
            record_lines: U32::new(0),
            shorts_and_seed: U64::new(before.shorts + first_short as u64),
        };
        let Some(level) = levels.first() else {
            self.part.entries.push(entry);
            return Ok(());
        };
        let mut ranges = Vec::with_capacity(levels.len());
        ranges.push(word..word + 1);
        for level in &levels[..levels.len() - 1] {
            let last = ranges[ranges.len() - 1].clone();
            ranges.push(runs(&level.child_ends, last));
        }
        let records: usize = ranges[1..].iter().map(Range::len).sum();
        let record_lines = record_lines(records as u64) as usize;
        self.part.lines.resize(first_line + record_lines, Line([U32::new(0); 16]));
        let mut seed = 0;
        while !self.place(first_line, record_lines as u32, seed, &ranges) {
            seed += 1;
            if seed == SEEDS {
                return Err(LayoutError::NoSeed);
            }
            self.part.lines[first_line..].fill(Line([U32::new(0); 16]));
        }
        entry.backoff = F32::new(level.backoffs[word]);
        let (a, b) = self.successors(0, word, first_line, first_short);
        (entry.a, entry.b) = (U32::new(a), U32::new(b));
        for depth in 1..levels.len() {
            for (index, history) in ranges[depth].clone().enumerate() {
                let (a, b) = self.successors(depth, history, first_line, first_short);
                let at = self.hashes[depth][index] as usize;
                let Line(numbers) = &mut self.part.lines[at / RECORDS];
                let slot = at % RECORDS;
                numbers[BACKOFFS + slot] = U32::new(levels[depth].backoffs[history].to_bits());
                numbers[A + slot] = U32::new(a);
                numbers[B + slot] = U32::new(b);
            }
        }
        entry.record_lines = U32::new(record_lines as u32);
        entry.shorts_and_seed = U64::new(entry.shorts_and_seed.get() | seed << 40);
        self.part.entries.push(entry);
        Ok(())
    }

    /// Finds a place for every history of a word, and replaces its hash by the index of this place.
    /// Returns false if two could be confused.
    fn place(&mut self, first: usize, lines: u32, seed: u64, ranges: &[Range<usize>]) -> bool {
        self.hashes[0].clear();
        self.hashes[0].push(first_hash(seed));
        for depth in 1..ranges.len() {
            let (shorter, rest) = self.hashes.split_at_mut(depth);
            let (parents, own) = (&shorter[depth - 1], &mut rest[0]);
            own.clear();
            let level = &self.levels[depth - 1];
            let words = &self.levels[depth].words;
            let mut child = ranges[depth].start;
            for (&parent, history) in parents.iter().zip(ranges[depth - 1].clone()) {
                let end = level.child_ends[history] as usize;
                own.extend(words[child..end].iter().map(|&word| longer(parent, word)));
                child = end;
            }
        }
        // Short histories are placed first: they are looked up most, so they get their home lines.
        for depth in 1..ranges.len() {
            for hash in &mut self.hashes[depth] {
                let mut line = home(*hash, lines);
                let tag = tag(*hash);
                'line: loop {
                    let at = first + line as usize;
                    for slot in 0..RECORDS {
                        let stored = &mut self.part.lines[at].0[slot];
                        match stored.get() {
                            0 => {
                                *stored = U32::new(tag);
                                *hash = (at * RECORDS + slot) as u64;
                                break 'line;
                            }
                            other if other == tag => return false,
                            _ => {}
                        }
                    }
                    line = if line + 1 == lines { 0 } else { line + 1 };
                }
            }
        }
        true
    }

    /// Stores the successors of a history; returns the numbers `a` and `b` that locate them.
    fn successors(
        &mut self,
        depth: usize,
        history: usize,
        first_line: usize,
        first_short: usize,
    ) -> (u32, u32) {
        let level = &self.levels[depth];
        let range = ScoredLevel::range(&level.successor_ends, history);
        let count = range.len();
        let word = |at: usize| {
            let flag = if (self.extends)(depth, history, at) { EXTENDS } else { 0 };
            level.successor_words[at] | flag
        };
        match count {
            0 => (LIST, 0),
            1 => (word(range.start), level.log_probs[range.start].to_bits()),
            2..=SHORT => {
                let start = self.part.shorts.len();
                let successor = |at: usize| Successor {
                    word_and_flags: U32::new(word(at)),
                    log_prob: F32::new(level.log_probs[at]),
                };
                self.part.shorts.extend(range.map(successor));
                (LIST + count as u32, (start - first_short) as u32)
            }
            _ => {
                let lines = list_lines(count as u64) as u32;
                let start = self.part.lines.len();
                let mut empty = Line([U32::new(0); 16]);
                empty.0[..SUCCESSORS].fill(U32::new(WORD));
                self.part.lines.resize(start + lines as usize, empty);
                for at in range {
                    let mut line = home_of_word(level.successor_words[at], lines);
                    loop {
                        let stored = &mut self.part.lines[start + line as usize].0;
                        let free = (0..SUCCESSORS).find(|&slot| stored[slot].get() & WORD == WORD);
                        if let Some(slot) = free {
                            let kept = stored[slot].get() & LIST;
                            stored[slot] = U32::new(word(at) | kept);
                            stored[SUCCESSORS + slot] = U32::new(level.log_probs[at].to_bits());
                            break;
                        }
                        stored[0] = U32::new(stored[0].get() | LIST);
                        line = if line + 1 == lines { 0 } else { line + 1 };
                    }
                }
                (LIST + count as u32, (start - first_line) as u32)
            }
        }
    }
}
