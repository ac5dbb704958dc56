//! `Model.vocab`.

use crate::model::Model;
use ngram_tokenizer::WordId;
use pyo3::exceptions::{PyIndexError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::slice;
use pyo3::types::{PyList, PySlice, PySliceMethods, PyString};

/// The words of a model, by number.
#[pyclass(frozen, sequence, module = "ngram_lm")]
pub struct Vocab {
    model: Py<Model>,
}

impl Vocab {
    pub fn new(model: Py<Model>) -> Vocab {
        Vocab { model }
    }
}

#[pymethods]
impl Vocab {
    fn __len__(&self) -> usize {
        self.model.get().dynamic().vocab().len()
    }

    /// Returns the word of a number, or the list of words of a slice.
    fn __getitem__<'py>(&self, key: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let (py, vocab) = (key.py(), self.model.get().dynamic().vocab());
        if let Ok(range) = key.cast::<PySlice>() {
            let slice::PySliceIndices { start, step, slicelength, .. } =
                range.indices(vocab.len() as isize)?;
            let numbers = (0..slicelength as isize).map(|at| (start + at * step) as u32);
            let words = numbers.map(|number| vocab.word(WordId(number)));
            return Ok(PyList::new(py, words.collect::<Vec<_>>())?.into_any());
        }
        let number: isize = key.extract()?;
        let place = if number < 0 { number + vocab.len() as isize } else { number };
        match u32::try_from(place) {
            Ok(id) if (id as usize) < vocab.len() => {
                Ok(PyString::new(py, vocab.word(WordId(id))).into_any())
            }
            _ => Err(PyIndexError::new_err(format!("no word has the number {number}"))),
        }
    }

    fn __contains__(&self, word: &str) -> bool {
        self.model.get().__contains__(word)
    }

    /// Returns the number of a word, which must lie from `start` to before `stop`.
    #[pyo3(signature = (word, start=0, stop=isize::MAX))]
    fn index(&self, word: &str, start: isize, stop: isize) -> PyResult<u32> {
        let vocab = self.model.get().dynamic().vocab();
        // As Python counts: negative places from the end.
        let from_start =
            |place: isize| if place < 0 { (place + vocab.len() as isize).max(0) } else { place };
        let places = from_start(start)..from_start(stop);
        let id = vocab.id(word).map(|id| id.0).filter(|&id| places.contains(&(id as isize)));
        id.ok_or_else(|| PyValueError::new_err(format!("the model does not know {word:?}")))
    }

    /// Returns how often a word is listed: once, or never.
    fn count(&self, word: &str) -> usize {
        self.__contains__(word).into()
    }

    fn __reversed__(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let vocab = self.model.get().dynamic().vocab();
        let words: Vec<&str> = vocab.words().collect();
        let reversed = PyList::new(py, words.into_iter().rev())?;
        Ok(reversed.try_iter()?.into_any().unbind())
    }

    fn __repr__(&self) -> String {
        format!("<ngram_lm.Vocab of {} words>", self.__len__())
    }
}
