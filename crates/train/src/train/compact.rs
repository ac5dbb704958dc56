//! Estimates a model and writes it in the compact layout, in bounded memory.
//!
//! The layout sorts n-grams by their last word, then the one before it, and so on. Shards have them by the word before the
//! last, and so on, and come in the order of that word. So if the n-grams of all shards are collected in turn and sorted by
//! their last words alone, stably, they are in the order of the layout. Every shard divides its n-grams by the shard that
//! their last word is in as a history; then the layout is written order by order, and shard by shard.

use super::nodes::{Divider, SentNodes};
use super::weights::SentWeights;
use super::write::{BUILDING, KeptEstimates, estimate_all};
use super::{FittedCounts, TrainError, TrainOptions, Trained};
use crate::estimate::Scratch;
use crate::rounded::score_shard;
use ngram_counts::{Shard, in_order};
use ngram_model::ScoredLevel;
use ngram_model::native::convert::ConvertError;
use ngram_model::native::{
    CompactChildren, CompactError, CompactOrder, CompactSpread, CompactValues, CompactWriter,
    Writer,
};
use ngram_store::{Progress, Resources, TooLittleMemory};
use std::sync::{Mutex, PoisonError};

/// The memory for quantising a value, in bytes: the value itself, a copy to sort, and the distinct ones with sums.
const QUANTISING: u64 = 32;

/// What is known of an order once all shards are estimated.
#[derive(Clone, Default)]
struct Known {
    greatest_rank: u32,
    histories: u64,
    log_probs: CompactSpread,
    backoffs: CompactSpread,
}

/// Estimates a model of order 2 or more that keeps all n-grams, and writes it.
pub(super) fn write(
    fitted: FittedCounts,
    options: &TrainOptions,
    writer: Writer,
    progress: &dyn Progress,
) -> Result<Trained, TrainError> {
    let FittedCounts { counts, vocab, summary, temporary, held_out, .. } = fitted;
    let FittedCounts { estimator, mut info, unigrams, log_probs, .. } = fitted;
    info.quantization = options.layout.quantize;
    let words = vocab.view().len();
    let ngrams: Vec<u64> =
        counts.counts_of_counts[1..].iter().map(|order| order.ngrams()).collect();
    if let Some(order) = ngrams.iter().position(|&ngrams| ngrams >= u64::from(u32::MAX)) {
        return Err(ConvertError::from(CompactError::TooMany(order + 2)).into());
    }
    let of_order = Whole { words, ngrams: &ngrams, quantize: options.layout.quantize };
    let aside = of_order.check(&options.resources)?;

    let shards = counts.shards.into_loose();
    let room = options.resources.left().saturating_sub(aside);
    let first_words: Vec<u32> = (0..shards.len()).map(|index| shards.first_word(index)).collect();
    let weights = SentWeights::new(first_words.clone(), words, room / 4, &options.resources);
    let estimate = |scratch: &mut Scratch, shard: Shard| {
        score_shard(shard, None, &estimator, &unigrams, scratch)
    };
    let all: u64 = ngrams.iter().sum();
    let kept = match options.order {
        ..=2 => KeptEstimates::none(shards.len()),
        _ => {
            progress.begin("estimating", Some(all), "n-grams");
            let kept = estimate_all(&shards, &weights, room / 4 * 3, estimate, progress)?;
            progress.end();
            kept
        }
    };

    progress.begin("arranging", Some(all), "n-grams");
    let room = options.resources.left().saturating_sub(aside);
    let nodes = SentNodes::new(first_words, words, room / 2, &options.resources);
    let gate = ngram_store::resources::Gate::new(room / 2);
    let known = Mutex::new((vec![Known::default(); ngrams.len()], vec![0f32; words]));
    let start = || (Scratch::default(), Vec::new(), weights.receiver(), nodes.divider());
    in_order(shards.len(), start, |(scratch, bytes, receiver, divider), index| {
        let _room = gate.enter((shards.size(index) as f64 * BUILDING) as u64);
        progress.proceed()?;
        let levels = match kept.take(index) {
            Some(levels) => levels,
            None => match shards.take(index, bytes)? {
                Some(shard) => estimate(scratch, shard),
                None => return Ok(()),
            },
        };
        let received = receiver.receive(index, &levels)?;
        divider.divide(index, &levels, &received)?;
        let of_shard = measure(&levels, &received, divider);
        let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
        let (orders, backoffs) = &mut *known;
        let first = weights.first_word(index);
        let own = &levels[0].backoffs;
        backoffs[first..first + own.len()].copy_from_slice(own);
        for (order, of_shard) in orders.iter_mut().zip(&of_shard) {
            order.greatest_rank = order.greatest_rank.max(of_shard.greatest_rank);
            order.histories += of_shard.histories;
            order.log_probs.merge(&of_shard.log_probs);
            order.backoffs.merge(&of_shard.backoffs);
        }
        progress.advance(levels.iter().map(|level| level.log_probs.len() as u64).sum());
        Ok::<(), TrainError>(())
    })?;
    progress.end();
    let temporary = temporary + weights.bytes_on_disk() + nodes.bytes_on_disk();
    drop((weights, kept, shards));

    progress.begin("writing", Some(all), "n-grams");
    let (orders, backoffs) = known.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut compact = CompactWriter::begin(writer, &info, vocab.view(), options.order)?;
    of_order.write_words(&mut compact, &log_probs, &backoffs, &nodes)?;
    for (depth, known) in orders.into_iter().enumerate() {
        of_order.write_order(&mut compact, depth, known, &nodes, progress)?;
    }
    progress.end();
    progress.proceed()?;
    let file_size = compact.finish()?;
    Ok(Trained { corpus: summary, info, vocab_len: words, file_size, temporary, held_out })
}

