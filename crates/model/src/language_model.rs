//! The interface of every model: scoring a word after a history.

use crate::exp10::{exp10, power_of_ten};
use crate::score_all::never_predicted;
use crate::{Derivation, OpenVocabulary};
use ngram_tokenizer::{TokenizerSpec, VocabView, WordId};

/// A probability as its logarithm to base 10: at most 0, and minus infinity for probability 0.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
#[repr(transparent)]
pub struct LogProb(pub f32);

impl LogProb {
    /// The logarithm of probability 0.
    pub const ZERO: LogProb = LogProb(f32::NEG_INFINITY);

    /// Returns the logarithm to base 10, widened for summing.
    #[inline]
    pub fn log10(self) -> f64 {
        f64::from(self.0)
    }

    /// Returns the information in bits, −log2 p: at least 0.
    #[inline]
    pub fn bits(self) -> f64 {
        -self.log10() * std::f64::consts::LOG2_10
    }

    /// Returns the probability; the same number on every machine.
    pub fn prob(self) -> f64 {
        exp10(self.0)
    }

    /// Returns the probability raised to an exponent above 0; the same number on every machine.
    pub fn power(self, exponent: f64) -> f64 {
        power_of_ten(self.log10() * exponent)
    }
}

/// A model's score of one word after one history.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Score {
    /// The word's log-probability after the history.
    pub log_prob: LogProb,
    /// The order of the longest stored n-gram that ends in the word: 1 if no history helped.
    pub matched: u8,
}

/// The data that a model stores for one history: together with that of the shorter histories,
/// enough for the probabilities of all words at once.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    /// log10 of the history's back-off weight: the factor for the probability of each unlisted word
    /// after the history without its first word.
    pub backoff: LogProb,
    /// The words that have a log-probability of their own after the history, in id order.
    pub words: Vec<(WordId, LogProb)>,
}

impl Listed {
    /// A history that is not stored: everything is as after the shorter one.
    pub const NOTHING: Listed = Listed { backoff: LogProb(0.0), words: Vec::new() };

    /// Returns whether a word is listed.
    pub fn has(&self, word: WordId) -> bool {
        self.words.binary_search_by_key(&word, |listed| listed.0).is_ok()
    }
}

/// A model that gives every word of its vocabulary a probability after any history.
///
/// For every history, the probabilities of all words except [`WordId::BEGIN`] sum to 1;
/// [`WordId::BEGIN`] is never predicted.
pub trait LanguageModel: Sync {
    /// Returns the order n: a word is predicted from at most n − 1 words before it.
    fn order(&self) -> usize;

    /// Returns the vocabulary.
    fn vocab(&self) -> VocabView<'_>;

    /// Returns the tokenizer that cuts a text into the model's tokens.
    fn tokenizer(&self) -> &TokenizerSpec;

    /// Returns the model of OOV words and of the gaps between tokens; `None` if the vocabulary is
    /// closed.
    fn open_vocabulary(&self) -> Option<OpenVocabulary<'_>> {
        None
    }

    /// Scores `word` after `history`, which is in text order: its last element directly precedes
    /// `word`. Only the last `order() - 1` words of a longer history matter.
    fn score(&self, history: &[WordId], word: WordId) -> Score;

    /// Explains the score of `word` after `history`. Its [`Derivation::log_prob`] equals that of
    /// [`LanguageModel::score`].
    fn derive(&self, history: &[WordId], word: WordId) -> Derivation {
        Derivation::Given { log10_prob: self.score(history, word).log_prob.0 }
    }

    /// Returns the data stored for exactly this history of at least one and at most `order() - 1`
    /// words: [`Listed::NOTHING`] if it is not stored. `None` if the model has no such lists. Every
    /// listed word is in the vocabulary.
    fn listed_after(&self, _history: &[WordId]) -> Option<Listed> {
        None
    }

    /// Scores every word of the vocabulary after `history`, which may be much faster than one by
    /// one. Replaces the contents of `scores` with one score per word, in id order, equal to
    /// [`LanguageModel::score`] to the last bit, except that [`WordId::BEGIN`] has probability 0.
    fn score_all(&self, history: &[WordId], scores: &mut Vec<Score>) {
        scores.clear();
        let words = (0..self.vocab().len() as u32).map(WordId);
        scores.extend(words.map(|word| self.score(history, word)));
        never_predicted(scores);
    }

    /// Scores each of `words` after the same `history`, which may be faster than one by one. Replaces
    /// the contents of `scores` with the results of [`LanguageModel::score`] for each word in turn.
    fn score_each(&self, history: &[WordId], words: &[WordId], scores: &mut Vec<Score>) {
        scores.clear();
        scores.extend(words.iter().map(|&word| self.score(history, word)));
    }

    /// Scores a sentence: each of `words`, then [`WordId::END`], the first after [`WordId::BEGIN`].
    /// Replaces the contents of `scores` with `words.len() + 1` scores.
    fn score_sentence(&self, words: &[WordId], scores: &mut Vec<Score>) {
        let mut history = Vec::with_capacity(words.len() + 1);
        history.push(WordId::BEGIN);
        scores.clear();
        for &word in words.iter().chain([&WordId::END]) {
            scores.push(self.score(&history, word));
            history.push(word);
        }
    }

    /// Scores many sentences at once, which may be faster than one by one: `words` holds the words
    /// of all sentences, and `ends` the end of each sentence in `words`. Replaces the contents of
    /// `scores` with the results of [`LanguageModel::score_sentence`] for each sentence in turn.
    fn score_sentences(&self, words: &[WordId], ends: &[usize], scores: &mut Vec<Score>) {
        one_by_one(self, words, ends, scores);
    }
}

/// Implements [`LanguageModel::score_sentences`] for a model that gains nothing from batching.
pub(crate) fn one_by_one(
    model: &(impl LanguageModel + ?Sized),
    words: &[WordId],
    ends: &[usize],
    scores: &mut Vec<Score>,
) {
    scores.clear();
    let mut of_sentence = Vec::new();
    let mut start = 0;
    for &end in ends {
        model.score_sentence(&words[start..end], &mut of_sentence);
        scores.extend_from_slice(&of_sentence);
        start = end;
    }
}
