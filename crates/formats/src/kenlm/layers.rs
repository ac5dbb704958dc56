//! The parts of a trie in a file: the n-grams of each order, read in place.

use super::Problem;
use super::trie::{BACKOFF_BITS, LOG_PROB_BITS, cut_bits};
use ngram_store::bits::{self, width};
use std::cmp::Ordering;
use std::ops::Range;

/// The byte offset of a problem, if known, and the problem.
pub type Fault = (Option<u64>, Problem);

/// A file and a position in it.
pub struct FileParts<'b> {
    pub bytes: &'b [u8],
    pub at: u64,
}

impl<'b> FileParts<'b> {
    /// Takes the next part, of `len` bytes.
    pub fn take(&mut self, len: u64, part: &'static str) -> Result<&'b [u8], Fault> {
        let needed = self.at.saturating_add(len);
        let range = usize::try_from(self.at).ok().zip(usize::try_from(needed).ok());
        let part = range
            .and_then(|(start, end)| self.bytes.get(start..end))
            .ok_or((Some(self.bytes.len() as u64), Problem::Truncated { part, needed }))?;
        self.at = needed;
        Ok(part)
    }

    pub fn rest(&self) -> &'b [u8] {
        usize::try_from(self.at).ok().and_then(|at| self.bytes.get(at..)).unwrap_or_default()
    }
}

/// The values of the codes of quantized numbers.
pub struct Codes<'b> {
    log_prob_bits: u32,
    backoff_bits: u32,
    /// The larger of the two.
    pub bits: u8,
    /// For each order from 2 on, the values of log-probabilities, then of back-off weights except
    /// for the highest.
    tables: Vec<(&'b [u8], &'b [u8])>,
}

impl<'b> Codes<'b> {
    pub fn take(parts: &mut FileParts<'b>, order: usize) -> Result<Codes<'b>, Fault> {
        let at = parts.at;
        let head = parts.take(8, "the tables of quantised numbers")?;
        if head[0] != 2 {
            let structure = "quantised numbers";
            return Err((
                Some(at),
                Problem::StructureVersion { structure, version: head[0].into() },
            ));
        }
        if !(1..=25).contains(&head[1]) || !(1..=25).contains(&head[2]) {
            return Err((Some(at), Problem::Damaged("numbers have 1 to 25 bits when quantised")));
        }
        let mut table = |bits: u8| parts.take(4 << bits, "the tables of quantised numbers");
        let mut tables = Vec::new();
        for number in 2..=order {
            let backoffs =
                |table: &mut dyn FnMut(u8) -> Result<&'b [u8], Fault>| match number == order {
                    true => Ok(&[][..]),
                    false => table(head[2]),
                };
            tables.push((table(head[1])?, backoffs(&mut table)?));
        }
        let [log_prob_bits, backoff_bits] = [head[1], head[2]].map(u32::from);
        Ok(Codes { log_prob_bits, backoff_bits, bits: head[1].max(head[2]), tables })
    }
}

/// The nodes of an order from 2 on, as stored in the file.
pub struct Layer<'b> {
    pub order: usize,
    pub is_highest: bool,
    /// The byte offset at which it begins.
    pub start: u64,
    pub nodes: u64,
    /// The number of words.
    words: u64,
    longer: u64,
    word_bits: u32,
    log_prob_bits: u32,
    backoff_bits: u32,
    start_bits: u32,
    tables: Option<(&'b [u8], &'b [u8])>,
    /// For each value of the high bits of starts, from 0: the first node that has it. Empty if
    /// starts are stored whole.
    high: &'b [u8],
    records: &'b [u8],
}

