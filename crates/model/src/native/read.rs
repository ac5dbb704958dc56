//! Opening a model file: mapped, and checked for what scoring relies on.

use super::metadata::{self, MetadataError};
use super::sections::{CHECKED_AT_OPENING, Sections};
use super::{ClassModel, Kind, Layout, SkipModel, VERSION, compact, fast, table};
use crate::derivation::Backoff;
use crate::open::{Contexts, OpenParts, OpenVocabulary, Parameters};
use crate::score_all::score_all;
use crate::table::WholeTable;
use crate::{Derivation, LanguageModel, Listed, LogProb, ModelInfo, Score, score};
use ngram_store::Mapped;
use ngram_tokenizer::{HuggingFaceError, TokenizerSpec, VocabError, VocabView, WordId};
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
    sections: Sections,
    info: ModelInfo,
    vocab: [Range<usize>; 3],
    stored: Stored,
    /// Parameters, slots and symbols of the open vocabulary.
    open: Option<[Range<usize>; 3]>,
}

/// How the file lays the table out, and where its sections are.
enum Stored {
    Fast(fast::Ranges),
    Table(table::Ranges),
    Compact(compact::Ranges),
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
    /// The model predicts classes of words, and what was asked for needs a table of words.
    #[error(
        "{name} is a class-based model, no table of words, which is needed here: `ngram eval`, `info`, `check` and `convert` take it, and `ngram train` without --classes makes a table"
    )]
    ClassBased {
        /// The file's name.
        name: String,
    },
    /// The model skips words, and what was asked for needs a table of words in a row.
    #[error(
        "{name} is a skip model, no table of words in a row, which is needed here: `ngram eval`, `info` and `check` take it, and `ngram train` without --skip makes a table"
    )]
    Skips {
        /// The file.
        name: String,
    },
    /// The model skips nothing, and what was asked for needs a skip model.
    #[error("{name} is no skip model; train one with `ngram train --skip`")]
    SkipsNothing {
        /// The file.
        name: String,
    },
    /// The model is a table of words, and what was asked for needs a class-based one.
    #[error("{name} is no class-based model; train one with `ngram train --classes`")]
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
    /// The file is cut or changed.
    #[error("{name} is damaged ({what}); make it again, or fetch it again")]
    Damaged {
        /// The file's name.
        name: String,
        /// What does not fit.
        what: String,
    },
    /// The `tokenizer.json` in it cannot be used, perhaps as this build cannot read any.
    #[error("cannot use the model {name}")]
    Tokenizer {
        /// The file's name.
        name: String,
        /// What is the matter with it.
        source: HuggingFaceError,
    },
    /// Another program wrote into the file.
    #[error(transparent)]
    Changed(#[from] Changed),
}

/// A model file that another program wrote into while it was in use.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{name} was changed by another program while it was read, so that nothing that comes of it is right: \
     run again, and let a new model take the place of an old one by renaming it"
)]
pub struct Changed {
    /// The file's name.
    pub name: String,
}

/// A model's file, to be asked whether it is unchanged.
pub(super) struct Source {
    name: String,
    bytes: Mapped,
}

impl Source {
    pub fn unchanged(&self) -> Result<(), Changed> {
        match self.bytes.is_unchanged() {
            true => Ok(()),
            false => Err(Changed { name: self.name.clone() }),
        }
    }
}

impl Model {
    /// Opens and maps a model file. A file of up to 64 MiB is read whole, and every checksum in it compared, so
    /// that a model that opens gives the scores it was written with. Of a longer one only the head and the metadata
    /// are, so that opening takes the same short time whatever its size; [`Model::verify`] reads and checks it all.
    ///
    /// Damage that is not found here makes scores wrong, but nothing panic.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, is no model or is damaged; [`ModelError::ClassBased`] if it is a
    /// [`ClassModel`](crate::ClassModel). [`AnyModel::open`](crate::AnyModel::open) opens either.
    pub fn open(path: &Path) -> Result<Model, ModelError> {
        let name = path.display().to_string();
        Model::from_bytes(&name, map(path, &name)?)
    }

