//! Writes count files.

use super::{CountFile, HEADER, MAGIC, RecordLengths, numbers, record};
use crate::error::{CountFileError, VERSION};
use crate::{ContextCounts, CorpusSummary, NgramCounts};
use ngram_store::partial::{Partial, folder_of};
use ngram_store::{DiskTooFull, Progress, check_disk, varint};
use ngram_tokenizer::{TokenizerKind, TokenizerSpec, VocabView, WordId};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// The metadata of a count file: everything but the counts.
#[derive(Clone, Copy)]
pub struct CountFileInfo<'c> {
    /// The tokenizer that cut the text.
    pub tokenizer: &'c TokenizerSpec,
    /// The words, with ids by falling frequency, ties by their bytes.
    pub vocab: VocabView<'c>,
    /// The frequency of each word in the text.
    pub frequencies: &'c [u64],
    /// Figures about the text.
    pub summary: &'c CorpusSummary,
    /// Whether every word of the text is in the vocabulary.
    pub is_complete: bool,
    /// Counts of gaps and cases in their contexts; may be empty.
    pub surface: &'c ContextCounts,
}

impl CountFile {
    /// Writes counts to `path`, atomically, and returns the file's length in bytes. Lower orders
    /// may be counted either way ([`RecordLengths::counting`]), as the file does not store them.
    /// Shards not in memory are read back within `room` bytes.
    ///
    /// The file depends only on the text and on how it was tokenized and counted.
    ///
    /// # Errors
    ///
    /// If the file cannot be written, or a shard cannot be read back.
    pub fn write(
        path: &Path,
        info: CountFileInfo,
        counts: NgramCounts<RecordLengths>,
        room: u64,
        progress: &dyn Progress,
    ) -> Result<u64, CountFileError> {
        let target = Target {
            check: &|length| check_disk(folder_of(path), "the count file", length),
            failed: &|source| CountFileError::Write { path: path.to_owned(), source },
        };
        let failed = target.failed;
        let mut file = Partial::create(path).map_err(failed)?;
        let length = put(file.file_mut(), info, counts, room, progress, target)?;
        file.finish().map_err(failed)?;
        Ok(length)
    }

    /// Returns the bytes of such a file.
    ///
    /// # Errors
    ///
    /// As for [`CountFile::write`].
    pub fn to_bytes(
        info: CountFileInfo,
        counts: NgramCounts<RecordLengths>,
    ) -> Result<Vec<u8>, CountFileError> {
        let mut file = io::Cursor::new(Vec::new());
        let target = Target {
            check: &|_| Ok(()),
            failed: &|source| CountFileError::Write { path: "memory".into(), source },
        };
        put(&mut file, info, counts, u64::MAX, &(), target)?;
        Ok(file.into_inner())
    }
}

/// The destination of a file.
struct Target<'t> {
    /// Checks whether there is space for this many bytes.
    check: &'t dyn Fn(u64) -> Result<(), DiskTooFull>,
    /// Wraps a system error.
    failed: &'t (dyn Fn(io::Error) -> CountFileError + Sync),
}

fn put<W: Write + Seek + Send>(
    file: &mut W,
    info: CountFileInfo,
    counts: NgramCounts<RecordLengths>,
    room: u64,
    progress: &dyn Progress,
    Target { check, failed }: Target,
) -> Result<u64, CountFileError> {
    let NgramCounts { order, shards, .. } = counts;
    let words = info.vocab.len();
    let mut index = Vec::new();
    // The start of each shard's records, and their total length.
    let mut starts = Vec::new();
    let mut end = 0;
    for RecordLengths(lengths) in shards.measures() {
        starts.push(end);
        end += lengths.iter().sum::<u64>();
        lengths.iter().for_each(|&length| varint::put(&mut index, length));
    }
    if shards.is_empty() {
        index.resize(words, 0);
    }
    let metadata = metadata(&info);
    let listed = listed(&info);
    let mut head = header(order, words, [&metadata, &listed, &index], end);
    let records = [&metadata, &listed, &index].iter().map(|part| part.len() as u64).sum::<u64>()
        + HEADER as u64;

    check(records + end)?;
    let file = Mutex::new(file);
    let write = |at: u64, bytes: &[u8]| {
        let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(at)).and_then(|_| file.write_all(bytes)).map_err(failed)
    };
    progress.begin("writing", Some(end), "bytes");
    let pieces: Mutex<Vec<(u64, crc32fast::Hasher)>> = Mutex::default();
    shards.for_each(room, 2.0, Vec::new, |bytes, number, shard| {
        progress.proceed()?;
        bytes.clear();
        for root in 0..shard.levels[0].successor_ends.len() {
            record::encode(&shard, root, bytes);
        }
        drop(shard);
        write(records + starts[number], bytes)?;
        let mut checksum = crc32fast::Hasher::new();
        checksum.update(bytes);
        let mut pieces = pieces.lock().unwrap_or_else(PoisonError::into_inner);
        pieces.push((starts[number], checksum));
        progress.advance(bytes.len() as u64);
        Ok::<(), CountFileError>(())
    })?;
    progress.end();
    let mut pieces = pieces.into_inner().unwrap_or_else(PoisonError::into_inner);
    pieces.sort_by_key(|piece| piece.0);
    let mut checksum = crc32fast::Hasher::new();
    pieces.iter().for_each(|(_, piece)| checksum.combine(piece));
    head.extend(checksum.finalize().to_le_bytes());
    let own = crc32fast::hash(&head);
    head.extend(own.to_le_bytes());
    head.extend([metadata, listed, index].concat());
    write(0, &head)?;
    Ok(records + end)
}

/// Encodes the header up to the checksum of the records.
fn header(order: usize, words: usize, parts: [&Vec<u8>; 3], records: u64) -> Vec<u8> {
    let mut head = Vec::with_capacity(HEADER);
    head.extend(MAGIC);
    head.extend(VERSION.to_le_bytes());
    head.extend((order as u32).to_le_bytes());
    head.extend((words as u64).to_le_bytes());
    let mut checksum = crc32fast::Hasher::new();
    for part in parts {
        head.extend((part.len() as u64).to_le_bytes());
        checksum.update(part);
    }
    head.extend(records.to_le_bytes());
    head.extend(checksum.finalize().to_le_bytes());
    head
}

fn metadata(info: &CountFileInfo) -> Vec<u8> {
    let mut bytes = Vec::new();
    let name = info.tokenizer.kind.name();
    varint::put(&mut bytes, name.len() as u64);
    bytes.extend(name.as_bytes());
    if let TokenizerKind::PieceFile(tokenizer) = &info.tokenizer.kind {
        varint::put(&mut bytes, tokenizer.bytes().len() as u64);
        bytes.extend(tokenizer.bytes());
    }
    bytes.push(info.tokenizer.lowercase.into());
    bytes.push(info.is_complete.into());
    let mut summary = info.summary.clone();
    numbers(&mut summary).into_iter().for_each(|number| varint::put(&mut bytes, *number));
    crate::surface::write(info.surface, &mut bytes);
    bytes
}

fn listed(info: &CountFileInfo) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (word, &frequency) in
        info.vocab.words().zip(info.frequencies).skip(WordId::SPECIAL as usize)
    {
        varint::put(&mut bytes, word.len() as u64);
        bytes.extend(word.as_bytes());
        varint::put(&mut bytes, frequency);
    }
    bytes
}
