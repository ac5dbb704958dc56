//! Builds the hash table of a model.

use super::line::{FREE, Line, NgramKey, SLOTS};
use super::pages::Pages;
use super::{HashedModel, Unigram};
use crate::table::{LevelView, TableView};
use crate::{LanguageModel, Model, ModelError};
use ngram_tokenizer::{Vocab, VocabError, WordId, WordTable};
use std::io;

/// The error for a model with more n-grams or words than the table can number.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TooLarge {
    /// There are too many n-grams.
    #[error(
        "{ngrams} n-grams are too many for a table in memory, which has at most 4,294,967,295 places and leaves half of them free: use the mapped model instead"
    )]
    Ngrams {
        /// A lower bound on their number.
        ngrams: u64,
    },
    /// There are too many words.
    #[error(
        "{words} words are too many for a table in memory, which holds at most 1,073,741,822: use the mapped model instead"
    )]
    Words {
        /// Their number.
        words: u64,
    },
    /// The system has no memory for it.
    #[error("not enough memory for {ngrams} n-grams: use the mapped model instead")]
    Memory {
        /// A lower bound on their number.
        ngrams: u64,
        /// What the system said.
        source: io::Error,
    },
    /// The model is damaged.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The model's words are not a vocabulary: the file is damaged.
    #[error(transparent)]
    Vocabulary(#[from] VocabError),
}

impl HashedModel {
    /// Builds the table of a model, which is not needed afterwards. Takes some 100 ns and 32 bytes
    /// per n-gram, and temporarily as much memory again as the model's file.
    ///
    /// # Errors
    ///
    /// [`TooLarge`] if there are more than two billion n-grams, or if the model is damaged.
    pub fn new(model: &Model) -> Result<HashedModel, TooLarge> {
        let vocab = model.vocab();
        if vocab.len() as u64 >= u64::from(FREE) {
            return Err(TooLarge::Words { words: vocab.len() as u64 });
        }
        let table = model.table()?;
        let table = table.view();
        let mut ngrams = table.levels.iter().map(|level| level.log_probs.len() as u64).sum::<u64>();
        let (unigrams, lines) = loop {
            let lines = ngrams.div_ceil(SLOTS as u64 / 2).max(1);
            if lines * SLOTS as u64 + vocab.len() as u64 > u64::from(u32::MAX) {
                return Err(TooLarge::Ngrams { ngrams });
            }
            let mut build = Build::new(&table, vocab.len(), lines as usize)
                .map_err(|source| TooLarge::Memory { ngrams, source })?;
            if build.all(&table).is_some() {
                break (build.unigrams, build.lines);
            }
            // Pruned models need n-grams that they do not list; their number is not known in advance.
            ngrams += ngrams / 2 + 2;
        };
        let owned = Vocab::new(vocab.words().skip(WordId::SPECIAL as usize))?;
        Ok(HashedModel {
            order: model.order(),
            tokenizer: model.tokenizer().clone(),
            words: WordTable::new(owned.view()),
            vocab: owned,
            unigrams,
            lines,
        })
    }
}

/// A table under construction.
struct Build {
    unigrams: Pages<Unigram>,
    lines: Pages<Line>,
    words: usize,
    /// The number of places that may still be taken.
    room: usize,
}

/// An n-gram's number, which locates its log-probability, its weight and its flag.
type Number = u32;

impl Build {
    fn new(table: &TableView<'_>, words: usize, lines: usize) -> io::Result<Build> {
        let nothing = Unigram { log_prob: f32::NEG_INFINITY, backoff: -0.0 };
        let mut unigrams = Pages::filled(words, &nothing)?;
        for (unigram, log_prob) in unigrams.as_mut().iter_mut().zip(table.unigrams) {
            unigram.log_prob = log_prob.get();
        }
        // Beyond three quarters, too many n-grams are displaced.
        let room = lines * SLOTS - lines.min(lines * SLOTS - 1);
        Ok(Build { unigrams, lines: Pages::filled(lines, &Line::EMPTY)?, words, room })
    }

    /// Inserts everything, shorter n-grams first; `None` if space runs out.
    fn all(&mut self, table: &TableView<'_>) -> Option<()> {
        // The numbers of the histories of one length, and of the n-grams of that length.
        let mut histories: Vec<Number> = (0..self.words as Number).collect();
        let mut shorter: Vec<Number> = Vec::new();
        for depth in 0..table.levels.len() {
            if depth > 0 {
                histories = self.histories(table, depth, &histories)?;
            }
            self.weigh(&table.levels[depth], &histories);
            shorter = self.ngrams(table, depth, &shorter)?;
        }
        Some(())
    }

