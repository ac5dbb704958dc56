//! The model as a table: for each stored n-gram a log-probability, for each history a back-off
//! weight.
//!
//! ```text
//! p(w|h) = stored p(hw)               if hw is stored
//!        = backoff(h) · p(w|h′)       otherwise             h′ = h without its first word
//! ```
//!
//! N-grams hw are stored with their history h, and histories in a trie by their reversed words.

use crate::{Listed, LogProb};
use ngram_tokenizer::WordId;
use std::ops::Range;
use zerocopy::little_endian::{F32, U32, U64};

/// The histories of one length in a part of the table, as produced by training and import.
///
/// The arrays are those of a level of counts, with log-probabilities in place of the counts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScoredLevel {
    /// The word that extends each history's parent. Not needed for length 1, where a history's
    /// index is its word's id.
    pub words: Vec<u32>,
    /// The end of each history's children in the next level; empty for the longest histories.
    pub child_ends: Vec<u32>,
    /// The end of each history's successors.
    pub successor_ends: Vec<u32>,
    /// The words that follow the histories, sorted within each.
    pub successor_words: Vec<u32>,
    /// log10 p of each successor.
    pub log_probs: Vec<f32>,
    /// log10 of each history's back-off weight.
    pub backoffs: Vec<f32>,
}

impl ScoredLevel {
    /// Returns the run at index `index` of runs that end at `ends`.
    pub fn range(ends: &[u32], index: usize) -> Range<usize> {
        let start = if index == 0 { 0 } else { ends[index - 1] as usize };
        start..ends[index] as usize
    }

    /// Adds the children of the next history, which are at `own` in the whole table; `children` are those of all
    /// histories so far.
    pub(crate) fn add_children(&mut self, own: Range<usize>, children: &mut Range<usize>) {
        if self.child_ends.is_empty() {
            children.start = own.start;
        }
        children.end = own.end;
        self.child_ends.push((own.end - children.start) as u32);
    }
}

/// Starts of runs in either width: 32 bits if they are enough.
#[derive(Clone, Copy)]
pub enum Starts<'a> {
    /// 32 bits each.
    Narrow(&'a [U32]),
    /// 64 bits each.
    Wide(&'a [U64]),
}

impl Starts<'_> {
    /// Returns the range of the run at index `index`: empty if the file has none.
    #[inline]
    pub fn range(&self, index: usize) -> Range<usize> {
        let bounds = match self {
            Starts::Narrow(starts) => starts
                .get(index..)
                .and_then(|rest| Some(rest.first()?.get() as usize..rest.get(1)?.get() as usize)),
            Starts::Wide(starts) => starts
                .get(index..)
                .and_then(|rest| Some(rest.first()?.get() as usize..rest.get(1)?.get() as usize)),
        };
        bounds.unwrap_or_default()
    }

    /// Returns the index of the run that contains the element at index `at`.
    pub fn run_of(&self, at: usize) -> usize {
        let runs = match self {
            Starts::Narrow(starts) => starts.partition_point(|start| start.get() as usize <= at),
            Starts::Wide(starts) => starts.partition_point(|start| start.get() as usize <= at),
        };
        runs.saturating_sub(1)
    }
}

/// Finds `word` in a strictly rising list of words.
///
/// Such a list has at most `word` smaller words, so the search can stop there. Word ids are ordered
/// by falling frequency: most searches are for small ids, and end near the front of the list, which
/// is warm in the cache.
#[inline]
fn position(words: &[U32], word: WordId) -> Option<usize> {
    let head = &words[..words.len().min(word.index().saturating_add(1))];
    if head.len() <= 8 {
        return head.iter().position(|candidate| candidate.get() == word.0);
    }
    head.binary_search_by_key(&word.0, |candidate| candidate.get()).ok()
}

/// The histories of one length in a complete, stored table.
#[derive(Clone, Copy)]
pub struct LevelView<'a> {
    /// Empty for length 1.
    pub words: &'a [U32],
    /// log10 of the back-off weight of each history.
    pub backoffs: &'a [F32],
    /// `None` for the longest histories.
    pub child_starts: Option<Starts<'a>>,
    /// Where each history's successors start, and where the last one's end.
    pub successor_starts: Starts<'a>,
    /// The successors of all histories, sorted within each.
    pub successor_words: &'a [U32],
    /// log10 p of each successor after its history.
    pub log_probs: &'a [F32],
}

impl<'a> LevelView<'a> {
    /// Returns the number of histories.
    pub fn histories(&self) -> usize {
        self.backoffs.len()
    }

