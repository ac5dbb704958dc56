//! A range coder: turns symbols into bytes, at −log2 p bits each, and back.
//!
//! A text is coded as a number between 0 and 1, in the interval left after each symbol has narrowed
//! it to its share (Rissanen 1976; byte by byte and in one pass as in Martin 1979). It uses only
//! 64-bit integers, so that encoder and decoder agree on every machine.

use crate::coder::{CodedDistribution, Coder, Halt};
use std::ops::ControlFlow;

/// Below this the range is enlarged by a byte. Sums of probabilities are below 2^48, so a step is
/// at least 2^8 − 1 units wide, and rounding costs less than 0.01 bits.
const LEAST: u64 = 1 << 56;

/// Called with the number of bytes of text processed since the last call; returns whether to
/// continue.
pub type Listener<'l> = &'l mut dyn FnMut(u64) -> ControlFlow<()>;

/// Encodes symbols to bytes.
pub struct RangeEncoder<'l> {
    listener: Listener<'l>,
    bytes: Vec<u8>,
    /// The start of the interval, after the finished bytes.
    low: u64,
    /// The width of the interval.
    range: u64,
}

impl<'l> RangeEncoder<'l> {
    /// Creates an encoder with no output yet.
    pub fn new(listener: Listener<'l>) -> RangeEncoder<'l> {
        RangeEncoder { listener, bytes: Vec::new(), low: 0, range: u64::MAX }
    }

    fn narrow(&mut self, start: u64, end: u64, total: u64) {
        let unit = self.range / total;
        let (low, carry) = self.low.overflowing_add(unit * start);
        self.low = low;
        if carry {
            // Some byte is below 255, since the whole number is below 1.
            for byte in self.bytes.iter_mut().rev() {
                *byte = byte.wrapping_add(1);
                if *byte != 0 {
                    break;
                }
            }
        }
        // The last symbol gets the remainder of the division.
        self.range = if end == total { self.range - unit * start } else { unit * (end - start) };
        while self.range < LEAST {
            self.bytes.push((self.low >> 56) as u8);
            self.low <<= 8;
            self.range <<= 8;
        }
    }

    /// Returns the bytes: as few as give a number in the interval when followed by zeros.
    pub fn finish(mut self) -> Vec<u8> {
        for bytes in 1..=8u32 {
            let behind = u64::MAX.checked_shr(8 * bytes).unwrap_or(0);
            let (sum, carry) = self.low.overflowing_add(behind);
            let value = sum & !behind;
            if value.wrapping_sub(self.low) < self.range {
                if carry {
                    for byte in self.bytes.iter_mut().rev() {
                        *byte = byte.wrapping_add(1);
                        if *byte != 0 {
                            break;
                        }
                    }
                }
                self.bytes.extend_from_slice(&value.to_be_bytes()[..bytes as usize]);
                break;
            }
        }
        self.bytes
    }
}

impl Coder for RangeEncoder<'_> {
    fn code<D: CodedDistribution>(
        &mut self,
        given: Option<u32>,
        distribution: impl FnOnce() -> D,
    ) -> Result<u32, Halt> {
        let symbol = given.ok_or(Halt::Damaged)?;
        let distribution = distribution();
        let length = distribution.len();
        let total = distribution.below(length);
        let (start, end) =
            (distribution.below(symbol), distribution.below(symbol.saturating_add(1)));
        // Possible only with a damaged model.
        if symbol >= length || start >= end || end > total || total >= 1 << 48 {
            return Err(Halt::Damaged);
        }
        self.narrow(start, end, total);
        Ok(symbol)
    }

    fn advance(&mut self, bytes: u64) -> Result<(), Halt> {
        (self.listener)(bytes).is_continue().then_some(()).ok_or(Halt::Stopped)
    }
}

/// Decodes bytes to symbols.
pub struct RangeDecoder<'b> {
    listener: Listener<'b>,
    bytes: &'b [u8],
    /// The number of bytes read; after the last byte, zeros are read.
    read: usize,
    /// The offset of the number in the interval.
    value: u64,
    range: u64,
}

impl<'b> RangeDecoder<'b> {
    /// Creates a decoder at the start of `bytes`.
    pub fn new(bytes: &'b [u8], listener: Listener<'b>) -> RangeDecoder<'b> {
        let mut decoder = RangeDecoder { listener, bytes, read: 0, value: 0, range: u64::MAX };
        (0..8).for_each(|_| decoder.read());
        decoder
    }

    fn read(&mut self) {
        let byte = self.bytes.get(self.read).copied().unwrap_or(0);
        self.value = self.value << 8 | u64::from(byte);
        self.read += 1;
    }

    /// Whether exactly all bytes have been read, as after the last symbol.
    pub fn is_done(&self) -> bool {
        self.read >= self.bytes.len() && !self.is_beyond()
    }

    /// Whether more zeros were read than an encoder can leave out.
    fn is_beyond(&self) -> bool {
        self.read > self.bytes.len() + 7
    }
}

