//! Opens models from files and from memory: native ones are mapped, ARPA files are read into memory.

use crate::error::{raise, raise_io};
use crate::stop::Stoppable;
use ngram_formats::arpa::ReadOptions;
use ngram_formats::{TextTokenizer, import_as};
use ngram_input::Encoding;
use ngram_model::memory::MemoryModel;
use ngram_model::{AnyModel, ConvertOptions};
use ngram_store::{Mapped, Progress};
use ngram_tokenizer::{TokenizerKind, TokenizerSpec};
use pyo3::PyResult;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

/// The first bytes of a native model.
const MAGIC: &[u8] = b"\x89ngram\r\n";

/// Models up to this length, in bytes, are read, which takes some milliseconds. A longer one is mapped, and must not be cut
/// short while it is open: the system would end the process.
const READ: u64 = 32 << 20;

/// A model and the bytes of its native file.
pub struct Opened {
    pub model: AnyModel,
    pub bytes: Mapped,
    /// A faster form for scoring, for models that are read into memory anyway.
    pub in_memory: Option<MemoryModel>,
}

/// Opens a native model, which is read or mapped, or an ARPA file, plain or compressed with gzip, zstd, bzip2 or xz.
pub fn open(path: &Path, progress: &dyn Progress) -> PyResult<Opened> {
    open_as(path, &ReadOptions::default(), progress)
}

/// Like [`open`], with an ARPA file read as these options say.
pub fn open_as(
    path: &Path,
    options: &ReadOptions<'_>,
    progress: &dyn Progress,
) -> PyResult<Opened> {
    let name = path.display().to_string();
    let cannot = |error| raise_io(&format!("cannot open model {name}"), &error);
    let mut head = [0; MAGIC.len()];
    let mut file = File::open(path).map_err(cannot)?;
    let native = file.read_exact(&mut head).is_ok() && head == *MAGIC;
    if native {
        let is_short = file.metadata().map_err(cannot)?.len() <= READ;
        let bytes = if is_short { Mapped::read(path) } else { Mapped::open(path) };
        native_model(&name, bytes.map_err(cannot)?)
    } else {
        let file = File::open(path).map_err(cannot)?;
        arpa(&name, Stoppable::new(file, progress), options, progress)
    }
}

/// Opens a model from the bytes of its file.
pub fn from_bytes(bytes: &[u8], progress: &dyn Progress) -> PyResult<Opened> {
    let name = "the bytes given";
    if bytes.starts_with(MAGIC) {
        native_model(name, Mapped::from(bytes.to_vec()))
    } else {
        let bytes = std::io::Cursor::new(bytes.to_vec());
        arpa(name, Stoppable::new(bytes, progress), &ReadOptions::default(), progress)
    }
}

fn native_model(name: &str, bytes: Mapped) -> PyResult<Opened> {
    let model = AnyModel::from_bytes(name, bytes.clone()).map_err(raise)?;
    Ok(Opened { model, bytes, in_memory: None })
}

/// Converts an ARPA file to a native one in a temporary folder, and keeps only its bytes in memory.
fn arpa(
    name: &str,
    file: impl Read + Send,
    options: &ReadOptions<'_>,
    progress: &dyn Progress,
) -> PyResult<Opened> {
    let text = Encoding::decode(file).map_err(raise)?;
    let folder = tempfile::tempdir().map_err(|error| raise_io("no temporary folder", &error))?;
    let path = folder.path().join("model.ngram");
    let tokenizer = TextTokenizer::Assumed(TokenizerSpec::new(TokenizerKind::Whitespace));
    let text = BufReader::with_capacity(1 << 20, text);
    let layout = ConvertOptions::default();
    import_as(text, name, options, tokenizer, &layout, &path, progress).map_err(raise)?;
    let bytes = std::fs::read(&path).map_err(|error| raise_io(name, &error))?;
    let mut opened = native_model(name, Mapped::from(bytes))?;
    // A model that is too large for it is scored as it is.
    opened.in_memory = opened.model.as_table().and_then(|table| MemoryModel::new(table).ok());
    Ok(opened)
}
