//! `ngram mix`, run as a user would.

use crate::folder::Folder;
use serde_json::Value;

const SAMPLE: &str = include_str!("../../corpora/sample.txt");

fn json(folder: &Folder, command: &str) -> Value {
    serde_json::from_str(&folder.run(command)).unwrap()
}

/// Trains models on the first and the second part of a text; its end is held out.
fn trained() -> Folder {
    let folder = Folder::new();
    let lines: Vec<&str> = SAMPLE.lines().collect();
    let third = lines.len() / 5 * 2;
    for (name, lines) in
        [("a", &lines[..third]), ("b", &lines[third..2 * third]), ("dev", &lines[2 * third..])]
    {
        folder.write(&format!("{name}.txt"), lines.join("\n") + "\n");
    }
    folder.run("train a.txt --order 3 -q -o a.ngram");
    folder.run("train b.txt --order 2 -q -o b.ngram --smoothing witten-bell");
    folder
}

#[test]
fn a_mixture_is_better_than_its_models_and_sound() {
    let folder = trained();
    let said = folder.run("mix a.ngram b.ngram --dev dev.txt -o ab.ngram");
    for expected in [
        "words lacking",
        "mixture, as written",
        "gain over ",
        "95 % interval",
        "open vocabulary: spelling",
    ] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
    assert!(folder.run("check ab.ngram --tolerance 1e-5").contains("sound: "));
    assert!(folder.run("info ab.ngram").contains("smoothing    linear mixture\n"));
    let perplexity = |value: &Value| value["perplexity_including_oovs"].as_f64().unwrap();
    let mut formula = Vec::new();
    for option in ["", "--by-context --least 50", "--log-linear"] {
        let found =
            json(&folder, &format!("mix a.ngram b.ngram --dev dev.txt -o c.ngram --json {option}"));
        let held_out = &found["held_out"];
        for model in found["models"].as_array().unwrap() {
            assert!(
                perplexity(&held_out["mixture_by_formula"]) < perplexity(&model["held_out"]),
                "{found}"
            );
        }
        assert!(held_out["gain_interval_95"]["low"].as_f64().unwrap() > 0.0, "{found}");
        let written = perplexity(&held_out["mixture_as_written"]);
        assert_eq!(written, perplexity(&json(&folder, "eval dev.txt -m c.ngram --json")));
        formula.push(perplexity(&held_out["mixture_by_formula"]));
        let off = written / formula[formula.len() - 1] - 1.0;
        let bound = if option == "--log-linear" { 1e-5 } else { 0.02 };
        assert!(off.abs() < bound, "{option}: {off}");
        assert!(folder.run("check c.ngram --tolerance 1e-5").contains("sound: "));
    }
    assert!(formula[1] < formula[0], "{formula:?}");
}

#[test]
fn arpa_files_make_the_same_mixture() {
    let folder = trained();
    folder.run("export a.ngram a.arpa");
    folder.run("export b.ngram b.arpa.gz");
    folder.run("mix a.ngram b.ngram --weights 0.25,0.75 -o one.ngram -q --closed");
    let options = "--weights 0.25,0.75 --tokenizer words -o other.ngram -q";
    folder.run(&format!("mix a.arpa b.arpa.gz {options} -j 1"));
    let bytes = |name: &str| folder.read(name);
    assert!(bytes("one.ngram") == bytes("other.ngram"));
    folder.run("mix a.arpa b.ngram --weights 0.25,0.75 -o third.ngram -q --closed");
    assert!(bytes("one.ngram") == bytes("third.ngram"));
    let names = folder.names();
    assert!(names.iter().all(|name| !name.contains("tmp")), "{names:?}");
}

#[test]
fn what_makes_no_sense_is_refused_and_leaves_no_file() {
    let folder = trained();
    folder.write("empty.txt", "\n\n");
    folder.run("train a.txt --order 2 -q -o letters.ngram --tokenizer chars");
    for (command, expected) in [
        ("a.ngram b.ngram", "--dev"),
        ("a.ngram --dev dev.txt", "2 values"),
        ("a.ngram b.ngram --weights 0.6,0.3", "the weights sum to 0.900000, not to 1"),
        ("a.ngram b.ngram --weights 1.5,0.5", "a weight of 1.5"),
        ("a.ngram b.ngram --weights=-0.5,1.5", "a number from 0 to 30"),
        ("a.ngram b.ngram --weights 1e300,1 --log-linear", "a number from 0 to 30"),
        ("a.ngram b.ngram --weights 20,20 --log-linear", "sum to 40, and may sum to 30 at most"),
        ("a.ngram b.ngram --weights 1", "1 weights for 2 models"),
        ("a.ngram b.ngram --dev empty.txt", "no words in empty.txt"),
        ("a.ngram b.ngram --dev none.txt", "no file none.txt"),
        ("a.ngram none.ngram --dev dev.txt", "no model none.ngram"),
        ("a.ngram letters.ngram --dev dev.txt", "model 2 cuts text into tokens by chars"),
        ("a.ngram dev.txt --dev dev.txt", "dev.txt"),
    ] {
        let said = folder.fail(&format!("mix {command} -o new.ngram"));
        assert!(said.contains(expected), "{command}: {said}");
        assert!(!folder.path("new.ngram").exists(), "{command}");
    }
    let said = folder.fail("mix a.ngram b.ngram --dev dev.txt -o b.ngram");
    assert!(said.contains("would replace b.ngram"), "{said}");
    let warned = folder.output("mix a.ngram b.ngram --dev a.txt -o new.ngram -q");
    let warned = String::from_utf8(warned.stderr).unwrap();
    assert!(warned.starts_with("warning: a.ngram: ") && warned.lines().count() == 1, "{warned}");
}
