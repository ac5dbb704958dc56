//! Drops n-grams that are less probable than backing off would make them.
//!
//! In an automaton with an arc for backing off, such as a decoder reads, the arc of such an n-gram
//! is never the best path, so the automaton scores the word higher than the model. Without these
//! n-grams it scores as the model does. (SRILM's `ngram -prune-lowprobs`.)

use super::cut::keep;
use super::prefixes::NONE;
use super::pruner::PruneError;
use crate::backoffs::{Lower, parents, recompute};
use ngram_model::exp10::exp10;
use ngram_model::native::Writer;
use ngram_model::native::convert::{self, ConvertOptions};
use ngram_model::table::OwnedTable;
use ngram_model::walk::Walk;
use ngram_model::{
    LanguageModel, Model, ModelInfo, Ngrams, OrderInfo, ScoredLevel, TooManyNgrams, assemble,
};
use ngram_store::{Cancelled, Progress};
use ngram_tokenizer::WordId;
use std::path::Path;

/// Sums of numbers stored in 32 bits are not exact: what is below this counts as nothing.
const NOTHING: f64 = 1e-6;

/// Writes `model` to `output` without the n-grams of `min_order` words or more that are less probable
/// than backing off would make them. Returns the description stored in the smaller model.
///
/// Each round decides from the shortest n-grams up, then computes back-off weights again, which may
/// make further n-grams improbable; rounds end when none is. An n-gram that a longer one begins with
/// stays listed, with the probability of backing off.
///
/// # Errors
///
/// If the model has order 1 or is quantised, if `min_order` is not between 2 and its order, if
/// `output` cannot be written, or if the work was stopped.
pub fn drop_improbable(
    model: &Model,
    min_order: usize,
    layout: &ConvertOptions,
    output: &Path,
    progress: &dyn Progress,
) -> Result<ModelInfo, PruneError> {
    let order = model.order();
    super::pruner::check(model, min_order)?;
    layout.check().map_err(PruneError::Convert)?;
    let writer = Writer::create(output)?.with_sources([model]);
    let writer = writer.with_open(model.open_parts());
    progress.begin("pruning", None, "n-grams");
    let whole = model.table_until(progress);
    progress.proceed()?;
    let whole = whole?;
    let view = whole.view();
    for (depth, level) in view.levels.iter().enumerate() {
        if level.histories().max(level.successor_words.len()) >= NONE as usize {
            return Err(TooManyNgrams(depth + 2).into());
        }
    }
    let unigrams: Vec<f32> = view.unigrams.iter().map(|log_prob| log_prob.get()).collect();
    let copy = |depth: usize, at: usize| view.levels[depth].log_probs[at].get();
    let weight = |depth: usize, history: usize, _: &[usize]| view.levels[depth].backoff(history);
    let mut levels = keep(&view, |_, _| true, weight, copy, progress)?;
    loop {
        progress.proceed()?;
        let improbable = improbable(&unigrams, &levels, min_order - 2, progress)?;
        if improbable.iter().flatten().all(|is_gone| !is_gone) {
            break;
        }
        levels = without(&unigrams, levels, &improbable, progress)?;
    }
    let first: Vec<f32> = levels.first().map(|level| level.backoffs.clone()).unwrap_or_default();
    let orders = listed(&unigrams, &first, levels, order, progress)?;
    let assembled = assemble(orders, unigrams.len(), progress)?;
    let table = OwnedTable::new(assembled.unigrams, assembled.levels);
    let longer = table.levels.iter().map(|level| level.successor_words.len());
    let ngrams = std::iter::once(unigrams.len()).chain(longer).map(|ngrams| ngrams as u64);
    let info = model.info();
    let smoothing = info.smoothing.as_deref().map_or(String::new(), |name| format!("{name}, "));
    let info = ModelInfo {
        smoothing: Some(format!("{smoothing}without n-grams below their back-off")),
        orders: std::iter::zip(&info.orders, ngrams)
            .map(|(order, ngrams)| OrderInfo { ngrams, ..order.clone() })
            .collect(),
        quantization: layout.quantize,
        ..info.clone()
    };
    convert::write(writer, &info, model.vocab(), &table.view(), layout)?;
    progress.end();
    Ok(info)
}

