//! Lists n-grams in text order, for other programs to read.
//!
//! The trie stores n-grams by their reversed histories. For a list they are sorted again in memory,
//! by words as written, so that lines `w1 w2 w3<TAB>count` are in byte order, the order of
//! `LC_ALL=C sort`. If they do not all fit in memory, they are listed in stretches of the alphabet
//! by their first words, and each stretch takes one pass over all counts.
//!
//! In such lines a word is followed by a space, or by a tab if it is the last, and either may sort
//! before or after a character that another word has in its place. So every word has two ranks, one
//! for each: keys of ranks sort like the lines, whatever characters the words contain.

use crate::NgramCounts;
use crate::key::{CountedKey, Key, Packing, Wide};
use crate::trie::{Level, Shard};
use ngram_store::{Cancelled, Progress, Resources, TemporaryError};
use ngram_tokenizer::{VocabView, WordId, escape};
use rayon::prelude::*;
use std::borrow::Cow;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

/// An n-gram with its count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ngram<'n> {
    /// The number of its words.
    pub order: usize,
    /// Its words, separated by spaces; each as [`escape`] writes it.
    pub text: &'n str,
    /// Its raw or continuation count.
    pub count: u64,
}

/// Options for [`each_sorted`].
#[derive(Clone, Copy)]
pub struct Listing<'l> {
    /// The words, by id.
    pub vocab: VocabView<'l>,
    /// The count of `<s>`, which is missing from the counts because it is never predicted.
    pub sentences: u64,
    /// The minimum count of the n-grams to list, for each order from 1; the last one applies to all
    /// higher orders. Empty to list all n-grams.
    pub least: &'l [u64],
    /// How much memory to use.
    pub resources: &'l Resources,
}

/// The error for more words than can be ranked twice in 32 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0} words are too many to list in order, the limit is {MOST_WORDS}: count fewer, with --max-vocab or --min-count"
)]
pub struct TooManyToList(pub usize);

/// Maximum number of words: each has two ranks, and no rank may be 0 or `u32::MAX`.
const MOST_WORDS: usize = (u32::MAX as usize - 1) / 2;

/// Calls `emit` with the n-grams of every order, in the order of lines `w1 w2 w3<TAB>count`.
///
/// # Errors
///
/// If there are more words than can be ranked, if counts cannot be read back, if `progress` stops
/// the work, or the first error of `emit`.
pub fn each_sorted<M: Sync, E>(
    counts: &NgramCounts<M>,
    listing: &Listing,
    progress: &dyn Progress,
    emit: impl FnMut(Ngram) -> Result<(), E>,
) -> Result<(), E>
where
    E: From<TemporaryError> + From<Cancelled> + From<TooManyToList> + Send,
{
    let packing = packing(counts.order, listing.vocab.len())?;
    let written: Vec<Cow<str>> = listing.vocab.words().map(escape).collect();
    let ranks = Ranks::new(&written);
    let job = Job { counts, listing, progress, written: &written, ranks };
    match packing {
        _ if packing.key_bits() <= 64 => job.run::<u64, E>(packing, emit),
        _ if packing.key_bits() <= 128 => job.run::<u128, E>(packing, emit),
        _ if Wide::<3>::fits(packing) => job.run::<Wide<3>, E>(packing, emit),
        _ if Wide::<8>::fits(packing) => job.run::<Wide<8>, E>(packing, emit),
        _ if Wide::<32>::fits(packing) => job.run::<Wide<32>, E>(packing, emit),
        _ => job.run::<Wide<64>, E>(packing, emit),
    }
}

/// Returns how keys are packed from ranks. Rank 0 marks the end, after the last word.
fn packing(order: usize, words: usize) -> Result<Packing, TooManyToList> {
    match words {
        0..=MOST_WORDS => Ok(Packing::new(order, 2 * words + 1)),
        _ => Err(TooManyToList(words)),
    }
}

/// The rank of each word among all, followed by a space or by a tab. Ranks begin at 1.
struct Ranks {
    /// By word id: the rank with a space, then with a tab.
    of: Vec<[u32; 2]>,
    /// The word of each rank, from rank 1 on.
    words: Vec<u32>,
}

