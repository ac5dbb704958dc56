//! `ngram shannon`, played through standard input.

use assert_cmd::Command;
use serde_json::Value;
use std::fs;
use tempfile::{TempDir, tempdir};

/// Returns a folder with a text of one repeated word, and without a place for fetched corpora.
fn folder() -> TempDir {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("text.txt"), "abc ".repeat(50)).unwrap();
    folder
}

fn play(folder: &TempDir, arguments: &[&str], said: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ngram"));
    command.current_dir(folder).arg("shannon").args(arguments).write_stdin(said.to_owned());
    command.env("NGRAM_CORPORA", folder.path().join("none"));
    command
}

fn stdout(mut command: Command) -> String {
    String::from_utf8(command.assert().success().get_output().stdout.clone()).unwrap()
}

fn events(folder: &TempDir, arguments: &[&str], said: &str) -> Vec<Value> {
    let out = stdout(play(folder, &[arguments, &["--json"]].concat(), said));
    out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn refused(folder: &TempDir, arguments: &[&str]) -> String {
    let output = play(folder, arguments, "").assert().failure().get_output().clone();
    assert!(output.stdout.is_empty());
    String::from_utf8(output.stderr).unwrap()
}

fn near(found: &Value, expected: f64) {
    let found = found.as_f64().unwrap();
    assert!((found - expected).abs() < 1e-12, "{found}, not {expected}");
}

const TEXT: [&str; 7] = ["text.txt", "--length", "4", "--known", "8", "--seed", "1"];

/// The passage is `abc_`, with any word at its beginning. Attempts 2, 1, 1, 1: q = (3/4, 1/4).
#[test]
fn both_bounds_build_up_with_the_letters() {
    let folder = folder();
    let said = "b\nb\na\nB\nwhat\nc\n\n";
    let events = events(&folder, &TEXT, said);
    let kinds: Vec<&str> = events.iter().map(|event| event["event"].as_str().unwrap()).collect();
    assert_eq!(
        kinds,
        ["begin", "wrong", "again", "letter", "letter", "misunderstood", "letter", "letter", "end"]
    );
    assert_eq!((&events[0]["known"], &events[0]["letters"]), (&"abc_abc_".into(), &4.into()));
    assert_eq!((&events[1]["guess"], &events[1]["attempt"]), (&"b".into(), &1.into()));
    assert_eq!((&events[3]["letter"], &events[3]["attempts"]), (&"a".into(), &2.into()));
    near(&events[3]["player"]["upper"], 0.0);
    near(&events[4]["player"]["upper"], 1.0);
    let end = &events[8];
    assert_eq!((&end["guessed"], &end["text"]), (&4.into(), &"abc_abc_abc_".into()));
    let upper = 2.0 - 0.75 * 3f64.log2();
    near(&end["player"]["upper"], upper);
    // 1 (3/4 − 1/4) log2 1 + 2 (1/4) log2 2
    near(&end["player"]["lower"], 0.5);
    near(&end["player"]["first"], 0.75);
    assert_eq!(end["player"]["symbols"], 4);
    assert_eq!(end["model"]["symbols"], 4);
    assert!(end["model_cross_entropy"].as_f64().unwrap() > 0.0);
}

#[test]
fn the_same_seed_is_the_same_game() {
    let folder = folder();
    let text: String = (0..4000u32)
        .map(|i| if i % 5 == 4 { ' ' } else { char::from(b'a' + (i * i % 23) as u8) })
        .collect();
    fs::write(folder.path().join("text.txt"), text).unwrap();
    let known = |seed: &str| {
        events(&folder, &["text.txt", "--seed", seed], "")[0]["known"].as_str().unwrap().to_owned()
    };
    assert_eq!(known("3"), known("3"));
    assert_ne!(known("3"), known("4"));
    assert_eq!(known("3").len(), 60);
}

/// Half on the right letter, then a quarter, then nothing.
#[test]
fn bets_build_a_capital_up_and_down() {
    let folder = folder();
    let bet = [&TEXT[..], &["--bet"]].concat();
    let events = events(&folder, &bet, "a 50\nb 25%\nx 100\n");
    let letters: Vec<&Value> = events.iter().filter(|event| event["event"] == "letter").collect();
    assert_eq!(letters.len(), 3);
    near(&letters[0]["share"], 0.5);
    near(&letters[0]["player"]["bits"], 1.0);
    near(&letters[0]["player"]["log2_capital"], 13.5f64.log2());
    near(&letters[1]["player"]["bits"], 1.5);
    assert_eq!(
        (&letters[2]["player"]["bits"], &letters[2]["player"]["ruined"]),
        (&Value::Null, &true.into())
    );
    assert_eq!(letters[2]["model"]["ruined"], false);
    let out = stdout(play(&folder, &bet, "a 50\nb 60 c 60\n\nquit\n"));
    assert!(out.contains("you had 50.0 % on it"), "{out}");
    assert!(out.contains("that is 120.0000 % of your capital"), "{out}");
    assert!(out.contains("2 of 4 letters") && out.contains("Cover and King 1978"), "{out}");
    // 13.5 × 27 / 27
    assert!(out.contains("capital, from 1                                    13.50"), "{out}");
}

#[test]
fn a_person_can_stop_at_any_time_and_sees_the_sum() {
    let folder = folder();
    let out = stdout(play(&folder, &TEXT, "b\na\nb\nquit\nc\n"));
    assert!(out.contains("abc abc ▏\n> "), "{out}");
    assert!(out.contains("no: not b\n"), "{out}");
    assert!(out.contains("a: you 2, the model "), "{out}");
    assert!(out.contains("2 of 4 letters"), "{out}");
    assert!(out.contains("right at once                                     50.0 %"), "{out}");
    assert!(out.contains("upper bound, bits per letter                       1.000"), "{out}");
    assert!(out.contains("--seed 1 gives the same passage"), "{out}");
    // The end of input ends the game, too; a game without guesses is reported as such.
    assert!(stdout(play(&folder, &TEXT, "")).contains("nothing to compute"));
    assert!(stdout(play(&folder, &TEXT, "\u{e9}\n\0\n")).contains("give one letter from a to z"));
}

#[test]
fn without_a_text_there_is_one() {
    let folder = folder();
    let begin = &events(&folder, &["--seed", "1", "--length", "10"], "")[0];
    assert_eq!(begin["text"], "the last tenth of the built-in text");
    let model = begin["model"].as_str().unwrap();
    assert!(
        model.contains("order 8") && model.contains("the rest of the built-in text"),
        "{model}"
    );
    assert_eq!(begin["letters"], 10);
}

#[test]
fn a_model_of_ones_own() {
    let folder = folder();
    let train = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ngram"));
        command
            .current_dir(&folder)
            .args(["train", "-q", "--order", "4"])
            .args(arguments)
            .assert()
            .success();
    };
    fs::write(
        folder.path().join("all.txt"),
        "abc ".repeat(500) + "the quick brown fox jumps over the lazy dog",
    )
    .unwrap();
    train(&["all.txt", "--tokenizer", "shannon", "-o", "letters.ngram"]);
    train(&["all.txt", "-o", "words.ngram"]);
    let own = [&TEXT[..], &["-m", "letters.ngram"]].concat();
    let events = events(&folder, &own, "a\nb\nc\n_\n");
    assert_eq!(events[0]["model"], "letters.ngram");
    let end = events.last().unwrap();
    // A model that has seen nothing else is always right.
    near(&end["model"]["upper"], 0.0);
    near(&end["player"]["upper"], 0.0);
    let words = [&TEXT[..], &["-m", "words.ngram"]].concat();
    assert!(refused(&folder, &words).contains("train it with --tokenizer shannon"));
}

#[test]
fn what_cannot_be_played_is_refused() {
    let folder = folder();
    fs::write(folder.path().join("none.txt"), "123 456\n").unwrap();
    fs::write(folder.path().join("empty.txt"), "").unwrap();
    for text in ["none.txt", "empty.txt"] {
        let said = refused(&folder, &[text]);
        assert!(said.contains("too short") && said.contains("fewer than --length 100"), "{said}");
    }
    assert!(refused(&folder, &["-"]).contains("where guesses do"));
    assert!(refused(&folder, &["missing.txt"]).contains("no file missing.txt"));
}
