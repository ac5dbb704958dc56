//! Draws words from ranked candidates: the top words, or all words if a model has no lists.

use super::Generator;
use super::draw::pick;
use crate::next::Expected;
use crate::sampling::Random;
use ngram_model::{LogProb, Score};
use ngram_tokenizer::WordId;
use std::cmp::Ordering;

/// The number of words examined first to find those that make up a share of the probability.
const FIRST: usize = if cfg!(test) { 1 } else { 64 };

/// If fewer than one in this many words is allowed, each is scored by itself.
const FEW: usize = if cfg!(test) { 2 } else { 16 };

impl Generator<'_> {
    /// Draws one of the allowed words; `None` if all of them have probability 0. `scores` is a
    /// scratch buffer.
    pub(super) fn choose(
        &self,
        history: &[WordId],
        scores: &mut Vec<Score>,
        random: &mut Random,
    ) -> Option<WordId> {
        let (candidates, whole) = self.candidates(history, scores);
        let weights = self.weights(&candidates);
        let mut sum = 0.0;
        let sums = weights.iter().map(|weight| {
            sum += weight;
            sum
        });
        let mut sums: Vec<f64> = sums.collect();
        if let Some(share) = self.options.top_p {
            // The most probable come first; the last one kept is the one that reaches the share.
            let enough = share * whole.unwrap_or(sum);
            let before = sums.partition_point(|&sum| sum < enough);
            sums.truncate(before + 1);
        }
        pick(&sums, random).map(|at| candidates[at].0)
    }

    /// Returns the words to draw from, the most probable first if that matters. If they are only
    /// the top of the allowed words, also returns the probability of all allowed words.
    fn candidates(
        &self,
        history: &[WordId],
        scores: &mut Vec<Score>,
    ) -> (Vec<Expected>, Option<f64>) {
        let options = &self.options;
        let most = if options.temperature == 0.0 { Some(1) } else { options.top_k };
        if self.only.is_none()
            && let Some(most) = most
        {
            // One more, since `<unk>` may be among them.
            let mut top = self.next.top(history, most.saturating_add(1));
            top.retain(|(word, _)| self.may_come(*word));
            top.truncate(most);
            return (top, None);
        }
        if self.only.is_none()
            && most.is_none()
            && options.temperature == 1.0
            && let Some(share) = options.top_p
            && self.next.has_lists()
            && let Some((top, whole)) = self.with_share(history, share)
        {
            return (top, Some(whole));
        }
        let mut all: Vec<Expected> = match &self.only {
            Some(only) if only.len() < self.next.model().vocab().len() / FEW => {
                let words = only.iter().filter(|&&word| self.may_come(word));
                words.map(|&word| (word, self.next.model().score(history, word))).collect()
            }
            _ => {
                self.next.all(history, scores);
                let words = (0..).map(WordId).zip(scores.iter().copied());
                words.filter(|(word, _)| self.may_come(*word)).collect()
            }
        };
        if let Some(most) = most.filter(|most| *most < all.len()) {
            all.select_nth_unstable_by(most, falling);
            all.truncate(most);
        }
        let whole = options.top_p.map(|share| self.cut_to_share(&mut all, share));
        if most.is_some() || whole.is_some() {
            all.sort_unstable_by(falling);
        }
        (all, whole)
    }

    /// Returns the most probable words that make up a share of the probability of all allowed
    /// words, possibly a few more, and the probability of all allowed words. `None` if there are
    /// many: then it is faster to examine all words.
    fn with_share(&self, history: &[WordId], share: f64) -> Option<(Vec<Expected>, f64)> {
        let mut whole = 1.0;
        if !self.options.unknown {
            whole -= self.next.model().score(history, WordId::UNKNOWN).log_prob.prob();
        }
        for most in [FIRST, FIRST * 16] {
            let mut top = self.next.top(history, most);
            let is_all = top.len() < most;
            top.retain(|(word, _)| self.may_come(*word));
            let sum: f64 = top.iter().map(|(_, score)| score.log_prob.prob()).sum();
            if is_all || sum >= share * whole {
                return Some((top, whole));
            }
        }
        None
    }

    /// Keeps the most probable words that make up a share of the total weight, possibly a few more,
    /// unordered. Returns the total weight.
    fn cut_to_share(&self, all: &mut Vec<Expected>, share: f64) -> f64 {
        let whole: f64 = self.weights(all).iter().sum();
        // Bisect, so that only a few are sorted: words before `first` are in, those from `last` on
        // are out.
        let (mut first, mut last, mut before) = (0, all.len(), 0.0);
        // Weights are relative to that of the most probable word.
        let highest = all.iter().map(|(_, score)| score.log_prob).fold(LogProb::ZERO, higher);
        while last - first > FIRST {
            let middle = first.midpoint(last);
            all[first..last].select_nth_unstable_by(middle - first, falling);
            let half = &all[first..middle];
            let sum: f64 = half.iter().map(|(_, score)| self.weight(score.log_prob, highest)).sum();
            if before + sum >= share * whole {
                last = middle;
            } else {
                (first, before) = (middle, before + sum);
            }
        }
        all.truncate(last);
        whole
    }

    /// Returns the weight with which each word is drawn.
    fn weights(&self, candidates: &[Expected]) -> Vec<f64> {
        let log_probs = candidates.iter().map(|(_, score)| score.log_prob);
        let highest = log_probs.clone().fold(LogProb::ZERO, higher);
        log_probs.map(|log_prob| self.weight(log_prob, highest)).collect()
    }

    /// p, or p^(1/T) divided by that of the most probable word.
    fn weight(&self, log_prob: LogProb, highest: LogProb) -> f64 {
        let temperature = self.options.temperature;
        if temperature == 1.0 || temperature == 0.0 || log_prob == LogProb::ZERO {
            return log_prob.prob();
        }
        // This power of 10 is the same on every machine.
        LogProb(((log_prob.log10() - highest.log10()) / temperature) as f32).prob()
    }
}

/// Orders by falling probability, ties in order of id.
fn falling(one: &Expected, other: &Expected) -> Ordering {
    other.1.log_prob.0.total_cmp(&one.1.log_prob.0).then(one.0.cmp(&other.0))
}

fn higher(one: LogProb, other: LogProb) -> LogProb {
    if other > one { other } else { one }
}
