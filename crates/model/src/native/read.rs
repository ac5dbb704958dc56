//! Opens model files: maps them and checks what scoring relies on.

use super::backoff::backoff;
use super::metadata::{self, MetadataError};
use super::sections::{CHECKED_AT_OPENING, Sections};
use super::suffix::SuffixView;
use super::{ClassModel, Kind, Layout, SkipModel, Stepper, VERSION, compact, suffix, table};
use crate::open::{Contexts, OpenParts, OpenVocabulary, Parameters};
use crate::score_all::score_all;
use crate::table::WholeTable;
use crate::{Derivation, LanguageModel, Listed, LogProb, ModelInfo, Score, TableFault, score};
use ngram_store::{Cancelled, Mapped, Progress, stamp::Stamped};
use ngram_tokenizer::{PieceFileError, TokenizerSpec, VocabError, VocabView, WordId};
use std::io;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use zerocopy::FromBytes;
use zerocopy::little_endian::{U32, U64};

/// Maximum order of a model: scores store the matched order in 8 bits.
pub const MAX_ORDER: usize = u8::MAX as usize;

/// A model in the native format, mapped from its file.
pub struct Model {
    bytes: Mapped,
    sections: Sections,
    info: ModelInfo,
    vocab: [Range<usize>; 3],
    stored: Stored,
    /// Parameters, slots and symbols of the open vocabulary.
    open: Option<[Range<usize>; 3]>,
}

/// The layout of the table in the file, and the positions of its sections.
enum Stored {
    Suffix(suffix::Ranges),
    Table(table::Ranges),
    Compact(compact::Ranges),
}

/// Why a file is not a usable model.
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
    /// The file is not a model.
    #[error("{name} is not a model file{hint}")]
    Foreign {
        /// The file's name.
        name: String,
        /// What it seems to be, and what to do about it.
        hint: &'static str,
    },
    /// The file has a layout of earlier versions.
    #[error(
        "{0} is in a layout of an earlier version, which this one does not read: train the model again, or write it as ARPA with the version that made it (`ngram export`) and use `ngram import`"
    )]
    OldLayout(String),
    /// The model is class-based, but a table of words is needed.
    #[error(
        "{name} is a class-based model, but a table of words is needed here: `ngram eval`, `info`, `check` and `convert` accept it, and `ngram train` without --classes makes a table"
    )]
    ClassBased {
        /// The file's name.
        name: String,
    },
    /// The model is a skip model, but a table of consecutive words is needed.
    #[error(
        "{name} is a skip model, but a table of consecutive words is needed here: `ngram eval`, `info` and `check` accept it, and `ngram train` without --skip makes a table"
    )]
    Skips {
        /// The file.
        name: String,
    },
    /// The model is not a skip model, but one is needed.
    #[error("{name} is not a skip model; train one with `ngram train --skip`")]
    SkipsNothing {
        /// The file.
        name: String,
    },
    /// The model is a table of words, but a class-based one is needed.
    #[error("{name} is not a class-based model; train one with `ngram train --classes`")]
    NotClassBased {
        /// The file's name.
        name: String,
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
    /// The file is truncated or changed.
    #[error("{name} is damaged ({what}); make it again, or fetch it again")]
    Damaged {
        /// The file's name.
        name: String,
        /// What is wrong.
        what: String,
    },
    /// The file's n-grams are not a table, although every checksum fits.
    #[error("{name} is damaged ({fault}); make it again, or fetch it again")]
    Table {
        /// The file's name.
        name: String,
        /// What is wrong, and in which section.
        fault: TableFault,
    },
    /// Its `tokenizer.json` cannot be used, perhaps because this build does not support any.
    #[error("cannot use the model {name}")]
    Tokenizer {
        /// The file's name.
        name: String,
        /// What is wrong with it.
        source: PieceFileError,
    },
    /// Another program changed the file.
    #[error(transparent)]
    Changed(#[from] Changed),
    /// The work was stopped.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// The error for a model file that another program changed while it was in use.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{name} was changed by another program while it was being read, so the results cannot be trusted: \
     run again, and replace model files by renaming, not by overwriting"
)]
pub struct Changed {
    /// The file's name.
    pub name: String,
}

/// A model's file, to check later whether it is unchanged. Holds it open, but not its bytes.
#[derive(Clone)]
pub struct ModelFile {
    name: String,
    opened: Option<Arc<Stamped>>,
}

