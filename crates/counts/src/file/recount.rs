//! Counts the n-grams of count files: windows come from files, not from a text.
//!
//! Words are split into the same shards as when a text is counted. The windows of one shard are
//! read, sorted and closed together, and a thread never holds those of two shards, which bounds
//! memory. The memory of a window does not depend on its count, so shards are cut, and memory is
//! shared out, by the number of windows.

use crate::close::{Closer, Merge};
use crate::collect::{self, Collector};
use crate::count::{BUCKET, Room, buckets, closing, pieces, windows};
use crate::file::CountSet;
use crate::key::{CountedKey, Key, Packing, Wide};
use crate::shards::{ShardEntry, in_order};
use crate::trie::Shard;
use crate::{CountError, CountFileError, CountOptions, MAX_ORDER, NgramCounts};
use ngram_store::Progress;
use ngram_store::resources::Gate;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

impl<M: Send> NgramCounts<M> {
    /// Counts the n-grams of count files: the same as from their texts, up to the order of the files. `measure` as in
    /// [`NgramCounts::measured`].
    ///
    /// # Errors
    ///
    /// If the order is higher than that of the files, a file is damaged or changed since it was opened, a count
    /// overflows, there is too little memory, a temporary file cannot be written, or `progress` stops the work.
    pub fn from_files(
        set: &CountSet,
        options: &CountOptions,
        measure: impl Fn(&Shard) -> M + Sync,
        progress: &dyn Progress,
    ) -> Result<NgramCounts<M>, CountError> {
        let counts =
            NgramCounts::from_windows(set, &set.frequencies, set.order, options, measure, progress);
        // Everything has been read now. A change would also explain damage.
        if matches!(counts, Ok(_) | Err(CountError::File(_))) {
            set.unchanged()?;
        }
        counts
    }

    /// Like [`NgramCounts::from_files`], from any source. `counted` is the order of the windows.
    pub(crate) fn from_windows(
        source: &impl WindowSource,
        frequencies: &[u64],
        counted: usize,
        options: &CountOptions,
        measure: impl Fn(&Shard) -> M + Sync,
        progress: &dyn Progress,
    ) -> Result<NgramCounts<M>, CountError> {
        let order = options.order;
        if order == 0 || order > MAX_ORDER {
            return Err(CountError::Order(order));
        }
        if order > counted {
            return Err(CountError::OrderOfFiles { asked: order, counted });
        }
        if order == 1 {
            return Ok(collect::order_1(frequencies, options));
        }
        let packing = Packing::new(order, frequencies.len());
        let job = Job { source, frequencies, options, packing, measure, progress };
        match packing {
            _ if packing.key_bits() <= 64 => job.count::<u64, M>(),
            _ if packing.key_bits() <= 128 => job.count::<u128, M>(),
            _ if Wide::<4>::fits(packing) => job.count::<Wide<4>, M>(),
            _ if Wide::<8>::fits(packing) => job.count::<Wide<8>, M>(),
            // 32 limbs, each of two digits of up to 32 bits, hold the highest order.
            _ => job.count::<Wide<32>, M>(),
        }
    }
}

/// A source of windows, grouped by the last word of their histories.
pub(crate) trait WindowSource: Sync {
    /// Returns, for each of `words` words, an upper bound on the distinct windows whose history
    /// ends in it, no more than the word's frequency.
    fn sizes(&self, words: usize) -> Vec<u64>;

    /// Calls `emit` with each window whose history ends in one of a run of words: the history in
    /// reverse, of any length back to `<s>`, the word after it, and its count. A window may come
    /// more than once. `bytes` is a buffer.
    fn each(
        &self,
        words: Range<u32>,
        bytes: &mut Vec<u8>,
        emit: impl FnMut(&[u32], u32, u64),
    ) -> Result<(), CountFileError>;
}

/// The inputs of a counting run.
struct Job<'j, W, F> {
    source: &'j W,
    frequencies: &'j [u64],
    options: &'j CountOptions,
    packing: Packing,
    measure: F,
    progress: &'j dyn Progress,
}

impl<W: WindowSource, F> Job<'_, W, F> {
    fn count<K: Key, M: Send>(&self) -> Result<NgramCounts<M>, CountError>
    where
        F: Fn(&Shard) -> M + Sync,
    {
        let &Job { source, frequencies, options, packing, ref measure, progress } = self;
        let &CountOptions { order, lower_orders, ref resources } = options;
        // The bytes of a window and of its record in the file.
        let window = size_of::<CountedKey<K>>() as u64 + 2 * order as u64;
        let sizes = source.sizes(frequencies.len());
        let room = Room::new(resources, &sizes, order, window)?;
        let buckets = buckets(&sizes, BUCKET.min(room.shard));
        let shards = pieces(&buckets, room.shard);
        let total = windows(&buckets);
        progress.begin("counting", Some(total), "n-grams");
        let gate = Gate::new(room.work.saturating_add(room.round.saturating_mul(window)));
        let places = (room.counts, resources);
        let collector =
            Collector::new(order, lower_orders, measure, frequencies.len(), total, places);
        let found: Mutex<Vec<Option<ShardEntry<M>>>> =
            Mutex::new(shards.iter().map(|_| None).collect());
        in_order(
            shards.len(),
            || (Merge::default(), Vec::new(), Vec::new()),
            |(merge, bytes, keys), number| {
                progress.proceed()?;
                let buckets = &buckets[shards[number].clone()];
                let first_word = buckets.first().map_or(0, |bucket| bucket.words.start);
                let end_word = buckets.last().map_or(0, |bucket| bucket.words.end);
                let in_shard = windows(buckets);
                let _room = gate.enter(closing(in_shard, order) + in_shard.saturating_mul(window));
                keys.clear();
                source.each(first_word..end_word, bytes, |history, word, count| {
                    keys.push(CountedKey { key: K::of(history, word, packing), count });
                })?;
                keys.sort_unstable();
                let mut closer =
                    Closer::new(packing, frequencies.len(), lower_orders, first_word, merge);
                closer.add(keys)?;
                let shard = closer.finish(end_word)?;
                if resources.memory < u64::MAX {
                    *keys = Vec::new();
                }
                let entry = collector.keep(shard, in_shard, bytes)?;
                progress.advance(in_shard);
                found.lock().unwrap_or_else(PoisonError::into_inner)[number] = Some(entry);
                Ok::<(), CountError>(())
            },
        )?;
        progress.end();
        let found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
        Ok(collector.finish(found.into_iter().flatten().collect(), frequencies))
    }
}
