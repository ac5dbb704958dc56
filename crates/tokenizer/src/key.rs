//! Short words as numbers, so that comparing two words compares numbers.

use xxhash_rust::xxh3::xxh3_64;

/// Stands for every length above 16.
pub const LONG: u32 = 17;

/// A word of up to 16 bytes, as two overlapping halves and its length; or, for a longer one, its
/// hash and length, with `len` set to [`LONG`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct WordKey {
    pub low: u64,
    pub high: u64,
    pub len: u32,
}

impl WordKey {
    #[inline]
    pub fn of(bytes: &[u8]) -> WordKey {
        let len = bytes.len();
        let (low, high) = match len {
            8..=16 => (first_eight(bytes), first_eight(&bytes[len - 8..])),
            4..8 => (first_four(bytes), first_four(&bytes[len - 4..])),
            1..4 => {
                let [first, middle, last] = [0, len / 2, len - 1].map(|i| bytes[i] as u64);
                (first | middle << 8 | last << 16, 0)
            }
            0 => (0, 0),
            _ => return WordKey { low: xxh3_64(bytes), high: len as u64, len: LONG },
        };
        WordKey { low, high, len: len as u32 }
    }

    /// Multiplies the halves into 128 bits and folds them, so that every bit of the word reaches
    /// the low bits. No factor is zero: neither constant is a piece of UTF-8.
    #[inline]
    pub fn hash(self) -> usize {
        let low = self.low ^ 0x9e37_79b9_7f4a_7c15 ^ (self.len as u64) << 56;
        let product = low as u128 * (self.high ^ 0xd1b5_4a32_d192_ed03) as u128;
        (product as u64 ^ (product >> 64) as u64) as usize
    }
}

#[inline]
fn first_eight(bytes: &[u8]) -> u64 {
    bytes.first_chunk().map_or(0, |chunk| u64::from_le_bytes(*chunk))
}

#[inline]
fn first_four(bytes: &[u8]) -> u64 {
    bytes.first_chunk().map_or(0, |chunk| u32::from_le_bytes(*chunk) as u64)
}
