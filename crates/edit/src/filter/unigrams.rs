//! The probabilities of single words.

use super::words::ListedWords;
use super::{FilterOptions, Leftover, is_event};
use ngram_model::exp10::exp10;
use ngram_model::log10::log10;
use ngram_model::table::TableView;
use ngram_tokenizer::WordId;

/// What SRILM takes for nothing.
const EPSILON: f64 = 3e-6;

/// The probabilities of the new vocabulary's words.
pub(super) struct Unigrams {
    /// log10 p by number.
    pub log_probs: Vec<f32>,
    /// The sum of the probabilities of the words left out.
    pub freed: f64,
}

/// Returns the probabilities of single words, with those of words left out given to others.
pub(super) fn of(view: &TableView<'_>, words: &ListedWords, options: &FilterOptions) -> Unigrams {
    let mut log_probs = vec![f32::NEG_INFINITY; words.vocab.view().len()];
    let mut freed = 0.0;
    for (number, log_prob) in words.numbers.iter().zip(view.unigrams) {
        match number {
            Some(number) => log_probs[*number as usize] = log_prob.get(),
            None => freed += exp10(log_prob.get()),
        }
    }
    let unknown = WordId::UNKNOWN.index();
    if !options.unknown {
        freed += exp10(log_probs[unknown]);
        log_probs[unknown] = f32::NEG_INFINITY;
    }
    match options.leftover {
        Leftover::Unchanged => {}
        Leftover::Unknown => {
            let share = options.add.filter(|_| words.added > 0).unwrap_or(0.0);
            if freed > 0.0 || share > 0.0 {
                let all = exp10(log_probs[unknown]) + freed;
                log_probs[unknown] = log10(all * (1.0 - share));
                let first = log_probs.len() - words.added;
                let each = log10(all * share / words.added.max(1) as f64);
                log_probs[first..].fill(each);
            }
        }
        Leftover::Words => give_to_words(&mut log_probs, options),
    }
    Unigrams { log_probs, freed }
}

/// Gives what single words leave to those without any probability, equally, or else to all.
fn give_to_words(log_probs: &mut [f32], options: &FilterOptions) {
    let events = || (0..log_probs.len()).filter(|&word| is_event(word, options));
    let left = 1.0 - events().map(|word| exp10(log_probs[word])).sum::<f64>();
    let left = if left < EPSILON { 0.0 } else { left };
    let zeros: Vec<usize> = events().filter(|&word| log_probs[word] == f32::NEG_INFINITY).collect();
    if left == 0.0 {
        return;
    }
    if !zeros.is_empty() {
        let each = log10(left / zeros.len() as f64);
        zeros.into_iter().for_each(|word| log_probs[word] = each);
        return;
    }
    let all: Vec<usize> = events().collect();
    let each = left / all.len() as f64;
    for word in all {
        log_probs[word] = log10(exp10(log_probs[word]) + each);
    }
}
