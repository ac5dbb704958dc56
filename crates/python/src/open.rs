//! Opens models from files and from memory: native ones are mapped, ARPA files are read into memory, hash tables of
//! KenLM's are scored in their file.

use crate::error::{raise, raise_io};
use crate::stop::Stoppable;
use ngram_counts::TokenizerName;
use ngram_formats::arpa::ReadOptions;
use ngram_formats::kenlm::{self, KenlmModel, ProbingFile};
use ngram_formats::{TextTokenizer, import_as};
use ngram_input::Encoding;
use ngram_model::memory::MemoryModel;
use ngram_model::{AnyModel, ConvertOptions};
use ngram_store::{Mapped, Progress};
use ngram_tokenizer::{TokenizerKind, TokenizerSpec};
use pyo3::PyResult;
use pyo3::exceptions::PyValueError;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

/// The first bytes of a native model.
const MAGIC: &[u8] = b"\x89ngram\r\n";

/// Models up to this length, in bytes, are read, which takes some milliseconds. A longer one is mapped, and must not be cut
/// short while it is open: the system would end the process.
const READ: u64 = 32 << 20;

/// A model and the bytes of its file.
pub struct Opened {
    pub model: AnyModel,
    pub bytes: Mapped,
    /// A faster form for scoring, for models that are read into memory anyway.
    pub in_memory: Option<MemoryModel>,
}

/// How the words of a model of another toolkit were made from text.
#[derive(Clone, Default)]
pub struct How {
    pub tokenizer: Option<TokenizerName>,
    pub lowercase: bool,
}

impl How {
    /// Reads what Python says.
    pub fn new(tokenizer: Option<&str>, lowercase: bool) -> PyResult<How> {
        let tokenizer = tokenizer.map(str::parse).transpose().map_err(raise)?;
        Ok(How { tokenizer, lowercase })
    }

    fn tokenizer(&self) -> PyResult<TextTokenizer> {
        let lowercase = self.lowercase;
        Ok(match &self.tokenizer {
            Some(name) => TextTokenizer::Told(name.open(lowercase).map_err(raise)?),
            None => {
                let kind = TokenizerKind::Whitespace;
                TextTokenizer::Assumed(TokenizerSpec { kind, lowercase })
            }
        })
    }

    /// Fails if something was said that our own models say themselves.
    fn refuse(&self, name: &str, model: &AnyModel) -> PyResult<()> {
        if self.tokenizer.is_none() && !self.lowercase {
            return Ok(());
        }
        Err(PyValueError::new_err(format!(
            "{name} says itself how its text is split ({}): leave tokenizer and lowercase out",
            model.as_dyn().tokenizer()
        )))
    }
}

/// The kind of a file.
enum Kind {
    Native,
    Kenlm,
    Other,
}

fn kind(head: &[u8]) -> Kind {
    match head {
        _ if head.starts_with(MAGIC) => Kind::Native,
        _ if kenlm::is_head(head) => Kind::Kenlm,
        _ => Kind::Other,
    }
}

/// Maps the file of a model, or reads a short one.
pub fn mapped(path: &Path) -> std::io::Result<Mapped> {
    let is_short = std::fs::metadata(path)?.len() <= READ;
    if is_short { Mapped::read(path) } else { Mapped::open(path) }
}

/// Returns the hash tables of KenLM's in a file that is not compressed, if there are any.
pub fn hash_tables(path: &Path) -> PyResult<Option<ProbingFile>> {
    let name = path.display().to_string();
    let cannot = |error| raise_io(&format!("cannot open model {name}"), &error);
    let mut head = Vec::new();
    let file = File::open(path).map_err(cannot)?;
    file.take(kenlm::LOOK_AHEAD as u64).read_to_end(&mut head).map_err(cannot)?;
    if !kenlm::is_head(&head) {
        return Ok(None);
    }
    let bytes = mapped(path).map_err(cannot)?;
    if !ProbingFile::is_one(&bytes, &name).map_err(raise)? {
        return Ok(None);
    }
    Ok(Some(ProbingFile::open(bytes, &name).map_err(raise)?))
}

