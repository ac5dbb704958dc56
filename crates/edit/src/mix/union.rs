//! The table of a mixture: every n-gram of any model, with its probability in the mixture.
//!
//! The histories of each model form a trie. All tries are walked down together, from the last word
//! of a history to the first. A history lists the words that any model lists after it. The back-off
//! weight makes the sum after the history 1:
//!
//! ```text
//! backoff(h) = (1 − Σ p(w|h)) / (1 − Σ p(w|h′))        sums over the words that are listed after h
//! ```

use super::Blend;
use super::context::Context;
use super::part::Part;
use ngram_model::ScoredLevel;
use ngram_model::exp10::exp10;
use ngram_model::log10::{log10, log10_of_any};
use ngram_model::table::{LevelView, OwnedLevel, OwnedStarts, OwnedTable};
use ngram_store::{Cancelled, Progress};
use ngram_tokenizer::WordId;
use rayon::prelude::*;
use std::ops::Range;
use zerocopy::little_endian::{F32, U32};

/// About how many n-grams of all models a unit of work has.
const RUN: usize = 1 << 18;
/// Anything below this is a rounding error.
const NOTHING: f64 = 1e-9;

/// What a mixture is made of.
pub(super) struct Union<'t> {
    pub parts: &'t [Part<'t>],
    pub blend: &'t Blend,
    /// How many words the united vocabulary has.
    pub words: usize,
    /// The length of the longest history: n − 1.
    pub longest: usize,
}

/// What is known of a history while its extensions are visited.
#[derive(Default)]
pub(super) struct Frame {
    /// The words listed after it, by number.
    pub words: Vec<WordId>,
    /// Their probabilities in the mixture, as stored.
    pub probs: Vec<f64>,
    /// The back-off weight, as stored.
    backoff: f64,
    /// Z(h) of a log-linear mixture.
    pub normalizer: f64,
    /// log10 p of each word in each model, one row per word.
    pub rows: Vec<f32>,
}

impl Union<'_> {
    /// Builds the whole table.
    pub fn table(&self, progress: &dyn Progress) -> Result<OwnedTable, Cancelled> {
        let unigrams = self.unigrams();
        let sizes: Vec<usize> =
            (0..self.words as u32).map(|word| self.size(WordId(word))).collect();
        progress.begin("mixing", Some(sizes.iter().sum::<usize>() as u64), "n-grams");
        let runs = runs(&sizes);
        let parts: Vec<Vec<ScoredLevel>> = runs
            .par_iter()
            .map(|run| {
                let mut walk = Walk::new(self, &unigrams, progress);
                for word in run.clone() {
                    walk.begin(WordId(word as u32))?;
                    progress.advance(sizes[word] as u64);
                }
                Ok(walk.levels)
            })
            .collect::<Result<_, Cancelled>>()?;
        let begin = self.parts.iter().find_map(|part| {
            part.table.unigrams.get(WordId::BEGIN.index()).map(|log_prob| log_prob.get())
        });
        let mut table = OwnedTable {
            unigrams: unigrams.rows.iter().map(|&log_prob| F32::new(log_prob)).collect(),
            levels: joined(parts, self.longest),
        };
        table.unigrams[WordId::BEGIN.index()] = F32::new(begin.unwrap_or(f32::NEG_INFINITY));
        progress.end();
        Ok(table)
    }

    /// Returns the frame of the empty history, with the log-probabilities as `rows`, one per word.
    fn unigrams(&self) -> Frame {
        let mut frame = Frame {
            words: (0..self.words as u32).map(WordId).collect(),
            normalizer: 1.0,
            ..Frame::default()
        };
        let row = |&word: &WordId| self.parts.iter().map(move |part| part.log_prob(&[], word));
        frame.rows = frame.words.iter().flat_map(row).collect();
        let contexts: Vec<Context> = self.parts.iter().map(|part| part.context(&[])).collect();
        let sum = |q: f64, word: WordId| if word == WordId::BEGIN { 0.0 } else { q };
        if let Blend::LogLinear(weights) = self.blend {
            let rows = frame.rows.chunks_exact(self.parts.len());
            frame.normalizer =
                rows.zip(&frame.words).map(|(row, &word)| sum(weights.product(row), word)).sum();
        }
        let stored: Vec<f32> = self.blend.log_probs(&frame, &contexts, self.parts.len());
        frame.probs = stored.iter().map(|&log_prob| exp10(log_prob)).collect();
        frame.rows = stored;
        frame
    }

    /// Returns how many n-grams of the models have histories that end in a word.
    fn size(&self, word: WordId) -> usize {
        let known = self.parts.iter().filter(|part| part.knows(word));
        known.map(|part| size(&part.table.levels, part.own(word).index())).sum()
    }
}

