//! Checks that no n-gram is missing from counts.
//!
//! In the counts of a text every history but a single word is an n-gram itself, and every n-gram is a history,
//! unless it ends in `</s>`. The two are in different parts of the trie, so each part sums a hash of both, and
//! the sums over all parts are equal if none is missing.

use crate::train::{self, ShardMeasure, TrainError};
use ngram_counts::{NgramCounts, Shard};
use ngram_store::Resources;
use ngram_tokenizer::{VocabView, WordId, escape};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// What the hash of an n-gram is multiplied by to append a word: any odd number of many bits does.
const APPEND: u64 = 0x9e37_79b9_7f4a_7c15;

/// Measures a shard of counts that may lack n-grams.
pub(crate) fn measure(shard: &Shard) -> ShardMeasure {
    ShardMeasure { surplus: surplus(shard), ..train::measure(shard) }
}

/// Returns, for each order from 2 to n − 1, the sum over its n-grams in a shard that words must follow, less
/// the sum over the shard's histories of that length, each of a hash of its words. Sums wrap around.
fn surplus(shard: &Shard) -> Vec<u64> {
    let Some(first) = shard.levels.first() else { return Vec::new() };
    let mut hashes: Vec<u64> =
        (shard.first_word..).take(first.successor_ends.len()).map(mixed).collect();
    // The factor of the next word before a history.
    let mut before = APPEND;
    let surplus = shard.levels.windows(2).map(|pair| {
        let [level, next] = pair else { return 0 };
        let mut sum = 0u64;
        let mut longer = Vec::with_capacity(next.successor_ends.len());
        for (history, &hash) in hashes.iter().enumerate() {
            let appended = hash.wrapping_mul(APPEND);
            for &word in &level.successor_words[level.successors(history)] {
                if word != WordId::END.0 {
                    sum = sum.wrapping_add(mixed_long(appended.wrapping_add(mixed(word))));
                }
            }
            for &word in &next.words[level.children(history)] {
                let hash = hash.wrapping_add(mixed(word).wrapping_mul(before));
                sum = sum.wrapping_sub(mixed_long(hash));
                longer.push(hash);
            }
        }
        before = before.wrapping_mul(APPEND);
        hashes = longer;
        sum
    });
    surplus.collect()
}

/// Spreads a word's bits.
fn mixed(word: u32) -> u64 {
    mixed_long(u64::from(word) + 1)
}

/// Spreads the bits of a number (the last steps of splitmix64).
fn mixed_long(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

/// Checks that no n-gram is missing from counts that [`measure`] measured.
///
/// # Errors
///
/// [`TrainError::Incomplete`], which names one, or [`TrainError::Temporary`] if a shard cannot be read back.
pub(crate) fn check_complete(
    counts: &NgramCounts<ShardMeasure>,
    vocab: VocabView<'_>,
    resources: &Resources,
) -> Result<(), TrainError> {
    for index in 0..counts.order.saturating_sub(2) {
        let surplus = counts.shards.measures().map(|measure| measure.surplus[index]);
        if surplus.fold(0, u64::wrapping_add) != 0 {
            return Err(missing(counts, index, vocab, resources)?);
        }
    }
    Ok(())
}

/// How an n-gram was found.
#[derive(Clone, Copy, Default)]
struct Seen {
    /// A word after it, if it is a history.
    after: Option<u32>,
    /// Whether it follows its own history.
    is_counted: bool,
}

/// Finds an n-gram that is a history without being counted, or else one that nothing follows. Holds all
/// histories of one length in memory.
fn missing(
    counts: &NgramCounts<ShardMeasure>,
    index: usize,
    vocab: VocabView<'_>,
    resources: &Resources,
) -> Result<TrainError, TrainError> {
    let found: Mutex<BTreeMap<Vec<u32>, Seen>> = Mutex::default();
    counts.shards.each(
        resources.left(),
        || (),
        |(), shard| {
            let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
            let (level, next) = (&shard.levels[index], &shard.levels[index + 1]);
            for (history, words) in histories(shard, index).into_iter().enumerate() {
                for &word in &level.successor_words[level.successors(history)] {
                    if word != WordId::END.0 {
                        let ngram = words.iter().rev().copied().chain([word]).collect();
                        found.entry(ngram).or_default().is_counted = true;
                    }
                }
                for child in level.children(history) {
                    let last = words.iter().rev().copied();
                    let ngram = [next.words[child]].into_iter().chain(last).collect();
                    let after = next.successor_words.get(next.successors(child).start);
                    found.entry(ngram).or_default().after = after.copied();
                }
            }
            Ok::<(), TrainError>(())
        },
    )?;
    let found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    let written = |words: &[u32]| {
        let words = words.iter().map(|&word| escape(vocab.word(WordId(word))));
        words.collect::<Vec<_>>().join(" ")
    };
    let missing = found.iter().find_map(|(ngram, seen)| {
        seen.after.filter(|_| !seen.is_counted).map(|after| (ngram, after))
    });
    if let Some((ngram, after)) = missing {
        let longer = written(&[&ngram[..], &[after]].concat());
        return Ok(TrainError::Incomplete { order: index + 2, ngram: written(ngram), longer });
    }
    let last = found.iter().find(|(_, seen)| seen.after.is_none());
    let ngram = last.map_or(String::new(), |(ngram, _)| written(ngram));
    Ok(TrainError::NothingFollows { order: index + 2, ngram })
}

/// Returns the histories of one level of a shard, read backwards.
fn histories(shard: &Shard, depth: usize) -> Vec<Vec<u32>> {
    let roots = shard.levels[0].successor_ends.len();
    let mut all: Vec<Vec<u32>> = (shard.first_word..).take(roots).map(|word| vec![word]).collect();
    for pair in shard.levels[..=depth].windows(2) {
        let [level, next] = pair else { return all };
        let longer = all.iter().enumerate().flat_map(|(history, words)| {
            let children = &next.words[level.children(history)];
            children.iter().map(move |&word| [&words[..], &[word]].concat())
        });
        all = longer.collect();
    }
    all
}
