//! Writes partitions to a model file.

use super::super::{Kind, WriteError, Writer};
use super::{Ends, FastPart, LayoutError, MAX_WORDS, PartitionPlace, Size, build, measure, places};
use crate::table::TableView;
use crate::{ModelInfo, ScoredLevel};
use ngram_tokenizer::{VocabView, WordId};
use rayon::prelude::*;
use std::ops::Range;

impl Writer {
    /// Lays out the file for partitions of size `total`, and writes everything before them.
    pub fn begin_fast(
        &mut self,
        info: &ModelInfo,
        vocab: VocabView,
        total: Size,
    ) -> Result<(), LayoutError> {
        let lines = total.lines > u64::from(u32::MAX);
        if lines || total.shorts >= 1 << 40 || vocab.len() > MAX_WORDS {
            return Err(LayoutError::TooLarge);
        }
        let sections = [
            (Kind::Directory, 0, 32, vocab.len() as u64),
            (Kind::Lines, 0, 64, total.lines),
            (Kind::ShortLists, 0, 8, total.shorts),
        ];
        Ok(self.lay_out(info, vocab, &sections)?)
    }

    /// Writes the partitions of the words from index `first` on. Parts may come in any order and from any thread.
    pub fn fast_part(
        &self,
        part: FastPart,
        first: usize,
        PartitionPlace { before, .. }: PartitionPlace,
    ) -> Result<(), WriteError> {
        self.put_owned(Kind::Directory, 0, 32 * first as u64, part.entries)?;
        self.put_owned(Kind::Lines, 0, 64 * before.lines, part.lines)?;
        self.put_owned(Kind::ShortLists, 0, 8 * before.shorts, part.shorts)
    }
}

/// Approximate number of n-grams laid out at a time.
const CHUNK: usize = 1 << 16;

/// Writes a complete table to a file, and returns its length in bytes.
pub(crate) fn write(
    mut writer: Writer,
    info: &ModelInfo,
    vocab: VocabView<'_>,
    table: &TableView,
) -> Result<u64, LayoutError> {
    let unlisted = unlisted(table);
    let chunks = chunks(table);
    let sizes: Vec<Size> = chunks
        .par_iter()
        .map(|words| {
            let levels = part(table, words, &unlisted);
            let ends = levels.iter().map(|level| Ends {
                children: &level.child_ends,
                successors: &level.successor_ends,
            });
            measure(&ends.collect::<Vec<_>>(), words.len())
        })
        .collect();
    let (places, total) = places(sizes);
    writer.begin_fast(info, vocab, total)?;
    chunks.into_par_iter().zip(places).try_for_each(|(words, place)| {
        let levels = part(table, &words, &unlisted);
        let unigrams: Vec<f32> =
            table.unigrams[words.clone()].iter().map(|log_prob| log_prob.get()).collect();
        let histories = histories(&levels, words.start);
        let extends = |depth: usize, history: usize, at: usize| {
            let mut ngram = histories[depth][history * (depth + 1)..][..depth + 1].to_vec();
            ngram.reverse();
            ngram.push(WordId(levels[depth].successor_words[at]));
            let longest = &ngram[ngram.len() - ngram.len().min(table.levels.len())..];
            table.find(longest).is_some()
        };
        let part = build(&levels, 0..words.len(), &unigrams, place, extends)?;
        writer.fast_part(part, words.start, place)?;
        Ok::<(), LayoutError>(())
    })?;
    Ok(writer.finish()?)
}

/// Splits the vocabulary into runs of words with about [`CHUNK`] successors, or of one word.
fn chunks(table: &TableView) -> Vec<Range<usize>> {
    let mut chunks = Vec::new();
    let mut start = 0;
    let mut size = 0;
    for word in 0..table.unigrams.len() {
        let mut range = word..word + 1;
        for level in &table.levels {
            let ends = |history: usize| level.successor_starts.range(history);
            if !range.is_empty() {
                size += ends(range.end - 1).end - ends(range.start).start;
                range = match level.child_starts {
                    Some(starts) => {
                        starts.range(range.start).start..starts.range(range.end - 1).end
                    }
                    None => 0..0,
                };
            }
        }
        if size >= CHUNK {
            chunks.push(start..word + 1);
            (start, size) = (word + 1, 0);
        }
    }
    chunks.push(start..table.unigrams.len());
    chunks
}

