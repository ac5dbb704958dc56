//! Counts of symbols in contexts as a hash table read in place, and their probabilities.

use ngram_tokenizer::prefetch;
use ngram_tokenizer::surface::Context;
use std::collections::BTreeMap;
use zerocopy::little_endian::{U16, U32};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

/// A slot of the hash table.
#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub(crate) struct Slot {
    /// The low half of the context's number; its high half determines where the search begins.
    tag: U32,
    /// The start of its symbols, or [`VACANT`].
    start: U32,
}

/// A symbol with its count. The symbols of a context, in rising order, are preceded by a header of two
/// entries: the number of symbols and the high half of the sum of their counts; then its low half.
#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub(crate) struct CountedSymbol {
    symbol: U16,
    count: U16,
}

const VACANT: u32 = u32::MAX;

/// The parts of a built table.
#[derive(Default)]
pub(crate) struct Built {
    pub slots: Vec<Slot>,
    pub symbols: Vec<CountedSymbol>,
}

/// Builds the table of `counts`, one `(symbol, count)` list per context. The result depends on the counts alone.
pub fn build(counts: &BTreeMap<Context, Vec<(u16, u64)>>) -> Built {
    if counts.is_empty() {
        return Built::default();
    }
    let size = counts.len() + counts.len() / 3 + 1;
    let mut slots = vec![Slot { tag: U32::ZERO, start: U32::new(VACANT) }; size];
    let mut symbols = Vec::new();
    for (&context, list) in counts {
        let mut at = home(context, size);
        while slots[at].start.get() != VACANT {
            at = (at + 1) % size;
        }
        let start = U32::new(symbols.len() as u32);
        slots[at] = Slot { tag: U32::new(context as u32), start };
        // Scales the counts of a context down so that the largest fits in 16 bits.
        let most = list.iter().map(|&(_, count)| count).max().unwrap_or(0);
        let scale = most.div_ceil(u64::from(u16::MAX)).max(1);
        let head = symbols.len();
        let pair =
            |symbol, count| CountedSymbol { symbol: U16::new(symbol), count: U16::new(count) };
        symbols.extend([pair(0, 0); 2]);
        let mut total = 0;
        for &(symbol, count) in list {
            let count = (count / scale).clamp(1, u64::from(u16::MAX)) as u16;
            total += u32::from(count);
            symbols.push(pair(symbol, count));
        }
        symbols[head] = pair(list.len() as u16, (total >> 16) as u16);
        symbols[head + 1] = pair(0, total as u16);
    }
    Built { slots, symbols }
}

#[inline]
fn home(context: Context, size: usize) -> usize {
    (((context >> 32) * size as u64) >> 32) as usize
}

/// A borrowed table.
#[derive(Clone, Copy)]
pub(crate) struct Contexts<'a> {
    pub slots: &'a [Slot],
    pub symbols: &'a [CountedSymbol],
}

impl<'a> Contexts<'a> {
    /// Returns the symbols of a context with their counts, in rising order, and the sum of the
    /// counts; `None` if the context was never seen.
    #[inline]
    fn find(&self, context: Context) -> Option<(&'a [CountedSymbol], u32)> {
        let size = self.slots.len();
        if size == 0 {
            return None;
        }
        let mut at = home(context, size);
        // A damaged table may have no vacant slot.
        for _ in 0..size {
            let slot = self.slots[at];
            if slot.start.get() == VACANT {
                return None;
            }
            if slot.tag.get() == context as u32 {
                let rest = self.symbols.get(slot.start.get() as usize..)?;
                let (head, rest) = rest.split_at_checked(2)?;
                let total = u32::from(head[0].count.get()) << 16 | u32::from(head[1].count.get());
                let symbols = rest.get(..usize::from(head[0].symbol.get()))?;
                return (total > 0).then_some((symbols, total));
            }
            at += 1;
            if at == size {
                at = 0;
            }
        }
        None
    }

    /// Prefetches the memory of contexts together, as each alone would cost three cache misses.
    pub fn fetch(&self, contexts: &[Context]) {
        let slots = || {
            let home = |context| self.slots.get(home(context, self.slots.len()));
            contexts.iter().filter_map(move |&context| home(context))
        };
        slots().for_each(prefetch);
        for slot in slots() {
            if let Some(head) = self.symbols.get(slot.start.get() as usize) {
                prefetch(head);
            }
        }
        for slot in slots() {
            let start = slot.start.get() as usize;
            // Where the search among the symbols begins.
            let middle =
                self.symbols.get(start).map(|head| start + 2 + usize::from(head.symbol.get()) / 2);
            if let Some(symbol) = middle.and_then(|middle| self.symbols.get(middle)) {
                prefetch(symbol);
            }
        }
    }

