//! Turns counts into probabilities and back-off weights, in one pass down the history trie.
//!
//! ```text
//! interpolate    p(w|h) = share(c(hw)) + reserved(h) · p(w|h′)        h′ = h without its first word
//! back off       p(w|h) = share(c(hw))                               if hw is kept
//!                       = backoff(h) · p(w|h′)                       otherwise
//! ```
//!
//! Every successor of h also follows h′, its parent in the trie, whose probabilities are at hand when h is
//! visited. If orders are interpolated and every n-gram is kept, the back-off weight of h is reserved(h).
//! Otherwise it is the ratio of what h and h′ leave for other words, so that all sums to 1:
//!
//! ```text
//! backoff(h) = (1 − Σ p(v|h)) / (1 − Σ p(v|h′))                       Σ over the v kept after h
//! ```
//!
//! A method may divide what is left equally instead ([`Smoothing::spreads_evenly`]). It then backs off from
//! the histories that a text is scored with, those of n − 1 words or from `<s>` on, to the uniform
//! distribution, which all shorter histories hold.
//!
//! N-grams too rare to be kept still count towards the totals; their probability is that of backing
//! off. Below the shortest history is the empty one, and below that the uniform distribution.

mod srilm;

use crate::smoothing::{
    Combine, Convention, Discount, Fitted, HistoryCounts, OrderCounts, Settings, Smoothing,
    UnigramBase,
};
use ngram_counts::{CountsOfCounts, Level, Shard};
use ngram_tokenizer::WordId;

/// A method fitted to every order, and how its orders are combined.
pub struct Estimator {
    /// The method of each order from 1.
    pub fitted: Vec<Fitted>,
    /// How the probability that shares leave is used, for each order from 1.
    pub combine: Vec<Combine>,
    /// How the probability that unigrams leave is used.
    pub unigrams: UnigramBase,
    /// Whether unseen words share equally what is left: [`Smoothing::spreads_evenly`].
    pub spreads_evenly: bool,
    /// For each order from 1, the lowest count with which an n-gram is kept.
    pub min_counts: Vec<u32>,
    /// What to do if almost nothing is left after a history.
    pub convention: Convention,
    /// The minimum number of words in the uniform distribution.
    pub vocab_pad: u64,
    /// Whether `<unk>` can be predicted.
    pub predict_unknown: bool,
    /// Whether each word is left out of the vocabulary; empty if none is.
    pub dropped: Vec<bool>,
}

impl Estimator {
    /// Fits a method to the counts-of-counts of each order from 1. `words` is the number of words
    /// that can be predicted.
    pub fn fit(
        method: &dyn Smoothing,
        counts_of_counts: &[CountsOfCounts],
        words: u64,
        settings: &Settings,
    ) -> Estimator {
        let orders = (1..).zip(counts_of_counts);
        let fitted = orders
            .map(|(order, counts)| method.fit(&OrderCounts { order, words, counts, settings }));
        Estimator::new(method, fitted.collect(), settings)
    }

    /// Creates an estimator from a fitted method.
    pub fn new(method: &dyn Smoothing, fitted: Vec<Fitted>, settings: &Settings) -> Estimator {
        let min_counts = (1..=fitted.len()).map(|order| settings.min_count(order)).collect();
        let (combine, unigrams) = (settings.combine(method), settings.unigrams(method));
        let Settings { convention, vocab_pad, predict_unknown, .. } = *settings;
        let dropped = Vec::new();
        Estimator {
            combine: vec![combine; fitted.len()],
            fitted,
            unigrams,
            spreads_evenly: method.spreads_evenly(),
            min_counts,
            convention,
            vocab_pad,
            predict_unknown,
            dropped,
        }
    }

