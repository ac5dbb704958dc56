//! `ngram classes`, and class-based models in every verb that takes them.

use assert_cmd::Command;
use std::fs;
use tempfile::{TempDir, tempdir};

fn ngram(folder: &TempDir, command: &str) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_ngram"));
    program.current_dir(folder).args(command.split_whitespace());
    program
}

fn run(folder: &TempDir, command: &str) -> String {
    let output = ngram(folder, command).assert().success().get_output().clone();
    String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap()
}

fn complain(folder: &TempDir, command: &str, needles: &[&str]) {
    let output = ngram(folder, command).assert().failure().get_output().clone();
    let error = String::from_utf8(output.stderr).unwrap();
    for needle in needles {
        assert!(error.contains(needle), "{command}: no {needle:?} in: {error}");
    }
}

fn read(folder: &TempDir, name: &str) -> String {
    fs::read_to_string(folder.path().join(name)).unwrap()
}

/// Writes sentences of people doing things to things, in all combinations but a few.
fn example() -> TempDir {
    let folder = tempdir().unwrap();
    let (people, verbs, things) =
        (["anna", "bert", "carl", "dora"], ["sees", "buys", "finds"], ["books", "cars", "hats"]);
    let mut text = String::new();
    for (i, person) in people.iter().enumerate() {
        for (j, verb) in verbs.iter().enumerate() {
            for (k, thing) in things.iter().enumerate() {
                if (i + 2 * j + k) % 4 != 0 {
                    text += &format!("{person} {verb} {thing}\n");
                }
            }
        }
    }
    fs::write(folder.path().join("text.txt"), text).unwrap();
    folder
}

/// Returns the words of each class, sorted.
fn members(classes: &str) -> Vec<Vec<&str>> {
    let mut members = std::collections::BTreeMap::<&str, Vec<&str>>::new();
    for line in classes.lines() {
        let fields: Vec<&str> = line.split(' ').collect();
        members.entry(fields[0]).or_default().push(fields[2]);
    }
    let mut members: Vec<Vec<&str>> = members.into_values().collect();
    members.iter_mut().for_each(|words| words.sort_unstable());
    members.sort_unstable();
    members
}

#[test]
fn words_in_like_places_are_in_one_class() {
    let folder = example();
    let expected = [
        vec!["anna", "bert", "carl", "dora"],
        vec!["books", "cars", "hats"],
        vec!["buys", "finds", "sees"],
    ];
    let summary = run(&folder, "classes text.txt -k 3");
    assert!(summary.contains("classes.txt: 3 classes of 10 words"), "{summary}");
    assert!(summary.contains("mutual information, bits"), "{summary}");
    assert!(summary.contains("next: ngram train text.txt --classes classes.txt"), "{summary}");
    let found = read(&folder, "classes.txt");
    assert_eq!(members(&found), expected);
    run(&folder, "classes text.txt -k 3 --method brown -o brown.txt --paths paths.txt -q");
    assert_eq!(members(&read(&folder, "brown.txt")), expected);
    let paths = read(&folder, "paths.txt");
    assert_eq!(paths.lines().count(), 10);
    let fields: Vec<&str> = paths.lines().next().unwrap().split('\t').collect();
    assert!(fields[0].chars().all(|bit| "01".contains(bit)) && fields[2].parse::<u32>().is_ok());
    // The same from counts, and with any number of threads.
    run(&folder, "count text.txt -n 3 -o text.counts -q");
    run(&folder, "classes --counts text.counts -k 3 -o counts.txt -q -j 1");
    assert_eq!(read(&folder, "counts.txt"), found);
    let json = run(&folder, "classes text.txt -k 3 --json -q");
    assert_eq!(json, "");
    let json = run(&folder, "classes text.txt -k 3 --json --sweeps 2 --min-count 2");
    let json: serde_json::Value = serde_json::from_str(json.split("\n\n").next().unwrap()).unwrap();
    assert_eq!(json["classes"], 3);
}

#[test]
fn a_class_knows_what_its_words_were_not_seen_to_do() {
    let folder = example();
    run(&folder, "classes text.txt -k 3 -q");
    let text = "train text.txt -n 3 --smoothing witten-bell";
    let summary = run(&folder, &format!("{text} --classes classes.txt -o class.ngram"));
    assert!(summary.contains("classes: 6, among them 0 words of no class"), "{summary}");
    run(&folder, &format!("{text} -o word.ngram -q"));
    // None of these lines occurs in the text.
    let unseen = "anna sees books\nbert buys cars\nanna buys hats\n";
    assert!(unseen.lines().all(|line| !read(&folder, "text.txt").contains(line)));
    fs::write(folder.path().join("unseen.txt"), unseen).unwrap();
    let perplexity = |model: &str| {
        let json = run(&folder, &format!("eval unseen.txt -m {model} --json"));
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        json["perplexity_including_oovs"].as_f64().unwrap_or_else(|| panic!("{json}"))
    };
    let (of_classes, of_words) = (perplexity("class.ngram"), perplexity("word.ngram"));
    assert!(of_classes < of_words, "{of_classes} {of_words}");

    let info = run(&folder, "info class.ngram");
    assert!(info.contains("vocabulary   13 words") && info.contains("classes      6,"), "{info}");
    let check = run(&folder, "check class.ngram");
    assert!(check.contains("sound:") && check.contains("classes"), "{check}");
    run(&folder, "convert class.ngram --layout compact -o compact.ngram -q");
    assert_eq!(perplexity("compact.ngram"), of_classes);
    run(&folder, "eval unseen.txt -m class.ngram --html page.html -q");
    run(&folder, "eval unseen.txt -m class.ngram --adaptive -q");
    for command in ["export class.ngram -", "compress unseen.txt -m class.ngram -o x"] {
        complain(&folder, command, &["class.ngram is a class-based model"]);
    }
}

#[test]
fn what_is_wrong_with_classes_is_said() {
    let folder = example();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("twice.txt", "X 0.5 anna\nX 0.5 bert\nY 1 anna\n");
    write("uneven.txt", "X 0.5 anna\nX 0.2 bert\n");
    let train = "train text.txt -o class.ngram --classes";
    complain(
        &folder,
        &format!("{train} twice.txt"),
        &["twice.txt, line 3: the word \"anna\" is there already, in line 1"],
    );
    assert!(!folder.path().join("class.ngram").exists());
    let warning = run(&folder, &format!("{train} uneven.txt -q"));
    assert!(warning.contains("1 of 1 classes in uneven.txt do not sum to 1"), "{warning}");
    complain(&folder, "classes text.txt", &["500 classes of 10 words: choose"]);
    assert!(!folder.path().join("classes.txt").exists());
    complain(&folder, "classes text.txt -k 100000 --memory 1G", &["100,000 classes take 160.0 GB"]);
    complain(&folder, "classes text.txt -k 2 -o text.txt", &["would replace text.txt"]);
    complain(&folder, "classes text.txt -k 2 --method brown --sweeps 3", &["--sweeps is for"]);
    complain(&folder, "train text.txt --classes uneven.txt -o uneven.txt", &["would replace"]);
}
