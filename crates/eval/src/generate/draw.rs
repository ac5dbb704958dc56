//! Draws words from a table's lists, without examining all words.
//!
//! A word is drawn in proportion to its power p(w|h)^α, with α = 1 / T for temperature T. Words
//! listed after a history h have powers of their own; for all others, the power is β times that
//! after the shorter history h′, with β = backoff(h)^α. So the sum Z over all allowed words,
//!
//! ```text
//! Z(h) = A(h) + β · (Z(h′) − X(h))        A, X: sums of p(v|h)^α and p(v|h′)^α over the words v listed after h
//! ```
//!
//! can be computed from the lists alone. With probability A / Z a listed word is drawn; otherwise
//! words are drawn after the shorter history until one is not listed.
//!
//! For top-p the word must be among the most probable ones that make up the share. The total power
//! of the words ranked above it is computed from lists sorted by power, in the same way as Z; a
//! word outside the share is drawn again.

use super::ranked::Ranked;
use super::{Generator, TRIES};
use crate::sampling::Random;
use ngram_tokenizer::WordId;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// The fewest words for which a list is cached.
const WORTH_KEEPING: usize = if cfg!(test) { 3 } else { 64 };
/// The most words cached in all, at 20 bytes each, or 52 for top-p, before the cache is emptied.
const KEPT: usize = 4 << 20;
/// A sum of powers below this may have lost words to underflow.
const LEAST: f64 = 1e-200;

/// If the total power after the shorter history is more than this many times Z, nearly all of it
/// belongs to listed words, and the difference has lost its digits: then Z is unknown.
const MOST: f64 = 1e5;

/// The unigram powers of all words, in order of id: 0 for words that are not allowed.
pub struct Singles {
    powers: Vec<f64>,
    /// The cumulative sums, including each word.
    sums: Vec<f64>,
    ranked: Option<Ranked>,
}

/// The allowed words listed after a history, in order of id.
struct List {
    words: Vec<WordId>,
    powers: Vec<f64>,
    /// The cumulative sums, including each word.
    sums: Vec<f64>,
    /// β.
    weight: f64,
    /// Z; NaN if unknown.
    whole: f64,
    /// The words ranked by p(v|h)^α, and by p(v|h′)^α.
    ranked: Option<[Ranked; 2]>,
}

/// A cache of lists by history.
#[derive(Default)]
pub struct PowerLists {
    kept: FxHashMap<Box<[WordId]>, Arc<List>>,
    words: usize,
}

impl Singles {
    /// Creates the table from the powers, in order of id.
    pub fn new(powers: Vec<f64>, ranks: bool) -> Singles {
        let words = || (0..).map(WordId).zip(powers.iter().copied());
        let ranked =
            ranks.then(|| Ranked::new(words().filter(|(_, power)| *power > 0.0).collect()));
        Singles { sums: sums(&powers), ranked, powers }
    }

    fn whole(&self) -> f64 {
        self.sums.last().copied().unwrap_or(0.0)
    }
}

impl List {
    fn place(&self, word: WordId) -> Option<usize> {
        self.words.binary_search(&word).ok()
    }
}

impl PowerLists {
    /// Draws an allowed word after `history`; `None` if the model has no lists, if powers underflow
    /// or overflow, or if too many words in a row are outside the share.
    pub fn draw(
        &mut self,
        generator: &Generator<'_>,
        history: &[WordId],
        random: &mut Random,
    ) -> Option<WordId> {
        let longest = generator.next.model().order() - 1;
        let recent = &history[history.len().saturating_sub(longest)..];
        let lists = self.all(generator, recent)?;
        let singles = &generator.singles;
        let whole = lists.last().map_or(singles.whole(), |list| list.whole);
        if whole.is_nan() || whole < LEAST {
            return None;
        }
        for _ in 0..TRIES {
            let word = pick_from(generator, &lists, recent, random)?;
            let has_share = |share: f64| rank(singles, &lists, word).1 < share * whole;
            if generator.options.top_p.is_none_or(has_share) {
                return Some(word);
            }
        }
        None
    }

