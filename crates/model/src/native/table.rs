//! The table layout: histories in a trie, each with its sorted successors.

use super::read::slice;
use super::sections::Sections;
use super::write::{Bases, Sizes, WriteError, Writer};
use super::{Kind, ModelError};
use crate::table::{LevelView, Starts, TableView};
use crate::{ModelInfo, ScoredLevel};
use ngram_tokenizer::VocabView;
use std::ops::Range;

/// The positions of the table's parts in the file.
pub struct Ranges {
    unigrams: Range<usize>,
    levels: Vec<LevelRanges>,
}

struct LevelRanges {
    words: Range<usize>,
    backoffs: Range<usize>,
    child_starts: Option<(u64, Range<usize>)>,
    successor_starts: (u64, Range<usize>),
    successors: Range<usize>,
    log_probs: Range<usize>,
}

impl Ranges {
    /// Finds the sections and checks that their lengths are consistent.
    pub fn find(sections: &Sections, order: usize) -> Result<Ranges, ModelError> {
        let need = |kind: Kind, level: usize| sections.need(kind, level);
        let unigrams = need(Kind::LogProbs, 0)?;
        let mut levels = Vec::new();
        let mut histories = unigrams.len() / 4;
        for level in 1..order {
            let words = if level == 1 { 0..0 } else { need(Kind::Words, level)? };
            let backoffs = need(Kind::Backoffs, level)?;
            let successors = need(Kind::Successors, level)?;
            let log_probs = need(Kind::LogProbs, level)?;
            let starts =
                |kind: Kind| -> Result<(u64, Range<usize>), ModelError> {
                    let range = need(kind, level)?;
                    match range.len() / (histories + 1) {
                        width @ (4 | 8) if range.len() == width * (histories + 1) => {
                            Ok((width as u64, range))
                        }
                        _ => Err(sections
                            .damaged(format!("{kind:?} of level {level} has a wrong length"))),
                    }
                };
            let successor_starts = starts(Kind::SuccessorStarts)?;
            let longest = level + 1 == order;
            let child_starts = if longest { None } else { Some(starts(Kind::ChildStarts)?) };
            if backoffs.len() != 4 * histories
                || level > 1 && words.len() != 4 * histories
                || successors.len() != log_probs.len()
            {
                let what = format!("the sections of level {level} do not fit together");
                return Err(sections.damaged(what));
            }
            if !longest {
                histories = need(Kind::Words, level + 1)?.len() / 4;
            }
            levels.push(LevelRanges {
                words,
                backoffs,
                child_starts,
                successor_starts,
                successors,
                log_probs,
            });
        }
        Ok(Ranges { unigrams, levels })
    }

    /// Returns the number of words with a probability.
    pub fn vocab_len(&self) -> usize {
        self.unigrams.len() / 4
    }

    /// Returns the table over the file's bytes.
    pub fn view<'a>(&self, bytes: &'a [u8]) -> TableView<'a> {
        let starts = |stored: &(u64, Range<usize>)| match stored.0 {
            4 => Starts::Narrow(slice(bytes, &stored.1)),
            _ => Starts::Wide(slice(bytes, &stored.1)),
        };
        let level = |ranges: &LevelRanges| LevelView {
            words: slice(bytes, &ranges.words),
            backoffs: slice(bytes, &ranges.backoffs),
            child_starts: ranges.child_starts.as_ref().map(starts),
            successor_starts: starts(&ranges.successor_starts),
            successor_words: slice(bytes, &ranges.successors),
            log_probs: slice(bytes, &ranges.log_probs),
        };
        TableView {
            unigrams: slice(bytes, &self.unigrams),
            levels: self.levels.iter().map(level).collect(),
        }
    }
}

/// Histories written at a time.
const CHUNK: usize = 1 << 18;

/// Writes a complete table to a file, and returns its length in bytes.
pub fn write(
    mut writer: Writer,
    info: &ModelInfo,
    vocab: VocabView<'_>,
    table: &TableView,
) -> Result<u64, WriteError> {
    let unigrams: Vec<f32> = table.unigrams.iter().map(|log_prob| log_prob.get()).collect();
    let sizes = |level: &LevelView| (level.histories() as u64, level.successor_words.len() as u64);
    let sizes = Sizes(table.levels.iter().map(sizes).collect());
    writer.begin(info, vocab, &unigrams, &sizes)?;
    for (depth, level) in table.levels.iter().enumerate() {
        for first in (0..level.histories()).step_by(CHUNK) {
            let histories = first..level.histories().min(first + CHUNK);
            let successors = level.successor_starts.range(first).start;
            let children = level.children(first).start;
            let mut bases = Bases(vec![(0, 0); table.levels.len()]);
            bases.0[depth] = (first as u64, successors as u64);
            if let Some(longer) = bases.0.get_mut(depth + 1) {
                longer.0 = children as u64;
            }
            let mut levels = vec![ScoredLevel::default(); table.levels.len()];
            let part = &mut levels[depth];
            for history in histories {
                part.words.extend(level.words.get(history).map(|word| word.get()));
                part.backoffs.push(level.backoff(history));
                let end = level.successor_starts.range(history).end;
                part.successor_ends.push((end - successors) as u32);
                if level.child_starts.is_some() {
                    part.child_ends.push((level.children(history).end - children) as u32);
                }
                for (word, log_prob) in level.successors(history) {
                    part.successor_words.push(word.0);
                    part.log_probs.push(log_prob);
                }
            }
            writer.part(&levels, &bases)?;
        }
    }
    writer.finish()
}
