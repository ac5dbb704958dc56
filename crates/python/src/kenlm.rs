//! The native half of `ngram_lm.kenlm`, which has the names of PyPI's `kenlm`.

use crate::error::raise;
use crate::open::{self, How};
use crate::stop::stoppable;
use crate::train::kept_pool;
use ngram_formats::arpa::ReadOptions;
use ngram_formats::kenlm::{ProbingFile, ProbingScratch, ProbingState};
use ngram_model::memory::{self, Addition, MemoryModel, ScoredSentences, Stepper};
use ngram_model::{LanguageModel, Model, Score};
use ngram_store::Progress;
use ngram_tokenizer::{WordId, cut};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};
use std::cell::RefCell;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// Reusable memory of a thread.
#[derive(Default)]
struct Scratch {
    block: ScoredSentences,
    probing: ProbingScratch,
    scored: Vec<(bool, Score)>,
}

/// The most words of a history.
const WORDS: usize = 63;

/// The words before a position, as far as the model uses them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(clippy::large_enum_variant, reason = "a box would be allocated for every word")]
pub enum Before {
    Words(memory::State<WORDS>),
    /// In the numbers of a file of KenLM's.
    Numbers(ProbingState),
}

/// The words before a position, as far as the model uses them.
#[pyclass(module = "ngram_lm.kenlm", name = "State")]
pub struct State(Mutex<Before>);

impl State {
    /// Calls `work` with exclusive access to the state.
    fn with<R>(&self, work: impl FnOnce(&mut Before) -> R) -> R {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn copied(&self) -> Before {
        self.with(|state| *state)
    }
}

#[pymethods]
impl State {
    #[new]
    fn new() -> State {
        State(Mutex::new(Before::Words(memory::State::EMPTY)))
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

/// A model, by what scores fastest without a copy of it.
pub enum Engine {
    /// Read from an ARPA file or a trie, or converted from another layout.
    Memory(MemoryModel),
    /// A native file in the suffix layout, mapped.
    Mapped(Model),
    /// Hash tables of KenLM's, mapped.
    Probing(ProbingFile),
}

/// The methods of `kenlm`'s model class, except its constructor.
#[pyclass(subclass, frozen, module = "ngram_lm.kenlm", name = "_Model")]
pub struct KenlmModel {
    engine: Engine,
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

/// Returns what scores word by word. That the order is not too high was checked when the model was opened.
fn stepper<'m>(found: Option<Stepper<'m, WORDS>>) -> Stepper<'m, WORDS> {
    found.expect("an order that was checked at opening")
}

impl Engine {
    pub fn open(path: &Path, progress: &dyn Progress) -> PyResult<Engine> {
        if let Some(file) = open::hash_tables(path)? {
            return Ok(Engine::Probing(file));
        }
        let opened = open::open_as(path, &How::default(), &ReadOptions::kenlm(), progress)?;
        if let Some(in_memory) = opened.in_memory {
            return Ok(Engine::Memory(in_memory));
        }
        match opened.model.into_table() {
            Some(table) if table.stepper::<WORDS>().is_some() => Ok(Engine::Mapped(table)),
            Some(table) => MemoryModel::new(&table).map(Engine::Memory).map_err(raise),
            None => Err(PyValueError::new_err(
                "a class-based or skip model, which kenlm does not have: open it with ngram_lm.Model",
            )),
        }
    }

    pub fn order(&self) -> usize {
        match self {
            Engine::Memory(model) => model.order(),
            Engine::Mapped(model) => model.order(),
            Engine::Probing(file) => file.order(),
        }
    }

    pub fn is_too_high(&self) -> bool {
        match self {
            Engine::Memory(model) => model.stepper::<WORDS>().is_none(),
            Engine::Mapped(_) | Engine::Probing(_) => false,
        }
    }

    pub fn begin(&self) -> Before {
        match self {
            Engine::Memory(model) => Before::Words(stepper(model.stepper()).begin()),
            Engine::Mapped(model) => Before::Words(stepper(model.stepper()).begin()),
            Engine::Probing(file) => Before::Numbers(file.begin()),
        }
    }

    pub fn empty(&self) -> Before {
        match self {
            Engine::Probing(_) => Before::Numbers(ProbingState::default()),
            _ => Before::Words(memory::State::EMPTY),
        }
    }

    /// Scores a word after a state. Returns whether it is unknown, its score, and the state after it.
    pub fn step(&self, before: &Before, word: &str) -> (bool, Score, Before) {
        let of_words = |stepper: Stepper<'_, WORDS>, word| {
            let empty = memory::State::EMPTY;
            // A state of another model is none of this one.
            let before = if let Before::Words(words) = before { words } else { &empty };
            let (score, after) = stepper.advance_with(before, word, Addition::Kenlm);
            (word == WordId::UNKNOWN, score, Before::Words(after))
        };
        match self {
            Engine::Memory(model) => of_words(stepper(model.stepper()), model.id_or_unknown(word)),
            Engine::Mapped(model) => {
                of_words(stepper(model.stepper()), model.vocab().id_or_unknown(word))
            }
            Engine::Probing(file) => {
                let empty = ProbingState::default();
                let before = if let Before::Numbers(numbers) = before { numbers } else { &empty };
                let number = file.number(word.as_bytes());
                let (score, after) = file.advance(before, number, Addition::Kenlm);
                (number == 0, score, Before::Numbers(after))
            }
        }
    }