    /// Returns the probability of `symbol`, one of `alphabet`, given contexts from the most general on.
    ///
    /// Each context subtracts its discount D from every count and gives the freed probability to
    /// the more general context; the most general one gives it to all symbols equally (absolute
    /// discounting, interpolated; Ney, Essen and Kneser 1994, equation 25):
    ///
    /// ```text
    /// p(s|c) = max(count(s) − D, 0) / T + D · N / T · p(s|c′)      T symbols counted in c, N distinct ones
    /// ```
    #[inline]
    pub fn probability(
        &self,
        contexts: impl IntoIterator<Item = Context>,
        symbol: u16,
        alphabet: usize,
        discounts: &[f64],
    ) -> f64 {
        let mut probability = 1.0 / alphabet as f64;
        for (context, &discount) in contexts.into_iter().zip(discounts) {
            let Some((symbols, total)) = self.find(context) else { break };
            let own = symbols
                .binary_search_by_key(&symbol, |counted| counted.symbol.get())
                .map_or(0.0, |at| f64::from(symbols[at].count.get()) - discount);
            let total = f64::from(total);
            probability = own / total + discount * symbols.len() as f64 / total * probability;
        }
        probability
    }

    /// Returns [`Contexts::probability`] for each symbol of the alphabet, equal to the last bit.
    pub fn probabilities(
        &self,
        contexts: impl IntoIterator<Item = Context>,
        probabilities: &mut [f64],
        discounts: &[f64],
    ) {
        probabilities.fill(1.0 / probabilities.len() as f64);
        for (context, &discount) in contexts.into_iter().zip(discounts) {
            let Some((symbols, total)) = self.find(context) else { break };
            let total = f64::from(total);
            let mut symbols = symbols.iter().peekable();
            let left = discount * symbols.len() as f64 / total;
            for (number, probability) in probabilities.iter_mut().enumerate() {
                let is_it = |counted: &&CountedSymbol| usize::from(counted.symbol.get()) == number;
                let counted = symbols.next_if(is_it);
                let own = counted.map_or(0.0, |counted| f64::from(counted.count.get()) - discount);
                *probability = own / total + left * *probability;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_symbol_by_hand() {
        let counts = BTreeMap::from([(7, vec![(0, 3), (1, 1)]), (9, vec![(1, 2)])]);
        let built = build(&counts);
        let contexts = Contexts { slots: &built.slots, symbols: &built.symbols };
        let p = |symbol| contexts.probability([7, 9], symbol, 4, &[0.5, 0.5]);
        // In 7: 2.5/4 and 0.5/4 + 1/4 · 1/4 for 0 and 1. In 9: 0 gets 0.5/2 of it, 1 gets 1.5/2 more.
        assert_eq!(p(0), 0.25 * (2.5 / 4.0 + 0.25 / 4.0));
        assert_eq!(p(1), 1.5 / 2.0 + 0.25 * (0.5 / 4.0 + 0.25 / 4.0));
        assert_eq!((0..4).map(p).sum::<f64>(), 1.0);
        // A context that was never seen changes nothing.
        assert_eq!(contexts.probability([7, 8], 0, 4, &[0.5, 0.5]), 2.5 / 4.0 + 0.25 / 4.0);
    }

    proptest! {
        #[test]
        fn every_context_is_found_and_sums_to_1(
            counts in proptest::collection::btree_map(
                any::<u64>(),
                proptest::collection::btree_map(0u16..20, 1u64..1_000_000, 1..6),
                0..200,
            ),
        ) {
            let lists: BTreeMap<Context, Vec<(u16, u64)>> =
                counts.into_iter().map(|(key, list)| (key, list.into_iter().collect())).collect();
            let built = build(&lists);
            let contexts = Contexts { slots: &built.slots, symbols: &built.symbols };
            for (&context, list) in &lists {
                let (found, _) = contexts.find(context).unwrap();
                let found: Vec<u16> = found.iter().map(|counted| counted.symbol.get()).collect();
                let expected: Vec<u16> = list.iter().map(|&(symbol, _)| symbol).collect();
                prop_assert_eq!(found, expected);
                let sum: f64 =
                    (0..20).map(|s| contexts.probability([context], s, 20, &[0.7])).sum();
                prop_assert!((sum - 1.0).abs() < 1e-12);
                let mut all = [0.0; 20];
                contexts.probabilities([context], &mut all, &[0.7]);
                for (symbol, &probability) in (0..20).zip(&all) {
                    prop_assert_eq!(probability, contexts.probability([context], symbol, 20, &[0.7]));
                }
            }
        }

        #[test]
        fn any_bytes_are_a_table(bytes: Vec<u8>, context: u64) {
            let half = bytes.len() / 16 * 8;
            let slots = <[Slot]>::ref_from_bytes(&bytes[..half]).unwrap();
            let symbols = <[CountedSymbol]>::ref_from_bytes(&bytes[half..bytes.len() / 4 * 4]).unwrap();
            let contexts = Contexts { slots, symbols };
            for slot in slots {
                let context = context << 32 | u64::from(slot.tag.get());
                let p = contexts.probability([context], 1, 3, &[0.5]);
                prop_assert!(!p.is_nan());
            }
        }
    }
}
