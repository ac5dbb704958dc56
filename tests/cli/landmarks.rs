//! `ngram landmarks` and `ngram entropy --method brown1992`.
//!
//! If npm cannot fetch Brown, its rows must say so, and figures measured on it are not checked.

use assert_cmd::Command;
use ngram_lab::brown1992::Decomposed;
use ngram_tokenizer::TokenizerKind;
use serde_json::Value;
use std::fs;
use tempfile::{TempDir, tempdir};

fn ngram(folder: &TempDir, command: &str) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_ngram"));
    program.current_dir(folder).env("NGRAM_CORPORA", folder.path().join("corpora"));
    program.args(command.split_whitespace());
    program
}

fn stdout(folder: &TempDir, command: &str) -> String {
    let output = ngram(folder, command).assert().success().get_output().clone();
    String::from_utf8(output.stdout).unwrap()
}

fn json(folder: &TempDir, command: &str) -> Value {
    serde_json::from_str(&stdout(folder, command)).unwrap()
}

fn error(folder: &TempDir, command: &str) -> String {
    let output = ngram(folder, command).assert().failure().get_output().clone();
    String::from_utf8(output.stderr).unwrap()
}

/// Returns the row with this id.
fn row<'r>(rows: &'r Value, id: &str) -> &'r Value {
    let found = rows.as_array().unwrap().iter().find(|row| row["id"] == id);
    found.unwrap_or_else(|| panic!("no row {id}"))
}

/// Checks that our value is within `within` of `expected`.
fn assert_ours(rows: &Value, id: &str, expected: f64, within: f64) {
    let ours = row(rows, id)["ours"].as_f64().unwrap();
    assert!((ours - expected).abs() <= within, "{id}: {ours}, not {expected} ± {within}");
}

/// Checks that each measured row agrees with another implementation, and that only comparable rows
/// are compared.
fn assert_sound(rows: &Value) {
    for row in rows.as_array().unwrap() {
        if let (Some(ours), Some(expected)) = (row["ours"].as_f64(), row.get("expected"))
            && let Some(value) = expected["value"].as_f64()
        {
            let tolerance = expected["tolerance"].as_f64().unwrap();
            assert!((ours - value).abs() <= tolerance, "{row}");
        }
        let comparable = ["reproduced", "nearest", "differs"];
        if !comparable.contains(&row["status"].as_str().unwrap()) {
            assert_eq!(row["difference"], Value::Null, "{row}");
        }
        if row["status"] == "cited" {
            assert!(row["ours"].is_null() && row["published"].is_f64(), "{row}");
        }
    }
}

#[test]
fn what_needs_no_corpus() {
    let folder = tempdir().unwrap();
    let list = stdout(&folder, "landmarks --list");
    for id in [
        "S ", "R1a ", "R1b ", "R1c ", "R2 ", "R3a ", "R3b ", "R3c ", "R4a ", "R4d ", "R5 ", "R6 ",
        "C ",
    ] {
        assert!(list.lines().any(|line| line.starts_with(id)), "{id}: {list}");
    }
    let rows = json(&folder, "landmarks S R2 C --json -q");
    assert_sound(&rows);
    assert_ours(&rows, "S-KL", 0.1228, 5e-5);
    assert_ours(&rows, "S-CE", 1.2796, 5e-5);
    assert!(row(&rows, "S-KL")["erratum"].is_string());
    assert_eq!(row(&rows, "S-H-biased")["status"], "reproduced");
    assert_eq!(row(&rows, "R2-MKN5-test")["status"], "missing-data");
    assert_eq!(row(&rows, "R2-MKN5-test")["published"], 141.2);
    assert_eq!(row(&rows, "C-class-word")["published_note"], "reported");
    let table = stdout(&folder, "landmarks S C -q");
    assert!(table.contains("D_KL") && table.contains("~244"), "{table}");
    assert!(!folder.path().join("corpora").exists());
}

