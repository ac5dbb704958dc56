//! Texts from Python: files, or iterables of sentences.

use crate::error::{raise, raise_io};
use ngram_input::Encoding;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyIterator, PyList, PyString, PyTuple};
use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// How many bytes of sentences are read from Python at a time.
const BATCH: usize = 1 << 20;

/// A text that can be read once.
pub struct Source {
    pub name: String,
    pub reader: Box<dyn Read + Send>,
}

/// The exception that an iterable raised, for the caller that sees its text end.
pub type Raised = Arc<Mutex<Option<PyErr>>>;

/// Opens a path (`str` or `os.PathLike`), a list of `os.PathLike`, or any iterable of sentences.
pub fn sources(text: &Bound<'_, PyAny>, raised: &Raised) -> PyResult<Vec<Source>> {
    if is_path(text)? {
        return Ok(vec![file(text.extract()?)?]);
    }
    if text.is_instance_of::<PyBytes>() {
        return Err(PyTypeError::new_err("a path or sentences of str are needed, not bytes"));
    }
    if text.is_instance_of::<PyList>() || text.is_instance_of::<PyTuple>() {
        let items: Vec<Bound<'_, PyAny>> = text.try_iter()?.collect::<PyResult<_>>()?;
        let names = |item: &Bound<'_, PyAny>| !item.is_instance_of::<PyString>();
        if !items.is_empty() && items.iter().all(names) {
            return items.iter().map(|item| file(item.extract()?)).collect();
        }
        let exists =
            |item: &Bound<'_, PyAny>| item.extract::<PathBuf>().is_ok_and(|path| path.is_file());
        if !items.is_empty() && items.iter().all(exists) {
            return Err(PyValueError::new_err(
                "these strings are names of files, but a list of str is sentences: for files, give pathlib.Path objects",
            ));
        }
    }
    let sentences = text.try_iter()?.unbind();
    let reader = Sentences {
        sentences,
        number: 0,
        bytes: Vec::new(),
        read: 0,
        done: false,
        raised: raised.clone(),
    };
    Ok(vec![Source { name: "sentences".to_owned(), reader: Box::new(reader) }])
}

fn is_path(text: &Bound<'_, PyAny>) -> PyResult<bool> {
    Ok(text.is_instance_of::<PyString>() || text.hasattr("__fspath__")?)
}

fn file(path: PathBuf) -> PyResult<Source> {
    let name = path.display().to_string();
    let raw =
        File::open(&path).map_err(|error| raise_io(&format!("cannot read {name}"), &error))?;
    let reader = Encoding::decode(raw).map_err(raise)?;
    Ok(Source { name, reader })
}

/// Returns the exception that the iterable raised, if any; else `error`.
pub fn or_raised(raised: &Raised, error: PyErr) -> PyErr {
    raised.lock().unwrap_or_else(PoisonError::into_inner).take().unwrap_or(error)
}

/// The sentences of an iterable, as lines.
struct Sentences {
    sentences: Py<PyIterator>,
    number: u64,
    bytes: Vec<u8>,
    read: usize,
    done: bool,
    raised: Raised,
}

impl Sentences {
    fn fill(&mut self) -> PyResult<()> {
        self.bytes.clear();
        self.read = 0;
        Python::attach(|py| {
            let mut sentences = self.sentences.bind(py).clone();
            while self.bytes.len() < BATCH {
                let Some(sentence) = sentences.next() else {
                    self.done = true;
                    break;
                };
                self.number += 1;
                let sentence = sentence?;
                let line = sentence.cast::<PyString>().map_err(|_| {
                    PyTypeError::new_err(format!("sentence {} is not a str", self.number))
                })?;
                let line = line.to_str()?;
                let line = line.strip_suffix('\n').unwrap_or(line);
                if line.contains('\n') {
                    return Err(PyValueError::new_err(format!(
                        "sentence {} contains a line end: give each line as its own sentence",
                        self.number
                    )));
                }
                self.bytes.extend_from_slice(line.as_bytes());
                self.bytes.push(b'\n');
            }
            Ok(())
        })
    }
}

impl Read for Sentences {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.read == self.bytes.len() && !self.done {
            self.fill().map_err(|error| {
                let message = error.to_string();
                *self.raised.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                io::Error::other(message)
            })?;
        }
        let some = (&self.bytes[self.read..]).read(buffer)?;
        self.read += some;
        Ok(some)
    }
}
