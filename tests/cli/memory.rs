//! `ngram train` with little memory, full disks and signals, each test in its own folder.
#![cfg(unix)]

use crate::process::{ngram, run, stderr};
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Returns the names of all files but the text.
fn files(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let names = names.map(|name| name.to_string_lossy().into_owned());
    names.filter(|name| name != "text.txt").collect()
}

/// Generates a text of about this many bytes with skewed frequencies, from a linear congruential generator.
fn text(bytes: usize) -> String {
    let mut state = 7u64;
    let mut next = move |below: u64| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) % below
    };
    let mut text = String::new();
    while text.len() < bytes {
        let mut word = 0;
        for _ in 0..next(30) {
            let range = 1 + next(5_000);
            word = if next(3) > 0 { (word * 7 + next(3)) % 5_000 } else { next(range) };
            text.push_str(&format!("{word} "));
        }
        text.push('\n');
    }
    text
}

fn folder_with_text(bytes: usize) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("text.txt"), text(bytes)).unwrap();
    folder
}

#[test]
#[cfg(target_os = "linux")]
fn memory_is_bounded_and_changes_no_byte() {
    let folder = folder_with_text(12_000_000);
    let folder = folder.path();
    let model = || fs::read(folder.join("model.ngram")).unwrap();
    let peak = |summary: &str| -> f64 {
        let (before, _) = summary.split_once(" MB of memory at most").unwrap();
        before.rsplit(' ').next().unwrap().parse().unwrap()
    };
    let summary = run(folder, "train text.txt --tokenizer whitespace");
    let unbounded = model();
    assert!(peak(&summary) > 140.0 && !summary.contains("temporary"), "{summary}");
    for (allowed, threads) in [(120, 1), (120, 2), (80, 2)] {
        let arguments =
            format!("train text.txt --tokenizer whitespace --memory {allowed}M -j {threads}");
        let summary = run(folder, &arguments);
        assert!(model() == unbounded, "{arguments}");
        assert!(peak(&summary) * 1e6 <= f64::from(allowed << 20), "{arguments}: {summary}");
        assert!(summary.contains(" of temporary files"), "{arguments}: {summary}");
        assert_eq!(files(folder), ["model.ngram"]);
    }
}

#[test]
#[cfg(target_os = "linux")]
fn the_compact_layout_takes_no_more_than_is_allowed() {
    let folder = folder_with_text(12_000_000);
    let folder = folder.path();
    let read = |name: &str| fs::read(folder.join(name)).unwrap();
    run(folder, "train text.txt --tokenizer whitespace -o whole -q");
    run(folder, "convert whole --layout compact -o converted -q");
    for (allowed, threads) in [(120, 1), (80, 2)] {
        let arguments = format!(
            "train text.txt --tokenizer whitespace --layout compact --memory {allowed}M -j {threads} -o small"
        );
        let summary = run(folder, &arguments);
        assert!(summary.contains(" of temporary files"), "{summary}");
        let (before, _) = summary.split_once(" MB of memory at most").unwrap();
        let peak: f64 = before.rsplit(' ').next().unwrap().parse().unwrap();
        assert!(peak * 1e6 <= f64::from(allowed << 20), "{arguments}: {summary}");
        assert!(read("small") == read("converted"), "{arguments}");
    }
    // Levels are found among all values of an order, which are then in memory together.
    let arguments =
        "train text.txt --tokenizer whitespace --layout compact --quantize 8 -q -o small";
    let output = ngram(folder, &format!("{arguments} --memory 60M")).output().unwrap();
    let message = stderr(&output);
    let start = "ngram: 60 MiB of memory are too little for quantising the n-grams of an order together: allow";
    assert!(!output.status.success() && message.starts_with(start), "{message}");
    assert!(read("small") == read("converted"));
    run(folder, arguments);
    run(folder, "convert whole --layout compact --quantize 8 -o converted -q");
    assert!(read("small") == read("converted"));
}