impl<'b> Layer<'b> {
    pub fn take(
        parts: &mut FileParts<'b>,
        order: usize,
        counts: &[u64],
        array: bool,
        codes: Option<&Codes<'b>>,
    ) -> Result<Layer<'b>, Fault> {
        let is_highest = order == counts.len();
        let nodes = counts[order - 1];
        let longer = counts.get(order).copied().unwrap_or(0);
        let start = parts.at;
        let (log_prob_bits, backoff_bits) = match codes {
            Some(codes) => (codes.log_prob_bits, codes.backoff_bits),
            None => (LOG_PROB_BITS, BACKOFF_BITS),
        };
        let mut start_bits = width(longer);
        let mut high: &[u8] = &[];
        if array && !is_highest {
            const PART: &str = "the high bits of where n-grams start";
            // The first byte is the version, the second the most bits to cut off.
            let head = parts.bytes.get(start as usize..).and_then(|rest| rest.first_chunk::<2>());
            let head =
                head.ok_or((Some(start), Problem::Truncated { part: PART, needed: start + 2 }))?;
            if head[0] != 0 {
                let structure = "an array of pointers";
                return Err((
                    Some(start),
                    Problem::StructureVersion { structure, version: head[0].into() },
                ));
            }
            let cut = cut_bits(nodes + 1, longer, u32::from(head[1]));
            let entries = (longer >> (start_bits - cut)) + 1;
            let whole = parts.take(8 * (1 + entries) + 7, PART)?;
            // The array is at a multiple of 8 bytes, after one meaningless number.
            let skipped = (start.next_multiple_of(8) - start) as usize + 8;
            high = &whole[skipped..][..8 * entries as usize];
            start_bits -= cut;
        }
        let word_bits = width(counts[0]);
        let beyond = if is_highest { 0 } else { backoff_bits + start_bits };
        let bits = (1 + nodes) * u64::from(word_bits + log_prob_bits + beyond);
        let records = parts.take(bits.div_ceil(8) + bits::PADDING as u64, "the n-grams")?;
        Ok(Layer {
            order,
            is_highest,
            start,
            nodes,
            words: counts[0],
            longer,
            word_bits,
            log_prob_bits,
            backoff_bits: if is_highest { 0 } else { backoff_bits },
            start_bits: if is_highest { 0 } else { start_bits },
            tables: codes.map(|codes| codes.tables[order - 2]),
            high,
            records,
        })
    }

    /// Returns a node's first word, log-probability, back-off weight, and the start of its children. `high` is the
    /// value of the high bits of the last start that was read, in the order of nodes.
    pub fn record(&self, node: u64, high: &mut u64) -> (u64, f32, f32, u64) {
        let entries = self.high.len() as u64 / 8;
        while *high + 1 < entries && bits::word(self.high, *high + 1) <= node {
            *high += 1;
        }
        (self.word(node), self.log_prob(node), self.backoff(node), self.start_with(node, *high))
    }

    fn field(&self, node: u64, before: u32, width: u32) -> u64 {
        let total = self.word_bits + self.log_prob_bits + self.backoff_bits + self.start_bits;
        bits::read(self.records, node * u64::from(total) + u64::from(before), width)
    }

    /// Returns the number in the file of a node's first word.
    pub fn word(&self, node: u64) -> u64 {
        self.field(node, 0, self.word_bits)
    }

    /// Returns a node's log-probability.
    pub fn log_prob(&self, node: u64) -> f32 {
        // With codes, the back-off weight comes first.
        let before = self.tables.map_or(0, |_| self.backoff_bits);
        let code = self.field(node, self.word_bits + before, self.log_prob_bits);
        match self.tables {
            None => -f32::from_bits(code as u32),
            Some((log_probs, _)) => float(log_probs, code),
        }
    }

    /// Returns a node's back-off weight; 0 in the highest order.
    pub fn backoff(&self, node: u64) -> f32 {
        let before = self.tables.map_or(self.log_prob_bits, |_| 0);
        let code = self.field(node, self.word_bits + before, self.backoff_bits);
        match self.tables {
            None => f32::from_bits(code as u32),
            Some((_, backoffs)) => float(backoffs, code),
        }
    }

    /// Returns where a node's children start in the next order; for the number of nodes, where the last one's end.
    pub fn child_start(&self, node: u64) -> u64 {
        let entries = self.high.as_chunks::<8>().0;
        let first = entries.partition_point(|first| u64::from_le_bytes(*first) <= node);
        self.start_with(node, first.saturating_sub(1) as u64)
    }

    fn start_with(&self, node: u64, high: u64) -> u64 {
        let before = self.word_bits + self.log_prob_bits + self.backoff_bits;
        let low = self.field(node, before, self.start_bits);
        let high = if self.high.is_empty() { 0 } else { high << self.start_bits };
        (low | high).min(self.longer + 1)
    }

    /// Returns the node with this first word among those in a range, in which words rise. Interpolates as KenLM does,
    /// so that it is the same one where `<unk>` occurs twice.
    pub fn find(&self, range: Range<u64>, word: u32) -> Option<u64> {
        let word = u64::from(word);
        let (mut from, mut to) = (range.start, range.end.min(self.nodes));
        let (mut lowest, mut highest) = (0, self.words);
        while from < to && lowest <= word && word <= highest {
            let part = u128::from(word - lowest) * u128::from(to - from);
            let middle = from + (part / (u128::from(highest - lowest) + 1)) as u64;
            let found = self.word(middle);
            match found.cmp(&word) {
                Ordering::Less => (from, lowest) = (middle + 1, found),
                Ordering::Equal => return Some(middle),
                Ordering::Greater => (to, highest) = (middle, found),
            }
        }
        None
    }
}

/// Returns a number of a table, 0 beyond its end.
pub fn float(table: &[u8], index: u64) -> f32 {
    table.as_chunks::<4>().0.get(index as usize).map_or(0.0, |bytes| f32::from_le_bytes(*bytes))
}
