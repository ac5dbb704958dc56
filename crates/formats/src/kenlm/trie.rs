//! Writes a trie: words by rising hash, reversed n-grams below their last words, in few bits.
//!
//! | part | bits |
//! |---|---|
//! | the number of words except `<unk>`, as `u64` | 64 |
//! | their hashes, rising, as `u64`; then one meaningless number | 64 each |
//! | words by number: log10 p and back-off weight as `f32`, start of their children as `u64`; then two more entries, an end marker and an unused one | 128 each |
//! | for each middle order: first word, log10 p without its sign, back-off weight, start of children; then one more entry as an end marker | as many as the largest word needs, 31, 32, as many as the largest start needs |
//! | for the highest order: first word, log10 p without its sign; then one unused entry | likewise |
//!
//! Each order from 2 on is padded to whole bytes, followed by eight zero bytes.
//!
//! If log-probabilities and back-off weights are [quantized](super::quantize), their tables precede the
//! words, and n-grams have the code of the weight and then that of the log-probability in place of both. If
//! the high bits of starts are in an array, it precedes its order: 0 and the most bits to cut off, one byte
//! each; then, at the next multiple of 8 bytes, a meaningless number and, for each value of the high bits,
//! the first n-gram that has it, as `u64`; then padding, so that both paddings together make 7 bytes.

use super::KenlmWriteError;
use super::nodes::Nodes;
use super::quantize::Codes;
use super::vocabulary::Words;
use ngram_store::Progress;
use ngram_store::bits::{BitWriter, width};
use std::io::Write;

/// Bits of a log-probability without its sign.
pub const LOG_PROB_BITS: u32 = 31;
/// Bits of a back-off weight.
pub const BACKOFF_BITS: u32 = 32;

/// Options for writing a trie.
#[derive(Clone, Copy)]
pub struct How {
    /// Bits of the codes of log-probabilities and of back-off weights.
    pub quantize: Option<(u8, u8)>,
    /// Maximum number of high bits of starts to keep in an array.
    pub array: Option<u8>,
    /// The number of 1-grams to make room for, which may be one more than there are words.
    pub singles: u64,
    /// Whether `<unk>` was added, whose back-off weight then looks as if longer n-grams began with it.
    pub lacks_unknown: bool,
    /// The byte offset in the file at which the trie begins.
    pub at: u64,
}

/// Writes the words' hashes and all n-grams, with words numbered as in `by_hash`.
pub fn write(
    out: &mut impl Write,
    words: &Words,
    by_hash: &[u32],
    orders: &[Nodes],
    how: How,
    progress: &dyn Progress,
) -> Result<(), KenlmWriteError> {
    let vocabulary = vocabulary(words, by_hash, how.singles);
    out.write_all(&vocabulary)?;
    let mut at = how.at + vocabulary.len() as u64;
    progress.proceed()?;
    let codes = how.quantize.map(|bits| Codes::of(orders, bits));
    progress.proceed()?;
    if let Some(codes) = &codes {
        let tables = codes.bytes();
        out.write_all(&tables)?;
        at += tables.len() as u64;
    }
    let mut numbers = vec![0u32; by_hash.len()];
    for (number, &word) in (0..).zip(by_hash) {
        numbers[word as usize] = number;
    }
    let word_bits = width(how.singles);
    // The previous indices of the nodes of an order, in the order of their new ones.
    let mut sequence = by_hash.to_vec();
    for (index, own) in orders.iter().enumerate() {
        let longer = orders.get(index + 1);
        let mut children = Vec::with_capacity(longer.map_or(0, Nodes::len));
        let longest = longer.map_or(0, Nodes::len) as u64;
        let mut starts =
            Starts::new(own.len() as u64 + 1, longest, how.array.filter(|_| index > 0));
        let mut bits = BitWriter::default();
        let mut bytes = Vec::new();
        for (place, &node) in (0u64..).zip(&sequence) {
            progress.proceed_at(place as usize)?;
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
                let is_added = how.lacks_unknown && node == 0;
                let backoff = if is_added { 0.0 } else { own.backoffs[node] };
                bytes.extend(log_prob.to_le_bytes());
                bytes.extend(backoff.to_le_bytes());
                bytes.extend(start.to_le_bytes());
                continue;
            }
            bits.push(numbers[own.first_words[node] as usize].into(), word_bits);
            match (&codes, longer) {
                (Some(codes), Some(_)) => {
                    let (backoff, width) = codes.backoff(index, own.backoffs[node]);
                    bits.push(backoff, width);
                    let (log_prob, width) = codes.log_prob(index, log_prob);
                    bits.push(log_prob, width);
                }
                (Some(codes), None) => {
                    let (log_prob, width) = codes.log_prob(index, log_prob);
                    bits.push(log_prob, width);
                }
                (None, longer) => {
                    bits.push(log_prob.abs().to_bits().into(), LOG_PROB_BITS);
                    if longer.is_some() {
                        bits.push(own.backoffs[node].to_bits().into(), BACKOFF_BITS);
                    }
                }
            }
            if longer.is_some() {
                bits.push(starts.low(place, start), starts.width);
            }
        }
        let end = children.len() as u64;
        if index == 0 {
            for _ in by_hash.len() as u64..=how.singles {
                bytes.extend([0; 8]);
                bytes.extend(end.to_le_bytes());
            }
            bytes.extend([0; 16]);
        } else {
            let (log_probs, backoffs) = match how.quantize {
                Some((log_probs, backoffs)) => (log_probs.into(), backoffs.into()),
                None => (LOG_PROB_BITS, BACKOFF_BITS),
            };
            bits.push(0, word_bits);
            bits.push(0, log_probs);
            if longer.is_some() {
                bits.push(0, backoffs);
                bits.push(starts.low(own.len() as u64, end), starts.width);
                bytes = starts.array(at);
            }
            bytes.extend(bits.finish());
        }
        at += bytes.len() as u64;
        out.write_all(&bytes)?;
        sequence = children;
    }
    Ok(())
}

