//! The native half of `ngram_lm.ctc`.

use crate::error::raise;
use crate::kenlm::{Before, Engine};
use crate::stop::stoppable;
use crate::train::kept_pool;
use ngram_decode::{CtcAlphabet, CtcSettings, Decoded, WordModel};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use rayon::prelude::*;
use std::path::PathBuf;

/// A model of words, or none.
struct Words(Option<Engine>);

impl WordModel for Words {
    type State = Option<Before>;

    fn is_one(&self) -> bool {
        self.0.is_some()
    }

    fn order(&self) -> usize {
        self.0.as_ref().map_or(1, Engine::order)
    }

    fn begin(&self, sentence: bool) -> Option<Before> {
        self.0.as_ref().map(|engine| if sentence { engine.begin() } else { engine.empty() })
    }

    fn step(&self, state: &Option<Before>, word: &str) -> (f32, Option<Before>, bool) {
        let Some((engine, state)) = self.0.as_ref().zip(state.as_ref()) else {
            return (0.0, None, true);
        };
        let (unknown, score, after) = engine.step(state, word);
        (score.log_prob.0, Some(after), !unknown)
    }

    fn end(&self, state: &Option<Before>) -> f32 {
        self.step(state, "</s>").0
    }
}

/// Texts, each with the frames of its words, the score of its labels and the score of all.
type Beams = Vec<Beam>;
type Beam = (String, Vec<(String, (u32, u32))>, f64, f64);

/// Decodes the output of recognisers trained with CTC.
#[pyclass(frozen, module = "ngram_lm.ctc", name = "_CtcDecoder")]
pub struct CtcDecoder {
    decoder: ngram_decode::CtcDecoder<Words>,
}

#[pymethods]
impl CtcDecoder {
    /// Opens the model at `path`, if there is one. Words that the model does not have are left out of `unigrams`.
    #[new]
    #[pyo3(signature = (labels, path, unigrams))]
    fn new(
        py: Python<'_>,
        labels: Vec<String>,
        path: Option<PathBuf>,
        unigrams: Option<Vec<String>>,
    ) -> PyResult<CtcDecoder> {
        let alphabet = CtcAlphabet::new(labels.iter().map(String::as_str)).map_err(raise)?;
        let engine = match path {
            None => None,
            Some(path) => {
                Some(stoppable(py, &*kept_pool(None)?, |progress| Engine::open(&path, progress))?)
            }
        };
        if engine.as_ref().is_some_and(Engine::is_too_high) {
            return Err(PyValueError::new_err("the model's order is above 64"));
        }
        let known = unigrams.map(|mut words| {
            words.retain(|word| engine.as_ref().is_none_or(|engine| engine.contains(word)));
            words
        });
        let settings = CtcSettings::default();
        let decoder = ngram_decode::CtcDecoder::new(alphabet, Words(engine), known, settings);
        Ok(CtcDecoder { decoder })
    }

    /// The number of labels, the blank included.
    #[getter]
    fn labels(&self) -> usize {
        self.decoder.alphabet().len()
    }

    /// Whether labels are pieces of words.
    #[getter]
    fn has_pieces(&self) -> bool {
        self.decoder.alphabet().has_pieces()
    }

    /// Decodes recordings, each the bytes of 32-bit floats.
    #[allow(clippy::type_complexity, clippy::too_many_arguments, reason = "Python names them")]
    fn decode(
        &self,
        py: Python<'_>,
        recordings: Vec<Bound<'_, PyBytes>>,
        settings: (f64, f64, f64, bool, usize, f64, f32, bool),
        hot_words: Vec<String>,
        hot_weight: f64,
        most: usize,
        threads: Option<usize>,
    ) -> PyResult<Vec<Beams>> {
        let (alpha, beta, unknown, boundary, beam_width, beam_prune, label_least, prune_history) =
            settings;
        let settings = CtcSettings {
            alpha,
            beta,
            unknown,
            boundary,
            beam_width,
            beam_prune,
            label_least,
            prune_history,
        };
        let floats = |bytes: &Bound<'_, PyBytes>| -> Vec<f32> {
            bytes.as_bytes().as_chunks().0.iter().map(|bytes| f32::from_ne_bytes(*bytes)).collect()
        };
        let recordings: Vec<Vec<f32>> = recordings.iter().map(floats).collect();
        let hot: Vec<&str> = hot_words.iter().map(String::as_str).collect();
        stoppable(py, &*kept_pool(threads)?, |progress| {
            let one = |recording: &Vec<f32>| -> PyResult<Beams> {
                progress.proceed().map_err(raise)?;
                let found = self.decoder.decode_with(settings, recording, &hot, hot_weight);
                Ok(found.map_err(raise)?.into_iter().take(most).map(beam).collect())
            };
            recordings.par_iter().map(one).collect()
        })
    }
}

fn beam(found: Decoded) -> Beam {
    let words = found.words.into_iter().map(|(word, start, end)| (word, (start, end))).collect();
    (found.text, words, found.label_score, found.score)
}
