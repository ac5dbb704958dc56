//! All n-grams of a corpus, counted: windows into buckets, each sorted, closed and done.
//!
//! A bucket holds the windows of a few neighbouring words w[i−1]. Every history of length ≥ 1 lies
//! whole in one bucket, with all its extensions and with its parents down to length 1, so buckets
//! are finished one by one, in any order, by any thread; only the empty history adds up over them.

use crate::close::Closer;
use crate::key::{Key, Packing, Wide};
use crate::trie::Shard;
use crate::{Corpus, CountsOfCounts, Progress};
use ngram_tokenizer::WordId;
use rayon::prelude::*;
use std::ops::Range;

/// About how many windows a bucket holds: as many as sort well within a core's own cache.
const BUCKET: u64 = 1 << 15;

/// Windows are brought together in rounds of at least so many.
const ROUND: u64 = 1 << 22;

/// The longest n-grams that can be counted, whatever the vocabulary.
pub const MAX_ORDER: usize = 64;

/// What the n-grams below the highest order are counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LowerOrders {
    /// How often they occur.
    Raw,
    /// How many different words stand before them (Kneser and Ney 1995). N-grams that begin with
    /// `<s>`, before which nothing can stand, keep their raw counts.
    Continuation,
}

/// A count, or the number of n-grams in one part of the trie, that 32 bits cannot hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an n-gram occurs more than 4,294,967,295 times; train on less text")]
pub struct CountOverflow;

/// Why n-grams could not be counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CountError {
    /// The order is 0 or above [`MAX_ORDER`].
    #[error("order {0} is not between 1 and {MAX_ORDER}")]
    Order(usize),
    /// A count overflows.
    #[error(transparent)]
    Overflow(#[from] CountOverflow),
}

/// The n-grams of every order with their counts.
#[derive(Debug, PartialEq, Eq)]
pub struct NgramCounts {
    /// The order n.
    pub order: usize,
    /// Counts of single words, by number: raw, or for continuation counts how many different words
    /// (`<s>` among them) stand before each. 0 for `<s>`, which is never predicted.
    pub unigrams: Vec<u64>,
    /// The histories of length 1 to n − 1, in parts that follow one another by their first word.
    pub shards: Vec<Shard>,
    /// Counts-of-counts of each order, from 1 to n.
    pub counts_of_counts: Vec<CountsOfCounts>,
}

impl NgramCounts {
    /// Counts the n-grams of `corpus` up to this order.
    ///
    /// The result does not depend on the number of threads.
    pub fn count(
        corpus: Ids,
        order: usize,
        lower_orders: LowerOrders,
        progress: &dyn Progress,
    ) -> Result<NgramCounts, CountError> {
        if order == 0 || order > MAX_ORDER {
            return Err(CountError::Order(order));
        }
        if order == 1 {
            let counts_of_counts = vec![of_unigrams(corpus.frequencies)];
            let unigrams = predicted(corpus.frequencies).collect();
            return Ok(NgramCounts { order, unigrams, shards: Vec::new(), counts_of_counts });
        }
        let packing = Packing::new(order, corpus.frequencies.len());
        let shards = match packing {
            _ if packing.key_bits() <= 64 => shards::<u64>(corpus, packing, lower_orders, progress),
            _ if packing.key_bits() <= 128 => {
                shards::<u128>(corpus, packing, lower_orders, progress)
            }
            _ if Wide::<3>::fits(packing) => {
                shards::<Wide<3>>(corpus, packing, lower_orders, progress)
            }
            _ if Wide::<4>::fits(packing) => {
                shards::<Wide<4>>(corpus, packing, lower_orders, progress)
            }
            _ if Wide::<8>::fits(packing) => {
                shards::<Wide<8>>(corpus, packing, lower_orders, progress)
            }
            _ if Wide::<16>::fits(packing) => {
                shards::<Wide<16>>(corpus, packing, lower_orders, progress)
            }
            // 32 limbs of two digits of up to 32 bits hold the highest order there is.
            _ => shards::<Wide<32>>(corpus, packing, lower_orders, progress),
        }?;
        let unigrams = match lower_orders {
            LowerOrders::Raw => predicted(corpus.frequencies).collect(),
            LowerOrders::Continuation => {
                let mut unigrams = vec![0; corpus.frequencies.len()];
                for shard in &shards {
                    shard.levels[0]
                        .successor_words
                        .iter()
                        .for_each(|&word| unigrams[word as usize] += 1);
                }
                unigrams
            }
        };
        let mut counts_of_counts = vec![of_unigrams(&unigrams)];
        let by_shard: Vec<Vec<CountsOfCounts>> = shards
            .par_iter()
            .map(|shard| {
                let of_level =
                    |level: &crate::Level| level.successor_counts.iter().copied().collect();
                shard.levels.iter().map(of_level).collect()
            })
            .collect();
        for level in 0..order - 1 {
            let mut of_order = CountsOfCounts::default();
            by_shard.iter().for_each(|shard| of_order.merge(&shard[level]));
            counts_of_counts.push(of_order);
        }
        Ok(NgramCounts { order, unigrams, shards, counts_of_counts })
    }
}

