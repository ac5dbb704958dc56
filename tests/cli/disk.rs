//! Disks that fill up at any byte, with every verb that writes: the old file stays, the message
//! says what to do, and nothing else is left.
#![cfg(unix)]

use crate::process::{files, stderr};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

/// Runs the program with a limit on file size, in blocks of 512 or 1024 bytes, to simulate a full disk.
fn run(folder: &Path, blocks: Option<u64>, arguments: &str) -> Output {
    let limit = blocks.map_or("unlimited".to_owned(), |blocks| blocks.to_string());
    let script = format!("ulimit -f {limit}; exec '{}' {arguments}", env!("CARGO_BIN_EXE_ngram"));
    let mut command = Command::new("sh");
    command.args(["-c", &script]).current_dir(folder).env("TMPDIR", folder);
    command.output().unwrap()
}

/// Writes every kind of file that verbs read: small, but several blocks each.
fn inputs() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut state = 7u64;
    let mut text = String::new();
    for _ in 0..300 {
        for _ in 0..8 {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            text.push_str(&format!("w{} ", (state >> 33) % 97 * ((state >> 45) % 7)));
        }
        text.push('\n');
    }
    fs::write(folder.path().join("text"), &text).unwrap();
    fs::write(folder.path().join("held"), &text[..2000]).unwrap();
    let words: BTreeSet<&str> = text[..1000].split_whitespace().collect();
    let words: String = words.iter().map(|word| format!("{word}\n")).collect();
    fs::write(folder.path().join("words"), words).unwrap();
    for arguments in [
        "train text --order 3 -q -o m",
        "train held --order 2 -q -o n",
        "export m arpa -q",
        "count text --order 2 --format binary -q -o counts",
        "classes text -k 5 -q -o classes",
        "compress text -m m -q -o text.ngz",
    ] {
        let output = run(folder.path(), None, arguments);
        assert!(output.status.success(), "{arguments}: {}", stderr(&output));
    }
    folder
}

#[test]
fn a_disk_that_fills_at_any_byte_leaves_the_old_file() {
    let folder = inputs();
    let folder = folder.path();
    let verbs = [
        "train text --order 3 -q -o out",
        "train text --order 3 --layout compact -q -o out",
        "train text --order 3 --min-counts 1,1,2 -q -o out",
        "train text --order 3 --prune-to 50% -q -o out",
        "train text --classes classes -q -o out",
        "train --counts counts -q -o out",
        "import arpa -q -o out",
        "import arpa --layout compact -q -o out",
        "convert m --layout compact -q -o out",
        "prune m --to-ngrams 50% -q -o out",
        "prune m --to-size 50k -q -o out",
        "mix m n --weights 0.5,0.5 -q -o out",
        "mix m arpa --dev held -q -o out",
        "filter m --vocab words -q -o out",
        "score text -m m -q -o out",
        "select --in-model m --general-model m --pool text --threshold 9 -q -o out",
        "count text --order 2 --format binary -q -o out",
        "count text --order 2 --format text -q -o out",
        "classes text -k 5 -q -o out",
        "export m out -q",
        "export m out.gz -q",
        "export m out.zst -q",
        "compress text -m m -q -o out",
        "decompress text.ngz -m m -q -o out",
        "eval held -m m -q --html out",
        "entropy held -q --html out",
        "info-theory --text held --html out",
    ];
    for arguments in verbs {
        let name = arguments.split(' ').find(|word| word.starts_with("out")).unwrap();
        let path = folder.join(name);
        let done = run(folder, None, arguments);
        assert!(done.status.success(), "{arguments}: {}", stderr(&done));
        let whole = fs::read(&path).unwrap();
        fs::write(&path, "an hour's work").unwrap();
        let before = files(folder);
        // At the start of a write, in the middle, and just before the end; in between, anywhere it
        // happens to fail.
        let length = whole.len() as u64;
        let mut limits = vec![0, 1, length / 2048, length / 1024];
        limits.extend([length / 3 / 512, length / 512]);
        limits.sort_unstable();
        limits.dedup();
        let mut failed = 0;
        for blocks in limits {
            let output = run(folder, Some(blocks), arguments);
            let message = stderr(&output);
            let what = format!("{arguments} with {blocks} blocks: {message}");
            if output.status.success() {
                assert!(fs::read(&path).unwrap() == whole, "{what}");
                fs::write(&path, "an hour's work").unwrap();
                continue;
            }
            failed += 1;
            assert_eq!(output.status.code(), Some(1), "{what}");
            assert!(message.starts_with("ngram: ") && message.contains("cannot write "), "{what}");
            assert!(message.contains("free some space") && message.lines().count() == 1, "{what}");
            assert!(message.contains(name) || message.contains(".tmp"), "{what}");
            assert!(files(folder) == before, "{what}: {:?}", files(folder).keys());
        }
        assert!(failed >= 2, "{arguments}: {failed} failed, {length} bytes");
        fs::remove_file(path).unwrap();
    }
}

#[test]
fn a_directory_of_counts_appears_whole_or_not_at_all() {
    let folder = inputs();
    let folder = folder.path();
    let before = files(folder);
    let arguments = "count text --order 3 --format google -q -o out";
    for blocks in [0, 1, 2, 4] {
        let output = run(folder, Some(blocks), arguments);
        let message = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{message}");
        assert!(message.starts_with("ngram: cannot write out: "), "{message}");
        assert!(message.contains("free some space"), "{message}");
        assert!(files(folder) == before, "{:?}", files(folder).keys());
    }
    assert!(run(folder, None, arguments).status.success());
    assert!(folder.join("out/3gms/3gm-0000.gz").exists());
}

