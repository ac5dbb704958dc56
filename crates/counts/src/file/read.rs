//! Opens count files: reads each once in full and verifies its checksums.

use super::{HEADER, MAGIC, PIECE_FILES, numbers, record};
use crate::cursor::Cursor;
use crate::error::{CountFileError, VERSION};
use crate::{ContextCounts, CorpusSummary, MAX_ORDER};
use ngram_store::stamp::{Stamp, Stamped};
use ngram_tokenizer::{
    PieceFile, PieceFileError, TokenizerKind, TokenizerSpec, UnknownTokenizer, WordId,
};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// A count file. The records stay on disk; the words, their frequencies and the positions of their
/// records are in memory.
pub struct CountFile {
    pub(crate) name: String,
    pub(crate) order: usize,
    pub(crate) tokenizer: TokenizerSpec,
    pub(crate) is_complete: bool,
    pub(crate) summary: CorpusSummary,
    /// The words except `<unk>`, `<s>` and `</s>`, concatenated, and the end of each.
    text: String,
    ends: Vec<usize>,
    /// The frequencies of all words.
    pub(crate) frequencies: Vec<u64>,
    pub(crate) surface: ContextCounts,
    pub(crate) records: RecordStore,
}

/// The records of a file, in memory or on disk.
pub(crate) struct RecordStore {
    source: Mutex<Source>,
    /// The start of each word's record in the source, and the end of the last.
    starts: Vec<u64>,
}

enum Source {
    Memory(io::Cursor<Vec<u8>>),
    /// A file that is opened for each read, or stays open if there are not too many.
    File {
        path: PathBuf,
        /// Its stamp when its checksums were verified.
        was: Stamp,
        open: Option<Stamped>,
    },
}

impl Source {
    /// Fills `bytes` with `length` bytes from `start` on.
    fn read(&mut self, start: u64, length: u64, bytes: &mut Vec<u8>) -> io::Result<()> {
        fn fill(
            mut reader: impl Read + Seek,
            start: u64,
            length: u64,
            bytes: &mut Vec<u8>,
        ) -> io::Result<usize> {
            bytes.clear();
            reader.seek(SeekFrom::Start(start))?;
            reader.take(length).read_to_end(bytes)
        }
        let read = match self {
            Source::Memory(memory) => fill(memory, start, length, bytes)?,
            Source::File { open: Some(file), .. } => fill(file.file(), start, length, bytes)?,
            Source::File { path, was, open: None } => {
                let file = reopen(path, *was)?;
                let read = fill(file.file(), start, length, bytes)?;
                // This handle is not checked again later.
                if !file.is_unchanged() {
                    return Err(changed());
                }
                read
            }
        };
        if read as u64 == length { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }

    fn is_unchanged(&self) -> bool {
        match self {
            Source::Memory(_) => true,
            Source::File { open: Some(file), .. } => file.is_unchanged(),
            Source::File { path, was, open: None } => reopen(path, *was).is_ok(),
        }
    }
}

/// Reopens a file, if it is unchanged.
fn reopen(path: &Path, was: Stamp) -> io::Result<Stamped> {
    let file = Stamped::new(File::open(path)?)?;
    if file.stamp() == was { Ok(file) } else { Err(changed()) }
}

fn changed() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "it was changed while its counts were read")
}

impl CountFile {
    /// Opens a file, and reads it once in full to verify its checksums.
    ///
    /// # Errors
    ///
    /// If it cannot be read, is not a count file, or is damaged.
    pub fn open(path: &Path) -> Result<CountFile, CountFileError> {
        let name = path.display().to_string();
        let failed = |source| CountFileError::Read { name: name.clone(), source };
        let file = File::open(path).map_err(failed)?;
        if file.metadata().map_err(failed)?.is_dir() {
            return Err(failed(io::Error::new(io::ErrorKind::IsADirectory, "it is a directory")));
        }
        let file = Stamped::new(file).map_err(failed)?;
        let was = file.stamp();
        let source = |_| Source::File { path: path.to_owned(), was, open: None };
        CountFile::from_reader(name, file.file(), file.size(), source)
    }

    /// Opens a file whose bytes are in memory; `name` is used in messages.
    ///
    /// # Errors
    ///
    /// As for [`CountFile::open`].
    pub fn from_bytes(name: &str, bytes: Vec<u8>) -> Result<CountFile, CountFileError> {
        let length = bytes.len() as u64;
        let name = name.to_owned();
        CountFile::from_reader(name, io::Cursor::new(bytes), length, Source::Memory)
    }

