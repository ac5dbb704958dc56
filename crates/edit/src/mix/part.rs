//! A model as part of a mixture: its table, queried for words of the united vocabulary.

use super::context::{self, Context};
use ngram_model::table::TableView;
use ngram_tokenizer::WordId;

/// A table, with the numbers of its words in the united vocabulary.
///
/// A history is a *path*: the numbers of its stored suffixes in the table, from length 1 to the
/// longest. Words that the model lacks are its `<unk>`.
pub(super) struct Part<'t> {
    pub table: TableView<'t>,
    /// The model's own number of each united word; that of `<unk>` for words it lacks.
    pub to_own: Vec<WordId>,
    /// The united number of each of the model's own words.
    pub to_united: Vec<WordId>,
    /// log10 of 1 / (L + 1) if the model lacks L words.
    pub log_share: f32,
    /// Whether words that the model lacks share its `<unk>` equally; otherwise they get nothing.
    pub shares: bool,
}

impl Part<'_> {
    /// Returns the model's own number of a united word.
    #[inline]
    pub fn own(&self, word: WordId) -> WordId {
        self.to_own[word.index()]
    }

    /// Whether the model's vocabulary lists a united word.
    #[inline]
    pub fn knows(&self, word: WordId) -> bool {
        word == WordId::UNKNOWN || self.own(word) != WordId::UNKNOWN
    }

    /// Turns the log-probability of the model's own word into that of a united word.
    #[inline]
    pub fn of_word(&self, word: WordId, log_prob: f32) -> f32 {
        match self.own(word) {
            WordId::UNKNOWN if self.shares => log_prob + self.log_share,
            WordId::UNKNOWN if word != WordId::UNKNOWN => f32::NEG_INFINITY,
            _ => log_prob,
        }
    }

    /// Returns log10 p of a word after the history of a path.
    pub fn log_prob(&self, path: &[usize], word: WordId) -> f32 {
        self.of_word(word, self.own_log_prob(path, word))
    }

    /// Returns log10 p of a word, and where the words that the model lacks share its `<unk>` equally.
    pub fn log_probs(&self, path: &[usize], word: WordId) -> [f32; 2] {
        let own = self.own_log_prob(path, word);
        let share = if self.own(word) == WordId::UNKNOWN { self.log_share } else { 0.0 };
        [self.of_word(word, own), own + share]
    }

    /// Returns log10 p of the model's own word for a united word.
    fn own_log_prob(&self, path: &[usize], word: WordId) -> f32 {
        let own = self.own(word);
        let levels = || self.table.levels.iter().zip(path).enumerate();
        let found = levels().rev().find_map(|(depth, (level, &history))| {
            level.log_prob(history, own).map(|log_prob| (depth + 1, log_prob))
        });
        let (length, log_prob) = found.unwrap_or_else(|| {
            (0, self.table.unigrams.get(own.index()).map_or(f32::NEG_INFINITY, |p| p.get()))
        });
        // Summed from the shortest up, as in scoring.
        let backoff = levels().skip(length);
        let backoff =
            backoff.fold(0.0f32, |sum, (_, (level, &history))| sum + level.backoff(history));
        log_prob + backoff
    }

    /// Returns log10 of the back-off weight of the history of length `length` on a path; 0 if it is not stored.
    pub fn backoff(&self, path: &[usize], length: usize) -> f32 {
        match (path.get(length - 1), self.table.levels.get(length - 1)) {
            (Some(&history), Some(level)) => level.backoff(history),
            _ => 0.0,
        }
    }

    /// Extends a path by a word in front, if that history is stored. Returns whether it is.
    pub fn lengthen(&self, path: &mut Vec<usize>, word: WordId) -> bool {
        let own = self.own(word);
        let longer = match path.last() {
            _ if path.len() >= self.table.levels.len() => None,
            None => Some(own.index()),
            Some(&history) => self.table.child(path.len() - 1, history, own),
        };
        path.extend(longer);
        longer.is_some()
    }

    /// Returns the kind of a path's history.
    pub fn context(&self, path: &[usize]) -> Context {
        let successors = path.last().map_or(0, |&history| {
            self.table.levels[path.len() - 1].successor_starts.range(history).len()
        });
        context::of(path.len(), successors)
    }
}
