//! The verbs for a program that brings its own texts, as the Python package does: the same options, read and checked in
//! the same way, with messages as values.

use crate::tell::kept;
use crate::train::{self, Brought};
use crate::{Cli, Verb};
use clap::Parser;
use ngram_input::Text;
use ngram_store::Progress;
use std::ffi::OsString;

/// A wrong command line: what is wrong with it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct WrongOptions(String);

/// Trains a model as `ngram train` does with these arguments, which follow the verb. `texts` are read in place of the
/// files named, of which there must be one all the same, and `held_out` in place of those of `--dev`. Returns the
/// warnings, one by one.
///
/// # Errors
///
/// [`WrongOptions`] if the arguments are wrong; else what `ngram train` says.
pub fn train(
    arguments: &[OsString],
    texts: Option<Vec<Text>>,
    held_out: Option<Vec<Text>>,
    progress: impl Progress,
    pool: &rayon::ThreadPool,
) -> anyhow::Result<Vec<String>> {
    let begin = ["ngram", "train", "--quiet"].map(OsString::from);
    let parsed = Cli::try_parse_from(begin.iter().chain(arguments));
    let parsed = parsed.map_err(|error| {
        let text = error.to_string();
        let first = text.lines().take_while(|line| !line.is_empty());
        let first: Vec<&str> =
            first.map(|line| line.trim_start_matches("error: ").trim()).collect();
        WrongOptions(first.join(" "))
    })?;
    let Verb::Train(args) = parsed.verb else {
        return Err(WrongOptions("no options of `ngram train`".to_owned()).into());
    };
    let brought = Brought { texts, held_out };
    let (made, told) = kept(|| train::run_with(*args, brought, progress, pool));
    made.map(|()| told)
}
