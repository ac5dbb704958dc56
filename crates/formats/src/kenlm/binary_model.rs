//! A binary file as a model, scored in place: nothing is converted or loaded.

use super::KenlmError;
use super::head::{Head, Kind, slots};
use super::layers::{Codes, Fault, FileParts, Layer, float};
use super::probing::combine;
use super::vocabulary::murmur_hash_64a;
use ngram_model::{LogProb, Score};
use ngram_store::bits;
use std::ops::Range;

/// A binary file of either structure, for scoring as KenLM's `query` does.
///
/// Words have the numbers that they have in the file; 0 is `<unk>`. They are found by their hashes, so that the file
/// need not list them.
pub struct BinaryModel<'b> {
    order: usize,
    words: Words<'b>,
    /// For each word its log-probability and back-off weight, and what else the structure keeps there.
    singles: &'b [u8],
    /// The bytes of each word.
    single: usize,
    longer: Longer<'b>,
}

/// The hashes of words.
enum Words<'b> {
    /// Slots of hash and number.
    Probing(&'b [u8]),
    /// Rising hashes, of words from number 1 on.
    Trie(&'b [u8]),
}

/// The n-grams of each order from 2 on.
enum Longer<'b> {
    Probing(Vec<Table<'b>>),
    Trie(Vec<Layer<'b>>),
}

/// A hash table from keys to log-probabilities and back-off weights.
struct Table<'b> {
    slots: &'b [u8],
    /// Bytes of a slot.
    width: usize,
}

/// An n-gram that was found: what is needed to find longer ones that end in it.
#[derive(Clone)]
enum Node {
    Key(u64),
    Children(Range<u64>),
}

impl<'b> BinaryModel<'b> {
    /// Opens the bytes of a file. `source` is its name in messages.
    ///
    /// # Errors
    ///
    /// If the bytes are not such a file, or are truncated.
    pub fn open(bytes: &'b [u8], source: &str) -> Result<BinaryModel<'b>, KenlmError> {
        BinaryModel::parts(bytes).map_err(|(byte, problem)| KenlmError {
            source_name: source.to_owned(),
            byte,
            problem,
        })
    }

    fn parts(bytes: &'b [u8]) -> Result<BinaryModel<'b>, Fault> {
        let head = Head::read(bytes).map_err(|(byte, problem)| (Some(byte), problem))?;
        let counts = head.bounded().map_err(|problem| (None, problem))?;
        let order = counts.len();
        let mut parts = FileParts { bytes, at: Head::len(order) as u64 };
        const HASHES: &str = "the words' hashes";
        if let Kind::Trie { quantised, array } = head.kind {
            let hashes = parts.take(8 * (counts[0] + 1), HASHES)?;
            let words = bits::word(hashes, 0).min(counts[0]) as usize;
            let hashes = &hashes[8..][..8 * words];
            let codes = if quantised { Some(Codes::take(&mut parts, order)?) } else { None };
            let singles = parts.take(16 * (counts[0] + 2), "the 1-grams")?;
            let layers = (2..=order)
                .map(|number| Layer::take(&mut parts, number, counts, array, codes.as_ref()))
                .collect::<Result<Vec<Layer<'b>>, Fault>>()?;
            let (words, longer) = (Words::Trie(hashes), Longer::Trie(layers));
            return Ok(BinaryModel { order, words, singles, single: 16, longer });
        }
        let rest = if head.kind == Kind::RestProbing { 4 } else { 0 };
        parts.take(8, HASHES)?;
        let hashes = parts.take(12 * slots(counts[0], head.multiplier), HASHES)?;
        let single = 8 + rest;
        let singles = parts.take(single as u64 * (counts[0] + 1), "the 1-grams")?;
        let mut tables = Vec::new();
        for (number, &count) in (2..).zip(&counts[1..]) {
            let width = if number == order { 12 } else { 16 + rest };
            let bytes = slots(count, head.multiplier) * width as u64;
            tables.push(Table { slots: parts.take(bytes, "the n-grams")?, width });
        }
        let (words, longer) = (Words::Probing(hashes), Longer::Probing(tables));
        Ok(BinaryModel { order, words, singles, single, longer })
    }

    /// The length of the longest n-grams.
    pub fn order(&self) -> usize {
        self.order
    }

    /// Returns the number of a word, 0 if it is unknown.
    pub fn number(&self, word: &[u8]) -> u32 {
        let hash = murmur_hash_64a(word);
        match self.words {
            Words::Probing(slots) => {
                let table = Table { slots, width: 12 };
                let value = table.find(hash).and_then(|slot| slot.get(8..)?.first_chunk());
                value.map_or(0, |number| u32::from_le_bytes(*number))
            }
            Words::Trie(hashes) => {
                let hashes = hashes.as_chunks::<8>().0;
                let found = hashes.binary_search_by_key(&hash, |hash| u64::from_le_bytes(*hash));
                found.map_or(0, |place| place as u32 + 1)
            }
        }
    }

    /// Scores a word after a history of any length.
    pub fn score(&self, history: &[u32], word: u32) -> Score {
        let history = &history[history.len().saturating_sub(self.order - 1)..];
        let mut log_prob = self.single(word, 0);
        if let Longer::Probing(_) = self.longer {
            // The sign means something else.
            log_prob = -log_prob.abs();
        }
        let mut matched = 1;
        let mut node = self.word(word);
        for &before in history.iter().rev() {
            let Some((longer, value, _)) = self.lengthen(&node, matched, before) else { break };
            (node, log_prob) = (longer, value);
            matched += 1;
        }
        // Adds the back-off weights of the histories that are too long, shortest first.
        let Some((&last, before)) = history.split_last() else {
            return Score { log_prob: LogProb(log_prob), matched: matched as u8 };
        };
        let mut node = self.word(last);
        let mut backoff = self.single(last, 1);
        for length in 1.. {
            if length >= matched {
                log_prob += backoff;
            }
            let Some(&word) = before.len().checked_sub(length).and_then(|at| before.get(at)) else {
                break;
            };
            match self.lengthen(&node, length, word) {
                Some((longer, _, weight)) => (node, backoff) = (longer, weight),
                None => break,
            }
        }
        Score { log_prob: LogProb(log_prob), matched: matched as u8 }
    }

    /// Returns a number of a word: at index 0 the log-probability, at 1 the back-off weight.
    fn single(&self, word: u32, index: usize) -> f32 {
        let at = self.single * word as usize + 4 * index;
        float(self.singles.get(at..).unwrap_or_default(), 0)
    }

    fn word(&self, word: u32) -> Node {
        match &self.longer {
            Longer::Probing(_) => Node::Key(word.into()),
            Longer::Trie(_) => {
                let start = |word: u64| bits::word(self.singles, 2 * word + 1);
                Node::Children(start(word.into())..start(u64::from(word) + 1))
            }
        }
    }

    /// Puts a word before an n-gram of this order. Returns the result, its log-probability and its back-off weight.
    fn lengthen(&self, node: &Node, order: usize, before: u32) -> Option<(Node, f32, f32)> {
        match (&self.longer, node) {
            (Longer::Probing(tables), &Node::Key(key)) => {
                let table = tables.get(order - 1)?;
                let key = combine(key, before);
                let slot = table.find(key)?;
                let value = |index| float(&slot[8..], index);
                let backoff = if table.width > 12 { value(1) } else { 0.0 };
                Some((Node::Key(key), -value(0).abs(), backoff))
            }
            (Longer::Trie(layers), Node::Children(range)) => {
                let layer = layers.get(order - 1)?;
                let node = layer.find(range.clone(), before)?;
                if layer.is_highest {
                    return Some((Node::Children(0..0), layer.log_prob(node), 0.0));
                }
                let children = layer.child_start(node)..layer.child_start(node + 1);
                Some((Node::Children(children), layer.log_prob(node), layer.backoff(node)))
            }
            _ => None,
        }
    }
}

impl<'b> Table<'b> {
    /// Returns the slot of a key.
    fn find(&self, key: u64) -> Option<&'b [u8]> {
        let slots = (self.slots.len() / self.width) as u64;
        let mut slot = key.checked_rem(slots)?;
        // Bounded, as a damaged file may have no free slot.
        for _ in 0..slots {
            let bytes = self.slots.get(slot as usize * self.width..)?.get(..self.width)?;
            let found = u64::from_le_bytes(*bytes.first_chunk()?);
            if found == key {
                return Some(bytes);
            }
            if found == 0 {
                return None;
            }
            slot = if slot + 1 == slots { 0 } else { slot + 1 };
        }
        None
    }
}
