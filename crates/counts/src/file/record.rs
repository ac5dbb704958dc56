//! Encodes and decodes the windows of one word.

use crate::cursor::Cursor;
use crate::trie::Shard;
use crate::{CountOptions, LowerOrders};
use ngram_store::varint;
use ngram_tokenizer::WordId;

/// The record length of each word of a shard, in bytes. A writer must know them for all shards
/// before it writes the first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordLengths(pub(crate) Vec<u64>);

impl RecordLengths {
    /// Returns options to count for a file, without a memory limit. A file stores only the windows, whose counts are
    /// raw either way; continuation counts of shorter n-grams never overflow where those of windows do not.
    pub fn counting(order: usize) -> CountOptions {
        CountOptions { lower_orders: LowerOrders::Continuation, ..CountOptions::new(order) }
    }

    /// Measures a shard.
    pub fn of(shard: &Shard) -> RecordLengths {
        let mut bytes = Vec::new();
        let lengths = (0..shard.levels[0].successor_ends.len()).map(|root| {
            bytes.clear();
            encode(shard, root, &mut bytes);
            bytes.len() as u64
        });
        RecordLengths(lengths.collect())
    }
}

/// Appends the record of the shard's word at index `root` to `bytes`.
pub(crate) fn encode(shard: &Shard, root: usize, bytes: &mut Vec<u8>) {
    let word = shard.first_word + root as u32;
    if shard.levels[0].successors(root).is_empty() {
        return;
    }
    let mut path = Vec::with_capacity(shard.levels.len());
    let mut before = Vec::with_capacity(shard.levels.len());
    visit(shard, (0, root, word), &mut path, &mut before, bytes);
}

/// Writes the windows of all histories that end in `history`. `path` holds its words, except the
/// one nearest to the successor; `before` those of the history written last.
fn visit(
    shard: &Shard,
    (depth, history, word): (usize, usize, u32),
    path: &mut Vec<u32>,
    before: &mut Vec<u32>,
    bytes: &mut Vec<u8>,
) {
    let level = &shard.levels[depth];
    if let Some(next) = shard.levels.get(depth + 1)
        && word != WordId::BEGIN.0
    {
        for child in level.children(history) {
            let word = next.words[child];
            path.push(word);
            visit(shard, (depth + 1, child, word), path, before, bytes);
            path.pop();
        }
        return;
    }
    let shared = path.iter().zip(&*before).take_while(|(a, b)| a == b).count();
    let successors = level.successors(history);
    let words = &level.successor_words[successors.clone()];
    let head = (words.len() as u64 - 1) * shard.levels.len() as u64 + shared as u64;
    varint::put(bytes, head);
    for (place, &word) in path.iter().enumerate().skip(shared) {
        let least = if place == shared { before.get(place).map_or(0, |word| word + 1) } else { 0 };
        varint::put(bytes, u64::from(word - least));
    }
    let mut least = 0;
    for (&word, &count) in words.iter().zip(&level.successor_counts[successors]) {
        varint::put(bytes, u64::from(word - least) << 1 | u64::from(count > 1));
        if count > 1 {
            varint::put(bytes, u64::from(count) - 2);
        }
        least = word + 1;
    }
    before.clone_from(path);
}