#[test]
fn what_is_asked_for_wrongly() {
    let folder = tempdir().unwrap();
    let unknown = error(&folder, "landmarks R3 R9");
    assert!(
        unknown.contains("no landmark `R9`; there are S, R3a, R3b, R3c, R4a, R4d"),
        "{unknown}"
    );
    let absent = error(&folder, "landmarks R2 --ptb nowhere");
    assert!(absent.contains("--ptb: cannot read nowhere/ptb.train.txt"), "{absent}");
    fs::write(folder.path().join("ptb.train.txt"), "another text").unwrap();
    assert!(error(&folder, "landmarks R2 --ptb .").contains("is not the file"));
}

/// Without a network, rows say so, and the command succeeds.
#[test]
fn without_npm_rows_say_that_their_data_is_missing() {
    let folder = tempdir().unwrap();
    let mut command = ngram(&folder, "landmarks R4a S --json -q");
    let output = command.env("PATH", "").assert().success().get_output().clone();
    let rows: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(row(&rows, "R4a")["status"], "missing-data");
    assert!(row(&rows, "R4a")["note"].as_str().unwrap().contains("npm"), "{rows}");
    assert_eq!(row(&rows, "S-H-fair")["status"], "reproduced");
}

/// Figures on Brown. Match lengths, R6, are checked in tests/cli/entropy.rs.
#[test]
fn the_brown_corpus_has_the_figures_it_must_have() {
    let folder = tempdir().unwrap();
    let rows = json(&folder, "landmarks R3a R3c R4 C --json -q -j 2");
    if row_is_missing(&rows) {
        return;
    }
    for same in json(&folder, "landmarks R3c --json -q -j 1").as_array().unwrap() {
        assert_eq!(same, row(&rows, same["id"].as_str().unwrap()), "one thread and two");
    }
    assert_sound(&rows);
    assert_ours(&rows, "R4a-size", 5.965675, 0.0);
    assert_ours(&rows, "R4a-huffman", 4.456, 0.001);
    assert_eq!(row(&rows, "R4a-huffman")["status"], "reproduced");
    let parts = [
        ("R4d-token", 1.754),
        ("R4d-spelling", 0.433),
        ("R4d-case", 0.029),
        ("R4d-space", 0.005),
        ("R4d-total", 2.221),
    ];
    for (id, expected) in parts {
        assert_ours(&rows, id, expected, 0.01);
        assert_eq!(row(&rows, id)["status"], "pattern");
    }
    let of = |id| row(&rows, id)["ours"].as_f64().unwrap();
    let sum: f64 = parts[..4].iter().map(|(id, _)| of(id)).sum();
    assert!((sum - of("R4d-total")).abs() < 1e-9);
    // The program's own models pay for the whole text, too.
    assert!(of("R4d-own-total") <= 1.95 && of("R4d-adaptive-total") < of("R4d-own-total"));
    assert!(of("R4d-decisions-total") < of("R4d-adaptive-total"));

    for (id, expected, within) in [
        ("R3-F1-27", 4.106, 0.002),
        ("R3-F3-26", 3.230, 0.002),
        ("R3-word-27", 1.856, 0.002),
        ("R3-guess3-upper", 3.11, 0.01),
        ("R3-guess8-first", 0.604, 0.002),
    ] {
        assert_ours(&rows, id, expected, within);
    }
    for id in ["R3-F1-26", "R3-F2-26", "R3-F3-26", "R3-F1-27", "R3-F2-27", "R3-F3-27"] {
        assert_eq!(row(&rows, id)["status"], "nearest", "{id}");
    }
    let place = |id: &str| rows.as_array().unwrap().iter().position(|row| row["id"] == id).unwrap();
    assert_eq!(place("C-ren-limit") + 1, place("R3-guess8-lower"));
}

/// A text taken apart into tokens, case and gaps is the same to the last byte when put together again.
#[test]
fn no_byte_of_any_corpus_is_lost() {
    let folder = tempdir().unwrap();
    let fetched = ngram(&folder, "corpus fetch all").output().unwrap();
    let mut texts = vec![include_str!("../../corpora/sample.txt").to_owned()];
    for path in String::from_utf8(fetched.stdout).unwrap().lines() {
        texts.push(fs::read_to_string(path).unwrap());
    }
    for text in texts {
        // A line end is added after the last line.
        let end = if text.ends_with('\n') { "" } else { "\n" };
        let apart = Decomposed::read(&text, TokenizerKind::Words);
        assert!(apart.text() == format!("{text}{end}"), "{:.40}", text);
    }
}