impl ModelFile {
    /// The file with these bytes; `name` is its name in messages.
    pub fn new(name: &str, bytes: &Mapped) -> ModelFile {
        ModelFile { name: name.to_owned(), opened: bytes.stamped() }
    }

    /// As [`Model::unchanged`].
    ///
    /// # Errors
    ///
    /// [`Changed`] names the file.
    pub fn unchanged(&self) -> Result<(), Changed> {
        match self.opened.as_ref().is_none_or(|opened| opened.is_unchanged()) {
            true => Ok(()),
            false => Err(Changed { name: self.name.clone() }),
        }
    }
}

impl Model {
    /// Opens and maps a model file. A file of up to 64 MiB is read in full and all its checksums are verified, so that
    /// a model that opens gives the scores it was written with. For a longer file only the header and the metadata are
    /// checked, so that opening takes the same short time for any size; [`Model::verify`] reads and checks everything.
    ///
    /// Damage not found here makes scores wrong, but never causes a panic.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, is not a model or is damaged; [`ModelError::ClassBased`] if it is a
    /// [`ClassModel`](crate::ClassModel). [`AnyModel::open`](crate::AnyModel::open) opens either.
    pub fn open(path: &Path) -> Result<Model, ModelError> {
        let name = path.display().to_string();
        Model::from_bytes(&name, map(path, &name)?)
    }

    /// Opens a model whose file is in memory; `name` is used in messages.
    ///
    /// # Errors
    ///
    /// As for [`Model::open`].
    pub fn from_bytes(name: &str, bytes: Mapped) -> Result<Model, ModelError> {
        let sections = Sections::read(name, &bytes)?;
        if ClassModel::is_in(&sections) {
            return Err(ModelError::ClassBased { name: name.to_owned() });
        }
        if SkipModel::is_in(&sections) {
            return Err(ModelError::Skips { name: name.to_owned() });
        }
        Model::from_sections(bytes, sections)
    }

    /// Opens the table in a file, whether of words, classes or a skip model.
    pub(super) fn from_sections(bytes: Mapped, sections: Sections) -> Result<Model, ModelError> {
        let range = sections.need(Kind::Metadata, 0)?;
        if sections.checksum(Kind::Metadata, 0) != Some(crc32fast::hash(&bytes[range.clone()])) {
            return Err(sections.damaged("the metadata's checksum does not match"));
        }
        if bytes.len() <= CHECKED_AT_OPENING {
            sections.compare_checksums(&bytes)?;
        }
        let info = metadata::decode(&bytes[range]).map_err(|error| match error {
            MetadataError::Damaged(error) => {
                sections.damaged(format!("the metadata cannot be read: {error}"))
            }
            MetadataError::Tokenizer(source) => {
                ModelError::Tokenizer { name: sections.name().to_owned(), source }
            }
        })?;
        if info.order() == 0 || info.order() > MAX_ORDER {
            let order = info.order();
            return Err(sections.damaged(format!("order {order} is not between 1 and {MAX_ORDER}")));
        }
        let part = |kind| sections.need(kind, 0);
        let vocab = [part(Kind::WordStarts)?, part(Kind::WordText)?, part(Kind::WordSlots)?];
        let has = |kind, level| sections.find(kind, level).is_some();
        if has(Kind::OldDirectory, 0) || has(Kind::OldLines, 0) || has(Kind::OldLines, 1) {
            return Err(ModelError::OldLayout(sections.name().to_owned()));
        }
        let stored = if has(Kind::SuffixDirectory, 0) {
            Stored::Suffix(suffix::Ranges::find(&sections, info.order())?)
        } else if has(Kind::Shape, 1) {
            Stored::Compact(compact::Ranges::find(&sections, &bytes, info.order())?)
        } else {
            Stored::Table(table::Ranges::find(&sections, info.order())?)
        };
        let open = open_ranges(&sections)?;
        let model = Model { bytes, sections, info, vocab, stored, open };
        let (starts, text, slots) = model.vocab_parts();
        let vocab = VocabView::from_parts(starts, text, slots)
            .map_err(|error: VocabError| model.sections.damaged(error.to_string()))?;
        let words = match &model.stored {
            Stored::Suffix(ranges) => ranges.vocab_len(),
            Stored::Table(ranges) => ranges.vocab_len(),
            Stored::Compact(ranges) => ranges.vocab_len(),
        };
        if vocab.len() != words {
            let what = "the vocabulary and the probabilities differ in length";
            return Err(model.sections.damaged(what));
        }
        Ok(model)
    }