/// Returns how many n-grams have histories that end in a word.
fn size(levels: &[LevelView<'_>], word: usize) -> usize {
    let mut histories = word..word + 1;
    let mut size = 0;
    for level in levels {
        if histories.is_empty() {
            break;
        }
        let first = level.successor_starts.range(histories.start).start;
        size += level.successor_starts.range(histories.end - 1).end.saturating_sub(first);
        histories = level.children(histories.start).start..level.children(histories.end - 1).end;
    }
    size
}

/// Splits the words into runs with about the same number of n-grams.
fn runs(sizes: &[usize]) -> Vec<Range<usize>> {
    let mut runs = Vec::new();
    let (mut start, mut size) = (0, 0);
    for (word, more) in sizes.iter().enumerate() {
        size += more;
        if size >= RUN {
            runs.push(start..word + 1);
            (start, size) = (word + 1, 0);
        }
    }
    runs.push(start..sizes.len());
    runs
}

/// Walks down the tries of all models together.
struct Walk<'t> {
    union: &'t Union<'t>,
    unigrams: &'t Frame,
    progress: &'t dyn Progress,
    levels: Vec<ScoredLevel>,
    frames: Vec<Frame>,
    /// The path of the history in each model.
    paths: Vec<Vec<usize>>,
    /// The length of the suffix of the history that each model stores word for word, without words
    /// read as `<unk>`.
    exact: Vec<usize>,
    contexts: Vec<Context>,
    /// The successors of a history: word, model, log10 p.
    listed: Vec<(WordId, u32, f32)>,
    /// For histories of each length: the word in front, the model, and the number of the longer history.
    children: Vec<Vec<(WordId, u32, usize)>>,
}