    /// A model whose file's bytes are in memory; `name` is for messages.
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

    /// The table in a file, whatever it is of.
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
        let stored = if has(Kind::Directory, 0) {
            Stored::Fast(fast::Ranges::find(&sections, info.order())?)
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
            Stored::Fast(ranges) => ranges.vocab_len(),
            Stored::Table(ranges) => ranges.vocab_len(),
            Stored::Compact(ranges) => ranges.vocab_len(),
        };
        if vocab.len() != words {
            let what = "the vocabulary and the probabilities differ in length";
            return Err(model.sections.damaged(what));
        }
        Ok(model)
    }

    /// Reads the whole file, compares every checksum, and looks every word up.
    ///
    /// # Errors
    ///
    /// [`ModelError::Damaged`] if something does not fit; `name` is what to call the file in it.
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

    /// An error if another program wrote into the file since it was opened, as far as the system tells; see
    /// [`Mapped::is_unchanged`]. Asked after work with the model, it tells whether what came of it can be
    /// trusted. A file that was replaced by renaming is whole, as it was.
    ///
    /// # Errors
    ///
    /// [`Changed`] names the file.
    pub fn unchanged(&self) -> Result<(), Changed> {
        self.source().unchanged()
    }

    /// The file, to be asked later whether it is unchanged.
    pub(super) fn source(&self) -> Source {
        Source { name: self.sections.name().to_owned(), bytes: self.bytes.clone() }
    }

    /// Reads the whole file into memory at once: worth its while before much text is scored.
    pub fn populate(&self) {
        self.bytes.populate();
    }

    /// What the model says of itself.
    pub fn info(&self) -> &ModelInfo {
        &self.info
    }

    /// How the file lays the n-grams out.
    pub fn layout(&self) -> Layout {
        match &self.stored {
            Stored::Fast(_) => Layout::Fast,
            Stored::Table(_) => Layout::Table,
            Stored::Compact(_) => Layout::Compact,
        }
    }

    /// The open vocabulary as it is in the file.
    pub fn open_parts(&self) -> Option<OpenParts> {
        let [parameters, slots, symbols] =
            self.open.as_ref()?.each_ref().map(|range| self.bytes[range.clone()].to_vec());
        Some(OpenParts { parameters, slots, symbols })
    }

    /// A number that stands for the file's content: it is made of the checksums and lengths of its sections.
    ///
    /// Files of different content have the same with a chance of one in 2^32.
    pub fn fingerprint(&self) -> u32 {
        self.sections.entries().iter().fold(0, |fingerprint, entry| {
            let mut hasher = crc32fast::Hasher::new_with_initial(fingerprint);
            hasher.update(&entry.checksum.to_le_bytes());
            hasher.update(&entry.length.to_le_bytes());
            hasher.finalize()
        })
    }

    /// The length of the file in bytes.
    pub fn file_size(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// The bytes of the file, and where its sections are.
    pub(super) fn parts(&self) -> (&[u8], &Sections) {
        (&self.bytes, &self.sections)
    }

    fn vocab_parts(&self) -> (&[U64], &[u8], &[U32]) {
        let [starts, text, slots] = &self.vocab;
        let bytes = &self.bytes;
        (slice(bytes, starts), &bytes[text.clone()], slice(bytes, slots))
    }

    /// log10 of the back-off weights of a history's last word, its last two, and so on: 0 for what is not stored. It
    /// has at most n − 1 words.
    pub(crate) fn backoffs(&self, history: &[WordId]) -> Vec<LogProb> {
        let shorter = |length: usize| &history[history.len() - length..];
        let lengths = 1..=history.len();
        match &self.stored {
            Stored::Fast(ranges) => {
                let view = ranges.view(&self.bytes);
                lengths.map(|length| view.listed_after(shorter(length)).backoff).collect()
            }
            Stored::Table(ranges) => {
                let view = ranges.view(&self.bytes);
                lengths.map(|length| view.listed_after(shorter(length)).backoff).collect()
            }
            Stored::Compact(ranges) => {
                let found = ranges.view(&self.bytes).backoffs(history);
                found.into_iter().map(LogProb).collect()
            }
        }
    }

    /// The whole model as a table, history by history: what a check and an export go through.
    ///
    /// Borrowed where the file lays it out so; else brought into that order in memory.
    pub fn table(&self) -> WholeTable<'_> {
        match &self.stored {
            Stored::Fast(ranges) => {
                let (table, fault) = ranges.view(&self.bytes).restore();
                WholeTable::Restored(table, fault)
            }
            Stored::Table(ranges) => WholeTable::Stored(ranges.view(&self.bytes)),
            Stored::Compact(ranges) => {
                let (table, fault) = ranges.view(&self.bytes).restore();
                WholeTable::Restored(table, fault)
            }
        }
    }
}

