//! Computes the loss of pruning each n-gram of a table.

use super::prefixes::{NONE, Prefixes, in_pieces};
use super::{Criterion, Known};
use ngram_model::LanguageModel;
use ngram_model::exp10::exp10;
use ngram_model::table::TableView;
use ngram_store::{Cancelled, Progress};
use ngram_tokenizer::{VocabView, WordId};

/// If 1 − Σ p is below this, it shows rounding errors.
const ROUNDED: f64 = 3e-6;

/// Losses and left-over probabilities of a table before pruning.
pub(crate) struct Losses {
    /// For each history length from 1, the loss of each n-gram.
    pub losses: Vec<Vec<f32>>,
    /// For each history length, what each history leaves for words not stored after it.
    pub left: Vec<Vec<f32>>,
}

impl Losses {
    /// Computes the losses of all n-grams; `histories` holds log10 of the probabilities of their histories.
    pub fn of(
        table: &TableView,
        histories: &[Vec<f32>],
        criterion: &dyn Criterion,
        tokens: f64,
        progress: &dyn Progress,
    ) -> Result<Losses, Cancelled> {
        let mut found = Losses { losses: Vec::new(), left: Vec::new() };
        for (depth, level) in table.levels.iter().enumerate() {
            // For each history: first what is left, then its losses.
            let mixed = in_pieces(table, depth, progress, |numbers, walk, list: &mut Vec<f32>| {
                let mut lower = Vec::new();
                for history in numbers {
                    let shorter = &walk.path()[..depth];
                    lower.clear();
                    lower.extend(
                        level.successors(history).map(|(word, _)| backed_off(table, shorter, word)),
                    );
                    let sum = |logs: &[f32]| logs.iter().map(|&log| exp10(log)).sum::<f64>();
                    let free = (1.0 - sum(&lower)).max(0.0);
                    let own = level.successor_range(history);
                    let own = level.log_probs[own].iter().map(|log_prob| log_prob.get());
                    let backoff = level.backoff(history);
                    let mut left = 1.0 - sum(&own.collect::<Vec<f32>>());
                    if left < ROUNDED {
                        left = exp10(backoff) * free;
                    }
                    list.push(left as f32);
                    for ((_, log_prob), &lower) in level.successors(history).zip(&lower) {
                        let of = Known {
                            history: histories[depth][history],
                            log_prob,
                            lower,
                            backoff,
                            left,
                            free,
                            tokens,
                        };
                        let loss = criterion.loss(&of);
                        list.push(if loss.is_nan() { f32::INFINITY } else { loss as f32 });
                    }
                    walk.advance();
                }
            })?;
            let mut losses = Vec::with_capacity(level.successor_words.len());
            let mut left = Vec::with_capacity(level.histories());
            let mut at = 0;
            for history in 0..level.histories() {
                progress.proceed_at(history)?;
                let own = level.successors(history).count();
                left.push(mixed[at]);
                losses.extend_from_slice(&mixed[at + 1..at + 1 + own]);
                at += 1 + own;
            }
            found.losses.push(losses);
            found.left.push(left);
        }
        Ok(found)
    }
}

/// Returns log10 p(word | h); `path` holds the suffixes of h of length 1, 2 and so on.
pub(super) fn backed_off(table: &TableView, path: &[usize], word: WordId) -> f32 {
    let levels = || table.levels.iter().zip(path).enumerate();
    let stored = levels().rev().find_map(|(depth, (level, &history))| {
        level.log_prob(history, word).map(|log_prob| (depth + 1, log_prob))
    });
    let single = || table.unigrams.get(word.index()).map_or(f32::NEG_INFINITY, |p| p.get());
    let (length, log_prob) = stored.unwrap_or_else(|| (0, single()));
    let longer = levels().skip(length);
    log_prob + longer.fold(0.0f32, |sum, (_, (level, &history))| sum + level.backoff(history))
}

/// Returns log10 of the probability of every history of a table, by the chain rule. The words'
/// probabilities come from the table, or from `model`, which may number words differently.
pub(crate) fn histories(
    table: &TableView,
    prefixes: &Prefixes,
    vocab: VocabView,
    model: Option<&dyn LanguageModel>,
    progress: &dyn Progress,
) -> Result<Vec<Vec<f32>>, Cancelled> {
    let numbers: Option<Vec<WordId>> = model.map(|model| {
        let words = (0..vocab.len() as u32).map(|word| vocab.word(WordId(word)));
        words.map(|word| model.vocab().id_or_unknown(word)).collect()
    });
    let single = |word: WordId| match (model, &numbers) {
        (Some(model), Some(numbers)) => model.score(&[], numbers[word.index()]).log_prob.0,
        _ => table.unigrams[word.index()].get(),
    };
    let mut found: Vec<Vec<f32>> = Vec::new();
    for depth in 0..table.levels.len() {
        if depth == 0 {
            // A sentence begins as often as one ends, and <s> itself has no probability.
            let of_word = |word| match word {
                WordId::BEGIN => single(WordId::END),
                word => single(word),
            };
            found.push(
                (0..table.levels[0].histories() as u32).map(|word| of_word(WordId(word))).collect(),
            );
            continue;
        }
        let shorter = &found[depth - 1];
        let own = in_pieces(table, depth, progress, |all, walk, list: &mut Vec<f32>| {
            let mut words = Vec::new();
            for history in all {
                walk.words(&mut words);
                let (&last, before) = match words.split_last() {
                    Some(split) => split,
                    None => continue,
                };
                let prefix = prefixes.histories[depth][history];
                let ngram = prefixes.ngrams[depth][history];
                let level = &table.levels[depth - 1];
                let log_prob = match (model, &numbers) {
                    (Some(model), Some(numbers)) => {
                        let mapped: Vec<WordId> =
                            before.iter().map(|word| numbers[word.index()]).collect();
                        model.score(&mapped, numbers[last.index()]).log_prob.0
                    }
                    _ if ngram != NONE => level.log_probs[ngram as usize].get(),
                    _ => ngram_model::score::score(table, before, last).log_prob.0,
                };
                let before = match prefix {
                    NONE => f32::NEG_INFINITY,
                    prefix => shorter[prefix as usize],
                };
                list.push(before + log_prob);
                walk.advance();
            }
        })?;
        found.push(own);
    }
    Ok(found)
}
