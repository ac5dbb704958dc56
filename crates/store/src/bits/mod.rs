//! Numbers in as few bits as they need, read in place from a file.
//!
//! - [`BitWriter`] and [`read`]: numbers of any width one after another;
//! - [`elias_fano`]: non-decreasing numbers, in little more than two bits each.
//!
//! Reading damaged bytes gives some number: positions beyond the end read as zeros.

pub mod elias_fano;

/// Maximum width of a number for [`read`], in bits.
pub const WIDEST: u32 = 57;

/// Padding bytes after the last number, so that each can be read as part of eight bytes.
pub const PADDING: usize = 8;

/// Returns the number of bits that a number needs.
pub fn width(number: u64) -> u32 {
    u64::BITS - number.leading_zeros()
}

/// Reads the number of `width` bits, at most [`WIDEST`], that begins at bit index `bit`; the lowest
/// bit of a byte comes first.
#[inline]
pub fn read(bytes: &[u8], bit: u64, width: u32) -> u64 {
    let byte = (bit / 8) as usize;
    let eight = bytes.get(byte..).and_then(|rest| rest.first_chunk());
    let number = eight.map_or(0, |eight| u64::from_le_bytes(*eight));
    (number >> (bit % 8)) & !(u64::MAX << width)
}

/// Reads the 64-bit number at index `index`.
pub fn word(bytes: &[u8], index: u64) -> u64 {
    let eight = usize::try_from(index).ok().and_then(|index| bytes.as_chunks().0.get(index));
    eight.map_or(0, |eight| u64::from_le_bytes(*eight))
}

/// Writes numbers of any width one after another.
#[derive(Default)]
pub struct BitWriter {
    bytes: Vec<u8>,
    /// Bits that do not fill eight bytes yet, and their number.
    rest: u64,
    held: u32,
}

impl BitWriter {
    /// Appends the lowest `width` bits of a number, at most [`WIDEST`]; the others must be zero.
    #[inline]
    pub fn push(&mut self, number: u64, width: u32) {
        debug_assert!(width <= WIDEST && number >> width == 0);
        self.rest |= number << self.held;
        self.held += width;
        if self.held >= u64::BITS {
            self.bytes.extend_from_slice(&self.rest.to_le_bytes());
            self.held -= u64::BITS;
            // The bits of the number that did not fit; none if its last bit did.
            self.rest = number.checked_shr(width - self.held).unwrap_or(0);
        }
    }

    /// Takes the bytes that are whole so far. Those of all calls, and of [`BitWriter::finish`], make up the bytes of all
    /// numbers.
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }

    /// Returns how many bytes [`BitWriter::take`] would take.
    pub fn ready(&self) -> usize {
        self.bytes.len()
    }

    /// Returns the bytes of all numbers, followed by [`PADDING`].
    pub fn finish(mut self) -> Vec<u8> {
        let bytes = self.held.div_ceil(8) as usize;
        self.bytes.extend_from_slice(&self.rest.to_le_bytes()[..bytes]);
        self.bytes.extend_from_slice(&[0; PADDING]);
        self.bytes
    }
}

/// Returns the number of bytes that a [`BitWriter`] makes of `numbers` numbers of one width; `None`
/// on overflow.
pub fn packed_len(numbers: u64, width: u32) -> Option<usize> {
    let bits = numbers.checked_mul(u64::from(width))?;
    usize::try_from(bits.div_ceil(8)).ok()?.checked_add(PADDING)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn bytes_that_are_taken_early_are_the_same() {
        let (mut whole, mut parts) = (BitWriter::default(), BitWriter::default());
        let mut taken = Vec::new();
        for number in 0..100 {
            whole.push(number, 7);
            parts.push(number, 7);
            // 700 bits in groups of 64.
            assert_eq!(parts.ready(), (7 * (number as usize + 1) / 64) * 8 - taken.len());
            if number % 30 == 29 {
                taken.extend(parts.take());
                assert_eq!(parts.ready(), 0);
            }
        }
        taken.extend(parts.finish());
        assert_eq!(taken, whole.finish());
    }

    #[test]
    fn a_number_needs_so_many_bits() {
        assert_eq!([0, 1, 2, 255, 256, u64::MAX].map(width), [0, 1, 2, 8, 9, 64]);
    }

    #[test]
    fn the_lowest_bit_comes_first() {
        let mut writer = BitWriter::default();
        writer.push(0b101, 3);
        writer.push(0b1_1111_0000, 9);
        assert_eq!(writer.finish()[..2], [0b1000_0101, 0b0000_1111]);
    }

    #[test]
    fn places_beyond_the_end_are_zeros() {
        assert_eq!(read(&[0xff; 7], 0, 8), 0);
        assert_eq!(read(&[0xff; 8], 1, 57), (1 << 57) - 1);
        assert_eq!(read(&[0xff; 8], u64::MAX, 57), 0);
        assert_eq!(packed_len(u64::MAX, 2), None);
    }

    proptest! {
        #[test]
        fn reads_what_was_written(
            numbers in prop::collection::vec((0..=WIDEST, any::<u64>()), 0..100),
        ) {
            let numbers: Vec<(u32, u64)> = numbers
                .into_iter()
                .map(|(width, number)| (width, number & !(u64::MAX << width)))
                .collect();
            let mut writer = BitWriter::default();
            numbers.iter().for_each(|&(width, number)| writer.push(number, width));
            let bytes = writer.finish();
            let mut bit = 0;
            for &(width, number) in &numbers {
                prop_assert_eq!(read(&bytes, bit, width), number);
                bit += u64::from(width);
            }
            prop_assert_eq!(bytes.len(), packed_len(bit, 1).unwrap());
        }
    }
}
