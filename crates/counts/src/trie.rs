//! The history trie: every history with the words that followed it.

use crate::LowerOrders;

/// The histories of one length d ≥ 1 in a part of the trie, in sorted order, and their successors.
///
/// Histories are sorted by their reversed words, so the children of a history (the histories longer
/// by one word in front) are a contiguous run of the next level, and its successors are a
/// contiguous run, sorted by word.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Level {
    /// The word that extends each history's parent: its first in the text.
    pub words: Vec<u32>,
    /// Where each history's children end in the next level. Empty for the longest histories.
    pub child_ends: Vec<u32>,
    /// Where each history's successors end in `successor_words`.
    pub successor_ends: Vec<u32>,
    /// The words that follow the histories, sorted within each.
    pub successor_words: Vec<u32>,
    /// The counts of these words: raw or continuation counts; `u32::MAX` stands for those in `large`.
    pub successor_counts: Vec<u32>,
    /// The counts that 32 bits do not hold, which only [partial lists](crate::PartialCounts) have: the
    /// place of each in `successor_counts`, rising, and its value.
    pub large: Vec<(u32, u64)>,
}

impl Level {
    /// Returns the children of the history at index `history`, as a range of the next level.
    #[inline]
    pub fn children(&self, history: usize) -> std::ops::Range<usize> {
        range(&self.child_ends, history)
    }

    /// Returns the successors of the history at index `history`.
    #[inline]
    pub fn successors(&self, history: usize) -> std::ops::Range<usize> {
        range(&self.successor_ends, history)
    }

    /// Returns the counts of a range of successors in 64 bits, if 32 bits do not hold all of them.
    #[inline]
    pub fn wide_counts(&self, successors: std::ops::Range<usize>) -> Option<Vec<u64>> {
        if self.large.is_empty() {
            return None;
        }
        let place = |at: usize| self.large.partition_point(|&(large, _)| (large as usize) < at);
        let large = &self.large[place(successors.start)..place(successors.end)];
        if large.is_empty() {
            return None;
        }
        let counts = &self.successor_counts[successors.clone()];
        let mut wide: Vec<u64> = counts.iter().map(|&count| count.into()).collect();
        large.iter().for_each(|&(at, count)| wide[at as usize - successors.start] = count);
        Some(wide)
    }
}

#[inline]
fn range(ends: &[u32], index: usize) -> std::ops::Range<usize> {
    let start = if index == 0 { 0 } else { ends[index - 1] as usize };
    start..ends[index] as usize
}

/// The part of the trie rooted in a run of words: all histories that end in one of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shard {
    /// The words: `first_word..first_word + levels[0].successor_ends.len()`, each of which has a
    /// history of length 1, with or without successors.
    pub first_word: u32,
    /// The histories of length 1, 2, …, n − 1.
    pub levels: Vec<Level>,
}

impl Shard {
    /// Returns the raw count of each successor of each level's histories, given how they were counted.
    ///
    /// Whatever follows a history follows one of its children, unless nothing precedes the history: then its
    /// counts are raw anyway.
    pub fn raw_counts(&self, counted: LowerOrders) -> Vec<Vec<u64>> {
        let own = |level: &Level| -> Vec<u64> {
            level.successor_counts.iter().map(|&count| count.into()).collect()
        };
        let mut raw: Vec<Vec<u64>> = self.levels.iter().map(own).collect();
        if counted == LowerOrders::Raw {
            return raw;
        }
        for depth in (1..self.levels.len()).rev() {
            let (level, next) = (&self.levels[depth - 1], &self.levels[depth]);
            let (shorter, longer) = raw.split_at_mut(depth);
            let (shorter, longer) = (&mut shorter[depth - 1], &longer[0]);
            for history in 0..level.successor_ends.len() {
                let children = level.children(history);
                if children.is_empty() {
                    continue;
                }
                let successors = level.successors(history);
                shorter[successors.clone()].fill(0);
                let words = &level.successor_words[successors.clone()];
                for at in children.flat_map(|child| next.successors(child)) {
                    if let Ok(place) = words.binary_search(&next.successor_words[at]) {
                        shorter[successors.start + place] += longer[at];
                    }
                }
            }
        }
        raw
    }

    /// Returns the ids and counts of the words that follow a history, given in reverse; none if it
    /// is not in this shard.
    pub fn successors_of(&self, reversed: &[u32]) -> impl Iterator<Item = (u32, u32)> {
        let found = self.find(reversed).map(|(level, history)| (level, level.successors(history)));
        found.into_iter().flat_map(|(level, range)| {
            let counts = level.successor_counts[range.clone()].iter().copied();
            level.successor_words[range].iter().copied().zip(counts)
        })
    }

    /// Returns the level and index of a history, given in reverse.
    fn find(&self, reversed: &[u32]) -> Option<(&Level, usize)> {
        let (last, rest) = reversed.split_first()?;
        let mut history = last.checked_sub(self.first_word)? as usize;
        let mut level = self.levels.first()?;
        if history >= level.successor_ends.len() {
            return None;
        }
        for (next, word) in self.levels[1..].iter().zip(rest) {
            let children = level.children(history);
            history = children.start + next.words[children].binary_search(word).ok()?;
            level = next;
        }
        (rest.len() < self.levels.len()).then_some((level, history))
    }

    /// Frees the unused capacity of its lists.
    pub(crate) fn shrink_to_fit(&mut self) {
        for level in &mut self.levels {
            let Level {
                words,
                child_ends,
                successor_ends,
                successor_words,
                successor_counts,
                large: _,
            } = level;
            for list in [words, child_ends, successor_ends, successor_words, successor_counts] {
                list.shrink_to_fit();
            }
        }
    }
}