impl<'t> Walk<'t> {
    fn new(union: &'t Union<'t>, unigrams: &'t Frame, progress: &'t dyn Progress) -> Walk<'t> {
        let parts = union.parts.len();
        Walk {
            union,
            unigrams,
            progress,
            levels: vec![ScoredLevel::default(); union.longest],
            frames: (0..union.longest).map(|_| Frame::default()).collect(),
            paths: vec![Vec::new(); parts],
            exact: vec![0; parts],
            contexts: Vec::new(),
            listed: Vec::new(),
            children: vec![Vec::new(); union.longest],
        }
    }

    /// Visits all histories that end in `word`.
    fn begin(&mut self, word: WordId) -> Result<(), Cancelled> {
        if self.union.longest == 0 {
            return Ok(());
        }
        for (number, part) in self.union.parts.iter().enumerate() {
            self.paths[number].clear();
            let stored = part.lengthen(&mut self.paths[number], word);
            self.exact[number] = usize::from(stored && part.knows(word));
        }
        self.visit(0, word)
    }

    /// Adds the history of the paths to the table, then all that extend it in front. `depth` is its
    /// length less 1, `first` its first word.
    fn visit(&mut self, depth: usize, first: WordId) -> Result<(), Cancelled> {
        if depth < 2 {
            self.progress.proceed()?;
        }
        let mut frame = std::mem::take(&mut self.frames[depth]);
        self.list(depth, &mut frame);
        self.contexts.clear();
        let paths = self.union.parts.iter().zip(&self.paths);
        self.contexts.extend(paths.map(|(part, path)| part.context(path)));
        if let Blend::LogLinear(weights) = self.union.blend {
            let shorter = depth.checked_sub(1).map_or(self.unigrams, |at| &self.frames[at]);
            frame.normalizer =
                weights.normalizer(self.union.parts, &self.paths, depth, &frame, shorter);
        }
        let stored = self.union.blend.log_probs(&frame, &self.contexts, self.union.parts.len());
        frame.probs.clear();
        frame.probs.extend(stored.iter().map(|&log_prob| exp10(log_prob)));
        let backoff = log10_of_any(self.backoff(depth, &frame));
        frame.backoff = exp10(backoff);

        let level = &mut self.levels[depth];
        level.words.push(first.0);
        level.backoffs.push(backoff);
        level.successor_words.extend(frame.words.iter().map(|word| word.0));
        level.log_probs.extend(stored);
        level.successor_ends.push(level.successor_words.len() as u32);
        self.frames[depth] = frame;
        if depth + 1 < self.union.longest {
            self.descend(depth)?;
            let end = self.levels[depth + 1].words.len() as u32;
            self.levels[depth].child_ends.push(end);
        }
        Ok(())
    }

    /// Collects the words that any model lists after the history, with their log-probabilities in each model.
    fn list(&mut self, depth: usize, frame: &mut Frame) {
        self.listed.clear();
        for (number, part) in self.union.parts.iter().enumerate() {
            if self.exact[number] > depth {
                let successors = part.table.levels[depth].successors(self.paths[number][depth]);
                let united = |(own, log_prob): (WordId, f32)| {
                    let word = part.to_united[own.index()];
                    (word, number as u32, part.of_word(word, log_prob))
                };
                let in_range = successors.filter(|(own, _)| own.index() < part.to_united.len());
                self.listed.extend(in_range.map(united));
            }
        }
        self.listed.sort_unstable_by_key(|&(word, number, _)| (word, number));
        frame.words.clear();
        frame.rows.clear();
        for same in self.listed.chunk_by(|one, other| one.0 == other.0) {
            let word = same[0].0;
            frame.words.push(word);
            let mut same = same.iter().peekable();
            for (number, part) in self.union.parts.iter().enumerate() {
                let own = same.next_if(|listed| listed.1 as usize == number);
                let backed_off = || part.log_prob(&self.paths[number], word);
                frame.rows.push(own.map_or_else(backed_off, |listed| listed.2));
            }
        }
    }

    /// Returns the weight that makes the sum after the history 1.
    fn backoff(&self, depth: usize, frame: &Frame) -> f64 {
        let (mut listed, mut shorter) = (0.0, 0.0);
        for (&word, prob) in frame.words.iter().zip(&frame.probs) {
            if word != WordId::BEGIN {
                listed += prob;
                shorter += self.prob(depth, word);
            }
        }
        let (left, free) = ((1.0 - listed).max(0.0), 1.0 - shorter);
        // If no word is left, the weight is never used.
        if free > NOTHING { left / free } else { 1.0 }
    }

    /// Returns the table's probability of a word after the last `length` words of the history.
    fn prob(&self, length: usize, word: WordId) -> f64 {
        let mut weight = 1.0;
        for frame in self.frames[..length].iter().rev() {
            if let Ok(at) = frame.words.binary_search(&word) {
                return weight * frame.probs[at];
            }
            weight *= frame.backoff;
        }
        weight * self.unigrams.probs[word.index()]
    }

    /// Visits all histories that extend this one in front.
    fn descend(&mut self, depth: usize) -> Result<(), Cancelled> {
        let mut children = std::mem::take(&mut self.children[depth]);
        children.clear();
        for (number, part) in self.union.parts.iter().enumerate() {
            if self.exact[number] > depth {
                let range = part.table.levels[depth].children(self.paths[number][depth]);
                let Some(longer) = part.table.levels.get(depth + 1) else { continue };
                let words = longer.words.get(range.clone()).unwrap_or_default();
                let known = words
                    .iter()
                    .zip(range)
                    .filter(|(word, _)| (word.get() as usize) < part.to_united.len());
                children.extend(known.map(|(word, history)| {
                    (part.to_united[word.get() as usize], number as u32, history)
                }));
            }
        }
        children.sort_unstable_by_key(|&(word, number, _)| (word, number));
        let exact = self.exact.clone();
        for same in children.chunk_by(|one, other| one.0 == other.0) {
            let word = same[0].0;
            let mut same = same.iter().peekable();
            for (number, part) in self.union.parts.iter().enumerate() {
                let path = &mut self.paths[number];
                path.truncate(depth + 1);
                self.exact[number] = exact[number].min(depth + 1);
                if let Some(&(_, _, history)) = same.next_if(|child| child.1 as usize == number) {
                    path.push(history);
                    self.exact[number] = depth + 2;
                } else if path.len() == depth + 1 {
                    part.lengthen(path, word);
                }
            }
            self.visit(depth + 1, word)?;
        }
        for (path, before) in self.paths.iter_mut().zip(&exact) {
            path.truncate(depth + 1);
            debug_assert!(*before <= path.len());
        }
        self.exact = exact;
        self.children[depth] = children;
        Ok(())
    }
}

