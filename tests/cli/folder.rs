//! A temporary folder for a test, and the program run in it.

use assert_cmd::Command;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;
use tempfile::TempDir;

/// A folder that is removed at the end of a test. Commands are the arguments of `ngram`, without
/// spaces in an argument.
pub struct Folder(TempDir);

impl Folder {
    /// Creates an empty folder.
    pub fn new() -> Folder {
        Folder(tempfile::tempdir().unwrap())
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.path(name), bytes).unwrap();
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    pub fn text(&self, name: &str) -> String {
        String::from_utf8(self.read(name)).unwrap()
    }

    /// Returns the names of everything directly in the folder, sorted.
    pub fn names(&self) -> Vec<String> {
        let names = fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<String> =
            names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// Returns every file with its bytes, which a failure must not change.
    fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        fn walk(folder: &Path, files: &mut BTreeMap<PathBuf, Vec<u8>>) {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                match path.is_dir() {
                    true => walk(&path, files),
                    false => {
                        let bytes = fs::read(&path).unwrap();
                        files.insert(path, bytes);
                    }
                }
            }
        }
        let mut files = BTreeMap::new();
        walk(self.0.path(), &mut files);
        files
    }

    /// Returns the program, to add arguments to.
    pub fn program(&self) -> Command {
        let mut program = Command::new(env!("CARGO_BIN_EXE_ngram"));
        program.current_dir(&self.0);
        program
    }

    /// Runs a command that may fail, but not panic.
    pub fn output_on(&self, command: &str, stdin: &[u8]) -> Output {
        let mut program = self.program();
        let output = program.args(command.split_whitespace()).write_stdin(stdin).output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code().is_some_and(|code| code < 100), "{command}: {stderr}");
        assert!(!stderr.contains("panicked"), "{command}: {stderr}");
        let partial = self.names().into_iter().find(|name| name.ends_with(".partial"));
        assert_eq!(partial, None, "{command}");
        output
    }

    pub fn output(&self, command: &str) -> Output {
        self.output_on(command, b"")
    }

    /// Runs a command that must succeed.
    pub fn run_on(&self, command: &str, stdin: &[u8]) -> Output {
        let output = self.output_on(command, stdin);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command}: {stderr}");
        output
    }

    /// Runs a command that must succeed; returns its standard output.
    pub fn run(&self, command: &str) -> String {
        String::from_utf8(self.run_on(command, b"").stdout).unwrap()
    }

    /// Does the same; returns standard output and standard error.
    pub fn run_aloud(&self, command: &str) -> (String, String) {
        let output = self.run_on(command, b"");
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (text(output.stdout), text(output.stderr))
    }

    /// Runs a command that must fail and change nothing, with 2 if its options are refused,
    /// otherwise 1; returns its message.
    pub fn fail(&self, command: &str) -> String {
        let before = self.files();
        let output = self.output(command);
        let stderr = String::from_utf8(output.stderr).unwrap();
        let code = if stderr.starts_with("error: ") { 2 } else { 1 };
        assert_eq!(output.status.code(), Some(code), "{command}: {stderr}");
        assert!(self.files() == before, "{command} changed files");
        stderr
    }
}

/// Sentences in which most words are rare, as in natural language, so that every method has something to estimate from.
pub fn sentences(lines: usize, seed: u32) -> String {
    let mut number = seed;
    let mut next = |below: u32| {
        number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (number >> 8) % below
    };
    let mut text = String::new();
    for _ in 0..lines {
        for _ in 0..next(9) {
            let range = 1 + next(400);
            text.push_str(&format!("w{} ", next(range)));
        }
        text.push('\n');
    }
    text
}