    /// Reads the whole file, verifies every checksum, and looks every word up.
    ///
    /// # Errors
    ///
    /// [`ModelError::Damaged`] if something is wrong; `name` is the file's name in it.
    pub fn verify(&self, name: &str) -> Result<(), ModelError> {
        let named = |error| match error {
            ModelError::Damaged { what, .. } => ModelError::Damaged { name: name.to_owned(), what },
            other => other,
        };
        self.sections.compare_checksums(&self.bytes).map_err(named)?;
        self.vocab()
            .check()
            .map_err(|error| ModelError::Damaged { name: name.to_owned(), what: error.to_string() })
    }

    /// Returns an error if another program changed the file since it was opened, as far as the
    /// system tells; see [`Mapped::is_unchanged`]. Called after work with the model, it tells
    /// whether the results can be trusted. A file that was replaced by renaming is still intact.
    ///
    /// # Errors
    ///
    /// [`Changed`] names the file.
    pub fn unchanged(&self) -> Result<(), Changed> {
        self.source().unchanged()
    }

    /// Returns the file, to check later whether it is unchanged.
    pub fn source(&self) -> ModelFile {
        ModelFile { name: self.sections.name().to_owned(), opened: self.bytes.stamped() }
    }

    /// Loads the whole file into memory at once: worthwhile before scoring much text.
    pub fn populate(&self) {
        self.bytes.populate();
    }

    /// Returns whether the system maps the file by huge pages; see [`ngram_store::Mapped::is_in_huge_pages`].
    pub fn is_in_huge_pages(&self) -> bool {
        self.bytes.is_in_huge_pages()
    }

    /// Returns the model's metadata.
    pub fn info(&self) -> &ModelInfo {
        &self.info
    }

    /// Returns the file's name, for messages.
    pub(crate) fn name(&self) -> &str {
        self.sections.name()
    }

    /// Returns the layout of the n-grams in the file.
    pub fn layout(&self) -> Layout {
        match &self.stored {
            Stored::Suffix(_) => Layout::Suffix,
            Stored::Table(_) => Layout::Table,
            Stored::Compact(_) => Layout::Compact,
        }
    }