    /// Returns the probability with which [`PowerLists::draw`] draws each word, in order of id, if it
    /// can draw one.
    #[cfg(test)]
    pub fn probabilities(
        &mut self,
        generator: &Generator<'_>,
        history: &[WordId],
    ) -> Option<Vec<f64>> {
        let longest = generator.next.model().order() - 1;
        let lists = self.all(generator, &history[history.len().saturating_sub(longest)..])?;
        let singles = &generator.singles;
        let whole = lists.last().map_or(singles.whole(), |list| list.whole);
        if whole.is_nan() || whole < LEAST {
            return None;
        }
        let words = (0..singles.powers.len() as u32).map(WordId);
        let powers = words.map(|word| match generator.may_come(word) {
            false => 0.0,
            true => {
                let (found, before) = rank(singles, &lists, word);
                assert_eq!(found, power(singles, &lists, word));
                let fits = |share: f64| before < share * whole;
                if generator.options.top_p.is_none_or(fits) { found } else { 0.0 }
            }
        });
        let powers: Vec<f64> = powers.collect();
        if generator.options.top_p.is_none() {
            // Z is known without summing all these.
            let sum: f64 = powers.iter().sum();
            assert!((sum / whole - 1.0).abs() < 1e-8, "{sum} {whole}");
        }
        let sum: f64 = powers.iter().sum();
        Some(powers.into_iter().map(|power| power / sum).collect())
    }

    /// Returns the lists for the last word of a history, its last two words, and so on.
    fn all(&mut self, generator: &Generator<'_>, recent: &[WordId]) -> Option<Vec<Arc<List>>> {
        let mut lists = Vec::with_capacity(recent.len());
        for length in 1..=recent.len() {
            let list = self.get(generator, &lists, &recent[recent.len() - length..])?;
            lists.push(list);
        }
        Some(lists)
    }

