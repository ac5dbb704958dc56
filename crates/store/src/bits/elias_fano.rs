//! Non-decreasing numbers, such as starts of runs (Elias 1974; Fano 1971).
//!
//! The low bits of each number are stored directly. The high bits, which are also non-decreasing,
//! are stored in unary: the one that stands for number i is preceded by as many zeros as the high
//! bits of number i say. With as many low bits as the mean gap has, this takes little more than two
//! further bits per number.
//!
//! To find the one that stands for number i, the position of every 64th is stored; from there, ones
//! are counted word by word. If 64 numbers reach so far that counting would take long, they are
//! stored a second time, in full: few numbers are, as few gaps can be wide.
//!
//! ```text
//! head       64 bytes   how many numbers, the last, bits of the low part and of a sample, how many
//!                       blocks are stored whole: five 64-bit numbers, then zeros
//! low                   the low bits
//! high                  the high bits in unary, in 64-bit words
//! samples               for each block of 64 numbers where its first one is, times 2; or, plus 1,
//!                       which of the blocks that are stored whole it is, times 2
//! whole                 the numbers of those blocks
//! ```

use super::{BitWriter, packed_len, read, width};
use std::ops::Range;

const HEAD: usize = 64;

/// Numbers per sample.
const BLOCK: usize = 64;

/// Maximum number of bits of the high part that the numbers of a block may reach over, up to the next block's.
const REACH: u64 = 1024;

/// Number of words that hold that many bits wherever they begin.
const WORDS: usize = (REACH / 64) as usize + 2;

/// Encodes non-decreasing numbers.
pub fn encode(numbers: &[u64]) -> Vec<u8> {
    let mut encoder = Encoder::new(numbers.len() as u64, numbers.last().copied().unwrap_or(0));
    numbers.iter().for_each(|&number| encoder.push(number));
    encoder.finish()
}

/// Encodes non-decreasing numbers one by one, given how many they are and the last of them.
pub struct Encoder {
    len: u64,
    last: u64,
    low_width: u32,
    low: BitWriter,
    high: Vec<u64>,
    /// How many there are so far.
    pushed: u64,
    /// The numbers of the current block, and the place of the first.
    block: Vec<u64>,
    first: u64,
    samples: Vec<u64>,
    whole: BitWriter,
    whole_blocks: u64,
}

impl Encoder {
    /// Expects `len` numbers, which end with `last`.
    pub fn new(len: u64, last: u64) -> Encoder {
        let low_width = low_width(len, last);
        Encoder {
            len,
            last,
            low_width,
            low: BitWriter::default(),
            high: vec![0; words(places(len, last, low_width))],
            pushed: 0,
            block: Vec::with_capacity(BLOCK),
            first: 0,
            samples: Vec::with_capacity(len.div_ceil(BLOCK as u64) as usize),
            whole: BitWriter::default(),
            whole_blocks: 0,
        }
    }

    /// Returns about how many bytes it takes to encode `len` numbers that end with `last`, the result included.
    pub fn memory(len: u64, last: u64) -> u64 {
        let low_width = low_width(len, last);
        let bits = len.saturating_mul(low_width.into()) + places(len, last, low_width) + len / 4;
        // A list that grows may have twice the room that it needs.
        bits / 8 * 3
    }

    /// Adds a number. No number may be less than the one before it, or greater than the last.
    pub fn push(&mut self, number: u64) {
        self.low.push(number & !(u64::MAX << self.low_width), self.low_width);
        let place = (number >> self.low_width) + self.pushed;
        self.high[(place / 64) as usize] |= 1 << (place % 64);
        if self.block.len() == BLOCK {
            self.end_block(place);
        }
        if self.block.is_empty() {
            self.first = place;
        }
        self.block.push(number);
        self.pushed += 1;
    }

