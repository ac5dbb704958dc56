//! Exchange clustering: every word in turn moves to the class that makes the text most likely.
//!
//! Kneser and Ney (1993); Martin, Liermann and Ney (1998), with the bigram criterion of [`Cells`].
//! Words are visited by decreasing frequency, sweep by sweep, until none moves.
//!
//! The gain of a move depends on the classes of all other words, so words would have to be visited
//! one by one. Here they are visited in batches. Threads find the best class for each word of a
//! batch, all under the same classes; then the words move one by one, each only if it still gains.
//! So the criterion never falls, the number of threads does not affect the result, and if no word
//! moves in a whole sweep, none could gain by moving.

use super::cells::Cells;
use super::neighbours::Neighbours;
use super::x_log_x::XLogX;
use super::{Bigrams, ClassesError, Clustering, Sweep};
use ngram_store::Progress;
use ngram_tokenizer::WordId;
use rayon::prelude::*;
use std::ops::Range;

/// The maximum number of words in a batch.
const BATCH: usize = 256;
/// About how many neighbours the words of a batch have in total; each word counts at most one per
/// class and side.
const NEIGHBOURS: usize = 1 << 13;

/// The minimum gain of a move, in nats; anything less may be a rounding error.
pub(super) const LEAST_GAIN: f64 = 1e-6;

/// Options of exchange clustering.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExchangeOptions {
    /// The number of classes, at least 1, besides those of `<unk>`, `<s>` and `</s>`, which have one each.
    pub classes: usize,
    /// The maximum number of sweeps over all words.
    pub sweeps: usize,
}

impl Default for ExchangeOptions {
    /// 500 classes, 12 sweeps.
    fn default() -> ExchangeOptions {
        ExchangeOptions { classes: 500, sweeps: 12 }
    }
}

/// Clusters the words of a text into classes by exchange.
///
/// Words are first dealt out to the classes by decreasing frequency. Uses the threads of the
/// current rayon pool; their number does not affect the classes. Besides the bigrams, takes 8 bytes
/// of memory times the square of the number of classes.
///
/// # Errors
///
/// [`ClassesError::Classes`] if there are fewer words than classes, or no class; or if `progress`
/// stops the work.
pub fn exchange(
    bigrams: &Bigrams,
    options: &ExchangeOptions,
    progress: &dyn Progress,
) -> Result<Clustering, ClassesError> {
    let mut exchange = Exchange::new(bigrams, options.classes)?;
    let words = bigrams.free_words() as u64;
    progress.begin("exchanging words", Some(words * options.sweeps as u64), "words");
    let mut sweeps = vec![exchange.report(0)];
    for _ in 0..options.sweeps {
        let moved = exchange.sweep(progress)?;
        sweeps.push(exchange.report(moved));
        if moved == 0 {
            break;
        }
    }
    progress.end();
    Ok(Clustering { class_of: exchange.class_of, classes: options.classes, sweeps })
}

/// A clustering that is being improved.
struct Exchange<'b> {
    bigrams: &'b Bigrams,
    class_of: Vec<u32>,
    /// The number of words in each class.
    sizes: Vec<usize>,
    cells: Cells,
    logs: XLogX,
    batches: Vec<Range<usize>>,
    /// Buffers for the word being moved.
    around: Neighbours,
}

impl Exchange<'_> {
    fn new(bigrams: &Bigrams, classes: usize) -> Result<Exchange<'_>, ClassesError> {
        if classes == 0 || classes > bigrams.free_words() {
            return Err(ClassesError::Classes { classes, words: bigrams.free_words() });
        }
        let special = WordId::SPECIAL as usize;
        let all = special + classes;
        let dealt = (0..bigrams.free_words()).map(|rank| (special + rank % classes) as u32);
        let class_of: Vec<u32> = (0..WordId::SPECIAL).chain(dealt).collect();
        let mut sizes = vec![0; all];
        class_of.iter().for_each(|&class| sizes[class as usize] += 1);
        Ok(Exchange {
            bigrams,
            cells: Cells::new(bigrams, &class_of, all),
            class_of,
            sizes,
            logs: XLogX::new(),
            batches: batches(bigrams, all),
            around: Neighbours::new(all),
        })
    }

    fn report(&self, moved: u64) -> Sweep {
        Sweep::new(self.bigrams, &self.cells, &self.logs, moved)
    }

    /// Visits every word once. Returns how many moved.
    fn sweep(&mut self, progress: &dyn Progress) -> Result<u64, ClassesError> {
        let mut moved = 0;
        for batch in self.batches.clone() {
            progress.proceed()?;
            let words = batch.len() as u64;
            let all = self.cells.classes();
            let wishes: Vec<Option<usize>> = batch
                .clone()
                .into_par_iter()
                .with_min_len(8)
                .map_init(
                    || (Neighbours::new(all), vec![0.0; all]),
                    |(around, gains), word| self.best(word, around, gains),
                )
                .collect();
            for (word, wish) in batch.zip(wishes) {
                moved += wish.map_or(0, |class| u64::from(self.go(word, class)));
            }
            progress.advance(words);
        }
        Ok(moved)
    }

    /// Returns the best class for a word if moving there gains.
    fn best(&self, word: usize, around: &mut Neighbours, gains: &mut [f64]) -> Option<usize> {
        let from = self.class_of[word] as usize;
        // A class is never emptied; that gains nothing.
        if self.sizes[from] == 1 || self.bigrams.neighbours(word) == 0 {
            return None;
        }
        around.look(self.bigrams, &self.class_of, word);
        let leaving = around.gains(&self.cells, &self.logs, from, gains);
        let special = WordId::SPECIAL as usize;
        let mut best: Option<(usize, f64)> = None;
        for (class, &gain) in gains.iter().enumerate().skip(special) {
            if class != from && best.is_none_or(|(_, most)| gain > most) {
                best = Some((class, gain));
            }
        }
        best.filter(|(_, gain)| gain + leaving > LEAST_GAIN).map(|(class, _)| class)
    }

    /// Moves a word if that still gains. Returns whether it does.
    fn go(&mut self, word: usize, to: usize) -> bool {
        let from = self.class_of[word] as usize;
        if self.sizes[from] == 1 {
            return false;
        }
        self.around.look(self.bigrams, &self.class_of, word);
        if self.around.gain(&self.cells, &self.logs, from, to) <= LEAST_GAIN {
            return false;
        }
        self.around.shift(&mut self.cells, from, to);
        self.sizes[from] -= 1;
        self.sizes[to] += 1;
        self.class_of[word] = to as u32;
        true
    }
}