    /// Returns whether bytes begin like a count file.
    pub fn is_head(head: &[u8]) -> bool {
        head.starts_with(&MAGIC)
    }

    /// Returns the order n of the counts.
    pub fn order(&self) -> usize {
        self.order
    }

    /// Returns the tokenizer that cut the text.
    pub fn tokenizer(&self) -> &TokenizerSpec {
        &self.tokenizer
    }

    /// Returns whether every word of the text was counted, so that none was mapped to `<unk>` by a limited vocabulary.
    pub fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// Returns the words except `<unk>`, `<s>` and `</s>`, in id order.
    pub(crate) fn words(&self) -> impl Iterator<Item = &str> {
        let starts = [0].into_iter().chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, &end)| &self.text[start..end])
    }

    /// Reads a file once in full; `source` turns the reader into the source for later reads.
    fn from_reader<R: Read>(
        name: String,
        mut reader: R,
        length: u64,
        source: impl FnOnce(R) -> Source,
    ) -> Result<CountFile, CountFileError> {
        let failed = |source| CountFileError::Read { name: name.clone(), source };
        let damaged =
            |what: &str| CountFileError::Damaged { name: name.clone(), what: what.to_owned() };
        let mut head = Vec::new();
        reader.by_ref().take(HEADER as u64).read_to_end(&mut head).map_err(failed)?;
        let header = header(&name, &head)?;
        let [metadata, words, index, records] = header.lengths;
        let start = [metadata, words, index]
            .into_iter()
            .try_fold(HEADER as u64, u64::checked_add)
            .ok_or_else(|| damaged("its sections are too long"))?;
        match start.checked_add(records) {
            Some(end) if end > length => return Err(damaged("it is cut short")),
            Some(end) if end == length => {}
            _ => return Err(damaged("its length is not what its header says")),
        }
        let mut parts = Vec::new();
        let in_memory = start - HEADER as u64;
        reader.by_ref().take(in_memory).read_to_end(&mut parts).map_err(failed)?;
        if parts.len() as u64 != in_memory || crc32fast::hash(&parts) != header.checksums[0] {
            return Err(damaged("the checksum of its words does not match"));
        }
        let (metadata, rest) = parts.split_at(metadata as usize);
        let (words, index) = rest.split_at(words as usize);
        let tokenizer = |source| CountFileError::Tokenizer { name: name.clone(), source };
        let Some((tokenizer, is_complete, summary, surface)) =
            read_metadata(metadata).map_err(tokenizer)?
        else {
            return Err(damaged("its metadata makes no sense"));
        };
        let Listed { text, ends, frequencies } =
            read_words(words, header.words, &summary).map_err(damaged)?;
        let starts = read_index(index, header.words, start, records, header.order)
            .ok_or_else(|| damaged("its index makes no sense"))?;
        let checksum = checksum(&mut reader, records).map_err(failed)?;
        if checksum != header.checksums[1] {
            return Err(damaged("the checksum of its records does not match"));
        }
        drop(parts);
        let records = RecordStore { source: Mutex::new(source(reader)), starts };
        let order = header.order;
        Ok(CountFile {
            name,
            order,
            tokenizer,
            is_complete,
            summary,
            text,
            ends,
            frequencies,
            surface,
            records,
        })
    }
}

impl RecordStore {
    /// Reads the records of a run of words into `bytes`, replacing its contents.
    fn read(&self, words: Range<u32>, bytes: &mut Vec<u8>) -> io::Result<()> {
        let start = self.starts[words.start as usize];
        let length = self.starts[words.end as usize] - start;
        let mut source = self.source.lock().unwrap_or_else(PoisonError::into_inner);
        source.read(start, length, bytes)
    }

    /// Keeps the file open from now on. If it cannot be opened or has changed, later reads report that.
    pub fn stay_open(&mut self) {
        let source = self.source.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Source::File { path, was, open } = source {
            *open = reopen(path, *was).ok();
        }
    }

    fn is_unchanged(&self) -> bool {
        self.source.lock().unwrap_or_else(PoisonError::into_inner).is_unchanged()
    }
}

