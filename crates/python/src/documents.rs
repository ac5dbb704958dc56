//! Figures of documents as columns.

use crate::model::{array, result};
use ngram_eval::documents::{DocumentFigures, Measure};
use pyo3::prelude::*;
use zerocopy::IntoBytes;

/// Returns a table of documents and their figures.
pub fn columns<'py>(
    py: Python<'py>,
    scored: &[Option<DocumentFigures>],
) -> PyResult<Bound<'py, PyAny>> {
    let numbers = |name: &'static str, of: fn(&DocumentFigures) -> u64| -> PyResult<_> {
        let column: Vec<i64> =
            scored.iter().map(|figures| figures.as_ref().map_or(0, of) as i64).collect();
        Ok((name, array(py, "int64", column.as_bytes())?))
    };
    let figures = |name: &'static str, of: fn(&DocumentFigures) -> f64| -> PyResult<_> {
        let column: Vec<f64> =
            scored.iter().map(|figures| figures.as_ref().map_or(f64::NAN, of)).collect();
        Ok((name, array(py, "float64", column.as_bytes())?))
    };
    let log10_prob = |figures: &DocumentFigures| match figures.zeros {
        0 => figures.log10_prob,
        _ => f64::NEG_INFINITY,
    };
    let columns = vec![
        figures("log10_prob", log10_prob)?,
        numbers("tokens", |figures| figures.tokens)?,
        numbers("sentences", |figures| figures.sentences)?,
        numbers("oovs", |figures| figures.oovs)?,
        numbers("characters", |figures| figures.characters)?,
        numbers("bytes", |figures| figures.bytes)?,
        figures("perplexity", DocumentFigures::perplexity)?,
        figures("bits_per_byte", |figures| figures.get(Measure::BitsPerByte))?,
        figures("bits_per_character", |figures| figures.get(Measure::BitsPerCharacter))?,
    ];
    let missing: Vec<usize> = scored
        .iter()
        .enumerate()
        .filter(|(_, figures)| figures.is_none())
        .map(|(at, _)| at)
        .collect();
    result(py, "_documents", (columns, missing))
}
