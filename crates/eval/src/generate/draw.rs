//! Words drawn from a table by their own probabilities, without looking at all of them.
//!
//! What is listed after a history is drawn with its probability; and if none of it comes, a word is drawn after
//! the shorter history, again and again until it is one that is not listed. So a word that is not listed comes
//! with probability
//!
//! ```text
//! (1 − Σ p(v|h)) · p(w|h′) / (1 − Σ p(v|h′)) = backoff(h) · p(w|h′)       sums over the words v listed after h
//! ```
//!
//! as it should. That takes backoff(h) draws after the shorter history on average: less than one where orders are
//! interpolated.

use super::{Generator, TRIES};
use crate::sampling::Random;
use ngram_model::LanguageModel;
use ngram_tokenizer::WordId;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// Lists of so many words or more are kept.
const WORTH_KEEPING: usize = 64;
/// So many words are kept in all, each in 12 bytes, before all lists go.
const KEPT: usize = 4 << 20;

/// What follows a history: words by number, with the sum of the probabilities up to and with each.
struct List {
    words: Vec<WordId>,
    sums: Vec<f64>,
}

/// Lists by history.
#[derive(Default)]
pub struct Lists {
    kept: FxHashMap<Box<[WordId]>, Arc<List>>,
    words: usize,
}

impl Lists {
    /// Draws a word after `history`, any but `<s>`; `None` if the model has no lists.
    pub fn draw(
        &mut self,
        generator: &Generator<'_>,
        history: &[WordId],
        random: &mut Random,
    ) -> Option<WordId> {
        let longest = generator.next.model().order() - 1;
        let recent = &history[history.len().saturating_sub(longest)..];
        let [_, shorter @ ..] = recent else {
            return pick(&generator.singles, random).map(|at| WordId(at as u32));
        };
        let list = self.get(generator.next.model(), recent)?;
        let point = random.unit();
        let at = list.sums.partition_point(|&sum| sum < point);
        if let Some(&word) = list.words.get(at) {
            return Some(word);
        }
        for _ in 0..TRIES {
            let word = self.draw(generator, shorter, random)?;
            if list.words.binary_search(&word).is_err() {
                return Some(word);
            }
        }
        // Nearly all that follows the shorter history is listed.
        let mut scores = Vec::new();
        generator.next.all(recent, &mut scores);
        let sums = |unlisted: bool| {
            let mut sum = 0.0;
            let words = (0..).map(WordId).zip(&scores);
            let sums = words.map(|(word, score)| {
                if !unlisted || list.words.binary_search(&word).is_err() {
                    sum += score.log_prob.prob();
                }
                sum
            });
            sums.collect::<Vec<f64>>()
        };
        // Where every word is listed, their probabilities have been rounded to less than 1.
        let at = pick(&sums(true), random).or_else(|| pick(&sums(false), random))?;
        Some(WordId(at as u32))
    }

    fn get(&mut self, model: &dyn LanguageModel, history: &[WordId]) -> Option<Arc<List>> {
        if let Some(list) = self.kept.get(history) {
            return Some(Arc::clone(list));
        }
        let listed = model.listed_after(history)?;
        let vocab_len = model.vocab().len();
        let (mut words, mut sums) = (Vec::new(), Vec::new());
        let mut sum = 0.0;
        for (word, log_prob) in listed.words {
            // A damaged file may list what is no word.
            if word != WordId::BEGIN && word.index() < vocab_len {
                sum += log_prob.prob();
                words.push(word);
                sums.push(sum);
            }
        }
        let list = Arc::new(List { words, sums });
        if list.words.len() >= WORTH_KEEPING {
            self.words += list.words.len();
            if self.words > KEPT {
                self.kept.clear();
                self.words = list.words.len();
            }
            self.kept.insert(history.into(), Arc::clone(&list));
        }
        Some(list)
    }
}

/// Draws a place in proportion to what it adds to the sums; `None` if nothing adds anything.
pub fn pick(sums: &[f64], random: &mut Random) -> Option<usize> {
    let total = sums.last().copied().filter(|total| *total > 0.0)?;
    let point = random.unit() * total;
    // Above 0, so that what adds nothing is never met.
    let at = sums.partition_point(|&sum| sum < point);
    Some(at.min(sums.len() - 1))
}