/// A file's records, with everything needed to read them.
pub(crate) struct RecordWindows {
    pub name: String,
    pub order: usize,
    pub frequencies: Vec<u64>,
    pub records: RecordStore,
}

impl RecordWindows {
    /// Returns, for each word of the file, the most windows that its record can have: each takes at
    /// least one byte and occurs at least once.
    pub fn most(&self) -> impl Iterator<Item = u64> {
        let lengths = self.records.starts.windows(2).map(|pair| pair[1] - pair[0]);
        lengths.zip(&self.frequencies).map(|(length, &frequency)| length.min(frequency))
    }

    /// Returns an error if another program changed the file since it was opened, as far as the
    /// system tells, or replaced it. A file that stayed open may be replaced: it is still whole.
    pub fn unchanged(&self) -> Result<(), CountFileError> {
        match self.records.is_unchanged() {
            true => Ok(()),
            false => Err(CountFileError::Changed { name: self.name.clone() }),
        }
    }

    /// Calls `emit` with each window of a run of words: its history in reverse, the word after it,
    /// and its count. `bytes` is a buffer.
    pub fn each(
        &self,
        words: Range<u32>,
        bytes: &mut Vec<u8>,
        mut emit: impl FnMut(&[u32], u32, u32),
    ) -> Result<(), CountFileError> {
        let failed = |source| CountFileError::Read { name: self.name.clone(), source };
        self.records.read(words.clone(), bytes).map_err(failed)?;
        let mut rest = &bytes[..];
        let starts = &self.records.starts;
        for word in words {
            let length = starts[word as usize + 1] - starts[word as usize];
            let (record, after) = rest.split_at(length as usize);
            rest = after;
            let mut windows = Some(0u64);
            let limit = self.frequencies.len() as u32;
            let found = record::decode(record, word, self.order, limit, |history, word, count| {
                windows = windows.and_then(|sum| sum.checked_add(count.into()));
                emit(history, word, count);
            });
            let expected = if word == WordId::END.0 { 0 } else { self.frequencies[word as usize] };
            if found.is_none() || windows != Some(expected) {
                let what = format!("the record of word {word} makes no sense");
                return Err(CountFileError::Damaged { name: self.name.clone(), what });
            }
        }
        Ok(())
    }
}

struct Header {
    order: usize,
    words: u64,
    lengths: [u64; 4],
    /// The checksum of the sections kept in memory, and that of the records.
    checksums: [u32; 2],
}

fn header(name: &str, head: &[u8]) -> Result<Header, CountFileError> {
    let damaged =
        |what: &str| Err(CountFileError::Damaged { name: name.to_owned(), what: what.to_owned() });
    if !CountFile::is_head(head) {
        return Err(CountFileError::Foreign { name: name.to_owned() });
    }
    let number = |at: usize| head.get(at..at + 4).and_then(|bytes| bytes.try_into().ok());
    let number = |at: usize| number(at).map_or(0, u32::from_le_bytes);
    let long = |at: usize| u64::from(number(at)) | u64::from(number(at + 4)) << 32;
    let version = number(8);
    if head.len() >= 12 && version > VERSION {
        return Err(CountFileError::Version { name: name.to_owned(), found: version });
    }
    if head.len() < HEADER {
        return damaged("it is cut short");
    }
    if crc32fast::hash(&head[..HEADER - 4]) != number(HEADER - 4) || version != VERSION {
        return damaged("the checksum of its header does not match");
    }
    let order = number(12) as usize;
    let words = long(16);
    if order == 0 || order > MAX_ORDER {
        return damaged(&format!("order {order} is not between 1 and {MAX_ORDER}"));
    }
    if words < u64::from(WordId::SPECIAL) || words >= u64::from(u32::MAX) {
        return damaged("its number of words is out of range");
    }
    let lengths = [24, 32, 40, 48].map(long);
    Ok(Header { order, words, lengths, checksums: [56, 60].map(number) })
}

type Metadata = (TokenizerSpec, bool, CorpusSummary, ContextCounts);

