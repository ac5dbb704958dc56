//! SRILM's `change-lm-vocab`.

use super::ngram::{OPTIONS, VocabChange, run_given};
use super::srilm::{OptionKind, Table, parse};
use super::usage::Usage;
use std::ffi::OsString;

/// What it takes beside the options of `ngram`.
const SUBSET: Table = &[("subset", OptionKind::Flag)];

/// Runs the program.
pub fn run(arguments: &[OsString]) -> anyhow::Result<()> {
    let table: Vec<_> = OPTIONS.iter().chain(SUBSET).copied().collect();
    // The model may come from standard input and go to standard output.
    let mut arguments = arguments.to_vec();
    for name in ["-lm", "-write-lm"] {
        if !arguments.iter().any(|argument| argument == name) {
            arguments.extend([name, "-"].map(OsString::from));
        }
    }
    let given = parse("change-lm-vocab", &table, &arguments)?;
    if !given.has("vocab") {
        return Err(Usage("change-lm-vocab: name a list of words by -vocab".to_owned()).into());
    }
    run_given(&given, Some(VocabChange { adds: !given.has("subset") }))
}
