//! Sums after all stored histories, each from that of the history one word shorter.

use super::{Sum, Sums, join};
use ngram_model::table::TableView;
use ngram_model::walk::Walk;
use ngram_tokenizer::{VocabView, WordId};
use rayon::prelude::*;

/// Histories that a thread takes at a time.
const CHUNK: usize = 4096;

/// Returns the sums after all histories of length 0, 1 and so on.
pub fn all(table: &TableView, vocab: VocabView<'_>, tolerance: f64) -> Vec<Sums> {
    let mut sums = vec![unigrams(table)];
    let mut found = vec![group(Some(0), &sums, tolerance, |_| String::new())];
    for depth in 0..table.levels.len() {
        sums = level(table, depth, &sums);
        found.push(group(Some(depth + 1), &sums, tolerance, |history| {
            let mut words = Vec::new();
            Walk::at(table, depth, history).words(&mut words);
            join(vocab, &words)
        }));
    }
    found
}

/// Raises 10 to a power.
pub fn power(log10: f32) -> f64 {
    // Via a power of 2, which is faster.
    (f64::from(log10) * std::f64::consts::LOG2_10).exp2()
}

fn unigrams(table: &TableView) -> f64 {
    let words = table.unigrams.iter().enumerate();
    words
        .filter(|&(word, _)| word != WordId::BEGIN.index())
        .map(|(_, log_prob)| power(log_prob.get()))
        .sum()
}

/// Returns the sums after the histories of the level at index `depth`, given those of the level before.
fn level(table: &TableView, depth: usize, shorter: &[f64]) -> Vec<f64> {
    let histories = table.levels[depth].histories();
    let mut sums = vec![0.0; histories];
    sums.par_chunks_mut(CHUNK).enumerate().for_each(|(chunk, sums)| {
        let mut walk = Walk::at(table, depth, chunk * CHUNK);
        for (index, sum) in sums.iter_mut().enumerate() {
            if index > 0 {
                walk.advance();
            }
            *sum = after(table, walk.path(), shorter);
        }
    });
    sums
}

/// Returns the sum after one history, whose suffixes have the indices `path`.
fn after(table: &TableView, path: &[usize], shorter: &[f64]) -> f64 {
    let depth = path.len() - 1;
    let level = &table.levels[depth];
    let history = path[depth];
    let (mut seen, mut seen_from_shorter) = (0.0, 0.0);
    for (word, log_prob) in level.successors(history) {
        if word != WordId::BEGIN {
            seen += power(log_prob);
            seen_from_shorter += power(log_prob_after(table, &path[..depth], word));
        }
    }
    let sum_of_shorter = match depth {
        0 => shorter[0],
        _ => shorter[path[depth - 1]],
    };
    seen + power(level.backoff(history)) * (sum_of_shorter - seen_from_shorter)
}

/// Returns log10 p of a word after the history whose suffixes have the indices `path`.
fn log_prob_after(table: &TableView, path: &[usize], word: WordId) -> f32 {
    let mut weight = 0.0;
    for (depth, &history) in path.iter().enumerate().rev() {
        let level = &table.levels[depth];
        if let Some(log_prob) = level.log_prob(history, word) {
            return weight + log_prob;
        }
        weight += level.backoff(history);
    }
    weight + table.unigrams.get(word.index()).map_or(f32::NEG_INFINITY, |log_prob| log_prob.get())
}

/// Groups sums, with the one farthest from 1; the first of equals.
pub fn group(
    length: Option<usize>,
    sums: &[f64],
    tolerance: f64,
    name: impl Fn(usize) -> String,
) -> Sums {
    // NaN counts as infinitely far.
    let deviation = |sum: f64| if sum.is_nan() { f64::INFINITY } else { (sum - 1.0).abs() };
    let mut worst: Option<usize> = None;
    for (index, &sum) in sums.iter().enumerate() {
        if worst.is_none_or(|worst| deviation(sum) > deviation(sums[worst])) {
            worst = Some(index);
        }
    }
    Sums {
        length,
        checked: sums.len() as u64,
        failed: sums.iter().filter(|&&sum| deviation(sum) > tolerance).count() as u64,
        worst: worst.map(|index| Sum { history: name(index), sum: sums[index] }),
    }
}
