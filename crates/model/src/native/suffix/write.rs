//! Writes a table to a file in the suffix layout.

use super::super::{Kind, Writer};
use super::build::{Builder, HistoryWeight, SuffixError};
use super::line::{Line, NARROW_WORDS};
use super::read::WIDE_LEVEL;
use super::{WordEntry, build};
use crate::backwards::{Backwards, Disorder};
use crate::table::{OwnedStarts, TableView};
use crate::{ModelInfo, ScoredLevel};
use ngram_tokenizer::VocabView;
use rayon::prelude::*;
use std::ops::Range;
use zerocopy::IntoBytes;
use zerocopy::little_endian::U32;

/// The sections: metadata, the three of the vocabulary, and the four of the layout.
const SECTIONS: usize = 8;

/// About how many n-grams a thread builds at a time.
const CHUNK: usize = 1 << 16;

/// How many such chunks are built before they are written in turn.
const TOGETHER: usize = 32;

/// Marks an n-gram that is not a history.
const NO_HISTORY: u32 = u32::MAX;

impl From<Disorder> for SuffixError {
    fn from(disorder: Disorder) -> SuffixError {
        SuffixError::Table { what: disorder.what, order: disorder.order }
    }
}

/// The partitions of a run of words.
pub struct SuffixPart {
    /// What the directory says of each word.
    pub entries: Vec<WordEntry>,
    /// The lines of all partitions.
    pub lines: Vec<Line>,
    /// The words that follow each word, and how many they are.
    pub successors: Vec<U32>,
    pub counts: Vec<u32>,
}

/// Writes parts in the order of their words.
pub struct PartWriter {
    writer: Writer,
    directory: Vec<WordEntry>,
    successors: Vec<U32>,
    starts: OwnedStarts,
}

impl PartWriter {
    /// Begins a file with a fresh writer.
    pub fn begin(
        mut writer: Writer,
        info: &ModelInfo,
        vocab: VocabView<'_>,
        is_wide: bool,
    ) -> Result<PartWriter, SuffixError> {
        writer.reserve(SECTIONS)?;
        writer.append_general(info, vocab)?;
        writer.append(Kind::SuffixLines, if is_wide { WIDE_LEVEL } else { 0 }, &[])?;
        Ok(PartWriter {
            writer,
            directory: Vec::with_capacity(vocab.len()),
            successors: Vec::new(),
            starts: [0].into_iter().collect(),
        })
    }

    /// Writes the next part.
    pub fn push(&mut self, part: SuffixPart) -> Result<(), SuffixError> {
        for count in part.counts {
            let end = self.starts.last() + u64::from(count);
            self.starts.push(end);
        }
        self.directory.extend(part.entries);
        self.successors.extend(part.successors);
        Ok(self.writer.extend(part.lines)?)
    }

    /// Completes the file, and returns its length in bytes.
    pub fn finish(self) -> Result<u64, SuffixError> {
        let PartWriter { mut writer, directory, successors, starts } = self;
        writer.append(Kind::SuffixDirectory, 0, directory.as_bytes())?;
        let starts = match &starts {
            OwnedStarts::Narrow(starts) => starts.as_bytes(),
            OwnedStarts::Wide(starts) => starts.as_bytes(),
        };
        writer.append(Kind::SuccessorStarts, 1, starts)?;
        writer.append(Kind::Successors, 1, successors.as_bytes())?;
        Ok(writer.finish()?)
    }
}

/// Writes a table with a fresh writer, and returns the length of the file in bytes.
pub(crate) fn write(
    writer: Writer,
    info: &ModelInfo,
    vocab: VocabView<'_>,
    table: &TableView,
) -> Result<u64, SuffixError> {
    write_with(writer, info, vocab, table, vocab.len() > NARROW_WORDS)
}

/// Like [`write()`], with keys that are wide or not.
pub(super) fn write_with(
    writer: Writer,
    info: &ModelInfo,
    vocab: VocabView<'_>,
    table: &TableView,
    is_wide: bool,
) -> Result<u64, SuffixError> {
    let mut writer = PartWriter::begin(writer, info, vocab, is_wide)?;
    for_each_part(table, is_wide, |part| writer.push(part))?;
    writer.finish()
}

/// Builds the partitions of all words, and passes them on in turn, run by run.
pub(crate) fn for_each_part(
    table: &TableView,
    is_wide: bool,
    mut take: impl FnMut(SuffixPart) -> Result<(), SuffixError>,
) -> Result<(), SuffixError> {
    let ngrams = Ngrams::of(table)?;
    let mut lines = 0u64;
    for some in ngrams.chunks().chunks(TOGETHER) {
        let parts: Vec<SuffixPart> = some
            .par_iter()
            .map_init(|| Builder::new(is_wide), |builder, words| ngrams.part(builder, words))
            .collect::<Result<_, _>>()?;
        for mut part in parts {
            for entry in &mut part.entries {
                // Lines are numbered in 32 bits.
                let first = u32::try_from(lines).map_err(|_| SuffixError::TooLarge)?;
                entry.first_line = U32::new(first);
                lines += u64::from(entry.lines());
            }
            take(part)?;
        }
    }
    Ok(())
}

/// The n-grams of a table, with those that others need although they are not listed, and what each is as a history.
struct Ngrams<'t> {
    table: &'t TableView<'t>,
    /// For each history length, the missing n-grams that begin with such a history: its number and a word, sorted.
    missing: Vec<Vec<(u32, u32)>>,
    /// For each history length, the number of each n-gram that begins with such a history among the longer histories.
    histories: Vec<Vec<u32>>,
    /// For each history length, whether a word follows each history.
    followed: Vec<Vec<bool>>,
}

