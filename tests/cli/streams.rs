//! Streams that are closed, full or gone, and folders that cannot be written to, with every verb that prints.
#![cfg(unix)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// Runs a shell line in which `ngram` is the program.
fn sh(folder: &Path, line: &str) -> Output {
    let script = format!("ngram() {{ '{}' \"$@\"; }}; {line}", env!("CARGO_BIN_EXE_ngram"));
    let mut command = Command::new("sh");
    command.args(["-c", &script]).current_dir(folder).stdin(Stdio::null());
    command.env_remove("TMPDIR").output().unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let line = |number: usize| format!("the {} cat sat {} mat\n", number % 7, number % 5);
    let text: String = (0..400).map(line).collect();
    fs::write(folder.path().join("text"), &text).unwrap();
    fs::write(folder.path().join("held"), &text[..3000]).unwrap();
    fs::write(folder.path().join("words"), "the\ncat\nsat\n").unwrap();
    for arguments in [
        "train text --order 3 -q -o m",
        "train text --order 2 -q -o n",
        "export m arpa -q",
        "compress text -m m -q -o text.ngz",
    ] {
        let output = sh(folder.path(), &format!("ngram {arguments}"));
        assert!(output.status.success(), "{arguments}: {}", stderr(&output));
    }
    folder
}

const VERBS: [&str; 42] = [
    "train text --order 2 -o out",
    "train text --order 2 --plan",
    "count text --order 2 -o out",
    "count text --order 2 --format text -o -",
    "classes text -k 3 -o out",
    "classes text -k 3 --json -o out",
    "classes text -k 3 -o -",
    "eval held -m m",
    "eval held -m m --json",
    "eval held -m m --per-token --json",
    "eval held -m m --format srilm --per-token",
    "eval held -m m --format kenlm",
    "compare held m n",
    "compare held m n --json",
    "entropy held",
    "info m",
    "info m --json",
    "info-theory --p 0.5,0.5",
    "info-theory --text held --json",
    "check m",
    "check m --json",
    "check arpa",
    "convert m --layout compact -o out",
    "mix m n --weights 0.5,0.5 -o out",
    "mix m n --weights 0.5,0.5 --json -o out",
    "prune m --to-ngrams 50% -o out",
    "prune m --to-ngrams 50% --json --eval held",
    "export m out",
    "export m -",
    "import arpa -o out",
    "compress text -m m -q -o -",
    "decompress text.ngz -m m -o -",
    "score held -m m",
    "next the -m m",
    "generate -m m -n 3",
    "prepare text -m m -k 3",
    "filter m --vocab words -o out",
    "select --in-model n --general-model m --pool text --threshold 9",
    "corpus list",
    "landmarks --list",
    "train --help",
    "--version",
];

#[test]
fn a_reader_that_goes_away_is_no_error_and_a_full_device_is_one() {
    let folder = folder();
    let folder = folder.path();
    for arguments in VERBS {
        // The reader is gone before anything is written.
        let gone = sh(
            folder,
            &format!("{{ ngram {arguments} 2>message; echo $? >code; }} | true; cat code message"),
        );
        let said = String::from_utf8_lossy(&gone.stdout).into_owned();
        // Output may have entered the pipe before the reader left.
        assert!(said.starts_with("0\n") && !said.contains("ngram: "), "{arguments}: {said}");
        let both =
            sh(folder, &format!("{{ ngram {arguments} 2>&1; echo $? >code; }} | true; cat code"));
        assert_eq!(String::from_utf8_lossy(&both.stdout), "0\n", "{arguments}");
        let closed = sh(folder, &format!("ngram {arguments} <&- >&- 2>&-"));
        assert_eq!(closed.status.code(), Some(0), "{arguments}");
        if cfg!(target_os = "linux") {
            let full = sh(folder, &format!("ngram {arguments} >/dev/full"));
            assert_eq!(full.status.code(), Some(1), "{arguments}: {}", stderr(&full));
            let message = stderr(&full);
            let message = message.lines().last().unwrap_or_default();
            let names = message.contains("cannot write") && message.contains("No space left");
            assert!(message.starts_with("ngram: ") && names, "{arguments}: {message}");
            let unheard = sh(folder, &format!("ngram {arguments} 2>/dev/full"));
            assert_eq!(unheard.status.code(), Some(0), "{arguments}");
        }
    }
}

#[test]
fn what_is_wrong_is_an_error_whoever_listens() {
    let folder = folder();
    let arpa = fs::read_to_string(folder.path().join("arpa")).unwrap();
    fs::write(folder.path().join("arpa"), arpa.replacen("-0.", "-1.", 1)).unwrap();
    let line = "{ ngram check arpa 2>/dev/null; echo $? >code; } | true; cat code";
    assert_eq!(sh(folder.path(), line).stdout, b"1\n");
}

#[test]
#[cfg(target_os = "linux")]
fn names_of_open_files_are_written_to() {
    let folder = folder();
    let folder = folder.path();
    let line =
        "ngram export m - >one; echo before >two; ngram export m /dev/stdout -q >>two; cat one two";
    let output = sh(folder, line);
    assert!(output.status.success(), "{}", stderr(&output));
    let one = fs::read_to_string(folder.join("one")).unwrap();
    assert!(one.len() > 1000);
    assert_eq!(fs::read_to_string(folder.join("two")).unwrap(), format!("before\n{one}"));
    let output = sh(folder, "ngram train text -q -o /dev/stdout >three");
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("it is a device or a pipe; name a file"),
        "{}",
        stderr(&output)
    );
    assert!(fs::symlink_metadata("/dev/stdout").unwrap().is_symlink());
}

#[test]
fn folders_that_cannot_be_written_to_are_named_and_others_do() {
    let folder = folder();
    let folder = folder.path();
    let fails = |line: &str, needles: &[&str]| {
        let output = sh(folder, line);
        let message = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{line}: {message}");
        assert_eq!(message.lines().count(), 1, "{line}: {message}");
        for needle in needles {
            assert!(message.contains(needle), "{line}: {message}");
        }
    };
    let tmpdir = ["no temporary folder can be made in none", "set TMPDIR to a folder"];
    fails("export TMPDIR=none; ngram entropy held -q", &tmpdir);
    fails("export TMPDIR=none; ngram prune m --to-ngrams 50% --eval held -q", &tmpdir);
    fails("export TMPDIR=none; ngram check arpa -q", &["set TMPDIR to a folder", "none/ngram-"]);
    fails("ngram train text -q -o none/m", &["cannot write none/m", "there is no such folder"]);
    // Writing elsewhere needs neither a home nor a folder for temporary files.
    let line = "export TMPDIR=none HOME=/none; ngram train text -q -o x && ngram prune x --to-ngrams 50% -q -o y";
    let output = sh(folder, line);
    assert!(output.status.success(), "{}", stderr(&output));
    // Root may write anywhere.
    let line = "mkdir sub; cp text m sub; chmod 555 sub; cd sub; ! touch x 2>/dev/null || exit 0; \
        ngram train text -q 2>&1 | grep -q 'no file can be made in .: permission denied' && \
        ngram train text -q -o ../out && ngram eval text -q -m m; code=$?; chmod 755 .; exit $code";
    let output = sh(folder, line);
    assert!(output.status.success(), "{}", stderr(&output));
}
