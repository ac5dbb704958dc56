//! The native half of `ngram_lm.kenlm`, which has the names of PyPI's `kenlm`.

use crate::open::{self, Opened};
use ngram_model::Score;
use ngram_tokenizer::WordId;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};
use std::cell::RefCell;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

thread_local! {
    static SCRATCH: RefCell<(Vec<WordId>, Vec<Score>)> = RefCell::default();
}

/// The words before a point, as far as they matter: the last order - 1 of them.
#[pyclass(module = "ngram_lm.kenlm", name = "State")]
#[derive(Default)]
pub struct State(Mutex<Vec<WordId>>);

impl State {
    fn words(&self) -> Vec<WordId> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, words: Vec<WordId>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = words;
    }
}

#[pymethods]
impl State {
    #[new]
    fn new() -> State {
        State::default()
    }

    fn __richcmp__(&self, other: &State, op: pyo3::basic::CompareOp) -> bool {
        // Fewer words come first, then words by number, the last first.
        let key = |words: Vec<WordId>| (words.len(), words.into_iter().rev().collect::<Vec<_>>());
        op.matches(key(self.words()).cmp(&key(other.words())))
    }

    fn __hash__(&self) -> u64 {
        let mix = |hash: u64, word: &WordId| {
            (hash ^ u64::from(word.0)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
        };
        let words = self.words();
        words.iter().fold(words.len() as u64, mix)
    }

    fn __copy__(&self) -> State {
        State(Mutex::new(self.words()))
    }

    fn __deepcopy__(&self, _memo: &Bound<'_, PyAny>) -> State {
        self.__copy__()
    }
}

/// What a model of `kenlm` does, but for its constructor.
#[pyclass(subclass, frozen, module = "ngram_lm.kenlm", name = "_Model")]
pub struct KenlmModel {
    opened: Opened,
}

/// The text of a `str` or of UTF-8 `bytes`, borrowed.
fn utf8<'a>(text: &'a Bound<'_, PyAny>) -> PyResult<&'a str> {
    if let Ok(string) = text.cast::<PyString>() {
        return string.to_str();
    }
    match text.cast::<PyBytes>() {
        Ok(bytes) => std::str::from_utf8(bytes.as_bytes()).map_err(crate::error::raise),
        Err(_) => Err(PyTypeError::new_err(format!("Cannot convert {} to string", text.repr()?))),
    }
}

impl KenlmModel {
    /// The words between ASCII white space.
    fn cut(&self, sentence: &str, words: &mut Vec<WordId>) {
        let vocab = self.opened.model.as_dyn().vocab();
        let is_space = |byte: char| matches!(byte, '\t'..='\r' | ' ');
        let cut = sentence.split(is_space).filter(|word| !word.is_empty());
        words.extend(cut.map(|word| vocab.id_or_unknown(word)));
    }

    /// The score of each word of a sentence, and whether it is unknown.
    fn scored(
        &self,
        sentence: &str,
        bos: bool,
        eos: bool,
        words: &mut Vec<WordId>,
        scores: &mut Vec<Score>,
    ) {
        let model = self.opened.model.as_dyn();
        words.clear();
        self.cut(sentence, words);
        if bos {
            model.score_sentence(words, scores);
            if eos {
                words.push(WordId::END);
            } else {
                scores.truncate(words.len());
            }
            return;
        }
        if eos {
            words.push(WordId::END);
        }
        scores.clear();
        scores.extend((0..words.len()).map(|at| model.score(&words[..at], words[at])));
    }

    fn step(&self, state: &State, word: &str, out: &State) -> (Score, bool) {
        let model = self.opened.model.as_dyn();
        let mut words = state.words();
        let word = model.vocab().id_or_unknown(word);
        let score = model.score(&words, word);
        words.push(word);
        let longest = model.order() - 1;
        words.drain(..words.len().saturating_sub(longest));
        out.set(words);
        (score, word == WordId::UNKNOWN)
    }
}

#[pymethods]
impl KenlmModel {
    #[new]
    #[pyo3(signature = (path, *_config))]
    fn new(py: Python<'_>, path: PathBuf, _config: &Bound<'_, PyAny>) -> PyResult<KenlmModel> {
        Ok(KenlmModel { opened: py.detach(|| open::open(&path))? })
    }

    #[getter]
    fn order(&self) -> usize {
        self.opened.model.as_dyn().order()
    }

    #[pyo3(signature = (sentence, bos=true, eos=true))]
    fn score(&self, sentence: &Bound<'_, PyAny>, bos: bool, eos: bool) -> PyResult<f64> {
        let sentence = utf8(sentence)?;
        Ok(SCRATCH.with_borrow_mut(|(words, scores)| {
            self.scored(sentence, bos, eos, words, scores);
            // As KenLM adds them: one after another, in 32 bits.
            f64::from(scores.iter().fold(0.0f32, |sum, score| sum + score.log_prob.0))
        }))
    }

    #[pyo3(signature = (sentence, bos=true, eos=true))]
    fn _full_scores(
        &self,
        sentence: &Bound<'_, PyAny>,
        bos: bool,
        eos: bool,
    ) -> PyResult<Vec<(f32, u8, bool)>> {
        let sentence = utf8(sentence)?;
        Ok(SCRATCH.with_borrow_mut(|(words, scores)| {
            self.scored(sentence, bos, eos, words, scores);
            let scored = words.iter().zip(&*scores);
            scored
                .map(|(&word, score)| (score.log_prob.0, score.matched, word == WordId::UNKNOWN))
                .collect()
        }))
    }

    fn perplexity(&self, sentence: &Bound<'_, PyAny>) -> PyResult<f64> {
        let mut words = Vec::new();
        self.cut(utf8(sentence)?, &mut words);
        let tokens = words.len() as f64 + 1.0;
        Ok(10f64.powf(-self.score(sentence, true, true)? / tokens))
    }

    #[pyo3(name = "BeginSentenceWrite")]
    fn begin_sentence_write(&self, state: &State) {
        let begin = if self.order() > 1 { vec![WordId::BEGIN] } else { Vec::new() };
        state.set(begin);
    }

    #[pyo3(name = "NullContextWrite")]
    fn null_context_write(&self, state: &State) {
        state.set(Vec::new());
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
        let id = self.opened.model.as_dyn().vocab().id(utf8(word)?);
        Ok(id.is_some_and(|id| id != WordId::UNKNOWN))
    }
}
