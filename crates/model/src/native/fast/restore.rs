//! The fast layout to a table: histories and their successors, in memory.
//!
//! Records do not say of which words their histories are. But every history is itself an n-gram, or
//! stands as one that is none in the list of its first words' successors. So all are found from the
//! shortest on, by what follows them.

use super::SUCCESSORS;
use super::view::{FastView, Found};
use crate::table::{OwnedLevel, OwnedStarts, OwnedTable};
use ngram_tokenizer::WordId;
use rayon::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use zerocopy::little_endian::{F32, U32};

/// How many histories a thread takes at a time.
const CHUNK: usize = 1 << 12;
/// So many times as many are read before they are put together, so that memory does not hold all of them twice.
const TOGETHER: usize = 64;

/// What some histories of one length come to.
#[derive(Default)]
struct Part {
    backoffs: Vec<F32>,
    /// How many successors each has.
    counts: Vec<u64>,
    words: Vec<U32>,
    log_probs: Vec<F32>,
    /// The histories that are longer by a word at the end, read backwards.
    longer: Vec<WordId>,
    missing: bool,
}

/// How many successors there can be, as every one of them has a place in the file.
struct Budget {
    most: usize,
    taken: AtomicUsize,
}

impl Budget {
    fn take(&self, successors: usize) {
        self.taken.fetch_add(successors, Relaxed);
    }

    /// Whether there were more.
    fn is_spent(&self) -> bool {
        self.taken.load(Relaxed) > self.most
    }
}

impl FastView<'_> {
    /// The model as a table, and what of it cannot be, if anything; such histories are empty.
    pub fn restore(&self) -> (OwnedTable, Option<&'static str>) {
        let words = self.directory.len();
        let unigrams = (0..words as u32).map(|word| F32::new(self.unigram(WordId(word)))).collect();
        let mut fault = None;
        // Lists that overlap, as only a forged file has them, could make a table far larger than the file.
        let budget = Budget {
            most: words + self.lines.len() * SUCCESSORS + self.shorts.len(),
            taken: AtomicUsize::new(0),
        };
        let mut levels: Vec<OwnedLevel> = Vec::new();
        // The histories of one length, their words read backwards, in the order of the table.
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
                fault = Some("lists of successors that overlap");
                // Nothing follows any of these histories.
                level.successor_starts = (0..=level.backoffs.len()).map(|_| 0).collect();
                level.successor_words.clear();
                level.log_probs.clear();
                longer.clear();
            } else if missing {
                fault = Some("histories that their n-grams announce");
            }
            if length + 1 < self.order {
                let mut sorted: Vec<&[WordId]> = longer.chunks_exact(length + 1).collect();
                sorted.par_sort_unstable();
                sorted.dedup();
                let mut children = sorted.iter().peekable();
                let mut starts: OwnedStarts = [0].into_iter().collect();
                let mut child = 0;
                for parent in histories.chunks_exact(length) {
                    // Those of parents that are missing are left out.
                    while children.next_if(|words| words[..length] < *parent).is_some() {
                        fault = Some("histories whose last words are none");
                    }
                    while children.next_if(|words| words[..length] == *parent).is_some() {
                        child += 1;
                    }
                    starts.push(child);
                }
                level.child_starts = Some(starts);
                let parents: Vec<&[WordId]> = histories.chunks_exact(length).collect();
                let has_parent =
                    |words: &&[WordId]| parents.binary_search(&&words[..length]).is_ok();
                let kept: Vec<&[WordId]> = match fault {
                    None => sorted,
                    Some(_) => sorted.into_iter().filter(has_parent).collect(),
                };
                histories = kept.concat();
            }
            levels.push(level);
        }
        (OwnedTable { unigrams, levels }, fault)
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
            for Found { word, log_prob, extends, .. } in successors {
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
