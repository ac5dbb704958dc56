//! Writes the words: hashed, and listed at the end.

use super::KenlmWriteError;
use ngram_tokenizer::{VocabView, escape};
use std::borrow::Cow;

/// The words of a vocabulary as written, with their hashes. `<unk>` is the first.
pub struct Words<'v> {
    pub written: Vec<Cow<'v, str>>,
    pub hashes: Vec<u64>,
}

impl<'v> Words<'v> {
    pub fn new(vocab: VocabView<'v>) -> Words<'v> {
        let written: Vec<Cow<'v, str>> = vocab.words().map(escape).collect();
        let hashes = written.iter().map(|word| murmur_hash_64a(word.as_bytes())).collect();
        Words { written, hashes }
    }

    /// Returns the ids of the words by rising hash, `<unk>` first; fails if two hashes are equal.
    pub fn by_hash(&self) -> Result<Vec<u32>, KenlmWriteError> {
        let hash = |word: u32| self.hashes[word as usize];
        let mut order: Vec<u32> = (0..self.hashes.len() as u32).collect();
        order[1..].sort_unstable_by_key(|&word| hash(word));
        match order[1..].windows(2).find(|pair| hash(pair[0]) == hash(pair[1])) {
            Some(pair) => {
                Err(KenlmWriteError::SameHash(self.written[pair[0] as usize].to_string()))
            }
            None => Ok(order),
        }
    }

    /// Returns the list at the end of a file, for words in this order.
    pub fn list(&self, order: impl Iterator<Item = u32>) -> Vec<u8> {
        let mut bytes = Vec::new();
        for word in order {
            bytes.extend_from_slice(self.written[word as usize].as_bytes());
            bytes.push(0);
        }
        bytes
    }
}

/// Hashes bytes with MurmurHash2 for 64 bits, variant A, with seed 0 (Appleby 2008).
pub fn murmur_hash_64a(bytes: &[u8]) -> u64 {
    const FACTOR: u64 = 0xc6a4_a793_5bd1_e995;
    const SHIFT: u32 = 47;
    let (eights, rest) = bytes.as_chunks::<8>();
    let mut hash = (bytes.len() as u64).wrapping_mul(FACTOR);
    for eight in eights {
        let mixed = u64::from_le_bytes(*eight).wrapping_mul(FACTOR);
        hash ^= (mixed ^ (mixed >> SHIFT)).wrapping_mul(FACTOR);
        hash = hash.wrapping_mul(FACTOR);
    }
    if !rest.is_empty() {
        let last = rest.iter().rev().fold(0, |all, &byte| all << 8 | u64::from(byte));
        hash = (hash ^ last).wrapping_mul(FACTOR);
    }
    hash = (hash ^ (hash >> SHIFT)).wrapping_mul(FACTOR);
    hash ^ (hash >> SHIFT)
}
