//! Looks up histories and successors.

use super::{
    A, B, BACKOFFS, EXTENDS, LIST, Line, RECORDS, SHORT, SUCCESSORS, Successor, WORD, WordEntry,
    first_hash, home, home_of_word, list_lines, longer, tag,
};
use ngram_tokenizer::WordId;
use wide::i32x4;
use zerocopy::little_endian::U32;

/// A stored table in the fast layout. In a damaged file, look-ups that lead out of range find nothing.
#[derive(Clone, Copy)]
pub(crate) struct FastView<'a> {
    pub directory: &'a [WordEntry],
    pub lines: &'a [Line],
    pub shorts: &'a [Successor],
    /// The order n.
    pub order: usize,
}

/// The numbers `a` and `b` that locate the successors of a history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Successors {
    pub a: u32,
    pub b: u32,
}

impl Successors {
    /// Returns the number of successors.
    #[inline(always)]
    pub fn len(self) -> usize {
        if self.a < LIST { 1 } else { (self.a - LIST) as usize }
    }

    /// Returns the number of lines of a long list.
    #[inline(always)]
    fn lines(self) -> u32 {
        list_lines(u64::from(self.a & !LIST)) as u32
    }
}

/// The stored data of a history.
#[derive(Clone, Copy, Debug)]
pub(crate) struct History {
    /// log10 of its back-off weight.
    pub backoff: f32,
    pub(super) successors: Successors,
}

impl History {
    /// A history without effect: no successors, and back-off weight 1.
    pub(super) const NONE: History =
        History { backoff: 0.0, successors: Successors { a: LIST, b: 0 } };
}

/// The result of searching for a word among successors.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct FoundSuccessor {
    /// Whether it was found. If not, the other fields are meaningless.
    pub is: bool,
    pub word: WordId,
    pub log_prob: f32,
    /// Whether the last words of the n-gram are a history: all of them, or all but the first if it
    /// is of the highest order.
    pub extends: bool,
}

impl FoundSuccessor {
    const NOTHING: FoundSuccessor =
        FoundSuccessor { is: false, word: WordId::UNKNOWN, log_prob: 0.0, extends: false };

    #[inline(always)]
    fn new(is: bool, word_and_flags: u32, log_prob: u32) -> FoundSuccessor {
        FoundSuccessor {
            is,
            word: WordId(word_and_flags & WORD),
            log_prob: f32::from_bits(log_prob),
            extends: word_and_flags & EXTENDS != 0,
        }
    }
}

/// Where a word can be among the successors of a history.
#[derive(Clone, Copy, Debug)]
pub(super) enum Spot {
    /// In the history's own record, or nowhere.
    One(FoundSuccessor),
    /// In the short list that starts here.
    Short(u64),
    /// In a long list, in this line or after.
    Line(u64),
}

/// The result of searching one line of a long list.
#[derive(Clone, Copy, Debug)]
pub(super) enum InLine {
    Found(FoundSuccessor),
    /// It may be in a later line.
    Further,
}

/// Compares numbers, without their flags, with a word: returns one bit for each.
#[inline(always)]
fn equal<const N: usize>(numbers: &[U32], word: u32) -> u32 {
    let mut bits = 0;
    for group in 0..N / 4 {
        let four: [i32; 4] = std::array::from_fn(|slot| numbers[group * 4 + slot].get() as i32);
        let words = i32x4::new(four) & i32x4::splat(WORD as i32);
        bits |= words.simd_eq(i32x4::splat(word as i32)).to_bitmask() << (4 * group);
    }
    bits
}

/// The partition of the histories that end in one word.
#[derive(Clone, Copy)]
pub(crate) struct Partition {
    pub(super) lines: u32,
    pub(super) record_lines: u32,
    pub(super) shorts: u64,
    pub(super) hash: u64,
    /// The word itself as a history.
    pub word: History,
}

impl<'a> FastView<'a> {
    /// Returns log10 p of a word as a unigram.
    #[inline(always)]
    pub fn unigram(&self, word: WordId) -> f32 {
        self.directory.get(word.index()).map_or(f32::NEG_INFINITY, |entry| entry.log_prob.get())
    }

    #[inline(always)]
    pub fn partition(&self, word: WordId) -> Partition {
        // The directory has as many entries as the vocabulary has words.
        let at = if word.index() < self.directory.len() { word.index() } else { 0 };
        let entry = &self.directory[at];
        let shorts_and_seed = entry.shorts_and_seed.get();
        Partition {
            lines: entry.lines.get(),
            record_lines: entry.record_lines.get(),
            shorts: shorts_and_seed & ((1 << 40) - 1),
            hash: first_hash(shorts_and_seed >> 40),
            word: History {
                backoff: entry.backoff.get(),
                successors: Successors { a: entry.a.get(), b: entry.b.get() },
            },
        }
    }

    /// Returns the home line of the history with this hash, where the search for it starts.
    #[inline(always)]
    pub fn home(&self, partition: &Partition, hash: u64) -> u64 {
        u64::from(partition.lines) + u64::from(home(hash, partition.record_lines))
    }