/// Returns the histories that are in no list of successors, as pruning can leave them. For each
/// length minus 1: `(index of the history of all words but the last, last word)`, sorted.
///
/// They are added to those lists as n-grams without a probability, so that scoring finds them.
fn unlisted(table: &TableView) -> Vec<Vec<(usize, u32)>> {
    let mut unlisted = vec![Vec::new(); table.levels.len()];
    for depth in 1..table.levels.len() {
        let level = &table.levels[depth];
        let found: Vec<Vec<(usize, u32)>> = (0..level.histories().div_ceil(CHUNK))
            .into_par_iter()
            .map(|chunk| {
                let numbers = chunk * CHUNK..level.histories().min((chunk + 1) * CHUNK);
                let mut walk = crate::walk::Walk::at(table, depth, numbers.start);
                let mut words = Vec::new();
                let mut found = Vec::new();
                for number in numbers.clone() {
                    if number > numbers.start {
                        walk.advance();
                    }
                    walk.words(&mut words);
                    // All words of an n-gram but the last are a history, or were made one.
                    let last = words[depth];
                    if let Some(before) = table.find(&words[..depth])
                        && table.levels[depth - 1].log_prob(before, last).is_none()
                    {
                        found.push((before, last.0));
                    }
                }
                found
            })
            .collect();
        unlisted[depth - 1] = found.concat();
        unlisted[depth - 1].sort_unstable();
    }
    unlisted
}

/// Returns the histories that end in one of `words`, with the unlisted ones added to the successors.
fn part(
    table: &TableView,
    words: &Range<usize>,
    unlisted: &[Vec<(usize, u32)>],
) -> Vec<ScoredLevel> {
    let mut levels = Vec::with_capacity(table.levels.len());
    let mut range = words.clone();
    for (view, unlisted) in table.levels.iter().zip(unlisted) {
        let mut level = ScoredLevel::default();
        let mut unlisted =
            unlisted[unlisted.partition_point(|entry| entry.0 < range.start)..].iter();
        let mut next = unlisted.next();
        let mut children = 0..0;
        for history in range.clone() {
            level.words.push(view.words.get(history).map_or(history as u32, |word| word.get()));
            level.backoffs.push(view.backoff(history));
            let mut successors = view.successors(history).peekable();
            loop {
                let added = next.filter(|entry| entry.0 == history).map(|entry| entry.1);
                let (word, log_prob) = match (successors.peek(), added) {
                    (Some(&(word, log_prob)), added)
                        if added.is_none_or(|added| word.0 < added) =>
                    {
                        successors.next();
                        (word.0, log_prob)
                    }
                    (_, Some(added)) => {
                        next = unlisted.next();
                        (added, f32::NAN)
                    }
                    _ => break,
                };
                level.successor_words.push(word);
                level.log_probs.push(log_prob);
            }
            level.successor_ends.push(level.successor_words.len() as u32);
            if view.child_starts.is_some() {
                level.add_children(view.children(history), &mut children);
            }
        }
        range = children;
        levels.push(level);
    }
    levels
}

/// Returns, for each depth, the words of the histories of a part, in reverse.
fn histories(levels: &[ScoredLevel], first: usize) -> Vec<Vec<WordId>> {
    let mut all: Vec<Vec<WordId>> = Vec::new();
    for (depth, level) in levels.iter().enumerate() {
        let mut own = Vec::with_capacity((depth + 1) * level.words.len());
        match depth.checked_sub(1) {
            None => own.extend((0..level.words.len()).map(|word| WordId((first + word) as u32))),
            Some(above) => {
                for parent in 0..levels[above].words.len() {
                    let words = &all[above][parent * depth..][..depth];
                    for child in ScoredLevel::range(&levels[above].child_ends, parent) {
                        own.extend(words);
                        own.push(WordId(level.words[child]));
                    }
                }
            }
        }
        all.push(own);
    }
    all
}
