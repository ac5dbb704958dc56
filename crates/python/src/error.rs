//! Converts the libraries' errors to Python's.

use ngram_input::InputError;
use pyo3::PyErr;
use pyo3::exceptions::{PyFileNotFoundError, PyOSError, PyValueError};
use std::error::Error;
use std::io;

/// Converts an error: to `OSError` if the system reported it, else to `ValueError`. The message
/// includes the causes.
pub fn raise(error: impl Error + 'static) -> PyErr {
    if let Some(told) = in_python(&error) {
        return PyValueError::new_err(told);
    }
    let mut message = error.to_string();
    let mut system = None;
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        if !message.contains(&text) {
            message = format!("{message}: {text}");
        }
        system = system.or(error.downcast_ref::<io::Error>().map(io::Error::kind));
        cause = error.source();
    }
    match system {
        Some(io::ErrorKind::NotFound) => PyFileNotFoundError::new_err(message),
        Some(_) => PyOSError::new_err(message),
        None => PyValueError::new_err(message),
    }
}

/// Says what to do in Python about an error of which the libraries say what to do with the program.
fn in_python(error: &(dyn Error + 'static)) -> Option<String> {
    let chain = std::iter::successors(Some(error), |&error| error.source());
    chain.filter_map(|error| error.downcast_ref()).find_map(|error| match error {
        InputError::ParquetFeature { name } => Some(format!(
            "{name} is a Parquet file, which this package does not read itself: give the column with the text, such as \
             pyarrow.parquet.read_table({name:?})[\"text\"].to_pylist()"
        )),
        _ => None,
    })
}

/// Converts an error of the program's: of its options to `TypeError` or `ValueError`.
pub fn raise_any(error: anyhow::Error) -> PyErr {
    if let Some(wrong) = error.downcast_ref::<ngram_cli::embed::WrongOptions>() {
        return PyValueError::new_err(wrong.to_string());
    }
    if let Some(told) = in_python(error.as_ref()) {
        return PyValueError::new_err(told);
    }
    let message = format!("{error:#}");
    let system = error.chain().find_map(|cause| cause.downcast_ref::<io::Error>());
    match system.map(io::Error::kind) {
        Some(io::ErrorKind::NotFound) => PyFileNotFoundError::new_err(message),
        Some(_) => PyOSError::new_err(message),
        None => PyValueError::new_err(message),
    }
}

/// Converts a system error about a file.
pub fn raise_io(what: &str, error: &io::Error) -> PyErr {
    let message = format!("{what}: {error}");
    match error.kind() {
        io::ErrorKind::NotFound => PyFileNotFoundError::new_err(message),
        _ => PyOSError::new_err(message),
    }
}
