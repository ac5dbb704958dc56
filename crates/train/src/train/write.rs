//! Estimates a model from counts and writes it.

use super::turns::Turns;
use super::weights::SentWeights;
use super::{CountedText, FittedCounts, TrainError, TrainOptions, Trained, fit, pruned};
use crate::estimate::Scratch;
use crate::kept;
use crate::rounded::score_shard;
use ngram_counts::{LooseShards, Shard, in_order};
use ngram_model::native::convert;
use ngram_model::native::suffix::{
    self, Builder, HistoryWeight, LISTED, PartPlaces, PartWriter, about_bytes, about_lines,
};
use ngram_model::native::{SuffixError, WriteError, Writer};
use ngram_model::table::OwnedTable;
use ngram_model::{Layout, ScoredLevel};
use ngram_store::resources::Gate;
use ngram_store::{Progress, check_disk, folder_of, is_full};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// The memory for estimating a shard, as a multiple of its counts.
const ESTIMATING: f64 = 2.5;

/// The memory for building the lines of a shard, as a multiple of its counts.
const BUILDING: f64 = 5.0;

/// Estimates a model from counts and writes it.
pub(crate) fn write(
    counted: CountedText,
    options: &TrainOptions,
    writer: Writer,
    output: &Path,
    progress: &dyn Progress,
) -> Result<Trained, TrainError> {
    if let Some(target) = options.prune {
        return pruned::write(counted, target, options, writer, progress);
    }
    let is_partial = counted.is_partial;
    let fitted = fit(counted, options)?;
    let drops = options.settings.drops(options.order) || fitted.cut.is_some() || is_partial;
    if drops || options.layout.layout != Layout::Suffix {
        return write_at_once(fitted, options, is_partial, writer, progress);
    }
    write_by_parts(fitted, options, writer, output, progress)
}

/// What must be known of all shards before the first is written.
pub(crate) struct ShardMeasure {
    /// About how many lines of the model's file its n-grams take.
    pub lines: u64,
    /// What [`complete::surplus`](super::complete::surplus) says of it; empty if the counts are those of a text, which
    /// lack nothing.
    pub surplus: Vec<u64>,
}

/// Measures a shard.
pub(crate) fn measure(shard: &Shard) -> ShardMeasure {
    let successors: Vec<u64> =
        shard.levels.iter().map(|level| level.successor_words.len() as u64).collect();
    let mut listed = 0;
    if let [first, second, ..] = &shard.levels[..] {
        for word in 0..first.successor_ends.len() {
            if first.successors(word).len() > LISTED {
                let histories = first.children(word);
                let of_history = |history| second.successors(history).len() as u64;
                let words = histories.clone().map(of_history).sum();
                listed += about_bytes(histories.len() as u64, words);
            }
        }
    }
    let lines = about_lines(&successors, false) + listed.div_ceil(64);
    ShardMeasure { lines, surplus: Vec::new() }
}

