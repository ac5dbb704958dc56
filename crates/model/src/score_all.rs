//! All words of the vocabulary after one history, at once.

use crate::{Listed, LogProb, Score};
use ngram_tokenizer::WordId;

/// Scores every word: by itself first, then by what longer and longer histories list.
///
/// `unigrams` are the words' own log-probabilities by number, `lists` what is stored of the history's last
/// word, its last two, and so on. Replaces what was in `scores`.
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
            // A damaged file may list what is no word.
            if let Some(score) = scores.get_mut(word.index()) {
                *score = Score { log_prob: LogProb(own + left[length]), matched: length as u8 + 1 };
            }
        }
    }
    never_predicted(scores);
}

/// For each length of history from 0 to that of all, log10 of what longer histories leave to it: the sum of
/// their back-off weights, added from the shortest up as all layouts do, so that all round alike.
pub(crate) fn left_to_shorter(backoffs: impl Iterator<Item = f32> + Clone) -> Vec<f32> {
    let lengths = backoffs.clone().count();
    let left = |length| backoffs.clone().skip(length).fold(0.0f32, |sum, backoff| sum + backoff);
    (0..=lengths).map(left).collect()
}

/// `<s>` has no probability.
pub(crate) fn never_predicted(scores: &mut [Score]) {
    if let Some(begin) = scores.get_mut(WordId::BEGIN.index()) {
        *begin = Score { log_prob: LogProb::ZERO, matched: 1 };
    }
}
