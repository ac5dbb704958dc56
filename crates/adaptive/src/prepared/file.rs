//! The file of a kind of contexts: the words that followed each, by position in a tree of words.
//!
//! ```text
//! head       64 bytes: what it is, of which tree, and where the parts begin
//! lists      u32 …       for each context: n, then n numbers
//! slots      u64 …       for each context, in order of its hash: some bits of the hash, and its list
//! buckets    u32 …       for each value of the hash's first bits: the number of the first slot
//! ```
//!
//! A number of a list has the word's position in its low bits, and above them how often this word or one before it
//! followed. Where that takes more bits, the list has n positions, then n sums.
//!
//! Contexts are told apart by 44 bits of their hashes if the tree has half a million words, and by 32 at least: of some
//! 100,000 that never came, one is taken for one that did. That costs bits, but is not wrong: encoder and decoder do the
//! same. Sums above 2³² − 1 are 2³² − 1.

use ngram_store::Mapped;
use std::path::Path;
use zerocopy::little_endian::{U32, U64};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

/// The first bytes of a file.
pub(super) const MAGIC: [u8; 8] = *b"ngramctx";
/// The version of the format.
pub(super) const VERSION: u32 = 1;

/// The head of a file.
#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub(super) struct ListsHead {
    pub magic: [u8; 8],
    pub version: U32,
    /// CRC-32 of everything after the head.
    pub crc: U32,
    /// The name of the kind.
    pub kind: [u8; 16],
    /// The fingerprint of the tree.
    pub tree: U32,
    /// The number of sources, at least 1.
    pub sources: U32,
    /// Bits of a position, of the number of a bucket, and of the hash in a slot.
    pub bits: [u8; 3],
    pub unused: [u8; 5],
    /// The number of u32s of lists, and of slots.
    pub lists: U64,
    pub slots: U64,
}

/// How hashes and positions are divided into bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bits {
    /// Of a position.
    pub position: u32,
    /// Of the number of a bucket.
    pub bucket: u32,
    /// Of the hash, in a slot.
    pub check: u32,
}

impl Bits {
    /// Chooses bits for a tree of `positions` words and a text of `tokens` tokens.
    pub fn new(positions: u32, tokens: u64) -> Bits {
        let position = u32::BITS - positions.max(2).saturating_sub(1).leading_zeros();
        let wanted = tokens.max(1).ilog2().saturating_sub(3);
        let bucket = wanted.clamp(4, 24).min(u64::BITS - position - 16);
        Bits { position, bucket, check: (u64::BITS - position - bucket).min(24) }
    }

    /// Returns the number of a context: the bits of its hash that tell it apart.
    pub fn context(self, hash: u64) -> u64 {
        hash >> (u64::BITS - self.bucket - self.check)
    }

    /// Bits of a slot that are not of the hash: the highest says that sums stand apart, the others where the list is.
    pub fn payload(self) -> u32 {
        u64::BITS - self.check
    }

    /// The highest sum that fits above a position.
    pub fn most(self) -> u64 {
        if self.position >= u32::BITS { 0 } else { u64::from(u32::MAX >> self.position) }
    }
}