/// Whether the corpus could not be fetched; the reason must be given.
fn row_is_missing(rows: &Value) -> bool {
    let first = &rows[0];
    if first["status"] != "missing-data" {
        return false;
    }
    let note = first["note"].as_str().unwrap();
    assert!(note.contains("install Node.js") || note.contains("check the network"), "{note}");
    true
}

/// Writes the built-in text in three parts: lines to count, to fit to, and to measure.
fn parts(folder: &TempDir) {
    let text = include_str!("../../corpora/sample.txt");
    for (name, digits) in [("train", 0..8), ("dev", 8..9), ("test", 9..10)] {
        let lines = text.lines().enumerate().filter(|(index, _)| digits.contains(&(index % 10)));
        let part: String = lines.map(|(_, line)| format!("{line}\n")).collect();
        fs::write(folder.path().join(name), part).unwrap();
    }
}

#[test]
fn any_text_can_be_measured_by_the_method_of_1992() {
    let folder = tempdir().unwrap();
    parts(&folder);
    let command = "entropy test --method brown1992 --train train --dev dev";
    let found = json(&folder, &format!("{command} --json"));
    let bits = &found["bits_per_character"];
    let of = |part: &str| bits[part].as_f64().unwrap();
    let sum = of("token") + of("spelling") + of("case") + of("space");
    assert!((sum - of("total")).abs() < 1e-9, "{found}");
    assert!((2.0..4.0).contains(&sum), "{found}");
    let test = fs::read_to_string(folder.path().join("test")).unwrap();
    assert_eq!(found["characters"].as_u64().unwrap(), test.chars().count() as u64);
    assert_eq!(found["sentences"].as_u64().unwrap(), test.lines().count() as u64);
    let spelled = found["spelling_bits"].as_f64().unwrap();
    assert!(found["unknown"].as_u64().unwrap() > 0 && spelled > 0.0);

    let text = stdout(&folder, command);
    for part in ["tokens", "spelling", "case", "spaces", "all together", "unknown tokens"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(text.contains(&format!("{:.4}", of("total"))), "{text}");

    // The training text costs less, and has nothing to spell.
    let known = json(&folder, "entropy train --method brown1992 --train train --dev dev --json");
    assert_eq!((&known["unknown"], &known["spelling_bits"]), (&0.into(), &0.0.into()));
    assert!(known["bits_per_character"]["total"].as_f64().unwrap() < of("total"));
}

#[test]
fn texts_that_are_none_are_measured_or_refused() {
    let folder = tempdir().unwrap();
    parts(&folder);
    let write = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
    write("empty", b"");
    write("blank", b"\n \n");
    write("binary", &(0..=255).collect::<Vec<u8>>());
    write("foreign", "Δεν είναι αγγλικά.\tΌχι\n".as_bytes());
    write("letter", b"a");
    let command = |test: &str, train: &str, dev: &str| {
        format!("entropy {test} --method brown1992 --train {train} --dev {dev} --json")
    };
    for (test, train, dev) in
        [("empty", "train", "dev"), ("test", "empty", "dev"), ("test", "train", "empty")]
    {
        assert!(error(&folder, &command(test, train, dev)).contains("empty is empty"));
    }
    assert!(error(&folder, &command("test", "blank", "dev")).contains("no token"));
    assert!(error(&folder, &command("test", "train", "blank")).contains("no token"));
    for test in ["binary", "foreign", "letter", "blank"] {
        let found = json(&folder, &command(test, "train", "dev"));
        let total = found["bits_per_character"]["total"].as_f64().unwrap();
        assert!(total.is_finite() && total > 0.0, "{test}: {found}");
    }
    assert!(error(&folder, "entropy test --method brown1992").contains("--train"));
    assert!(error(&folder, "entropy test --train train").contains("--method brown1992"));
    let bytes = command("test", "train", "dev") + " --tokenizer bytes";
    assert!(error(&folder, &bytes).contains("words or whitespace"));
}