/// Estimates a model and writes it, shard by shard.
///
/// The n-grams of a shard stand together in the file, but each takes the back-off weight of the history of the same
/// words, which may be in any other shard. So all shards are estimated before the first is written.
fn write_by_parts(
    fitted: FittedCounts,
    options: &TrainOptions,
    writer: Writer,
    output: &Path,
    progress: &dyn Progress,
) -> Result<Trained, TrainError> {
    let FittedCounts { counts, vocab, summary, temporary, held_out, .. } = fitted;
    let FittedCounts { estimator, info, unigrams, log_probs, .. } = fitted;
    let lines: u64 = counts.shards.measures().map(|measure| measure.lines).sum();
    let bigrams = counts.counts_of_counts.get(1).map_or(0, |order| order.ngrams());
    let ngrams: u64 = counts.counts_of_counts[1..].iter().map(|order| order.ngrams()).sum();
    let begun = PartWriter::begin(writer, &info, vocab.view(), bigrams);
    let file_size = match &begun {
        Ok(writer) => writer.file_size() + 64 * lines,
        Err(_) => 64 * lines,
    };
    let full = |error: SuffixError| if_full(error, output, file_size);
    let writer = begun.map_err(full)?;
    check_disk(folder_of(output), "the model", file_size / 20 * 19)?;
    let words = vocab.view().len();
    if options.order == 1 {
        let own: Vec<_> = log_probs.iter().map(|&own| (own, HistoryWeight::NONE)).collect();
        let none = |_, _| HistoryWeight::NONE;
        let mut part = suffix::part(&mut Builder::new(words), &[], &own, none)?;
        let place = PartPlaces::default().place(&mut part)?;
        writer.write(part, place).map_err(full)?;
    }
    let shards = counts.shards.into_loose();
    let room = options.resources.left();
    let first_words = (0..shards.len()).map(|index| shards.first_word(index)).collect();
    let weights = SentWeights::new(first_words, words, room / 4, &options.resources);
    let estimate = |scratch: &mut Scratch, shard: Shard| {
        score_shard(shard, None, &estimator, &unigrams, scratch)
    };
    let kept = match options.order {
        // Only words are histories, whose weights are in the shard of their n-grams.
        ..=2 => KeptEstimates::none(shards.len()),
        _ => {
            progress.begin("estimating", Some(ngrams), "n-grams");
            let kept = estimate_all(&shards, &weights, room / 4 * 3, estimate, progress)?;
            progress.end();
            kept
        }
    };
    progress.begin("writing", Some(ngrams), "n-grams");
    let turns = Turns::new(options.resources.left());
    let start = || (Scratch::default(), Vec::new(), Builder::new(words), weights.receiver());
    in_order(shards.len(), start, |(scratch, bytes, builder, receiver), index| {
        let room = (shards.size(index) as f64 * BUILDING) as u64;
        let Some(turn) = turns.enter(index, room) else { return Ok(()) };
        progress.proceed()?;
        let levels = match kept.take(index) {
            Some(levels) => levels,
            None => match shards.take(index, bytes)? {
                Some(shard) => estimate(scratch, shard),
                None => return Ok(()),
            },
        };
        let received = receiver.receive(index, &levels)?;
        let weight = |depth: usize, at: usize| match received.get(depth) {
            Some(backoffs) if !backoffs[at].is_nan() => {
                HistoryWeight { backoff: backoffs[at], followed: true }
            }
            _ => HistoryWeight::NONE,
        };
        let first = weights.first_word(index);
        let of_word = |word: usize| HistoryWeight {
            backoff: levels[0].backoffs[word],
            followed: !ScoredLevel::range(&levels[0].successor_ends, word).is_empty(),
        };
        let own = log_probs[first..].iter().zip(0..levels[0].successor_ends.len());
        let own: Vec<_> = own.map(|(&log_prob, word)| (log_prob, of_word(word))).collect();
        let part = suffix::part(builder, &levels, &own, weight)?;
        let done: usize = levels.iter().map(|level| level.log_probs.len()).sum();
        drop(levels);
        turn.finish(part, |part, place| writer.write(part, place).map_err(full))?;
        progress.advance(done as u64);
        Ok::<(), TrainError>(())
    })?;
    progress.end();
    progress.proceed()?;
    let temporary = temporary + weights.bytes_on_disk();
    let file_size = writer.finish().map_err(full)?;
    let vocab_len = vocab.view().len();
    Ok(Trained { corpus: summary, info, vocab_len, file_size, temporary, held_out })
}

/// The estimates of shards whose counts were in memory; the others are estimated once more.
struct KeptEstimates(Vec<Mutex<Option<Vec<ScoredLevel>>>>);

impl KeptEstimates {
    fn none(shards: usize) -> KeptEstimates {
        KeptEstimates((0..shards).map(|_| Mutex::default()).collect())
    }

    fn keep(&self, index: usize, levels: Vec<ScoredLevel>) {
        *self.0[index].lock().unwrap_or_else(PoisonError::into_inner) = Some(levels);
    }