    /// Returns the unigram probabilities by word number. `<s>` has 0. The others sum to 1, or to
    /// less if the method gives unseen words no probability and nothing is left to distribute.
    pub fn unigrams(&self, counts: &[u64]) -> Vec<f64> {
        let begin = WordId::BEGIN.index();
        let least = u64::from(self.min_counts[0]);
        let discount: &dyn Discount = &*self.fitted[0].discount;
        let types = counts.iter().filter(|count| **count > 0).count() as u64;
        let history = HistoryCounts::new(counts.iter().sum(), types);
        let unknown = WordId::UNKNOWN.index();
        let is_dropped = |word: usize| {
            self.dropped.get(word) == Some(&true) || (word == unknown && !self.predict_unknown)
        };
        if self.spreads_evenly && self.fitted.len() > 1 {
            let can_be = |word: usize| word != begin && !is_dropped(word);
            let each = 1.0 / (0..counts.len()).filter(|&word| can_be(word)).count() as f64;
            return (0..counts.len()).map(|word| if can_be(word) { each } else { 0.0 }).collect();
        }
        let share = |(word, &count): (usize, &u64)| match count < least || is_dropped(word) {
            true => 0.0,
            false => discount.share(count, history),
        };
        let mut probs: Vec<f64> = counts.iter().enumerate().map(share).collect();
        if self.convention == Convention::Srilm {
            self.unigrams_like_srilm(counts, history, &mut probs);
            return probs;
        }
        let relative = |count: u64| count as f64 * history.scale;
        let reserved: f64 =
            counts.iter().zip(&probs).map(|(&count, share)| relative(count) - share).sum();
        let is_unseen =
            |word: usize, count: u64| word != begin && count < least && !is_dropped(word);
        let unseen = counts.iter().enumerate().filter(|&(word, &count)| is_unseen(word, count));
        match (self.unigrams, unseen.count()) {
            (UnigramBase::Unseen, unseen) if unseen > 0 => {
                let each = reserved / unseen as f64;
                for (word, (prob, &count)) in probs.iter_mut().zip(counts).enumerate() {
                    *prob += if is_unseen(word, count) { each } else { 0.0 };
                }
            }
            _ => {
                let dropped = self.dropped.iter().filter(|dropped| **dropped).count();
                let words = ((self.words(counts.len()) - dropped) as u64).max(self.vocab_pad);
                let each = reserved / words as f64;
                probs.iter_mut().for_each(|prob| *prob += each);
            }
        }
        probs[begin] = 0.0;
        if !self.predict_unknown {
            probs[unknown] = 0.0;
        }
        probs
    }

    /// Returns how many words of a vocabulary of `vocab_len` can be predicted.
    fn words(&self, vocab_len: usize) -> usize {
        vocab_len - 1 - usize::from(!self.predict_unknown)
    }

    /// Estimates unigrams as SRILM does. They are interpolated with the uniform distribution if
    /// that leaves enough for words not in the text, which get all that is left.
    fn unigrams_like_srilm(&self, counts: &[u64], of: HistoryCounts, probs: &mut [f64]) {
        let begin = WordId::BEGIN.index();
        let words = self.words(counts.len()) as f64;
        let least = u64::from(self.min_counts[0]);
        let discount: &dyn Discount = &*self.fitted[0].discount;
        let mut estimate = |total: u64, interpolate: bool| {
            let history = HistoryCounts::new(total, of.types);
            let shares = counts.iter().map(|&count| match count {
                0 => 0.0,
                count => discount.share(count, history),
            });
            let shares: Vec<f64> = shares.collect();
            let counted: f64 = counts.iter().map(|&count| count as f64 * history.scale).sum();
            let reserved = if interpolate { counted - shares.iter().sum::<f64>() } else { 0.0 };
            for ((prob, &count), share) in probs.iter_mut().zip(counts).zip(shares) {
                *prob = if count < least { 0.0 } else { share + reserved / words };
            }
            of.types as f64 >= words || probs.iter().sum::<f64>() <= 1.0 - srilm::EPSILON
        };
        if self.combine[0] != Combine::Interpolate || !estimate(of.total, true) {
            srilm::raise(of.total, |total| estimate(total, false));
        }
        let unknown = WordId::UNKNOWN.index();
        let can_be = |word: usize| word != begin && (word != unknown || self.predict_unknown);
        let left = srilm::left_of_rounded(probs);
        let unseen = |(word, prob): (usize, &f64)| can_be(word) && *prob == 0.0;
        let number = probs.iter().enumerate().filter(|&(word, prob)| unseen((word, prob))).count();
        for (word, prob) in probs.iter_mut().enumerate() {
            if number == 0 && can_be(word) {
                *prob += left / words;
            } else if unseen((word, prob)) {
                *prob = left / number as f64;
            }
        }
        probs[begin] = 0.0;
    }

