//! Restores a table from the fast layout: histories and their successors, in memory.
//!
//! Records do not store the words of their histories. But every history is itself an n-gram, or is
//! stored without a probability among the successors of its first words. So all histories are found
//! from the shortest on, by their successors.

use super::SUCCESSORS;
use super::view::{FastView, FoundSuccessor};
use crate::table::{OwnedLevel, OwnedStarts, OwnedTable};
use ngram_tokenizer::WordId;
use rayon::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use zerocopy::little_endian::{F32, U32};

/// Histories that a thread takes at a time.
const CHUNK: usize = 1 << 12;
/// Chunks that are read before their results are joined, so that memory does not hold everything twice.
const TOGETHER: usize = 64;

/// The restored data of some histories of one length.
#[derive(Default)]
struct Part {
    backoffs: Vec<F32>,
    /// The number of successors of each.
    counts: Vec<u64>,
    words: Vec<U32>,
    log_probs: Vec<F32>,
    /// The histories longer by a word at the end, in reverse.
    longer: Vec<WordId>,
    missing: bool,
}

/// A bound on the number of successors: each takes space in the file.
struct Budget {
    most: usize,
    taken: AtomicUsize,
}

impl Budget {
    fn take(&self, successors: usize) {
        self.taken.fetch_add(successors, Relaxed);
    }

    /// Returns whether the bound was exceeded.
    fn is_spent(&self) -> bool {
        self.taken.load(Relaxed) > self.most
    }
}

impl FastView<'_> {
    /// Restores the model as a table; if that cannot be done, tells what is wrong.
    pub fn restore(&self) -> Result<OwnedTable, &'static str> {
        let words = self.directory.len();
        let unigrams = (0..words as u32).map(|word| F32::new(self.unigram(WordId(word)))).collect();
        // Overlapping lists, which only a forged file has, could make a table far larger than the file.
        let budget = Budget {
            most: words + self.lines.len() * SUCCESSORS + self.shorts.len(),
            taken: AtomicUsize::new(0),
        };
        let mut levels: Vec<OwnedLevel> = Vec::new();
        // The histories of one length, in reverse, in table order.
        let mut histories: Vec<WordId> = (0..words as u32).map(WordId).collect();
        for length in 1..self.order {
            let mut level =
                OwnedLevel { successor_starts: [0].into_iter().collect(), ..OwnedLevel::default() };
            if length > 1 {
                let first = |history: &[WordId]| U32::new(history[length - 1].0);
                level.words = histories.chunks_exact(length).map(first).collect();
            }
            let mut end = 0;
            let mut longer = Vec::new();
            let mut missing = false;
            for some in histories.chunks(TOGETHER * CHUNK * length) {
                let parts = some.par_chunks(CHUNK * length);
                let parts: Vec<Part> =
                    parts.map(|chunk| self.part(chunk, length, &budget)).collect();
                for part in parts {
                    level.backoffs.extend(part.backoffs);
                    level.successor_words.extend(part.words);
                    level.log_probs.extend(part.log_probs);
                    for count in part.counts {
                        end += count;
                        level.successor_starts.push(end);
                    }
                    longer.extend(part.longer);
                    missing |= part.missing;
                }
            }
            if budget.is_spent() {
                return Err("lists of successors that overlap");
            }
            if missing {
                return Err("n-grams that announce a history or a word that there is not");
            }
            if length + 1 < self.order {
                let mut sorted: Vec<&[WordId]> = longer.chunks_exact(length + 1).collect();
                sorted.par_sort_unstable();
                sorted.dedup();
                let mut children = sorted.iter().peekable();
                let mut starts: OwnedStarts = [0].into_iter().collect();
                let mut child = 0;
                for parent in histories.chunks_exact(length) {
                    if children.peek().is_some_and(|words| words[..length] < *parent) {
                        return Err("histories whose last words are none");
                    }
                    while children.next_if(|words| words[..length] == *parent).is_some() {
                        child += 1;
                    }
                    starts.push(child);
                }
                if children.next().is_some() {
                    return Err("histories whose last words are none");
                }
                level.child_starts = Some(starts);
                histories = sorted.concat();
            }
            levels.push(level);
        }
        Ok(OwnedTable { unigrams, levels })
    }

    /// Reads the histories of a chunk.
    fn part(&self, chunk: &[WordId], length: usize, budget: &Budget) -> Part {
        let mut part = Part::default();
        let mut words = Vec::with_capacity(length);
        for history in chunk.chunks_exact(length) {
            words.clear();
            words.extend(history.iter().rev());
            let Some((partition, found)) = self.find(&words) else {
                part.missing = true;
                part.backoffs.push(F32::new(0.0));
                part.counts.push(0);
                continue;
            };
            part.backoffs.push(F32::new(found.backoff));
            let before = part.words.len();
            let successors = match budget.is_spent() {
                true => Vec::new(),
                false => self.successors(&partition, found),
            };
            budget.take(successors.len());
            for FoundSuccessor { word, log_prob, extends, .. } in successors {
                if word.index() >= self.directory.len() {
                    part.missing = true;
                    continue;
                }
                if !log_prob.is_nan() {
                    part.words.push(U32::new(word.0));
                    part.log_probs.push(F32::new(log_prob));
                }
                if extends && length + 1 < self.order {
                    part.longer.push(word);
                    part.longer.extend(history);
                }
            }
            part.counts.push((part.words.len() - before) as u64);
        }
        part
    }
}
