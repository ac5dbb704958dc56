//! Models of other toolkits, given where a model is read.

use crate::folder::{Folder, sentences};
use serde_json::Value;

/// Returns a folder with a model in our file, an ARPA file, a trie and hash tables of KenLM's, and a text.
fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("text.txt", sentences(300, 1));
    folder.write("held.txt", sentences(50, 2));
    folder.run("train text.txt -n 4 --tokenizer whitespace --closed -q");
    folder.run("export model.ngram m.arpa -q");
    folder.run("export model.ngram m.trie --format kenlm-trie -q");
    folder.run("export model.ngram m.bin --format kenlm-probing -q");
    folder
}

const OTHERS: [&str; 3] = ["m.arpa", "m.trie", "m.bin"];

#[test]
fn every_verb_that_scores_takes_every_file() {
    let folder = folder();
    let record = "{\"text\": \"w1 w2 w3\\nw4 w5\"}\n{\"text\": \"\"}\n{\"text\": \"none w9\"}\n";
    folder.write("d.jsonl", record);
    let commands = [
        "eval held.txt --format kenlm -m",
        "eval held.txt --per-token -m",
        "score held.txt -q -m",
        "score d.jsonl -q -m",
        "next w1 -m",
        "generate -n 5 --seed 3 --top-k 4 -m",
        "eval held.txt --format kenlm --with model.ngram --weights 0.5,0.5 -m",
    ];
    for command in commands {
        let expected = folder.run(&format!("{command} model.ngram"));
        for other in OTHERS {
            // A trie sorts words by their hashes, and so other words come first among equals.
            if other == "m.trie" && (command.starts_with("next") || command.starts_with("gen")) {
                continue;
            }
            let found = folder.run(&format!("{command} {other}"));
            assert_eq!(found, expected, "{command} {other}");
        }
    }
    // Discounts are only in our own file.
    let explained = |model: &str| -> Value {
        let line = folder.run_on(&format!("explain - --json -m {model}"), b"w1 none w2 w2");
        let mut value: Value = serde_json::from_slice(&line.stdout).unwrap();
        for token in value["tokens"].as_array_mut().unwrap() {
            token["derivation"]["parameters"] = Value::Null;
        }
        value
    };
    let expected = explained("model.ngram");
    OTHERS.into_iter().for_each(|other| assert_eq!(explained(other), expected, "{other}"));
}

#[test]
fn models_are_compared_whatever_file_they_are_in() {
    let folder = folder();
    let text = folder.run("compare model.ngram m.arpa m.trie m.bin held.txt --json --samples 100");
    let compared: Value = serde_json::from_str(&text).unwrap();
    let pairs = compared["pairs"].as_array().unwrap();
    assert_eq!(pairs.len(), 3);
    for pair in pairs {
        assert_eq!(pair["bits_per_token"]["difference"], 0.0, "{pair}");
    }
}

#[test]
fn documents_are_selected_by_models_of_any_kind() {
    let folder = folder();
    folder.run("prune model.ngram --threshold 1e-3 -o small.ngram -q");
    folder.run("export small.ngram s.bin --format kenlm-probing -q");
    let select = "select --pool held.txt --top 10 -q";
    let expected =
        folder.run(&format!("{select} --in-model model.ngram --general-model small.ngram"));
    assert_eq!(expected.lines().count(), 10);
    let found = folder.run(&format!("{select} --in-model m.bin --general-model s.bin"));
    assert_eq!(found, expected);
}

#[test]
fn what_hash_tables_cannot_do_is_said() {
    let folder = folder();
    let commands = [
        "prune m.bin -o x.ngram --threshold 1e-5",
        "filter m.bin --vocab text.txt -o x.ngram",
        "export m.bin x.arpa",
        "convert m.bin -o x.ngram --layout compact",
        "import m.bin -o x.ngram",
    ];
    for command in commands {
        let said = folder.fail(command);
        assert!(said.contains("m.bin") && said.contains("take the ARPA file"), "{command}: {said}");
    }
    // The others hold words, so they can.
    for other in ["m.arpa", "m.trie"] {
        folder.run(&format!("prune {other} -o x.ngram --threshold 1e-5 -q"));
        folder.run(&format!("export {other} x.arpa -q"));
    }
    folder.run("export m.arpa x.arpa -q");
    assert!(folder.text("x.arpa") == folder.text("m.arpa"), "another ARPA file");
    let said = folder.run("info m.bin");
    assert!(said.contains("KenLM's hash tables") && said.contains("order 4"), "{said}");
    let said = folder.fail("explain w1 -m m.bin --counts none.counts");
    assert!(said.contains("no table of words"), "{said}");
}

#[test]
fn how_text_is_split_is_told_for_other_toolkits_only() {
    let folder = folder();
    folder.write("upper.txt", folder.text("held.txt").to_uppercase());
    let plain = folder.run("eval held.txt --format kenlm -m m.bin");
    let lowered = folder.run("eval upper.txt --format kenlm --lowercase -m m.bin");
    assert_eq!(lowered, plain);
    let words = folder.run("eval held.txt --format kenlm --tokenizer chars -m m.bin");
    assert_ne!(words, plain);
    let said = folder.fail("eval held.txt --tokenizer chars");
    assert!(said.contains("model.ngram says itself") && said.contains("whitespace"), "{said}");
}

#[test]
fn a_damaged_file_is_refused_by_name() {
    let folder = folder();
    let whole = folder.read("m.bin");
    folder.write("cut.bin", &whole[..whole.len() / 2]);
    let said = folder.fail("eval held.txt -m cut.bin");
    assert!(said.contains("cut.bin, byte") && said.contains("cut short"), "{said}");
    folder.write("cut.arpa", "\\data\\\nngram 1=3\n");
    assert!(folder.fail("eval held.txt -m cut.arpa").contains("cut.arpa"));
}