    /// Scores a sentence, and passes to `take` whether each word is unknown, and its score.
    fn scored<R>(
        &self,
        sentence: &str,
        (bos, eos): (bool, bool),
        take: impl FnOnce(&mut dyn Iterator<Item = (bool, Score)>) -> R,
    ) -> R {
        SCRATCH.with_borrow_mut(|Scratch { block, probing, scored }| match self {
            Engine::Memory(model) => {
                let mut scorer = model.scorer(block, Addition::Kenlm);
                scorer.push(sentence, is_space, bos, eos);
                scorer.finish();
                let words = block.scored_words().map(|word| word == WordId::UNKNOWN);
                take(&mut words.zip(block.scores().iter().copied()))
            }
            Engine::Mapped(model) => {
                let stepper: Stepper<'_, WORDS> = stepper(model.stepper());
                let mut state = if bos { stepper.begin() } else { memory::State::EMPTY };
                scored.clear();
                let mut add = |word: WordId| {
                    let score;
                    (score, state) = stepper.advance_with(&state, word, Addition::Kenlm);
                    scored.push((word == WordId::UNKNOWN, score));
                };
                let vocab = model.vocab();
                cut(sentence, is_space, |start, end| {
                    add(vocab.id_or_unknown(&sentence[start..end]));
                });
                if eos {
                    add(WordId::END);
                }
                take(&mut scored.iter().copied())
            }
            Engine::Probing(file) => {
                file.score_text(sentence, is_space, (bos, eos), Addition::Kenlm, probing);
                take(&mut probing.scored().map(|(number, score)| (number == 0, score)))
            }
        })
    }

    pub fn contains(&self, word: &str) -> bool {
        match self {
            Engine::Memory(model) => model.vocab().id(word).is_some_and(|id| id != WordId::UNKNOWN),
            Engine::Mapped(model) => model.vocab().id(word).is_some_and(|id| id != WordId::UNKNOWN),
            Engine::Probing(file) => file.number(word.as_bytes()) != 0,
        }
    }
}

/// Sums scores one after another in 32 bits, as KenLM does; also counts them.
fn total(scores: &mut dyn Iterator<Item = (bool, Score)>) -> (f32, usize) {
    scores.fold((0.0, 0), |(sum, count), (_, score)| (sum + score.log_prob.0, count + 1))
}

#[pymethods]
impl KenlmModel {
    #[new]
    #[pyo3(signature = (path, *_config))]
    fn new(py: Python<'_>, path: PathBuf, _config: &Bound<'_, PyAny>) -> PyResult<KenlmModel> {
        let engine = stoppable(py, &*kept_pool(None)?, |progress| Engine::open(&path, progress))?;
        if engine.is_too_high() {
            let message = format!("kenlm's interface takes models of order {} at most", WORDS + 1);
            return Err(PyValueError::new_err(message));
        }
        Ok(KenlmModel { engine })
    }

    #[getter]
    fn order(&self) -> usize {
        self.engine.order()
    }

    /// Returns log10 p of a sentence.
    #[pyo3(signature = (sentence, bos=true, eos=true))]
    fn score(&self, sentence: &Bound<'_, PyAny>, bos: bool, eos: bool) -> PyResult<f64> {
        Ok(self.engine.scored(utf8(sentence)?, (bos, eos), |scores| total(scores).0.into()))
    }

    #[pyo3(signature = (sentence, bos=true, eos=true))]
    fn _full_scores(
        &self,
        sentence: &Bound<'_, PyAny>,
        bos: bool,
        eos: bool,
    ) -> PyResult<Vec<(f32, u8, bool)>> {
        let full = |(oov, score): (bool, Score)| (score.log_prob.0, score.matched, oov);
        Ok(self.engine.scored(utf8(sentence)?, (bos, eos), |scores| scores.map(full).collect()))
    }

    /// Returns 10 to the power of minus log10 p a token.
    fn perplexity(&self, sentence: &Bound<'_, PyAny>) -> PyResult<f64> {
        let (sum, tokens) =
            self.engine.scored(utf8(sentence)?, (true, true), |scores| total(scores));
        Ok(10f64.powf(-f64::from(sum) / tokens as f64))
    }

    #[pyo3(name = "BeginSentenceWrite")]
    fn begin_sentence_write(&self, state: &State) {
        let begin = self.engine.begin();
        state.with(|state| *state = begin);
    }

    #[pyo3(name = "NullContextWrite")]
    fn null_context_write(&self, state: &State) {
        let empty = self.engine.empty();
        state.with(|state| *state = empty);
    }

    #[pyo3(name = "BaseScore")]
    fn base_score(
        &self,
        in_state: &Bound<'_, State>,
        word: &str,
        out_state: &Bound<'_, State>,
    ) -> f32 {
        self.base_full_score(in_state, word, out_state).0
    }

    #[pyo3(name = "_BaseFullScore")]
    fn base_full_score(
        &self,
        in_state: &Bound<'_, State>,
        word: &str,
        out_state: &Bound<'_, State>,
    ) -> (f32, u8, bool) {
        // Both states may be the same object.
        let before = in_state.borrow().copied();
        let (oov, score, after) = self.engine.step(&before, word);
        out_state.borrow().with(|out| *out = after);
        (score.log_prob.0, score.matched, oov)
    }

    fn __contains__(&self, word: &Bound<'_, PyAny>) -> PyResult<bool> {
        Ok(self.engine.contains(utf8(word)?))
    }
}