fn read_metadata(bytes: &[u8]) -> Result<Option<Metadata>, PieceFileError> {
    let mut cursor = Cursor(bytes);
    let Some(name) = read_name(&mut cursor) else { return Ok(None) };
    let kind = match name {
        name if PIECE_FILES.contains(&name) => {
            let length = cursor.number();
            let Some(json) = length.and_then(|length| cursor.bytes(length)) else {
                return Ok(None);
            };
            Some(TokenizerKind::PieceFile(PieceFile::new(json)?))
        }
        name => match name.parse() {
            Err(error @ UnknownTokenizer::LeftOut) => return Err(error.into()),
            kind => kind.ok(),
        },
    };
    Ok(kind.and_then(|kind| read_rest(&mut cursor, kind)))
}

fn read_name<'b>(cursor: &mut Cursor<'b>) -> Option<&'b str> {
    let length = cursor.number()?;
    std::str::from_utf8(cursor.bytes(length)?).ok()
}

/// Reads the metadata after the tokenizer.
fn read_rest(cursor: &mut Cursor<'_>, kind: TokenizerKind) -> Option<Metadata> {
    let mut flag = || match cursor.number()? {
        0 => Some(false),
        1 => Some(true),
        _ => None,
    };
    let (lowercase, is_complete) = (flag()?, flag()?);
    let mut summary = CorpusSummary::default();
    for number in numbers(&mut summary) {
        *number = cursor.number()?;
    }
    // The first version of the format ends here.
    let surface = match cursor.0 {
        [] => ContextCounts::default(),
        _ => crate::surface::read(cursor)?,
    };
    let tokenizer = TokenizerSpec { kind, lowercase };
    cursor.0.is_empty().then_some((tokenizer, is_complete, summary, surface))
}

struct Listed {
    text: String,
    ends: Vec<usize>,
    frequencies: Vec<u64>,
}

fn read_words(bytes: &[u8], words: u64, summary: &CorpusSummary) -> Result<Listed, &'static str> {
    const NONSENSE: &str = "its words make no sense";
    // Each word takes at least two bytes.
    if (words - u64::from(WordId::SPECIAL)) * 2 > bytes.len() as u64 {
        return Err(NONSENSE);
    }
    let mut cursor = Cursor(bytes);
    let mut text = String::with_capacity(bytes.len());
    let mut ends = Vec::with_capacity(words as usize);
    let mut frequencies = Vec::with_capacity(words as usize);
    frequencies.extend([summary.unknown, summary.sentences, summary.sentences]);
    let mut before: Option<(u64, &str)> = None;
    let mut total = summary.unknown.checked_add(summary.sentences).ok_or(NONSENSE)?;
    for _ in u64::from(WordId::SPECIAL)..words {
        let mut next = || {
            let length = cursor.number()?;
            let word = std::str::from_utf8(cursor.bytes(length)?).ok()?;
            Some((word, cursor.number()?))
        };
        let (word, frequency) = next().ok_or(NONSENSE)?;
        let follows = |(most, word_before): (u64, &str)| {
            frequency < most || frequency == most && word > word_before
        };
        if !before.is_none_or(follows) {
            return Err("its words are not in order");
        }
        before = Some((frequency, word));
        total = total.checked_add(frequency).ok_or(NONSENSE)?;
        text.push_str(word);
        ends.push(text.len());
        frequencies.push(frequency);
    }
    if !cursor.0.is_empty() {
        return Err(NONSENSE);
    }
    if total != summary.tokens {
        return Err("its frequencies do not add up");
    }
    Ok(Listed { text, ends, frequencies })
}

fn read_index(
    bytes: &[u8],
    words: u64,
    mut start: u64,
    records: u64,
    order: usize,
) -> Option<Vec<u64>> {
    // Each length takes at least one byte.
    if words > bytes.len() as u64 {
        return None;
    }
    let end = start + records;
    let mut cursor = Cursor(bytes);
    let mut starts = Vec::with_capacity(words as usize + 1);
    starts.push(start);
    for _ in 0..words {
        start = start.checked_add(cursor.number()?)?;
        starts.push(start);
    }
    (cursor.0.is_empty() && start == end && (order > 1 || records == 0)).then_some(starts)
}

fn checksum(reader: &mut impl Read, length: u64) -> io::Result<u32> {
    let mut checksum = crc32fast::Hasher::new();
    let mut rest = length;
    let mut buffer = vec![0; rest.min(1 << 18) as usize];
    while rest > 0 {
        let some = rest.min(buffer.len() as u64) as usize;
        reader.read_exact(&mut buffer[..some])?;
        checksum.update(&buffer[..some]);
        rest -= some as u64;
    }
    Ok(checksum.finalize())
}
