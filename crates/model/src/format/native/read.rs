//! Opening a model file: mapped, and checked for what scoring relies on.

use super::fast::FastView;
use super::{ALIGNMENT, ENTRY, Entry, HEADER, Kind, MAGIC, VERSION};
use crate::table::{LevelView, Starts, TableView};
use crate::{LanguageModel, ModelInfo, Score, score};
use ngram_counts::Mapped;
use ngram_tokenizer::{TokenizerSpec, VocabError, VocabView, WordId};
use std::io;
use std::ops::Range;
use std::path::Path;
use zerocopy::FromBytes;
use zerocopy::little_endian::{U32, U64};

/// The highest order of a model: scores tell the order that matched in 8 bits.
pub const MAX_ORDER: usize = u8::MAX as usize;

/// A model in the native format, mapped from its file.
pub struct Model {
    bytes: Mapped,
    entries: Vec<Entry>,
    info: ModelInfo,
    vocab: [Range<usize>; 3],
    unigrams: Range<usize>,
    levels: Vec<LevelRanges>,
    fast: Option<[Range<usize>; 3]>,
}

struct LevelRanges {
    words: Range<usize>,
    backoffs: Range<usize>,
    child_starts: Option<(u64, Range<usize>)>,
    successor_starts: (u64, Range<usize>),
    successors: Range<usize>,
    log_probs: Range<usize>,
}

/// Why a file is no usable model.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// The file could not be opened or mapped.
    #[error("cannot open model {name}")]
    Io {
        /// The file's name.
        name: String,
        /// What the system said.
        source: io::Error,
    },
    /// The file is something else.
    #[error("{name} is not a model file{hint}")]
    Foreign {
        /// The file's name.
        name: String,
        /// What it seems to be, and what to do.
        hint: &'static str,
    },
    /// The file was written by a newer version of this program.
    #[error(
        "{name} has format version {found}; this program reads version {VERSION}: use a newer program, or train again"
    )]
    Version {
        /// The file's name.
        name: String,
        /// The version in the file.
        found: u32,
    },
    /// The file is cut or changed.
    #[error("{name} is damaged ({what}); make it again, or fetch it again")]
    Damaged {
        /// The file's name.
        name: String,
        /// What does not fit.
        what: String,
    },
}

impl Model {
    /// Opens and maps a model file. Takes the same short time whatever the file's size: neither the
    /// vocabulary nor the table is read. [`Model::verify`] reads and checks it all.
    ///
    /// Damage inside them that is not found here makes scores wrong, but nothing panic.
    pub fn open(path: &Path) -> Result<Model, ModelError> {
        let name = path.display().to_string();
        let io = |source| ModelError::Io { name: name.clone(), source };
        if path.is_dir() {
            return Err(io(io::Error::new(io::ErrorKind::IsADirectory, "it is a directory")));
        }
        Model::from_bytes(&name, Mapped::open(path).map_err(io)?)
    }