/// Measures the n-grams of a shard.
fn measure(levels: &[ScoredLevel], received: &[Vec<f32>], divider: &Divider<'_>) -> Vec<Known> {
    let of_level = |(depth, level): (usize, &ScoredLevel)| {
        let greatest_rank = divider.greatest_rank(depth);
        let mut known = Known { greatest_rank, ..Known::default() };
        known.log_probs.extend(level.log_probs.iter().copied());
        // A weight that is not a number stands for none.
        let backoffs = received.get(depth).map_or(&[][..], Vec::as_slice).iter();
        let backoffs = backoffs.copied().filter(|backoff| !backoff.is_nan());
        known.backoffs.extend(backoffs.inspect(|_| known.histories += 1));
        known
    };
    levels.iter().enumerate().map(of_level).collect()
}

/// The whole model.
struct Whole<'n> {
    words: usize,
    /// The n-grams of each order from 2 on.
    ngrams: &'n [u64],
    quantize: Option<u8>,
}

impl Whole<'_> {
    /// Returns the bytes that are needed in any case, and not for shards.
    fn check(&self, resources: &Resources) -> Result<u64, TooLittleMemory> {
        let of_nodes = std::iter::once(self.words as u64).chain(self.ngrams.iter().copied());
        let children =
            of_nodes.zip(self.ngrams).map(|(nodes, &more)| CompactChildren::memory(nodes, more));
        let quantised = self
            .quantize
            .map_or(0, |_| self.ngrams.iter().max().map_or(0, |most| most * QUANTISING));
        let needed = children.max().unwrap_or(0) + quantised + 24 * self.words as u64;
        // As much again is left for shards.
        if needed * 2 > resources.left() {
            let what = match self.quantize {
                Some(_) => "quantising the n-grams of an order together",
                None => "the compact layout",
            };
            return Err(resources.too_little(what.to_owned(), needed * 2));
        }
        Ok(needed)
    }

    /// Writes the nodes of order 1.
    fn write_words(
        &self,
        compact: &mut CompactWriter,
        log_probs: &[f32],
        backoffs: &[f32],
        nodes: &SentNodes,
    ) -> Result<(), TrainError> {
        // Single words are not quantised.
        let exact = |values: &[f32]| {
            let mut spread = CompactSpread::default();
            spread.extend(values.iter().copied());
            CompactValues::Exact(spread)
        };
        compact.begin_order::<ConvertError>(CompactOrder {
            nodes: self.words as u64,
            greatest_rank: 0,
            log_probs: exact(log_probs),
            has_blanks: false,
            backoffs: Some(exact(backoffs)),
            histories: self.words as u64,
        })?;
        for (&log_prob, &backoff) in log_probs.iter().zip(backoffs) {
            compact.node(0, log_prob, backoff)?;
        }
        compact.end_order()?;
        let mut children = CompactChildren::new(self.words as u64, self.ngrams[0]);
        nodes.words_before().for_each(|count| children.push(count));
        Ok(compact.children(children)?)
    }

    /// Writes the nodes of the order that is one above the history length at index `depth`.
    fn write_order(
        &self,
        compact: &mut CompactWriter,
        depth: usize,
        known: Known,
        nodes: &SentNodes,
        progress: &dyn Progress,
    ) -> Result<(), TrainError> {
        let longer = self.ngrams.get(depth + 1);
        let is_highest = longer.is_none();
        let (mut log_probs, mut backoffs) =
            (CompactValues::Exact(known.log_probs), CompactValues::Exact(known.backoffs));
        if let Some(bits) = self.quantize {
            let (mut of_ngrams, mut of_histories) = (Vec::new(), Vec::new());
            of_ngrams.reserve_exact(self.ngrams[depth] as usize);
            of_histories.reserve_exact(known.histories as usize + 1);
            nodes.each(depth, is_highest, progress, |node| {
                of_ngrams.push(node.log_prob);
                of_histories.extend(Some(node.backoff).filter(|weight| !weight.is_nan()));
                Ok(())
            })?;
            log_probs = CompactValues::Quantized(of_ngrams, bits);
            backoffs = CompactValues::Quantized(of_histories, bits);
        }
        compact.begin_order::<ConvertError>(CompactOrder {
            nodes: self.ngrams[depth],
            greatest_rank: known.greatest_rank,
            log_probs,
            has_blanks: false,
            backoffs: (!is_highest).then_some(backoffs),
            histories: known.histories,
        })?;
        let mut children = longer.map(|&longer| CompactChildren::new(self.ngrams[depth], longer));
        let mut done = 0;
        nodes.each(depth, is_highest, progress, |node| {
            if let Some(children) = &mut children {
                children.push(node.children);
            }
            // An n-gram that is no history has a weight of 1.
            let backoff = if node.backoff.is_nan() { 0.0 } else { node.backoff };
            compact.node(node.rank, node.log_prob, backoff)?;
            done += 1;
            if done % (1 << 16) == 0 {
                progress.advance(1 << 16);
            }
            Ok(())
        })?;
        progress.advance(done % (1 << 16));
        compact.end_order()?;
        if let Some(children) = children {
            compact.children(children)?;
        }
        Ok(())
    }
}
