//! Texts from Python: files, or iterables of sentences.

use crate::error::{raise, raise_io};
use ngram_input::Encoding;
use ngram_store::replaced;
use ngram_tokenizer::{TokenizerKind, TokenizerSpec};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyIterator, PyList, PyString, PyTuple};
use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// How many bytes of sentences are read from Python at a time.
const BATCH: usize = 1 << 20;

/// A text that can be read once.
pub struct Source {
    pub name: String,
    /// The file, unless it is an iterable.
    pub path: Option<PathBuf>,
    pub reader: Box<dyn Read + Send>,
}

/// The exception that an iterable raised, for the caller that sees its text end.
pub type Raised = Arc<Mutex<Option<PyErr>>>;

/// Opens a path (`str` or `os.PathLike`), a list of `os.PathLike`, or any iterable of sentences,
/// each a `str`, or a list of tokens if `tokenizer` leaves tokens as they are.
pub fn sources(
    text: &Bound<'_, PyAny>,
    tokenizer: &TokenizerKind,
    raised: &Raised,
) -> PyResult<Vec<Source>> {
    if is_path(text)? {
        return Ok(vec![file(text.extract()?)?]);
    }
    if text.is_instance_of::<PyBytes>() {
        return Err(PyTypeError::new_err("a path or sentences of str are needed, not bytes"));
    }
    if text.is_instance_of::<PyList>() || text.is_instance_of::<PyTuple>() {
        let items: Vec<Bound<'_, PyAny>> = text.try_iter()?.collect::<PyResult<_>>()?;
        let names = |item: &Bound<'_, PyAny>| !item.is_instance_of::<PyString>() && !is_list(item);
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
        tokenizer: tokenizer.clone(),
        number: 0,
        bytes: Vec::new(),
        read: 0,
        done: false,
        raised: raised.clone(),
    };
    Ok(vec![Source { name: "sentences".to_owned(), path: None, reader: Box::new(reader) }])
}

fn is_list(item: &Bound<'_, PyAny>) -> bool {
    item.is_instance_of::<PyList>() || item.is_instance_of::<PyTuple>()
}

/// Returns the text of a sentence: a `str`, or a list or tuple of tokens, joined by spaces.
///
/// Tokens are only taken where `tokenizer` splits at white space and nowhere else, so that it finds
/// the same tokens again.
pub fn sentence<'s>(
    item: &'s Bound<'_, PyAny>,
    tokenizer: &TokenizerKind,
    named: impl Fn() -> String,
) -> PyResult<Cow<'s, str>> {
    if let Ok(line) = item.cast::<PyString>() {
        return Ok(Cow::Borrowed(line.to_str()?));
    }
    if !is_list(item) {
        return Err(PyTypeError::new_err(format!("{} is not a str", named())));
    }
    if *tokenizer != TokenizerKind::Whitespace {
        return Err(PyValueError::new_err(format!(
            "{} is a list of tokens, which the tokenizer {tokenizer} would split again: give str, or use tokenizer=\"whitespace\"",
            named()
        )));
    }
    let whitespace = TokenizerSpec::new(TokenizerKind::Whitespace);
    let mut joined = String::new();
    for (place, token) in item.try_iter()?.enumerate() {
        let token = token?;
        let wrong = |what| format!("token {place} of {} {what}", named());
        let token = token.cast::<PyString>();
        let token = token.map_err(|_| PyTypeError::new_err(wrong("is not a str")))?.to_str()?;
        let (mut parts, mut is_whole) = (0, false);
        whitespace.tokenize(token, |part| {
            parts += 1;
            is_whole = part == token;
        });
        if parts != 1 || !is_whole {
            return Err(PyValueError::new_err(wrong("is empty or contains white space")));
        }
        if place > 0 {
            joined.push(' ');
        }
        joined.push_str(token);
    }
    Ok(Cow::Owned(joined))
}

fn is_path(text: &Bound<'_, PyAny>) -> PyResult<bool> {
    Ok(text.is_instance_of::<PyString>() || text.hasattr("__fspath__")?)
}

fn file(path: PathBuf) -> PyResult<Source> {
    let name = path.display().to_string();
    let raw =
        File::open(&path).map_err(|error| raise_io(&format!("cannot read {name}"), &error))?;
    let reader = Encoding::decode(raw).map_err(raise)?;
    Ok(Source { name, path: Some(path), reader })
}

/// Fails if a file to write is one that is read.
pub fn not_over<'p>(output: &Path, inputs: impl IntoIterator<Item = &'p Path>) -> PyResult<()> {
    match replaced(output, inputs) {
        None => Ok(()),
        Some(input) => Err(PyValueError::new_err(format!(
            "the output would replace {}, an input: choose another file",
            input.display()
        ))),
    }
}

/// Returns the exception that the iterable raised, if any; else `error`.
pub fn or_raised(raised: &Raised, error: PyErr) -> PyErr {
    raised.lock().unwrap_or_else(PoisonError::into_inner).take().unwrap_or(error)
}

/// The sentences of an iterable, as lines.
struct Sentences {
    sentences: Py<PyIterator>,
    tokenizer: TokenizerKind,
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
                let named = || format!("sentence {}", self.number);
                let line = self::sentence(&sentence, &self.tokenizer, named)?;
                let line = line.strip_suffix('\n').unwrap_or(&line);
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
