//! Weights of a linear mixture: the same everywhere, or by the kind of history.

use super::MixError;
use super::context::{Context, coarse};
use super::events::Events;
use ngram_model::mixture_weights::mixture_weights;
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;

/// How far the sum of given weights may be from 1.
const TOLERANCE: f64 = 1e-6;

/// The weights of a linear mixture.
#[derive(Clone, Debug)]
pub struct Weights {
    /// One per model, for histories without weights of their own.
    all: Vec<f64>,
    /// The weights of kinds of histories that have their own.
    own: FxHashMap<Box<[Context]>, Vec<f64>>,
}

impl Weights {
    /// Takes given weights, one per model: each at least 0, with a sum within 10⁻⁶ of 1.
    ///
    /// # Errors
    ///
    /// If they are not, or if there is not one per model.
    pub fn given(weights: &[f64], models: usize) -> Result<Weights, MixError> {
        if weights.len() != models {
            return Err(MixError::WeightCount { weights: weights.len(), models });
        }
        if let Some(&weight) =
            weights.iter().find(|weight| !(0.0..=1.0 + TOLERANCE).contains(*weight))
        {
            return Err(MixError::Weight(weight));
        }
        let sum: f64 = weights.iter().sum();
        if (sum - 1.0).abs() > TOLERANCE {
            return Err(MixError::WeightSum(sum));
        }
        Ok(Weights {
            all: weights.iter().map(|weight| weight / sum).collect(),
            own: FxHashMap::default(),
        })
    }

    /// Fits the weights that make the events most likely, the same after every history.
    pub fn fit(events: &Events) -> Weights {
        let start = vec![1.0 / events.parts as f64; events.parts];
        let all = mixture_weights(&events.probs, &start).weights;
        Weights { all, own: FxHashMap::default() }
    }

    /// Fits weights by the kind of history: for each model, the length of the longest suffix it stores,
    /// and how many different words it has after that, in classes that each span a factor of four.
    ///
    /// A kind with fewer than `least` events takes the weights for its lengths alone. If these have
    /// fewer, it takes the weights for all events.
    pub fn fit_by_context(events: &Events, least: usize) -> Weights {
        let Weights { all, mut own } = Weights::fit(events);
        for kind in [coarse, |context| context] {
            let mut rows: BTreeMap<Box<[Context]>, Vec<f64>> = BTreeMap::new();
            let events = events
                .contexts
                .chunks_exact(events.parts)
                .zip(events.probs.chunks_exact(events.parts));
            for (contexts, probs) in events {
                let key = contexts.iter().map(|&context| kind(context)).collect();
                rows.entry(key).or_default().extend_from_slice(probs);
            }
            for (key, rows) in rows {
                if rows.len() >= least * all.len() {
                    // A weight of 0 would stay 0.
                    let start: Vec<f64> =
                        all.iter().map(|weight| 0.9 * weight + 0.1 / all.len() as f64).collect();
                    own.insert(key, mixture_weights(&rows, &start).weights);
                }
            }
        }
        Weights { all, own }
    }

    /// Returns the weights of histories that have none of their own.
    pub fn all(&self) -> &[f64] {
        &self.all
    }

    /// Returns how many kinds of histories have weights of their own.
    pub fn kinds(&self) -> usize {
        self.own.len()
    }

    /// Returns the weights after a history of these kinds, one per model.
    pub(super) fn of(&self, contexts: &[Context]) -> &[f64] {
        if self.own.is_empty() {
            return &self.all;
        }
        self.own.get(contexts).unwrap_or_else(|| {
            let coarse: Vec<Context> = contexts.iter().map(|&context| coarse(context)).collect();
            self.own.get(&coarse[..]).unwrap_or(&self.all)
        })
    }

    /// Returns the probability of each event under the mixture Σ λ p.
    pub fn probabilities(&self, events: &Events) -> Vec<f64> {
        let rows = events.probs.chunks_exact(events.parts);
        let contexts = events.contexts.chunks_exact(events.parts);
        let mix = |(row, contexts): (&[f64], &[Context])| {
            self.of(contexts).iter().zip(row).map(|(weight, p)| weight * p).sum()
        };
        rows.zip(contexts).map(mix).collect()
    }
}
