//! Counts all n-grams of a corpus: distributes windows to buckets, then sorts and closes each.
//!
//! A bucket holds the windows of a few neighbouring words w[i−1]. Every history of length ≥ 1 is entirely in
//! one bucket, with all its extensions and with its parents down to length 1, so buckets are finished one by
//! one, in any order, by any thread; only the empty history sums over them.

use crate::close::{Closer, Merge};
use crate::collect::Collector;
use crate::ids::IdBuffers;
use crate::key::{Key, Packing, Wide};
use crate::shards::{ShardEntry, in_order};
use crate::trie::Shard;
use crate::{CountFileError, CountsOfCounts, Ids, Shards, collect};
use ngram_store::resources::Gate;
use ngram_store::{Cancelled, Progress, Resources, TemporaryError, TooLittleMemory};
use ngram_tokenizer::WordId;
use rayon::prelude::*;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

/// Approximate windows per bucket: as many as sort well within a core's own cache.
pub(crate) const BUCKET: u64 = 1 << 15;

/// Approximate windows in the buckets of one shard.
const SHARD: u64 = 1 << 18;

/// Minimum windows per round of bucketing, memory permitting.
const ROUND: u64 = 1 << 22;

/// The highest order that can be counted with any vocabulary.
pub const MAX_ORDER: usize = 64;

/// How the n-grams below the highest order are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LowerOrders {
    /// By how often they occur.
    Raw,
    /// By how many different words precede them (Kneser and Ney 1995). N-grams that begin with
    /// `<s>`, which nothing can precede, keep their raw counts.
    Continuation,
}

/// A number that does not fit in 32 bits. Single words and totals are counted in 64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CountOverflow {
    /// The count of an n-gram of this order, which is at least 2: its raw count or, below the
    /// highest order, its continuation count.
    #[error(
        "an n-gram of order {0} has a count above 4,294,967,295, the limit for two words or more: train on less text, or, if {0} is not the highest order, with a method of continuation counts (kneser-ney), which are lower"
    )]
    Count(usize),
    /// The number of n-grams of this order in one part of the trie, whose histories end in one or a few words.
    #[error(
        "more than 4,294,967,295 n-grams of order {0} have the same second-to-last word: train on less text, or with a lower order"
    )]
    Ngrams(usize),
}

