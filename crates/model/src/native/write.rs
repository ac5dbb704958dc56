//! Writes a model file, part by part and from any number of threads.

use super::class_model::MemberSections;
use super::outbox::{Bytes, Outbox};
use super::read::{Changed, ModelFile};
use super::{ALIGNMENT, ENTRY, Entry, HEADER, Kind, MAGIC, VERSION};
use crate::open::OpenParts;
use crate::{Model, ModelInfo, ScoredLevel};
use ngram_store::Partial;
use ngram_tokenizer::VocabView;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use zerocopy::{Immutable, IntoBytes};

/// The error for a model file that could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The system reported an error.
    #[error("cannot write {}{}", path.display(), ngram_store::remedy(source))]
    Io {
        /// The file that was to be written.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A source model was changed in the meantime, so the new one was not written.
    #[error(transparent)]
    Changed(#[from] Changed),
    /// The metadata cannot be encoded.
    #[error("cannot encode the model's metadata: {0}")]
    Metadata(String),
    /// The parts do not add up to the announced whole.
    #[error("internal error: {0} of the model file was not written whole; please report this")]
    Incomplete(String),
}

/// The size of each level of a table: `(histories, successors)` for lengths 1, 2, …, n − 1.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sizes(pub Vec<(u64, u64)>);

/// The start of a part of the table: for each level, the number of histories and of successors
/// before it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bases(pub Vec<(u64, u64)>);

/// Writes a model file under a temporary name in the same folder, and renames it at the end.
///
/// If the writer is dropped before [`Writer::finish`], the temporary file is deleted and any
/// existing file of that name stays.
pub struct Writer {
    path: PathBuf,
    file: Partial,
    outbox: Outbox,
    /// The files of the models it is made from.
    sources: Vec<ModelFile>,
    sections: Vec<Section>,
    /// The length of the header, if sections are appended.
    reserved: u64,
    /// Sections besides the table: those of an open vocabulary, and of the words of classes.
    beside: Vec<(Kind, Vec<u8>)>,
}

struct Section {
    kind: Kind,
    level: u16,
    start: u64,
    length: u64,
    /// 4 or 8.
    width: u64,
    /// Whether its length is that of what is written to it.
    grows: bool,
    /// The pieces written: start within the section, length, and checksum of each.
    pieces: Mutex<Vec<(u64, u64, crc32fast::Hasher)>>,
}

impl Writer {
    /// Creates a temporary file in the folder of `path`, so that an unwritable place is noticed
    /// before the work.
    ///
    /// # Errors
    ///
    /// If the folder is missing or cannot be written to, or if `path` is a directory or something
    /// other than a file, such as `/dev/null`, which must not be replaced.
    pub fn create(path: &Path) -> Result<Writer, WriteError> {
        let error = |source| WriteError::Io { path: path.to_owned(), source };
        let file = Partial::create(path).map_err(error)?;
        let outbox = Outbox::new(file.file().try_clone().map_err(error)?);
        Ok(Writer {
            path: path.to_owned(),
            file,
            outbox,
            sources: Vec::new(),
            sections: Vec::new(),
            reserved: 0,
            beside: Vec::new(),
        })
    }

    /// Sets the models that this one is made from: if one of their files changes before the new one
    /// is complete, it is not renamed.
    pub fn with_sources<'m>(mut self, models: impl IntoIterator<Item = &'m Model>) -> Writer {
        self.sources.extend(models.into_iter().map(Model::source));
        self
    }

    /// Sets the open vocabulary, if any.
    pub fn with_open(mut self, open: Option<OpenParts>) -> Writer {
        if let Some(OpenParts { parameters, slots, symbols }) = open {
            self.beside.push((Kind::OpenParameters, parameters));
            self.beside.push((Kind::OpenSlots, slots));
            self.beside.push((Kind::OpenSymbols, symbols));
        }
        self
    }

    /// Sets the words of a model whose table is of classes.
    pub fn with_classes(mut self, members: MemberSections) -> Writer {
        self.beside.extend(members.0);
        self
    }

    /// Sets the number of words that the model skips.
    pub fn with_skip(mut self, skip: usize) -> Writer {
        if skip > 0 {
            self.beside.push((Kind::Skip, (skip as u32).to_le_bytes().to_vec()));
        }
        self
    }

    /// Lays out the file and writes everything before the table.
    pub fn begin(
        &mut self,
        info: &ModelInfo,
        vocab: VocabView,
        unigrams: &[f32],
        sizes: &Sizes,
    ) -> Result<(), WriteError> {
        let mut sections = vec![(Kind::LogProbs, 0, 4, unigrams.len() as u64)];
        let width = |last: u64| if last <= u64::from(u32::MAX) { 4 } else { 8 };
        for (level, &(histories, successors)) in (1u16..).zip(&sizes.0) {
            if level > 1 {
                sections.push((Kind::Words, level, 4, histories));
            }
            sections.push((Kind::Backoffs, level, 4, histories));
            if let Some(&(children, _)) = sizes.0.get(level as usize) {
                sections.push((Kind::ChildStarts, level, width(children), histories + 1));
            }
            sections.push((Kind::SuccessorStarts, level, width(successors), histories + 1));
            sections.push((Kind::Successors, level, 4, successors));
            sections.push((Kind::LogProbs, level, 4, successors));
        }
        self.lay_out(info, vocab, &sections)?;
        self.put_numbers(Kind::LogProbs, 0, 0, unigrams)?;
        // Runs are stored by their starts, and the first starts at 0.
        for level in 1..=sizes.0.len() as u16 {
            for kind in [Kind::ChildStarts, Kind::SuccessorStarts] {
                if let Some(section) = self.find(kind, level) {
                    self.put(kind, level, 0, &[0; 8][..section.width as usize])?;
                }
            }
        }
        Ok(())
    }

    /// Lays out metadata, vocabulary and then these sections, each `(kind, level, width,
    /// elements)`, and writes the first two.
    pub(super) fn lay_out(
        &mut self,
        info: &ModelInfo,
        vocab: VocabView,
        rest: &[(Kind, u16, u64, u64)],
    ) -> Result<(), WriteError> {
        let metadata = super::metadata::encode(info)
            .map_err(|error| WriteError::Metadata(error.to_string()))?;
        let (word_starts, text, slots) = vocab.parts();
        let mut sections = vec![
            (Kind::Metadata, 0, 1, metadata.len() as u64),
            (Kind::WordStarts, 0, 8, word_starts.len() as u64),
            (Kind::WordText, 0, 1, text.len() as u64),
            (Kind::WordSlots, 0, 4, slots.len() as u64),
        ];
        let beside = std::mem::take(&mut self.beside);
        for (kind, bytes) in &beside {
            sections.push((*kind, 0, 1, bytes.len() as u64));
        }
        sections.extend(rest);
        let mut start = (HEADER + ENTRY * sections.len()) as u64;
        for (kind, level, width, elements) in sections {
            start = start.next_multiple_of(ALIGNMENT);
            let length = width * elements;
            self.sections.push(Section {
                kind,
                level,
                start,
                length,
                width,
                grows: false,
                pieces: Mutex::default(),
            });
            start += length;
        }
        self.put(Kind::Metadata, 0, 0, &metadata)?;
        self.put(Kind::WordStarts, 0, 0, word_starts.as_bytes())?;
        self.put(Kind::WordText, 0, 0, text)?;
        self.put(Kind::WordSlots, 0, 0, slots.as_bytes())?;
        beside.iter().try_for_each(|(kind, bytes)| self.put(*kind, 0, 0, bytes))
    }

    /// Begins a file of this many sections, each to be written by [`Writer::append`].
    pub(super) fn reserve(&mut self, sections: usize) -> Result<(), WriteError> {
        let beside = std::mem::take(&mut self.beside);
        self.reserved = (HEADER + ENTRY * (sections + beside.len())) as u64;
        beside.into_iter().try_for_each(|(kind, bytes)| self.append(kind, 0, &bytes))
    }

    /// Appends a whole section. No more may be appended than were reserved.
    pub(super) fn append(
        &mut self,
        kind: Kind,
        level: u16,
        bytes: &[u8],
    ) -> Result<(), WriteError> {
        self.append_later(kind, level, bytes.len() as u64)?;
        self.put(kind, level, 0, bytes)
    }

    /// Appends a section of this length, whose bytes are written later, by [`Writer::put`].
    pub(super) fn append_later(
        &mut self,
        kind: Kind,
        level: u16,
        length: u64,
    ) -> Result<(), WriteError> {
        let end = self.sections.last().map_or(0, |section| section.start + section.length);
        let list = (HEADER + ENTRY * (self.sections.len() + 1)) as u64;
        if list > self.reserved {
            return Err(incomplete(kind, level));
        }
        self.sections.push(Section {
            kind,
            level,
            start: end.max(self.reserved).next_multiple_of(ALIGNMENT),
            length,
            width: 1,
            grows: false,
            pieces: Mutex::default(),
        });
        Ok(())
    }

    /// Appends the metadata and the vocabulary.
    pub(super) fn append_general(
        &mut self,
        info: &ModelInfo,
        vocab: VocabView<'_>,
    ) -> Result<(), WriteError> {
        let metadata = super::metadata::encode(info)
            .map_err(|error| WriteError::Metadata(error.to_string()))?;
        let (starts, text, slots) = vocab.parts();
        self.append(Kind::Metadata, 0, &metadata)?;
        self.append(Kind::WordStarts, 0, starts.as_bytes())?;
        self.append(Kind::WordText, 0, text)?;
        self.append(Kind::WordSlots, 0, slots.as_bytes())
    }

    /// Lets the last section become as long as what is written to it.
    pub(super) fn let_grow(&mut self) {
        if let Some(section) = self.sections.last_mut() {
            section.grows = true;
        }
    }

    /// Returns the final length of the file once it is laid out, without what a section grows by.
    pub fn file_size(&self) -> u64 {
        self.sections.last().map_or(0, |section| section.start + section.length)
    }

    /// Writes a part of the table. Parts may come in any order and from any thread.
    pub fn part(&self, levels: &[ScoredLevel], bases: &Bases) -> Result<(), WriteError> {
        for (index, (level, &(histories, successors))) in levels.iter().zip(&bases.0).enumerate() {
            let number = index as u16 + 1;
            if number > 1 {
                self.put_numbers(Kind::Words, number, histories, &level.words)?;
            }
            self.put_numbers(Kind::Backoffs, number, histories, &level.backoffs)?;
            if let Some(&(children, _)) = bases.0.get(index + 1) {
                self.put_ends(Kind::ChildStarts, number, histories, &level.child_ends, children)?;
            }
            let ends = &level.successor_ends;
            self.put_ends(Kind::SuccessorStarts, number, histories, ends, successors)?;
            self.put_numbers(Kind::Successors, number, successors, &level.successor_words)?;
            self.put_numbers(Kind::LogProbs, number, successors, &level.log_probs)?;
        }
        Ok(())
    }

    /// Writes ends as starts: each run starts where the one before ends.
    fn put_ends(
        &self,
        kind: Kind,
        level: u16,
        at: u64,
        ends: &[u32],
        base: u64,
    ) -> Result<(), WriteError> {
        let starts = ends.iter().map(|&end| u64::from(end) + base);
        match self.find(kind, level) {
            Some(section) if section.width == 8 => {
                self.put_numbers(kind, level, at + 1, &starts.collect::<Vec<u64>>())
            }
            // Narrow only if the last start fits, and so all do.
            _ => {
                let starts: Vec<u32> = starts.map(|start| start as u32).collect();
                self.put_numbers(kind, level, at + 1, &starts)
            }
        }
    }

    /// Writes numbers from element index `at` of a section on.
    fn put_numbers<N: IntoBytes + Immutable>(
        &self,
        kind: Kind,
        level: u16,
        at: u64,
        numbers: &[N],
    ) -> Result<(), WriteError> {
        let at = at * size_of::<N>() as u64;
        if cfg!(target_endian = "little") {
            return self.put(kind, level, at, numbers.as_bytes());
        }
        let mut bytes = numbers.as_bytes().to_vec();
        bytes.chunks_exact_mut(size_of::<N>()).for_each(<[u8]>::reverse);
        self.put(kind, level, at, &bytes)
    }

    fn find(&self, kind: Kind, level: u16) -> Option<&Section> {
        self.sections.iter().find(|section| section.kind == kind && section.level == level)
    }

    /// Writes bytes at an offset in a section.
    pub(super) fn put(
        &self,
        kind: Kind,
        level: u16,
        at: u64,
        bytes: &[u8],
    ) -> Result<(), WriteError> {
        match self.enter(kind, level, at, bytes)? {
            Some(start) => self.outbox.put_borrowed(start, bytes).map_err(|error| self.io(error)),
            None => Ok(()),
        }
    }

    /// Like [`Writer::put`] with owned bytes: if another thread is writing, it writes these too.
    pub(super) fn put_owned(
        &self,
        kind: Kind,
        level: u16,
        at: u64,
        piece: impl Bytes + 'static,
    ) -> Result<(), WriteError> {
        match self.enter(kind, level, at, piece.bytes())? {
            Some(start) => self.outbox.put(start, Box::new(piece)).map_err(|error| self.io(error)),
            None => Ok(()),
        }
    }

    /// Records bytes as written to a section; returns their position in the file, or `None` if there are none.
    fn enter(
        &self,
        kind: Kind,
        level: u16,
        at: u64,
        bytes: &[u8],
    ) -> Result<Option<u64>, WriteError> {
        let section = self.find(kind, level).ok_or_else(|| incomplete(kind, level))?;
        let length = bytes.len() as u64;
        if at + length > section.length && !section.grows {
            return Err(incomplete(kind, level));
        }
        if length == 0 {
            return Ok(None);
        }
        let mut checksum = crc32fast::Hasher::new();
        checksum.update(bytes);
        let mut pieces = section.pieces.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        pieces.push((at, length, checksum));
        Ok(Some(section.start + at))
    }

    fn io(&self, source: io::Error) -> WriteError {
        WriteError::Io { path: self.path.clone(), source }
    }

    /// Writes the header of the file, syncs everything to disk, and renames the file.
    ///
    /// Returns the length of the file in bytes.
    pub fn finish(mut self) -> Result<u64, WriteError> {
        let mut entries = Vec::new();
        for section in &mut self.sections {
            let mut pieces = section.pieces.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            pieces.sort_unstable_by_key(|piece| piece.0);
            let mut checksum = crc32fast::Hasher::new();
            let mut written = 0;
            for (at, length, piece) in pieces.iter() {
                if *at != written {
                    return Err(incomplete(section.kind, section.level));
                }
                checksum.combine(piece);
                written += length;
            }
            drop(pieces);
            if section.grows {
                section.length = written;
            }
            if written != section.length {
                return Err(incomplete(section.kind, section.level));
            }
            let Section { kind, level, start, length, .. } = *section;
            entries.push(Entry {
                kind: kind as u16,
                level,
                checksum: checksum.finalize(),
                start,
                length,
            });
        }
        let end = self.file_size();
        let mut list = Vec::new();
        for entry in &entries {
            list.extend(entry.kind.to_le_bytes());
            list.extend(entry.level.to_le_bytes());
            list.extend(entry.checksum.to_le_bytes());
            list.extend(entry.start.to_le_bytes());
            list.extend(entry.length.to_le_bytes());
            list.extend([0; 8]);
        }
        let mut head = Vec::new();
        head.extend(MAGIC);
        head.extend(VERSION.to_le_bytes());
        head.extend((entries.len() as u32).to_le_bytes());
        head.extend(end.to_le_bytes());
        head.extend(crc32fast::hash(&list).to_le_bytes());
        head.resize(HEADER, 0);
        head.extend(list);
        self.outbox.put_borrowed(0, &head).map_err(|error| self.io(error))?;
        let path = self.path;
        let error = |source| WriteError::Io { path: path.clone(), source };
        self.file.file().set_len(end).map_err(error)?;
        self.outbox.finish().map_err(error)?;
        self.sources.iter().try_for_each(ModelFile::unchanged)?;
        self.file.finish().map_err(error)?;
        Ok(end)
    }
}

fn incomplete(kind: Kind, level: u16) -> WriteError {
    WriteError::Incomplete(format!("{kind:?} of level {level}"))
}
