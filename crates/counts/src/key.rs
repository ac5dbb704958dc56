//! Packs a window of text into one number that sorts in the order counting needs.
//!
//! For the word w at position i, the key of order n is
//!
//! ```text
//! (w[i−1], w[i−2], …, w[i−n+1]; w[i])
//! ```
//!
//! the history in reverse, then the word: n digits of equal width, the first in the highest bits.
//! In sorted order, keys of one history are adjacent, and so are histories with a common ending. A
//! history begins at `<s>`; the digits beyond it are 0. No word precedes `<s>`, so these zeros
//! cannot be confused with `<unk>`, whose id is 0 too.

use ngram_tokenizer::WordId;

/// The number of bits per digit, and of digits per key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Packing {
    /// Digits per key: the order of the n-grams, at least 2.
    pub order: usize,
    /// Bits per digit: enough for every word id.
    pub bits: u32,
}

impl Packing {
    pub fn new(order: usize, vocab_len: usize) -> Packing {
        let bits = usize::BITS - vocab_len.saturating_sub(1).max(1).leading_zeros();
        Packing { order, bits }
    }

    /// Returns the number of bits of a key.
    pub fn key_bits(&self) -> usize {
        self.order * self.bits as usize
    }
}

/// A key of fixed width. Keys compare as sequences of digits.
pub(crate) trait Key: Copy + Ord + Send + Sync {
    const ZERO: Self;

    /// Calls `emit(w[i−1], key)` for every word of whole sentences, each closed by `</s>`.
    fn windows(ids: &[u32], packing: Packing, emit: impl FnMut(u32, Self));

    /// Sets the digit at `place`, which must still be 0.
    fn put(&mut self, place: usize, digit: u32, packing: Packing);

    /// Returns the key of a word after a history in reverse, of which the nearest n − 1 words are used.
    fn of(history: &[u32], word: u32, packing: Packing) -> Self {
        let mut key = Self::ZERO;
        for (place, &digit) in history.iter().take(packing.order - 1).enumerate() {
            key.put(place, digit, packing);
        }
        key.put(packing.order - 1, word, packing);
        key
    }

    /// Returns the digit at `place`, 0 being the nearest word of the history and `order − 1` the word.
    fn digit(self, place: usize, packing: Packing) -> u32;

    /// Returns the number of leading digits that `self` and `other` have in common.
    fn common(self, other: Self, packing: Packing) -> usize;
}

macro_rules! single_number_key {
    ($number:ty) => {
        impl Key for $number {
            const ZERO: $number = 0;

            #[inline]
            fn windows(ids: &[u32], packing: Packing, mut emit: impl FnMut(u32, $number)) {
                let Packing { order, bits } = packing;
                let first = bits * (order as u32 - 2);
                let begin = (WordId::BEGIN.0 as $number) << first;
                let (mut history, mut previous) = (begin, WordId::BEGIN.0);
                for &id in ids {
                    emit(previous, history << bits | id as $number);
                    if id == WordId::END.0 {
                        (history, previous) = (begin, WordId::BEGIN.0);
                    } else {
                        (history, previous) = (history >> bits | (id as $number) << first, id);
                    }
                }
            }

            #[inline]
            fn put(&mut self, place: usize, digit: u32, Packing { order, bits }: Packing) {
                *self |= (digit as $number) << (bits * (order - 1 - place) as u32);
            }

            #[inline]
            fn digit(self, place: usize, Packing { order, bits }: Packing) -> u32 {
                let mask = u32::MAX >> (u32::BITS - bits);
                (self >> (bits * (order - 1 - place) as u32)) as u32 & mask
            }

            #[inline]
            fn common(self, other: $number, packing: Packing) -> usize {
                let unused = <$number>::BITS - packing.key_bits() as u32;
                (((self ^ other).leading_zeros() - unused) / packing.bits) as usize
            }
        }
    };
}

single_number_key!(u64);
single_number_key!(u128);

/// A key of `LIMBS` numbers, each of which holds as many whole digits as fit.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Wide<const LIMBS: usize>([u64; LIMBS]);

impl<const LIMBS: usize> Wide<LIMBS> {
    /// Returns whether keys of this packing fit.
    pub fn fits(packing: Packing) -> bool {
        packing.order <= LIMBS * (u64::BITS / packing.bits) as usize
    }
}

impl<const LIMBS: usize> Key for Wide<LIMBS> {
    const ZERO: Wide<LIMBS> = Wide([0; LIMBS]);

