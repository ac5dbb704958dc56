//! Counts what follows contexts of a kind, in bounded memory.
//!
//! Each token of the text is a number: its context's, then its position. Sorted, they are lists. If not all of them fit
//! in memory, the contexts are divided by their first bits, and the text is read again for each part. The file is the
//! same. A context that came once tells little and takes much space; it is left out.

use super::file::{Bits, ListsHead, MAGIC, VERSION, padded};
use super::kinds::{ContextKind, RecentTokens};
use crate::tree::WordTree;
use crc32fast::Hasher;
use ngram_store::temporary::{PiecePlace, Temporary};
use ngram_store::{Progress, folder_of};
use ngram_tokenizer::WordId;
use rayon::prelude::*;
use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufWriter, Seek, Write};
use std::ops::Range;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use zerocopy::IntoBytes;
use zerocopy::little_endian::U32;

/// Contexts that came less often are left out.
pub const LEAST: u64 = 2;

/// A text of several sources, in blocks of whole sentences.
pub trait SourceText: Sync {
    /// The number of blocks.
    fn blocks(&self) -> usize;
    /// The number of tokens.
    fn tokens(&self) -> u64;
    /// The number of sources.
    fn sources(&self) -> usize;
    /// Returns a block's source, from 0, and its words, each sentence closed by [`WordId::END`].
    ///
    /// # Errors
    ///
    /// If it cannot be read.
    fn block(&self, number: usize) -> io::Result<(usize, Cow<'_, [u32]>)>;
}

/// Counts what follows the contexts of a kind, and writes the file at `path`. `memory` is the number of bytes that the
/// numbers of tokens may take.
///
/// # Errors
///
/// If the text cannot be read or the file cannot be written; with [`Cancelled`](ngram_store::Cancelled) in it, if `progress`
/// says to stop.
pub fn count(
    kind: &ContextKind,
    tree: &WordTree,
    text: &dyn SourceText,
    memory: u64,
    path: &Path,
    progress: &dyn Progress,
) -> io::Result<()> {
    let bits = Bits::new(tree.words(), text.tokens());
    // A frequent context makes its part larger than others.
    let bytes = text.tokens().saturating_mul(10);
    let rounds = bytes.div_ceil(memory.max(1 << 20)).clamp(1, 1 << bits.bucket.min(12));
    let mut writer = Writer::new(path, bits)?;
    for round in 0..rounds {
        let first = |round: u64| ((u128::from(round) << bits.bucket) / u128::from(rounds)) as u64;
        let buckets = first(round)..first(round + 1);
        let expected = text.tokens() / rounds;
        let mut numbers = numbers(kind, tree, text, bits, buckets, expected, progress)?;
        numbers.par_sort_unstable();
        proceed(progress)?;
        writer.lists(&numbers)?;
    }
    writer.finish(kind, tree, text.sources())
}

fn proceed(progress: &dyn Progress) -> io::Result<()> {
    progress.proceed().map_err(io::Error::other)
}

/// Returns the numbers of all tokens whose contexts are in these buckets, about as many as `expected`, in no order.
fn numbers(
    kind: &ContextKind,
    tree: &WordTree,
    text: &dyn SourceText,
    bits: Bits,
    buckets: Range<u64>,
    expected: u64,
    progress: &dyn Progress,
) -> io::Result<Vec<u64>> {
    let all = Mutex::new(Vec::with_capacity(usize::try_from(expected).unwrap_or(0)));
    (0..text.blocks()).into_par_iter().try_for_each(|number| {
        proceed(progress)?;
        let (source, words) = text.block(number)?;
        let mut found = Vec::with_capacity(words.len());
        let mut recent = RecentTokens::before_line();
        for &word in &*words {
            let id = WordId(word);
            if id != WordId::UNKNOWN {
                let context = bits.context(kind.hash(&recent, source));
                if buckets.contains(&(context >> bits.check)) {
                    found.push(context << bits.position | u64::from(tree.position(id)));
                }
            }
            match id {
                WordId::END => recent = RecentTokens::before_line(),
                _ => recent.push(word, tree.class(id)),
            }
        }
        progress.advance(words.len() as u64);
        let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
        all.extend_from_slice(&found);
        Ok::<(), io::Error>(())
    })?;
    Ok(all.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// The bytes of slots that are written together.
const TOGETHER: usize = 1 << 18;

/// Writes a file: lists as they come, slots in another file until the end.
struct Writer {
    bits: Bits,
    file: BufWriter<File>,
    crc: Hasher,
    /// The slots that come next, and those of before.
    slots: Vec<u8>,
    earlier: Temporary,
    pieces: Vec<PiecePlace>,
    /// For each bucket, the number of its slots.
    buckets: Vec<u32>,
    lists: u64,
    count: u64,
    /// The words of one context, with sums.
    words: Vec<(u32, u64)>,
}

impl Writer {
    fn new(path: &Path, bits: Bits) -> io::Result<Writer> {
        let mut file = File::create(path)?;
        file.seek(io::SeekFrom::Start(size_of::<ListsHead>() as u64))?;
        Ok(Writer {
            bits,
            file: BufWriter::with_capacity(1 << 18, file),
            crc: Hasher::new(),
            slots: Vec::with_capacity(TOGETHER),
            earlier: Temporary::new(folder_of(path), "slots"),
            pieces: Vec::new(),
            buckets: vec![0; 1 << bits.bucket],
            lists: 0,
            count: 0,
            words: Vec::new(),
        })
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.crc.update(bytes);
        self.file.write_all(bytes)
    }

    /// Writes the slots that came last to the other file.
    fn put_aside(&mut self) -> io::Result<()> {
        self.pieces.push(self.earlier.append(&self.slots, |_| None).map_err(io::Error::other)?);
        self.slots.clear();
        Ok(())
    }

    /// Adds the lists of sorted numbers.
    fn lists(&mut self, numbers: &[u64]) -> io::Result<()> {
        let position = self.bits.position;
        let mask = (1u64 << position) - 1;
        for list in numbers.chunk_by(|a, b| a >> position == b >> position) {
            let mut words = std::mem::take(&mut self.words);
            words.clear();
            let mut sum = 0;
            for same in list.chunk_by(|a, b| a == b) {
                sum += same.len() as u64;
                words.push(((same[0] & mask) as u32, sum));
            }
            self.list(list[0] >> position, &words)?;
            self.words = words;
        }
        Ok(())
    }

    fn list(&mut self, context: u64, words: &[(u32, u64)]) -> io::Result<()> {
        let payload = self.bits.payload();
        let sum = words.last().map_or(0, |&(_, sum)| sum);
        if sum < LEAST {
            return Ok(());
        }
        let is_apart = sum > self.bits.most();
        let place = self.lists;
        self.put(U32::new(words.len() as u32).as_bytes())?;
        if is_apart {
            for &(word, _) in words {
                self.put(U32::new(word).as_bytes())?;
            }
            for &(_, sum) in words {
                let sum = u32::try_from(sum).unwrap_or(u32::MAX);
                self.put(U32::new(sum).as_bytes())?;
            }
        } else {
            for &(word, sum) in words {
                let joint = U32::new((sum as u32) << self.bits.position | word);
                self.put(joint.as_bytes())?;
            }
        }
        let numbers = if is_apart { 2 } else { 1 };
        self.lists += 1 + numbers * words.len() as u64;
        let check = context & ((1 << self.bits.check) - 1);
        let slot = check << payload | u64::from(is_apart) << (payload - 1) | place;
        self.slots.extend(slot.to_le_bytes());
        if self.slots.len() >= TOGETHER {
            self.put_aside()?;
        }
        self.buckets[(context >> self.bits.check) as usize] += 1;
        self.count += 1;
        Ok(())
    }

    fn finish(mut self, kind: &ContextKind, tree: &WordTree, sources: usize) -> io::Result<()> {
        self.put_aside()?;
        for piece in std::mem::take(&mut self.pieces) {
            let mut slots = std::mem::take(&mut self.slots);
            self.earlier.read(piece, &mut slots).map_err(io::Error::other)?;
            self.put(&slots)?;
            self.slots = slots;
        }
        let mut first = 0u32;
        for count in std::mem::take(&mut self.buckets) {
            self.put(&first.to_le_bytes())?;
            first = first.checked_add(count).ok_or_else(|| {
                io::Error::other("the text has more than 4,294,967,295 contexts of this kind")
            })?;
        }
        self.put(&first.to_le_bytes())?;
        let Bits { position, bucket, check } = self.bits;
        let head = ListsHead {
            magic: MAGIC,
            version: VERSION.into(),
            crc: self.crc.finalize().into(),
            kind: padded(kind.name),
            tree: tree.fingerprint().into(),
            sources: (sources as u32).into(),
            bits: [position, bucket, check].map(|bits| bits as u8),
            unused: [0; 5],
            lists: self.lists.into(),
            slots: self.count.into(),
        };
        let mut file = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.rewind()?;
        file.write_all(head.as_bytes())?;
        // The folder that it is in gets its name soon.
        self.earlier.delete().map_err(io::Error::other)
    }
}
