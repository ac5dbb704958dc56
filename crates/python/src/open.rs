//! Opens models from files and from memory: native ones are mapped, ARPA files are read into memory.

use crate::error::{raise, raise_io};
use ngram_formats::arpa::ReadOptions;
use ngram_formats::{TextTokenizer, import};
use ngram_input::Encoding;
use ngram_model::AnyModel;
use ngram_model::memory::MemoryModel;
use ngram_store::Mapped;
use ngram_tokenizer::{TokenizerKind, TokenizerSpec};
use pyo3::PyResult;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

/// The first bytes of a native model.
const MAGIC: &[u8] = b"\x89ngram\r\n";

/// A model and the bytes of its native file.
pub struct Opened {
    pub model: AnyModel,
    pub bytes: Mapped,
    /// A faster form for scoring, for models that are read into memory anyway.
    pub in_memory: Option<MemoryModel>,
}

/// Opens a native model, which is mapped, or an ARPA file, plain or compressed with gzip, zstd, bzip2 or xz.
pub fn open(path: &Path) -> PyResult<Opened> {
    open_as(path, &ReadOptions::default())
}

/// Like [`open`], with an ARPA file read as these options say.
pub fn open_as(path: &Path, options: &ReadOptions<'_>) -> PyResult<Opened> {
    let name = path.display().to_string();
    let cannot = |error| raise_io(&format!("cannot open model {name}"), &error);
    let mut head = [0; MAGIC.len()];
    let mut file = File::open(path).map_err(cannot)?;
    let native = file.read_exact(&mut head).is_ok() && head == *MAGIC;
    if native {
        native_model(&name, Mapped::open(path).map_err(cannot)?)
    } else {
        arpa(&name, File::open(path).map_err(cannot)?, options)
    }
}

/// Opens a model from the bytes of its file.
pub fn from_bytes(bytes: &[u8]) -> PyResult<Opened> {
    let name = "the bytes given";
    if bytes.starts_with(MAGIC) {
        native_model(name, Mapped::from(bytes.to_vec()))
    } else {
        arpa(name, std::io::Cursor::new(bytes.to_vec()), &ReadOptions::default())
    }
}

fn native_model(name: &str, bytes: Mapped) -> PyResult<Opened> {
    let model = AnyModel::from_bytes(name, bytes.clone()).map_err(raise)?;
    Ok(Opened { model, bytes, in_memory: None })
}

/// Converts an ARPA file to a native one in a temporary folder, and keeps only its bytes in memory.
fn arpa(name: &str, file: impl Read + Send, options: &ReadOptions<'_>) -> PyResult<Opened> {
    let text = Encoding::decode(file).map_err(raise)?;
    let folder = tempfile::tempdir().map_err(|error| raise_io("no temporary folder", &error))?;
    let path = folder.path().join("model.ngram");
    let tokenizer = TextTokenizer::Assumed(TokenizerSpec::new(TokenizerKind::Whitespace));
    let text = BufReader::with_capacity(1 << 20, text);
    import(text, name, options, tokenizer, &path).map_err(raise)?;
    let bytes = std::fs::read(&path).map_err(|error| raise_io(name, &error))?;
    let mut opened = native_model(name, Mapped::from(bytes))?;
    // A model that is too large for it is scored as it is.
    opened.in_memory = opened.model.as_table().and_then(|table| MemoryModel::new(table).ok());
    Ok(opened)
}