    fn windows(ids: &[u32], packing: Packing, mut emit: impl FnMut(u32, Wide<LIMBS>)) {
        let order = packing.order;
        let mut sentence = 0;
        for (at, &id) in ids.iter().enumerate() {
            let mut key = Wide([0; LIMBS]);
            let history = ids[sentence..at].iter().rev().copied().chain([WordId::BEGIN.0]);
            for (place, word) in history.take(order - 1).enumerate() {
                key.put(place, word, packing);
            }
            key.put(order - 1, id, packing);
            emit(if at == sentence { WordId::BEGIN.0 } else { ids[at - 1] }, key);
            if id == WordId::END.0 {
                sentence = at + 1;
            }
        }
    }

    #[inline]
    fn put(&mut self, place: usize, digit: u32, Packing { bits, .. }: Packing) {
        let digits_a_limb = (u64::BITS / bits) as usize;
        let shift = bits * (digits_a_limb - 1 - place % digits_a_limb) as u32;
        self.0[place / digits_a_limb] |= u64::from(digit) << shift;
    }

    #[inline]
    fn digit(self, place: usize, Packing { bits, .. }: Packing) -> u32 {
        let digits_a_limb = (u64::BITS / bits) as usize;
        let shift = bits * (digits_a_limb - 1 - place % digits_a_limb) as u32;
        (self.0[place / digits_a_limb] >> shift) as u32 & (u32::MAX >> (u32::BITS - bits))
    }

    #[inline]
    fn common(self, other: Wide<LIMBS>, packing: Packing) -> usize {
        let digits_a_limb = u64::BITS / packing.bits;
        let used = digits_a_limb * packing.bits;
        for (limb, (a, b)) in self.0.iter().zip(&other.0).enumerate() {
            if a != b {
                let equal = ((a ^ b).leading_zeros() - (u64::BITS - used)) / packing.bits;
                return limb * digits_a_limb as usize + equal as usize;
            }
        }
        packing.order
    }
}

/// A key with a count.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct CountedKey<K> {
    pub key: K,
    /// In 64 bits, which take no more space beside a key than 32.
    pub count: u64,
}

/// A key with a count, which may be an implicit 1.
pub(crate) trait Window: Copy + Ord + Send + Sync {
    type Key: Key;
    fn key(self) -> Self::Key;
    fn count(self) -> u64;
}

impl<K: Key> Window for K {
    type Key = K;

    #[inline]
    fn key(self) -> K {
        self
    }

    #[inline]
    fn count(self) -> u64 {
        1
    }
}

impl<K: Key> Window for CountedKey<K> {
    type Key = K;

    #[inline]
    fn key(self) -> K {
        self.key
    }

    #[inline]
    fn count(self) -> u64 {
        self.count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys<K: Key>(ids: &[u32], packing: Packing) -> Vec<Vec<u32>> {
        let mut found = Vec::new();
        K::windows(ids, packing, |previous, key| {
            let digits: Vec<u32> =
                (0..packing.order).map(|place| key.digit(place, packing)).collect();
            assert_eq!(digits[0], previous);
            let length =
                digits.iter().position(|&digit| digit == 1).map_or(digits.len() - 1, |at| at + 1);
            let same = K::of(&digits[..length], digits[packing.order - 1], packing);
            assert!(same == key);
            found.push(digits);
        });
        found
    }

    #[test]
    fn histories_run_backwards_and_stop_at_the_sentence() {
        let packing = Packing::new(4, 100);
        let expected = [
            [1, 0, 0, 7],
            [7, 1, 0, 8],
            [8, 7, 1, 9],
            [9, 8, 7, 2], // </s>
            [1, 0, 0, 5],
            [5, 1, 0, 2],
        ];
        let ids = [7, 8, 9, 2, 5, 2];
        assert_eq!(keys::<u64>(&ids, packing), expected);
        assert_eq!(keys::<u128>(&ids, packing), expected);
        assert_eq!(keys::<Wide<1>>(&ids, packing), expected);
        assert_eq!(keys::<Wide<3>>(&ids, packing), expected);
    }

    fn counts_common_digits<K: Key>(packing: Packing) {
        let ids = [9, 9, 9, 8, 9, 9, 9, 2, 9, 2, 2, 0, 9, 2];
        let mut found = Vec::new();
        K::windows(&ids, packing, |_, key| found.push(key));
        for &a in &found {
            for &b in &found {
                let expected = (0..packing.order)
                    .take_while(|&place| a.digit(place, packing) == b.digit(place, packing))
                    .count();
                assert_eq!(a.common(b, packing), expected);
            }
        }
    }

    #[test]
    fn common_digits() {
        for order in 2..=6 {
            let packing = Packing::new(order, 10);
            counts_common_digits::<u64>(packing);
            counts_common_digits::<u128>(packing);
            counts_common_digits::<Wide<1>>(packing);
            counts_common_digits::<Wide<4>>(Packing { order, bits: 25 });
            counts_common_digits::<Wide<4>>(Packing { order, bits: 32 });
            counts_common_digits::<u128>(Packing { order, bits: 21 });
        }
    }
}
