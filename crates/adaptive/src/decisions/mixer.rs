//! Gated mixing: inputs in the logistic domain, weighted, and the weights chosen by contexts.
//!
//! Each set of weights w makes a probability of its own from the inputs x, and learns from what comes, by the
//! gradient of its coding cost (Mahoney 2005, section 3.2; Mattern 2012):
//!
//! ```text
//! p = squash(Σ wᵢ xᵢ)        wᵢ ← wᵢ + η xᵢ (bit − p)
//! ```
//!
//! Some last sets mix the probabilities of all sets in the same way (Veness et al. 2012 for networks of such units), and
//! the result is their mean in the logistic domain.

use super::logistic::{FARTHEST, squash};
use wide::f32x8;

/// The most sets that are mixed.
const MOST: usize = 16;
/// Inputs are padded with zeros to a multiple of this.
const LANES: usize = 8;

/// How fast weights move.
#[derive(Clone, Copy)]
pub struct Rate {
    /// The step at first, and in the long run.
    pub first: f32,
    pub last: f32,
    /// The number of bits after which the step is half of the first.
    pub half: f32,
}

/// Sets of weights, of which a context chooses one.
#[derive(Clone)]
struct GatedWeights {
    weights: Vec<f32x8>,
    used: Vec<u32>,
    rate: Rate,
    /// The set chosen for the current bit, and its result in the logistic domain.
    chosen: usize,
    result: f32,
}

impl GatedWeights {
    fn new(sets: usize, first: &[f32x8], rate: Rate) -> GatedWeights {
        let weights = first.iter().copied().cycle().take(sets * first.len()).collect();
        GatedWeights { weights, used: vec![0; sets], rate, chosen: 0, result: 0.0 }
    }

    fn mix(&mut self, chosen: usize, inputs: &[f32x8]) -> f32 {
        self.chosen = chosen % self.used.len();
        let weights = &self.weights[self.chosen * inputs.len()..][..inputs.len()];
        let sum = weights
            .iter()
            .zip(inputs)
            .fold(f32x8::ZERO, |sum, (&weight, &input)| sum + weight * input);
        let [a, b, c, d, e, f, g, h] = sum.to_array();
        let sum = ((a + b) + (c + d)) + ((e + f) + (g + h));
        self.result = sum.clamp(-FARTHEST, FARTHEST);
        self.result
    }

    fn learn(&mut self, inputs: &[f32x8], bit: f32) {
        let used = &mut self.used[self.chosen];
        let Rate { first, last, half } = self.rate;
        let rate = last + (first - last) * half / (half + *used as f32);
        *used = used.saturating_add(1);
        let step = f32x8::splat(rate * (bit - squash(self.result)));
        let weights = &mut self.weights[self.chosen * inputs.len()..][..inputs.len()];
        for (weight, &input) in weights.iter_mut().zip(inputs) {
            *weight += step * input;
        }
    }
}

/// Several gated mixtures of the same inputs, and mixtures of these.
#[derive(Clone)]
pub struct Mixer {
    gates: Vec<GatedWeights>,
    last: Vec<GatedWeights>,
    inputs: Vec<f32x8>,
    results: Vec<f32x8>,
}

impl Mixer {
    /// Creates a mixer whose first weights are `first`, one for each input. `gates` has the number of values of each
    /// context that chooses weights, and `last` those of the contexts for the last mixtures.
    pub fn new(first: &[f32], gates: &[usize], last: &[usize], rates: [Rate; 2]) -> Mixer {
        let first = padded(first);
        let each = 1.0 / gates.len() as f32;
        let second = padded(&vec![each; gates.len()]);
        Mixer {
            inputs: vec![f32x8::ZERO; first.len()],
            results: vec![f32x8::ZERO; second.len()],
            gates: gates.iter().map(|&sets| GatedWeights::new(sets, &first, rates[0])).collect(),
            last: last.iter().map(|&sets| GatedWeights::new(sets, &second, rates[1])).collect(),
        }
    }

    /// Mixes the inputs with the weights that the contexts choose; returns the result in the logistic domain.
    pub fn mix(&mut self, inputs: &[f32], contexts: &[usize], last: &[usize]) -> f32 {
        pad(inputs, &mut self.inputs);
        let mut results = [0.0; MOST];
        for ((gate, &context), result) in self.gates.iter_mut().zip(contexts).zip(&mut results) {
            *result = gate.mix(context, &self.inputs);
        }
        pad(&results[..self.gates.len()], &mut self.results);
        let sum: f32 = self
            .last
            .iter_mut()
            .zip(last)
            .map(|(last, &context)| last.mix(context, &self.results))
            .sum();
        sum / self.last.len() as f32
    }

    /// Learns the bit that was mixed for last.
    pub fn learn(&mut self, bit: bool) {
        let bit = f32::from(u8::from(bit));
        self.gates.iter_mut().for_each(|gate| gate.learn(&self.inputs, bit));
        self.last.iter_mut().for_each(|last| last.learn(&self.results, bit));
    }
}

fn padded(numbers: &[f32]) -> Vec<f32x8> {
    let mut padded = vec![f32x8::ZERO; numbers.len().div_ceil(LANES)];
    pad(numbers, &mut padded);
    padded
}

fn pad(numbers: &[f32], padded: &mut [f32x8]) {
    for (chunk, lanes) in numbers.chunks(LANES).zip(padded) {
        let mut all = [0.0; LANES];
        all[..chunk.len()].copy_from_slice(chunk);
        *lanes = f32x8::new(all);
    }
}
