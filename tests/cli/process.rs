//! Processes that tests start, watch, stop and kill.
#![cfg(unix)]

use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Returns the program in a folder, with arguments that contain no spaces, and nothing to read.
pub fn ngram(folder: &Path, arguments: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ngram"));
    command.current_dir(folder).args(arguments.split_whitespace()).stdin(Stdio::null());
    command
}

/// Runs a command that must succeed; returns its output.
pub fn run(folder: &Path, arguments: &str) -> String {
    let output = ngram(folder, arguments).output().unwrap();
    assert!(output.status.success(), "{arguments}: {}", stderr(&output));
    String::from_utf8(output.stdout).unwrap()
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