/// Opens a model of any kind; ARPA files may be compressed with gzip, zstd, bzip2 or xz.
pub fn open(path: &Path, how: &How, progress: &dyn Progress) -> PyResult<Opened> {
    open_as(path, how, &ReadOptions::default(), progress)
}

/// Like [`open`], with an ARPA file read as these options say.
pub fn open_as(
    path: &Path,
    how: &How,
    options: &ReadOptions<'_>,
    progress: &dyn Progress,
) -> PyResult<Opened> {
    let name = path.display().to_string();
    let cannot = |error| raise_io(&format!("cannot open model {name}"), &error);
    let mut head = Vec::new();
    let file = File::open(path).map_err(cannot)?;
    (&file).take(kenlm::LOOK_AHEAD as u64).read_to_end(&mut head).map_err(cannot)?;
    match kind(&head) {
        Kind::Other => {
            let file = File::open(path).map_err(cannot)?;
            arpa(&name, Stoppable::new(file, progress), how, options, progress)
        }
        _ => of_bytes(&name, mapped(path).map_err(cannot)?, how, options, progress),
    }
}

/// Opens a model from the bytes of its file.
pub fn from_bytes(bytes: &[u8], how: &How, progress: &dyn Progress) -> PyResult<Opened> {
    let name = "the bytes given";
    let options = ReadOptions::default();
    match kind(bytes) {
        Kind::Other => {
            let bytes = std::io::Cursor::new(bytes.to_vec());
            arpa(name, Stoppable::new(bytes, progress), how, &options, progress)
        }
        _ => of_bytes(name, Mapped::from(bytes.to_vec()), how, &options, progress),
    }
}

/// Opens a native model, or a file of KenLM's.
fn of_bytes(
    name: &str,
    bytes: Mapped,
    how: &How,
    options: &ReadOptions<'_>,
    progress: &dyn Progress,
) -> PyResult<Opened> {
    if !kenlm::is_head(&bytes) {
        let opened = native_model(name, bytes)?;
        how.refuse(name, &opened.model)?;
        return Ok(opened);
    }
    if !ProbingFile::is_one(&bytes, name).map_err(raise)? {
        return converted(name, &bytes[..], how, options, progress);
    }
    let (TextTokenizer::Told(tokenizer) | TextTokenizer::Assumed(tokenizer)) = how.tokenizer()?;
    let model = KenlmModel::open(bytes.clone(), name, tokenizer).map_err(raise)?;
    Ok(Opened { model: AnyModel::Foreign(Box::new(model)), bytes, in_memory: None })
}

fn native_model(name: &str, bytes: Mapped) -> PyResult<Opened> {
    let model = AnyModel::from_bytes(name, bytes.clone()).map_err(raise)?;
    Ok(Opened { model, bytes, in_memory: None })
}

fn arpa(
    name: &str,
    file: impl Read + Send,
    how: &How,
    options: &ReadOptions<'_>,
    progress: &dyn Progress,
) -> PyResult<Opened> {
    converted(name, Encoding::decode(file).map_err(raise)?, how, options, progress)
}

/// Converts an ARPA file or a trie to a native file in a temporary folder, and keeps only its bytes in memory.
fn converted(
    name: &str,
    file: impl Read,
    how: &How,
    options: &ReadOptions<'_>,
    progress: &dyn Progress,
) -> PyResult<Opened> {
    let folder = tempfile::tempdir().map_err(|error| raise_io("no temporary folder", &error))?;
    let path = folder.path().join("model.ngram");
    let text = BufReader::with_capacity(1 << 20, file);
    let layout = ConvertOptions::default();
    import_as(text, name, options, how.tokenizer()?, &layout, &path, progress).map_err(raise)?;
    let bytes = std::fs::read(&path).map_err(|error| raise_io(name, &error))?;
    let mut opened = native_model(name, Mapped::from(bytes))?;
    // A model that is too large for it is scored as it is.
    opened.in_memory = opened.model.as_table().and_then(|table| MemoryModel::new(table).ok());
    Ok(opened)
}
