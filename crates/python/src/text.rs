//! Texts from Python: files, or iterables of sentences.

use crate::error::raise;
use ngram_input::{Format, InputError, OnBadRecord, Reading, Sentences};
use ngram_store::replaced;
use ngram_tokenizer::{TokenizerKind, TokenizerSpec};
use pyo3::exceptions::{PyFileNotFoundError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyIterator, PyList, PyString, PyTuple};
use std::borrow::Cow;
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
    how: &How,
    raised: &Raised,
) -> PyResult<Vec<Source>> {
    let mut named = Vec::new();
    if is_path(text)? {
        files(text.extract()?, how, &mut named)?;
        return Ok(named);
    }
    if text.is_instance_of::<PyBytes>() {
        return Err(PyTypeError::new_err("a path or sentences of str are needed, not bytes"));
    }
    if text.is_instance_of::<PyList>() || text.is_instance_of::<PyTuple>() {
        let items: Vec<Bound<'_, PyAny>> = text.try_iter()?.collect::<PyResult<_>>()?;
        let names = |item: &Bound<'_, PyAny>| item.hasattr("__fspath__").unwrap_or(false);
        if !items.is_empty() && items.iter().all(names) {
            items.iter().try_for_each(|item| files(item.extract()?, how, &mut named))?;
            return Ok(named);
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
    let reader = Items {
        sentences,
        part: how.sentences,
        field: how.reading.field.to_string(),
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

/// Opens the files that an argument names, a file or a pattern, as the program reads them.
fn files(argument: PathBuf, how: &How, sources: &mut Vec<Source>) -> PyResult<()> {
    let found = ngram_input::expand_as(&[argument], how.reading.format);
    let found = found.map_err(|error| match error {
        InputError::Missing { .. } | InputError::NoMatch { .. } => {
            PyFileNotFoundError::new_err(error.to_string())
        }
        error => raise(error),
    })?;
    for source in found {
        if source.path().is_none() {
            return Err(PyValueError::new_err("standard input is no text here: give a file"));
        }
        let path = source.path().map(Path::to_owned);
        let reader = source.lines(&how.reading, |_| Ok(())).map_err(raise)?;
        sources.push(Source { name: source.name.clone(), path, reader });
    }
    Ok(())
}

/// How texts are read, whether from files or from Python.
#[derive(Default)]
pub struct How {
    /// How the program reads files.
    pub reading: Reading,
    /// What is a sentence of an item of an iterable; `None` if an item is one, and has no line end.
    pub sentences: Option<Sentences>,
}

impl How {
    /// Reads what Python says; `None` stands for what the program does by itself.
    pub fn new(
        input_format: Option<&str>,
        field: Option<&str>,
        sentences: Option<&str>,
        on_bad_record: Option<&str>,
    ) -> PyResult<How> {
        let wrong = |what: String| Err(PyValueError::new_err(what));
        let mut reading = Reading { on_bad: OnBadRecord::Skip, ..Reading::default() };
        if let Some(name) = input_format {
            let found = Format::ALL.iter().find(|(_, known)| *known == name);
            let Some((format, _)) = found else {
                return wrong(format!("no input_format is called {name:?}"));
            };
            reading.format = Some(*format);
        }
        if let Some(name) = field {
            reading.field =
                name.parse().map_err(|why| PyValueError::new_err(format!("field: {why}")))?;
        }
        let sentences = match sentences {
            None => None,
            Some("line") => Some(Sentences::Line),
            Some("document") => Some(Sentences::Document),
            Some(other) => {
                return wrong(format!("sentences is \"line\" or \"document\", not {other:?}"));
            }
        };
        reading.sentences = sentences.unwrap_or(Sentences::Line);
        reading.on_bad = match on_bad_record {
            None | Some("skip") => OnBadRecord::Skip,
            Some("error") => OnBadRecord::Error,
            Some(other) => {
                return wrong(format!("on_bad_record is \"skip\" or \"error\", not {other:?}"));
            }
        };
        Ok(How { reading, sentences })
    }

    /// Returns a warning if records were skipped, or an error if all were.
    pub fn skipped(&self) -> PyResult<Option<String>> {
        let found = self.reading.account.found();
        let Some(first) = &found.first else { return Ok(None) };
        let (bad, all) = (found.bad(), found.bad() + found.documents);
        if found.documents == 0 {
            return Err(PyValueError::new_err(format!(
                "none of the {all} records has a text; the first is {first}: name the field that holds the text with field"
            )));
        }
        Ok(Some(format!("{bad} of {all} records were left out; the first is {first}")))
    }
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

/// Returns the first item of an iterable, and an iterator over all of its items. A path has none.
pub fn first<'py>(
    text: &Bound<'py, PyAny>,
) -> PyResult<(Option<Bound<'py, PyAny>>, Bound<'py, PyAny>)> {
    if is_path(text)? {
        return Ok((None, text.clone()));
    }
    if is_list(text) {
        return Ok((text.try_iter()?.next().transpose()?, text.clone()));
    }
    let mut items = text.try_iter()?;
    let Some(first) = items.next().transpose()? else { return Ok((None, items.into_any())) };
    let chain = text.py().import("itertools")?.getattr("chain")?;
    let all = chain.call1((PyList::new(text.py(), [&first])?, items))?;
    Ok((Some(first), all))
}

/// Whether an item is a list of tokens.
pub fn is_list_of_tokens(item: &Bound<'_, PyAny>) -> bool {
    is_list(item)
        || item.hasattr("__len__").unwrap_or(false)
            && item.hasattr("__getitem__").unwrap_or(false)
            && !item.is_instance_of::<PyString>()
            && !item.is_instance_of::<PyDict>()
            && !item.is_instance_of::<PyBytes>()
            && !item.hasattr("__fspath__").unwrap_or(true)
}

/// Returns the exception that the iterable raised, if any; else `error`.
pub fn or_raised(raised: &Raised, error: PyErr) -> PyErr {
    raised.lock().unwrap_or_else(PoisonError::into_inner).take().unwrap_or(error)
}

/// The items of an iterable, as lines.
struct Items {
    sentences: Py<PyIterator>,
    part: Option<Sentences>,
    field: String,
    tokenizer: TokenizerKind,
    number: u64,
    bytes: Vec<u8>,
    read: usize,
    done: bool,
    raised: Raised,
}

impl Items {
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
                let mut sentence = sentence?;
                if let Ok(record) = sentence.cast::<PyDict>() {
                    let text = record.get_item(&self.field)?;
                    sentence = text.ok_or_else(|| {
                        let (number, field) = (self.number, &self.field);
                        PyValueError::new_err(format!(
                            "item {number} has no field {field:?}: name the field that holds the text with field"
                        ))
                    })?;
                }
                let named = || format!("sentence {}", self.number);
                let line = self::sentence(&sentence, &self.tokenizer, named)?;
                if let Some(part) = self.part {
                    part.append(line.as_bytes(), &mut self.bytes);
                    continue;
                }
                let line = line.strip_suffix('\n').unwrap_or(&line);
                if line.contains('\n') {
                    return Err(PyValueError::new_err(format!(
                        "sentence {} contains a line end: give each line as its own sentence, or say with sentences=\"line\" or sentences=\"document\" what is one",
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

impl Read for Items {
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