    /// Returns log10 p of `word` after the history at index `history`, if it is stored.
    #[inline]
    pub fn log_prob(&self, history: usize, word: WordId) -> Option<f32> {
        let range = self.successor_starts.range(history);
        let words = self.successor_words.get(range.clone())?;
        let at = position(words, word)?;
        self.log_probs.get(range.start + at).map(|log_prob| log_prob.get())
    }

    /// Returns the index of `word` among all successors, if it follows the history at index `history`.
    pub fn place(&self, history: usize, word: WordId) -> Option<usize> {
        let range = self.successor_range(history);
        Some(range.start + position(self.successor_words.get(range)?, word)?)
    }

    /// Returns the range of the successors of the history at index `history`; empty if the file has none.
    pub fn successor_range(&self, history: usize) -> Range<usize> {
        let range = self.successor_starts.range(history);
        if range.start <= range.end && range.end <= self.successor_words.len() {
            return range;
        }
        0..0
    }

    /// Returns log10 of the back-off weight of the history at index `history`.
    #[inline]
    pub fn backoff(&self, history: usize) -> f32 {
        self.backoffs.get(history).map_or(0.0, |backoff| backoff.get())
    }

    /// Returns the children of the history at index `history`, as a range of the next level.
    #[inline]
    pub fn children(&self, history: usize) -> Range<usize> {
        self.child_starts.map(|starts| starts.range(history)).unwrap_or_default()
    }

    /// Returns the successors of the history at index `history`, with log10 p of each.
    pub fn successors(&self, history: usize) -> impl Iterator<Item = (WordId, f32)> + use<'a> {
        let range = self.successor_starts.range(history);
        let words = self.successor_words.get(range.clone()).unwrap_or_default();
        let log_probs = self.log_probs.get(range).unwrap_or_default();
        words.iter().zip(log_probs).map(|(word, log_prob)| (WordId(word.get()), log_prob.get()))
    }
}

/// A complete, stored table.
#[derive(Clone)]
pub struct TableView<'a> {
    /// log10 p of single words, by id.
    pub unigrams: &'a [F32],
    /// Histories of length 1, 2, …, n − 1.
    pub levels: Vec<LevelView<'a>>,
}

impl TableView<'_> {
    /// Returns the child by `word` of the history at index `history` of the level at index `depth`:
    /// the history with that word in front.
    #[inline]
    pub fn child(&self, depth: usize, history: usize, word: WordId) -> Option<usize> {
        let range = self.levels[depth].children(history);
        let words = self.levels.get(depth + 1)?.words.get(range.clone())?;
        let at = position(words, word)?;
        Some(range.start + at)
    }

    /// Returns the back-off weight and the successors of a history.
    pub fn listed_after(&self, history: &[WordId]) -> Listed {
        let level = history.len().checked_sub(1).and_then(|depth| self.levels.get(depth));
        let (Some(level), Some(number)) = (level, self.find(history)) else {
            return Listed::NOTHING;
        };
        let words = level.successors(number).map(|(word, log_prob)| (word, LogProb(log_prob)));
        Listed {
            backoff: LogProb(level.backoff(number)),
            words: words
                .filter(|(word, log_prob)| {
                    !log_prob.0.is_nan() && word.index() < self.unigrams.len()
                })
                .collect(),
        }
    }

    /// Returns the index of a history among those of its length, if the table has it. Its words are
    /// in text order.
    #[inline]
    pub fn find(&self, history: &[WordId]) -> Option<usize> {
        let mut words = history.iter().rev();
        let mut number = words.next()?.index();
        if number >= self.levels.first()?.histories() {
            return None;
        }
        for (depth, &word) in words.enumerate() {
            number = self.child(depth, number, word)?;
        }
        Some(number)
    }
}

/// A complete table, either stored in the table layout or restored in memory from another one.
pub enum WholeTable<'a> {
    /// As it is stored.
    Stored(TableView<'a>),
    /// Restored in memory.
    Restored(OwnedTable),
}

impl WholeTable<'_> {
    /// The table.
    pub fn view(&self) -> TableView<'_> {
        match self {
            WholeTable::Stored(view) => view.clone(),
            WholeTable::Restored(table) => table.view(),
        }
    }
}

/// Starts in memory, in 32 bits until one needs more.
pub enum OwnedStarts {
    /// 32 bits each.
    Narrow(Vec<U32>),
    /// 64 bits each.
    Wide(Vec<U64>),
}

impl Default for OwnedStarts {
    fn default() -> OwnedStarts {
        OwnedStarts::Narrow(Vec::new())
    }
}