/// Why n-grams could not be counted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CountError {
    /// The order is 0 or above [`MAX_ORDER`].
    #[error("order {0} is not between 1 and {MAX_ORDER}")]
    Order(usize),
    /// The order is above that of the count files.
    #[error(
        "order {asked} is above {counted}, the order of the counts: choose a lower one, or count the text again"
    )]
    OrderOfFiles {
        /// The requested order.
        asked: usize,
        /// The order of the files.
        counted: usize,
    },
    /// A count file cannot be used.
    #[error(transparent)]
    File(#[from] CountFileError),
    /// A count overflows.
    #[error(transparent)]
    Overflow(#[from] CountOverflow),
    /// There is not enough memory to count even one shard.
    #[error(transparent)]
    Memory(#[from] TooLittleMemory),
    /// A temporary file failed.
    #[error(transparent)]
    Temporary(#[from] TemporaryError),
    /// The work was stopped.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// Options for counting.
#[derive(Clone, Debug)]
pub struct CountOptions {
    /// The order n, from 1 to [`MAX_ORDER`].
    pub order: usize,
    /// How lower orders are counted.
    pub lower_orders: LowerOrders,
    /// How much memory to use, and where to put what does not fit.
    pub resources: Resources,
}

impl CountOptions {
    /// Returns options for raw counts, without a memory limit.
    pub fn new(order: usize) -> CountOptions {
        CountOptions { order, lower_orders: LowerOrders::Raw, resources: Resources::default() }
    }
}

/// The n-grams of every order with their counts.
pub struct NgramCounts<M = ()> {
    /// The order n.
    pub order: usize,
    /// Counts of single words, by id: raw counts, or, for continuation counts, the number of
    /// different words (including `<s>`) that precede each. 0 for `<s>`, which is never predicted.
    pub unigrams: Vec<u64>,
    /// The histories of length 1 to n − 1, in shards ordered by first word.
    pub shards: Shards<M>,
    /// Counts-of-counts of each order, from 1 to n.
    pub counts_of_counts: Vec<CountsOfCounts>,
}

impl NgramCounts {
    /// Counts the n-grams of `corpus` up to the order in `options`.
    ///
    /// The result depends neither on the number of threads nor on the available memory.
    ///
    /// # Errors
    ///
    /// If the order is out of range, a count overflows, there is too little memory, a temporary
    /// file cannot be written, or `progress` stops the work.
    pub fn count(
        corpus: Ids,
        options: &CountOptions,
        progress: &dyn Progress,
    ) -> Result<NgramCounts, CountError> {
        NgramCounts::measured(corpus, options, |_| (), progress)
    }
}

impl<M: Send> NgramCounts<M> {
    /// Like [`NgramCounts::count`], and measures each shard while it is in memory: for what a
    /// caller must know about all shards before it takes them from [`Shards::for_each`] one by one.
    ///
    /// # Errors
    ///
    /// As for [`NgramCounts::count`].
    pub fn measured(
        corpus: Ids,
        options: &CountOptions,
        measure: impl Fn(&Shard) -> M + Sync,
        progress: &dyn Progress,
    ) -> Result<NgramCounts<M>, CountError> {
        let &CountOptions { order, .. } = options;
        if order == 0 || order > MAX_ORDER {
            return Err(CountError::Order(order));
        }
        let job = Job { corpus, options, measure, progress };
        if order == 1 {
            return Ok(collect::order_1(corpus.frequencies, options));
        }
        let packing = Packing::new(order, corpus.frequencies.len());
        match packing {
            _ if packing.key_bits() <= 64 => job.count::<u64>(packing),
            _ if packing.key_bits() <= 128 => job.count::<u128>(packing),
            _ if Wide::<3>::fits(packing) => job.count::<Wide<3>>(packing),
            _ if Wide::<4>::fits(packing) => job.count::<Wide<4>>(packing),
            _ if Wide::<8>::fits(packing) => job.count::<Wide<8>>(packing),
            _ if Wide::<16>::fits(packing) => job.count::<Wide<16>>(packing),
            // 32 limbs, each of two digits of up to 32 bits, hold the highest order.
            _ => job.count::<Wide<32>>(packing),
        }
    }
}

/// The inputs of a counting run.
struct Job<'j, F> {
    corpus: Ids<'j>,
    options: &'j CountOptions,
    measure: F,
    progress: &'j dyn Progress,
}

impl<M: Send, F: Fn(&Shard) -> M + Sync> Job<'_, F> {
    fn count<K: Key>(&self, packing: Packing) -> Result<NgramCounts<M>, CountError> {
        let &CountOptions { order, lower_orders, ref resources } = self.options;
        let frequencies = self.corpus.frequencies;
        let vocab_len = frequencies.len();
        let room = Room::new(resources, frequencies, order, size_of::<K>() as u64)?;
        let buckets = buckets(frequencies, BUCKET.min(room.shard));
        let shards = pieces(&buckets, room.shard);
        let total = windows(&buckets);
        self.progress.begin("counting", Some(total), "tokens");
        let mut bucket_of = vec![0u32; vocab_len];
        for (number, bucket) in (0u32..).zip(&buckets) {
            bucket_of[bucket.words.start as usize..bucket.words.end as usize].fill(number);
        }
        let scatter = Scatter::new(self, packing, bucket_of, buckets.len())?;
        let gate = Gate::new(room.work);
        let places = (room.counts, resources);
        let collector =
            Collector::new(order, lower_orders, &self.measure, vocab_len, total, places);

        let mut keys: Vec<K> = Vec::new();
        let mut entries: Vec<ShardEntry<M>> = Vec::new();
        let mut begun = 0;
        while begun < shards.len() {
            let end = begun + most_within(&buckets, &shards[begun..], room.round);
            let round = shards[begun].start..shards[end - 1].end;
            let in_round = windows(&buckets[round.clone()]) as usize;
            if keys.len() < in_round {
                keys.resize(in_round, K::ZERO);
            }
            scatter.round(round, &mut keys[..in_round])?;

            let mut rest = &mut keys[..in_round];
            let parts: Vec<Mutex<Option<Part<K>>>> = shards[begun..end]
                .iter()
                .map(|shard| {
                    let buckets = &buckets[shard.clone()];
                    let keys = rest.split_off_mut(..windows(buckets) as usize).unwrap_or_default();
                    Mutex::new(Some(Part { buckets, keys }))
                })
                .collect();
            let found: Mutex<Vec<Option<ShardEntry<M>>>> =
                Mutex::new(parts.iter().map(|_| None).collect());
            in_order(
                parts.len(),
                || (Merge::default(), Vec::new()),
                |(merge, bytes), number| {
                    let part = parts[number].lock().unwrap_or_else(PoisonError::into_inner).take();
                    let Some(Part { buckets, keys }) = part else { return Ok(()) };
                    let windows = keys.len() as u64;
                    let _room = gate.enter(closing(windows, order));
                    let shard = self.close(packing, buckets, keys, merge)?;
                    let entry = collector.keep(shard, windows, bytes)?;
                    let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
                    found[number] = Some(entry);
                    Ok::<(), CountError>(())
                },
            )?;
            let found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
            entries.extend(found.into_iter().flatten());
            begun = end;
        }
        self.progress.end();

        Ok(collector.finish(entries, frequencies))
    }

    /// Sorts and closes the buckets of one shard.
    fn close<K: Key>(
        &self,
        packing: Packing,
        buckets: &[Bucket],
        mut keys: &mut [K],
        merge: &mut Merge,
    ) -> Result<Shard, CountError> {
        let first_word = buckets.first().map_or(0, |bucket| bucket.words.start);
        let end_word = buckets.last().map_or(0, |bucket| bucket.words.end);
        let vocab_len = self.corpus.frequencies.len();
        let lower_orders = self.options.lower_orders;
        let mut closer = Closer::new(packing, vocab_len, lower_orders, first_word, merge);
        for bucket in buckets {
            self.progress.proceed()?;
            let keys = keys.split_off_mut(..bucket.windows as usize).unwrap_or_default();
            keys.sort_unstable();
            closer.add(keys)?;
            self.progress.advance(bucket.windows);
        }
        Ok(closer.finish(end_word)?)
    }
}

/// The keys of one shard before sorting.
struct Part<'k, K> {
    buckets: &'k [Bucket],
    keys: &'k mut [K],
}

/// The memory budget for counting.
pub(crate) struct Room {
    /// Windows per shard, unless a single word has more.
    pub shard: u64,
    /// Windows per round, unless a single shard has more.
    pub round: u64,
    /// Bytes of finished shards that may stay in memory.
    pub counts: u64,
    /// Bytes that the shards in progress may take.
    pub work: u64,
}

/// Estimates the bytes that the counts of `windows` windows take. On ten million words of English
/// it is 35 per window at order 5; after frequent words, where it matters, 20 to 32. At higher
/// orders nearly every window is an n-gram and a history of its own, which takes 20 bytes.
pub(crate) fn closing(windows: u64, order: usize) -> u64 {
    let levels = order as u64 - 1;
    windows.saturating_mul(8 * levels.min(4) + 20 * levels.saturating_sub(4))
}

impl Room {
    /// The memory that processing a shard later takes, in halves of the memory of its counts.
    const LATER: u64 = 10;

    pub fn new(
        resources: &Resources,
        frequencies: &[u64],
        order: usize,
        key: u64,
    ) -> Result<Room, TooLittleMemory> {
        let total: u64 = frequencies.iter().sum();
        let wanted = (total / 4).max(ROUND);
        if let Some(shares) = resources.shares {
            let round = shares.keys / key;
            let shard = (round / 4).clamp(1, SHARD);
            return Ok(Room { shard, round, counts: shares.counts, work: u64::MAX });
        }
        let left = resources.left();
        if left == u64::MAX {
            return Ok(Room { shard: SHARD, round: wanted, counts: u64::MAX, work: u64::MAX });
        }
        let threads = rayon::current_num_threads() as u64;
        // Each word's bucket, counts by word, and one array over all words per thread.
        let fixed = frequencies.len() as u64 * (4 + 8 + 4 * threads);
        let most = frequencies.iter().copied().max().unwrap_or(0);
        let shard = SHARD.min(left / (16 * key * threads)).max(1 << 12);
        let one = most.max(shard);
        let least =
            fixed + (one * key + closing(one, order)).max(closing(one, order) / 2 * Room::LATER);
        if left < least {
            let what = format!("counting the most frequent word, which comes {most} times");
            return Err(resources.too_little(what, least));
        }
        let free = left - fixed;
        let work =
            closing(one, order).saturating_mul(threads).min(free / 5 * 2).max(closing(one, order));
        // Fewer rounds save more than counts kept in memory.
        let keys = (wanted * key).min(free - work).max(one * key);
        Ok(Room { shard, round: keys / key, counts: free.saturating_sub(work + keys), work })
    }
}

/// The windows whose history ends in one of a run of words.
pub(crate) struct Bucket {
    pub words: Range<u32>,
    pub windows: u64,
}

pub(crate) fn windows(buckets: &[Bucket]) -> u64 {
    buckets.iter().map(|bucket| bucket.windows).sum()
}

/// Returns how many of the first shards have at most `most` windows together, but at least 1.
fn most_within(buckets: &[Bucket], shards: &[Range<usize>], most: u64) -> usize {
    let mut sum = 0;
    let fit = shards.iter().take_while(|shard| {
        sum += windows(&buckets[shard.start..shard.end]);
        sum <= most
    });
    fit.count().max(1)
}

/// Splits the vocabulary into runs of words with about `size` windows each, or of one word.
pub(crate) fn buckets(frequencies: &[u64], size: u64) -> Vec<Bucket> {
    let mut buckets: Vec<Bucket> = Vec::new();
    for (word, &frequency) in (0u32..).zip(frequencies) {
        // </s> ends a sentence: nothing follows it.
        let windows = if word == WordId::END.0 { 0 } else { frequency };
        match buckets.last_mut() {
            Some(last) if last.windows + windows <= size => {
                last.words.end = word + 1;
                last.windows += windows;
            }
            _ => buckets.push(Bucket { words: word..word + 1, windows }),
        }
    }
    buckets
}

/// Splits a list of buckets into runs of at most `most` windows, or of one bucket.
pub(crate) fn pieces(buckets: &[Bucket], most: u64) -> Vec<Range<usize>> {
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

/// Distributes the windows of a round to their buckets.
///
/// Each group of blocks gets its own stretch of every bucket, so that threads never contend.
struct Scatter<'s> {
    corpus: Ids<'s>,
    packing: Packing,
    bucket_of: Vec<u32>,
    groups: Vec<Group>,
    progress: &'s dyn Progress,
}

struct Group {
    blocks: Range<usize>,
    /// The group's windows in each bucket: in 64 bits, as the bucket of one word has no bound.
    sizes: Vec<u64>,
}

impl<'s> Scatter<'s> {
    fn new<F>(
        job: &Job<'s, F>,
        packing: Packing,
        bucket_of: Vec<u32>,
        buckets: usize,
    ) -> Result<Scatter<'s>, CountError> {
        let Job { corpus, progress, .. } = *job;
        let blocks = corpus.blocks.len();
        let groups = rayon::current_num_threads().clamp(1, blocks.max(1));
        let group_size = blocks.div_ceil(groups).max(1);
        let groups: Vec<Group> = (0..groups)
            .into_par_iter()
            .map(|group| {
                let start = (group * group_size).min(blocks);
                let blocks = start..(start + group_size).min(blocks);
                let mut sizes = vec![0u64; buckets];
                let mut scratch = IdBuffers::default();
                for block in blocks.clone() {
                    progress.proceed()?;
                    let mut previous = WordId::BEGIN.0;
                    for &id in corpus.blocks.read(block, &mut scratch)? {
                        sizes[bucket_of[previous as usize] as usize] += 1;
                        previous = if id == WordId::END.0 { WordId::BEGIN.0 } else { id };
                    }
                }
                Ok(Group { blocks, sizes })
            })
            .collect::<Result<_, CountError>>()?;
        Ok(Scatter { corpus, packing, bucket_of, groups, progress })
    }

    /// Writes the keys of the buckets of one round, bucket by bucket, in any order within.
    fn round<K: Key>(&self, round: Range<usize>, keys: &mut [K]) -> Result<(), CountError> {
        let mut stretches: Vec<Vec<std::slice::IterMut<K>>> =
            self.groups.iter().map(|_| Vec::with_capacity(round.len())).collect();
        let mut rest = keys;
        for bucket in round.clone() {
            for (group, stretches) in self.groups.iter().zip(&mut stretches) {
                let size = group.sizes[bucket] as usize;
                stretches.push(rest.split_off_mut(..size).unwrap_or_default().iter_mut());
            }
        }
        debug_assert!(rest.is_empty(), "every key has its place");
        stretches.into_par_iter().zip(&self.groups).try_for_each(|(mut stretches, group)| {
            let mut scratch = IdBuffers::default();
            for block in group.blocks.clone() {
                self.progress.proceed()?;
                let ids = self.corpus.blocks.read(block, &mut scratch)?;
                K::windows(ids, self.packing, |previous, key| {
                    let bucket =
                        (self.bucket_of[previous as usize] as usize).wrapping_sub(round.start);
                    if let Some(place) = stretches.get_mut(bucket).and_then(Iterator::next) {
                        *place = key;
                    }
                });
            }
            Ok(())
        })
    }
}