    /// Returns the history with this hash, whose home line is `home`. It must exist; otherwise the
    /// result is arbitrary.
    #[inline(always)]
    pub fn history(&self, partition: &Partition, home: u64, hash: u64) -> Option<History> {
        let tag = tag(hash);
        let mut line = home as usize;
        for _ in 0..partition.record_lines {
            let Line(numbers) = self.lines.get(line)?;
            let tags: [i32; RECORDS] = std::array::from_fn(|slot| numbers[slot].get() as i32);
            let matches = i32x4::new(tags).simd_eq(i32x4::splat(tag as i32)).to_bitmask();
            if matches != 0 {
                let slot = matches.trailing_zeros() as usize % RECORDS;
                return Some(History {
                    backoff: f32::from_bits(numbers[BACKOFFS + slot].get()),
                    successors: Successors {
                        a: numbers[A + slot].get(),
                        b: numbers[B + slot].get(),
                    },
                });
            }
            if numbers[RECORDS - 1].get() == 0 {
                return None;
            }
            line += 1;
            if line == partition.lines as usize + partition.record_lines as usize {
                line = partition.lines as usize;
            }
        }
        None
    }

    /// Returns the place of `word` among the successors of a history of this partition.
    #[inline(always)]
    pub(super) fn place(
        &self,
        partition: &Partition,
        successors: Successors,
        word: WordId,
    ) -> Spot {
        let Successors { a, b } = successors;
        if a <= LIST {
            // Without successors the stored id is above all words.
            return Spot::One(FoundSuccessor::new(a & !EXTENDS == word.0, a, b));
        }
        if a - LIST <= SHORT as u32 {
            return Spot::Short(partition.shorts + u64::from(b));
        }
        let home = home_of_word(word.0, successors.lines());
        Spot::Line(u64::from(partition.lines) + u64::from(b) + u64::from(home))
    }

    /// Looks for `word` in a short list.
    #[inline(always)]
    pub(super) fn in_short(&self, start: u64, len: usize, word: WordId) -> FoundSuccessor {
        let list = self.shorts.get(start as usize..start as usize + len).unwrap_or_default();
        let mut found = FoundSuccessor::NOTHING;
        for successor in list {
            let (number, bits) = (successor.word_and_flags.get(), successor.log_prob.get());
            if number & WORD == word.0 {
                found = FoundSuccessor::new(true, number, bits.to_bits());
            }
        }
        found
    }

    /// Looks for `word` in one line of a long list.
    #[inline(always)]
    pub(super) fn in_line(&self, line: u64, word: WordId) -> InLine {
        let Some(Line(numbers)) = self.lines.get(line as usize) else {
            return InLine::Found(FoundSuccessor::NOTHING);
        };
        let matches = equal::<SUCCESSORS>(numbers, word.0);
        if (matches == 0) & (numbers[0].get() & LIST != 0) {
            return InLine::Further;
        }
        let slot = matches.trailing_zeros() as usize % SUCCESSORS;
        let (number, bits) = (numbers[slot].get(), numbers[SUCCESSORS + slot].get());
        InLine::Found(FoundSuccessor::new(matches != 0, number, bits))
    }

    /// Looks for `word` in a long list, from its home line on.
    #[cold]
    pub(super) fn in_lines(
        &self,
        partition: &Partition,
        successors: Successors,
        word: WordId,
    ) -> FoundSuccessor {
        let lines = successors.lines();
        let start = u64::from(partition.lines) + u64::from(successors.b);
        let mut line = home_of_word(word.0, lines);
        for _ in 0..lines {
            if let InLine::Found(found) = self.in_line(start + u64::from(line), word) {
                return found;
            }
            line = if line + 1 == lines { 0 } else { line + 1 };
        }
        FoundSuccessor::NOTHING
    }

    /// Returns all successors of a history of this partition, by word id.
    pub fn successors(&self, partition: &Partition, history: History) -> Vec<FoundSuccessor> {
        let successors = history.successors;
        let Successors { a, b } = successors;
        let mut found: Vec<FoundSuccessor> = if a < LIST {
            vec![FoundSuccessor::new(true, a, b)]
        } else if successors.len() <= SHORT {
            let start = partition.shorts as usize + b as usize;
            let list = self.shorts.get(start..start + successors.len()).unwrap_or_default();
            list.iter()
                .map(|successor| (successor.word_and_flags.get(), successor.log_prob.get()))
                .map(|(word, log_prob)| FoundSuccessor::new(true, word, log_prob.to_bits()))
                .collect()
        } else {
            let start = partition.lines as usize + b as usize;
            let lines = self.lines.get(start..start + successors.lines() as usize);
            let entries = lines.unwrap_or_default().iter().flat_map(|Line(numbers)| {
                let (words, log_probs) = numbers.split_at(SUCCESSORS);
                words.iter().zip(log_probs)
            });
            entries
                .filter(|(word, _)| word.get() & WORD != WORD)
                .map(|(word, bits)| FoundSuccessor::new(true, word.get(), bits.get()))
                .collect()
        };
        found.sort_unstable_by_key(|found| found.word);
        found
    }

    /// Returns the history of these words, which must exist, and its partition.
    pub fn find(&self, history: &[WordId]) -> Option<(Partition, History)> {
        let (&last, before) = history.split_last()?;
        let partition = self.partition(last);
        if before.is_empty() {
            return Some((partition, partition.word));
        }
        let hash = before.iter().rev().fold(partition.hash, |hash, word| longer(hash, word.0));
        let home = self.home(&partition, hash);
        Some((partition, self.history(&partition, home, hash)?))
    }
}