    /// Estimates all histories of a shard, each before its extensions. `unigrams` are the unigram
    /// probabilities. If `cut` is given, it says which successors of each level are kept; the
    /// shares of the others go to all words, and their probability is that of backing off.
    pub fn shard(
        &self,
        shard: &Shard,
        cut: Option<&[Vec<bool>]>,
        unigrams: &[f64],
        scratch: &mut Scratch,
        sink: &mut impl Sink,
    ) {
        let depths = shard.levels.len();
        scratch.probs.resize(depths, Vec::new());
        scratch.places.resize(depths, Vec::new());
        let Scratch { probs, places, lower } = scratch;
        let estimator = self;
        // Most models ever trained are simple in this sense, so these take the fewest steps.
        let is_simple = self.combine.iter().all(|combine| *combine == Combine::Interpolate)
            && self.convention == Convention::Exact
            && self.min_counts.iter().all(|&count| count <= 1);
        let levels = &shard.levels;
        let mut descent =
            Descent { levels, cut, estimator, is_simple, unigrams, probs, places, lower, sink };
        for history in 0..shard.levels[0].successor_ends.len() {
            descent.visit(0, history, Lower::Unigrams);
        }
    }
}

/// Receives the estimates of one history after another.
pub trait Sink {
    /// Takes the next history of this length. `probs` are the probabilities of its successors in trie
    /// order, including those too rare to be kept; `backoff` is its back-off weight. Neither is rounded.
    fn history(&mut self, length: usize, probs: &[f64], backoff: f64);
}

/// Buffers for estimating one shard after another.
#[derive(Default)]
pub struct Scratch {
    /// For each depth, the probabilities of the successors of the history being visited.
    probs: Vec<Vec<f64>>,
    /// For each depth, the position of each word among those successors, for long lists.
    places: Vec<Vec<u32>>,
    /// p(w|h′) of the successors of the history being visited.
    lower: Vec<f64>,
}

struct Descent<'a, S> {
    levels: &'a [Level],
    /// For each level, which successors are kept; `None` if all are.
    cut: Option<&'a [Vec<bool>]>,
    estimator: &'a Estimator,
    /// Whether orders are interpolated and every n-gram is kept.
    is_simple: bool,
    unigrams: &'a [f64],
    probs: &'a mut [Vec<f64>],
    places: &'a mut [Vec<u32>],
    lower: &'a mut Vec<f64>,
    sink: &'a mut S,
}

/// How to find p(w|h′) for the successors w of h.
#[derive(Clone, Copy)]
enum Lower {
    /// h′ is the empty history.
    Unigrams,
    /// Search along the successors of this history, the parent.
    Walk { parent: usize },
    /// Look up the parent's `places`.
    Places,
}

/// The number of successors from which a history with several children fills in `places`.
const LONG: usize = 12;

/// If the words kept after h have all but this much of the probability after h′, nothing but
/// rounding errors is left to back off to.
const NOTHING: f64 = 1e-9;

