//! Estimates what a training will take, from a sample of its text.

use crate::train::{TrainError, TrainOptions, measure};
use ngram_counts::{Corpus, CountOptions, Ids, NgramCounts};
use ngram_input::{Sample, Text};
use ngram_store::{Progress, Resources};

/// An estimate of what a training takes.
///
/// The number of distinct n-grams grows as a power of the text's length that is below 1 and falls
/// as the text grows (Heaps 1978). The powers are measured over four doublings within the sample.
/// Beyond it they fall on, three quarters as much with each further doubling.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Bytes of text.
    pub bytes: u64,
    /// Bytes of the sample.
    pub sampled: u64,
    /// Words and ends of sentences.
    pub tokens: u64,
    /// n-grams of each order from 1; for order 1, all words of the vocabulary.
    pub ngrams: Vec<u64>,
    /// Bytes of memory for training without a memory limit.
    pub memory: u64,
    /// Bytes of temporary files under the given memory limit.
    pub temporary: u64,
    /// Bytes of the model file in the default layout.
    pub model: u64,
}

/// The number of pieces in a sample: four doublings of four.
const PIECES: usize = 64;
const DOUBLINGS: usize = 4;

/// The fall of a growth power at one doubling, relative to its fall at the one before.
const DAMPING: f64 = 0.75;

/// Estimates a training from a sample of about `sample` bytes of its text. Streams are read to their end.
///
/// # Errors
///
/// As for [`train()`](crate::train()), though nothing is written.
pub fn plan(
    texts: &[Text],
    options: &TrainOptions,
    sample: u64,
    progress: &dyn Progress,
) -> Result<Plan, TrainError> {
    let sample = match Sample::of_files(texts, sample, PIECES)? {
        Some(sample) => sample,
        None => Sample::of_streams(texts, sample, PIECES, progress)?,
    };
    of_sample(&sample, options, progress)
}

/// What part of the sample contains.
struct Found {
    bytes: f64,
    tokens: f64,
    /// Distinct words, then n-grams of the orders from 2.
    distinct: Vec<f64>,
    /// Bytes of the partitions of its model.
    partitions: f64,
}

pub(crate) fn of_sample(
    sample: &Sample,
    options: &TrainOptions,
    progress: &dyn Progress,
) -> Result<Plan, TrainError> {
    let found = (0..=DOUBLINGS)
        .rev()
        .map(|halved| &sample.pieces[..sample.pieces.len().div_ceil(1 << halved)])
        .map(|pieces| count(pieces, options, progress))
        .collect::<Result<Vec<Found>, TrainError>>()?;
    let Some(last) = found.last() else { return Ok(Plan::of(0, 0, 0, vec![0], options)) };
    let scale = sample.total as f64 / last.bytes.max(1.0);
    let tokens = last.tokens * scale;
    let mut ngrams = Vec::new();
    for order in 1..=options.order {
        let curve: Vec<(f64, f64)> =
            found.iter().map(|found| (found.tokens, found.distinct[order - 1])).collect();
        // New words come in bursts, so a few doublings do not show how their power falls.
        let distinct = extrapolate(&curve, tokens, order > 1);
        ngrams.push(distinct.min(tokens * 1.01 + 4.0) as u64);
    }
    let curve: Vec<(f64, f64)> =
        found.iter().map(|found| (found.tokens, found.partitions)).collect();
    let partitions = extrapolate(&curve, tokens, true) as u64;
    let plan = Plan::of(sample.total, last.bytes as u64, tokens as u64, ngrams, options);
    Ok(Plan { model: model(partitions, &plan.ngrams), ..plan })
}

fn count(
    pieces: &[Vec<u8>],
    options: &TrainOptions,
    progress: &dyn Progress,
) -> Result<Found, TrainError> {
    progress.proceed()?;
    let texts: Vec<Text> =
        pieces.iter().map(|piece| Text::bytes("the sample", piece.clone())).collect();
    let resources = Resources::default();
    let corpus = Corpus::read(&texts, &options.tokenizer, &options.vocab, &resources, &())?;
    let counting =
        CountOptions { order: options.order, lower_orders: options.lower_orders(), resources };
    let counts = NgramCounts::measured(Ids::from(&corpus), &counting, measure, &())?;
    let lines: u64 = counts.shards.measures().map(|measure| measure.lines).sum();
    let bigrams = counts.counts_of_counts.get(1).map_or(0, |order| order.ngrams());
    let partitions = (64 * lines + 4 * bigrams) as f64;
    let mut distinct: Vec<f64> =
        counts.counts_of_counts.iter().map(|order| order.ngrams() as f64).collect();
    distinct[0] = corpus.vocab.view().len() as f64;
    Ok(Found {
        bytes: corpus.summary.bytes as f64,
        tokens: corpus.summary.tokens as f64,
        distinct,
        partitions,
    })
}