/// Calls `emit` with each window of the record of `word`: its history in reverse, the word after
/// it, and its count. Returns `None` if the record is damaged. Every emitted word is less than
/// `words`, and counts are at least 1.
pub(crate) fn decode(
    record: &[u8],
    word: u32,
    order: usize,
    words: u32,
    mut emit: impl FnMut(&[u32], u32, u32),
) -> Option<()> {
    let mut cursor = Cursor(record);
    // Backwards from `word`.
    let mut history = vec![word];
    let mut is_first = true;
    while !cursor.0.is_empty() {
        let head = cursor.number()?;
        let levels = order as u64 - 1;
        let (successors, shared) = (head / levels, (head % levels) as usize);
        let place = shared + 1;
        if place > history.len() || !is_first && place == history.len() {
            return None;
        }
        let least = history.get(place).map_or(0, |&word| word.saturating_add(1));
        history.truncate(place);
        let mut least = Some(least);
        while history.len() < order - 1 && history.last() != Some(&WordId::BEGIN.0) {
            let word = Cursor::word(least.take().unwrap_or(0), cursor.number()?, words)?;
            if word == WordId::END.0 {
                return None;
            }
            history.push(word);
        }
        let mut least = 0;
        for _ in 0..=successors {
            let number = cursor.number()?;
            let word = Cursor::word(least, number >> 1, words)?;
            if word == WordId::BEGIN.0 {
                return None;
            }
            let more = if number & 1 == 1 { cursor.number()?.checked_add(1)? } else { 0 };
            emit(&history, word, u32::try_from(more).ok()?.checked_add(1)?);
            least = word + 1;
        }
        is_first = false;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{IdBlocks, Ids, NgramCounts};
    use std::collections::BTreeMap;

    fn windows(ids: &[u32], order: usize) -> BTreeMap<(Vec<u32>, u32), u32> {
        let mut windows = BTreeMap::new();
        for sentence in ids.split_inclusive(|&id| id == 2) {
            let padded = [&[1], sentence].concat();
            for at in 1..padded.len() {
                let history: Vec<u32> =
                    padded[..at].iter().rev().take(order - 1).copied().collect();
                *windows.entry((history, padded[at])).or_default() += 1;
            }
        }
        windows
    }

    #[test]
    fn windows_come_back_in_order() {
        let ids = [3, 4, 3, 4, 3, 2, 4, 3, 2, 0, 5, 2, 2, 0, 5, 4, 3, 3, 3, 3, 3, 2, 7, 0, 0, 2];
        let mut frequencies = vec![0; 9];
        ids.iter().for_each(|&id| frequencies[id as usize] += 1);
        frequencies[1] = frequencies[2];
        let blocks = IdBlocks::from(vec![ids.to_vec()]);
        for order in [2, 3, 4, 9] {
            let ids = Ids { blocks: &blocks, frequencies: &frequencies };
            let counts = NgramCounts::count(ids, &CountOptions::new(order), &()).unwrap();
            let mut found = Vec::new();
            for shard in counts.shards.into_vec().unwrap() {
                let lengths = RecordLengths::of(&shard).0;
                for (root, length) in lengths.into_iter().enumerate() {
                    let mut record = Vec::new();
                    encode(&shard, root, &mut record);
                    assert_eq!(record.len() as u64, length);
                    let word = shard.first_word + root as u32;
                    decode(&record, word, order, 9, |history, word, count| {
                        found.push(((history.to_vec(), word), count));
                    })
                    .unwrap();
                    // A vocabulary without words.
                    if !record.is_empty() {
                        assert_eq!(decode(&record, word, order, 0, |_, _, _| ()), None);
                    }
                }
            }
            let expected: Vec<_> = windows(&blocks.get(0).unwrap(), order).into_iter().collect();
            assert_eq!(found, expected, "order {order}");
        }
    }

    #[test]
    fn numbers_that_are_none_are_refused() {
        assert_eq!(Cursor(&[0xff, 0x01]).number(), Some(255));
        assert_eq!(Cursor(&[0x80; 3]).number(), None);
        assert_eq!(Cursor(&[0xff; 20]).number(), None);
        let most = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
        assert_eq!(Cursor(&most).number(), Some(u64::MAX));
        let more = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02];
        assert_eq!(Cursor(&more).number(), None);
    }

    #[test]
    fn any_bytes_are_windows_or_damage() {
        let mut state = 1u64;
        for _ in 0..20_000 {
            let record: Vec<u8> = (0..12)
                .map(|_| {
                    state = state.wrapping_mul(6364136223846793005).wrapping_add(1);
                    (state >> 59) as u8
                })
                .collect();
            decode(&record, 3, 4, 20, |history, word, count| {
                let words = history.iter().chain([&word]);
                assert!(words.copied().all(|word| word < 20) && history.len() <= 3 && count > 0);
            });
        }
    }
}