#[test]
#[cfg(target_os = "linux")]
fn too_little_memory_is_told_with_what_suffices() {
    let folder = folder_with_text(3_000_000);
    let folder = folder.path();
    let mut allowed = 1u64;
    // The needs of a later stage are known when it is reached.
    for _ in 0..4 {
        let output = ngram(folder, &format!("train text.txt --memory {allowed}M -q")).output();
        let output = output.unwrap();
        if output.status.success() {
            assert!(allowed > 5 && allowed < 100, "{allowed}");
            return;
        }
        let message = stderr(&output);
        assert!(files(folder).is_empty(), "{message}");
        let start = format!("ngram: {allowed} MiB of memory are too little for ");
        assert!(message.starts_with(&start), "{message}");
        let (_, needed) = message.trim().split_once(": allow at least ").unwrap();
        let needed: u64 = needed.strip_suffix(" MiB").unwrap().parse().unwrap();
        assert!(needed > allowed, "{message}");
        allowed = needed;
    }
    panic!("even {allowed} MiB are too little");
}

/// Waits until there is a file whose name contains all of these.
fn wait_for(folder: &Path, parts: [&str; 2]) {
    let begun = Instant::now();
    while !files(folder).iter().any(|name| parts.iter().all(|part| name.contains(part))) {
        assert!(begun.elapsed() < Duration::from_secs(60), "no {parts:?}: {:?}", files(folder));
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn signal(child: &Child, name: &str) {
    let id = child.id().to_string();
    assert!(Command::new("kill").args([name, &id]).status().unwrap().success());
}

/// Standard input stays open, so the process cannot finish before the signal comes.
#[test]
fn a_signal_stops_it_and_leaves_nothing() {
    for (name, code) in [("-INT", 130), ("-TERM", 143)] {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let mut child = ngram(folder, "train - --memory 80M --tokenizer whitespace -q")
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(text(25_000_000).as_bytes()).unwrap();
        wait_for(folder, ["ngram-", "-ids-"]);
        wait_for(folder, [".model.ngram.", ".partial"]);
        signal(&child, name);
        let output = child.wait_with_output().unwrap();
        drop(stdin);
        assert_eq!(output.status.code(), Some(code), "{}", stderr(&output));
        assert_eq!(stderr(&output), "ngram: stopped before the end; nothing was written\n");
        assert!(files(folder).is_empty(), "{:?}", files(folder));
    }
}

#[test]
fn an_export_that_is_stopped_leaves_nothing() {
    let folder = folder_with_text(6_000_000);
    let folder = folder.path();
    run(folder, "train text.txt -q");
    // Compressing this much takes seconds.
    let child = ngram(folder, "export model.ngram model.arpa.gz").spawn().unwrap();
    wait_for(folder, [".model.arpa.gz.", ".partial"]);
    signal(&child, "-INT");
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    assert_eq!(files(folder), ["model.ngram"]);
}

/// After kill -9, files stay, but do not get in the way.
#[test]
fn a_killed_training_can_be_run_again() {
    let folder = folder_with_text(1_000_000);
    let folder = folder.path();
    let mut child = ngram(folder, "train - -q").stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.as_mut().unwrap().write_all(b"some text\n").unwrap();
    wait_for(folder, [".model.ngram.", ".partial"]);
    signal(&child, "-KILL");
    assert!(!child.wait().unwrap().success());
    assert!(!folder.join("model.ngram").exists());
    run(folder, "train text.txt -q");
    run(folder, "check model.ngram");
}

/// A limit on file size simulates a full disk.
#[test]
fn a_disk_that_fills_is_named_with_the_bytes_needed() {
    let folder = folder_with_text(12_000_000);
    let folder = folder.path();
    let limited = |blocks: u32, arguments: &str| {
        let program = env!("CARGO_BIN_EXE_ngram");
        let script = format!("ulimit -f {blocks}; exec '{program}' {arguments}");
        let output = Command::new("sh").args(["-c", &script]).current_dir(folder).output();
        let output = output.unwrap();
        assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
        assert!(files(folder).is_empty(), "{:?}", files(folder));
        stderr(&output)
    };
    // Blocks have 512 or 1024 bytes; the model takes some 80 MB.
    let message = limited(20_000, "train text.txt --tokenizer whitespace -q");
    let (start, rest) = message.split_once(", which needs about ").unwrap();
    assert_eq!(start, "ngram: cannot write model.ngram");
    let (needed, rest) = rest.split_once(" bytes: free some space").unwrap();
    let needed: u64 = needed.parse().unwrap();
    assert!(rest.contains("File too large"), "{message}");

    let message = limited(2_000, "train text.txt --tokenizer whitespace --memory 80M -q");
    assert!(message.starts_with("ngram: cannot write the temporary file "), "{message}");
    assert!(message.contains(" of about "), "{message}");
    assert!(message.contains("File too large"), "{message}");

    run(folder, "train text.txt --tokenizer whitespace -q");
    let size = fs::metadata(folder.join("model.ngram")).unwrap().len();
    assert!(needed.abs_diff(size) < size / 50, "{needed} for {size}");
}

#[test]
#[cfg(target_os = "linux")]
fn a_folder_for_temporary_files_must_be_there_and_writable() {
    let folder = folder_with_text(12_000_000);
    let folder = folder.path();
    // Not even root can create a file in /proc.
    for (temp_dir, reason) in [
        ("none", "ngram: --temp-dir none: there is no such folder"),
        ("text.txt", "ngram: --temp-dir text.txt: there is no such folder"),
        ("/proc", "ngram: cannot make the temporary file /proc/ngram-"),
    ] {
        let arguments = format!("train text.txt --memory 80M -q --temp-dir {temp_dir}");
        let output = ngram(folder, &arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(stderr(&output).starts_with(reason), "{}", stderr(&output));
        assert!(files(folder).is_empty());
    }
}

#[test]
fn one_line_many_times() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("text.txt"), "a b c\n".repeat(100_000)).unwrap();
    run(folder, "train text.txt --smoothing maximum-likelihood --order 5 -q");
    let info: serde_json::Value =
        serde_json::from_str(&run(folder, "info model.ngram --json")).unwrap();
    let orders = info["model"]["orders"].as_array().unwrap();
    let ngrams: Vec<u64> = orders.iter().map(|order| order["ngrams"].as_u64().unwrap()).collect();
    // a b c <s> </s> <unk>; <s> a, a b, b c, c </s>; and so on to <s> a b c </s>.
    assert_eq!(ngrams, [6, 4, 3, 2, 1]);
    assert_eq!(info["model"]["training"]["tokens"], 400_000);
    let report: serde_json::Value =
        serde_json::from_str(&run(folder, "eval text.txt -q --json")).unwrap();
    // Each word is certain after the one before it.
    assert_eq!(report["perplexity_including_oovs"], 1.0);
}

#[test]
fn a_plan_comes_near_and_writes_nothing() {
    let folder = folder_with_text(3_000_000);
    let folder = folder.path();
    let number = |table: &str, name: &str| -> u64 {
        let line = table.lines().find(|line| line.trim_start().starts_with(name)).unwrap();
        line.trim()[name.len()..].trim().replace(',', "").parse().unwrap()
    };
    let plan = run(folder, "train text.txt --tokenizer whitespace --order 3 --plan");
    assert!(files(folder).is_empty());
    assert!(plan.contains("temporary files none"), "{plan}");
    run(folder, "train text.txt --tokenizer whitespace --order 3 -q");
    let info: serde_json::Value =
        serde_json::from_str(&run(folder, "info model.ngram --json")).unwrap();
    // A text this short is sampled completely.
    for order in 1..=3 {
        let exact = info["model"]["orders"][order - 1]["ngrams"].as_u64().unwrap();
        assert_eq!(number(&plan, &format!("{order} ")), exact, "{plan}");
    }
    let size = info["bytes"].as_f64().unwrap() / 1e6;
    let (_, planned) = plan.split_once("model  ").unwrap();
    let planned: f64 = planned.trim().strip_suffix(" MB").unwrap().parse().unwrap();
    assert!((planned / size - 1.0).abs() < 0.1, "{planned} {size}");
}