/// Maps a file, which must be no folder.
pub(crate) fn map(path: &Path, name: &str) -> Result<Mapped, ModelError> {
    bytes_by(Mapped::open, path, name)
}

/// The bytes of a file, read into memory.
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

/// Where the open vocabulary is, if there is one.
fn open_ranges(sections: &Sections) -> Result<Option<[Range<usize>; 3]>, ModelError> {
    let Some(parameters) = sections.find(Kind::OpenParameters, 0) else { return Ok(None) };
    if parameters.len() != size_of::<Parameters>() {
        return Err(sections.damaged("the open vocabulary has other parameters"));
    }
    let part = |kind| sections.need(kind, 0);
    Ok(Some([parameters, part(Kind::OpenSlots)?, part(Kind::OpenSymbols)?]))
}

/// A section as an array of numbers; a length that is no multiple of theirs is cut.
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
            Stored::Fast(ranges) => ranges.view(&self.bytes).score(history, word),
            Stored::Compact(ranges) => ranges.view(&self.bytes).score(history, word),
            Stored::Table(ranges) => score::score(&ranges.view(&self.bytes), history, word),
        }
    }

    fn listed_after(&self, history: &[WordId]) -> Option<Listed> {
        match &self.stored {
            Stored::Fast(ranges) => Some(ranges.view(&self.bytes).listed_after(history)),
            Stored::Table(ranges) => Some(ranges.view(&self.bytes).listed_after(history)),
            // Its successors are not side by side.
            Stored::Compact(_) => None,
        }
    }

    fn derive(&self, history: &[WordId], word: WordId) -> Derivation {
        Derivation::Backoff(Backoff::new(self, history, word))
    }

    fn score_all(&self, history: &[WordId], scores: &mut Vec<Score>) {
        let recent = &history[history.len() - history.len().min(self.order() - 1)..];
        let lengths = 1..=recent.len();
        match &self.stored {
            Stored::Fast(ranges) => {
                let view = ranges.view(&self.bytes);
                let list = |length| view.listed_after(&recent[recent.len() - length..]);
                let lists: Vec<Listed> = lengths.map(list).collect();
                let words = (0..ranges.vocab_len() as u32).map(WordId);
                score_all(words.map(|word| LogProb(view.unigram(word))), &lists, scores);
            }
            Stored::Table(ranges) => {
                let view = ranges.view(&self.bytes);
                let list = |length| view.listed_after(&recent[recent.len() - length..]);
                let lists: Vec<Listed> = lengths.map(list).collect();
                score_all(view.unigrams.iter().map(|own| LogProb(own.get())), &lists, scores);
            }
            Stored::Compact(ranges) => ranges.view(&self.bytes).score_all(recent, scores),
        }
    }

    fn score_sentence(&self, words: &[WordId], scores: &mut Vec<Score>) {
        match &self.stored {
            Stored::Fast(ranges) => {
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
            Stored::Fast(ranges) => {
                ranges.view(&self.bytes).score_sentences(words, ends, scores);
            }
            _ => crate::language_model::one_by_one(self, words, ends, scores),
        }
    }
}