impl<S: Sink> Descent<'_, S> {
    fn visit(&mut self, depth: usize, history: usize, lower: Lower) {
        let level = &self.levels[depth];
        let successors = level.successors(history);
        let counts = &level.successor_counts[successors.clone()];
        let words = &level.successor_words[successors.clone()];
        let mut backoff = 1.0;
        // The longest histories, and those that begin a sentence, are all of what a word is predicted from.
        let is_whole = depth + 1 == self.levels.len() || level.words[history] == WordId::BEGIN.0;
        if counts.is_empty() {
            self.probs[depth].clear();
        } else if self.estimator.spreads_evenly && !is_whole {
            let probs = words.iter().map(|&word| self.unigrams[word as usize]);
            self.probs[depth].clear();
            self.probs[depth].extend(probs);
        } else {
            let wide = level.wide_counts(successors.clone());
            let total = match &wide {
                Some(wide) => wide.iter().sum(),
                None => counts.iter().map(|&count| u64::from(count)).sum(),
            };
            let of_history = HistoryCounts::new(total, counts.len() as u64);
            let probs = &mut self.probs[depth];
            let discount = &*self.estimator.fitted[depth + 1].discount;
            match &wide {
                Some(wide) => discount.wide_shares(wide, of_history, probs),
                None => discount.shares(counts, of_history, probs),
            }
            let kept = self.cut.map(|cut| &cut[depth][successors]);
            if let Some(kept) = kept {
                for (share, is_kept) in probs.iter_mut().zip(kept) {
                    *share = if *is_kept { *share } else { 0.0 };
                }
            }
            // Summing the discounts keeps full precision, however small they are.
            let mut reserved = 0.0;
            match &wide {
                Some(wide) => {
                    for (&count, share) in wide.iter().zip(&*probs) {
                        reserved += count as f64 * of_history.scale - share;
                    }
                }
                None => {
                    for (&count, share) in counts.iter().zip(&*probs) {
                        reserved += f64::from(count) * of_history.scale - share;
                    }
                }
            }
            if kept.is_some_and(|kept| !kept.contains(&true)) {
                // As if the history had not been seen, without rounding errors.
                reserved = 1.0;
            }
            if self.is_simple {
                // Rounding could take it above 1.
                backoff = reserved.min(1.0);
                self.each_lower(depth, words, lower, |prob, lower| *prob += reserved * lower);
            } else {
                let mut found = std::mem::take(self.lower);
                found.clear();
                found.resize(words.len(), 0.0);
                let mut next = found.iter_mut();
                self.each_lower(depth, words, lower, |_, lower| {
                    if let Some(place) = next.next() {
                        *place = lower;
                    }
                });
                let least = self.estimator.min_counts[depth + 1];
                let combine = self.estimator.combine[depth + 1];
                let probs = &mut self.probs[depth];
                backoff = match self.estimator.convention {
                    Convention::Exact => back_off(probs, counts, &found, reserved, least, combine),
                    Convention::Srilm => {
                        let words = self.estimator.words(self.unigrams.len());
                        let counts =
                            wide.unwrap_or_else(|| counts.iter().map(|&c| c.into()).collect());
                        let (counts, least) = (&counts[..], least.into());
                        let seen = srilm::SeenWords { counts, lower: &found, least, words };
                        seen.estimate(discount, combine, probs)
                    }
                };
                *self.lower = found;
            }
        }
        self.sink.history(depth + 1, &self.probs[depth], backoff);
        if depth + 1 == self.levels.len() {
            return;
        }
        let children = level.children(history);
        let mut lower = Lower::Walk { parent: history };
        if children.len() > 1 && words.len() >= LONG {
            let places = &mut self.places[depth];
            places.resize(self.unigrams.len(), 0);
            for (place, &word) in (0u32..).zip(words) {
                places[word as usize] = place;
            }
            lower = Lower::Places;
        }
        for child in children {
            self.visit(depth + 1, child, lower);
        }
    }

    /// Calls `take` with each successor's entry in `probs` and with p(w|h′).
    #[inline(always)]
    fn each_lower(
        &mut self,
        depth: usize,
        words: &[u32],
        lower: Lower,
        mut take: impl FnMut(&mut f64, f64),
    ) {
        let (shorter, own) = self.probs.split_at_mut(depth);
        let probs = &mut own[0];
        match lower {
            Lower::Unigrams => {
                for (prob, &word) in probs.iter_mut().zip(words) {
                    take(prob, self.unigrams[word as usize]);
                }
            }
            Lower::Places => {
                let (parent, places) = (&shorter[depth - 1], &self.places[depth - 1]);
                for (prob, &word) in probs.iter_mut().zip(words) {
                    take(prob, parent[places[word as usize] as usize]);
                }
            }
            Lower::Walk { parent } => {
                let above = &self.levels[depth - 1];
                let range = above.successors(parent);
                let mut along = above.successor_words[range].iter().zip(&shorter[depth - 1]);
                for (prob, &word) in probs.iter_mut().zip(words) {
                    if let Some((_, &lower)) = along.find(|(candidate, _)| **candidate == word) {
                        take(prob, lower);
                    }
                }
            }
        }
    }
}