    /// Ends a block, given where the next one begins.
    fn end_block(&mut self, end: u64) {
        if end - self.first <= REACH {
            self.samples.push(self.first << 1);
        } else {
            self.samples.push(self.whole_blocks << 1 | 1);
            self.whole_blocks += 1;
            for at in 0..BLOCK {
                self.whole.push(self.block.get(at).copied().unwrap_or(self.last), width(self.last));
            }
        }
        self.block.clear();
    }

    /// Returns the bytes of all numbers.
    pub fn finish(mut self) -> Vec<u8> {
        debug_assert_eq!(self.pushed, self.len);
        if !self.block.is_empty() {
            self.end_block(places(self.len, self.last, self.low_width));
        }
        let sample_width = width(self.samples.iter().copied().max().unwrap_or(0));
        let mut packed = BitWriter::default();
        self.samples.iter().for_each(|&sample| packed.push(sample, sample_width));

        let (low_width, sample_width) = (self.low_width.into(), sample_width.into());
        let head = [self.len, self.last, low_width, sample_width, self.whole_blocks];
        let mut bytes: Vec<u8> = head.iter().flat_map(|number| number.to_le_bytes()).collect();
        bytes.resize(HEAD, 0);
        bytes.extend(self.low.finish());
        bytes.extend(self.high.iter().flat_map(|word| word.to_le_bytes()));
        bytes.extend(packed.finish());
        bytes.extend(self.whole.finish());
        bytes
    }
}

/// Returns the bits of the low part of `len` numbers that end with `last`.
fn low_width(len: u64, last: u64) -> u32 {
    width(last / len.max(1)).saturating_sub(1)
}

/// Returns the number of bits of the high part.
fn places(len: u64, last: u64, low_width: u32) -> u64 {
    if len == 0 { 0 } else { (last >> low_width) + len }
}

/// Returns the number of 64-bit words for this many bits.
fn words(bits: u64) -> usize {
    bits.div_ceil(64) as usize
}

/// The positions of the parts in the bytes, as read by [`EliasFanoLayout::find`] from the header.
#[derive(Clone, Debug, Default)]
pub struct EliasFanoLayout {
    len: usize,
    last: u64,
    low_width: u32,
    sample_width: u32,
    number_width: u32,
    low: Range<usize>,
    high: Range<usize>,
    samples: Range<usize>,
    whole: Range<usize>,
}

impl EliasFanoLayout {
    /// Reads the header; `None` if the bytes do not have the length that it implies.
    pub fn find(bytes: &[u8]) -> Option<EliasFanoLayout> {
        let head = bytes.get(..HEAD)?;
        let number = |at: usize| {
            head.get(8 * at..).and_then(|rest| rest.first_chunk()).map(|n| u64::from_le_bytes(*n))
        };
        let (len, last) = (number(0)?, number(1)?);
        let low_width = u32::try_from(number(2)?).ok().filter(|&width| width < super::WIDEST)?;
        let sample_width = u32::try_from(number(3)?).ok().filter(|&width| width < super::WIDEST)?;
        let number_width = Some(width(last)).filter(|&width| width < super::WIDEST)?;
        let places = if len == 0 { 0 } else { (last >> low_width).checked_add(len)? };
        let blocks = len.div_ceil(BLOCK as u64);
        let mut end = HEAD;
        let mut part = |length: Option<usize>| -> Option<Range<usize>> {
            let start = end;
            end = start.checked_add(length?)?;
            Some(start..end)
        };
        let low = part(packed_len(len, low_width))?;
        let high = part(words(places).checked_mul(8))?;
        let samples = part(packed_len(blocks, sample_width))?;
        let whole = part(packed_len(number(4)?.checked_mul(BLOCK as u64)?, number_width))?;
        let len = usize::try_from(len).ok()?;
        (end == bytes.len()).then_some(EliasFanoLayout {
            len,
            last,
            low_width,
            sample_width,
            number_width,
            low,
            high,
            samples,
            whole,
        })
    }