/// Returns the words to visit together. Their number does not depend on the number of threads.
fn batches(bigrams: &Bigrams, classes: usize) -> Vec<Range<usize>> {
    let mut batches = Vec::new();
    let first = WordId::SPECIAL as usize;
    let (mut start, mut neighbours) = (first, 0);
    for word in first..bigrams.words() {
        neighbours += bigrams.neighbours(word).min(2 * classes);
        if neighbours >= NEIGHBOURS || word - start + 1 == BATCH {
            batches.push(start..word + 1);
            (start, neighbours) = (word + 1, 0);
        }
    }
    if start < bigrams.words() {
        batches.push(start..bigrams.words());
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classes::bigrams::tests::bigrams;
    use ngram_testing::text;

    /// Computes the criterion straight from its definition.
    fn naive(bigrams: &Bigrams, class_of: &[u32]) -> f64 {
        let mut counts = std::collections::BTreeMap::<(u32, u32), f64>::new();
        let (mut firsts, mut seconds) = (counts.clone(), counts.clone());
        for first in 0..bigrams.words() {
            for (second, count) in bigrams.after(first) {
                let (c, d, count) = (class_of[first], class_of[second], f64::from(count));
                *counts.entry((c, d)).or_default() += count;
                *firsts.entry((c, 0)).or_default() += count;
                *seconds.entry((0, d)).or_default() += count;
            }
        }
        let sum = |of: &std::collections::BTreeMap<(u32, u32), f64>| -> f64 {
            of.values().map(|count| count * count.ln()).sum()
        };
        sum(&counts) - sum(&firsts) - sum(&seconds)
    }

    #[test]
    fn every_gain_is_the_difference_of_the_criterion() {
        for seed in 0..6 {
            let bigrams = bigrams(&text(seed, 40, 17));
            let mut exchange = Exchange::new(&bigrams, 4).unwrap();
            let mut gains = vec![0.0; 7];
            for step in 0..60 {
                let word = 3 + step % bigrams.free_words();
                let from = exchange.class_of[word] as usize;
                let before = naive(&bigrams, &exchange.class_of);
                let cells = exchange.cells.criterion(&exchange.logs);
                assert!((before - cells).abs() < 1e-8, "{before} {cells}");
                let mut around = Neighbours::new(7);
                around.look(&bigrams, &exchange.class_of, word);
                let leaving = around.gains(&exchange.cells, &exchange.logs, from, &mut gains);
                for to in (3..7).filter(|&to| to != from) {
                    let mut class_of = exchange.class_of.clone();
                    class_of[word] = to as u32;
                    let exact = naive(&bigrams, &class_of) - before;
                    let one = around.gain(&exchange.cells, &exchange.logs, from, to);
                    assert!((one - exact).abs() < 1e-8, "{one} {exact}");
                    assert!((leaving + gains[to] - exact).abs() < 1e-8, "{} {exact}", gains[to]);
                }
                // Move even if that loses, to try many states.
                let to = 3 + (step * 5 + seed as usize) % 4;
                if to != from {
                    around.shift(&mut exchange.cells, from, to);
                    exchange.class_of[word] = to as u32;
                }
            }
        }
    }

    #[test]
    fn the_end_is_a_local_optimum_and_each_sweep_a_step_up() {
        for seed in 0..6 {
            let bigrams = bigrams(&text(seed, 60, 23));
            let options = ExchangeOptions { classes: 5, sweeps: 100 };
            let Clustering { class_of, sweeps, .. } = exchange(&bigrams, &options, &()).unwrap();
            assert!(sweeps.windows(2).all(|pair| {
                pair[1].moved == 0 || pair[0].mutual_information < pair[1].mutual_information
            }));
            assert_eq!(sweeps.last().unwrap().moved, 0);
            let end = naive(&bigrams, &class_of);
            for word in 3..bigrams.words() {
                for to in 3..8 {
                    let mut other = class_of.clone();
                    other[word] = to;
                    assert!(naive(&bigrams, &other) <= end + 2e-6, "{word} {to}");
                }
            }
            assert!((3..8).all(|class| class_of.contains(&class)));
            assert_eq!(class_of[..3], [0, 1, 2]);
        }
    }
}