/// Turns the shares in `probs` into probabilities and returns the back-off weight. Successors with
/// a count of at least `least` are kept; `lower` holds p(w|h′).
fn back_off(
    probs: &mut [f64],
    counts: &[u32],
    lower: &[f64],
    reserved: f64,
    least: u32,
    combine: Combine,
) -> f64 {
    let is_kept = |count: u32| count >= least;
    let kept = counts.iter().filter(|&&count| is_kept(count)).count();
    let (mut left, mut free) = (reserved, 1.0);
    for ((share, &count), lower) in probs.iter().zip(counts).zip(lower) {
        match is_kept(count) {
            true => free -= lower,
            false => left += share,
        }
    }
    let mut weight = left / free;
    if kept == 0 {
        weight = 1.0;
    } else if free < NOTHING {
        // Then the kept words divide what is left by the lower order, so the sum is 1 all the same.
        probs.iter_mut().zip(lower).for_each(|(prob, lower)| *prob += left * lower);
        weight = left;
    } else if combine == Combine::Interpolate {
        probs.iter_mut().zip(lower).for_each(|(prob, lower)| *prob += reserved * lower);
        weight =
            if kept == counts.len() { reserved } else { (left - reserved * (1.0 - free)) / free };
    }
    for ((prob, &count), lower) in probs.iter_mut().zip(counts).zip(lower) {
        if !is_kept(count) {
            *prob = weight * lower;
        }
    }
    weight
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::smoothing::maximum_likelihood::MaximumLikelihood;
    use crate::smoothing::witten_bell::WittenBell;

    /// Backs off with shares ½ and ¼ of words that have ¼ and ⅛ in the lower order. ¼ is reserved,
    /// and the lower order has ⅝ for other words.
    fn after(counts: [u32; 2], least: u32, combine: Combine) -> ([f64; 2], f64) {
        let mut probs = [0.5, 0.25];
        let weight = back_off(&mut probs, &counts, &[0.25, 0.125], 0.25, least, combine);
        (probs, weight)
    }

    #[test]
    fn backing_off_worked_by_hand() {
        assert_eq!(after([2, 1], 1, Combine::BackOff), ([0.5, 0.25], 0.25 / 0.625));
        // Without the second word, ½ is left, and the lower order has ¾.
        let weight = 0.5 / 0.75;
        assert_eq!(after([2, 1], 2, Combine::BackOff), ([0.5, weight * 0.125], weight));
        // Without either, it is as if the history had not been seen.
        assert_eq!(after([1, 1], 2, Combine::BackOff), ([0.25, 0.125], 1.0));
    }

    #[test]
    fn interpolation_without_rare_ones_worked_by_hand() {
        assert_eq!(after([2, 1], 1, Combine::Interpolate), ([0.5625, 0.28125], 0.25));
        // ½ + ¼ · ¼ is kept, so 7/16 are left for the ¾ of the lower order.
        let weight = 0.4375 / 0.75;
        let (probs, found) = after([2, 1], 2, Combine::Interpolate);
        assert!((found - weight).abs() < 1e-15, "{found}");
        assert_eq!(probs[0], 0.5625);
        assert!((probs[1] - weight * 0.125).abs() < 1e-15);
    }

    #[test]
    fn where_every_word_was_seen_there_is_nothing_to_back_off_to() {
        let mut probs = [0.5, 0.25];
        let weight = back_off(&mut probs, &[2, 1], &[0.75, 0.25], 0.25, 1, Combine::BackOff);
        assert_eq!((probs, weight), ([0.6875, 0.3125], 0.25));
    }

    /// Words by number: `<unk>`, `<s>`, `</s>`, a, b and c.
    const COUNTS: [u64; 6] = [0, 0, 2, 3, 1, 0];
    const ALL_SEEN: [u64; 6] = [1, 0, 2, 3, 1, 1];

    fn unigrams(
        method: &dyn Smoothing,
        counts: &[u64],
        settings: Settings,
        dropped: &[usize],
    ) -> Vec<f64> {
        let of = [counts.iter().copied().filter(|&count| count > 0).collect()];
        let mut estimator = Estimator::fit(method, &of, counts.len() as u64 - 1, &settings);
        if !dropped.is_empty() {
            estimator.dropped = (0..counts.len()).map(|word| dropped.contains(&word)).collect();
        }
        estimator.unigrams(counts)
    }

    #[track_caller]
    fn near(found: &[f64], expected: [f64; 6], tolerance: f64) {
        let pairs = found.iter().zip(expected);
        assert!(pairs.clone().all(|(one, other)| (one - other).abs() < tolerance), "{found:?}");
        assert_eq!(found.len(), 6);
    }

    /// Six occurrences of three words: Witten–Bell gives a word seen c times c/9, and a third is left.
    #[test]
    fn unigrams_worked_by_hand() {
        let of = |settings| unigrams(&WittenBell, &COUNTS, settings, &[]);
        let unseen = |settings| Settings { unigrams: Some(UnigramBase::Unseen), ..settings };
        let (end, a, b) = (2.0 / 9.0, 3.0 / 9.0, 1.0 / 9.0);
        let own = Settings::default;
        // Each of the five words gets a fifth of it.
        let each = 1.0 / 15.0;
        near(&of(own()), [each, 0.0, end + each, a + each, b + each, each], 1e-15);
        // Or each of the two that were not seen gets half of it.
        near(&of(unseen(own())), [1.0 / 6.0, 0.0, end, a, b, 1.0 / 6.0], 1e-15);
        // Without b, 4/9 are left: for three words.
        let rare = || Settings { min_counts: vec![2], ..own() };
        let each = 4.0 / 27.0;
        near(&of(unseen(rare())), [each, 0.0, end, a, each, each], 1e-15);
        // Without <unk>, the third is for four words, or for c alone.
        let known = || Settings { predict_unknown: false, ..own() };
        let each = 1.0 / 12.0;
        near(&of(known()), [0.0, 0.0, end + each, a + each, b + each, each], 1e-15);
        near(&of(unseen(known())), [0.0, 0.0, end, a, b, 1.0 / 3.0], 1e-15);
        // As if there were ten words; four are not more than five.
        let padded = |vocab_pad| Settings { vocab_pad, ..own() };
        let each = 1.0 / 30.0;
        near(&of(padded(10)), [each, 0.0, end + each, a + each, b + each, each], 1e-15);
        assert_eq!(of(padded(4)), of(own()));
        // If every word was seen, each gets a part: 8 occurrences of 5 words, so c/13 and 5/13.
        let all = unigrams(&WittenBell, &ALL_SEEN, unseen(own()), &[]);
        near(&all, [2.0, 0.0, 3.0, 4.0, 2.0, 2.0].map(|part: f64| part / 13.0), 1e-15);
    }

    /// A word left out of the vocabulary has no share. What is left goes to the other words; what
    /// this gives the word itself is never stored.
    #[test]
    fn unigrams_without_a_word_worked_by_hand() {
        let (end, a) = (2.0 / 9.0, 3.0 / 9.0);
        let mut found = unigrams(&WittenBell, &COUNTS, Settings::default(), &[4]);
        // 4/9 are left for four words.
        found[4] = 0.0;
        let each = 1.0 / 9.0;
        near(&found, [each, 0.0, end + each, a + each, 0.0, each], 1e-15);
        let unseen = Settings { unigrams: Some(UnigramBase::Unseen), ..Settings::default() };
        // b and c are left out: all of it is for <unk>.
        let found = unigrams(&WittenBell, &COUNTS, unseen, &[4, 5]);
        near(&found, [4.0 / 9.0, 0.0, end, a, 0.0, 0.0], 1e-15);
    }

    #[test]
    fn unigrams_like_srilm_worked_by_hand() {
        let srilm = || Settings { convention: Convention::Srilm, ..Settings::default() };
        let of = |settings| unigrams(&WittenBell, &COUNTS, settings, &[]);
        // Seen words get a fifth of the third that is left; unseen ones get the rest, 2/15.
        let (end, a, b) = (2.0 / 9.0, 3.0 / 9.0, 1.0 / 9.0);
        let each = 1.0 / 15.0;
        near(&of(srilm()), [each, 0.0, end + each, a + each, b + each, each], 1e-6);
        // Without <unk> a quarter of it each.
        let each = 1.0 / 12.0;
        let known = Settings { predict_unknown: false, ..srilm() };
        near(&of(known), [0.0, 0.0, end + each, a + each, b + each, each], 1e-6);
        // Backing off, the third is for the two unseen words.
        let back_off = || Settings { combine: Some(Combine::BackOff), ..srilm() };
        near(&of(back_off()), [1.0 / 6.0, 0.0, end, a, b, 1.0 / 6.0], 1e-6);
        // b is too rare to keep, so 4/9 are for three words.
        let each = 4.0 / 27.0;
        let rare = Settings { min_counts: vec![2], ..back_off() };
        near(&of(rare), [each, 0.0, end, a, each, each], 1e-6);
        // Relative frequencies leave nothing, so the total is raised from 6 to 7.
        let found = unigrams(&MaximumLikelihood, &COUNTS, srilm(), &[]);
        near(&found, [0.5, 0.0, 2.0, 3.0, 1.0, 0.5].map(|part: f64| part / 7.0), 1e-6);
        // If every word was seen, nothing is raised, and what is left is for all.
        let found = unigrams(&MaximumLikelihood, &ALL_SEEN, srilm(), &[]);
        near(&found, ALL_SEEN.map(|count| count as f64 / 8.0), 1e-6);
        let found = unigrams(&WittenBell, &ALL_SEEN, back_off(), &[]);
        near(&found, [2.0, 0.0, 3.0, 4.0, 2.0, 2.0].map(|part: f64| part / 13.0), 1e-6);
    }
}