    /// A model whose file's bytes are in memory; `name` is for messages.
    pub fn from_bytes(name: &str, bytes: Mapped) -> Result<Model, ModelError> {
        let damaged =
            |what: &str| ModelError::Damaged { name: name.to_owned(), what: what.to_owned() };
        let entries = sections(name, &bytes)?;
        let find = |kind: Kind, level: usize| {
            let found = entries.iter().find(|e| e.kind == kind as u16 && e.level as usize == level);
            found.map(|entry| entry.start as usize..(entry.start + entry.length) as usize)
        };
        let need = |kind: Kind, level: usize| {
            find(kind, level)
                .ok_or_else(|| damaged(&format!("no section {kind:?} of level {level}")))
        };
        let metadata = need(Kind::Metadata, 0)?;
        let stored = entries.iter().find(|entry| entry.kind == Kind::Metadata as u16);
        if stored.is_some_and(|entry| entry.checksum != crc32fast::hash(&bytes[metadata.clone()])) {
            return Err(damaged("the metadata's checksum does not match"));
        }
        let info = super::decode(&bytes[metadata])
            .map_err(|error| damaged(&format!("the metadata cannot be read: {error}")))?;
        if info.order() == 0 || info.order() > MAX_ORDER {
            return Err(damaged(&format!(
                "order {} is not between 1 and {MAX_ORDER}",
                info.order()
            )));
        }
        let vocab =
            [need(Kind::WordStarts, 0)?, need(Kind::WordText, 0)?, need(Kind::WordSlots, 0)?];
        let fast = match find(Kind::Directory, 0) {
            Some(directory) => {
                Some([directory, need(Kind::Lines, 0)?, need(Kind::ShortLists, 0)?])
            }
            None => None,
        };
        let unigrams = if fast.is_some() { 0..0 } else { need(Kind::LogProbs, 0)? };
        let vocab_len = fast.as_ref().map_or(unigrams.len() / 4, |fast| fast[0].len() / 32);
        let mut levels = Vec::new();
        let mut histories = vocab_len;
        for level in 1..if fast.is_some() { 1 } else { info.order() } {
            let words = if level == 1 { 0..0 } else { need(Kind::Words, level)? };
            let backoffs = need(Kind::Backoffs, level)?;
            let successors = need(Kind::Successors, level)?;
            let log_probs = need(Kind::LogProbs, level)?;
            let starts = |kind: Kind| -> Result<(u64, Range<usize>), ModelError> {
                let range = need(kind, level)?;
                match range.len() / (histories + 1) {
                    width @ (4 | 8) if range.len() == width * (histories + 1) => {
                        Ok((width as u64, range))
                    }
                    _ => Err(damaged(&format!("{kind:?} of level {level} has a wrong length"))),
                }
            };
            let successor_starts = starts(Kind::SuccessorStarts)?;
            let longest = level + 1 == info.order();
            let child_starts = if longest { None } else { Some(starts(Kind::ChildStarts)?) };
            if backoffs.len() != 4 * histories
                || level > 1 && words.len() != 4 * histories
                || successors.len() != log_probs.len()
            {
                return Err(damaged(&format!("the sections of level {level} do not fit together")));
            }
            if !longest {
                histories = need(Kind::Words, level + 1)?.len() / 4;
            }
            levels.push(LevelRanges {
                words,
                backoffs,
                child_starts,
                successor_starts,
                successors,
                log_probs,
            });
        }
        let model = Model { bytes, entries, info, vocab, unigrams, levels, fast };
        let (starts, text, slots) = model.vocab_parts();
        let vocab = VocabView::from_parts(starts, text, slots)
            .map_err(|error: VocabError| damaged(&error.to_string()))?;
        if vocab.len() != vocab_len {
            return Err(damaged("the vocabulary and the probabilities differ in length"));
        }
        Ok(model)
    }

    /// Reads the whole file, compares every checksum, and looks every word up.
    ///
    /// # Errors
    ///
    /// [`ModelError::Damaged`] if something does not fit; `name` is what to call the file in it.
    pub fn verify(&self, name: &str) -> Result<(), ModelError> {
        for entry in &self.entries {
            let bytes = &self.bytes[entry.start as usize..(entry.start + entry.length) as usize];
            if crc32fast::hash(bytes) != entry.checksum {
                let what = format!("checksum of section {} of level {}", entry.kind, entry.level);
                return Err(ModelError::Damaged { name: name.to_owned(), what });
            }
        }
        self.vocab()
            .check()
            .map_err(|error| ModelError::Damaged { name: name.to_owned(), what: error.to_string() })
    }

    /// What the model says of itself.
    pub fn info(&self) -> &ModelInfo {
        &self.info
    }

    /// The length of the file in bytes.
    pub fn file_size(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn vocab_parts(&self) -> (&[U64], &[u8], &[U32]) {
        let [starts, text, slots] = &self.vocab;
        (self.slice(starts), &self.bytes[text.clone()], self.slice(slots))
    }

    pub(crate) fn fast(&self) -> Option<FastView<'_>> {
        let [directory, lines, shorts] = self.fast.as_ref()?;
        Some(FastView {
            directory: self.slice(directory),
            lines: self.slice(lines),
            shorts: self.slice(shorts),
            order: self.info.order(),
        })
    }

    pub(crate) fn table(&self) -> TableView<'_> {
        let starts = |stored: &(u64, Range<usize>)| match stored.0 {
            4 => Starts::Narrow(self.slice(&stored.1)),
            _ => Starts::Wide(self.slice(&stored.1)),
        };
        let level = |ranges: &LevelRanges| LevelView {
            words: self.slice(&ranges.words),
            backoffs: self.slice(&ranges.backoffs),
            child_starts: ranges.child_starts.as_ref().map(starts),
            successor_starts: starts(&ranges.successor_starts),
            successor_words: self.slice(&ranges.successors),
            log_probs: self.slice(&ranges.log_probs),
        };
        TableView {
            unigrams: self.slice(&self.unigrams),
            levels: self.levels.iter().map(level).collect(),
        }
    }

    /// A section as an array of numbers; a length that is no multiple of theirs is cut.
    fn slice<T>(&self, range: &Range<usize>) -> &[T]
    where
        T: FromBytes + zerocopy::Immutable + zerocopy::KnownLayout + zerocopy::Unaligned,
    {
        let bytes = &self.bytes[range.clone()];
        let elements = bytes.len() / size_of::<T>();
        match <[T]>::ref_from_prefix_with_elems(bytes, elements) {
            Ok((slice, _)) => slice,
            Err(_) => &[],
        }
    }
}

