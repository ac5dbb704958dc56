//! Scores all words of the vocabulary after one history at once.

use crate::{Listed, LogProb, Score};
use ngram_tokenizer::WordId;

/// Scores every word: first as a unigram, then by the successors of longer and longer histories.
///
/// `unigrams` are the words' log-probabilities in id order; `lists` is the data stored for the
/// history's last word, its last two, and so on. Replaces the contents of `scores`.
pub(crate) fn score_all(
    unigrams: impl Iterator<Item = LogProb>,
    lists: &[Listed],
    scores: &mut Vec<Score>,
) {
    let left = left_to_shorter(lists.iter().map(|list| list.backoff.0));
    scores.clear();
    scores.extend(
        unigrams.map(|LogProb(own)| Score { log_prob: LogProb(own + left[0]), matched: 1 }),
    );
    for (length, list) in (1..).zip(lists) {
        for &(word, LogProb(own)) in &list.words {
            // A damaged file may list ids outside the vocabulary.
            if let Some(score) = scores.get_mut(word.index()) {
                *score = Score { log_prob: LogProb(own + left[length]), matched: length as u8 + 1 };
            }
        }
    }
    never_predicted(scores);
}

/// Returns, for each history length from 0 to the number of weights, log10 of the factor that longer histories apply:
/// the sum of their back-off weights, added shortest first as in all layouts, so that all round alike.
pub(crate) fn left_to_shorter(backoffs: impl Iterator<Item = f32> + Clone) -> Vec<f32> {
    let lengths = backoffs.clone().count();
    let left = |length| backoffs.clone().skip(length).fold(0.0f32, |sum, backoff| sum + backoff);
    (0..=lengths).map(left).collect()
}

/// Sets the score of `<s>` to probability 0.
pub(crate) fn never_predicted(scores: &mut [Score]) {
    if let Some(begin) = scores.get_mut(WordId::BEGIN.index()) {
        *begin = Score { log_prob: LogProb::ZERO, matched: 1 };
    }
}