impl<'t> Ngrams<'t> {
    fn of(table: &'t TableView<'t>) -> Result<Ngrams<'t>, SuffixError> {
        let counts =
            table.levels.iter().map(|level| level.histories().max(level.successor_words.len()));
        if counts.chain([table.unigrams.len()]).any(|count| count >= u32::MAX as usize) {
            return Err(SuffixError::TooLarge);
        }
        let backwards = Backwards::of(table)?;
        let lengths = 0..table.levels.len();
        let missing: Vec<Vec<(u32, u32)>> =
            lengths.clone().map(|depth| backwards.blanks(depth).to_vec()).collect();
        let followed = lengths.clone().map(|depth| backwards.beginnings(depth)).collect();
        let mut histories = Vec::new();
        for (depth, missing) in lengths.clone().zip(&missing) {
            let all = table.levels[depth].successor_words.len() + missing.len();
            if all >= u32::MAX as usize {
                return Err(SuffixError::TooLarge);
            }
            let Some((prefixes, last_words)) = backwards.ngrams_of(depth + 1) else { continue };
            let level = &table.levels[depth];
            let number = |(&prefix, &word): (&u32, &u32)| {
                let range = level.successor_range(prefix as usize);
                let before = level.successor_words[range.clone()]
                    .partition_point(|successor| successor.get() < word);
                let more = missing.partition_point(|&other| other < (prefix, word));
                range.start + before + more
            };
            let numbers: Vec<usize> = prefixes.par_iter().zip(last_words).map(number).collect();
            let mut of_ngrams = vec![NO_HISTORY; all];
            for (history, number) in (0..).zip(numbers) {
                of_ngrams[number] = history;
            }
            histories.push(of_ngrams);
        }
        Ok(Ngrams { table, missing, histories, followed })
    }

    /// Splits the vocabulary into runs of words whose partitions have about [`CHUNK`] n-grams.
    fn chunks(&self) -> Vec<Range<usize>> {
        let words = self.table.unigrams.len();
        let mut chunks = Vec::new();
        let (mut start, mut size) = (0, 0);
        for word in 0..words {
            let mut range = word..word + 1;
            for level in &self.table.levels {
                if range.is_empty() {
                    break;
                }
                size += level.successor_starts.range(range.end - 1).end
                    - level.successor_starts.range(range.start).start;
                range = level.children(range.start).start..level.children(range.end - 1).end;
            }
            if size >= CHUNK || word - start >= CHUNK {
                chunks.push(start..word + 1);
                (start, size) = (word + 1, 0);
            }
        }
        chunks.push(start..words);
        chunks
    }

    /// Returns what a history does as one.
    fn weight(&self, depth: usize, history: u32) -> HistoryWeight {
        match history {
            NO_HISTORY => HistoryWeight::NONE,
            history => HistoryWeight {
                backoff: self.table.levels[depth].backoff(history as usize),
                followed: self.followed[depth][history as usize],
            },
        }
    }

    /// Builds the partitions of a run of words.
    fn part(&self, builder: &mut Builder, words: &Range<usize>) -> Result<SuffixPart, SuffixError> {
        let mut levels = Vec::with_capacity(self.table.levels.len());
        let mut weights = Vec::with_capacity(self.table.levels.len());
        let mut range = words.clone();
        for (depth, view) in self.table.levels.iter().enumerate() {
            let mut level = ScoredLevel::default();
            let mut of_level = Vec::new();
            let missing = &self.missing[depth];
            let first = missing.partition_point(|entry| (entry.0 as usize) < range.start);
            let mut missing = missing[first..].iter().peekable();
            let longer = self.histories.get(depth);
            let mut number = first;
            if !range.is_empty() {
                number += view.successor_range(range.start).start;
            }
            let mut children = 0..0;
            for history in range.clone() {
                level.words.extend(view.words.get(history).map(|word| word.get()));
                let mut add = |word: u32, log_prob: f32| {
                    level.successor_words.push(word);
                    level.log_probs.push(log_prob);
                    let longer = longer.map_or(NO_HISTORY, |longer| longer[number]);
                    of_level.push(self.weight(depth + 1, longer));
                    number += 1;
                };
                for (word, log_prob) in view.successors(history) {
                    let before = (history as u32, word.0);
                    while let Some((_, word)) = missing.next_if(|entry| **entry < before) {
                        add(*word, f32::NAN);
                    }
                    add(word.0, log_prob);
                }
                while let Some((_, word)) = missing.next_if(|entry| entry.0 as usize == history) {
                    add(*word, f32::NAN);
                }
                level.successor_ends.push(level.successor_words.len() as u32);
                if view.child_starts.is_some() {
                    level.add_children(view.children(history), &mut children);
                }
            }
            range = children;
            levels.push(level);
            weights.push(of_level);
        }
        let unigrams: Vec<(f32, HistoryWeight)> = words
            .clone()
            .map(|word| (self.table.unigrams[word].get(), self.weight_of_word(word)))
            .collect();
        build::part(builder, &levels, &unigrams, |depth, at| weights[depth][at])
    }

    fn weight_of_word(&self, word: usize) -> HistoryWeight {
        if self.table.levels.is_empty() { HistoryWeight::NONE } else { self.weight(0, word as u32) }
    }
}
