//! Finished counts, in memory or in a temporary file, processed one shard at a time.

use crate::LowerOrders;
use crate::pack;
use crate::trie::Shard;
use ngram_store::resources::Gate;
use ngram_store::temporary::{PiecePlace, Temporary, TemporaryError};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// The shards of a trie, in word order.
///
/// Each shard has a *measure*, the information that the caller extracted when it was finished; the
/// shard itself may be in a file.
pub struct Shards<M> {
    entries: Vec<ShardEntry<M>>,
    file: Temporary,
    order: usize,
    lower_orders: LowerOrders,
}

/// A finished shard.
pub(crate) struct ShardEntry<M> {
    pub first_word: u32,
    pub measure: M,
    /// The shard's size in memory, in bytes.
    pub size: u64,
    pub shard: Kept,
}

/// The location of a shard.
pub(crate) enum Kept {
    Memory(Box<Shard>),
    File(PiecePlace),
}

impl<M> Shards<M> {
    pub(crate) fn new(
        entries: Vec<ShardEntry<M>>,
        file: Temporary,
        order: usize,
        lower_orders: LowerOrders,
    ) -> Shards<M> {
        Shards { entries, file, order, lower_orders }
    }

    /// Returns the number of shards.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Returns whether there are no shards, as for order 1.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Returns the measure of each shard, in order.
    pub fn measures(&self) -> impl ExactSizeIterator<Item = &M> {
        self.entries.iter().map(|entry| &entry.measure)
    }

    /// Returns the bytes they take in a temporary file.
    pub fn bytes_on_disk(&self) -> u64 {
        self.file.size()
    }

    /// Passes every shard and its index to `work`, using all threads of the current rayon pool.
    /// Shards are begun in order, and each is freed afterwards.
    ///
    /// The shards in progress take at most `room` bytes together, where working on one takes `cost`
    /// times the bytes of its counts; but one is always admitted. `start` creates the state that a
    /// thread carries from shard to shard.
    ///
    /// # Errors
    ///
    /// The first error, in time, of `work` or of reading a shard back. No shard is begun after it.
    pub fn for_each<S, E: From<TemporaryError> + Send>(
        self,
        room: u64,
        cost: f64,
        start: impl Fn() -> S + Sync,
        work: impl Fn(&mut S, usize, Shard) -> Result<(), E> + Sync,
    ) -> Result<(), E>
    where
        M: Send + Sync,
    {
        let shards = self.into_loose();
        let gate = Gate::new(room);
        in_order(
            shards.len(),
            || (start(), Vec::new()),
            |(carried, bytes), index| {
                let _room = gate.enter((shards.size(index) as f64 * cost) as u64);
                match shards.take(index, bytes)? {
                    Some(shard) => work(carried, index, shard),
                    None => Ok(()),
                }
            },
        )
    }

    /// Forgets the measures, so that shards can be taken out one by one.
    pub fn into_loose(self) -> LooseShards {
        let Shards { entries, file, order, lower_orders } = self;
        let loose = |ShardEntry { first_word, size, shard, .. }| LooseEntry {
            first_word,
            size,
            shard: Mutex::new(Some(shard)),
        };
        let entries = entries.into_iter().map(loose).collect();
        LooseShards { entries, file, order, lower_orders }
    }

    /// Passes a reference to every shard to `work`, using all threads of the current rayon pool,
    /// and keeps the shards.
    ///
    /// `room` and `start` are as in [`Shards::for_each`]; a shard already in memory takes no room.
    ///
    /// # Errors
    ///
    /// As for [`Shards::for_each`].
    pub fn each<S, E: From<TemporaryError> + Send>(
        &self,
        room: u64,
        start: impl Fn() -> S + Sync,
        work: impl Fn(&mut S, &Shard) -> Result<(), E> + Sync,
    ) -> Result<(), E>
    where
        M: Sync,
    {
        let gate = Gate::new(room);
        in_order(
            self.entries.len(),
            || (start(), Vec::new()),
            |(carried, bytes), index| {
                let entry = &self.entries[index];
                match &entry.shard {
                    Kept::Memory(shard) => work(carried, shard),
                    Kept::File(place) => {
                        let _room = gate.enter(entry.size.saturating_mul(2));
                        self.file.read(*place, bytes)?;
                        work(carried, &pack::unpack(bytes, self.order, self.lower_orders))
                    }
                }
            },
        )
    }

