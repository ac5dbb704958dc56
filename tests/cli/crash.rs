//! Killed processes, and processes that get in each other's way: a final name always holds a
//! complete file or the previous one, and figures are right or missing.
#![cfg(unix)]

use crate::process::{ngram, random, run, stderr, text};
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Child, Output, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Returns a folder with two texts, their models, and a text to evaluate on.
fn folder(lines: usize) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, seed, lines) in [("a", 1, lines), ("b", 2, lines / 2), ("held", 3, 200)] {
        fs::write(folder.path().join(name), text(seed, lines, 40)).unwrap();
    }
    for name in ["a", "b"] {
        run(folder.path(), &format!("train {name} -q -o {name}.ngram"));
    }
    folder
}

/// Returns a report without the time it took.
fn figures(report: &str) -> Vec<&str> {
    report.lines().filter(|line| !line.starts_with("time") && !line.contains("ngram")).collect()
}

/// Kills come at moments drawn from a seed, spread over the time of a training, to hit every stage.
#[test]
fn a_training_that_is_killed_at_any_moment_leaves_the_old_model_or_the_new_one() {
    let folder = folder(1_500);
    let folder = folder.path();
    let [a, b] = ["a.ngram", "b.ngram"].map(|name| fs::read(folder.join(name)).unwrap());
    let model = folder.join("m.ngram");
    fs::copy(folder.join("b.ngram"), &model).unwrap();
    let begun = Instant::now();
    run(folder, "train a -q -o timed.ngram");
    let whole = begun.elapsed().as_micros() as u64;
    let mut next = random(50);
    let mut old = 0;
    for _ in 0..50 {
        let mut child = ngram(folder, "train a -q -o m.ngram").spawn().unwrap();
        std::thread::sleep(Duration::from_micros(next(whole * 5 / 4)));
        child.kill().unwrap();
        child.wait().unwrap();
        let bytes = fs::read(&model).unwrap();
        assert!(bytes == a || bytes == b);
        old += usize::from(bytes == b);
        fs::write(&model, &b).unwrap();
    }
    assert!(old > 10, "killed too late: {old}");
    // Leftover files do not get in the way.
    run(folder, "train a -q -o m.ngram");
    assert!(fs::read(&model).unwrap() == a);
}

#[test]
fn trainings_to_one_file_end_with_one_whole_model() {
    let folder = folder(1_500);
    let folder = folder.path();
    let [a, b] = ["a.ngram", "b.ngram"].map(|name| fs::read(folder.join(name)).unwrap());
    for _ in 0..3 {
        let names = ["a", "b", "a", "b"];
        let trainings = names.map(|name| {
            ngram(folder, &format!("train {name} -q -o m.ngram -j 1")).spawn().unwrap()
        });
        for mut training in trainings {
            assert!(training.wait().unwrap().success());
        }
        let model = fs::read(folder.join("m.ngram")).unwrap();
        assert!(model == a || model == b);
        run(folder, "check m.ngram -q");
    }
    let files = fs::read_dir(folder).unwrap();
    assert_eq!(files.count(), 6);
}

#[test]
fn an_evaluation_while_the_model_is_replaced_is_of_one_model_or_the_other() {
    let folder = folder(1_500);
    let folder = folder.path();
    run(folder, "export a.ngram a.arpa -q");
    run(folder, "import a.arpa -q -o a.ngram");
    let of = |name: &str| run(folder, &format!("eval held -q -m {name}"));
    let [a, b] = ["a.ngram", "b.ngram"].map(of);
    assert_ne!(figures(&a), figures(&b));
    fs::copy(folder.join("a.ngram"), folder.join("m.ngram")).unwrap();
    let replaced = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..4 {
                run(folder, "train b -q -o m.ngram -j 1");
                run(folder, "import a.arpa -q -o m.ngram");
            }
            replaced.store(true, std::sync::atomic::Ordering::Relaxed);
        });
        let mut seen = [0, 0];
        while !replaced.load(std::sync::atomic::Ordering::Relaxed) {
            let found = of("m.ngram");
            let is_a = figures(&found) == figures(&a);
            assert!(is_a || figures(&found) == figures(&b), "{found}");
            seen[usize::from(is_a)] += 1;
        }
        assert!(seen[0] + seen[1] > 0);
    });
}

