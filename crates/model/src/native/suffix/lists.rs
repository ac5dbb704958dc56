//! Lists what follows histories of two words, if many words follow the second.
//!
//! The n-grams that begin with a history are anywhere in the partition of its last word. The words that follow it are
//! some of those that follow its last word, so these are looked up one by one. Where they are many, the lists of all
//! histories of two words are behind the lines of the partition, as these numbers of 32 bits and bytes:
//!
//! ```text
//! number of blocks
//! for each block      the first word of its first history; where its bytes start, after these numbers
//! for each history    (up to 32 in a block, by rising first words, each number as in `ngram_store::varint`)
//!                     how much its first word is above that of the one before; the bytes of its list;
//!                     list: places among the words that follow the last word, each less the one before
//! ```

use super::line::Line;
use crate::ScoredLevel;
use ngram_store::varint;
use std::ops::Range;
use zerocopy::little_endian::U32;
use zerocopy::{FromBytes, IntoBytes};

/// Words that more words than this follow have lists.
pub const LISTED: usize = 256;

/// Histories in a block.
const BLOCK: usize = 32;

/// Appends the lists of some histories of two words to `lines`. `words` are those that follow their last word. `bytes` is
/// a buffer.
pub fn append(
    level: &ScoredLevel,
    histories: Range<usize>,
    words: &[u32],
    bytes: &mut Vec<u8>,
    lines: &mut Vec<Line>,
) {
    bytes.clear();
    let blocks = histories.len().div_ceil(BLOCK);
    let mut numbers = vec![U32::new(0); 1 + 2 * blocks];
    numbers[0] = U32::new(blocks as u32);
    let mut list = Vec::new();
    for block in 0..blocks {
        let first = histories.start + block * BLOCK;
        let mut before = level.words[first];
        numbers[1 + 2 * block] = U32::new(before);
        numbers[2 + 2 * block] = U32::new(bytes.len() as u32);
        for history in first..histories.end.min(first + BLOCK) {
            let word = level.words[history];
            varint::put(bytes, u64::from(word - before));
            before = word;
            list.clear();
            let (mut place, mut place_before) = (0, 0);
            for &word in &level.successor_words[ScoredLevel::range(&level.successor_ends, history)]
            {
                place += super::build::position(&words[place..], word).unwrap_or_default();
                varint::put(&mut list, (place - place_before) as u64);
                place_before = place;
            }
            varint::put(bytes, list.len() as u64);
            bytes.extend_from_slice(&list);
        }
    }
    let all = [numbers.as_bytes(), bytes].concat();
    lines.extend(all.chunks(size_of::<Line>()).map(Line::of_bytes));
}

/// Returns the list of the history that begins with this word, as places among the words that follow its last word.
/// Empty if there is no such list, or if it is damaged.
pub fn find(lists: &[Line], first: u32) -> Vec<usize> {
    read(lists.as_bytes(), first).unwrap_or_default()
}

fn read(bytes: &[u8], first: u32) -> Option<Vec<usize>> {
    let (blocks, rest) = U32::ref_from_prefix(bytes).ok()?;
    let (blocks, bytes) =
        <[[U32; 2]]>::ref_from_prefix_with_elems(rest, blocks.get() as usize).ok()?;
    let block = blocks.partition_point(|block| block[0].get() <= first).checked_sub(1)?;
    let mut rest = bytes.get(blocks[block][1].get() as usize..)?;
    let mut word = u64::from(blocks[block][0].get());
    for _ in 0..BLOCK {
        word = word.wrapping_add(varint::take(&mut rest));
        let length = usize::try_from(varint::take(&mut rest)).ok()?;
        let (mut list, after) = rest.split_at_checked(length)?;
        if word == u64::from(first) {
            let mut place = 0usize;
            let mut places = Vec::with_capacity(length);
            while !list.is_empty() {
                place = place.checked_add(usize::try_from(varint::take(&mut list)).ok()?)?;
                places.push(place);
            }
            return Some(places);
        }
        rest = after;
    }
    None
}