    /// Loads all shards into memory.
    pub fn into_vec(self) -> Result<Vec<Shard>, TemporaryError> {
        let Shards { entries, file, order, lower_orders } = self;
        let mut bytes = Vec::new();
        let shards = entries.into_iter().map(|entry| match entry.shard {
            Kept::Memory(shard) => Ok(*shard),
            Kept::File(place) => {
                file.read(place, &mut bytes)?;
                Ok(pack::unpack(&bytes, order, lower_orders))
            }
        });
        shards.collect()
    }
}

/// Shards that any thread may take out.
pub struct LooseShards {
    entries: Vec<LooseEntry>,
    file: Temporary,
    order: usize,
    lower_orders: LowerOrders,
}

struct LooseEntry {
    first_word: u32,
    size: u64,
    shard: Mutex<Option<Kept>>,
}

impl LooseShards {
    /// Returns the number of shards.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Returns whether there are no shards, as for order 1.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Returns the first word of a shard.
    pub fn first_word(&self, index: usize) -> u32 {
        self.entries[index].first_word
    }

    /// Returns the size of a shard in memory, in bytes.
    pub fn size(&self, index: usize) -> u64 {
        self.entries[index].size
    }

    /// Takes a shard out of memory, or reads it from the temporary file, which can be done again. `None` if it was
    /// taken. `bytes` is a buffer.
    ///
    /// # Errors
    ///
    /// If the file cannot be read.
    pub fn take(&self, index: usize, bytes: &mut Vec<u8>) -> Result<Option<Shard>, TemporaryError> {
        let mut kept = self.entries[index].shard.lock().unwrap_or_else(PoisonError::into_inner);
        match kept.take() {
            None => Ok(None),
            Some(Kept::Memory(shard)) => Ok(Some(*shard)),
            Some(Kept::File(place)) => {
                *kept = Some(Kept::File(place));
                drop(kept);
                self.file.read(place, bytes)?;
                Ok(Some(pack::unpack(bytes, self.order, self.lower_orders)))
            }
        }
    }

    /// Returns whether a shard is in the temporary file.
    pub fn is_on_disk(&self, index: usize) -> bool {
        let kept = self.entries[index].shard.lock().unwrap_or_else(PoisonError::into_inner);
        matches!(*kept, Some(Kept::File(_)))
    }
}

/// Does pieces of work `0..pieces`, begun in order, using all threads of the current rayon pool.
/// `start` creates the state that a thread carries from piece to piece.
///
/// # Errors
///
/// One of the errors of `work`. No piece is begun after it.
pub fn in_order<S, E: Send>(
    pieces: usize,
    start: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, usize) -> Result<(), E> + Sync,
) -> Result<(), E> {
    let next = AtomicUsize::new(0);
    let failed = AtomicBool::new(false);
    let results = rayon::broadcast(|_| {
        let mut carried = start();
        while !failed.load(Ordering::Relaxed) {
            let piece = next.fetch_add(1, Ordering::Relaxed);
            if piece >= pieces {
                break;
            }
            if let Err(error) = work(&mut carried, piece) {
                failed.store(true, Ordering::Relaxed);
                return Err(error);
            }
        }
        Ok(())
    });
    results.into_iter().collect()
}

/// Returns the size of a shard in memory, in bytes.
pub(crate) fn size(shard: &Shard) -> u64 {
    let of_level = |level: &crate::Level| {
        let numbers = [
            &level.words,
            &level.child_ends,
            &level.successor_ends,
            &level.successor_words,
            &level.successor_counts,
        ];
        numbers.iter().map(|numbers| 4 * numbers.len() as u64).sum::<u64>()
    };
    shard.levels.iter().map(of_level).sum()
}
