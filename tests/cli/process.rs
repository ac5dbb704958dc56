//! Processes that tests start, watch, stop and kill.
#![cfg(unix)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
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

/// Every file and folder below this one, with the bytes of files.
pub fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let is_folder = path.is_dir();
        if is_folder {
            files.extend(self::files(&path));
        }
        files.insert(path.clone(), if is_folder { Vec::new() } else { fs::read(&path).unwrap() });
    }
    files
}

/// Numbers below a bound, drawn from a seed.
pub fn random(seed: u64) -> impl FnMut(u64) -> u64 {
    let mut state = seed;
    move |below| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) % below
    }
}

/// Lines of twelve words, each the product of two numbers below `factors`, so that small ones are frequent.
pub fn text(seed: u64, lines: usize, factors: u64) -> String {
    let mut next = random(seed);
    let mut word = || format!("w{}", next(factors) * next(factors));
    let mut line = || (0..12).map(|_| word()).collect::<Vec<_>>().join(" ");
    (0..lines).map(|_| line() + "\n").collect()
}