    /// Returns what scores word by word, as decoders do, with states of at most `N` words. `None` if histories may have
    /// more, or if the file is not in the suffix layout, to which [`convert()`](crate::convert()) brings it.
    pub fn stepper<const N: usize>(&self) -> Option<Stepper<'_, N>> {
        self.suffix_view().and_then(Stepper::new)
    }

    /// Returns the n-grams if they are in the suffix layout.
    pub(crate) fn suffix_view(&self) -> Option<SuffixView<'_>> {
        match &self.stored {
            Stored::Suffix(ranges) => Some(ranges.view(&self.bytes)),
            _ => None,
        }
    }

    /// Returns the open vocabulary as stored in the file.
    pub fn open_parts(&self) -> Option<OpenParts> {
        let [parameters, slots, symbols] =
            self.open.as_ref()?.each_ref().map(|range| self.bytes[range.clone()].to_vec());
        Some(OpenParts { parameters, slots, symbols })
    }

    /// Returns a fingerprint of the file's content, computed from the checksums and lengths of its sections.
    ///
    /// Files with different content have the same fingerprint with a chance of one in 2^32.
    pub fn fingerprint(&self) -> u32 {
        self.sections.entries().iter().fold(0, |fingerprint, entry| {
            let mut hasher = crc32fast::Hasher::new_with_initial(fingerprint);
            hasher.update(&entry.checksum.to_le_bytes());
            hasher.update(&entry.length.to_le_bytes());
            hasher.finalize()
        })
    }

    /// Returns the length of the file in bytes.
    pub fn file_size(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// Returns the bytes of the file and its sections.
    pub(super) fn parts(&self) -> (&[u8], &Sections) {
        (&self.bytes, &self.sections)
    }

    fn vocab_parts(&self) -> (&[U64], &[u8], &[U32]) {
        let [starts, text, slots] = &self.vocab;
        let bytes = &self.bytes;
        (slice(bytes, starts), &bytes[text.clone()], slice(bytes, slots))
    }

    /// Returns log10 of the back-off weights of a history's last word, its last two, and so on: 0
    /// for those not stored. The history has at most n − 1 words.
    pub(crate) fn backoffs(&self, history: &[WordId]) -> Vec<LogProb> {
        let shorter = |length: usize| &history[history.len() - length..];
        let lengths = 1..=history.len();
        match &self.stored {
            Stored::Table(ranges) => {
                let view = ranges.view(&self.bytes);
                lengths.map(|length| view.listed_after(shorter(length)).backoff).collect()
            }
            Stored::Suffix(ranges) => {
                let mut found = ranges.view(&self.bytes).backoffs(history);
                found.resize(history.len(), 0.0);
                found.into_iter().map(LogProb).collect()
            }
            Stored::Compact(ranges) => {
                let found = ranges.view(&self.bytes).backoffs(history);
                found.into_iter().map(LogProb).collect()
            }
        }
    }

    /// Returns the whole model as a table, history by history, for all that makes another file of it. The table is
    /// [checked](crate::table::TableView::check), and every word looked up, so ranges and words can be relied on.
    ///
    /// Borrowed if the file has the table layout, otherwise restored in memory. Reads the whole table, using the
    /// threads of the current rayon pool.
    ///
    /// # Errors
    ///
    /// [`ModelError::Table`] names the file and what is wrong, as in a forged file.
    pub fn table(&self) -> Result<WholeTable<'_>, ModelError> {
        self.table_until(&())
    }

    /// Like [`Model::table`], unless `progress` cancels the work.
    ///
    /// # Errors
    ///
    /// As for [`Model::table`], and [`ModelError::Cancelled`].
    pub fn table_until(&self, progress: &dyn Progress) -> Result<WholeTable<'_>, ModelError> {
        let checked = self.restored(progress).and_then(|whole| {
            whole.view().check()?;
            self.vocab().check()?;
            Ok(whole)
        });
        // What was cancelled is no fault of the file, whatever is said of it.
        progress.proceed()?;
        checked.map_err(|fault| ModelError::Table { name: self.sections.name().to_owned(), fault })
    }

    /// Like [`Model::table`], for a check that reports all faults itself: ranges may be out of bounds, and words
    /// outside the vocabulary.
    ///
    /// # Errors
    ///
    /// [`TableFault::Trie`] if another layout cannot be restored.
    pub fn unchecked_table(&self) -> Result<WholeTable<'_>, TableFault> {
        self.restored(&())
    }

    fn restored(&self, progress: &dyn Progress) -> Result<WholeTable<'_>, TableFault> {
        let restored = match &self.stored {
            Stored::Table(ranges) => return Ok(WholeTable::Stored(ranges.view(&self.bytes))),
            Stored::Suffix(ranges) => ranges.view(&self.bytes).restore(progress),
            Stored::Compact(ranges) => ranges.view(&self.bytes).restore(progress),
        };
        restored.map(WholeTable::Restored).map_err(TableFault::Trie)
    }
}

/// Maps a file, which must not be a folder.
pub(crate) fn map(path: &Path, name: &str) -> Result<Mapped, ModelError> {
    bytes_by(Mapped::open, path, name)
}

/// Reads a file into memory.
pub(crate) fn load(path: &Path, name: &str) -> Result<Mapped, ModelError> {
    bytes_by(Mapped::read, path, name)
}

fn bytes_by(
    open: fn(&Path) -> io::Result<Mapped>,
    path: &Path,
    name: &str,
) -> Result<Mapped, ModelError> {
    let io = |source| ModelError::Io { name: name.to_owned(), source };
    if path.is_dir() {
        return Err(io(io::Error::new(io::ErrorKind::IsADirectory, "it is a directory")));
    }
    open(path).map_err(io)
}

/// Returns the position of the open vocabulary, if there is one.
fn open_ranges(sections: &Sections) -> Result<Option<[Range<usize>; 3]>, ModelError> {
    let Some(parameters) = sections.find(Kind::OpenParameters, 0) else { return Ok(None) };
    if parameters.len() != size_of::<Parameters>() {
        return Err(sections.damaged("the open vocabulary has other parameters"));
    }
    let part = |kind| sections.need(kind, 0);
    Ok(Some([parameters, part(Kind::OpenSlots)?, part(Kind::OpenSymbols)?]))
}

