//! Ctrl-C and `kill` at moments drawn from a seed, with every verb that works for long: it ends soon, with the code of
//! the signal, inputs stay as they are, and outputs are whole or not there.
#![cfg(unix)]

use crate::process::{files, ngram, random, run, text};
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How long a verb may take to end. Half a second passes before it is ended; the rest is for a machine at work.
const SOON: Duration = Duration::from_secs(8);

/// Returns a folder with texts and what verbs read: enough that each works for a moment.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, seed, lines) in [("a", 1, 8_000), ("b", 2, 4_000), ("held", 3, 400)] {
        fs::write(folder.path().join(name), text(seed, lines, 60)).unwrap();
    }
    for arguments in [
        "train a -n 4 -q -o m",
        "train b -n 4 -q -o n",
        "export m arpa -q",
        "count a -n 3 --format binary -q -o counts",
        "compress held -m m -q -o held.ngz",
        "classes held -k 20 -q -o classes",
    ] {
        run(folder.path(), arguments);
    }
    fs::write(folder.path().join("words"), "w1 w2 w3 w4 w6 w8 w10 w12\n").unwrap();
    folder
}

/// Sends a signal to a verb after a while. Returns how it ended, or the code 0 if it was done before.
fn stop(folder: &Path, arguments: &str, after: Duration, signal: i32) -> Option<i32> {
    let mut command = ngram(folder, arguments);
    command.env("TMPDIR", folder);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    std::thread::sleep(after);
    let kill = format!("kill -{signal} {}", child.id());
    // It may have ended.
    let _ = Command::new("sh").args(["-c", &kill]).stderr(Stdio::null()).status().unwrap();
    let sent = Instant::now();
    while child.try_wait().unwrap().is_none() {
        assert!(sent.elapsed() < SOON, "{arguments}: still at work {SOON:?} after the signal");
        std::thread::sleep(Duration::from_millis(5));
    }
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    if output.status.code() == Some(128 + signal) {
        let expected = "ngram: stopped before the end; nothing was written\n";
        assert!(said.ends_with(expected), "{arguments}: {said}");
    }
    // Before it listens, a signal ends any process.
    output.status.code().or(output.status.signal().map(|signal| 128 + signal))
}

fn ends_in_order(verbs: &[&str]) {
    let folder = folder();
    let folder = folder.path();
    let before = files(folder);
    let mut next = random(7);
    let mut stopped = 0;
    for (number, verb) in verbs.iter().enumerate() {
        for (signal, longest) in [(2, 60), (2, 400), (15, 200)] {
            let after = Duration::from_millis(20 + next(longest));
            let code = stop(folder, verb, after, signal);
            let what = format!("{verb}, number {number}, signal {signal} after {after:?}");
            match code {
                Some(0) => {
                    for path in files(folder).keys().rev() {
                        if !before.contains_key(path) {
                            let removed = match path.is_dir() {
                                true => fs::remove_dir_all(path),
                                false => fs::remove_file(path),
                            };
                            removed
                                .or_else(|error| match error.kind() {
                                    std::io::ErrorKind::NotFound => Ok(()),
                                    _ => Err(error),
                                })
                                .unwrap();
                        }
                    }
                }
                Some(code) if code == 128 + signal => stopped += 1,
                other => panic!("{what}: {other:?}"),
            }
            let after = files(folder);
            let names: Vec<_> = after.keys().filter(|path| !before.contains_key(*path)).collect();
            assert!(after == before, "{what}: {names:?}");
        }
    }
    assert!(stopped > verbs.len(), "{stopped} of {} were stopped in time", 3 * verbs.len());
}

#[test]
fn verbs_that_train_and_count_stop() {
    ends_in_order(&[
        "train a -n 5 -q -o out",
        "train a -n 5 --memory 60M --layout compact -q -o out",
        "train a b -n 4 --prune-to 20% -q -o out",
        "train --counts counts -q -o out",
        "train a --classes classes -n 4 -q -o out",
        "count a b -n 5 --format binary -q -o out",
        "count a b -n 5 --format google -q -o out",
        "count a b -n 5 --format text -q -o out.gz",
        "classes a -k 200 -q -o out",
        "prepare a b -m m -k 200 -q",
        "entropy a -q --html out",
    ]);
}

#[test]
fn verbs_that_make_models_of_models_stop() {
    ends_in_order(&[
        "import arpa -q -o out",
        "import arpa --layout compact -q -o out",
        "convert m --layout suffix -q -o out",
        "convert m --layout compact --quantize 8 -q -o out",
        "convert m --layout compact -q -o out",
        "prune m --to-ngrams 30% -q -o out",
        "prune m --to-size 500k -q -o out",
        "filter m --vocab words -q -o out",
        "mix m n --weights 0.5,0.5 -q -o out",
        "mix m n --dev held -q -o out",
        "mix m n --weights 0.5,0.5 --log-linear -q -o out",
        "export m out -q",
        "export m out.zst -q",
        "export m out --format kenlm-trie -q",
        "export m out --format openfst -q",
        "check m -q",
    ]);
}

#[test]
fn verbs_that_read_texts_stop() {
    ends_in_order(&[
        "eval a b -m m -q --html out",
        "eval a -m m --with n --weights 0.5,0.5 -q --html out",
        "eval a -m m -q --adaptive --html out",
        "score a b -m m -q -o out",
        "select --in-model m --general-model n --pool a --threshold 0 -q -o out",
        "compress a -m m -q -o out",
        "decompress held.ngz -m m -q -o out",
        "generate -m m -n 1000000000",
        "info-theory --text a --html out",
    ]);
}

#[test]
fn the_demo_stops() {
    let mut stopped = 0;
    for after in [5, 15, 30, 60, 120] {
        let folder = tempfile::tempdir().unwrap();
        let mut command = ngram(folder.path(), "demo");
        command.env("PATH", "").env("NGRAM_CORPORA", folder.path().join("corpora"));
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(after));
        let kill = format!("kill -2 {}", child.id());
        // It may have ended.
        let _ = Command::new("sh").args(["-c", &kill]).stderr(Stdio::null()).status().unwrap();
        let ended = child.wait().unwrap();
        // Before it listens, a signal ends any process.
        let code = ended.code().or(ended.signal().map(|signal| 128 + signal));
        assert!(matches!(code, Some(0 | 130)), "after {after} ms: {ended:?}");
        stopped += usize::from(code == Some(130));
        let left: Vec<PathBuf> = files(folder.path()).into_keys().collect();
        let is_temporary = |path: &PathBuf| {
            path.extension().is_some_and(|extension| extension == "partial" || extension == "tmp")
        };
        assert!(!left.iter().any(is_temporary), "after {after} ms: {left:?}");
        // It trains, then evaluates: once there, the model is whole.
        if folder.path().join("model.ngram").exists() {
            assert!(ngram(folder.path(), "check model.ngram -q").status().unwrap().success());
        }
    }
    assert!(stopped >= 1);
}
