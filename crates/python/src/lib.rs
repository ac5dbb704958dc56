//! The native half of the Python package `ngram_lm`. `python/ngram_lm/__init__.pyi` documents what it
//! offers.
//!
//! Each file is one thing that Python sees; the libraries do the work. NumPy is not imported until an
//! array is asked for.

mod ctc;
mod documents;
mod error;
mod kenlm;
mod model;
mod open;
mod stop;
mod text;
mod train;
mod vocab;

use pyo3::prelude::*;

/// The native half of `ngram_lm`.
#[pymodule]
mod _native {
    #[pymodule_export]
    use crate::ctc::CtcDecoder;
    #[pymodule_export]
    use crate::kenlm::{KenlmModel, State};
    #[pymodule_export]
    use crate::model::{Model, Token};
    #[pymodule_export]
    use crate::train::train;
    #[pymodule_export]
    use crate::vocab::Vocab;
    use pyo3::prelude::*;
    use pyo3::types::PySequence;
    use std::ffi::OsString;

    /// Runs the program `ngram` with these arguments, of which the first is its name, and returns its exit code.
    #[pyfunction]
    fn main(py: Python<'_>, arguments: Vec<OsString>) -> u8 {
        py.detach(|| ngram_cli::main(arguments))
    }

    /// Tells Python that a vocabulary is a `collections.abc.Sequence`.
    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))?;
        PySequence::register::<Vocab>(module.py())
    }
}
