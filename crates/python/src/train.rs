//! `ngram_lm.train`.

use crate::error::raise;
use crate::model::Model;
use crate::stop::stoppable;
use crate::text::{self, Raised};
use ngram_counts::VocabRule;
use ngram_input::Text;
use ngram_store::Resources;
use ngram_tokenizer::{TokenizerKind, TokenizerSpec};
use ngram_train::smoothing::{self, Combine};
use ngram_train::{TrainOptions, Trained};
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};

/// Trains a model on a text, writes it to a file and opens it.
#[pyfunction]
#[pyo3(signature = (text, output, *, order=5, tokenizer="words", lowercase=false, smoothing="modified-kneser-ney",
    backoff=false, min_counts=None, vocab=None, min_count=None, max_vocab=None, closed=false, dev=None,
    memory=None, temp_dir=None, threads=None))]
#[allow(clippy::too_many_arguments, reason = "Python names them")]
pub fn train(
    py: Python<'_>,
    text: &Bound<'_, PyAny>,
    output: PathBuf,
    order: usize,
    tokenizer: &str,
    lowercase: bool,
    smoothing: &str,
    backoff: bool,
    min_counts: Option<Vec<u32>>,
    vocab: Option<Vec<String>>,
    min_count: Option<u64>,
    max_vocab: Option<usize>,
    closed: bool,
    dev: Option<&Bound<'_, PyAny>>,
    memory: Option<u64>,
    temp_dir: Option<PathBuf>,
    threads: Option<usize>,
) -> PyResult<Model> {
    let raised = Raised::default();
    let kind = TokenizerKind::from_str(tokenizer).map_err(raise)?;
    let texts = |given| -> PyResult<Vec<Text>> {
        let sources = text::sources(given, &kind, &raised)?;
        text::not_over(&output, sources.iter().filter_map(|source| source.path.as_deref()))?;
        Ok(sources.into_iter().map(|source| Text::stream(&source.name, source.reader)).collect())
    };
    let folder = output.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new(".")).to_owned();
    let mut options = TrainOptions {
        order,
        tokenizer: TokenizerSpec { kind: kind.clone(), lowercase },
        vocab: match (vocab, min_count, max_vocab) {
            (None, None, None) => VocabRule::All,
            (Some(words), None, None) => VocabRule::List(words),
            (None, Some(least), None) => VocabRule::MinCount(least),
            (None, None, Some(most)) => VocabRule::MaxWords(most),
            _ => return Err(PyValueError::new_err("give one of vocab, min_count and max_vocab")),
        },
        smoothing: smoothing::by_name(smoothing).map_err(raise)?,
        held_out: dev.map(texts).transpose()?.unwrap_or_default().into(),
        resources: Resources {
            memory: memory.unwrap_or(u64::MAX),
            temp_dir: temp_dir.unwrap_or(folder),
            shares: None,
        },
        open: !closed,
        ..TrainOptions::default()
    };
    options.settings.combine = backoff.then_some(Combine::BackOff);
    options.settings.min_counts = min_counts.unwrap_or_default();
    let texts = texts(text)?;
    let pool = pool(threads)?;
    let trained = stoppable(py, &pool, |progress| {
        ngram_train::train(&texts, &options, &output, progress).map_err(raise)
    });
    let _: Trained = trained.map_err(|error| text::or_raised(&raised, error))?;
    Model::open(py, output)
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
