//! Whether a table is in order, as all that walks it relies on.

use crate::table::{LevelView, Starts, TableView};
use ngram_tokenizer::VocabError;
use rayon::prelude::*;
use zerocopy::little_endian::{F32, U32};

/// What is wrong with a table, and in which section of the file. Only damage or a forger makes such a table.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TableFault {
    /// The runs of an array overlap, leave a gap, or do not end where it does.
    #[error(
        "section {section} of level {length}: the {of} of the histories of length {length} overlap or reach too far"
    )]
    Runs {
        /// The section of the starts.
        section: &'static str,
        /// The length of the histories.
        length: usize,
        /// What the histories have: children or successors.
        of: &'static str,
    },
    /// Words of one history do not rise, or are outside the vocabulary.
    #[error(
        "section {section} of level {level}: words out of the order of the vocabulary, or outside it"
    )]
    Words {
        /// The section of the words.
        section: &'static str,
        /// The level of that section.
        level: usize,
    },
    /// A log-probability or a back-off weight is NaN.
    #[error("section {section} of level {level}: a value that is not a number")]
    NotANumber {
        /// The section of the values.
        section: &'static str,
        /// The level of that section.
        level: usize,
    },
    /// The vocabulary is damaged.
    #[error(transparent)]
    Vocabulary(#[from] VocabError),
    /// The trie of another layout cannot be read as a table.
    #[error("the trie has {0}")]
    Trie(&'static str),
}

impl TableView<'_> {
    /// Checks that the children and the successors of all histories follow each other without gaps and end where the
    /// arrays do. Then every range is within its array, and no two overlap.
    ///
    /// # Errors
    ///
    /// [`TableFault::Runs`] names the first fault.
    pub fn check_runs(&self) -> Result<(), TableFault> {
        for (depth, level) in self.levels.iter().enumerate() {
            let length = depth + 1;
            let elements = level.successor_words.len();
            if !follow(level.successor_starts, level.histories(), elements) {
                let section = "SuccessorStarts";
                return Err(TableFault::Runs { section, length, of: "successors" });
            }
            if let (Some(starts), Some(next)) = (level.child_starts, self.levels.get(depth + 1))
                && !follow(starts, level.histories(), next.histories())
            {
                return Err(TableFault::Runs { section: "ChildStarts", length, of: "children" });
            }
        }
        Ok(())
    }

    /// Checks all that a walk through the table relies on: the runs; that the words of each run rise and are in the
    /// vocabulary; and that no value is NaN. Reads the whole table, using the threads of the current rayon pool.
    ///
    /// # Errors
    ///
    /// [`TableFault`] names the first fault.
    pub fn check(&self) -> Result<(), TableFault> {
        self.check_runs()?;
        let words = self.unigrams.len();
        let numbers = |values: &[F32], section, level| match values.par_iter().any(is_nan) {
            false => Ok(()),
            true => Err(TableFault::NotANumber { section, level }),
        };
        numbers(self.unigrams, "LogProbs", 0)?;
        for (depth, level) in self.levels.iter().enumerate() {
            let length = depth + 1;
            numbers(level.backoffs, "Backoffs", length)?;
            numbers(level.log_probs, "LogProbs", length)?;
            let successors = |at| level.successor_starts.range(at);
            if !rise(level.successor_words, level, successors, words) {
                return Err(TableFault::Words { section: "Successors", level: length });
            }
            if let Some(next) = self.levels.get(depth + 1)
                && !rise(next.words, level, |at| level.children(at), words)
            {
                return Err(TableFault::Words { section: "Words", level: length + 1 });
            }
        }
        Ok(())
    }
}

fn is_nan(value: &F32) -> bool {
    value.get().is_nan()
}

/// Returns whether runs follow each other and end where the array does.
fn follow(starts: Starts, runs: usize, elements: usize) -> bool {
    let mut end = 0;
    for run in 0..runs {
        let range = starts.range(run);
        if range.start != end || range.end < range.start {
            return false;
        }
        end = range.end;
    }
    end == elements
}

/// Returns whether the words of every run rise and are below `words`.
fn rise(
    list: &[U32],
    level: &LevelView,
    range: impl Fn(usize) -> std::ops::Range<usize> + Sync,
    words: usize,
) -> bool {
    (0..level.histories()).into_par_iter().with_min_len(1 << 12).all(|history| {
        let run = list.get(range(history)).unwrap_or_default();
        run.is_sorted_by(|a, b| a.get() < b.get())
            && run.last().is_none_or(|last| (last.get() as usize) < words)
    })
}

#[cfg(test)]
mod tests {
    use crate::ScoredLevel;
    use crate::table::OwnedTable;

    /// The words <unk>, <s>, </s> and a; after a, <s> and </s> follow; before a, <s> is listed as a history.
    fn sound() -> (Vec<f32>, Vec<ScoredLevel>) {
        let words = ScoredLevel {
            child_ends: vec![0, 0, 0, 1],
            successor_ends: vec![0, 0, 0, 2],
            successor_words: vec![2, 3],
            log_probs: vec![-0.3, -0.3],
            backoffs: vec![0.0; 4],
            ..ScoredLevel::default()
        };
        let pairs = ScoredLevel {
            words: vec![1],
            successor_ends: vec![1],
            successor_words: vec![3],
            log_probs: vec![-0.5],
            backoffs: vec![-0.1],
            ..ScoredLevel::default()
        };
        (vec![-1.0; 4], vec![words, pairs])
    }

    fn check(forge: impl Fn(&mut Vec<f32>, &mut [ScoredLevel])) -> Result<(), String> {
        let (mut unigrams, mut levels) = sound();
        forge(&mut unigrams, &mut levels);
        OwnedTable::new(unigrams, levels).view().check().map_err(|fault| fault.to_string())
    }

    #[test]
    fn every_fault_is_found_and_names_its_section() {
        assert_eq!(check(|_, _| {}), Ok(()));
        type Forge = fn(&mut Vec<f32>, &mut [ScoredLevel]);
        let cases: [(Forge, &str); 10] = [
            (|_, levels| levels[0].successor_ends[3] = 2_147_483_664, "SuccessorStarts of level 1"),
            (|_, levels| levels[0].successor_ends[3] = 1, "SuccessorStarts of level 1"),
            (|_, levels| levels[0].successor_ends[1] = 2, "SuccessorStarts of level 1"),
            (|_, levels| levels[0].child_ends[0] = 1, "ChildStarts of level 1"),
            (|_, levels| levels[0].successor_words[1] = 4, "Successors of level 1"),
            (|_, levels| levels[0].successor_words[1] = 2, "Successors of level 1"),
            (|_, levels| levels[1].words[0] = 4, "Words of level 2"),
            (|unigrams, _| unigrams[2] = f32::NAN, "LogProbs of level 0"),
            (|_, levels| levels[1].log_probs[0] = f32::NAN, "LogProbs of level 2"),
            (|_, levels| levels[1].backoffs[0] = f32::NAN, "Backoffs of level 2"),
        ];
        for (forge, section) in cases {
            let fault = check(forge).unwrap_err();
            assert!(fault.contains(section), "{section}: {fault}");
        }
    }
}