/// The starts of the children of an order's nodes; their high bits may be in an array.
struct Starts {
    /// The number of bits stored with each node.
    width: u32,
    limit: Option<u8>,
    /// For each value of the high bits, the first node that has it.
    high: Vec<u64>,
}

impl Starts {
    /// Creates an encoder for `numbers` starts up to `longest`.
    fn new(numbers: u64, longest: u64, limit: Option<u8>) -> Starts {
        let whole = width(longest);
        let cut = limit.map_or(0, |limit| cut_bits(numbers, longest, limit.into()));
        Starts { width: whole - cut, limit, high: vec![0] }
    }

    /// Returns the bits stored with a node. Starts must not fall.
    fn low(&mut self, node: u64, start: u64) -> u64 {
        if self.limit.is_none() {
            return start;
        }
        let high = start >> self.width;
        while (self.high.len() as u64) <= high {
            self.high.push(node);
        }
        start & !(u64::MAX << self.width)
    }

    /// Returns the array for this position in the file; empty if there is none.
    fn array(&self, at: u64) -> Vec<u8> {
        let Some(limit) = self.limit else { return Vec::new() };
        let before = (at.next_multiple_of(8) - at) as usize;
        let mut bytes = vec![0; before + 8];
        bytes[..2].copy_from_slice(&[0, limit]);
        bytes.extend(self.high.iter().flat_map(|node| node.to_le_bytes()));
        bytes.resize(8 * (1 + self.high.len()) + 7, 0);
        bytes
    }
}

/// Returns how many high bits of starts go into an array: the number, up to a limit, that makes the file smallest.
pub fn cut_bits(starts: u64, longer: u64, limit: u32) -> u32 {
    let whole = width(longer);
    let change =
        |cut: u32| i128::from(longer >> (whole - cut)) * 64 - i128::from(starts) * i128::from(cut);
    // Among ties, the fewest bits.
    (0..=whole.min(limit)).min_by_key(|&cut| change(cut)).unwrap_or(0)
}

fn vocabulary(words: &Words, by_hash: &[u32], singles: u64) -> Vec<u8> {
    let len = 8 * (singles as usize + 1);
    let mut bytes = Vec::with_capacity(len);
    bytes.extend((by_hash.len() as u64 - 1).to_le_bytes());
    bytes.extend(by_hash[1..].iter().flat_map(|&word| words.hashes[word as usize].to_le_bytes()));
    bytes.resize(len, 0);
    bytes
}
