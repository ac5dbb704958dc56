//! Looks up n-grams, one word after any history.

use super::line::{Entry, Line, LineKey, moved};
use super::lists;
use super::{Homes, Place, WordEntry, WordHash};
use crate::table::Starts;
use crate::{Listed, LogProb, Score};
use ngram_tokenizer::{WordId, prefetch};
use zerocopy::little_endian::U32;

/// A stored table in the suffix layout. In a damaged file, look-ups that lead out of range find nothing.
#[derive(Clone, Copy)]
pub(crate) struct SuffixView<'a> {
    pub directory: &'a [WordEntry],
    pub lines: &'a [Line],
    pub is_wide: bool,
    pub starts: Starts<'a>,
    pub successors: &'a [U32],
    /// The order n.
    pub order: usize,
}

/// The lines of the n-grams whose histories end in one word.
#[derive(Clone, Copy, Debug)]
pub struct Partition {
    /// The first of the lines.
    pub(super) first_line: u32,
    /// Their number; 0 if there are none.
    pub(super) lines: u32,
}

impl Partition {
    pub(super) const NONE: Partition = Partition { first_line: 0, lines: 0 };

    #[inline(always)]
    pub(super) fn homes(self) -> Homes {
        Homes::of(self.lines)
    }

    /// Returns the line of the second home of an n-gram, among all lines, given its home and its word's way.
    #[inline(always)]
    pub(super) fn second(self, home: u32, way: u32) -> u32 {
        self.first_line.wrapping_add(self.homes().second(home, way))
    }
}

