//! A trie: words by rising hash, n-grams read backwards below their last words, in few bits.
//!
//! | part | bits |
//! |---|---|
//! | how many words there are but for `<unk>`, as `u64` | 64 |
//! | their hashes, rising, as `u64`; then one number that means nothing | 64 each |
//! | words by number: log10 p and back-off weight as `f32`, where their children start as `u64`; two more for the end and for nothing | 128 each |
//! | of each order between: first word, log10 p without its sign, back-off weight, where children start; one more for the end | as many as the largest word needs, 31, 32, as many as the largest start needs |
//! | of the highest order: first word, log10 p without its sign; one more for nothing | likewise |
//!
//! Each order from 2 on is filled up to whole bytes, and then by eight bytes of zeros.

use super::WriteError;
use super::nodes::Nodes;
use super::vocabulary::Words;
use crate::bits::{BitWriter, width};
use std::io::Write;

/// Bits of a log-probability without its sign.
pub const LOG_PROB_BITS: u32 = 31;
/// Bits of a back-off weight.
pub const BACKOFF_BITS: u32 = 32;

/// Writes the words' hashes and all n-grams, the words numbered as in `by_hash`.
pub fn write(
    out: &mut impl Write,
    words: &Words,
    by_hash: &[u32],
    orders: &[Nodes],
) -> Result<(), WriteError> {
    out.write_all(&vocabulary(words, by_hash))?;
    let mut numbers = vec![0u32; by_hash.len()];
    for (number, &word) in (0..).zip(by_hash) {
        numbers[word as usize] = number;
    }
    let word_bits = width(by_hash.len() as u64);
    // The nodes of an order as they stood before, in the order of their new numbers.
    let mut sequence = by_hash.to_vec();
    for (index, own) in orders.iter().enumerate() {
        let longer = orders.get(index + 1);
        let mut children = Vec::with_capacity(longer.map_or(0, Nodes::len));
        let next_bits = width(longer.map_or(0, |longer| longer.len() as u64));
        let mut bits = BitWriter::default();
        let mut bytes = Vec::new();
        for &node in &sequence {
            let node = node as usize;
            let log_prob = own.log_probs[node];
            let start = children.len() as u64;
            if let Some(longer) = longer {
                let range = own.children(node);
                children.extend(range.start as u32..range.end as u32);
                children[start as usize..].sort_unstable_by_key(|&child| {
                    numbers[longer.first_words[child as usize] as usize]
                });
            }
            if index == 0 {
                bytes.extend(log_prob.to_le_bytes());
                bytes.extend(own.backoffs[node].to_le_bytes());
                bytes.extend(start.to_le_bytes());
                continue;
            }
            bits.push(numbers[own.first_words[node] as usize].into(), word_bits);
            bits.push(log_prob.abs().to_bits().into(), LOG_PROB_BITS);
            if longer.is_some() {
                bits.push(own.backoffs[node].to_bits().into(), BACKOFF_BITS);
                bits.push(start, next_bits);
            }
        }
        let end = children.len() as u64;
        if index == 0 {
            bytes.extend([0; 8]);
            bytes.extend(end.to_le_bytes());
            bytes.extend([0; 16]);
        } else {
            bits.push(0, word_bits);
            bits.push(0, LOG_PROB_BITS);
            if longer.is_some() {
                bits.push(0, BACKOFF_BITS);
                bits.push(end, next_bits);
            }
            bytes = bits.finish();
        }
        out.write_all(&bytes)?;
        sequence = children;
    }
    Ok(())
}

fn vocabulary(words: &Words, by_hash: &[u32]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(8 * (by_hash.len() + 1));
    bytes.extend((by_hash.len() as u64 - 1).to_le_bytes());
    bytes.extend(by_hash[1..].iter().flat_map(|&word| words.hashes[word as usize].to_le_bytes()));
    bytes.extend([0; 8]);
    bytes
}