/// Starts a command that has m.ngram open and waits for the rest of its text.
fn waiting(folder: &Path, arguments: &str) -> (Child, std::process::ChildStdin) {
    let mut command = ngram(folder, arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"w1 w2 w3\n").unwrap();
    // The model is opened before the text.
    #[cfg(target_os = "linux")]
    {
        let maps = format!("/proc/{}/maps", child.id());
        let begun = Instant::now();
        while !fs::read_to_string(&maps).unwrap().contains("m.ngram") {
            assert!(begun.elapsed() < Duration::from_secs(60));
            std::thread::sleep(Duration::from_millis(5));
        }
    }
    (child, stdin)
}

#[test]
#[cfg(target_os = "linux")]
fn a_model_that_is_written_into_gives_no_figures_and_one_that_is_replaced_gives_its_own() {
    let folder = folder(3_000);
    let folder = folder.path();
    let (a, held) = (folder.join("a.ngram"), fs::read_to_string(folder.join("held")).unwrap());
    let model = folder.join("m.ngram");
    let old = std::time::SystemTime::now() - Duration::from_secs(1000);
    let end = |(child, mut stdin): (Child, std::process::ChildStdin)| {
        // The pipe may be closed by now.
        let _ = stdin.write_all(held.as_bytes());
        drop(stdin);
        child.wait_with_output().unwrap()
    };
    let fresh = || {
        fs::copy(&a, &model).unwrap();
        let file = fs::File::options().write(true).open(&model).unwrap();
        file.set_modified(old).unwrap();
        (waiting(folder, "eval - -q -m m.ngram -j 1"), file)
    };
    let (evaluation, _) = fresh();
    let untouched = end(evaluation);
    assert!(untouched.status.success(), "{}", stderr(&untouched));

    // Like `train`, `import`, and `mv`.
    let (evaluation, _) = fresh();
    run(folder, "convert b.ngram -q -o m.ngram");
    let replaced = end(evaluation);
    assert!(replaced.status.success(), "{}", stderr(&replaced));
    let shown = |output: &Output| String::from_utf8(output.stdout.clone()).unwrap();
    assert_eq!(figures(&shown(&replaced)), figures(&shown(&untouched)));

    let (evaluation, mut file) = fresh();
    file.write_all(&fs::read(folder.join("b.ngram")).unwrap()[..100]).unwrap();
    let changed = end(evaluation);
    assert_eq!((changed.status.code(), shown(&changed)), (Some(1), String::new()));
    let message = stderr(&changed);
    assert!(message.starts_with("ngram: m.ngram was changed by another program"), "{message}");

    let (evaluation, file) = fresh();
    file.set_len(4096).unwrap();
    let cut = end(evaluation);
    assert_eq!((cut.status.code(), shown(&cut)), (Some(1), String::new()));
    let message = stderr(&cut);
    assert!(message.starts_with("ngram: a model file was cut short"), "{message}");
}

#[test]
#[cfg(target_os = "linux")]
fn a_model_is_not_pruned_by_histories_of_one_that_was_written_into() {
    let folder = folder(300);
    let folder = folder.path();
    let model = folder.join("m.ngram");
    let prune =
        "prune a.ngram --history-model m.ngram --threshold 1e-6 --eval - -q -j 1 -o p.ngram";
    for is_touched in [false, true] {
        fs::copy(folder.join("b.ngram"), &model).unwrap();
        let file = fs::File::options().write(true).open(&model).unwrap();
        file.set_modified(std::time::SystemTime::now() - Duration::from_secs(1000)).unwrap();
        let (child, stdin) = waiting(folder, prune);
        if is_touched {
            fs::remove_file(folder.join("p.ngram")).unwrap();
            file.set_modified(std::time::SystemTime::now()).unwrap();
        }
        drop(stdin);
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(i32::from(is_touched)), "{}", stderr(&output));
        assert_eq!(folder.join("p.ngram").exists(), !is_touched);
        let message = "ngram: m.ngram was changed by another program";
        assert_eq!(stderr(&output).starts_with(message), is_touched, "{}", stderr(&output));
    }
}