    /// Returns the numbers in bytes that have this layout.
    pub fn view<'a>(&'a self, bytes: &'a [u8]) -> EliasFano<'a> {
        let part = |range: &Range<usize>| bytes.get(range.clone()).unwrap_or_default();
        EliasFano {
            layout: self,
            low: part(&self.low),
            high: part(&self.high).as_chunks().0,
            samples: part(&self.samples),
            whole: part(&self.whole),
        }
    }

    /// Returns how many numbers there are.
    pub fn size(&self) -> usize {
        self.len
    }

    /// Returns the last number.
    pub fn last(&self) -> u64 {
        self.last
    }
}

/// Non-decreasing numbers over stored bytes.
#[derive(Clone, Copy)]
pub struct EliasFano<'a> {
    layout: &'a EliasFanoLayout,
    low: &'a [u8],
    high: &'a [[u8; 8]],
    samples: &'a [u8],
    whole: &'a [u8],
}

impl EliasFano<'_> {
    /// Returns numbers `index` and `index + 1`: the range of run `index`. Empty if there are no
    /// such numbers, and never beyond the last number.
    #[inline]
    pub fn pair(&self, index: usize) -> Range<usize> {
        if index >= self.layout.len.saturating_sub(1) {
            return 0..0;
        }
        let (start, next) = self.get(index);
        let end = next.unwrap_or_else(|| self.get(index + 1).0);
        start.min(self.layout.last) as usize..end.min(self.layout.last) as usize
    }

    /// Returns number `index`, and the next one if that takes no extra search.
    #[inline]
    fn get(&self, index: usize) -> (u64, Option<u64>) {
        let EliasFanoLayout { sample_width, number_width, .. } = *self.layout;
        let (block, at) = (index / BLOCK, index % BLOCK);
        let sample = read(self.samples, block as u64 * u64::from(sample_width), sample_width);
        if sample & 1 == 1 {
            let whole = |at: u64| {
                let place = (sample >> 1).wrapping_mul(BLOCK as u64).wrapping_add(at);
                let bit = place.wrapping_mul(u64::from(number_width));
                read(self.whole, bit, number_width)
            };
            let next = (at + 1 < BLOCK).then(|| whole(at as u64 + 1));
            return (whole(at as u64), next);
        }
        let first = sample >> 1;
        let mut word = (first / 64) as usize;
        let mut bits = self.word(word) & (u64::MAX << (first % 64));
        let mut ahead = at as u32;
        for _ in 0..WORDS {
            let ones = bits.count_ones();
            if ahead < ones {
                break;
            }
            ahead -= ones;
            word += 1;
            bits = self.word(word);
        }
        bits = skip_ones(bits, ahead);
        let number = |word: usize, bits: u64, index: usize| {
            let place = word as u64 * 64 + u64::from(bits.trailing_zeros());
            self.number(place, index)
        };
        let this = number(word, bits, index);
        bits &= bits.wrapping_sub(1);
        for _ in 0..WORDS {
            if bits != 0 {
                return (this, Some(number(word, bits, index + 1)));
            }
            word += 1;
            bits = self.word(word);
        }
        (this, None)
    }

    #[inline]
    fn word(&self, word: usize) -> u64 {
        self.high.get(word).map_or(0, |bytes| u64::from_le_bytes(*bytes))
    }

    /// Returns the number that the one at `place` in the high part stands for.
    #[inline]
    fn number(&self, place: u64, index: usize) -> u64 {
        let width = self.layout.low_width;
        let low = read(self.low, (index as u64).wrapping_mul(u64::from(width)), width);
        (place.wrapping_sub(index as u64) << width) | low
    }
}

