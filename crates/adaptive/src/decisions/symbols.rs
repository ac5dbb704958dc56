//! DecidedSymbols of a small alphabet by decisions: gaps, cases, and the bytes of new words.
//!
//! The alphabet is halved again and again. Each decision mixes what a fixed distribution says with what came before in
//! the text in some contexts.

use super::counters::{Counter, Counters};
use super::logistic::{FARTHEST, ln, squash, stretch};
use super::maps::{Map, RowPlace};
use super::mixer::{Mixer, Rate};
use super::{hashed, join};
use crate::coder::{Coder, FixedSymbols, Halt};

/// log2 of the number of slots for what came in the text.
const SLOTS: u32 = if cfg!(test) { 12 } else { 22 };
/// Values of the hashed context that chooses weights.
const GATES: usize = 1 << 10;
const RATES: [Rate; 2] = [
    Rate { first: 0.02, last: 0.003, half: 200.0 },
    Rate { first: 0.005, last: 0.001, half: 500.0 },
];

/// What decides symbols of one kind, in a fixed number of contexts.
#[derive(Clone)]
pub struct DecidedSymbols {
    contexts: usize,
    counters: Counters,
    base_map: Map,
    counter_maps: Vec<Map>,
    last_map: Map,
    mixer: Mixer,
    inputs: Vec<f32>,
    seen: Vec<(Counter, RowPlace)>,
}

impl DecidedSymbols {
    /// Creates decisions that have seen nothing, for at most `contexts` contexts.
    pub fn new(contexts: usize) -> DecidedSymbols {
        let mut first = vec![0.0; 2 * contexts + 3];
        // At first the fixed distribution decides almost alone.
        first[..2].fill(0.45);
        for context in 0..contexts {
            first[2 + 2 * context] = 0.1;
        }
        DecidedSymbols {
            contexts,
            counters: Counters::new(SLOTS),
            base_map: Map::new(GATES, 400.0),
            counter_maps: vec![Map::new(super::counters::MOST as usize + 1, 1000.0); contexts],
            last_map: Map::new(GATES, 400.0),
            mixer: Mixer::new(&first, &[1, GATES, GATES], &[1], RATES),
            inputs: Vec::new(),
            seen: Vec::new(),
        }
    }

    /// Codes or decodes one of `base.len()` symbols, whose probabilities would be `base` without the text. Contexts are
    /// hashes, the most general first. Returns the symbol and its cost in bits.
    pub fn code<C: Coder>(
        &mut self,
        coder: &mut C,
        given: Option<u32>,
        base: &[f64],
        contexts: &[u64],
    ) -> Result<(u32, f64), Halt> {
        let (mut low, mut high, mut bits) = (0, base.len(), 0.0);
        while high - low > 1 {
            let middle = usize::midpoint(low, high);
            let half = |range: &[f64]| range.iter().sum::<f64>();
            let halves = [half(&base[low..middle]), half(&base[middle..high])];
            let is_left = given.map(|symbol| (symbol as usize) < middle);
            let node = (low << 16 | high) as u64;
            match self.decide(coder, is_left, halves, node, contexts, &mut bits)? {
                true => high = middle,
                false => low = middle,
            }
        }
        Ok((low as u32, bits))
    }

    fn decide<C: Coder>(
        &mut self,
        coder: &mut C,
        given: Option<bool>,
        [left, right]: [f64; 2],
        node: u64,
        contexts: &[u64],
        bits: &mut f64,
    ) -> Result<bool, Halt> {
        let by_node = hashed(node) % GATES;
        let by_context = hashed(join(node, contexts.first().copied().unwrap_or(0))) % GATES;
        let base = stretch(left, right);
        let (calibrated, base_place) = self.base_map.stretched(by_node, base);
        self.inputs.clear();
        self.inputs.extend([base, calibrated]);
        self.seen.clear();
        for context in 0..self.contexts {
            let Some(&hash) = contexts.get(context) else {
                self.inputs.extend([0.0, 0.0]);
                continue;
            };
            let counter = self.counters.get(join(join(hash, context as u64), node));
            let p = counter.probability;
            let x = if counter.count == 0 { 0.0 } else { ln(p / (1.0 - p)) };
            let (y, place) = self.counter_maps[context].stretched(counter.count as usize, x);
            self.inputs.extend([x, if counter.count == 0 { 0.0 } else { y }]);
            self.seen.push((counter, place));
        }
        self.inputs.push(0.3);
        let x = self.mixer.mix(&self.inputs, &[0, by_node, by_context], &[0]);
        let (corrected, last_place) = self.last_map.get(by_context, x);
        let least = squash(-FARTHEST);
        let yes = f64::from(((2.0 * squash(x) + corrected) / 3.0).clamp(least, 1.0 - least));

        let given = given.map(|given| u32::from(!given));
        let bit = coder.code(given, || FixedSymbols::new(&[yes, 1.0 - yes]))? == 0;
        *bits -= if bit { yes.log2() } else { (1.0 - yes).log2() };

        self.mixer.learn(bit);
        self.base_map.learn(base_place, bit);
        self.last_map.learn(last_place, bit);
        for (context, &(counter, place)) in self.seen.iter().enumerate() {
            self.counters.learn(counter, bit);
            if counter.count > 0 {
                self.counter_maps[context].learn(place, bit);
            }
        }
        Ok(bit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coder::CostCoder;

    #[test]
    fn all_symbols_sum_to_1_and_what_came_gets_cheap() {
        let mut symbols = DecidedSymbols::new(2);
        let base = [0.5, 0.25, 0.125, 0.0625, 0.0625];
        let cost = |symbols: &DecidedSymbols, symbol| {
            let mut symbols = symbols.clone();
            symbols.code(&mut CostCoder, Some(symbol), &base, &[7, 8]).unwrap().1
        };
        let first = cost(&symbols, 3);
        for _ in 0..50 {
            let sum: f64 = (0..5).map(|symbol| (-cost(&symbols, symbol)).exp2()).sum();
            assert!((sum - 1.0).abs() < 1e-5, "{sum}");
            symbols.code(&mut CostCoder, Some(3), &base, &[7, 8]).unwrap();
        }
        assert!(first > 2.0 && cost(&symbols, 3) < 0.2, "{first} {}", cost(&symbols, 3));
    }
}