/// Every verb that reads a model, and still reads its input while the model is written into.
#[test]
#[cfg(target_os = "linux")]
fn no_verb_ends_well_with_a_model_that_was_written_into() {
    let folder = folder(300);
    let folder = folder.path();
    fs::copy(folder.join("b.ngram"), folder.join("other")).unwrap();
    let model = folder.join("m.ngram");
    let verbs = [
        "score - -q -m m.ngram -j 1",
        "score - -q -m m.ngram -j 1 -o out",
        "next - -m m.ngram -j 1",
        "explain - -m m.ngram -j 1",
        "info-theory --text - --model m.ngram",
        "info-theory --text - --model a.ngram --against m.ngram",
        "explain - -m other --with m.ngram --weights 0.5,0.5 -j 1 --html out",
        "eval - -q -m m.ngram -j 1 --html out",
        "eval - -q -m other --with m.ngram --weights 0.5,0.5 -j 1 --per-token",
        "select --in-model m.ngram --general-model other --pool - --threshold 0 -q -j 1 -o out",
        "select --in-model other --general-model m.ngram --pool - --threshold 0 -q -j 1",
    ];
    for verb in verbs {
        for is_touched in [false, true] {
            fs::copy(folder.join("a.ngram"), &model).unwrap();
            let file = fs::File::options().write(true).open(&model).unwrap();
            file.set_modified(std::time::SystemTime::now() - Duration::from_secs(1000)).unwrap();
            let (child, stdin) = waiting(folder, verb);
            if is_touched {
                file.set_modified(std::time::SystemTime::now()).unwrap();
            }
            drop(stdin);
            let output = child.wait_with_output().unwrap();
            let said = stderr(&output);
            assert_eq!(output.status.code(), Some(i32::from(is_touched)), "{verb}: {said}");
            assert_eq!(
                said.contains("m.ngram was changed by another program"),
                is_touched,
                "{said}"
            );
            assert!(!is_touched || !folder.join("out").exists(), "{verb}");
            let _ = fs::remove_file(folder.join("out"));
        }
    }
}

/// A model of this length is mapped, and its lost pages are met while a file is written.
#[test]
#[cfg(target_os = "linux")]
fn a_model_that_is_cut_short_leaves_no_temporary_file() {
    let folder = folder(3_000);
    let folder = folder.path();
    let (model, held) = (folder.join("m.ngram"), fs::read(folder.join("held")).unwrap());
    for verb in [
        "score - -q -m m.ngram -j 1 -o out",
        "select --in-model m.ngram --general-model b.ngram --pool - --threshold 0 -q -j 1 -o out",
    ] {
        fs::copy(folder.join("a.ngram"), &model).unwrap();
        let names = || {
            let entries = fs::read_dir(folder).unwrap();
            entries
                .map(|entry| entry.unwrap().file_name())
                .collect::<std::collections::BTreeSet<_>>()
        };
        let before = names();
        let (child, mut stdin) = waiting(folder, verb);
        fs::File::options().write(true).open(&model).unwrap().set_len(4096).unwrap();
        // The pipe may be closed by now.
        let _ = stdin.write_all(&held);
        drop(stdin);
        let output = child.wait_with_output().unwrap();
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{verb}: {said}");
        assert!(said.contains("ngram: a model file was cut short"), "{verb}: {said}");
        assert_eq!(names(), before, "{verb}");
    }
}
