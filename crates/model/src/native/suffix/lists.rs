//! Lists what follows histories, where many words follow a shorter one.
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
//!                     list: places among the words that follow the shorter history, each less the one before;
//!                     if the list is long, the bytes of the lists of histories longer by a word, and these, as here
//! ```

use super::line::Line;
use crate::ScoredLevel;
use ngram_store::varint;
use ngram_tokenizer::WordId;
use std::ops::Range;
use zerocopy::little_endian::U32;
use zerocopy::{FromBytes, IntoBytes};

/// A history has lists of longer ones if it is followed by more words than this: fewer in tests, whose texts are small.
pub const LISTED: usize = if cfg!(test) { 16 } else { 128 };

/// Returns about how many bytes the lists of some histories take, which are followed by so many words in all.
pub fn about_bytes(histories: u64, successors: u64) -> u64 {
    // Most numbers take a byte, and a block of 32 histories eight more.
    3 * histories + histories / 4 + successors * 5 / 4
}

/// Histories in a block.
const BLOCK: usize = 32;

/// Appends the lists of some histories of two words to `lines`, and those of longer ones. `levels` has the histories of
/// two words, three, …; `words` are those that follow the last word. `bytes` is a buffer.
pub fn append(
    levels: &[ScoredLevel],
    histories: Range<usize>,
    words: &[u32],
    bytes: &mut Vec<u8>,
    lines: &mut Vec<Line>,
) {
    bytes.clear();
    put(levels, histories, words, bytes);
    lines.extend(bytes.chunks(size_of::<Line>()).map(Line::of_bytes));
}

fn put(levels: &[ScoredLevel], histories: Range<usize>, words: &[u32], bytes: &mut Vec<u8>) {
    let Some((level, longer)) = levels.split_first() else { return };
    let blocks = histories.len().div_ceil(BLOCK);
    let mut numbers = vec![U32::new(0); 1 + 2 * blocks];
    numbers[0] = U32::new(blocks as u32);
    let (mut text, mut list, mut lists) = (Vec::new(), Vec::new(), Vec::new());
    for block in 0..blocks {
        let first = histories.start + block * BLOCK;
        let mut before = level.words[first];
        numbers[1 + 2 * block] = U32::new(before);
        numbers[2 + 2 * block] = U32::new(text.len() as u32);
        for history in first..histories.end.min(first + BLOCK) {
            let word = level.words[history];
            varint::put(&mut text, u64::from(word - before));
            before = word;
            list.clear();
            let (mut place, mut place_before) = (0, 0);
            let own = &level.successor_words[ScoredLevel::range(&level.successor_ends, history)];
            for &word in own {
                place += super::build::position(&words[place..], word).unwrap_or_default();
                varint::put(&mut list, (place - place_before) as u64);
                place_before = place;
            }
            varint::put(&mut text, list.len() as u64);
            text.extend_from_slice(&list);
            if own.len() > LISTED {
                lists.clear();
                if !level.child_ends.is_empty() {
                    let children = ScoredLevel::range(&level.child_ends, history);
                    put(longer, children, own, &mut lists);
                }
                varint::put(&mut text, lists.len() as u64);
                text.extend_from_slice(&lists);
            }
        }
    }
    bytes.extend_from_slice(numbers.as_bytes());
    bytes.extend_from_slice(&text);
}

/// Returns places among the words that follow a history's last word: of all that follow the history, and perhaps of
/// others. `before` are the words before the last one, the nearest first; there is at least one. Empty if the history has
/// no list, or if lists are damaged.
pub fn find<'w>(lists: &[Line], before: impl Iterator<Item = &'w WordId>) -> Vec<usize> {
    let mut rest = lists.as_bytes();
    let mut places: Option<Vec<usize>> = None;
    for word in before {
        let Some((own, longer)) = read(rest, word.0) else { return Vec::new() };
        places = Some(match places {
            None => own,
            Some(all) => own.iter().filter_map(|&place| all.get(place).copied()).collect(),
        });
        rest = longer;
        if rest.is_empty() {
            break;
        }
    }
    places.unwrap_or_default()
}

/// Returns the list of the history that begins with this word, and the lists of longer ones if there are some.
fn read(bytes: &[u8], first: u32) -> Option<(Vec<usize>, &[u8])> {
    let (blocks, rest) = U32::ref_from_prefix(bytes).ok()?;
    let blocks = usize::try_from(blocks.get()).ok()?;
    let (blocks, bytes) = <[[U32; 2]]>::ref_from_prefix_with_elems(rest, blocks).ok()?;
    let block = blocks.partition_point(|block| block[0].get() <= first).checked_sub(1)?;
    let mut rest = bytes.get(blocks[block][1].get() as usize..)?;
    let mut word = u64::from(blocks[block][0].get());
    let part = |rest: &mut &'_ [u8]| usize::try_from(varint::take(rest)).ok();
    for _ in 0..BLOCK {
        word = word.wrapping_add(varint::take(&mut rest));
        let length = part(&mut rest)?;
        let (list, after) = rest.split_at_checked(length)?;
        rest = after;
        // Each number ends with a byte below 128.
        let words = || list.iter().filter(|&&byte| byte < 0x80).count();
        let mut longer: &[u8] = &[];
        if list.len() > LISTED && words() > LISTED {
            let length = part(&mut rest)?;
            (longer, rest) = rest.split_at_checked(length)?;
        }
        if word != u64::from(first) {
            continue;
        }
        let (mut list, mut place) = (list, 0usize);
        let mut places = Vec::with_capacity(list.len());
        while !list.is_empty() {
            place = place.checked_add(part(&mut list)?)?;
            places.push(place);
        }
        return Some((places, longer));
    }
    None
}
