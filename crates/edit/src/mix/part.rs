//! A model as a part of a mixture: its table, asked for words of the united vocabulary.

use super::context::{self, Context};
use ngram_model::table::TableView;
use ngram_tokenizer::WordId;

/// A table, and how its words are numbered in the united vocabulary.
///
/// A history is a *path*: the numbers of its stored suffixes in the table, from length 1 up, as far as there are
/// any. Words that the model lacks are its `<unk>`.
pub(super) struct Part<'t> {
    pub table: TableView<'t>,
    /// The model's own number of each word of the united vocabulary; that of `<unk>` where it lacks the word.
    pub to_own: Vec<WordId>,
    /// The united number of each of its own words.
    pub to_united: Vec<WordId>,
    /// log10 of 1 / (L + 1), for L words that it lacks.
    pub log_share: f32,
}

impl Part<'_> {
    /// The model's own number of a word of the united vocabulary.
    #[inline]
    pub fn own(&self, word: WordId) -> WordId {
        self.to_own[word.index()]
    }

    /// Whether the model's vocabulary lists a word of the united one.
    #[inline]
    pub fn knows(&self, word: WordId) -> bool {
        word == WordId::UNKNOWN || self.own(word) != WordId::UNKNOWN
    }

    /// What a log-probability of the model comes to for a word: its share, where that of `<unk>` is shared.
    #[inline]
    pub fn shared(&self, word: WordId, log_prob: f32) -> f32 {
        if self.own(word) == WordId::UNKNOWN { log_prob + self.log_share } else { log_prob }
    }

    /// log10 p of a word after the history of a path.
    pub fn log_prob(&self, path: &[usize], word: WordId) -> f32 {
        let own = self.own(word);
        let levels = || self.table.levels.iter().zip(path).enumerate();
        let found = levels().rev().find_map(|(depth, (level, &history))| {
            level.log_prob(history, own).map(|log_prob| (depth + 1, log_prob))
        });
        let (length, log_prob) = found.unwrap_or_else(|| {
            (0, self.table.unigrams.get(own.index()).map_or(f32::NEG_INFINITY, |p| p.get()))
        });
        // Added from the shortest up, as scoring does.
        let backoff = levels().skip(length);
        let backoff =
            backoff.fold(0.0f32, |sum, (_, (level, &history))| sum + level.backoff(history));
        self.shared(word, log_prob + backoff)
    }

    /// log10 of the back-off weight of the history of length `length` on a path; 0 where it is not stored.
    pub fn backoff(&self, path: &[usize], length: usize) -> f32 {
        match (path.get(length - 1), self.table.levels.get(length - 1)) {
            (Some(&history), Some(level)) => level.backoff(history),
            _ => 0.0,
        }
    }

    /// Makes the history of a path longer by a word in front, if that is stored.
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

    /// What kind of history a path is.
    pub fn context(&self, path: &[usize]) -> Context {
        let successors = path.last().map_or(0, |&history| {
            self.table.levels[path.len() - 1].successor_starts.range(history).len()
        });
        context::of(path.len(), successors)
    }
}
