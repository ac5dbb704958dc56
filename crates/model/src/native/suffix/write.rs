//! Writes a table to a file in the suffix layout.

use super::super::{Kind, Writer};
use super::build::{Builder, HistoryWeight, SuffixError};
use super::line::{Line, NARROW_WORDS};
use super::read::WIDE_LEVEL;
use super::{WordEntry, build};
use crate::backwards::{Backwards, Disorder};
use crate::table::{LevelView, TableView};
use crate::{ModelInfo, ScoredLevel};
use ngram_tokenizer::VocabView;
use rayon::prelude::*;
use std::ops::Range;
use zerocopy::little_endian::{U32, U64};

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
    /// What the directory says of each word, whose lines are numbered from the first of these.
    pub(crate) entries: Vec<WordEntry>,
    /// The lines of all partitions.
    pub(crate) lines: Vec<Line>,
    /// The words that follow each word, and how many they are.
    pub(super) successors: Vec<U32>,
    pub(super) counts: Vec<u32>,
}

impl SuffixPart {
    /// Returns its size in memory, in bytes.
    pub fn size(&self) -> u64 {
        let numbers = self.successors.len() + self.counts.len();
        (size_of_val(&*self.entries) + size_of_val(&*self.lines) + 4 * numbers) as u64
    }
}

/// How much comes before a part.
#[derive(Clone, Copy, Debug, Default)]
pub struct PartPlace {
    words: u64,
    lines: u64,
    successors: u64,
}

/// Gives parts their places, in the order of their words.
#[derive(Debug, Default)]
pub struct PartPlaces(PartPlace);

impl PartPlaces {
    /// Returns the place of the next part, in which the words' lines are numbered from there on.
    ///
    /// # Errors
    ///
    /// [`SuffixError::TooLarge`] if lines cannot be numbered.
    pub fn place(&mut self, part: &mut SuffixPart) -> Result<PartPlace, SuffixError> {
        let before = self.0;
        let first = u32::try_from(before.lines).map_err(|_| SuffixError::TooLarge)?;
        for entry in &mut part.entries {
            let line = entry.first_line.get().checked_add(first).ok_or(SuffixError::TooLarge)?;
            entry.first_line = U32::new(line);
        }
        self.0.words += part.entries.len() as u64;
        self.0.lines += part.lines.len() as u64;
        self.0.successors += part.successors.len() as u64;
        Ok(before)
    }
}

/// Writes parts to a file.
pub struct PartWriter {
    writer: Writer,
    level: u16,
    /// The bytes of a start.
    width: u64,
}

impl PartWriter {
    /// Begins a file with a fresh writer. `bigrams` is the number of words that follow words.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    pub fn begin(
        writer: Writer,
        info: &ModelInfo,
        vocab: VocabView<'_>,
        bigrams: u64,
    ) -> Result<PartWriter, SuffixError> {
        PartWriter::begin_with(writer, info, vocab, bigrams, vocab.len() > NARROW_WORDS)
    }

    /// Like [`PartWriter::begin`], with keys that are wide or not.
    pub(super) fn begin_with(
        mut writer: Writer,
        info: &ModelInfo,
        vocab: VocabView<'_>,
        bigrams: u64,
        is_wide: bool,
    ) -> Result<PartWriter, SuffixError> {
        let level = if is_wide { WIDE_LEVEL } else { 0 };
        let width = if bigrams <= u64::from(u32::MAX) { 4 } else { 8 };
        let words = vocab.len() as u64;
        let sections = [
            (Kind::SuffixDirectory, 0, size_of::<WordEntry>() as u64, words),
            (Kind::SuccessorStarts, 1, width, words + 1),
            (Kind::Successors, 1, 4, bigrams),
            (Kind::SuffixLines, level, size_of::<Line>() as u64, 0),
        ];
        writer.lay_out(info, vocab, &sections)?;
        writer.let_grow();
        writer.put(Kind::SuccessorStarts, 1, 0, &[0; 8][..width as usize])?;
        Ok(PartWriter { writer, level, width })
    }

    /// Returns the length of the file so far, without the lines.
    pub fn file_size(&self) -> u64 {
        self.writer.file_size()
    }

    /// Writes a part. Parts may come in any order and from any thread.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    pub fn write(&self, part: SuffixPart, place: PartPlace) -> Result<(), SuffixError> {
        let SuffixPart { entries, lines, successors, counts } = part;
        let PartPlace { words, lines: first_line, successors: mut end } = place;
        let ends = counts.iter().map(|&count| {
            end += u64::from(count);
            end
        });
        let at = (words + 1) * self.width;
        let (kind, writer) = (Kind::SuccessorStarts, &self.writer);
        match self.width {
            8 => writer.put_owned(kind, 1, at, ends.map(U64::new).collect::<Vec<_>>())?,
            // Narrow only if the last start fits, and so all do.
            _ => {
                let ends: Vec<U32> = ends.map(|end| U32::new(end as u32)).collect();
                writer.put_owned(kind, 1, at, ends)?;
            }
        }
        writer.put_owned(Kind::Successors, 1, 4 * place.successors, successors)?;
        let at = words * size_of::<WordEntry>() as u64;
        writer.put_owned(Kind::SuffixDirectory, 0, at, entries)?;
        let at = first_line * size_of::<Line>() as u64;
        Ok(writer.put_owned(Kind::SuffixLines, self.level, at, lines)?)
    }

    /// Completes the file, and returns its length in bytes.
    ///
    /// # Errors
    ///
    /// If the file cannot be written, or if a part is missing.
    pub fn finish(self) -> Result<u64, SuffixError> {
        Ok(self.writer.finish()?)
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
    let ngrams = Ngrams::of(table)?;
    let writer = PartWriter::begin_with(writer, info, vocab, ngrams.bigrams(), is_wide)?;
    ngrams.for_each_part(is_wide, |part, place| writer.write(part, place))?;
    writer.finish()
}

/// Builds the partitions of all words, and passes them on in turn, run by run.
pub(crate) fn for_each_part(
    table: &TableView,
    is_wide: bool,
    mut take: impl FnMut(SuffixPart) -> Result<(), SuffixError>,
) -> Result<(), SuffixError> {
    Ngrams::of(table)?.for_each_part(is_wide, |part, _| take(part))
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

    /// The number of n-grams of two words.
    fn bigrams(&self) -> u64 {
        let of_level = |level: &LevelView| level.successor_words.len() + self.missing[0].len();
        self.table.levels.first().map_or(0, of_level) as u64
    }

    /// Builds the partitions of all words, and passes them on in turn, run by run.
    fn for_each_part(
        &self,
        is_wide: bool,
        mut take: impl FnMut(SuffixPart, PartPlace) -> Result<(), SuffixError>,
    ) -> Result<(), SuffixError> {
        let mut places = PartPlaces::default();
        for some in self.chunks().chunks(TOGETHER) {
            let parts: Vec<SuffixPart> = some
                .par_iter()
                .map_init(
                    || Builder::with_keys(is_wide),
                    |builder, words| self.part(builder, words),
                )
                .collect::<Result<_, _>>()?;
            for mut part in parts {
                let place = places.place(&mut part)?;
                take(part, place)?;
            }
        }
        Ok(())
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