    fn take(&self, index: usize) -> Option<Vec<ScoredLevel>> {
        self.0[index].lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Estimates all shards, and sends their back-off weights.
fn estimate_all(
    shards: &LooseShards,
    weights: &SentWeights,
    room: u64,
    estimate: impl Fn(&mut Scratch, Shard) -> Vec<ScoredLevel> + Sync,
    progress: &dyn Progress,
) -> Result<KeptEstimates, TrainError> {
    let kept = KeptEstimates::none(shards.len());
    let gate = Gate::new(room);
    let start = || (Scratch::default(), Vec::new());
    in_order(shards.len(), start, |(scratch, bytes), index| {
        progress.proceed()?;
        let _room = gate.enter((shards.size(index) as f64 * ESTIMATING) as u64);
        let stays = !shards.is_on_disk(index);
        let Some(shard) = shards.take(index, bytes)? else { return Ok(()) };
        let mut levels = estimate(scratch, shard);
        let done: usize = levels.iter().map(|level| level.log_probs.len()).sum();
        weights.send(index, &levels)?;
        if stays {
            levels.iter_mut().skip(1).for_each(|level| level.backoffs = Vec::new());
            kept.keep(index, levels);
        }
        progress.advance(done as u64);
        Ok::<(), TrainError>(())
    })?;
    Ok(kept)
}

/// Estimates a model shard by shard, and writes it once all n-grams, or those that are kept, are known.
fn write_at_once(
    fitted: FittedCounts,
    options: &TrainOptions,
    is_partial: bool,
    writer: Writer,
    progress: &dyn Progress,
) -> Result<Trained, TrainError> {
    let FittedCounts { counts, mut vocab, summary, temporary, held_out, cut, .. } = fitted;
    let FittedCounts { estimator, mut info, unigrams, log_probs, .. } = fitted;
    let drops = options.settings.drops(options.order) || cut.is_some() || is_partial;
    let ngrams: u64 = counts.counts_of_counts[1..].iter().map(|order| order.ngrams()).sum();
    progress.begin("estimating", Some(ngrams), "n-grams");
    let parts: Mutex<Vec<(usize, Vec<ScoredLevel>)>> = Mutex::default();
    counts.shards.for_each(
        options.resources.left(),
        ESTIMATING,
        Scratch::default,
        |scratch, index, shard| {
            progress.proceed()?;
            let keep = match &cut {
                Some(cut) => Some(cut.kept(&shard)),
                None => drops.then(|| kept::frequent(&shard, &estimator.min_counts)),
            };
            let by_raw_counts = keep.as_deref().filter(|_| cut.is_some());
            let levels = score_shard(shard, by_raw_counts, &estimator, &unigrams, scratch);
            let done: usize = levels.iter().map(|level| level.log_probs.len()).sum();
            let part = match keep {
                Some(keep) => kept::keep(levels, &keep, progress)?,
                None => levels,
            };
            parts.lock().unwrap_or_else(PoisonError::into_inner).push((index, part));
            progress.advance(done as u64);
            Ok::<(), TrainError>(())
        },
    )?;
    progress.end();
    progress.begin("laying out", None, "n-grams");
    let mut parts = parts.into_inner().unwrap_or_else(PoisonError::into_inner);
    parts.sort_unstable_by_key(|(index, _)| *index);
    let parts = parts.into_iter().map(|(_, part)| part).collect();
    let mut numbers = None;
    if let Some(cut) = &cut {
        let (kept, of_words) = cut.vocab(vocab.view())?;
        (vocab, numbers) = (kept, Some(of_words));
        info.orders[0].ngrams = vocab.view().len() as u64;
    }
    let table: OwnedTable = match drops {
        true => kept::whole(log_probs, parts, numbers.as_deref(), progress)?,
        false => OwnedTable::new(log_probs, kept::join(parts)?),
    };
    let view = table.view();
    for (order, level) in info.orders[1..].iter_mut().zip(&view.levels) {
        order.ngrams = level.log_probs.len() as u64;
    }
    info.quantization = options.layout.quantize;
    progress.proceed()?;
    let file_size = convert::write(writer, &info, vocab.view(), &view, &options.layout)?;
    progress.end();
    let vocab_len = vocab.view().len();
    Ok(Trained { corpus: summary, info, vocab_len, file_size, temporary, held_out })
}

/// Adds the space needed to an error about a full disk.
fn if_full(error: impl Into<TrainError>, path: &Path, needed: u64) -> TrainError {
    match error.into() {
        TrainError::Write(WriteError::Io { source, .. })
        | TrainError::Layout(SuffixError::Write(WriteError::Io { source, .. }))
            if is_full(&source) =>
        {
            TrainError::Full { path: path.to_owned(), needed, source }
        }
        error => error,
    }
}
