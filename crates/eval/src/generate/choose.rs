//! Words drawn by probabilities that are changed: by temperature, of the top words, of some words only.

use super::Generator;
use super::draw::pick;
use crate::next::Expected;
use crate::sampling::Random;
use ngram_model::{LogProb, Score};
use ngram_tokenizer::WordId;

/// So many words are looked at first to find those that have a share of the probability.
const FIRST: usize = 64;

impl Generator<'_> {
    /// Draws one of the words that may come; `None` if all of them have probability 0. `scores` is room to work in.
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
            // The most probable come first, and the last is the one with which they have the share.
            let enough = share * whole.unwrap_or(sum);
            let before = sums.partition_point(|&sum| sum < enough);
            sums.truncate(before + 1);
        }
        pick(&sums, random).map(|at| candidates[at].0)
    }

    /// The words to draw from, the most probable first if that matters; and the probability of all that may come, if
    /// these are only the first of them.
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
            // One more, as `<unk>` may be among them.
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
        {
            let (top, whole) = self.with_share(history, share);
            return (top, Some(whole));
        }
        self.next.all(history, scores);
        let words = (0..).map(WordId).zip(scores.iter().copied());
        let mut all: Vec<Expected> = words.filter(|(word, _)| self.may_come(*word)).collect();
        if most.is_some() || options.top_p.is_some() {
            let falling = |one: &Expected, other: &Expected| {
                other.1.log_prob.0.total_cmp(&one.1.log_prob.0).then(one.0.cmp(&other.0))
            };
            if let Some(most) = most.filter(|most| *most < all.len()) {
                all.select_nth_unstable_by(most, falling);
                all.truncate(most);
            }
            all.sort_unstable_by(falling);
        }
        (all, None)
    }

    /// The most probable words that have a share of the probability of all that may come, and maybe more of them;
    /// and that probability.
    fn with_share(&self, history: &[WordId], share: f64) -> (Vec<Expected>, f64) {
        let mut whole = 1.0;
        if !self.options.unknown {
            whole -= self.next.model().score(history, WordId::UNKNOWN).log_prob.prob();
        }
        let mut most = FIRST;
        loop {
            let mut top = self.next.top(history, most);
            let is_all = top.len() < most;
            top.retain(|(word, _)| self.may_come(*word));
            let sum: f64 = top.iter().map(|(_, score)| score.log_prob.prob()).sum();
            if is_all || sum >= share * whole {
                return (top, whole);
            }
            most *= 8;
        }
    }

    /// What each word is drawn in proportion to: p^(1/T), over that of the most probable one.
    fn weights(&self, candidates: &[Expected]) -> Vec<f64> {
        let temperature = self.options.temperature;
        let log_probs = candidates.iter().map(|(_, score)| score.log_prob.log10());
        let highest = log_probs.clone().fold(f64::NEG_INFINITY, f64::max);
        if temperature == 1.0 || temperature == 0.0 {
            return candidates.iter().map(|(_, score)| score.log_prob.prob()).collect();
        }
        if highest == f64::NEG_INFINITY {
            return vec![0.0; candidates.len()];
        }
        // Powers of 10 that are the same on every machine.
        log_probs.map(|log| LogProb(((log - highest) / temperature) as f32).prob()).collect()
    }
}
