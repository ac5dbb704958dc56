//! Collects finished shards one by one: measures and tallies them, and keeps them in memory or in a temporary file.

use crate::shards::{Kept, ShardEntry, size};
use crate::trie::{Level, Shard};
use crate::{CountsOfCounts, LowerOrders, NgramCounts, Shards, pack};
use ngram_store::temporary::Temporary;
use ngram_store::{Resources, TemporaryError};
use ngram_tokenizer::WordId;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// Collects shards from any thread and combines their counts at the end.
pub(crate) struct Collector<F> {
    order: usize,
    lower_orders: LowerOrders,
    measure: F,
    /// Bytes of shards that may stay in memory.
    room: u64,
    held: AtomicU64,
    /// Windows in total, and windows done so far.
    total: u64,
    done: AtomicU64,
    file: Temporary,
    totals: Mutex<Totals>,
}

/// Sums over all shards.
struct Totals {
    /// Continuation counts of single words; empty if raw counts are wanted.
    unigrams: Vec<u64>,
    by_order: Vec<CountsOfCounts>,
}

impl<F> Collector<F> {
    /// Creates a collector for shards of `windows` windows in total, of which `room` bytes may stay in memory.
    pub fn new(
        order: usize,
        lower_orders: LowerOrders,
        measure: F,
        vocab_len: usize,
        windows: u64,
        (room, resources): (u64, &Resources),
    ) -> Collector<F> {
        let unigrams = match lower_orders {
            LowerOrders::Raw => Vec::new(),
            LowerOrders::Continuation => vec![0; vocab_len],
        };
        let by_order = vec![CountsOfCounts::default(); order - 1];
        Collector {
            order,
            lower_orders,
            measure,
            room,
            held: AtomicU64::new(0),
            total: windows,
            done: AtomicU64::new(0),
            file: Temporary::new(&resources.temp_dir, "counts"),
            totals: Mutex::new(Totals { unigrams, by_order }),
        }
    }

    /// Takes a shard made from `windows` windows. `bytes` is a buffer.
    pub fn keep<M>(
        &self,
        mut shard: Shard,
        windows: u64,
        bytes: &mut Vec<u8>,
    ) -> Result<ShardEntry<M>, TemporaryError>
    where
        F: Fn(&Shard) -> M,
    {
        let measure = (self.measure)(&shard);
        self.add(&shard);
        let (first_word, size) = (shard.first_word, size(&shard));
        let done = self.done.fetch_add(windows, Ordering::Relaxed) + windows;
        let shard = if self.held.fetch_add(size, Ordering::Relaxed) + size <= self.room {
            if self.room < u64::MAX {
                shard.shrink_to_fit();
            }
            Kept::Memory(Box::new(shard))
        } else {
            self.held.fetch_sub(size, Ordering::Relaxed);
            bytes.clear();
            pack::pack(&shard, bytes);
            drop(shard);
            // Assumes that later shards take as much per window as those so far.
            let needed = |start| {
                let whole = u128::from(start + bytes.len() as u64) * u128::from(self.total);
                u64::try_from(whole / u128::from(done.max(1))).ok()
            };
            Kept::File(self.file.append(bytes, needed)?)
        };
        Ok(ShardEntry { first_word, measure, size, shard })
    }

    fn add(&self, shard: &Shard) {
        let of_level = |level: &Level| {
            level.successor_counts.iter().map(|&count| count.into()).collect::<CountsOfCounts>()
        };
        let by_order: Vec<CountsOfCounts> = shard.levels.iter().map(of_level).collect();
        let mut totals = self.totals.lock().unwrap_or_else(PoisonError::into_inner);
        let Totals { unigrams, by_order: sums } = &mut *totals;
        if !unigrams.is_empty() {
            shard.levels[0].successor_words.iter().for_each(|&word| unigrams[word as usize] += 1);
        }
        sums.iter_mut().zip(&by_order).for_each(|(sum, of_shard)| sum.merge(of_shard));
    }

    /// Returns all counts. `entries` must be in word order; `frequencies` are those of the text.
    pub fn finish<M>(self, entries: Vec<ShardEntry<M>>, frequencies: &[u64]) -> NgramCounts<M> {
        let Collector { order, lower_orders, file, totals, .. } = self;
        let Totals { unigrams, by_order } =
            totals.into_inner().unwrap_or_else(PoisonError::into_inner);
        let unigrams = match lower_orders {
            LowerOrders::Raw => predicted(frequencies).collect(),
            LowerOrders::Continuation => unigrams,
        };
        let mut counts_of_counts = vec![of_unigrams(&unigrams)];
        counts_of_counts.extend(by_order);
        let shards = Shards::new(entries, file, order, lower_orders);
        NgramCounts { order, unigrams, shards, counts_of_counts }
    }
}

/// Returns the counts of single words, for which the text need not be read.
pub(crate) fn order_1<M>(frequencies: &[u64], options: &crate::CountOptions) -> NgramCounts<M> {
    let file = Temporary::new(&options.resources.temp_dir, "counts");
    NgramCounts {
        order: 1,
        unigrams: predicted(frequencies).collect(),
        shards: Shards::new(Vec::new(), file, 1, options.lower_orders),
        counts_of_counts: vec![of_unigrams(frequencies)],
    }
}

/// Returns the frequencies of all words, with 0 for `<s>`, which is never predicted.
fn predicted(frequencies: &[u64]) -> impl Iterator<Item = u64> {
    let begin = WordId::BEGIN.index();
    frequencies.iter().enumerate().map(move |(id, &count)| if id == begin { 0 } else { count })
}

/// Returns the counts-of-counts of single words, without `<s>`.
fn of_unigrams(counts: &[u64]) -> CountsOfCounts {
    predicted(counts).filter(|&count| count > 0).collect()
}
