//! One of a few kinds, given a word and a circumstance.

use super::weights::{Event, Weights};
use super::windows::Windows;
use super::{LOG_BUCKETS, log_bucket};
use ngram_tokenizer::WordId;

/// How often weights are fitted over.
const ROUNDS: usize = 50;

/// Something seen: a kind, with the word and the circumstance it was seen with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Observation {
    /// The word.
    pub word: WordId,
    /// The circumstance, a number of the caller's own.
    pub context: u32,
    /// The kind, from 0.
    pub kind: u32,
}

/// p(kind | word, circumstance): relative frequencies given both, given the word, given the circumstance
/// and given nothing, and the uniform distribution, interpolated with weights for each bucket of how often
/// word and circumstance were seen together, and the word at all.
pub struct Conditional {
    kinds: u32,
    both: Windows<3>,
    of_word: Windows<2>,
    of_context: Windows<2>,
    alone: Windows<1>,
    weights: Weights<5>,
}

impl Conditional {
    /// Counts `train`, and fits the weights to `held_out`, which must not be in it. There are `kinds` ≥ 1
    /// kinds.
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
            weights: Weights::fit(BUCKETS, &[], 0),
        };
        let events: Vec<Event<5>> = held_out.into_iter().map(|o| model.event(o)).collect();
        model.weights = Weights::fit(BUCKETS, &events, ROUNDS);
        model
    }

    /// How many kinds there are.
    pub fn kinds(&self) -> u32 {
        self.kinds
    }

    /// The probability of a kind; over all kinds these sum to 1 for every word and circumstance.
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

    /// What was seen is likelier than what was not, and nothing is impossible.
    #[test]
    fn what_was_seen_is_likelier() {
        let model = trained();
        let of =
            |word, context| [0, 1, 2].map(|kind| model.probability(observed(word, context, kind)));
        assert!(of(3, 0)[0] > 0.7 && of(3, 0)[0] > of(4, 0)[0] && of(3, 0)[1] > 0.0);
        assert!(of(3, 1)[1] > 0.9);
        // A word that was never seen goes by the circumstance.
        assert!(of(7, 1)[1] > of(7, 0)[1]);
    }
}
