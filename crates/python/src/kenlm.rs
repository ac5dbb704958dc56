//! The native half of `ngram_lm.kenlm`, which has the names of PyPI's `kenlm`.

use crate::error::raise;
use crate::open;
use crate::stop::stoppable;
use crate::train::kept_pool;
use ngram_formats::arpa::ReadOptions;
use ngram_model::memory::{self, Addition, MemoryModel, ScoredSentences, Stepper};
use ngram_model::{LanguageModel, Score};
use ngram_tokenizer::WordId;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};
use std::cell::RefCell;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

thread_local! {
    static BLOCK: RefCell<ScoredSentences> = RefCell::default();
}

/// The most words of a history.
const WORDS: usize = 63;

/// The words before a position, as far as the model uses them.
#[pyclass(module = "ngram_lm.kenlm", name = "State")]
#[derive(Default)]
pub struct State(Mutex<memory::State<WORDS>>);

impl State {
    /// Calls `work` with exclusive access to the state.
    fn with<R>(&self, work: impl FnOnce(&mut memory::State<WORDS>) -> R) -> R {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn copied(&self) -> memory::State<WORDS> {
        self.with(|state| *state)
    }
}

#[pymethods]
impl State {
    #[new]
    fn new() -> State {
        State::default()
    }

    fn __richcmp__(&self, other: &State, op: pyo3::basic::CompareOp) -> bool {
        op.matches(self.copied().cmp(&other.copied()))
    }

    fn __hash__(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.with(|state| state.hash(&mut hasher));
        hasher.finish()
    }

    fn __copy__(&self) -> State {
        State(Mutex::new(self.copied()))
    }

    fn __deepcopy__(&self, _memo: &Bound<'_, PyAny>) -> State {
        self.__copy__()
    }
}

/// The methods of `kenlm`'s model class, except its constructor.
#[pyclass(subclass, frozen, module = "ngram_lm.kenlm", name = "_Model")]
pub struct KenlmModel {
    model: MemoryModel,
}

/// Returns the text of a `str` or of UTF-8 `bytes`, borrowed.
fn utf8<'a>(text: &'a Bound<'_, PyAny>) -> PyResult<&'a str> {
    if let Ok(string) = text.cast::<PyString>() {
        return string.to_str();
    }
    match text.cast::<PyBytes>() {
        Ok(bytes) => std::str::from_utf8(bytes.as_bytes()).map_err(crate::error::raise),
        Err(_) => Err(PyTypeError::new_err(format!("Cannot convert {} to string", text.repr()?))),
    }
}

/// Whether a byte is ASCII white space, which separates words.
fn is_space(byte: u8) -> bool {
    (byte == b' ') | (byte.wrapping_sub(b'\t') <= b'\r' - b'\t')
}

impl KenlmModel {
    /// Scores a sentence and passes the scores of its words to `take`.
    fn scored<R>(
        &self,
        sentence: &str,
        bos: bool,
        eos: bool,
        take: impl FnOnce(&ScoredSentences) -> R,
    ) -> R {
        BLOCK.with_borrow_mut(|block| {
            let mut scorer = self.model.scorer(block, Addition::Kenlm);
            scorer.push(sentence, is_space, bos, eos);
            scorer.finish();
            take(block)
        })
    }

    fn stepper(&self) -> Stepper<'_, WORDS> {
        // Checked when the model was opened.
        self.model.stepper().expect("an order that was checked at opening")
    }

    fn step(&self, state: &State, word: &str, out: &State) -> (Score, bool) {
        let word = self.model.id_or_unknown(word);
        // Both states may be the same object.
        let before = state.copied();
        let (score, after) = self.stepper().advance_with(&before, word, Addition::Kenlm);
        out.with(|out| *out = after);
        (score, word == WordId::UNKNOWN)
    }
}

/// Sums scores one after another in 32 bits, as KenLM does.
fn total(scores: &[Score]) -> f32 {
    scores.iter().fold(0.0, |sum, score| sum + score.log_prob.0)
}

#[pymethods]
impl KenlmModel {
    #[new]
    #[pyo3(signature = (path, *_config))]
    fn new(py: Python<'_>, path: PathBuf, _config: &Bound<'_, PyAny>) -> PyResult<KenlmModel> {
        let model = stoppable(py, &*kept_pool(None)?, |progress| {
            let opened = open::open_as(&path, &ReadOptions::kenlm(), progress)?;
            if let Some(in_memory) = opened.in_memory {
                return Ok(in_memory);
            }
            match opened.model.as_table() {
                Some(table) => MemoryModel::new(table).map_err(raise),
                None => Err(PyValueError::new_err(
                    "a class-based or skip model, which kenlm does not have: open it with ngram_lm.Model",
                )),
            }
        })?;
        if model.stepper::<WORDS>().is_none() {
            let message = format!("kenlm's interface takes models of order {} at most", WORDS + 1);
            return Err(PyValueError::new_err(message));
        }
        Ok(KenlmModel { model })
    }

    #[getter]
    fn order(&self) -> usize {
        self.model.order()
    }

    #[pyo3(signature = (sentence, bos=true, eos=true))]
    fn score(&self, sentence: &Bound<'_, PyAny>, bos: bool, eos: bool) -> PyResult<f64> {
        Ok(self.scored(utf8(sentence)?, bos, eos, |block| total(block.scores()).into()))
    }

    #[pyo3(signature = (sentence, bos=true, eos=true))]
    fn _full_scores(
        &self,
        sentence: &Bound<'_, PyAny>,
        bos: bool,
        eos: bool,
    ) -> PyResult<Vec<(f32, u8, bool)>> {
        let full = |(word, score): (WordId, &Score)| {
            (score.log_prob.0, score.matched, word == WordId::UNKNOWN)
        };
        Ok(self.scored(utf8(sentence)?, bos, eos, |block| {
            block.scored_words().zip(block.scores()).map(full).collect()
        }))
    }

    fn perplexity(&self, sentence: &Bound<'_, PyAny>) -> PyResult<f64> {
        let (sum, tokens) = self.scored(utf8(sentence)?, true, true, |block| {
            (f64::from(total(block.scores())), block.scores().len() as f64)
        });
        Ok(10f64.powf(-sum / tokens))
    }

    #[pyo3(name = "BeginSentenceWrite")]
    fn begin_sentence_write(&self, state: &State) {
        let begin = self.stepper().begin();
        state.with(|state| *state = begin);
    }

    #[pyo3(name = "NullContextWrite")]
    fn null_context_write(&self, state: &State) {
        state.with(|state| *state = memory::State::EMPTY);
    }

    #[pyo3(name = "BaseScore")]
    fn base_score(
        &self,
        in_state: &Bound<'_, State>,
        word: &str,
        out_state: &Bound<'_, State>,
    ) -> f32 {
        self.step(&in_state.borrow(), word, &out_state.borrow()).0.log_prob.0
    }

    #[pyo3(name = "_BaseFullScore")]
    fn base_full_score(
        &self,
        in_state: &Bound<'_, State>,
        word: &str,
        out_state: &Bound<'_, State>,
    ) -> (f32, u8, bool) {
        let (score, oov) = self.step(&in_state.borrow(), word, &out_state.borrow());
        (score.log_prob.0, score.matched, oov)
    }

    fn __contains__(&self, word: &Bound<'_, PyAny>) -> PyResult<bool> {
        let id = self.model.vocab().id(utf8(word)?);
        Ok(id.is_some_and(|id| id != WordId::UNKNOWN))
    }
}
