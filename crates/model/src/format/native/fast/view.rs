//! Looking histories and successors up.

use super::{
    A, B, BACKOFFS, EXTENDS, Entry, LIST, Line, RECORDS, SHORT, SUCCESSORS, Successor, WORD,
    first_hash, home, home_of_word, list_lines, longer, tag,
};
use ngram_tokenizer::WordId;

/// A stored table in the fast layout. Wherever a damaged file leads, look-ups find nothing.
#[derive(Clone, Copy)]
pub(crate) struct FastView<'a> {
    pub directory: &'a [Entry],
    pub lines: &'a [Line],
    pub shorts: &'a [Successor],
    /// The order n.
    pub order: usize,
}

/// How the successors of a history are stored: the numbers `a` and `b`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Successors {
    pub a: u32,
    pub b: u32,
}

/// The same, read.
#[derive(Clone, Copy, Debug)]
enum Kind {
    /// At most one, here.
    One(Option<Found>),
    /// A short list: where it starts, counted from the partition's first, and its length.
    Short(u64, u32),
    /// A long list: where it starts, counted from the partition's first line, and its lines.
    Long(u64, u32),
}

impl Successors {
    #[inline(always)]
    fn kind(self) -> Kind {
        if self.a < LIST {
            return Kind::One(Some(Found::new(self.a, self.b)));
        }
        match self.a - LIST {
            0 => Kind::One(None),
            len if len as usize <= SHORT => Kind::Short(self.b.into(), len),
            len => Kind::Long(self.b.into(), list_lines(len.into()) as u32),
        }
    }
}

/// What is known of a history.
#[derive(Clone, Copy, Debug)]
pub(crate) struct History {
    /// log10 of its back-off weight.
    pub backoff: f32,
    pub(super) successors: Successors,
}

impl History {
    /// A history that changes nothing: no successors, and all left to the shorter one.
    pub(super) const NONE: History =
        History { backoff: 0.0, successors: Successors { a: LIST, b: 0 } };
}

/// A successor of a history.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Found {
    pub word: WordId,
    pub log_prob: f32,
    /// Whether the last words of the n-gram are a history: all, or all but the first if it is of
    /// the highest order.
    pub extends: bool,
}

impl Found {
    #[inline(always)]
    fn new(word_and_flags: u32, log_prob: u32) -> Found {
        Found {
            word: WordId(word_and_flags & WORD),
            log_prob: f32::from_bits(log_prob),
            extends: word_and_flags & EXTENDS != 0,
        }
    }
}

/// Where a word would stand among the successors of a history.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    /// In the history's record, if anywhere.
    One(Option<Found>),
    /// In a list that starts here among the short ones.
    Shorts { start: u64, len: u32 },
    /// In a list of `len` lines, in this line of it or after.
    Lines { start: u64, len: u32, home: u32 },
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
    /// log10 p of a word by itself.
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

    /// The line in which the history with this hash is found, or the first of several.
    #[inline(always)]
    pub fn home(&self, partition: &Partition, hash: u64) -> usize {
        partition.lines as usize + home(hash, partition.record_lines) as usize
    }

    /// The history with this hash. It must exist: of one that does not, anything may be said.
    #[inline(always)]
    pub fn history(&self, partition: &Partition, hash: u64) -> Option<History> {
        let tag = tag(hash);
        let lines = partition.record_lines;
        let mut line = home(hash, lines);
        for _ in 0..lines {
            let Line(numbers) = self.lines.get(partition.lines as usize + line as usize)?;
            let mut matches = 0u32;
            for slot in 0..RECORDS {
                matches |= u32::from(numbers[slot].get() == tag) << slot;
            }
            if matches != 0 {
                let slot = matches.trailing_zeros() as usize;
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
            line = if line + 1 == lines { 0 } else { line + 1 };
        }
        None
    }

    /// The place of `word` among the successors of a history of this partition.
    #[inline(always)]
    pub(super) fn place(
        &self,
        partition: &Partition,
        successors: Successors,
        word: WordId,
    ) -> Place {
        match successors.kind() {
            Kind::One(one) => Place::One(one.filter(|found| found.word == word)),
            Kind::Short(start, len) => Place::Shorts { start: partition.shorts + start, len },
            Kind::Long(start, len) => Place::Lines {
                start: u64::from(partition.lines) + start,
                len,
                home: home_of_word(word.0, len),
            },
        }
    }

    /// Looks for `word` in a short list.
    #[inline(always)]
    pub(super) fn in_shorts(&self, start: u64, len: u32, word: WordId) -> Option<Found> {
        let list = self.shorts.get(start as usize..start as usize + len as usize)?;
        let found = list.iter().find(|entry| entry.word_and_flags.get() & WORD == word.0)?;
        Some(Found::new(found.word_and_flags.get(), found.log_prob.get().to_bits()))
    }

    /// Looks for `word`, whose line is `home`, in a list of `len` lines.
    #[inline(always)]
    pub(super) fn in_lines(&self, start: u64, len: u32, home: u32, word: WordId) -> Option<Found> {
        let mut line = home;
        for _ in 0..len {
            let Line(numbers) = self.lines.get(start as usize + line as usize)?;
            let mut matches = 0u32;
            for slot in 0..SUCCESSORS {
                matches |= u32::from(numbers[slot].get() & WORD == word.0) << slot;
            }
            if matches != 0 {
                let slot = matches.trailing_zeros() as usize;
                return Some(Found::new(numbers[slot].get(), numbers[SUCCESSORS + slot].get()));
            }
            if numbers[0].get() & LIST == 0 {
                return None;
            }
            line = if line + 1 == len { 0 } else { line + 1 };
        }
        None
    }

    /// All successors of a history of this partition, by number.
    pub fn successors(&self, partition: &Partition, history: History) -> Vec<Found> {
        let mut found: Vec<Found> = match history.successors.kind() {
            Kind::One(one) => one.into_iter().collect(),
            Kind::Short(start, len) => {
                let start = (partition.shorts + start) as usize;
                let list = self.shorts.get(start..start + len as usize).unwrap_or_default();
                let entries =
                    list.iter().map(|entry| (entry.word_and_flags.get(), entry.log_prob.get()));
                entries.map(|(word, log_prob)| Found::new(word, log_prob.to_bits())).collect()
            }
            Kind::Long(start, len) => {
                let start = partition.lines as usize + start as usize;
                let lines = self.lines.get(start..start + len as usize).unwrap_or_default();
                let entries = lines.iter().flat_map(|Line(numbers)| {
                    let (words, log_probs) = numbers.split_at(SUCCESSORS);
                    words.iter().zip(log_probs)
                });
                entries
                    .filter(|(word, _)| word.get() & WORD != WORD)
                    .map(|(word, bits)| Found::new(word.get(), bits.get()))
                    .collect()
            }
        };
        found.sort_unstable_by_key(|found| found.word);
        found
    }

    /// The history of these words, which must exist, and its partition.
    pub fn find(&self, history: &[WordId]) -> Option<(Partition, History)> {
        let (&last, before) = history.split_last()?;
        let partition = self.partition(last);
        if before.is_empty() {
            return Some((partition, partition.word));
        }
        let hash = before.iter().rev().fold(partition.hash, |hash, word| longer(hash, word.0));
        Some((partition, self.history(&partition, hash)?))
    }
}