/// Extrapolates a curve to `to` from a few points, each at about twice the position of the one before.
fn extrapolate(curve: &[(f64, f64)], to: f64, falls: bool) -> f64 {
    let Some(&(last, value)) = curve.last() else { return 0.0 };
    let powers: Vec<f64> = curve
        .windows(2)
        .filter(|pair| pair[1].0 > pair[0].0 && pair[0].1 > 0.0)
        .map(|pair| (pair[1].1 / pair[0].1).ln() / (pair[1].0 / pair[0].0).ln())
        .collect();
    let Some(&power) = powers.last() else { return value * (to / last.max(1.0)) };
    let (mut power, mut fall) = match powers.len() {
        1 => (power, 0.0),
        n if falls => (power, ((powers[0] - power) / (n - 1) as f64).max(0.0)),
        n => (powers[n.saturating_sub(3)..].iter().sum::<f64>() / n.min(3) as f64, 0.0),
    };
    let mut value = value;
    let mut left = (to / last).max(1.0).log2();
    while left > 0.0 {
        let step = left.min(1.0);
        fall *= DAMPING;
        power = (power - fall).clamp(0.0, 1.0);
        value *= 2f64.powf(step * power);
        left -= step;
    }
    value
}

impl Plan {
    fn of(bytes: u64, sampled: u64, tokens: u64, ngrams: Vec<u64>, options: &TrainOptions) -> Plan {
        let memory = memory(tokens, &ngrams);
        let fits =
            options.resources.shares.is_none() && memory <= options.resources.memory / 10 * 9;
        let temporary = if fits { 0 } else { temporary(tokens, &ngrams) };
        let model = model(0, &ngrams);
        Plan { bytes, sampled, tokens, ngrams, memory, temporary, model }
    }
}

/// Returns the number of n-grams that are histories, too: all but those of the highest order.
fn histories(ngrams: &[u64]) -> u64 {
    ngrams.iter().rev().skip(1).sum()
}

/// Returns the number of histories without children.
fn longest_histories(ngrams: &[u64]) -> u64 {
    ngrams.iter().rev().nth(1).copied().unwrap_or(0)
}

/// Returns the number of n-grams that are successors: all but unigrams.
fn successors(ngrams: &[u64]) -> u64 {
    ngrams.iter().skip(1).sum()
}

/// Returns the bytes of memory for all counts, keys and ids: see the lists of `ngram_counts::Level`.
fn memory(tokens: u64, ngrams: &[u64]) -> u64 {
    let words = ngrams.first().copied().unwrap_or(0);
    let order = ngrams.len() as u64;
    let bits = u64::from(words.max(2).ilog2()) + 1;
    let key = (order * bits).div_ceil(64).next_power_of_two() * 8;
    let keys = if order > 1 { key * (tokens / 4).max(tokens.min(1 << 22)) } else { 0 };
    let counts = 12 * histories(ngrams) - 4 * longest_histories(ngrams) + 8 * successors(ngrams);
    // A hash table holds each word as text, with its number and frequency.
    (10 << 20) + 200 * words + 4 * tokens + keys + counts
}

/// Returns the bytes of temporary files if nothing stays in memory: about 1.8 per id and, as counts
/// are packed, 2.7 per n-gram.
fn temporary(tokens: u64, ngrams: &[u64]) -> u64 {
    tokens * 18 / 10 + successors(ngrams) * 27 / 10
}

/// Returns the bytes of a model file: its partitions and, for each word, a directory entry, the place of its
/// successors, text, places and hash-table space.
fn model(partitions: u64, ngrams: &[u64]) -> u64 {
    let words = ngrams.first().copied().unwrap_or(0);
    partitions + 50 * words + (2 << 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_are_followed() {
        let curve = |power: f64| -> Vec<(f64, f64)> {
            [1e3, 2e3, 4e3, 8e3].map(|n: f64| (n, 5.0 * n.powf(power))).into()
        };
        for power in [0.5, 0.8, 1.0] {
            let found = extrapolate(&curve(power), 1e6, true);
            assert!((found / (5.0 * 1e6f64.powf(power)) - 1.0).abs() < 1e-9, "{power}: {found}");
        }
        assert_eq!(extrapolate(&curve(0.8), 8e3, true), 5.0 * 8e3f64.powf(0.8));
    }

    #[test]
    fn a_falling_power_falls_on_but_ever_less() {
        // Powers 0.9, 0.88, 0.86; then 0.86 − 0.015 and 0.845 − 0.01125.
        let mut curve = vec![(1.0, 1.0)];
        for power in [0.9f64, 0.88, 0.86] {
            let &(n, value) = curve.last().unwrap();
            curve.push((2.0 * n, value * 2f64.powf(power)));
        }
        let expected = curve[3].1 * 2f64.powf(0.845 + 0.83375);
        assert!((extrapolate(&curve, 32.0, true) / expected - 1.0).abs() < 1e-9);
        // Halfway through the second doubling.
        let expected = curve[3].1 * 2f64.powf(0.845 + 0.5 * 0.83375);
        assert!((extrapolate(&curve, 8.0 * 2f64.powf(1.5), true) / expected - 1.0).abs() < 1e-9);
    }
}