/// Joins the parts of a table.
fn joined(parts: Vec<Vec<ScoredLevel>>, longest: usize) -> Vec<OwnedLevel> {
    let starts = || -> OwnedStarts { [0].into_iter().collect() };
    let mut levels: Vec<OwnedLevel> = (1..=longest)
        .map(|length| OwnedLevel {
            child_starts: (length < longest).then(starts),
            successor_starts: starts(),
            ..OwnedLevel::default()
        })
        .collect();
    for part in parts {
        let histories: Vec<u64> = levels.iter().map(|level| level.backoffs.len() as u64).collect();
        for (depth, part) in part.into_iter().enumerate() {
            let level = &mut levels[depth];
            let successors = level.successor_words.len() as u64;
            if depth > 0 {
                level.words.extend(part.words.into_iter().map(U32::new));
            }
            level.backoffs.extend(part.backoffs.into_iter().map(F32::new));
            let moved =
                |ends: Vec<u32>, by: u64| ends.into_iter().map(move |end| u64::from(end) + by);
            level.successor_starts.extend(moved(part.successor_ends, successors));
            level.successor_words.extend(part.successor_words.into_iter().map(U32::new));
            level.log_probs.extend(part.log_probs.into_iter().map(F32::new));
            if let Some(starts) = &mut level.child_starts {
                starts.extend(moved(part.child_ends, histories[depth + 1]));
            }
        }
    }
    levels
}

impl Blend {
    /// Returns log10 p in the mixture for each word of a frame; the frame's rows hold the models'
    /// log-probabilities.
    pub(super) fn log_probs(&self, frame: &Frame, contexts: &[Context], parts: usize) -> Vec<f32> {
        let rows = frame.rows.chunks_exact(parts);
        match self {
            Blend::Linear(weights) => {
                let weights = weights.of(contexts);
                let mix = |row: &[f32]| -> f64 {
                    // A model with weight 0 may have infinities.
                    let parts = row.iter().zip(weights).filter(|(_, weight)| **weight > 0.0);
                    parts.map(|(log_prob, weight)| weight * exp10(*log_prob)).sum()
                };
                rows.map(|row| log10(mix(row))).collect()
            }
            Blend::LogLinear(weights) => {
                rows.map(|row| log10(weights.product(row) / frame.normalizer)).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two parts, of the histories that end in the first words and in the last one. The parts'
    /// successors and longer histories are counted on from those before.
    #[test]
    fn parts_are_joined_in_turn() {
        let part = |words: [&[u32]; 2], child_ends: &[u32], ends: [&[u32]; 2], log_prob: f32| {
            let level = |words: &[u32], child_ends: &[u32], ends: &[u32]| {
                let successors = *ends.last().unwrap();
                ScoredLevel {
                    words: words.to_vec(),
                    child_ends: child_ends.to_vec(),
                    successor_ends: ends.to_vec(),
                    successor_words: (0..successors).collect(),
                    log_probs: vec![log_prob; successors as usize],
                    backoffs: vec![log_prob; words.len()],
                }
            };
            vec![level(words[0], child_ends, ends[0]), level(words[1], &[], ends[1])]
        };
        let one = part([&[0, 1], &[5, 6, 7]], &[1, 3], [&[2, 3], &[1, 1, 4]], -1.0);
        let other = part([&[2], &[8, 9]], &[2], [&[2], &[3, 4]], -2.0);
        let table = OwnedTable { unigrams: Vec::new(), levels: joined(vec![one, other], 2) };
        let view = table.view();
        let [first, second] = &view.levels[..] else { panic!() };
        let ranges = |ranges: &dyn Fn(usize) -> Range<usize>, histories: usize| {
            (0..histories).map(ranges).collect::<Vec<_>>()
        };
        assert_eq!((first.words.len(), first.histories(), second.histories()), (0, 3, 5));
        assert_eq!(ranges(&|history| first.successor_range(history), 3), [0..2, 2..3, 3..5]);
        assert_eq!(ranges(&|history| first.children(history), 3), [0..1, 1..3, 3..5]);
        assert_eq!(
            ranges(&|history| second.successor_range(history), 5),
            [0..1, 1..1, 1..4, 4..7, 7..8]
        );
        assert_eq!(second.words.iter().map(|word| word.get()).collect::<Vec<_>>(), [5, 6, 7, 8, 9]);
        assert_eq!([1, 2].map(|history| first.backoff(history)), [-1.0, -2.0]);
        assert_eq!(second.log_prob(4, WordId(0)), None);
        assert_eq!(second.log_prob(3, WordId(2)), Some(-2.0));
    }

    /// A run ends with the word that fills it; every word is in one.
    #[test]
    fn runs_of_words_follow_one_another() {
        assert_eq!(runs(&[RUN - 1, 1, 5, RUN, 0]), [0..2, 2..4, 4..5]);
        assert_eq!(runs(&[3, 4]), std::slice::from_ref(&(0..2)));
    }
}