/// Why a file of contexts cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ListsError {
    /// The file could not be read.
    #[error("it cannot be read: {0}")]
    Read(#[from] std::io::Error),
    /// The file is not one of contexts, or is cut off.
    #[error("it is damaged: {0}; make it again with `ngram prepare`")]
    Damaged(&'static str),
    /// The file was made for another tree of words.
    #[error("it was made for another model: make it again with `ngram prepare`")]
    OtherTree,
}

/// The contexts of a kind, with what followed them.
#[derive(Clone)]
pub struct ContextLists {
    mapped: Mapped,
    bits: Bits,
    sources: usize,
    /// Where the slots and the buckets begin, in bytes, and the number of slots.
    slots: usize,
    buckets: usize,
    count: usize,
    crc: u32,
}

/// Where the list of what followed a context is. A context that never came has an empty one.
#[derive(Clone, Copy, Debug, Default)]
struct ListPlace {
    /// Its first number, in bytes from the beginning of the file.
    place: usize,
    words: u32,
    /// Whether sums are apart from positions.
    is_apart: bool,
}

const HEAD: usize = size_of::<ListsHead>();

impl ContextLists {
    /// Opens the file of a kind for a tree of words with this fingerprint.
    ///
    /// # Errors
    ///
    /// If it cannot be read, is no such file, or is of another tree.
    pub fn open(path: &Path, kind: &str, tree: u32) -> Result<ContextLists, ListsError> {
        let mapped = Mapped::open(path)?;
        let damaged = |what| Err(ListsError::Damaged(what));
        let Ok((head, _)) = ListsHead::read_from_prefix(&mapped) else {
            return damaged("it is too short");
        };
        if head.magic != MAGIC || head.version.get() != VERSION {
            return damaged("it does not begin as such a file does");
        }
        if head.kind != padded(kind) {
            return damaged("it is of another kind");
        }
        if head.tree.get() != tree {
            return Err(ListsError::OtherTree);
        }
        let [position, bucket, check] = head.bits.map(u32::from);
        if !(1..=32).contains(&position)
            || !(4..=28).contains(&bucket)
            || !(8..=24).contains(&check)
        {
            return damaged("it divides hashes as no such file does");
        }
        let sizes = || {
            let slots = head.lists.get().checked_mul(4)?.checked_add(HEAD as u64)?;
            let buckets = head.slots.get().checked_mul(8)?.checked_add(slots)?;
            let end = buckets.checked_add(((1u64 << bucket) + 1) * 4)?;
            (end == mapped.len() as u64).then_some((slots as usize, buckets as usize))
        };
        let Some((slots, buckets)) = sizes() else {
            return damaged("its length is not what its head says");
        };
        Ok(ContextLists {
            bits: Bits { position, bucket, check },
            sources: head.sources.get().clamp(1, 255) as usize,
            slots,
            buckets,
            count: head.slots.get() as usize,
            crc: head.crc.get(),
            mapped,
        })
    }

    /// Reads the whole file and compares its checksum.
    ///
    /// # Errors
    ///
    /// [`ListsError::Damaged`] if it differs.
    pub fn verify(&self) -> Result<(), ListsError> {
        match crc32fast::hash(&self.mapped[HEAD..]) == self.crc {
            true => Ok(()),
            false => Err(ListsError::Damaged("its checksum differs")),
        }
    }

    /// Returns the checksum of the contents, as the head has it.
    pub fn checksum(&self) -> u32 {
        self.crc
    }

    /// Returns whether no other program has written to the file since it was opened, as far as the system tells.
    pub fn is_unchanged(&self) -> bool {
        self.mapped.is_unchanged()
    }

    /// The number of sources that contexts are told apart by, if they are.
    pub fn sources(&self) -> usize {
        self.sources
    }

    /// Fetches from memory what [`ListWalk::new`] reads first.
    pub fn prefetch(&self, hash: u64) {
        let bucket = self.buckets + 4 * (self.bits.context(hash) >> self.bits.check) as usize;
        if let Some(byte) = self.mapped.get(bucket) {
            ngram_tokenizer::prefetch(byte);
        }
    }

    /// Fetches from memory what [`ListWalk::new`] reads next.
    pub fn prefetch_slots(&self, hash: u64) {
        let bucket = (self.bits.context(hash) >> self.bits.check) as usize;
        let slot = self.slots + 8 * self.u32(self.buckets + 4 * bucket) as usize;
        if let Some(byte) = self.mapped.get(slot) {
            ngram_tokenizer::prefetch(byte);
        }
    }

    fn u32(&self, at: usize) -> u32 {
        let bytes = self.mapped.get(at..).unwrap_or_default();
        U32::read_from_prefix(bytes).map_or(0, |(number, _)| number.get())
    }

    fn u64(&self, at: usize) -> u64 {
        let bytes = self.mapped.get(at..).unwrap_or_default();
        U64::read_from_prefix(bytes).map_or(0, |(number, _)| number.get())
    }

    /// Returns the list of what followed the context with this hash.
    fn find(&self, hash: u64) -> ListPlace {
        let context = self.bits.context(hash);
        let bucket = (context >> self.bits.check) as usize;
        let check = context & ((1 << self.bits.check) - 1);
        let bound = |bucket: usize| (self.u32(self.buckets + 4 * bucket) as usize).min(self.count);
        let (mut low, end) = (bound(bucket), bound(bucket + 1));
        let mut high = end;
        let payload = self.bits.payload();
        while low < high {
            let middle = low.midpoint(high);
            match self.u64(self.slots + 8 * middle) >> payload < check {
                true => low = middle + 1,
                false => high = middle,
            }
        }
        if low >= end {
            return ListPlace::default();
        }
        let slot = self.u64(self.slots + 8 * low);
        if slot >> payload != check {
            return ListPlace::default();
        }
        let is_apart = slot >> (payload - 1) & 1 == 1;
        let rest = slot & ((1 << (payload - 1)) - 1);
        let place = HEAD.saturating_add((rest as usize).saturating_mul(4));
        let numbers = if is_apart { 2 } else { 1 };
        let words = self.u32(place);
        let room = self.slots.saturating_sub(place + 4) / (4 * numbers);
        let words = words.min(u32::try_from(room).unwrap_or(u32::MAX));
        ListPlace { place: place + 4, words, is_apart }
    }

    /// Returns the sum of counts of the first `words` words of a list; 0 for none.
    fn sum(&self, list: ListPlace, words: u32) -> u32 {
        let Some(last) = words.checked_sub(1) else { return 0 };
        match list.is_apart {
            true => self.u32(list.place + 4 * (list.words as usize + last as usize)),
            false => {
                let joint = self.u32(list.place + 4 * last as usize);
                (u64::from(joint) >> self.bits.position) as u32
            }
        }
    }

    /// Returns the number of the first word of a list, between `low` and `high`, whose position is not below `position`.
    fn search(&self, list: ListPlace, low: u32, high: u32, position: u32) -> u32 {
        let mask = if list.is_apart { u32::MAX } else { ((1u64 << self.bits.position) - 1) as u32 };
        let (mut low, mut high) = (low, high);
        while low < high {
            let middle = low.midpoint(high);
            match self.u32(list.place + 4 * middle as usize) & mask < position {
                true => low = middle + 1,
                false => high = middle,
            }
        }
        low
    }
}

/// Where a walk down the tree is in a list: the words of the list at the node, and the sums before and with them.
#[derive(Clone, Copy, Debug, Default)]
pub struct ListWalk {
    list: ListPlace,
    low: u32,
    middle: u32,
    high: u32,
    sums: [u32; 3],
}

impl ListWalk {
    /// Begins at the root, after the context with this hash.
    pub fn new(lists: &ContextLists, hash: u64) -> ListWalk {
        let list = lists.find(hash);
        let sum = lists.sum(list, list.words);
        ListWalk { list, low: 0, middle: 0, high: list.words, sums: [0, 0, sum] }
    }

    /// Returns how often a word of the node's left half followed, and one of its right half, which begins at the
    /// position `middle`.
    pub fn halves(&mut self, lists: &ContextLists, middle: u32) -> [u32; 2] {
        if self.low == self.high {
            return [0, 0];
        }
        self.middle = lists.search(self.list, self.low, self.high, middle);
        self.sums[1] = match self.middle {
            at if at == self.low => self.sums[0],
            at if at == self.high => self.sums[2],
            at => lists.sum(self.list, at),
        };
        // A damaged list may have sums that fall.
        let [before, below, all] = self.sums;
        [below.saturating_sub(before), all.saturating_sub(below)]
    }

    /// Moves to the half of the node whose halves were asked for last.
    pub fn descend(&mut self, is_left: bool) {
        if self.low == self.high {
            return;
        }
        match is_left {
            true => (self.high, self.sums[2]) = (self.middle, self.sums[1]),
            false => (self.low, self.sums[0]) = (self.middle, self.sums[1]),
        }
    }
}

/// Returns a kind's name as the head has it.
pub(super) fn padded(name: &str) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(name.bytes()).for_each(|(byte, given)| *byte = given);
    bytes
}
