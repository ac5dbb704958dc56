//! The n-grams that KenLM's `lmplz` counts in another way when it fits discounts.
//!
//! It reads n-grams sorted by their last word, then the word before and so on, and notes those of lower orders when the next
//! one differs. The last one of each lower order is noted at the end, with its raw count in place of its
//! continuation count (kpu/kenlm#427). Only counts-of-counts, and so discounts, are concerned.
//!
//! `lmplz` numbers words by their first occurrence in the text, after `<unk>`, `<s>` and `</s>`.

use ngram_counts::{CountsOfCounts, IdBlocks};
use ngram_store::TemporaryError;
use ngram_tokenizer::WordId;
use std::collections::HashSet;

const NONE: u32 = u32::MAX;

/// Counts the last n-gram of each lower order by its raw count.
pub fn count_raw(
    counts: &mut [CountsOfCounts],
    blocks: &IdBlocks,
    words: usize,
) -> Result<(), TemporaryError> {
    let order = counts.len();
    for (counts, (continuations, raw)) in counts.iter_mut().zip(last(blocks, words, order)?) {
        counts.recount(continuations, raw);
    }
    Ok(())
}

/// Returns the continuation count and the raw count of the last n-gram of each order below the highest. Those that
/// begin with `<s>` have one count only, and are left out with all longer ones.
fn last(blocks: &IdBlocks, words: usize, order: usize) -> Result<Vec<(u64, u64)>, TemporaryError> {
    let (numbers, last) = first_occurrences(blocks, words)?;
    // The words before it, backwards, as numbers.
    let mut greatest: Vec<u32> = Vec::new();
    each(blocks, last, order, |before| {
        let number = |id: &u32| numbers.get(*id as usize).copied().unwrap_or(NONE);
        let before: Vec<u32> = before.iter().map(number).collect();
        if before > greatest {
            greatest = before;
        }
    })?;
    let begin = WordId::BEGIN.0;
    let lengths = greatest.iter().take_while(|&&number| number != begin).count() + 1;
    let mut raw = vec![0u64; lengths.min(order - 1)];
    let mut preceding = vec![HashSet::new(); raw.len()];
    each(blocks, last, order, |before| {
        for length in 1..=raw.len() {
            raw[length - 1] += 1;
            let Some(&word) = before.get(length - 1) else { break };
            preceding[length - 1].insert(word);
            let number = numbers.get(word as usize).copied().unwrap_or(NONE);
            if word == begin || greatest.get(length - 1) != Some(&number) {
                break;
            }
        }
    })?;
    Ok(preceding.iter().map(|words| words.len() as u64).zip(raw).collect())
}

/// Numbers words by their first occurrence, and returns the last one.
fn first_occurrences(blocks: &IdBlocks, words: usize) -> Result<(Vec<u32>, u32), TemporaryError> {
    let mut numbers = vec![NONE; words];
    let special = WordId::SPECIAL as usize;
    for (number, id) in numbers.iter_mut().enumerate().take(special) {
        *id = number as u32;
    }
    let (mut next, mut last) = (WordId::SPECIAL, WordId::END.0);
    for block in 0..blocks.len() {
        for &id in &*blocks.get(block)? {
            if let Some(number) = numbers.get_mut(id as usize)
                && *number == NONE
            {
                *number = next;
                next += 1;
                last = id;
            }
        }
    }
    Ok((numbers, last))
}

/// Calls `found` with the words before each occurrence of a word, backwards, up to `<s>` and one less than the order.
fn each(
    blocks: &IdBlocks,
    word: u32,
    order: usize,
    mut found: impl FnMut(&[u32]),
) -> Result<(), TemporaryError> {
    let mut before = Vec::new();
    for block in 0..blocks.len() {
        for sentence in blocks.get(block)?.split_inclusive(|&id| id == WordId::END.0) {
            for (at, _) in sentence.iter().enumerate().filter(|(_, id)| **id == word) {
                before.clear();
                let words = sentence[..at].iter().rev().copied();
                before.extend(words.chain([WordId::BEGIN.0]).take(order - 1));
                found(&before);
            }
        }
    }
    Ok(())
}