    /// Inserts the histories of the level at index `depth`, given the numbers of those shorter by a
    /// word; returns their numbers.
    fn histories(
        &mut self,
        table: &TableView<'_>,
        depth: usize,
        suffixes: &[Number],
    ) -> Option<Vec<Number>> {
        let level = &table.levels[depth];
        let mut numbers = vec![0; level.histories()];
        for (parent, &suffix) in suffixes.iter().enumerate() {
            for child in table.levels[depth - 1].children(parent) {
                let (Some(word), Some(number)) = (level.words.get(child), numbers.get_mut(child))
                else {
                    continue;
                };
                *number = self.number(suffix, WordId(word.get()))?;
            }
        }
        Some(numbers)
    }

    /// Stores the weights of the histories of a level.
    fn weigh(&mut self, level: &LevelView<'_>, histories: &[Number]) {
        for (history, &number) in histories.iter().enumerate() {
            let backoff = level.backoff(history);
            let unused = level.successor_range(history).is_empty();
            // −0.0 for a history that can be forgotten, 0.0 otherwise.
            let marked = match backoff == 0.0 {
                true => {
                    if unused {
                        -0.0
                    } else {
                        0.0
                    }
                }
                false => backoff,
            };
            match self.place(number) {
                Some((line, slot)) => self.lines.as_mut()[line].backoffs[slot] = marked,
                None => {
                    if let Some(unigram) = self.unigrams.as_mut().get_mut(number as usize) {
                        unigram.backoff = marked;
                    }
                }
            }
        }
    }

    /// Inserts the n-grams that begin with the histories of the level at index `depth`; returns
    /// their numbers. `shorter` holds the numbers of the level before.
    fn ngrams(
        &mut self,
        table: &TableView<'_>,
        depth: usize,
        shorter: &[Number],
    ) -> Option<Vec<Number>> {
        let level = &table.levels[depth];
        let mut numbers = vec![0; level.successor_words.len()];
        let parents = if depth == 0 { 1 } else { table.levels[depth - 1].histories() };
        for parent in 0..parents {
            let children = match depth {
                0 => 0..level.histories(),
                _ => table.levels[depth - 1].children(parent),
            };
            for history in children {
                let Some(first) = first_word(level, depth, history) else { continue };
                let range = level.successor_range(history);
                for (at, (word, log_prob)) in range.zip(level.successors(history)) {
                    let suffix = match depth {
                        0 => word.0,
                        _ => match table.levels[depth - 1].place(parent, word) {
                            Some(place) => shorter[place],
                            None => self.suffix(table, depth - 1, parent, word)?,
                        },
                    };
                    let number = self.number(suffix, first)?;
                    if let Some((line, slot)) = self.place(number) {
                        self.lines.as_mut()[line].log_probs[slot] = log_prob;
                    }
                    numbers[at] = number;
                }
            }
        }
        Some(numbers)
    }

    /// Returns the number of an n-gram that may not be listed, given as a history of the level at
    /// index `depth` and a word.
    fn suffix(
        &mut self,
        table: &TableView<'_>,
        depth: usize,
        history: usize,
        word: WordId,
    ) -> Option<Number> {
        let first = first_word(&table.levels[depth], depth, history).unwrap_or(WordId::UNKNOWN);
        let suffix = match depth {
            0 => word.0,
            _ => {
                let starts = table.levels[depth - 1].child_starts;
                let parent = starts.map_or(0, |starts| starts.run_of(history));
                self.suffix(table, depth - 1, parent, word)?
            }
        };
        self.number(suffix, first)
    }

    /// Returns the line and slot of a number's n-gram, unless it is a single word.
    fn place(&self, number: Number) -> Option<(usize, usize)> {
        let place = (number as usize).checked_sub(self.words)?;
        Some((place / SLOTS, place % SLOTS))
    }

    /// Returns the number of the n-gram with this suffix and first word, inserting it if needed.
    fn number(&mut self, suffix: Number, first: WordId) -> Option<Number> {
        if let Some((line, slot)) = self.place(suffix) {
            self.lines.as_mut()[line].mark_extends(slot);
        }
        let key = NgramKey::new(suffix, first);
        let lines = self.lines.as_mut();
        let mut at = key.home(lines.len());
        loop {
            let line = &mut lines[at];
            if let Some(slot) = line.slot(key) {
                if line.is_free(slot) {
                    self.room = self.room.checked_sub(1)?;
                    line.put(slot, key);
                }
                return Some((self.words + at * SLOTS + slot) as Number);
            }
            line.mark_moved(key);
            at = if at + 1 == lines.len() { 0 } else { at + 1 };
        }
    }
}

/// Returns the first word of a history of the level at index `depth`.
fn first_word(level: &LevelView<'_>, depth: usize, history: usize) -> Option<WordId> {
    match depth {
        0 => Some(WordId(history as u32)),
        _ => level.words.get(history).map(|word| WordId(word.get())),
    }
}
