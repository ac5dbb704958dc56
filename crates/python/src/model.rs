//! `ngram_lm.Model`.

use crate::documents;
use crate::error::{raise, raise_io};
use crate::open::{self, How, Opened};
use crate::stop::{Stoppable, stoppable};
use crate::text::{self, Raised};
use crate::train::{kept_pool, pool};
use crate::vocab::Vocab;
use ngram_counts::TokenizerName;
use ngram_eval::Evaluation;
use ngram_eval::documents::{DocumentScorer, Filter, ScoreOptions, Style};
use ngram_eval::explain;
use ngram_eval::generate::{Generator, Options};
use ngram_eval::next::Next;
use ngram_formats::EXPORT_FORMATS;
use ngram_input::OnBadRecord;
use ngram_model::memory::{Addition, MemoryModel, ScoredSentences};
use ngram_model::{LanguageModel, LogProb, Score};
use ngram_store::{Partial, Progress};
use ngram_tokenizer::WordId;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyFloat, PyList, PyString, PyTuple};
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
    how: How,
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

    pub fn dynamic(&self) -> &dyn LanguageModel {
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
    /// Opens a native model file, an ARPA file, or a binary file of KenLM's.
    ///
    /// ARPA files may be compressed with gzip, zstd, bzip2 or xz. `tokenizer` and `lowercase` say how the text of a
    /// model of another toolkit is split: a name such as "words", or a tokenizer's file; by default what the file
    /// says, else at white space.
    #[staticmethod]
    #[pyo3(signature = (path, *, tokenizer=None, lowercase=false))]
    fn open(
        py: Python<'_>,
        path: PathBuf,
        tokenizer: Option<&str>,
        lowercase: bool,
    ) -> PyResult<Model> {
        let path = std::path::absolute(&path).map_err(|error| raise_io("no path", &error))?;
        let how = How::new(tokenizer, lowercase)?;
        let opened =
            stoppable(py, &*kept_pool(None)?, |progress| open::open(&path, &how, progress))?;
        Ok(Model { opened, path: Some(path), how })
    }

    /// Opens a model from the bytes of its file; see `open`.
    #[staticmethod]
    #[pyo3(signature = (data, *, tokenizer=None, lowercase=false))]
    fn from_bytes(
        py: Python<'_>,
        data: &[u8],
        tokenizer: Option<&str>,
        lowercase: bool,
    ) -> PyResult<Model> {
        let how = How::new(tokenizer, lowercase)?;
        let opened =
            stoppable(py, &*kept_pool(None)?, |progress| open::from_bytes(data, &how, progress))?;
        Ok(Model { opened, path: None, how })
    }

    /// Opens a model again, as pickle does.
    #[staticmethod]
    fn _again(
        py: Python<'_>,
        from: &Bound<'_, PyAny>,
        tokenizer: Option<String>,
        lowercase: bool,
    ) -> PyResult<Model> {
        match from.cast::<PyBytes>() {
            Ok(bytes) => Model::from_bytes(py, bytes.as_bytes(), tokenizer.as_deref(), lowercase),
            Err(_) => Model::open(py, from.extract()?, tokenizer.as_deref(), lowercase),
        }
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
        Vocab::new(model.unbind())
    }

    pub fn __contains__(&self, word: &str) -> bool {
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
        let tokenizer = this.how.tokenizer.as_ref().map(|name| match name {
            TokenizerName::Kind(kind) => kind.name().to_owned(),
            TokenizerName::File(path) => path.display().to_string(),
        });
        let from = match &this.path {
            Some(path) => path.clone().into_pyobject(py)?.into_any(),
            None => PyBytes::new(py, &this.opened.bytes).into_any(),
        };
        let arguments = (from, tokenizer, this.how.lowercase).into_pyobject(py)?;
        Ok((class.getattr("_again")?, arguments))
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

    /// Evaluates the model on a text; returns the report of `ngram eval --json`, as a dictionary that notebooks show.
    ///
    /// `text` is a file or a pattern (`str` or `os.PathLike`), in any format that the program reads, a list of
    /// `pathlib.Path`, or an iterable of sentences; `input_format`, `field`, `sentences` and `on_bad_record` are the
    /// options of `ngram eval`.
    #[pyo3(signature = (text, *, threads=None, input_format=None, field=None, sentences=None, on_bad_record=None))]
    #[allow(clippy::too_many_arguments, reason = "Python names them")]
    fn evaluate<'py>(
        &self,
        py: Python<'py>,
        text: &Bound<'py, PyAny>,
        threads: Option<usize>,
        input_format: Option<&str>,
        field: Option<&str>,
        sentences: Option<&str>,
        on_bad_record: Option<&str>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let raised = Raised::default();
        let reading = text::How::new(input_format, field, sentences, on_bad_record)?;
        let sources = text::sources(text, &self.dynamic().tokenizer().kind, &reading, &raised)?;
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
        let skipped: Vec<String> = reading.skipped()?.into_iter().collect();
        result(py, "_report", (report, skipped))
    }

    /// Explains the score of a sentence, or of each of a list: for each token the matched n-gram, the factors of its
    /// probability, and its bits. Notebooks show the sentence coloured by surprisal.
    fn explain<'py>(
        &self,
        py: Python<'py>,
        sentence: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let one = |text: &str| -> PyResult<Bound<'py, PyAny>> {
            if text.contains('\n') {
                return Err(PyValueError::new_err("a sentence is one line: give a list of them"));
            }
            let line = ngram_report::explain::line(&explain::explain(self.dynamic(), text));
            result(py, "_explanation", (line,))
        };
        if sentence.is_instance_of::<PyString>() {
            let explained = one(&self.sentence(sentence)?)?;
            self.unchanged()?;
            return Ok(explained);
        }
        let sentences = sentence.try_iter()?.map(|sentence| one(&self.sentence(&sentence?)?));
        let explained = PyList::new(py, sentences.collect::<PyResult<Vec<_>>>()?)?;
        self.unchanged()?;
        Ok(explained.into_any())
    }

    /// Returns the most probable words after a text, with their probabilities: as a table, which notebooks show, and
    /// whose `to_frame` is one of pandas or polars.
    #[pyo3(signature = (history="", *, top=10))]
    fn next<'py>(&self, py: Python<'py>, history: &str, top: usize) -> PyResult<Bound<'py, PyAny>> {
        let found = py.detach(|| -> PyResult<Vec<(String, f32, u8)>> {
            let next = Next::new(self.dynamic());
            let vocab = self.dynamic().vocab();
            let found = next.top(&self.history(history), top.min(vocab.len()));
            self.unchanged()?;
            let row = |(word, score): (WordId, Score)| {
                (vocab.word(word).to_owned(), score.log_prob.0, score.matched)
            };
            Ok(found.into_iter().map(row).collect())
        })?;
        result(py, "_next", (found,))
    }

    /// Scores documents, one or more lines each: returns a table with the columns log10_prob, tokens, sentences, oovs,
    /// characters, bytes, perplexity, bits_per_byte and bits_per_character as NumPy arrays.
    ///
    /// `texts` is a list, a NumPy array, a column of pandas or polars, or an array of Arrow, chunked or not. None
    /// stands for no document: its figures are NaN, its numbers 0. `sentences` says whether each line of a document
    /// is a sentence ("line"), or all of it ("document").
    #[pyo3(signature = (texts, *, sentences="line", threads=None))]
    fn score_documents<'py>(
        &self,
        py: Python<'py>,
        texts: &Bound<'py, PyAny>,
        sentences: &str,
        threads: Option<usize>,
    ) -> PyResult<Bound<'py, PyAny>> {
        if texts.is_instance_of::<PyString>() {
            return Err(PyTypeError::new_err("give documents, not one str: put it into a list"));
        }
        let how = text::How::new(None, None, Some(sentences), None)?;
        let mut names = ["to_pylist", "to_list", "tolist"].into_iter();
        let listed = match names.find(|name| texts.hasattr(*name).unwrap_or(false)) {
            Some(name) => texts.call_method0(name)?,
            None => texts.clone(),
        };
        let items: Vec<Bound<'_, PyAny>> = listed.try_iter()?.collect::<PyResult<_>>()?;
        let mut texts: Vec<Option<&str>> = Vec::with_capacity(items.len());
        for (number, item) in items.iter().enumerate() {
            // A missing value of pandas is a number that is none.
            let is_nan = item.cast::<PyFloat>().is_ok_and(|number| number.value().is_nan());
            texts.push(match item.cast::<PyString>() {
                Ok(text) => Some(text.to_str()?),
                Err(_) if item.is_none() || is_nan => None,
                Err(_) => {
                    return Err(PyTypeError::new_err(format!(
                        "document {number} is neither a str nor None"
                    )));
                }
            });
        }
        let options = ScoreOptions {
            sentences: how.reading.sentences,
            on_bad: OnBadRecord::Skip,
            account: Default::default(),
            filter: Filter::ALL,
            buckets: None,
            style: Style::Row,
        };
        let pool = kept_pool(threads)?;
        let scored = stoppable(py, &pool, |progress| {
            let scorer = DocumentScorer::new(self.dynamic(), options);
            let scored = scorer.documents(&texts, || progress.proceed().map_err(raise))?;
            self.unchanged()?;
            Ok(scored)
        })?;
        documents::columns(py, &scored)
    }

    /// Writes the model as an ARPA file, atomically.
    fn to_arpa(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        let Some(model) = self.opened.model.as_table() else {
            return Err(PyValueError::new_err(match self.opened.model.as_foreign() {
                Some(_) => {
                    "KenLM's hash tables have only hashes of their n-grams, which cannot be listed: take the ARPA file that they were built from"
                }
                None => "class-based and skip models have no ARPA file",
            }));
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

/// Makes a result that notebooks show.
pub fn result<'py>(
    py: Python<'py>,
    name: &str,
    arguments: impl pyo3::call::PyCallArgs<'py>,
) -> PyResult<Bound<'py, PyAny>> {
    py.import("ngram_lm._results")?.getattr(name)?.call1(arguments)
}

/// Returns a NumPy array of these bytes.
pub fn array<'py>(py: Python<'py>, kind: &str, bytes: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    py.import("numpy")?.call_method1("frombuffer", (PyByteArray::new(py, bytes), kind))
}
