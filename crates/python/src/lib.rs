//! The native half of the Python package `ngram_lm`: what it offers is documented in
//! `python/ngram_lm/__init__.pyi`.
//!
//! Each file is a thing that Python sees; what it does is in the libraries. Nothing here imports NumPy before an
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