#[test]
fn a_folder_of_helpers_appears_whole_or_not_at_all() {
    let folder = inputs();
    let folder = folder.path();
    let prepare = "prepare text -m m -k 5 -q";
    for is_old in [false, true] {
        let before = files(folder);
        let mut failed = 0;
        for blocks in [0, 1, 2, 4, 8, 16, 32, 64] {
            let output = run(folder, Some(blocks), prepare);
            let message = stderr(&output);
            let what = format!("{blocks} blocks, {is_old}: {message}");
            if output.status.success() {
                break;
            }
            failed += 1;
            assert_eq!(output.status.code(), Some(1), "{what}");
            assert!(message.starts_with("ngram: ") && message.contains("cannot write "), "{what}");
            assert!(message.contains("free some space") && message.lines().count() == 1, "{what}");
            assert!(files(folder) == before, "{what}: {:?}", files(folder).keys());
        }
        assert!(failed >= 4, "{failed}");
        let done = run(folder, None, prepare);
        assert!(done.status.success(), "{}", stderr(&done));
        let made: Vec<_> =
            files(folder).into_keys().filter(|name| !before.contains_key(name)).collect();
        match is_old {
            // The folder, the tree, and a file of each kind.
            false => {
                let all = 2 + ngram_adaptive::prepared::KINDS.len();
                assert!(made.len() == all && made[0].ends_with("m.helpers"), "{made:?}");
            }
            true => assert!(files(folder) == before, "{made:?}"),
        }
    }
}

/// As few open files as a program starts with, and some more.
#[test]
fn too_few_open_files_leave_the_old_file() {
    let folder = inputs();
    let folder = folder.path();
    fs::write(folder.join("out"), "an hour's work").unwrap();
    let before = files(folder);
    for arguments in [
        "train text --order 3 -q -j 1 -o out",
        "convert m --layout compact -q -o out",
        "prune m --to-ngrams 50% -q -o out",
        "filter m --vocab words -q -o out",
        "mix m n --weights 0.5,0.5 -q -o out",
        "export m out -q",
        "count text --order 2 --format binary -q -j 1 -o out",
        "count text --order 2 --format google -q -j 1 -o new",
        "compress text -m m -q -o out",
        "eval held -m m -q -j 1 --html out",
        "prepare text -m m -k 5 -q -j 1",
    ] {
        let mut failed = 0;
        for handles in 3..=12 {
            let script =
                format!("ulimit -n {handles}; exec '{}' {arguments}", env!("CARGO_BIN_EXE_ngram"));
            let mut command = Command::new("sh");
            let output =
                command.args(["-c", &script]).current_dir(folder).env("TMPDIR", folder).output();
            let output = output.unwrap();
            let message = stderr(&output);
            let what = format!("{arguments} with {handles} handles: {message}");
            if output.status.success() {
                break;
            }
            failed += 1;
            assert_eq!(message.lines().count(), 1, "{what}");
            assert!(!message.contains("panicked"), "{what}");
            assert!(files(folder) == before, "{what}: {:?}", files(folder).keys());
        }
        assert!(failed >= 1, "{arguments}");
        fs::write(folder.join("out"), "an hour's work").unwrap();
        let _ = fs::remove_dir_all(folder.join("new"));
        let _ = fs::remove_dir_all(folder.join("m.helpers"));
    }
}

#[test]
fn all_manual_pages_are_written_or_none() {
    let folder = inputs();
    let folder = folder.path();
    let whole = run(folder, None, "man whole");
    assert!(whole.status.success(), "{}", stderr(&whole));
    assert!(fs::read_dir(folder.join("whole")).unwrap().count() > 25);
    fs::remove_dir_all(folder.join("whole")).unwrap();
    // One page is there already.
    fs::create_dir(folder.join("old")).unwrap();
    fs::write(folder.join("old/ngram-info.1"), "an older page").unwrap();
    let before = files(folder);
    let longest = 16;
    for out in ["new", "old"] {
        for blocks in [0, 2, 4, longest / 2, longest] {
            let output = run(folder, Some(blocks), &format!("man {out}"));
            let message = stderr(&output);
            assert_eq!(output.status.code(), Some(1), "{blocks}: {message}");
            assert!(message.contains("cannot write ") && message.contains("free some space"));
            assert!(files(folder) == before, "{out}, {blocks}: {:?}", files(folder).keys());
        }
    }
    // Each page has a file of its own until all of them are whole. Which call is the first to be refused depends on the
    // files that a shell hands on.
    for handles in 5..=20 {
        let script = format!("ulimit -n {handles}; exec '{}' man new", env!("CARGO_BIN_EXE_ngram"));
        let output = Command::new("sh").args(["-c", &script]).current_dir(folder).output().unwrap();
        let message = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{handles}: {message}");
        assert!(message.to_lowercase().contains("too many open files"), "{handles}: {message}");
        assert!(message.contains("ulimit -n") && !message.contains("uncategorized"), "{message}");
        assert!(files(folder) == before, "{handles}: {:?}", files(folder).keys());
    }
}
