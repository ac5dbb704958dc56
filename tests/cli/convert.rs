//! `ngram convert`, driven as a user would.

use assert_cmd::Command;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Output;

const SAMPLE: &str = include_str!("../../corpora/sample.txt");

fn ngram(folder: &Path, command: &str) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_ngram"));
    program.current_dir(folder).args(command.split_whitespace()).output().unwrap()
}

/// What a command that must succeed prints.
fn run(folder: &Path, command: &str) -> String {
    let output = ngram(folder, command);
    assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// What a command that must fail says.
fn fail(folder: &Path, command: &str) -> String {
    let output = ngram(folder, command);
    assert!(!output.status.success(), "{command}");
    String::from_utf8(output.stderr).unwrap()
}

fn trained() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("text.txt"), SAMPLE).unwrap();
    run(folder.path(), "train text.txt --order 4 -q");
    folder
}

fn perplexity(folder: &Path, model: &str) -> f64 {
    let json: Value =
        serde_json::from_str(&run(folder, &format!("eval text.txt -m {model} --json"))).unwrap();
    json["perplexity_including_oovs"].as_f64().unwrap()
}

#[test]
fn a_compact_model_is_smaller_and_the_same() {
    let folder = trained();
    let folder = folder.path();
    let said = run(folder, "convert model.ngram -o small.ngram --layout compact");
    assert!(said.contains("bytes an n-gram"), "{said}");
    let size = |name: &str| fs::metadata(folder.join(name)).unwrap().len();
    assert!(size("small.ngram") < size("model.ngram"), "{said}");
    // The n-grams alone; what an open vocabulary takes is the same in any layout.
    run(folder, "train text.txt --order 4 -q --closed -o closed.ngram");
    run(folder, "convert closed.ngram -o closed-small.ngram --layout compact -q");
    assert!(2 * size("closed-small.ngram") < size("closed.ngram"));
    assert_eq!(perplexity(folder, "small.ngram"), perplexity(folder, "model.ngram"));
    assert!(run(folder, "info small.ngram").contains("layout       compact\n"));
    assert!(run(folder, "check small.ngram").contains("sound: "));
    assert_eq!(run(folder, "export small.ngram -"), run(folder, "export model.ngram -"));
    run(folder, "convert small.ngram -o again.ngram --layout fast -q");
    let bytes = |name: &str| fs::read(folder.join(name)).unwrap();
    assert_eq!(bytes("again.ngram"), bytes("model.ngram"));
}

#[test]
fn a_quantised_model_says_so() {
    let folder = trained();
    let folder = folder.path();
    run(folder, "convert model.ngram -o tiny.ngram --layout compact --quantize 8");
    let info = run(folder, "info tiny.ngram");
    assert!(info.contains("layout       compact, values quantised to 8 bits\n"), "{info}");
    let json: Value = serde_json::from_str(&run(folder, "info tiny.ngram --json")).unwrap();
    assert_eq!((&json["layout"], &json["model"]["quantization"]), (&"compact".into(), &8.into()));
    assert!(run(folder, "check tiny.ngram").contains("note: values are quantised to 8 bits"));
    fail(folder, "check tiny.ngram --tolerance 1e-5");
    let (exact, near) = (perplexity(folder, "model.ngram"), perplexity(folder, "tiny.ngram"));
    assert!(exact != near && (exact / near - 1.0).abs() < 0.01, "{exact} {near}");
}

#[test]
fn what_makes_no_sense_is_refused_and_leaves_no_file() {
    let folder = trained();
    let folder = folder.path();
    let model = fs::read(folder.join("model.ngram")).unwrap();
    for (command, because) in [
        ("model.ngram -o small.ngram --layout compact --quantize 1", "2..=16"),
        ("model.ngram -o small.ngram --layout compact --quantize 17", "2..=16"),
        ("model.ngram -o small.ngram --layout table --quantize 8", "only the compact layout"),
        ("model.ngram -o small.ngram --layout none", "[possible values: fast, table, compact]"),
        ("model.ngram -o model.ngram --layout compact", "would replace the model"),
        ("none.ngram -o small.ngram --layout compact", "no model none.ngram"),
        ("text.txt -o small.ngram --layout compact", "is not a model file"),
        ("model.ngram -o none/small.ngram --layout compact", "no such folder"),
    ] {
        let said = fail(folder, &format!("convert {command}"));
        assert!(said.contains(because), "{command}: {said}");
    }
    let mut damaged = model.clone();
    let last = damaged.len() - 1;
    damaged[last] ^= 1;
    fs::write(folder.join("damaged.ngram"), damaged).unwrap();
    let said = fail(folder, "convert damaged.ngram -o small.ngram --layout compact");
    assert!(said.contains("damaged.ngram is damaged"), "{said}");
    assert!(!folder.join("small.ngram").exists());
    assert_eq!(fs::read(folder.join("model.ngram")).unwrap(), model);
}