impl<'a> SuffixView<'a> {
    /// Returns the entry of a word in the directory.
    #[inline(always)]
    pub fn word(&self, word: WordId) -> Option<&'a WordEntry> {
        self.directory.get(word.index())
    }

    /// Returns the partition of a word: without lines if they are out of range.
    #[inline(always)]
    pub(super) fn partition(&self, entry: &WordEntry) -> Partition {
        let (first_line, lines) = (entry.first_line.get(), entry.lines());
        let end = u64::from(first_line) + u64::from(lines);
        let is_whole = end <= self.lines.len() as u64;
        Partition { first_line, lines: if is_whole { lines } else { 0 } }
    }

    /// Calls `each` for the stored n-grams of two words and more that end in `word`: those of the last word before
    /// it, of the last two, and so on, as long as it returns true.
    fn grow(&self, before: &[WordId], word: WordId, mut each: impl FnMut(Entry) -> bool) {
        let Some((&last, before)) = before.split_last() else { return };
        let Some(entry) = self.word(last) else { return };
        let partition = self.partition(entry);
        if partition.lines == 0 {
            return;
        }
        let words = [word].into_iter().chain(before.iter().rev().copied());
        let words = words.map(|word| (word, WordHash::of(word.0)));
        match self.is_wide {
            false => self.climb::<false>(partition, words, &[], |_, entry| each(entry)),
            true => self.climb::<true>(partition, words, &[], |_, entry| each(entry)),
        }
    }

    /// Looks up the n-grams of a partition that end in a word: of two words, three, and so on, each longer by a word on the
    /// left. Calls `each` with the number of the step, from 0, as long as an n-gram is stored and it returns true.
    ///
    /// `words` are those that are stored: the last one, then the second before it, the third, … `homes` are the first
    /// homes, as far as they are known.
    #[inline(always)]
    pub(super) fn climb<const IS_WIDE: bool>(
        &self,
        partition: Partition,
        words: impl Iterator<Item = (WordId, WordHash)>,
        homes: &[u32],
        mut each: impl FnMut(usize, Entry) -> bool,
    ) {
        let (mut home, mut suffix) = (Homes::ROOT, Place::ROOT);
        for (step, (word, hash)) in words.enumerate() {
            home = match homes.get(step) {
                Some(&home) => home,
                None => partition.homes().longer(home, hash),
            };
            let mut key = LineKey { word: word.0, rest: suffix.rest() };
            let line = partition.first_line.wrapping_add(home);
            let mut found = self.lines[line as usize].find::<IS_WIDE>(key);
            if found.elsewhere {
                key = moved(key);
                let second = partition.second(home, hash.way());
                found = self.lines[second as usize].find::<IS_WIDE>(key);
            }
            if !found.is || !each(step, found.entry) || !found.entry.extends {
                return;
            }
            suffix = Place::new(found.slot, key.way_of(hash));
        }
    }

    /// Returns log10 of the back-off weights of a history's last word, its last two, and so on, as far as these
    /// are stored. The history has at most n − 1 words.
    pub fn backoffs(&self, history: &[WordId]) -> Vec<f32> {
        let Some((&last, before)) = history.split_last() else { return Vec::new() };
        let Some(word) = self.word(last) else { return Vec::new() };
        let mut backoffs = vec![word.backoff.get()];
        self.grow(before, last, |entry| {
            backoffs.push(entry.backoff);
            true
        });
        backoffs
    }

    /// Scores one word after any history.
    pub fn score(&self, history: &[WordId], word: WordId) -> Score {
        let recent = &history[history.len() - history.len().min(self.order - 1)..];
        let Some(entry) = self.word(word) else {
            return Score { log_prob: LogProb::ZERO, matched: 1 };
        };
        let backoffs = self.backoffs(recent);
        let (mut log_prob, mut matched, mut length) = (entry.log_prob.get(), 1, 1);
        self.grow(&recent[recent.len() - backoffs.len()..], word, |entry| {
            length += 1;
            if !entry.log_prob.is_nan() {
                (log_prob, matched) = (entry.log_prob, length);
            }
            true
        });
        let backoff = backoffs.iter().skip(matched - 1).fold(0.0f32, |sum, backoff| sum + backoff);
        Score { log_prob: LogProb(log_prob + backoff), matched: matched as u8 }
    }

    /// Returns what is stored for a history.
    pub fn listed_after(&self, history: &[WordId]) -> Listed {
        let backoffs = self.backoffs(history);
        let Some(&last) = history.last().filter(|_| backoffs.len() == history.len()) else {
            return Listed::NOTHING;
        };
        let backoff = LogProb(backoffs[history.len() - 1]);
        let mut words = Vec::new();
        let partition = self.word(last).map_or(Partition::NONE, |entry| self.partition(entry));
        let successors = self.successors.get(self.starts.range(last.index())).unwrap_or_default();
        if partition.lines == 0 {
            return Listed { backoff, words };
        }
        let candidates: Vec<WordId> = match history {
            [before @ .., _] if !before.is_empty() && successors.len() > lists::LISTED => {
                let places = lists::find(self.lists(last, partition), before.iter().rev());
                let words = places.into_iter().filter_map(|place| successors.get(place));
                words.map(|word| WordId(word.get())).collect()
            }
            _ => successors.iter().map(|word| WordId(word.get())).collect(),
        };
        let fetch = |word: &WordId| {
            let mut home = Homes::ROOT;
            for &next in [word].into_iter().chain(history.iter().rev().skip(1)) {
                home = partition.homes().longer(home, WordHash::of(next.0));
                prefetch(&self.lines[partition.first_line as usize + home as usize]);
            }
        };
        candidates.iter().take(AHEAD).for_each(fetch);
        for (at, &word) in candidates.iter().enumerate() {
            candidates.get(at + AHEAD).into_iter().for_each(fetch);
            if word.index() >= self.directory.len() {
                continue;
            }
            let mut length = 0;
            self.grow(history, word, |found| {
                length += 1;
                if length == history.len() && !found.log_prob.is_nan() {
                    words.push((word, LogProb(found.log_prob)));
                }
                true
            });
        }
        Listed { backoff, words }
    }

    /// Returns the lines with the lists of a word: from the end of its partition to the next one.
    fn lists(&self, word: WordId, partition: Partition) -> &[Line] {
        let start = partition.first_line as usize + partition.lines as usize;
        let next = self.directory.get(word.index() + 1);
        let end = next.map_or(self.lines.len(), |next| next.first_line.get() as usize);
        self.lines.get(start..end).unwrap_or_default()
    }
}

/// How many words ahead to prefetch.
const AHEAD: usize = 16;
