//! Predicts one of a few kinds, given a word and a context.

use super::weights::{Event, PartWeights};
use super::windows::Windows;
use super::{LOG_BUCKETS, log_bucket};
use ngram_tokenizer::WordId;

/// Number of rounds of fitting weights.
const ROUNDS: usize = 50;

/// An observation: a kind, and the word and context it was seen with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Observation {
    /// The word.
    pub word: WordId,
    /// The context, a number chosen by the caller.
    pub context: u32,
    /// The kind, from 0.
    pub kind: u32,
}

/// p(kind | word, context): relative frequencies given both, given the word, given the context and
/// given nothing, and the uniform distribution, interpolated with one set of weights per bucket.
/// The bucket depends on how often word and context were seen together, and the word at all.
pub struct Conditional {
    kinds: u32,
    both: Windows<3>,
    of_word: Windows<2>,
    of_context: Windows<2>,
    alone: Windows<1>,
    weights: PartWeights<5>,
}

impl Conditional {
    /// Counts `train`, and fits the weights to `held_out`, which must not be part of it. There are
    /// `kinds` ≥ 1 kinds.
    pub fn train(
        kinds: u32,
        train: impl IntoIterator<Item = Observation>,
        held_out: impl IntoIterator<Item = Observation>,
    ) -> Conditional {
        let train: Vec<Observation> = train.into_iter().collect();
        let mut model = Conditional {
            kinds,
            both: Windows::new(train.iter().map(|o| [o.word.0, o.context, o.kind]).collect()),
            of_word: Windows::new(train.iter().map(|o| [o.word.0, o.kind]).collect()),
            of_context: Windows::new(train.iter().map(|o| [o.context, o.kind]).collect()),
            alone: Windows::new(train.iter().map(|o| [o.kind]).collect()),
            weights: PartWeights::fit(BUCKETS, &[], 0),
        };
        let events: Vec<Event<5>> = held_out.into_iter().map(|o| model.event(o)).collect();
        model.weights = PartWeights::fit(BUCKETS, &events, ROUNDS);
        model
    }

    /// Returns the number of kinds.
    pub fn kinds(&self) -> u32 {
        self.kinds
    }

    /// Returns the probability of a kind; it sums to 1 over all kinds for every word and context.
    pub fn probability(&self, observed: Observation) -> f64 {
        let (bucket, parts) = self.event(observed);
        self.weights.mix(bucket, &parts)
    }

    fn event(&self, Observation { word, context, kind }: Observation) -> Event<5> {
        let share = |count: u64, of: u64| (of > 0).then(|| count as f64 / of as f64);
        let (together, with_word) =
            (self.both.after(&[word.0, context]), self.of_word.after(&[word.0]));
        let parts = [
            Some(1.0 / f64::from(self.kinds)),
            share(self.alone.count([kind]), self.alone.total()),
            share(self.of_context.count([context, kind]), self.of_context.after(&[context])),
            share(self.of_word.count([word.0, kind]), with_word),
            share(self.both.count([word.0, context, kind]), together),
        ];
        (log_bucket(together) * LOG_BUCKETS + log_bucket(with_word), parts)
    }
}

const BUCKETS: usize = LOG_BUCKETS * LOG_BUCKETS;

#[cfg(test)]
mod tests {
    use super::*;

    fn observed(word: u32, context: u32, kind: u32) -> Observation {
        Observation { word: WordId(word), context, kind }
    }

    fn trained() -> Conditional {
        let train = [(3, 0, 0), (3, 0, 0), (3, 1, 1), (4, 0, 2), (4, 0, 0), (5, 1, 1)];
        let held = [(3, 0, 0), (3, 1, 1), (4, 0, 0), (6, 0, 0), (6, 1, 1), (5, 0, 1)];
        let make = |all: &[(u32, u32, u32)]| -> Vec<Observation> {
            all.iter().map(|&(word, context, kind)| observed(word, context, kind)).collect()
        };
        Conditional::train(3, make(&train), make(&held))
    }

    #[test]
    fn every_distribution_sums_to_1() {
        let model = trained();
        assert_eq!(model.kinds(), 3);
        for word in 3..8 {
            for context in 0..3 {
                let sum: f64 =
                    (0..3).map(|kind| model.probability(observed(word, context, kind))).sum();
                assert!((sum - 1.0).abs() < 1e-12, "{word} {context}: {sum}");
            }
        }
    }

    /// Seen kinds are likelier than unseen ones, and nothing is impossible.
    #[test]
    fn what_was_seen_is_likelier() {
        let model = trained();
        let of =
            |word, context| [0, 1, 2].map(|kind| model.probability(observed(word, context, kind)));
        assert!(of(3, 0)[0] > 0.7 && of(3, 0)[0] > of(4, 0)[0] && of(3, 0)[1] > 0.0);
        assert!(of(3, 1)[1] > 0.9);
        // For a word never seen, the context decides.
        assert!(of(7, 1)[1] > of(7, 0)[1]);
    }
}
