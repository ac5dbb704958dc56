//! `ngram_lm._native.train`.

use crate::error::raise_any;
use crate::stop::stoppable_told;
use crate::text::{self, How, Raised};
use ngram_counts::TokenizerName;
use ngram_input::Text;
use ngram_tokenizer::TokenizerKind;
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// Trains a model on a text and writes it to a file, with the options of `ngram train` as arguments. Returns the warnings.
#[pyfunction]
#[pyo3(signature = (text, output, arguments, tokenizer, dev, reading, threads, progress))]
#[allow(clippy::too_many_arguments, reason = "Python names them")]
pub fn train(
    py: Python<'_>,
    text: Option<&Bound<'_, PyAny>>,
    output: PathBuf,
    arguments: Vec<OsString>,
    tokenizer: Option<String>,
    dev: Option<&Bound<'_, PyAny>>,
    reading: (Option<String>, Option<String>, Option<String>, Option<String>),
    threads: Option<usize>,
    progress: Option<Py<PyAny>>,
) -> PyResult<Vec<String>> {
    let raised = Raised::default();
    let (format, field, sentences, on_bad) = &reading;
    let how =
        How::new(format.as_deref(), field.as_deref(), sentences.as_deref(), on_bad.as_deref())?;
    let mut arguments = arguments;
    let mut kind = match &tokenizer {
        None => TokenizerKind::Words,
        // What is not known by its name is a file, whose tokens are never given as lists.
        Some(name) => match name.parse() {
            Ok(TokenizerName::Kind(kind)) => kind,
            _ => TokenizerKind::Chars,
        },
    };
    let mut given = text.cloned();
    if let (Some(text), None) = (text, &tokenizer) {
        let (first, all) = text::first(text)?;
        given = Some(all);
        if first.is_some_and(|first| text::is_list_of_tokens(&first)) {
            kind = TokenizerKind::Whitespace;
            arguments.extend(["--tokenizer", "whitespace"].map(OsString::from));
        }
    }
    let texts = |given: &Bound<'_, PyAny>| -> PyResult<Vec<Text>> {
        let sources = text::sources(given, &kind, &how, &raised)?;
        text::not_over(&output, sources.iter().filter_map(|source| source.path.as_deref()))?;
        Ok(sources.into_iter().map(|source| Text::stream(&source.name, source.reader)).collect())
    };
    let held_out = dev.map(texts).transpose()?;
    let texts = given.as_ref().map(texts).transpose()?;
    arguments.extend([OsString::from("--output"), output.clone().into()]);
    if held_out.is_some() {
        arguments.extend(["--dev", "-"].map(OsString::from));
    }
    if texts.is_some() {
        arguments.extend(["--", "-"].map(OsString::from));
    }
    let pool = pool(threads)?;
    let trained = stoppable_told(py, progress, |progress| {
        ngram_cli::embed::train(&arguments, texts, held_out, progress, &pool).map_err(raise_any)
    });
    let skipped = how.skipped();
    // That all records lack the field says more than that there is no word.
    let trained =
        trained.map_err(|error| skipped.as_ref().err().map_or(error, |e| e.clone_ref(py)));
    let mut told = trained.map_err(|error| text::or_raised(&raised, error))?;
    told.extend(skipped?);
    Ok(told)
}

/// Starts a pool of this many threads; all cores by default.
pub fn pool(threads: Option<usize>) -> PyResult<rayon::ThreadPool> {
    if threads == Some(0) {
        return Err(PyValueError::new_err(
            "0 threads do nothing: give 1 or more, or None for all cores",
        ));
    }
    let builder = rayon::ThreadPoolBuilder::new().num_threads(threads.unwrap_or(0));
    builder.build().map_err(|error| PyRuntimeError::new_err(error.to_string()))
}

/// Returns the last pool if it fits, since starting threads takes as long as scoring a few hundred sentences.
pub fn kept_pool(threads: Option<usize>) -> PyResult<Arc<rayon::ThreadPool>> {
    static KEPT: Mutex<Option<(Wanted, Arc<rayon::ThreadPool>)>> = Mutex::new(None);
    // A forked process has none of the threads.
    let wanted = (std::process::id(), threads);
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    match &*kept {
        Some((of, pool)) if *of == wanted => Ok(pool.clone()),
        _ => {
            let pool = Arc::new(pool(threads)?);
            if let Some((of, old)) = kept.replace((wanted, pool.clone()))
                && of.0 != wanted.0
            {
                // Ending threads that are not there could wait for a lock that one of them held.
                std::mem::forget(old);
            }
            Ok(pool)
        }
    }
}

/// A process, and the number of threads it wants.
type Wanted = (u32, Option<usize>);
