//! Calls to the system that fail, each in turn, in every verb that writes: the output is whole and right, or there is one
//! message and everything is as it was.
//!
//! The C library is replaced by one whose N-th call fails (`faults.c`), which takes Linux, glibc and a C compiler. Here, a
//! sample of the calls fails; `benches/faults.sh` goes through all.
#![cfg(all(target_os = "linux", target_env = "gnu"))]

use crate::process::{files, ngram, run, stderr, text};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// Faults, with whether the program goes on after one as if nothing had been.
const KINDS: [(&str, bool); 5] =
    [("EIO", false), ("ENOSPC", false), ("EMFILE", false), ("EINTR", true), ("SHORT", true)];

/// Names a file for the table of a run in which every call fails.
const ALL: &str = "NGRAM_FAULTS";

/// Calls of each kind that fail for each verb, unless all do.
const SAMPLE: u64 = 10;

/// Every file and folder below this one, with the bytes of files.
type Files = BTreeMap<PathBuf, Vec<u8>>;

/// Makes the folder hold these files again.
fn restore(folder: &Path, before: &Files) {
    let now = files(folder);
    for path in now.keys().rev().filter(|path| !before.contains_key(*path)) {
        if path.is_dir() { fs::remove_dir(path) } else { fs::remove_file(path) }.unwrap();
    }
    for (path, bytes) in before.iter().filter(|(path, bytes)| now.get(*path) != Some(bytes)) {
        fs::write(path, bytes).unwrap();
    }
}

/// Returns the library that lets calls fail, or nothing, and says so, where there is no C compiler.
fn library(folder: &Path) -> Option<PathBuf> {
    let library = folder.join("faults.so");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/faults.c");
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"]);
    match compiler.arg(&library).arg(source).arg("-ldl").output() {
        Ok(output) if output.status.success() => Some(library),
        Ok(output) => panic!("{}", stderr(&output)),
        Err(error) => {
            eprintln!("skipped, as there is no C compiler: cc: {error}");
            None
        }
    }
}

/// Texts, and files of every kind that verbs read.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, seed, lines) in [("a", 1, 120), ("b", 2, 60), ("held", 3, 20)] {
        fs::write(folder.path().join(name), text(seed, lines, 12)).unwrap();
    }
    fs::write(folder.path().join("words"), "w1\nw2\nw3\nw4\nw6\nw8\nw12\n").unwrap();
    for arguments in [
        "train a -n 3 -q -o m",
        "train b -n 2 -q -o n",
        "export m arpa -q",
        "export m trie --format kenlm-trie -q",
        "count a -n 2 --format binary -q -o counts",
        "classes a -k 5 -q -o classes",
        "compress held -m m -q -o held.ngz",
        "train a -n 3 -q -o helped",
        "prepare a -m helped -k 3 -q",
    ] {
        run(folder.path(), arguments);
    }
    folder
}

/// Returns what was printed, without the time that it took.
fn lines(output: &Output) -> String {
    let stdout = String::from_utf8_lossy(&output.stdout);
    stdout.split_inclusive('\n').filter(|line| !line.starts_with("time ")).collect()
}

/// What a run that failed at a call left: a violation, or nothing.
fn violation(
    output: &Output,
    goes_on: bool,
    right: &Output,
    now: &Files,
    states: [&Files; 2],
) -> Option<&'static str> {
    let [before, after] = states;
    let said = stderr(output);
    // Stand-ins for other programs say how far they are, too.
    let messages = said.lines().filter(|line| line.starts_with("ngram: ")).count();
    match output.status.code() {
        Some(0) if now != after => Some("exit code 0 and another output"),
        Some(0) if lines(output) != lines(right) => Some("exit code 0 and other lines"),
        Some(0) => None,
        _ if said.contains("panicked") => Some("a panic"),
        Some(1) if goes_on => Some("an error"),
        Some(1) if messages != 1 || !said.ends_with('\n') => Some("not one message"),
        // Only giving the file its name for good may have failed.
        Some(1) if now != before && now != after => Some("neither the old file nor the new one"),
        Some(1) if !lines(right).starts_with(&lines(output)) => {
            Some("other lines before the message")
        }
        Some(1) => None,
        _ => Some("an end by a signal or with another code"),
    }
}

/// Runs a verb whose call of this number fails, or none if it is 0. Returns what was said of the call, or the number of calls.
fn fault(folder: &Path, verb: &str, library: &Path, kind: &str, at: u64) -> (Output, String) {
    let log = library.with_file_name("log");
    let _ = fs::remove_file(&log);
    let mut command = ngram(folder, verb);
    command.env("LD_PRELOAD", library).env("TMPDIR", folder).env("FAULT_LOG", &log);
    let output = command.env("FAULT_KIND", kind).env("FAULT_AT", at.to_string()).output();
    (output.unwrap(), fs::read_to_string(&log).unwrap_or_default())
}