/// Clears the lowest `ones` ones of a word, which must have more.
///
/// Takes the same steps for any word, so that no branch can be mispredicted.
#[inline]
fn skip_ones(word: u64, ones: u32) -> u64 {
    const EACH: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let mut sums = word - ((word >> 1) & (EACH * 0x55));
    sums = (sums & (EACH * 0x33)) + ((sums >> 2) & (EACH * 0x33));
    sums = (sums + (sums >> 4)) & (EACH * 0x0f);
    // Each byte: the number of ones in it and in all bytes below.
    sums = sums.wrapping_mul(EACH);
    // The bytes to be skipped entirely, with those below, are those whose sum is at most `ones`.
    let ones = u64::from(ones.min(63));
    let skipped = (((EACH * ones) | HIGH).wrapping_sub(sums) & HIGH).count_ones() * 8;
    if skipped >= u64::BITS {
        return 0;
    }
    let left = ones - ((sums << 8) >> skipped & 0xff);
    let mut rest = word & (u64::MAX << skipped);
    for step in 0..7 {
        let without_lowest = rest & rest.wrapping_sub(1);
        rest = if step < left { without_lowest } else { rest };
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pairs(bytes: &[u8]) -> Vec<Range<usize>> {
        let layout = EliasFanoLayout::find(bytes).unwrap();
        let view = layout.view(bytes);
        (0..layout.size().saturating_sub(1)).map(|index| view.pair(index)).collect()
    }

    fn naive(numbers: &[u64]) -> Vec<Range<usize>> {
        numbers.windows(2).map(|pair| pair[0] as usize..pair[1] as usize).collect()
    }

    #[test]
    fn small_gaps_take_little_more_than_two_bits() {
        let numbers: Vec<u64> = (0..100_000).collect();
        let bytes = encode(&numbers);
        assert_eq!(pairs(&bytes), naive(&numbers));
        assert!(bytes.len() < 100_000 * 28 / 80, "{}", bytes.len());
    }

    #[test]
    fn beyond_the_end_is_nothing() {
        for numbers in [vec![], vec![0], vec![7], vec![0, 9]] {
            let bytes = encode(&numbers);
            let layout = EliasFanoLayout::find(&bytes).unwrap();
            for index in numbers.len().saturating_sub(1)..200 {
                assert_eq!(layout.view(&bytes).pair(index), 0..0);
            }
            assert_eq!(layout.view(&bytes).pair(usize::MAX), 0..0);
            assert_eq!(pairs(&bytes), naive(&numbers));
        }
    }

    #[test]
    fn no_byte_makes_it_panic() {
        let numbers: Vec<u64> =
            (0..300).map(|n| if n < 150 { n } else { 150 + (n - 150) * 90 }).collect();
        let bytes = encode(&numbers);
        for at in 0..bytes.len() {
            for value in [0, 1, 0x7f, 0x80, 0xff] {
                let mut changed = bytes.clone();
                changed[at] = value;
                let Some(layout) = EliasFanoLayout::find(&changed) else { continue };
                let view = layout.view(&changed);
                for index in 0..layout.size().min(1000) {
                    let range = view.pair(index);
                    assert!(range.end as u64 <= layout.last());
                }
            }
        }
        assert!(
            EliasFanoLayout::find(&bytes[1..]).is_none() && EliasFanoLayout::find(&[]).is_none()
        );
    }

    /// Gaps of very different sizes.
    fn gap() -> impl Strategy<Value = u64> {
        prop_oneof![
            8 => 0..3u64,
            4 => Just(0),
            2 => 0..100u64,
            1 => 0..5000u64,
        ]
    }

    proptest! {
        #[test]
        fn skips_ones(word: u64, ones in 0..64u32) {
            let mut expected = word;
            (0..ones).for_each(|_| expected &= expected.wrapping_sub(1));
            if ones < word.count_ones() {
                prop_assert_eq!(skip_ones(word, ones), expected);
            } else {
                // Any result is fine, but no panic.
                skip_ones(word, ones);
            }
        }

        #[test]
        fn equals_the_numbers_themselves(gaps in prop::collection::vec(gap(), 0..600)) {
            let numbers: Vec<u64> = gaps
                .iter()
                .scan(0, |sum, gap| {
                    *sum += gap;
                    Some(*sum)
                })
                .collect();
            prop_assert_eq!(pairs(&encode(&numbers)), naive(&numbers));
        }
    }
}