impl Coder for RangeDecoder<'_> {
    fn code<D: CodedDistribution>(
        &mut self,
        _: Option<u32>,
        distribution: impl FnOnce() -> D,
    ) -> Result<u32, Halt> {
        let distribution = distribution();
        let length = distribution.len();
        let total = distribution.below(length);
        if self.is_beyond() || total == 0 || total >= 1 << 48 {
            return Err(Halt::Damaged);
        }
        let unit = self.range / total;
        let target = (self.value / unit).min(total - 1);
        // Find the last symbol that starts at or before the target.
        let (mut symbol, mut beyond) = (0, length);
        while beyond - symbol > 1 {
            let middle = symbol + (beyond - symbol) / 2;
            if distribution.below(middle) <= target {
                symbol = middle;
            } else {
                beyond = middle;
            }
        }
        let (start, end) = (distribution.below(symbol), distribution.below(symbol + 1));
        if start > target || end <= target {
            return Err(Halt::Damaged);
        }
        self.value -= unit * start;
        self.range = if end == total { self.range - unit * start } else { unit * (end - start) };
        while self.range < LEAST {
            self.read();
            self.range <<= 8;
        }
        Ok(symbol)
    }

    fn advance(&mut self, bytes: u64) -> Result<(), Halt> {
        (self.listener)(bytes).is_continue().then_some(()).ok_or(Halt::Stopped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Symbols with these counts.
    struct Counts(Vec<u64>);

    impl CodedDistribution for Counts {
        fn len(&self) -> u32 {
            self.0.len() as u32
        }

        fn below(&self, symbol: u32) -> u64 {
            self.0[..symbol as usize].iter().sum()
        }
    }

    fn encode(symbols: &[(Vec<u64>, u32)]) -> Vec<u8> {
        let mut go_on = |_| ControlFlow::Continue(());
        let mut encoder = RangeEncoder::new(&mut go_on);
        for (counts, symbol) in symbols {
            encoder.code(Some(*symbol), || Counts(counts.clone())).unwrap();
        }
        encoder.finish()
    }

    fn decode(bytes: &[u8], symbols: &[(Vec<u64>, u32)]) -> bool {
        let mut go_on = |_| ControlFlow::Continue(());
        let mut decoder = RangeDecoder::new(bytes, &mut go_on);
        let same = symbols
            .iter()
            .all(|(counts, symbol)| decoder.code(None, || Counts(counts.clone())) == Ok(*symbol));
        same && decoder.is_done()
    }

    proptest! {
        #[test]
        fn symbols_come_back(
            symbols in prop::collection::vec(
                (prop::collection::vec(prop_oneof![1..5u64, 1..1u64 << 44], 1..8), any::<prop::sample::Index>()),
                0..200,
            ),
        ) {
            let symbols: Vec<(Vec<u64>, u32)> = symbols
                .into_iter()
                .map(|(counts, at)| (counts.clone(), at.index(counts.len()) as u32))
                .collect();
            let bytes = encode(&symbols);
            prop_assert!(decode(&bytes, &symbols));
            let bits: f64 = symbols
                .iter()
                .map(|(counts, at)| {
                    -(counts[*at as usize] as f64 / counts.iter().sum::<u64>() as f64).log2()
                })
                .sum();
            let most = bits + 0.01 * symbols.len() as f64 + 16.0;
            prop_assert!((bytes.len() as f64 * 8.0) < most, "{} {bits}", bytes.len());
        }

        #[test]
        fn any_bytes_decode_to_something_or_an_error(bytes: Vec<u8>) {
            let mut go_on = |_| ControlFlow::Continue(());
            let mut decoder = RangeDecoder::new(&bytes, &mut go_on);
            for _ in 0..1000 {
                if decoder.code(None, || Counts(vec![5, 1, 1 << 43, 7])).is_err() {
                    return Ok(());
                }
            }
        }
    }

    #[test]
    fn carries_run_through_bytes_of_255() {
        // Stay near the end of the interval again and again, then step beyond it.
        let mut symbols = vec![(vec![u64::from(u32::MAX), 1], 1); 40];
        symbols.push((vec![1, 1], 1));
        assert!(decode(&encode(&symbols), &symbols));
    }
}
