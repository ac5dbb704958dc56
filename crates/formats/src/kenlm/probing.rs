//! Writes hash tables of words and of n-grams.

use super::KenlmWriteError;
use super::head::slots;
use super::nodes::{Nodes, Orders};
use super::vocabulary::Words;
use ngram_model::table::WholeTable;
use ngram_store::{Cancelled, Progress};
use std::io::Write;

/// Returns the key of an n-gram, given the key of its last n − 1 words and its first word. The key of a word is its id.
pub fn combine(key: u64, first: u32) -> u64 {
    let word = (u64::from(first) + 1).wrapping_mul(17_894_857_484_156_487_943);
    key.wrapping_mul(8_978_948_897_894_561_157) ^ word
}

/// The sizes of the tables.
#[derive(Clone, Copy)]
pub struct TableSize {
    /// The number of 1-grams, which may differ by one from that of words.
    pub singles: u64,
    /// Slots per entry.
    pub multiplier: f32,
    /// Whether `<unk>` was added, whose numbers then look as if longer n-grams began with it.
    pub lacks_unknown: bool,
}

/// Writes the header, made from the number of n-grams of each order, the words' hashes and all n-grams,
/// holding two orders in memory at a time. The table is dropped as soon as it is no longer needed.
pub fn write(
    out: &mut impl Write,
    head: impl FnOnce(Vec<u64>) -> Vec<u8>,
    words: &Words,
    table: WholeTable<'_>,
    size: TableSize,
    progress: &dyn Progress,
) -> Result<(), KenlmWriteError> {
    let view = table.view();
    let mut orders = Orders::of(&view, progress)?;
    out.write_all(&head(orders.counts()))?;
    out.write_all(&vocabulary(words, size)?)?;
    let mut tables = Tables { keys: Vec::new(), order: 1, size, progress };
    let mut shorter = loop {
        let own = orders.advance()?;
        if orders.is_last() {
            break own;
        }
        out.write_all(&tables.of(&own, false)?)?;
        tables.lengthen(&own, orders.first_words())?;
    };
    let last = orders.into_last();
    drop(view);
    drop(table);
    out.write_all(&tables.of(&shorter, false)?)?;
    shorter.backoffs = Vec::new();
    tables.lengthen(&shorter, &last.first_words)?;
    drop(shorter);
    out.write_all(&tables.of(&last, true)?)?;
    Ok(())
}

/// Builds the hash tables, order by order.
struct Tables<'p> {
    /// The keys of the current order; empty for words, which need none.
    keys: Vec<u64>,
    order: usize,
    size: TableSize,
    progress: &'p dyn Progress,
}

impl Tables<'_> {
    /// Returns the bytes for the n-grams of the current order.
    fn of(&self, own: &Nodes, is_highest: bool) -> Result<Vec<u8>, KenlmWriteError> {
        match self.order {
            1 => Ok(unigrams(own, self.size)),
            order => {
                let multiplier = self.size.multiplier;
                table(own, &self.keys, is_highest, multiplier, self.progress)?
                    .ok_or(KenlmWriteError::SameKey(order))
            }
        }
    }

    /// Advances to the next order, whose n-grams begin with these words.
    fn lengthen(&mut self, shorter: &Nodes, first_words: &[u32]) -> Result<(), Cancelled> {
        let mut longer = Vec::with_capacity(first_words.len());
        for node in 0..shorter.len() {
            self.progress.proceed_at(node)?;
            let key = self.keys.get(node).copied().unwrap_or(node as u64);
            longer.extend(
                first_words[shorter.children(node)].iter().map(|&first| combine(key, first)),
            );
        }
        self.keys = longer;
        self.order += 1;
        Ok(())
    }
}

/// Returns the table from hashes to word ids.
fn vocabulary(words: &Words, size: TableSize) -> Result<Vec<u8>, KenlmWriteError> {
    let count = words.hashes.len();
    let mut table = Table::new(size.singles, 12, size.multiplier);
    for (number, &hash) in words.hashes.iter().enumerate().skip(1) {
        let value = table
            .insert(hash)
            .ok_or_else(|| KenlmWriteError::SameHash(words.written[number].to_string()))?;
        value.copy_from_slice(&(number as u32).to_le_bytes());
    }
    // A version, and the number of words.
    let mut bytes = vec![0; 4];
    bytes.extend((count as u32).to_le_bytes());
    bytes.extend(table.bytes);
    Ok(bytes)
}

/// Returns the words by id, and one empty entry.
fn unigrams(words: &Nodes, size: TableSize) -> Vec<u8> {
    let len = 8 * (size.singles as usize + 1);
    let mut bytes = Vec::with_capacity(len);
    for word in 0..words.len() {
        // KenLM does not set the sign of 0 here, as a word is always found.
        let log_prob = if words.log_probs[word] == 0.0 { 0.0 } else { signed(words, word) };
        let backoff = if size.lacks_unknown && word == 0 { 0.0 } else { words.backoffs[word] };
        bytes.extend(log_prob.to_le_bytes());
        bytes.extend(backoff.to_le_bytes());
    }
    bytes.resize(len, 0);
    bytes
}

/// Returns the n-grams of an order from 2 on; `None` if two have the same key.
fn table(
    ngrams: &Nodes,
    keys: &[u64],
    is_highest: bool,
    multiplier: f32,
    progress: &dyn Progress,
) -> Result<Option<Vec<u8>>, Cancelled> {
    let mut table = Table::new(keys.len() as u64, if is_highest { 12 } else { 16 }, multiplier);
    for (node, &key) in keys.iter().enumerate() {
        progress.proceed_at(node)?;
        let Some(value) = table.insert(key) else { return Ok(None) };
        value[..4].copy_from_slice(&signed(ngrams, node).to_le_bytes());
        if !is_highest {
            value[4..].copy_from_slice(&ngrams.backoffs[node].to_le_bytes());
        }
    }
    Ok(Some(table.bytes))
}

/// Returns a log-probability whose sign is set if no longer n-gram ends in this one.
fn signed(ngrams: &Nodes, node: usize) -> f32 {
    let log_prob = ngrams.log_probs[node].abs();
    if ngrams.children(node).is_empty() { -log_prob } else { log_prob }
}

/// A table of keys with values of one width, each in the first free slot from its home on.
struct Table {
    bytes: Vec<u8>,
    width: usize,
    slots: usize,
}

impl Table {
    fn new(entries: u64, width: usize, multiplier: f32) -> Table {
        let slots = slots(entries, multiplier) as usize;
        Table { bytes: vec![0; slots * width], width, slots }
    }

    /// Returns the place for the value of a new key; `None` for a key that exists already, and for
    /// 0, which marks a free slot. At least one slot must be free.
    fn insert(&mut self, key: u64) -> Option<&mut [u8]> {
        let mut slot = (key % self.slots as u64) as usize;
        loop {
            let start = slot * self.width;
            let found = self.bytes[start..].first_chunk().map_or(0, |key| u64::from_le_bytes(*key));
            if found == key {
                return None;
            }
            if found == 0 {
                let (place, value) = self.bytes[start..start + self.width].split_at_mut(8);
                place.copy_from_slice(&key.to_le_bytes());
                return Some(value);
            }
            slot = if slot + 1 == self.slots { 0 } else { slot + 1 };
        }
    }
}