/// Returns, for each level, which successors backing off makes more probable, from a depth on.
/// Shorter n-grams that are to go no longer count.
fn improbable(
    unigrams: &[f32],
    levels: &[ScoredLevel],
    first: usize,
    progress: &dyn Progress,
) -> Result<Vec<Vec<bool>>, Cancelled> {
    let parents = parents(levels);
    let mut gone: Vec<Vec<bool>> =
        levels.iter().map(|level| vec![false; level.successor_words.len()]).collect();
    for depth in first..levels.len() {
        let level = &levels[depth];
        let (shorter, longer) = gone.split_at_mut(depth);
        let left = Lower { unigrams, levels, parents: &parents, gone: shorter };
        for history in 0..level.backoffs.len() {
            progress.proceed_at(history)?;
            for at in ScoredLevel::range(&level.successor_ends, history) {
                let lower = left.after_parent(depth, history, level.successor_words[at]);
                longer[0][at] = level.backoffs[history] + lower > level.log_probs[at];
            }
        }
    }
    Ok(gone)
}

/// Removes n-grams and computes back-off weights again.
fn without(
    unigrams: &[f32],
    levels: Vec<ScoredLevel>,
    gone: &[Vec<bool>],
    progress: &dyn Progress,
) -> Result<Vec<ScoredLevel>, Cancelled> {
    let table = OwnedTable::new(unigrams.to_vec(), levels);
    let view = table.view();
    let backoff = |depth: usize, history: usize, removed: &[usize]| {
        let level = &view.levels[depth];
        let own = level.successor_range(history);
        if own.len() == removed.len() {
            return if own.is_empty() { level.backoff(history) } else { 0.0 };
        }
        let stays = own.filter(|at| !gone[depth][*at]);
        let kept: f64 = stays.map(|at| exp10(level.log_probs[at].get())).sum();
        (1.0 - kept).max(0.0) as f32
    };
    let copy = |depth: usize, at: usize| view.levels[depth].log_probs[at].get();
    let mut levels = keep(&view, |depth, at| !gone[depth][at], backoff, copy, progress)?;
    recompute(unigrams, &mut levels, NOTHING, progress)?;
    Ok(levels)
}

/// Lists the n-grams, and the histories that are no n-grams but have successors, with an unknown
/// probability.
fn listed(
    unigrams: &[f32],
    first: &[f32],
    levels: Vec<ScoredLevel>,
    order: usize,
    progress: &dyn Progress,
) -> Result<Vec<Ngrams>, Cancelled> {
    let words = (0..unigrams.len() as u32).map(WordId).collect();
    let backoffs = if order > 1 { first.to_vec() } else { Vec::new() };
    let mut orders = vec![Ngrams { order: 1, words, log_probs: unigrams.to_vec(), backoffs }];
    let table = OwnedTable::new(unigrams.to_vec(), levels);
    let view = table.view();
    let mut history = Vec::new();
    for (depth, level) in view.levels.iter().enumerate() {
        let mut found = Ngrams::new(depth + 2);
        let is_longest = depth + 2 == order;
        let mut walk = Walk::at(&view, depth, 0);
        for number in 0..level.histories() {
            progress.proceed_at(number)?;
            walk.words(&mut history);
            for (word, log_prob) in level.successors(number) {
                found.words.extend(&history);
                found.words.push(word);
                found.log_probs.push(log_prob);
                if !is_longest {
                    let ngram = &found.words[found.words.len() - depth - 2..];
                    let longer = view.find(ngram);
                    let weight = longer.map(|longer| view.levels[depth + 1].backoff(longer));
                    found.backoffs.push(weight.unwrap_or(0.0));
                }
            }
            if number + 1 < level.histories() {
                walk.advance();
            }
        }
        if let Some(longer) = view.levels.get(depth + 1).filter(|longer| longer.histories() > 0) {
            let mut walk = Walk::at(&view, depth + 1, 0);
            for number in 0..longer.histories() {
                progress.proceed_at(number)?;
                walk.words(&mut history);
                let weight = longer.backoff(number);
                let is_needed = !longer.successor_range(number).is_empty() || weight != 0.0;
                let (before, word) = (&history[..=depth], history[depth + 1]);
                let is_listed = view.find(before).is_some_and(|h| level.place(h, word).is_some());
                if is_needed && !is_listed {
                    found.words.extend(&history);
                    found.log_probs.push(f32::NAN);
                    found.backoffs.push(weight);
                }
                if number + 1 < longer.histories() {
                    walk.advance();
                }
            }
        }
        orders.push(found);
    }
    Ok(orders)
}
