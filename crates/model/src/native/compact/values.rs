//! Encodes log-probabilities and back-off weights as codes.
//!
//! Codes below the length of a table stand for the numbers in it; any other code c stands for the
//! 32-bit float whose bits, as a number, are `base + c − length of the table`. With a table alone
//! this is a dictionary, or a quantizer; with only a few special numbers in the table, a frame of
//! reference: as log10 p has few magnitudes, some bits of each float need not be stored.

use super::quantize;
use ngram_store::bits::width;
use rustc_hash::{FxHashMap, FxHashSet};
use zerocopy::little_endian::F32;

/// The largest number of distinct numbers for which a dictionary is tried.
const MOST: usize = 1 << 16;

/// Stands for a missing number. A log-probability or a weight is never NaN.
const ABSENT: f32 = f32::NAN;

/// Turns codes into numbers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Decoder<'a> {
    /// Bits of a code.
    pub width: u32,
    pub base: u32,
    pub table: &'a [F32],
}

impl Decoder<'_> {
    /// Returns the number that a code stands for; NaN for a missing one.
    #[inline]
    pub fn decode(&self, code: u64) -> f32 {
        match self.table.get(code as usize) {
            Some(number) => number.get(),
            None => {
                let offset = (code as u32).wrapping_sub(self.table.len() as u32);
                f32::from_bits(self.base.wrapping_add(offset))
            }
        }
    }
}

/// Turns numbers into codes.
#[derive(Debug, Default)]
pub struct FloatEncoder {
    /// Bits of a code: at least 1.
    pub width: u32,
    pub base: u32,
    pub table: Vec<f32>,
    codes: Codes,
}

#[derive(Debug)]
enum Codes {
    /// The codes of the floats in the table, by their bits; any other float is counted from the base.
    Exact(FxHashMap<u32, u32>),
    /// The codes of the floats that must stay exact, by their bits; any other number gets the code
    /// of the nearest of the rising numbers from this code on.
    Nearest(FxHashMap<u32, u32>, u32),
}

impl Default for Codes {
    fn default() -> Codes {
        Codes::Exact(FxHashMap::default())
    }
}

/// What must be known of numbers to encode them exactly.
#[derive(Clone, Debug, Default)]
pub struct FloatSpread {
    count: u64,
    /// Zeros and infinities, by their bits.
    special: FxHashSet<u32>,
    /// All numbers, by their bits, as long as they are few.
    distinct: FxHashSet<u32>,
    /// The bits of the least and the greatest of the others, if there are any.
    frame: Option<(u32, u32)>,
    has_nan: bool,
}

impl FloatSpread {
    /// Adds a number.
    #[inline]
    pub fn add(&mut self, number: f32) {
        self.count += 1;
        let bits = number.to_bits();
        if is_special(number) {
            self.has_nan |= number.is_nan();
            self.special.insert(bits);
        } else {
            let (least, most) = self.frame.unwrap_or((bits, bits));
            self.frame = Some((least.min(bits), most.max(bits)));
        }
        if self.distinct.len() <= MOST {
            self.distinct.insert(bits);
        }
    }

    /// Adds what is known of other numbers.
    pub fn merge(&mut self, other: &FloatSpread) {
        self.count += other.count;
        self.special.extend(&other.special);
        if self.distinct.len() <= MOST {
            self.distinct.extend(&other.distinct);
        }
        self.frame = match (self.frame, other.frame) {
            (Some(own), Some(other)) => Some((own.0.min(other.0), own.1.max(other.1))),
            (own, other) => own.or(other),
        };
        self.has_nan |= other.has_nan;
    }

    /// Returns whether one of them is no number.
    pub fn has_nan(&self) -> bool {
        self.has_nan
    }
}

fn is_special(number: f32) -> bool {
    number == 0.0 || !number.is_finite()
}

impl FloatEncoder {
    /// Keeps every number exactly. `absent` is whether some may be missing.
    #[cfg(test)]
    pub fn exact(numbers: impl Iterator<Item = f32>, absent: bool) -> FloatEncoder {
        let mut spread = FloatSpread::default();
        numbers.for_each(|number| spread.add(number));
        FloatEncoder::of(spread, absent)
    }

    /// Keeps every number exactly, given what is known of them. `absent` is whether some may be missing.
    pub fn of(spread: FloatSpread, absent: bool) -> FloatEncoder {
        let FloatSpread { count, mut special, mut distinct, frame, .. } = spread;
        if absent {
            special.insert(ABSENT.to_bits());
            distinct.insert(ABSENT.to_bits());
        }
        let framed = frame.map_or(0, |(least, most)| u64::from(most - least) + 1);
        let base = frame.map_or(0, |(least, _)| least);
        let frame = width((special.len() as u64 + framed).saturating_sub(1));
        let dictionary = width((distinct.len() as u64).saturating_sub(1));
        let dictionary_is_smaller = distinct.len() <= MOST
            && u64::from(dictionary) * count + 32 * distinct.len() as u64
                <= u64::from(frame) * count + 32 * special.len() as u64;
        let (table, width, base) = match dictionary_is_smaller {
            true => (distinct, dictionary, 0),
            false => (special, frame, base),
        };
        let width = width.max(1);
        let mut table: Vec<u32> = table.into_iter().collect();
        table.sort_unstable();
        let codes = Codes::Exact(codes(&table));
        let table = table.into_iter().map(f32::from_bits).collect();
        FloatEncoder { width, base, table, codes }
    }