/// Lets calls of each verb fail; adds up the runs, and the violations by kind and call.
fn every_verb(verbs: &[&str]) {
    let tools = TempDir::new().unwrap();
    let Some(library) = library(tools.path()) else { return };
    let all = std::env::var_os(ALL);
    let folder = folder();
    let folder = folder.path();
    for name in ["out", "out.gz"] {
        fs::write(folder.join(name), "an hour's work").unwrap();
    }
    let before = files(folder);
    let mut wrong = BTreeMap::new();
    let mut table = String::new();
    for verb in verbs {
        let fault = |kind: &str, at: u64| fault(folder, verb, &library, kind, at);
        let whole = fault("none", 0).0;
        assert!(whole.status.success(), "{verb}: {}", stderr(&whole));
        let after = files(folder);
        restore(folder, &before);
        for (kind, goes_on) in KINDS {
            let calls: u64 = fault(kind, 0).1.trim().parse().unwrap();
            restore(folder, &before);
            let stride = if all.is_some() { 1 } else { calls.div_ceil(SAMPLE).max(1) };
            let (mut failed, mut ended_well, mut violations) = (0, 0, 0);
            // Threads make the number of calls vary: the last ones may not come.
            for at in (1..=calls).step_by(stride as usize) {
                let (output, call) = fault(kind, at);
                let now = files(folder);
                failed += u64::from(!call.is_empty());
                ended_well += u64::from(!call.is_empty() && output.status.success());
                let found = violation(&output, goes_on, &whole, &now, [&before, &after]);
                if let Some(what) = found {
                    violations += 1;
                    let name = call.split_whitespace().next().unwrap_or("no call").to_owned();
                    let left: BTreeSet<_> =
                        now.keys().filter(|path| !before.contains_key(*path)).collect();
                    let more = format!(
                        "{verb}, {kind} {at} of {calls}: {}{} {left:?}",
                        call,
                        stderr(&output)
                    );
                    wrong.entry((what, kind, name)).or_insert_with(Vec::new).push(more);
                }
                restore(folder, &before);
            }
            table += &format!(
                "| `{verb}` | {kind} | {calls} | {failed} | {ended_well} | {violations} |\n"
            );
        }
    }
    if let Some(path) = all {
        use std::io::Write;
        let mut file = fs::File::options().create(true).append(true).open(path).unwrap();
        file.write_all(table.as_bytes()).unwrap();
    }
    let shown: Vec<String> = wrong
        .iter()
        .map(|(what, runs)| format!("{what:?}, {} times:\n  {}", runs.len(), runs[0]))
        .collect();
    assert!(shown.is_empty(), "{}", shown.join("\n"));
}

#[test]
fn verbs_that_train_and_count_meet_faults() {
    every_verb(&[
        "train a b -n 3 -q -j 1 -o out",
        "train a -n 3 --layout compact -q -j 1 -o out",
        "train a -n 3 --layout compact --memory 24M -q -j 1 -o out",
        "train a -n 3 --memory 40M --prune-to 50% -q -j 1 -o out",
        "train --counts counts -q -j 1 -o out",
        "train a --classes classes -n 2 -q -j 1 -o out",
        "count a -n 2 --format binary -q -j 1 -o out",
        "count a -n 2 --format google -q -j 1 -o new",
        "count a -n 2 --format text -q -j 1 -o out.gz",
        "classes a -k 4 -q -j 1 -o out",
        "prepare a -m m -k 3 -q -j 1",
        "shim lmplz -o 2 --discount_fallback --text a --arpa out",
        "shim ngram-count -text a -order 2 -lm out",
    ]);
}

#[test]
fn verbs_that_make_models_of_models_meet_faults() {
    every_verb(&[
        "import arpa -q -o out",
        "import trie -q -o out",
        "convert m --layout compact --quantize 8 -q -o out",
        "prune m --to-ngrams 50% -q -j 1 -o out",
        "filter m --vocab words -q -o out",
        "mix m n --weights 0.5,0.5 -q -j 1 -o out",
        "mix m arpa --dev held -q -j 1 -o out",
        "export m out.gz -q",
        "export m out --format kenlm-trie -q",
        "export m out --format openfst -q",
        "shim build_binary trie arpa out",
        "shim ngram -lm arpa -prune 1e-3 -write-lm out",
    ]);
}

#[test]
fn verbs_that_read_texts_meet_faults() {
    every_verb(&[
        "score held -m m -q -j 1 -o out",
        "score held -m m -q -j 1",
        "select --in-model m --general-model n --pool a --threshold 0 -q -j 1 -o out",
        "eval held -m m -q -j 1 --html out",
        "eval held -m m -q -j 1 --per-token",
        "eval held -m helped -q -j 1 --adaptive=best",
        "entropy held -q -j 1 --html out",
        "info-theory --text held --html out",
        "compress held -m m -q -o out",
        "decompress held.ngz -m m -q -o out",
        "generate -m m -n 20",
        "explain held -m m -j 1 --html out",
        "man new",
    ]);
}

/// By the calls that a full disk lets fail, in their order.
#[test]
fn folders_of_counts_are_on_the_disk_before_they_get_their_name() {
    let tools = TempDir::new().unwrap();
    let Some(library) = library(tools.path()) else { return };
    let folder = folder();
    let folder = folder.path();
    let verb = "count held -n 2 --format google -q -j 1 -o new";
    let calls = (1..).map(|at| fault(folder, verb, &library, "ENOSPC", at));
    let calls: Vec<String> =
        calls.map(|(_, call)| call).take_while(|call| !call.is_empty()).collect();
    let named = calls.iter().position(|call| call.starts_with("rename ") && call.contains(".new."));
    let synced: Vec<&str> =
        calls[..named.unwrap()].iter().filter_map(|call| call.strip_prefix("fsync ")).collect();
    for end in [".partial", "/1gms", "/2gms", "/1gms/vocab.gz", "/1gms/total", "/2gms/2gm-0000.gz"]
    {
        assert!(synced.iter().any(|path| path.trim_end().ends_with(end)), "{end}: {calls:?}");
    }
}
