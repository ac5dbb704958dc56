//! Packs a shard into few bytes, for a file.
//!
//! Levels are written from the longest histories to the shortest. For each history of a level:
//!
//! ```text
//! longest level     number of successors, successors
//! other levels      number of children, the children's words, and unless there is one child:
//!                   number of successors, successors
//! ```
//!
//! preceded by the total number of histories and of successors of the level.
//!
//! An only child's successors are its parent's, too, so they are not written twice. Words rise
//! within a list, so each but the first is written as its distance from the one before, minus one.
//! A successor's lowest bit says whether a count above 1 follows it.

use crate::LowerOrders;
use crate::trie::{Level, Shard};
use ngram_store::varint;

/// Appends a shard to `bytes`.
pub(crate) fn pack(shard: &Shard, bytes: &mut Vec<u8>) {
    varint::put(bytes, u64::from(shard.first_word));
    for (depth, level) in shard.levels.iter().enumerate().rev() {
        let next = shard.levels.get(depth + 1);
        varint::put(bytes, level.words.len() as u64);
        varint::put(bytes, level.successor_words.len() as u64);
        for history in 0..level.words.len() {
            if let Some(next) = next {
                let children = level.children(history);
                varint::put(bytes, children.len() as u64);
                put_rising(bytes, &next.words[children.clone()]);
                if children.len() == 1 {
                    continue;
                }
            }
            let successors = level.successors(history);
            let words = &level.successor_words[successors.clone()];
            varint::put(bytes, words.len() as u64);
            let mut least = 0;
            for (&word, &count) in words.iter().zip(&level.successor_counts[successors]) {
                varint::put(bytes, u64::from(word - least) << 1 | u64::from(count > 1));
                if count > 1 {
                    varint::put(bytes, u64::from(count) - 2);
                }
                least = word.wrapping_add(1);
            }
        }
    }
}

fn put_rising(bytes: &mut Vec<u8>, words: &[u32]) {
    let mut least = 0;
    for &word in words {
        varint::put(bytes, u64::from(word - least));
        least = word.wrapping_add(1);
    }
}

/// Reads a shard written by [`pack`]. `order` and `lower_orders` are those it was counted with.
pub(crate) fn unpack(mut bytes: &[u8], order: usize, lower_orders: LowerOrders) -> Shard {
    let bytes = &mut bytes;
    let first_word = varint::take(bytes) as u32;
    let mut levels = vec![Level::default(); order - 1];
    for depth in (0..order - 1).rev() {
        let (shorter, longer) = levels.split_at_mut(depth + 1);
        let level = &mut shorter[depth];
        let histories = varint::take(bytes) as usize;
        let successors = varint::take(bytes) as usize;
        level.words.reserve_exact(histories);
        level.successor_ends.reserve_exact(histories);
        level.successor_words.reserve_exact(successors);
        level.successor_counts.reserve_exact(successors);
        if depth + 2 < order {
            level.child_ends.reserve_exact(histories);
        }
        let mut next = longer.first_mut();
        let mut child = 0;
        for _ in 0..histories {
            if let Some(next) = &mut next {
                let children = varint::take(bytes) as usize;
                let mut least = 0;
                for _ in 0..children {
                    let word = least + varint::take(bytes) as u32;
                    next.words.push(word);
                    least = word.wrapping_add(1);
                }
                let only = child;
                child += children;
                level.child_ends.push(child as u32);
                if children == 1 {
                    let same = next.successors(only);
                    level.successor_words.extend_from_slice(&next.successor_words[same.clone()]);
                    match lower_orders {
                        LowerOrders::Raw => {
                            level.successor_counts.extend_from_slice(&next.successor_counts[same])
                        }
                        LowerOrders::Continuation => {
                            level.successor_counts.resize(level.successor_words.len(), 1);
                        }
                    }
                    level.successor_ends.push(level.successor_words.len() as u32);
                    continue;
                }
            }
            let mut least = 0;
            for _ in 0..varint::take(bytes) {
                let number = varint::take(bytes);
                let word = least + (number >> 1) as u32;
                let count = if number & 1 == 0 { 1 } else { varint::take(bytes) as u32 + 2 };
                level.successor_words.push(word);
                level.successor_counts.push(count);
                least = word.wrapping_add(1);
            }
            level.successor_ends.push(level.successor_words.len() as u32);
        }
    }
    let roots = levels[0].successor_ends.len();
    levels[0].words.extend((first_word..).take(roots));
    Shard { first_word, levels }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CountOptions, IdBlocks, Ids, NgramCounts};

    #[test]
    fn shards_come_back() {
        // Words 3 to 6 and <unk>; `<s>`, only children, several children, words without successors.
        let sentence: Vec<u32> =
            (0..500u32).map(|at| [3, 4, 3, 0, 5, 3, 8][(at * at % 7) as usize]).collect();
        let ids = [&[3, 4, 2, 5, 2, 2, 8, 4, 3, 2][..], &sentence, &[2, 3, 3, 3, 3, 4, 2]].concat();
        let mut frequencies = vec![0; 10];
        ids.iter().for_each(|&id| frequencies[id as usize] += 1);
        frequencies[1] = frequencies[2];
        let blocks = IdBlocks::from(vec![ids]);
        for order in [2, 3, 4, 9] {
            for lower_orders in [LowerOrders::Raw, LowerOrders::Continuation] {
                let ids = Ids { blocks: &blocks, frequencies: &frequencies };
                let options = CountOptions { lower_orders, ..CountOptions::new(order) };
                let counts = NgramCounts::count(ids, &options, &()).unwrap();
                for shard in counts.shards.into_vec().unwrap() {
                    let mut bytes = b"before".to_vec();
                    pack(&shard, &mut bytes);
                    assert_eq!(unpack(&bytes[6..], order, lower_orders), shard);
                }
            }
        }
    }
}