impl OwnedStarts {
    /// Appends a start.
    pub fn push(&mut self, start: u64) {
        match (&mut *self, u32::try_from(start)) {
            (OwnedStarts::Narrow(starts), Ok(start)) => starts.push(U32::new(start)),
            (OwnedStarts::Narrow(starts), Err(_)) => {
                let wide = starts.iter().map(|narrow| U64::new(narrow.get().into()));
                *self = OwnedStarts::Wide(wide.chain([U64::new(start)]).collect());
            }
            (OwnedStarts::Wide(starts), _) => starts.push(U64::new(start)),
        }
    }

    /// Returns the last start; 0 if there is none.
    pub fn last(&self) -> u64 {
        match self {
            OwnedStarts::Narrow(starts) => starts.last().map_or(0, |start| start.get().into()),
            OwnedStarts::Wide(starts) => starts.last().map_or(0, |start| start.get()),
        }
    }

    fn view(&self) -> Starts<'_> {
        match self {
            OwnedStarts::Narrow(starts) => Starts::Narrow(starts),
            OwnedStarts::Wide(starts) => Starts::Wide(starts),
        }
    }
}

impl Extend<u64> for OwnedStarts {
    fn extend<S: IntoIterator<Item = u64>>(&mut self, starts: S) {
        starts.into_iter().for_each(|start| self.push(start));
    }
}

impl FromIterator<u64> for OwnedStarts {
    fn from_iter<S: IntoIterator<Item = u64>>(starts: S) -> OwnedStarts {
        let starts = starts.into_iter();
        let mut found = OwnedStarts::Narrow(Vec::with_capacity(starts.size_hint().0));
        found.extend(starts);
        found
    }
}

/// A complete table in memory. There is one more start than there are histories.
#[derive(Default)]
pub struct OwnedTable {
    /// log10 p of each word by itself.
    pub unigrams: Vec<F32>,
    /// The histories of length 1, 2 and so on.
    pub levels: Vec<OwnedLevel>,
}

/// The histories of one length in a complete table in memory.
#[derive(Default)]
pub struct OwnedLevel {
    /// Empty for length 1.
    pub words: Vec<U32>,
    /// As in [`LevelView`].
    pub backoffs: Vec<F32>,
    /// `None` for the longest histories.
    pub child_starts: Option<OwnedStarts>,
    /// As in [`LevelView`].
    pub successor_starts: OwnedStarts,
    /// As in [`LevelView`].
    pub successor_words: Vec<U32>,
    /// As in [`LevelView`].
    pub log_probs: Vec<F32>,
}

impl OwnedTable {
    /// Converts a table given as a single part.
    pub fn new(unigrams: Vec<f32>, levels: Vec<ScoredLevel>) -> OwnedTable {
        let starts = |ends: Vec<u32>| -> OwnedStarts {
            std::iter::once(0).chain(ends.into_iter().map(u64::from)).collect()
        };
        let longest = levels.len();
        let words = |words: Vec<u32>| words.into_iter().map(U32::new).collect();
        let floats = |floats: Vec<f32>| floats.into_iter().map(F32::new).collect();
        let level = |(length, level): (usize, ScoredLevel)| OwnedLevel {
            words: if length == 1 { Vec::new() } else { words(level.words) },
            backoffs: floats(level.backoffs),
            child_starts: (length < longest).then(|| starts(level.child_ends)),
            successor_starts: starts(level.successor_ends),
            successor_words: words(level.successor_words),
            log_probs: floats(level.log_probs),
        };
        OwnedTable { unigrams: floats(unigrams), levels: (1..).zip(levels).map(level).collect() }
    }

    /// The table as scoring reads it.
    pub fn view(&self) -> TableView<'_> {
        TableView {
            unigrams: &self.unigrams,
            levels: self.levels.iter().map(OwnedLevel::view).collect(),
        }
    }
}

impl OwnedLevel {
    fn view(&self) -> LevelView<'_> {
        LevelView {
            words: &self.words,
            backoffs: &self.backoffs,
            child_starts: self.child_starts.as_ref().map(OwnedStarts::view),
            successor_starts: self.successor_starts.view(),
            successor_words: &self.successor_words,
            log_probs: &self.log_probs,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starts_become_wide_when_one_of_them_needs_it() {
        let most = u64::from(u32::MAX);
        let mut starts: OwnedStarts = [0, 3, most].into_iter().collect();
        assert!(matches!(starts, OwnedStarts::Narrow(_)));
        starts.extend([most + 1, most + 5]);
        assert!(matches!(starts, OwnedStarts::Wide(_)));
        let ranges = (0..4).map(|run| starts.view().range(run));
        let bounds: Vec<(u64, u64)> =
            ranges.map(|range| (range.start as u64, range.end as u64)).collect();
        assert_eq!(bounds, [(0, 3), (3, most), (most, most + 1), (most + 1, most + 5)]);
    }
}