/// The word ids to count, and how often each comes.
#[derive(Clone, Copy)]
pub struct Ids<'c> {
    /// Whole sentences, each closed by [`WordId::END`].
    pub blocks: &'c [Vec<u32>],
    /// How often each id comes; [`WordId::BEGIN`] once a sentence.
    pub frequencies: &'c [u64],
}

impl<'c> From<&'c Corpus> for Ids<'c> {
    fn from(corpus: &'c Corpus) -> Ids<'c> {
        Ids { blocks: &corpus.blocks, frequencies: &corpus.frequencies }
    }
}

/// The frequencies of what is predicted: all but `<s>`.
fn predicted(frequencies: &[u64]) -> impl Iterator<Item = u64> {
    let begin = WordId::BEGIN.index();
    frequencies.iter().enumerate().map(move |(id, &count)| if id == begin { 0 } else { count })
}

/// Counts-of-counts of single words, `<s>` left out.
fn of_unigrams(counts: &[u64]) -> CountsOfCounts {
    let seen = predicted(counts).filter(|&count| count > 0);
    seen.map(|count| count.min(u64::from(u32::MAX)) as u32).collect()
}

fn shards<K: Key>(
    corpus: Ids,
    packing: Packing,
    lower_orders: LowerOrders,
    progress: &dyn Progress,
) -> Result<Vec<Shard>, CountOverflow> {
    let vocab_len = corpus.frequencies.len();
    let buckets = buckets(corpus.frequencies);
    let total: u64 = buckets.iter().map(|bucket| bucket.windows).sum();
    progress.begin("counting", Some(total), "tokens");
    let mut bucket_of = vec![0u32; vocab_len];
    for (number, bucket) in buckets.iter().enumerate() {
        bucket_of[bucket.words.start as usize..bucket.words.end as usize].fill(number as u32);
    }
    let mut keys: Vec<K> = Vec::new();
    let mut shards = Vec::new();
    for round in pieces(&buckets, (total / 4).max(ROUND)) {
        let windows: u64 = buckets[round.clone()].iter().map(|bucket| bucket.windows).sum();
        keys.resize(keys.len().max(windows as usize), K::ZERO);
        let of_round = &mut keys[..windows as usize];
        scatter(corpus.blocks, packing, &bucket_of, round.clone(), of_round);
        let mut rest = of_round;
        let parts: Vec<(Range<usize>, &mut [K])> =
            pieces(&buckets[round.clone()], windows / 16 + 1)
                .into_iter()
                .map(|part| {
                    let part = round.start + part.start..round.start + part.end;
                    let windows: u64 =
                        buckets[part.clone()].iter().map(|bucket| bucket.windows).sum();
                    (part, rest.split_off_mut(..windows as usize).unwrap_or_default())
                })
                .collect();
        let found: Vec<Shard> = parts
            .into_par_iter()
            .map(|(part, mut keys)| {
                let words = buckets[part.start].words.start..buckets[part.end - 1].words.end;
                let mut closer = Closer::new(packing, vocab_len, lower_orders, words.start);
                for bucket in &buckets[part] {
                    let keys = keys.split_off_mut(..bucket.windows as usize).unwrap_or_default();
                    keys.sort_unstable();
                    closer.add(keys)?;
                    progress.advance(bucket.windows);
                }
                closer.finish(words.end)
            })
            .collect::<Result<_, CountOverflow>>()?;
        shards.extend(found);
    }
    progress.end();
    Ok(shards)
}