impl LanguageModel for Model {
    fn order(&self) -> usize {
        self.info.order()
    }

    fn vocab(&self) -> VocabView<'_> {
        let (starts, text, slots) = self.vocab_parts();
        VocabView::from_checked_parts(starts, text, slots)
    }

    fn tokenizer(&self) -> &TokenizerSpec {
        &self.info.tokenizer
    }

    fn score(&self, history: &[WordId], word: WordId) -> Score {
        if let Some(fast) = self.fast() {
            return fast.score(history, word);
        }
        score::score(&self.table(), history, word)
    }

    fn score_sentence(&self, words: &[WordId], scores: &mut Vec<Score>) {
        if let Some(fast) = self.fast() {
            scores.clear();
            fast.score_sentences(words, &[words.len()], scores);
            return;
        }
        score::score_sentence(&self.table(), words, scores);
    }

    fn score_sentences(&self, words: &[WordId], ends: &[usize], scores: &mut Vec<Score>) {
        if let Some(fast) = self.fast() {
            scores.clear();
            fast.score_sentences(words, ends, scores);
            return;
        }
        let mut own = Vec::new();
        scores.clear();
        let mut start = 0;
        for &end in ends {
            self.score_sentence(&words[start..end], &mut own);
            scores.extend_from_slice(&own);
            start = end;
        }
    }
}

/// Reads and checks the head of the file.
fn sections(name: &str, bytes: &[u8]) -> Result<Vec<Entry>, ModelError> {
    let damaged = |what: &str| ModelError::Damaged { name: name.to_owned(), what: what.to_owned() };
    if !bytes.starts_with(&MAGIC) {
        return Err(ModelError::Foreign { name: name.to_owned(), hint: hint(bytes) });
    }
    let u32_at = |at: usize| {
        bytes.get(at..at + 4).and_then(|four| four.try_into().ok()).map(u32::from_le_bytes)
    };
    let u64_at = |at: usize| {
        bytes.get(at..at + 8).and_then(|eight| eight.try_into().ok()).map(u64::from_le_bytes)
    };
    let cut = || damaged("it ends before its head does");
    let version = u32_at(8).ok_or_else(cut)?;
    if version != VERSION {
        return Err(ModelError::Version { name: name.to_owned(), found: version });
    }
    let count = u32_at(12).ok_or_else(cut)? as usize;
    let length = u64_at(16).ok_or_else(cut)?;
    let checksum = u32_at(24).ok_or_else(cut)?;
    if length != bytes.len() as u64 {
        let what = format!("it has {} bytes and should have {length}", bytes.len());
        return Err(damaged(&what));
    }
    let list =
        bytes.get(HEADER..HEADER.saturating_add(count.saturating_mul(ENTRY))).ok_or_else(cut)?;
    if crc32fast::hash(list) != checksum {
        return Err(damaged("the checksum of its section list does not match"));
    }
    let mut entries = Vec::with_capacity(count);
    for row in 0..count {
        let at = HEADER + row * ENTRY;
        let kind_and_level = u32_at(at).ok_or_else(cut)?;
        let entry = Entry {
            kind: kind_and_level as u16,
            level: (kind_and_level >> 16) as u16,
            checksum: u32_at(at + 4).ok_or_else(cut)?,
            start: u64_at(at + 8).ok_or_else(cut)?,
            length: u64_at(at + 16).ok_or_else(cut)?,
        };
        let end = entry.start.checked_add(entry.length);
        if !entry.start.is_multiple_of(ALIGNMENT) || end.is_none_or(|end| end > length) {
            return Err(damaged("a section reaches beyond the end"));
        }
        entries.push(entry);
    }
    Ok(entries)
}

/// What a foreign file seems to be.
fn hint(bytes: &[u8]) -> &'static str {
    match bytes {
        [] => ": it is empty",
        [0x1f, 0x8b, ..] => ": it is gzip; if an ARPA file is in it, read it with `ngram import`",
        [0x28, 0xb5, 0x2f, 0xfd, ..] => {
            ": it is zstd; if an ARPA file is in it, read it with `ngram import`"
        }
        _ if bytes.starts_with(b"mmap lm http://kheafield.com/code") => {
            ": it is a KenLM binary, which cannot be read here; use the ARPA file it was built from"
        }
        _ if bytes.windows(6).take(4096).any(|window| window == b"\\data\\") => {
            ": it looks like an ARPA file; read it with `ngram import`"
        }
        _ => "; train one with `ngram train`",
    }
}
