//! Sums after a sample of histories, computed word by word over the whole vocabulary.

use super::sums::{group, power};
use super::{Sums, join};
use ngram_model::table::TableView;
use ngram_model::walk::Walk;
use ngram_tokenizer::{VocabView, WordId};
use rayon::prelude::*;

/// Returns the sums after stored histories, and after others.
pub fn sums(
    table: &TableView,
    vocab: VocabView<'_>,
    sample: usize,
    tolerance: f64,
) -> (Sums, Sums) {
    let (seen, unseen) = choose(table, vocab.len(), sample);
    let [seen, unseen] = [seen, unseen].map(|histories| {
        let sums: Vec<f64> = histories.par_iter().map(|words| sum(table, words)).collect();
        group(None, &sums, tolerance, |index| join(vocab, &histories[index]))
    });
    (seen, unseen)
}

/// Draws half of `sample` histories from the table, of all lengths, and half that are not in it:
/// the same ones each time.
fn choose(
    table: &TableView,
    vocab_len: usize,
    sample: usize,
) -> (Vec<Vec<WordId>>, Vec<Vec<WordId>>) {
    let (mut seen, mut unseen) = (Vec::new(), Vec::new());
    let depths = table.levels.len();
    if depths == 0 {
        return (seen, unseen);
    }
    let mut random = Random(0);
    for index in 0..sample.div_ceil(2) {
        let depth = index % depths;
        if let Some(history) = random.below(table.levels[depth].histories()) {
            let mut words = Vec::new();
            Walk::at(table, depth, history).words(&mut words);
            seen.push(words);
        }
    }
    // Every history of one word is stored, but hardly any longer one is; in a small vocabulary most
    // may be, so the search must be bounded.
    for index in 0..sample * 4 {
        if unseen.len() == sample / 2 || depths < 2 {
            break;
        }
        let length = 2 + index % (depths - 1);
        let words: Vec<WordId> =
            (0..length).filter_map(|_| random.below(vocab_len)).map(|w| WordId(w as u32)).collect();
        if words.len() == length && table.find(&words).is_none() {
            unseen.push(words);
        }
    }
    (seen, unseen)
}

/// Returns the sum of p(w|h) over all words w except `<s>`. The probability of every word is taken
/// from the 1-grams, then from longer and longer histories as far as they are stored.
fn sum(table: &TableView, history: &[WordId]) -> f64 {
    let mut probs: Vec<f64> = table.unigrams.iter().map(|log_prob| power(log_prob.get())).collect();
    for (depth, level) in table.levels.iter().enumerate().take(history.len()) {
        let Some(number) = table.find(&history[history.len() - 1 - depth..]) else { break };
        let weight = power(level.backoff(number));
        probs.iter_mut().for_each(|prob| *prob *= weight);
        for (word, log_prob) in level.successors(number) {
            if let Some(prob) = probs.get_mut(word.index()) {
                *prob = power(log_prob);
            }
        }
    }
    if let Some(begin) = probs.get_mut(WordId::BEGIN.index()) {
        *begin = 0.0;
    }
    probs.iter().sum()
}

/// A reproducible random number generator: SplitMix64 (Steele, Lea and Flood, 2014).
struct Random(u64);

impl Random {
    /// Returns a number below `bound`; `None` if there is none.
    fn below(&mut self, bound: usize) -> Option<usize> {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        mixed.checked_rem(bound as u64).map(|number| number as usize)
    }
}
