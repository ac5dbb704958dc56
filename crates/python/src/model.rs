//! `ngram_lm.Model`.

use crate::error::{raise, raise_io};
use crate::open::{self, Opened};
use crate::stop::{Stoppable, stoppable};
use crate::text::{self, Raised};
use crate::train::{kept_pool, pool};
use ngram_eval::Evaluation;
use ngram_eval::generate::{Generator, Options};
use ngram_formats::EXPORT_FORMATS;
use ngram_model::memory::{Addition, MemoryModel, ScoredSentences};
use ngram_model::{LanguageModel, LogProb, Score};
use ngram_store::{Partial, Progress};
use ngram_tokenizer::WordId;
use pyo3::exceptions::{PyIndexError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::slice;
use pyo3::types::{PyByteArray, PyBytes, PyList, PySlice, PySliceMethods, PyString, PyTuple};
use rayon::prelude::*;
use std::borrow::Cow;
use std::cell::RefCell;
use std::io::Write;
use std::path::PathBuf;
use zerocopy::IntoBytes;

/// The number of sentences scored together.
const CHUNK: usize = 256;

/// More sentences than these may take long enough for Ctrl-C, for which another thread is started.
const LONG: usize = 20_000;

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// Buffers for scoring.
#[derive(Default)]
struct Scratch {
    words: Vec<WordId>,
    ends: Vec<usize>,
    scores: Vec<Score>,
    block: ScoredSentences,
}

/// A model, in memory or mapped from its file.
#[pyclass(frozen, module = "ngram_lm")]
pub struct Model {
    opened: Opened,
    path: Option<PathBuf>,
}

/// A token of a sentence and its score.
#[pyclass(frozen, get_all, module = "ngram_lm")]
pub struct Token {
    /// The token as the tokenizer returned it; `</s>` at the end.
    word: String,
    /// log10 of its probability.
    log10: f32,
    /// Its information in bits, -log2 p.
    bits: f64,
    /// The order of the longest n-gram found.
    order: u8,
    /// Whether the word is OOV.
    oov: bool,
}

#[pymethods]
impl Token {
    fn __repr__(&self) -> String {
        let Token { word, log10, bits, order, oov } = self;
        let oov = if *oov { "True" } else { "False" };
        format!("Token(word={word:?}, log10={log10}, bits={bits}, order={order}, oov={oov})")
    }
}

impl Model {
    /// Fails if another program changed the model's file, so that what was read from it cannot be trusted.
    fn unchanged(&self) -> PyResult<()> {
        self.opened.model.unchanged().map_err(raise)
    }

    fn dynamic(&self) -> &dyn LanguageModel {
        self.opened.model.as_dyn()
    }

    /// Appends the words of a line as evaluation reads them, without `<s>` and `</s>`.
    fn words(&self, line: &str, words: &mut Vec<WordId>) {
        let vocab = self.dynamic().vocab();
        self.dynamic().tokenizer().tokenize(line, |token| {
            let word = vocab.id_or_unknown(token);
            if word != WordId::BEGIN && word != WordId::END {
                words.push(word);
            }
        });
    }

    /// Returns the text of a sentence, given as a `str` or as a list of tokens.
    fn sentence<'s>(&self, sentence: &'s Bound<'_, PyAny>) -> PyResult<Cow<'s, str>> {
        text::sentence(sentence, &self.dynamic().tokenizer().kind, || "the sentence".to_owned())
    }

    fn history(&self, text: &str) -> Vec<WordId> {
        let mut history = vec![WordId::BEGIN];
        self.words(text, &mut history);
        history
    }

    /// Computes Σ log10 p of sentences, each with its end.
    fn sums(&self, sentences: &[&str], sums: &mut [f64]) {
        SCRATCH.with_borrow_mut(|Scratch { words, ends, scores, block }| {
            if let Some(in_memory) = &self.opened.in_memory {
                return sums_in_memory(in_memory, block, sentences, sums);
            }
            words.clear();
            ends.clear();
            for sentence in sentences {
                self.words(sentence, words);
                ends.push(words.len());
            }
            self.dynamic().score_sentences(words, ends, scores);
            let mut start = 0;
            for (number, (&end, sum)) in ends.iter().zip(sums).enumerate() {
                *sum = total(&scores[start + number..=end + number]);
                start = end;
            }
        });
    }
}

/// Computes Σ log10 p of sentences.
fn sums_in_memory(
    model: &MemoryModel,
    block: &mut ScoredSentences,
    sentences: &[&str],
    sums: &mut [f64],
) {
    let mut scorer = model.scorer(block, Addition::ShortestFirst);
    sentences.iter().for_each(|sentence| scorer.push_line(sentence));
    scorer.finish();
    for (scores, sum) in block.sentences().zip(sums) {
        *sum = total(scores);
    }
}

fn total(scores: &[Score]) -> f64 {
    scores.iter().map(|score| score.log_prob.log10()).sum()
}

#[pymethods]
impl Model {
    /// Opens a model file or an ARPA file.
    #[staticmethod]
    pub fn open(py: Python<'_>, path: PathBuf) -> PyResult<Model> {
        let path = std::path::absolute(&path).map_err(|error| raise_io("no path", &error))?;
        let opened = stoppable(py, &*kept_pool(None)?, |progress| open::open(&path, progress))?;
        Ok(Model { opened, path: Some(path) })
    }

    /// Opens a model from the bytes of its file.
    #[staticmethod]
    fn from_bytes(py: Python<'_>, data: &[u8]) -> PyResult<Model> {
        let opened =
            stoppable(py, &*kept_pool(None)?, |progress| open::from_bytes(data, progress))?;
        Ok(Model { opened, path: None })
    }

    /// The file that the model was opened from; None for a model from bytes.
    #[getter]
    fn path(&self) -> Option<String> {
        self.path.as_ref().map(|path| path.display().to_string())
    }

    /// The order n.
    #[getter]
    fn order(&self) -> usize {
        self.dynamic().order()
    }

    /// The tokenizer.
    #[getter]
    fn tokenizer(&self) -> String {
        self.dynamic().tokenizer().to_string()
    }

    /// The smoothing method, if known.
    #[getter]
    fn smoothing(&self) -> Option<String> {
        self.opened.model.info().smoothing.clone()
    }

    /// The number of n-grams of each order.
    #[getter]
    fn ngrams(&self) -> Vec<u64> {
        self.opened.model.info().orders.iter().map(|order| order.ngrams).collect()
    }

    /// The vocabulary of the model.
    #[getter]
    fn vocab(model: Bound<'_, Self>) -> Vocab {
        Vocab { model: model.unbind() }
    }

    fn __contains__(&self, word: &str) -> bool {
        self.dynamic().vocab().id(word).is_some()
    }

    fn __repr__(&self) -> String {
        let path = self.path().unwrap_or_else(|| "bytes".to_owned());
        format!("<ngram_lm.Model order {} from {path}>", self.order())
    }

    fn __reduce__<'py>(
        model: &Bound<'py, Self>,
    ) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        let (py, class, this) = (model.py(), model.get_type(), model.get());
        match &this.path {
            Some(path) => Ok((class.getattr("open")?, PyTuple::new(py, [path])?)),
            None => {
                let bytes = PyBytes::new(py, &this.opened.bytes);
                Ok((class.getattr("from_bytes")?, PyTuple::new(py, [bytes])?))
            }
        }
    }

    /// Returns log10 of the probability of a sentence and its end.
    fn score(&self, sentence: &Bound<'_, PyAny>) -> PyResult<f64> {
        let mut sum = [0.0];
        self.sums(&[&self.sentence(sentence)?], &mut sum);
        Ok(sum[0])
    }

    /// Returns log10 of the probability of each sentence.
    #[pyo3(signature = (sentences, *, threads=None))]
    fn score_many<'py>(
        &self,
        py: Python<'py>,
        sentences: &Bound<'py, PyAny>,
        threads: Option<usize>,
    ) -> PyResult<Bound<'py, PyAny>> {
        if sentences.is_instance_of::<PyString>() {
            return Err(PyTypeError::new_err("give sentences, not one str: for that, use score"));
        }
        // Converts NumPy's strings to Python's in one call.
        let listed = match sentences.hasattr("tolist")? {
            true => sentences.call_method0("tolist")?,
            false => sentences.clone(),
        };
        let items: Vec<Bound<'_, PyAny>> = listed.try_iter()?.collect::<PyResult<_>>()?;
        let kind = &self.dynamic().tokenizer().kind;
        let strings = items.iter().enumerate();
        let strings = strings
            .map(|(number, item)| text::sentence(item, kind, || format!("sentence {number}")));
        let strings: Vec<Cow<'_, str>> = strings.collect::<PyResult<_>>()?;
        let strings: Vec<&str> = strings.iter().map(|string| &**string).collect();
        let mut sums = vec![0.0; strings.len()];
        let is_long = strings.len() > LONG;
        let mut work = |progress: &dyn Progress| -> PyResult<()> {
            let chunks = strings.par_chunks(CHUNK).zip(sums.par_chunks_mut(CHUNK));
            chunks.try_for_each(|(some, sums)| -> PyResult<()> {
                progress.proceed().map_err(raise)?;
                self.sums(some, sums);
                Ok(())
            })?;
            self.unchanged()
        };
        let pool = kept_pool(threads)?;
        match is_long {
            true => stoppable(py, &pool, work)?,
            false => py.detach(|| pool.install(|| work(&())))?,
        }
        array(py, "float64", sums.as_bytes())
    }

    /// Returns the tokens of a sentence, including its end, with their scores.
    fn tokens(&self, sentence: &Bound<'_, PyAny>) -> PyResult<Vec<Token>> {
        let sentence = self.sentence(sentence)?;
        let mut texts = Vec::new();
        let mut words = Vec::new();
        let vocab = self.dynamic().vocab();
        self.dynamic().tokenizer().tokenize(&sentence, |token| {
            let word = vocab.id_or_unknown(token);
            if word != WordId::BEGIN && word != WordId::END {
                words.push(word);
                texts.push(token.to_owned());
            }
        });
        texts.push("</s>".to_owned());
        let mut scores = Vec::new();
        self.dynamic().score_sentence(&words, &mut scores);
        words.push(WordId::END);
        let scored = texts.into_iter().zip(words).zip(scores);
        let token = |((word, id), Score { log_prob, matched })| Token {
            word,
            log10: log_prob.0,
            bits: LogProb::bits(log_prob) + 0.0,
            order: matched,
            oov: id == WordId::UNKNOWN,
        };
        Ok(scored.map(token).collect())
    }

    /// Returns log10 of the probability of each word of the vocabulary after a text.
    #[pyo3(signature = (history=""))]
    fn next_logprobs<'py>(&self, py: Python<'py>, history: &str) -> PyResult<Bound<'py, PyAny>> {
        let log_probs = py.detach(|| -> PyResult<Vec<f32>> {
            let mut scores = Vec::new();
            self.dynamic().score_all(&self.history(history), &mut scores);
            self.unchanged()?;
            Ok(scores.iter().map(|score| score.log_prob.0).collect())
        })?;
        array(py, "float32", log_probs.as_bytes())
    }

    /// Generates sentences from the model.
    #[pyo3(signature = (count=1, *, prompt="", seed=1, temperature=1.0, top_k=None, top_p=None, only=None,
        unknown=false, longest=1000))]
    #[allow(clippy::too_many_arguments, reason = "Python names them")]
    fn generate(
        &self,
        py: Python<'_>,
        count: u64,
        prompt: &str,
        seed: u64,
        temperature: f64,
        top_k: Option<usize>,
        top_p: Option<f64>,
        only: Option<Vec<String>>,
        unknown: bool,
        longest: usize,
    ) -> PyResult<Vec<String>> {
        let vocab = self.dynamic().vocab();
        let known = |word: String| {
            vocab
                .id(&word)
                .ok_or_else(|| PyValueError::new_err(format!("the model does not know {word:?}")))
        };
        let only =
            only.map(|words| words.into_iter().map(known).collect::<PyResult<_>>()).transpose()?;
        let prompt = prompt.to_owned();
        let options = Options { seed, prompt, temperature, top_k, top_p, only, unknown, longest };
        stoppable(py, &*kept_pool(None)?, |progress| {
            let generator = Generator::new(self.dynamic(), options).map_err(raise)?;
            let mut sampler = generator.sampler();
            let sentence = |number| {
                progress.proceed().map_err(raise)?;
                Ok(sampler.sentence(number).map_err(raise)?.text)
            };
            let sentences = (0..count).map(sentence).collect::<PyResult<_>>()?;
            self.unchanged()?;
            Ok(sentences)
        })
    }

    /// Evaluates the model on a text; returns the report of `ngram eval --json`.
    #[pyo3(signature = (text, *, threads=None))]
    fn evaluate<'py>(
        &self,
        py: Python<'py>,
        text: &Bound<'py, PyAny>,
        threads: Option<usize>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let raised = Raised::default();
        let sources = text::sources(text, &self.dynamic().tokenizer().kind, &raised)?;
        let pool = pool(threads)?;
        let report = stoppable(py, &pool, |progress| {
            let mut evaluation = Evaluation::new(self.dynamic());
            for source in sources {
                let reader = Stoppable::new(source.reader, progress);
                evaluation.read(&source.name, reader).map_err(raise)?;
            }
            self.unchanged()?;
            Ok(ngram_report::json::report(&evaluation.report()))
        });
        let report = report.map_err(|error| text::or_raised(&raised, error))?;
        py.import("json")?.call_method1("loads", (report,))
    }

    /// Writes the model as an ARPA file, atomically.
    fn to_arpa(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        let Some(model) = self.opened.model.as_table() else {
            return Err(PyValueError::new_err("class-based and skip models have no ARPA file"));
        };
        text::not_over(&path, self.path.as_deref())?;
        stoppable(py, &*kept_pool(None)?, |progress| {
            let cannot = |error| raise_io(&format!("cannot write {}", path.display()), &error);
            let file = Partial::create(&path).map_err(cannot)?;
            EXPORT_FORMATS[0].write(model, &mut file.file(), progress).map_err(raise)?;
            self.unchanged()?;
            file.finish().map_err(cannot)
        })
    }

    /// Writes the model to a file, atomically.
    fn save(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        stoppable(py, &*kept_pool(None)?, |progress| {
            let cannot = |error| raise_io(&format!("cannot write {}", path.display()), &error);
            let mut file = Partial::create(&path).map_err(cannot)?;
            let mut out = Stoppable::new(file.file_mut(), progress);
            out.write_all(&self.opened.bytes).map_err(cannot)?;
            self.unchanged()?;
            file.finish().map_err(cannot)
        })
    }
}

/// The words of a model, by number.
#[pyclass(frozen, sequence, module = "ngram_lm")]
pub struct Vocab {
    model: Py<Model>,
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

/// Returns a NumPy array of these bytes.
fn array<'py>(py: Python<'py>, kind: &str, bytes: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    py.import("numpy")?.call_method1("frombuffer", (PyByteArray::new(py, bytes), kind))
}
