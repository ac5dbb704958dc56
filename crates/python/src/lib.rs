//! The native half of the Python package `ngram_lm`. `python/ngram_lm/__init__.pyi` documents what it
//! offers.
//!
//! Each file is one thing that Python sees; the libraries do the work. NumPy is not imported until an
//! array is asked for.

mod error;
mod kenlm;
mod model;
mod open;
mod text;
mod train;

use pyo3::prelude::*;

/// The native half of `ngram_lm`.
#[pymodule]
mod _native {
    #[pymodule_export]
    use crate::kenlm::{KenlmModel, State};
    #[pymodule_export]
    use crate::model::{Model, Token};
    #[pymodule_export]
    use crate::train::train;
}
