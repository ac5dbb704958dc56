//! The native half of the Python package `ngram_lm`. `python/ngram_lm/__init__.pyi` documents what it
//! offers.
//!
//! Each file is one thing that Python sees; the libraries do the work. NumPy is not imported until an
//! array is asked for.

mod error;
mod kenlm;
mod model;
mod open;
mod stop;
mod text;
mod train;

use pyo3::prelude::*;

/// The native half of `ngram_lm`.
#[pymodule]
mod _native {
    #[pymodule_export]
    use crate::kenlm::{KenlmModel, State};
    #[pymodule_export]
    use crate::model::{Model, Token, Vocab};
    #[pymodule_export]
    use crate::train::train;
    use pyo3::prelude::*;
    use pyo3::types::PySequence;

    /// Tells Python that a vocabulary is a `collections.abc.Sequence`.
    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        PySequence::register::<Vocab>(module.py())
    }
}