    /// Maps numbers to at most 2^`bits` codes. Zero and infinities stay exact.
    pub fn quantized(numbers: Vec<f32>, absent: bool, bits: u32) -> FloatEncoder {
        let mut special: Vec<u32> = numbers
            .iter()
            .filter(|number| is_special(**number))
            .map(|number| (number + 0.0).to_bits())
            .collect();
        if absent {
            special.push(ABSENT.to_bits());
        }
        special.sort_unstable();
        special.dedup();
        let numbers = numbers.into_iter().filter(|number| !is_special(*number)).collect();
        // With at least two codes, one number besides zero fits.
        let room = (1usize << bits).saturating_sub(special.len()).max(1);
        let levels = quantize::levels(numbers, room);
        let first = special.len() as u32;
        let codes = Codes::Nearest(codes(&special), first);
        let table: Vec<f32> = special.into_iter().map(f32::from_bits).chain(levels).collect();
        let width = width((table.len() as u64).saturating_sub(1)).max(1);
        FloatEncoder { width, base: 0, table, codes }
    }

    /// Returns the code of a number, which must be one of those that the encoder was made for.
    #[inline]
    pub fn code(&self, number: f32) -> u64 {
        match &self.codes {
            Codes::Exact(codes) => match codes.get(&number.to_bits()) {
                Some(&code) => u64::from(code),
                None => {
                    let offset = number.to_bits().wrapping_sub(self.base);
                    u64::from(offset) + self.table.len() as u64
                }
            },
            Codes::Nearest(codes, first) => {
                if (number == 0.0 || !number.is_finite())
                    && let Some(&code) = codes.get(&(number + 0.0).to_bits())
                {
                    return u64::from(code);
                }
                let levels = &self.table[*first as usize..];
                (quantize::nearest(levels, number) + *first as usize) as u64
            }
        }
    }

    /// Returns the code of a missing number.
    pub fn absent(&self) -> u64 {
        self.code(ABSENT)
    }
}

fn codes(table: &[u32]) -> FxHashMap<u32, u32> {
    table.iter().copied().zip(0..).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decoded(encoder: &FloatEncoder, numbers: &[f32]) -> Vec<u32> {
        let table: Vec<F32> = encoder.table.iter().map(|&number| F32::new(number)).collect();
        let decoder = Decoder { width: encoder.width, base: encoder.base, table: &table };
        numbers
            .iter()
            .map(|&number| {
                let code = encoder.code(number);
                assert!(code < 1 << encoder.width, "{number}");
                decoder.decode(code).to_bits()
            })
            .collect()
    }

    fn bits(numbers: &[f32]) -> Vec<u32> {
        numbers.iter().map(|number| number.to_bits()).collect()
    }

    #[test]
    fn few_numbers_are_a_dictionary() {
        let numbers = [-1.5, 0.0, -0.25, -1.5].repeat(100);
        let encoder = FloatEncoder::exact(numbers.iter().copied(), false);
        assert_eq!((encoder.width, encoder.table.len()), (2, 3));
        assert_eq!(decoded(&encoder, &numbers), bits(&numbers));
    }

    #[test]
    fn many_numbers_are_a_frame() {
        // There are 2^23 floats from −1 to −2: one binade.
        let numbers: Vec<f32> = (0..100_000u32)
            .map(|n| -1.0 - n as f32 / 100_000.0)
            .chain([0.0, f32::NEG_INFINITY])
            .collect();
        let encoder = FloatEncoder::exact(numbers.iter().copied(), true);
        assert_eq!((encoder.width, encoder.table.len()), (23, 3));
        assert_eq!(decoded(&encoder, &numbers), bits(&numbers));
        assert!(encoder.absent() < 3);
    }

    #[test]
    fn quantised_numbers_are_few_and_near_and_zero_is_kept() {
        let numbers: Vec<f32> = (1..10_000)
            .map(|n| -(n as f32) / 1000.0)
            .chain([0.0, -0.0, f32::NEG_INFINITY])
            .collect();
        let encoder = FloatEncoder::quantized(numbers.clone(), false, 6);
        assert_eq!((encoder.width, encoder.table.len()), (6, 64));
        let found = decoded(&encoder, &numbers);
        for (&number, &found) in numbers.iter().zip(&found) {
            let found = f32::from_bits(found);
            assert!(found == number || (found - number).abs() < 0.1, "{number} {found}");
            assert_eq!(found == 0.0, number == 0.0);
        }
    }

    #[test]
    fn two_codes_suffice() {
        for numbers in [vec![-1.0, -2.0, 0.0, f32::NEG_INFINITY], vec![-1.0], vec![]] {
            let encoder = FloatEncoder::quantized(numbers.clone(), true, 2);
            assert!(encoder.table.len() <= 4 && encoder.width <= 2);
            decoded(&encoder, &numbers);
        }
    }

    proptest! {
        #[test]
        fn exact_is_exact(
            numbers in prop::collection::vec(any::<u32>().prop_map(f32::from_bits), 0..50),
            absent: bool,
        ) {
            let numbers: Vec<f32> =
                numbers.into_iter().filter(|number| !number.is_nan()).collect();
            let encoder = FloatEncoder::exact(numbers.iter().copied(), absent);
            prop_assert_eq!(decoded(&encoder, &numbers), bits(&numbers));
            if absent {
                prop_assert!(decoded(&encoder, &[ABSENT])[0] == ABSENT.to_bits());
            }
        }
    }
}