impl Ranks {
    fn new(written: &[Cow<str>]) -> Ranks {
        let ids = 0..written.len() as u32;
        let mut forms: Vec<(u32, u8)> = ids.flat_map(|id| [(id, b' '), (id, b'\t')]).collect();
        let bytes = |&(id, end): &(u32, u8)| written[id as usize].bytes().chain([end]);
        forms.par_sort_unstable_by(|a, b| bytes(a).cmp(bytes(b)));
        let mut of = vec![[0; 2]; written.len()];
        for (rank, &(id, end)) in (1..).zip(&forms) {
            of[id as usize][usize::from(end == b'\t')] = rank;
        }
        Ranks { of, words: forms.into_iter().map(|(id, _)| id).collect() }
    }

    fn before_others(&self, word: u32) -> u32 {
        self.of[word as usize][0]
    }

    fn last(&self, word: u32) -> u32 {
        self.of[word as usize][1]
    }
}

struct Job<'j, M> {
    counts: &'j NgramCounts<M>,
    listing: &'j Listing<'j>,
    progress: &'j dyn Progress,
    written: &'j [Cow<'j, str>],
    ranks: Ranks,
}

impl<M: Sync> Job<'_, M> {
    fn run<K: Key, E: From<TemporaryError> + From<Cancelled> + Send>(
        &self,
        packing: Packing,
        mut emit: impl FnMut(Ngram) -> Result<(), E>,
    ) -> Result<(), E> {
        let all: u64 = self.counts.counts_of_counts.iter().map(|order| order.ngrams()).sum();
        // The counts do not include `<s>`.
        let all = all + 1;
        self.progress.begin("writing", Some(all), "n-grams");
        let size = size_of::<CountedKey<K>>() as u64;
        let resources = self.listing.resources;
        let room = match (resources.shares, resources.left()) {
            (Some(shares), _) => shares.keys,
            (None, u64::MAX) => u64::MAX,
            (None, left) => left / 4 * 3,
        };
        let stretches = match room / size {
            most if all <= most => vec![(1..u32::MAX, all)],
            most => self.stretches::<E>(most)?,
        };
        let mut text = String::new();
        for (ranks, ngrams) in stretches {
            let mut keys = self.collect::<K, E>(packing, &ranks, ngrams)?;
            self.progress.proceed()?;
            keys.par_sort_unstable();
            for (number, &CountedKey { key, count }) in keys.iter().enumerate() {
                if number % (1 << 14) == 0 {
                    self.progress.proceed()?;
                }
                text.clear();
                let mut order = 0;
                let mut first = 0;
                while order < packing.order
                    && let rank @ 1.. = key.digit(order, packing)
                {
                    let word = self.ranks.words[rank as usize - 1];
                    match order {
                        0 => first = word,
                        _ => text.push(' '),
                    }
                    text.push_str(&self.written[word as usize]);
                    order += 1;
                }
                let count = if order == 1 { self.of_word(first) } else { count };
                emit(Ngram { order, text: &text, count })?;
            }
            self.progress.advance(keys.len() as u64);
        }
        self.progress.end();
        Ok(())
    }

    /// Returns the count of a single word.
    fn of_word(&self, word: u32) -> u64 {
        match word {
            _ if word == WordId::BEGIN.0 => self.listing.sentences,
            _ => self.counts.unigrams[word as usize],
        }
    }

    fn is_listed(&self, order: usize, count: u64) -> bool {
        let least = self.listing.least;
        count >= least.get(order - 1).or(least.last()).copied().unwrap_or(0).max(1)
    }

    /// Returns the single words to list.
    fn words(&self) -> impl Iterator<Item = u32> {
        let words = 0..self.written.len() as u32;
        words.filter(|&word| self.is_listed(1, self.of_word(word)))
    }

    /// Splits the ranks of first words into stretches of at most `most` n-grams, or of one rank.
    fn stretches<E: From<TemporaryError> + From<Cancelled> + Send>(
        &self,
        most: u64,
    ) -> Result<Vec<(Range<u32>, u64)>, E> {
        let mut sizes = vec![0u64; self.ranks.words.len() + 1];
        self.words().for_each(|word| sizes[self.ranks.last(word) as usize] += 1);
        let sums = Mutex::new(&mut sizes);
        self.counts.shards.each(
            self.listing.resources.left(),
            Vec::new,
            |found: &mut Vec<(u32, u64)>, shard| {
                self.progress.proceed()?;
                found.clear();
                visit(shard, &mut |history, level, number| {
                    let counts = &level.successor_counts[level.successors(number)];
                    let order = history.len() + 1;
                    let listed =
                        counts.iter().filter(|&&count| self.is_listed(order, count.into()));
                    let first = history.last().copied().unwrap_or_default();
                    found.push((self.ranks.before_others(first), listed.count() as u64));
                });
                let mut sums = sums.lock().unwrap_or_else(PoisonError::into_inner);
                found.iter().for_each(|&(rank, more)| sums[rank as usize] += more);
                Ok::<(), E>(())
            },
        )?;
        let mut stretches: Vec<(Range<u32>, u64)> = Vec::new();
        for (rank, &size) in (0..).zip(&sizes).skip(1) {
            match stretches.last_mut() {
                Some((ranks, sum)) if *sum + size <= most => {
                    ranks.end = rank + 1;
                    *sum += size;
                }
                _ => stretches.push((rank..rank + 1, size)),
            }
        }
        Ok(stretches)
    }

    /// Collects the n-grams whose first words have ranks in a range.
    fn collect<K: Key, E: From<TemporaryError> + From<Cancelled> + Send>(
        &self,
        packing: Packing,
        ranks: &Range<u32>,
        ngrams: u64,
    ) -> Result<Vec<CountedKey<K>>, E> {
        let mut keys: Vec<CountedKey<K>> = Vec::with_capacity(ngrams as usize);
        for word in self.words().filter(|&word| ranks.contains(&self.ranks.last(word))) {
            let mut key = K::ZERO;
            key.put(0, self.ranks.last(word), packing);
            keys.push(CountedKey { key, count: 0 });
        }
        let all = Mutex::new(&mut keys);
        self.counts.shards.each(
            self.listing.resources.left(),
            Vec::new,
            |found: &mut Vec<CountedKey<K>>, shard| {
                self.progress.proceed()?;
                found.clear();
                visit(shard, &mut |history, level, number| {
                    let first = history.last().copied().unwrap_or_default();
                    if !ranks.contains(&self.ranks.before_others(first)) {
                        return;
                    }
                    let mut before = K::ZERO;
                    for (place, &word) in history.iter().rev().enumerate() {
                        before.put(place, self.ranks.before_others(word), packing);
                    }
                    let successors = level.successors(number);
                    let words = &level.successor_words[successors.clone()];
                    for (&word, &count) in words.iter().zip(&level.successor_counts[successors]) {
                        if self.is_listed(history.len() + 1, count.into()) {
                            let mut key = before;
                            key.put(history.len(), self.ranks.last(word), packing);
                            found.push(CountedKey { key, count: count.into() });
                        }
                    }
                });
                let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
                all.extend_from_slice(found);
                Ok::<(), E>(())
            },
        )?;
        Ok(keys)
    }
}