/// Returns a section as an array of numbers, ignoring an incomplete last one.
pub(super) fn slice<'a, T>(bytes: &'a [u8], range: &Range<usize>) -> &'a [T]
where
    T: FromBytes + zerocopy::Immutable + zerocopy::KnownLayout + zerocopy::Unaligned,
{
    let bytes = bytes.get(range.clone()).unwrap_or_default();
    let elements = bytes.len() / size_of::<T>();
    match <[T]>::ref_from_prefix_with_elems(bytes, elements) {
        Ok((slice, _)) => slice,
        Err(_) => &[],
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

    fn open_vocabulary(&self) -> Option<OpenVocabulary<'_>> {
        let [parameters, slots, symbols] = self.open.as_ref()?;
        let (slots, symbols) = (slice(&self.bytes, slots), slice(&self.bytes, symbols));
        let parameters = Parameters::ref_from_bytes(&self.bytes[parameters.clone()]).ok()?;
        Some(OpenVocabulary::new(parameters, Contexts { slots, symbols }))
    }

    fn score(&self, history: &[WordId], word: WordId) -> Score {
        match &self.stored {
            Stored::Suffix(ranges) => ranges.view(&self.bytes).score(history, word),
            Stored::Compact(ranges) => ranges.view(&self.bytes).score(history, word),
            Stored::Table(ranges) => score::score(&ranges.view(&self.bytes), history, word),
        }
    }

    fn listed_after(&self, history: &[WordId]) -> Option<Listed> {
        match &self.stored {
            Stored::Suffix(ranges) => Some(ranges.view(&self.bytes).listed_after(history)),
            Stored::Table(ranges) => Some(ranges.view(&self.bytes).listed_after(history)),
            // The successors of a history are not adjacent in this layout.
            Stored::Compact(_) => None,
        }
    }

    fn derive(&self, history: &[WordId], word: WordId) -> Derivation {
        Derivation::Backoff(backoff(self, history, word))
    }

    fn score_all(&self, history: &[WordId], scores: &mut Vec<Score>) {
        let recent = &history[history.len() - history.len().min(self.order() - 1)..];
        let lengths = 1..=recent.len();
        match &self.stored {
            Stored::Table(ranges) => {
                let view = ranges.view(&self.bytes);
                let list = |length| view.listed_after(&recent[recent.len() - length..]);
                let lists: Vec<Listed> = lengths.map(list).collect();
                score_all(view.unigrams.iter().map(|own| LogProb(own.get())), &lists, scores);
            }
            Stored::Suffix(ranges) => {
                let view = ranges.view(&self.bytes);
                let list = |length| view.listed_after(&recent[recent.len() - length..]);
                let lists: Vec<Listed> = lengths.map(list).collect();
                let unigrams = view.directory.iter().map(|entry| entry.log_prob());
                score_all(unigrams, &lists, scores);
            }
            Stored::Compact(ranges) => ranges.view(&self.bytes).score_all(recent, scores),
        }
    }

    fn score_each(&self, history: &[WordId], words: &[WordId], scores: &mut Vec<Score>) {
        let recent = &history[history.len() - history.len().min(self.order() - 1)..];
        match &self.stored {
            Stored::Compact(ranges) => {
                ranges.view(&self.bytes).score_after(recent, words.iter().copied(), scores);
            }
            Stored::Table(_) | Stored::Suffix(_) => {
                scores.clear();
                scores.extend(words.iter().map(|&word| self.score(recent, word)));
            }
        }
    }

    fn score_sentence(&self, words: &[WordId], scores: &mut Vec<Score>) {
        match &self.stored {
            Stored::Suffix(ranges) => {
                ranges.view(&self.bytes).score_sentences(words, &[words.len()], scores);
            }
            Stored::Compact(ranges) => {
                ranges.view(&self.bytes).score_sentence(words, scores);
            }
            Stored::Table(ranges) => {
                score::score_sentence(&ranges.view(&self.bytes), words, scores);
            }
        }
    }

    fn score_sentences(&self, words: &[WordId], ends: &[usize], scores: &mut Vec<Score>) {
        match &self.stored {
            Stored::Suffix(ranges) => {
                ranges.view(&self.bytes).score_sentences(words, ends, scores);
            }
            _ => crate::language_model::one_by_one(self, words, ends, scores),
        }
    }
}
