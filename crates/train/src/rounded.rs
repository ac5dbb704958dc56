//! Replaces counts by probabilities, as 32-bit logarithms.

use crate::estimate::{Estimator, Scratch, Sink};
use ngram_counts::Shard;
use ngram_model::ScoredLevel;
use ngram_model::log10::{extend_log10, extend_log10_of_any};

/// Replaces the counts of a shard by probabilities; for `cut`, see [`Estimator::shard`].
pub(crate) fn score_shard(
    shard: Shard,
    cut: Option<&[Vec<bool>]>,
    estimator: &Estimator,
    unigrams: &[f64],
    scratch: &mut Scratch,
) -> Vec<ScoredLevel> {
    let mut rounded = Rounded(shard.levels.iter().map(RoundedLevel::new).collect());
    estimator.shard(&shard, cut, unigrams, scratch, &mut rounded);
    rounded.0.iter_mut().for_each(RoundedLevel::flush);
    let levels = shard.levels.into_iter().zip(rounded.0);
    levels
        .map(|(level, rounded)| ScoredLevel {
            words: level.words,
            child_ends: level.child_ends,
            successor_ends: level.successor_ends,
            successor_words: level.successor_words,
            log_probs: rounded.log_probs,
            backoffs: rounded.backoffs,
        })
        .collect()
}

/// Stores estimates as logarithms, rounded to 32 bits.
struct Rounded(Vec<RoundedLevel>);

struct RoundedLevel {
    log_probs: Vec<f32>,
    backoffs: Vec<f32>,
    /// Estimates whose logarithms are computed together.
    probs: Vec<f64>,
    weights: Vec<f64>,
}

impl RoundedLevel {
    const TOGETHER: usize = 1 << 10;

    fn new(level: &ngram_counts::Level) -> RoundedLevel {
        RoundedLevel {
            log_probs: Vec::with_capacity(level.successor_words.len()),
            backoffs: Vec::with_capacity(level.successor_ends.len()),
            probs: Vec::with_capacity(2 * RoundedLevel::TOGETHER),
            weights: Vec::with_capacity(RoundedLevel::TOGETHER),
        }
    }

    fn flush(&mut self) {
        extend_log10(&mut self.log_probs, &self.probs);
        extend_log10_of_any(&mut self.backoffs, &self.weights);
        self.probs.clear();
        self.weights.clear();
    }
}

impl Sink for Rounded {
    fn history(&mut self, length: usize, probs: &[f64], backoff: f64) {
        let level = &mut self.0[length - 1];
        match probs {
            // Most histories have one successor, which is not worth a function call.
            [prob] => level.probs.push(*prob),
            probs => level.probs.extend_from_slice(probs),
        }
        level.weights.push(backoff);
        if level.probs.len() >= RoundedLevel::TOGETHER
            || level.weights.len() >= RoundedLevel::TOGETHER
        {
            level.flush();
        }
    }
}