    fn get(
        &mut self,
        generator: &Generator<'_>,
        shorter: &[Arc<List>],
        history: &[WordId],
    ) -> Option<Arc<List>> {
        if let Some(list) = self.kept.get(history) {
            return Some(Arc::clone(list));
        }
        let list = Arc::new(list(generator, shorter, history)?);
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

/// Builds the list for a history; `shorter` are the lists for shorter histories.
fn list(generator: &Generator<'_>, shorter: &[Arc<List>], history: &[WordId]) -> Option<List> {
    let model = generator.next.model();
    let mut listed = model.listed_after(history)?;
    let vocab_len = model.vocab().len();
    // A damaged file may list ids that are not words.
    listed.words.retain(|(word, _)| word.index() < vocab_len && generator.may_come(*word));
    let exponent = generator.exponent();
    let words: Vec<WordId> = listed.words.iter().map(|(word, _)| *word).collect();
    let powers: Vec<f64> = listed.words.iter().map(|(_, own)| own.power(exponent)).collect();
    let singles = &generator.singles;
    let lower: Vec<f64> = words.iter().map(|&word| power(singles, shorter, word)).collect();
    let sums = sums(&powers);
    let weight = listed.backoff.power(exponent);
    let all_lower = shorter.last().map_or(singles.whole(), |list| list.whole);
    let unlisted = (all_lower - lower.iter().sum::<f64>()).max(0.0);
    let mut whole = sums.last().copied().unwrap_or(0.0) + weight * unlisted;
    if weight * all_lower > MOST * whole || all_lower.is_nan() {
        whole = f64::NAN;
    }
    let ranked = singles.ranked.is_some().then(|| {
        [&powers, &lower]
            .map(|powers| Ranked::new(words.iter().copied().zip(powers.iter().copied()).collect()))
    });
    Some(List { words, powers, sums, weight, whole, ranked })
}

/// Returns p(w|h)^α, where `lists` are those for h and its shorter histories.
fn power(singles: &Singles, lists: &[Arc<List>], word: WordId) -> f64 {
    match lists.split_last() {
        None => singles.powers[word.index()],
        Some((list, shorter)) => match list.place(word) {
            Some(at) => list.powers[at],
            None => list.weight * power(singles, shorter, word),
        },
    }
}

/// Draws a word, which may be outside the share.
fn pick_from(
    generator: &Generator<'_>,
    lists: &[Arc<List>],
    recent: &[WordId],
    random: &mut Random,
) -> Option<WordId> {
    let Some((list, shorter)) = lists.split_last() else {
        return pick(&generator.singles.sums, random).map(|at| WordId(at as u32));
    };
    let point = random.unit() * list.whole;
    let at = list.sums.partition_point(|&sum| sum < point);
    if let Some(&word) = list.words.get(at) {
        return Some(word);
    }
    for _ in 0..TRIES {
        let word = pick_from(generator, shorter, &recent[1..], random)?;
        if list.place(word).is_none() {
            return Some(word);
        }
    }
    // Nearly all successors of the shorter history are listed.
    let mut scores = Vec::new();
    generator.next.all(recent, &mut scores);
    let sums = |may_be_listed: bool| {
        let words = (0..).map(WordId).zip(&scores).map(|(word, score)| {
            let is_fit = generator.may_come(word) && (may_be_listed || list.place(word).is_none());
            if is_fit { score.log_prob.power(generator.exponent()) } else { 0.0 }
        });
        sums(&words.collect::<Vec<f64>>())
    };
    // If every word is listed, rounding has made the sum of their powers less than Z.
    let at = pick(&sums(false), random).or_else(|| pick(&sums(true), random))?;
    Some(WordId(at as u32))
}

/// Returns the power of a word after a history, and the total power of all words ranked before it:
/// those more probable, or equally probable with a lower id.
fn rank(singles: &Singles, lists: &[Arc<List>], word: WordId) -> (f64, f64) {
    let Some((list, shorter)) = lists.split_last() else {
        let power = singles.powers[word.index()];
        return (power, singles.before(word, power));
    };
    if let Some(at) = list.place(word) {
        let power = list.powers[at];
        return (power, before(singles, lists, word, power));
    }
    let (lower, unlisted) = rank(singles, shorter, word);
    let power = list.weight * lower;
    (power, list.before(word, power, lower, || unlisted))
}

/// Returns the total power after a history of all words ranked before a word of power `power`,
/// which need not be its own.
fn before(singles: &Singles, lists: &[Arc<List>], word: WordId, power: f64) -> f64 {
    let Some((list, shorter)) = lists.split_last() else {
        return singles.before(word, power);
    };
    let lower = power / list.weight;
    list.before(word, power, lower, || before(singles, shorter, word, lower))
}

impl Singles {
    fn before(&self, word: WordId, power: f64) -> f64 {
        self.ranked.as_ref().map_or(0.0, |ranked| ranked.before(word, power))
    }
}

impl List {
    /// `lower` is the power after the shorter history that corresponds to `power` after this one;
    /// `of_shorter` computes the total power of the words ranked before it there.
    fn before(
        &self,
        word: WordId,
        power: f64,
        lower: f64,
        of_shorter: impl FnOnce() -> f64,
    ) -> f64 {
        let Some([own, of_listed]) = &self.ranked else { return 0.0 };
        let listed = own.before(word, power);
        // Then unlisted words have no probability.
        if self.weight == 0.0 {
            return listed;
        }
        listed + self.weight * (of_shorter() - of_listed.before(word, lower)).max(0.0)
    }
}

fn sums(powers: &[f64]) -> Vec<f64> {
    let mut sum = 0.0;
    let sums = powers.iter().map(|power| {
        sum += power;
        sum
    });
    sums.collect()
}

/// Draws an index in proportion to its increment in the cumulative sums; `None` if all are 0.
pub fn pick(sums: &[f64], random: &mut Random) -> Option<usize> {
    let total = sums.last().copied().filter(|total| *total > 0.0)?;
    let point = random.unit() * total;
    // The point is above 0, so an index with increment 0 is never drawn.
    let at = sums.partition_point(|&sum| sum < point);
    Some(at.min(sums.len() - 1))
}
