//! Checks that the table is in order, as look-ups and sums require.

use super::{Finding, join};
use ngram_model::table::{LevelView, TableView};
use ngram_model::walk::Walk;
use ngram_tokenizer::{VocabView, WordId};
use rayon::prelude::*;
use zerocopy::little_endian::{F32, U32};

/// Finds words and numbers that are out of range or out of order. The runs must be valid.
pub fn numbers(table: &TableView, vocab: VocabView<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut add = |what, order, wrong: Option<(u64, Vec<WordId>)>| {
        if let Some((count, first)) = wrong {
            findings.push(Finding::Numbers { what, order, count, first: join(vocab, &first) });
        }
    };
    let word = |index: usize| vec![WordId(index as u32)];
    add(LOG_PROB, 1, wrong(table.unigrams, is_log_prob).map(|(n, at)| (n, word(at))));
    for (depth, level) in table.levels.iter().enumerate() {
        let history = |at| history(table, depth, at);
        let ngram = |at| {
            let mut words = history(level.successor_starts.run_of(at));
            words.extend(level.successor_words.get(at).map(|word| WordId(word.get())));
            words
        };
        add(BACKOFF, depth + 1, wrong(level.backoffs, is_backoff).map(|(n, at)| (n, history(at))));
        add(LOG_PROB, depth + 2, wrong(level.log_probs, is_log_prob).map(|(n, at)| (n, ngram(at))));
        let successors = |at| level.successor_starts.range(at);
        let bad = unsorted(level.successor_words, level, successors, vocab.len());
        add(SORTED, depth + 2, bad.map(|(n, at)| (n, ngram(successors(at).start))));
        if let Some(next) = table.levels.get(depth + 1) {
            let bad = unsorted(next.words, level, |at| level.children(at), vocab.len());
            add(CHILDREN, depth + 1, bad.map(|(n, at)| (n, history(at))));
        }
    }
    findings
}

const LOG_PROB: &str = "log-probability of at most 0";
const BACKOFF: &str = "back-off weight that is finite or 0";
const SORTED: &str = "place in the order of the vocabulary";
const CHILDREN: &str = "longer histories in the order of the vocabulary";

fn is_log_prob(value: f32) -> bool {
    value <= 0.0
}

fn is_backoff(value: f32) -> bool {
    value.is_finite() || value == f32::NEG_INFINITY
}

/// Returns the count of wrong numbers and the index of the first.
fn wrong(numbers: &[F32], is_right: impl Fn(f32) -> bool + Sync) -> Option<(u64, usize)> {
    let first = numbers.par_iter().position_first(|number| !is_right(number.get()))?;
    let count = numbers[first..].par_iter().filter(|number| !is_right(number.get())).count();
    Some((count as u64, first))
}

/// Returns the count of histories with runs of words that are unsorted or outside the vocabulary,
/// and the index of the first.
fn unsorted(
    words: &[U32],
    level: &LevelView,
    range: impl Fn(usize) -> std::ops::Range<usize> + Sync,
    vocab_len: usize,
) -> Option<(u64, usize)> {
    let is_wrong = |&history: &usize| {
        let run = words.get(range(history)).unwrap_or_default();
        !run.is_sorted_by(|a, b| a.get() < b.get())
            || run.last().is_some_and(|last| last.get() as usize >= vocab_len)
    };
    let first = (0..level.histories()).into_par_iter().find_first(is_wrong)?;
    let count = (first..level.histories()).into_par_iter().filter(is_wrong).count();
    Some((count as u64, first))
}

/// Finds words with probability 1 although others have more than 0; a bug in some tool leaves `</s>` like that.
pub fn certain(table: &TableView, vocab: VocabView<'_>) -> Vec<Finding> {
    let words = || {
        let words = table.unigrams.iter().enumerate();
        words.filter(|&(index, _)| index != WordId::BEGIN.index())
    };
    if words().filter(|(_, log_prob)| log_prob.get() > f32::NEG_INFINITY).count() < 2 {
        return Vec::new();
    }
    words()
        .filter(|(_, log_prob)| log_prob.get() == 0.0)
        .map(|(index, _)| Finding::Certain { word: vocab.word(WordId(index as u32)).to_owned() })
        .collect()
}

fn history(table: &TableView, depth: usize, number: usize) -> Vec<WordId> {
    let mut words = Vec::new();
    Walk::at(table, depth, number).words(&mut words);
    words
}