/// The windows whose history ends in one of a run of words.
struct Bucket {
    words: Range<u32>,
    windows: u64,
}

/// Cuts the vocabulary into runs of words with about [`BUCKET`] windows each, or one word.
fn buckets(frequencies: &[u64]) -> Vec<Bucket> {
    let mut buckets: Vec<Bucket> = Vec::new();
    for (word, &frequency) in (0u32..).zip(frequencies) {
        // </s> ends a sentence: nothing follows it.
        let windows = if word == WordId::END.0 { 0 } else { frequency };
        match buckets.last_mut() {
            Some(last) if last.windows + windows <= BUCKET => {
                last.words.end = word + 1;
                last.windows += windows;
            }
            _ => buckets.push(Bucket { words: word..word + 1, windows }),
        }
    }
    buckets
}

/// Cuts a list of buckets into runs of at most `most` windows, or of one bucket.
fn pieces(buckets: &[Bucket], most: u64) -> Vec<Range<usize>> {
    let mut pieces: Vec<Range<usize>> = Vec::new();
    let mut windows = 0;
    for (number, bucket) in buckets.iter().enumerate() {
        match pieces.last_mut() {
            Some(last) if windows + bucket.windows <= most => {
                last.end = number + 1;
                windows += bucket.windows;
            }
            _ => {
                pieces.push(number..number + 1);
                windows = bucket.windows;
            }
        }
    }
    pieces
}

/// Writes the keys of the buckets of one round, each bucket's together, in any order within.
fn scatter<K: Key>(
    blocks: &[Vec<u32>],
    packing: Packing,
    bucket_of: &[u32],
    round: Range<usize>,
    keys: &mut [K],
) {
    // Each group of blocks gets its own stretch of every bucket, so that threads never meet.
    let groups = rayon::current_num_threads().clamp(1, blocks.len().max(1));
    let group_size = blocks.len().div_ceil(groups).max(1);
    let sizes: Vec<Vec<u32>> = blocks
        .par_chunks(group_size)
        .map(|blocks| {
            let mut sizes = vec![0u32; round.len()];
            for ids in blocks {
                let mut previous = WordId::BEGIN.0;
                for &id in ids {
                    let bucket = (bucket_of[previous as usize] as usize).wrapping_sub(round.start);
                    if let Some(size) = sizes.get_mut(bucket) {
                        *size += 1;
                    }
                    previous = if id == WordId::END.0 { WordId::BEGIN.0 } else { id };
                }
            }
            sizes
        })
        .collect();
    let mut stretches: Vec<Vec<std::slice::IterMut<K>>> =
        sizes.iter().map(|_| Vec::new()).collect();
    let mut rest = keys;
    for bucket in 0..round.len() {
        for (group, sizes) in sizes.iter().enumerate() {
            let stretch = rest.split_off_mut(..sizes[bucket] as usize).unwrap_or_default();
            stretches[group].push(stretch.iter_mut());
        }
    }
    debug_assert!(rest.is_empty(), "every key has its place");
    stretches.into_par_iter().zip(blocks.par_chunks(group_size)).for_each(
        |(mut stretches, blocks)| {
            for ids in blocks {
                K::windows(ids, packing, |previous, key| {
                    let bucket = (bucket_of[previous as usize] as usize).wrapping_sub(round.start);
                    if let Some(place) = stretches.get_mut(bucket).and_then(Iterator::next) {
                        *place = key;
                    }
                });
            }
        },
    );
}