/// Calls `see` with every history, in reverse, and its index in its level.
fn visit<'s>(shard: &'s Shard, see: &mut impl FnMut(&[u32], &'s Level, usize)) {
    let mut history = Vec::with_capacity(shard.levels.len());
    for (number, word) in (0..shard.levels[0].successor_ends.len()).zip(shard.first_word..) {
        history.push(word);
        descend(&shard.levels, number, &mut history, see);
        history.pop();
    }
}

fn descend<'s>(
    levels: &'s [Level],
    number: usize,
    history: &mut Vec<u32>,
    see: &mut impl FnMut(&[u32], &'s Level, usize),
) {
    let depth = history.len();
    let level = &levels[depth - 1];
    see(history, level, number);
    if let Some(next) = levels.get(depth) {
        for child in level.children(number) {
            history.push(next.words[child]);
            descend(levels, child, history, see);
            history.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_ranks_a_word_are_told_apart_or_refused() {
        let most = (1 << 31) - 1;
        // The highest rank is one below the end of the range that stands for all ranks.
        assert_eq!(2 * most as u64, u64::from(u32::MAX) - 1);
        let packing_of = |words| packing(3, words).map(|packing| packing.bits);
        assert_eq!(packing_of(most), Ok(32));
        assert_eq!(packing_of(most + 1), Err(TooManyToList(1 << 31)));
        let key = <Wide<3>>::of(&[u32::MAX - 1, 1], u32::MAX - 2, packing(3, most).unwrap());
        let digits = [0, 1, 2].map(|place| key.digit(place, packing(3, most).unwrap()));
        assert_eq!(digits, [u32::MAX - 1, 1, u32::MAX - 2]);
    }
}
