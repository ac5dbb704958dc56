//! `ngram convert`, run as a user would.

use crate::folder::Folder;
use serde_json::Value;
use std::fs;

const SAMPLE: &str = include_str!("../../corpora/sample.txt");

fn trained() -> Folder {
    let folder = Folder::new();
    folder.write("text.txt", SAMPLE);
    folder.run("train text.txt --order 4 -q");
    folder
}

fn perplexity(folder: &Folder, model: &str) -> f64 {
    let json: Value =
        serde_json::from_str(&folder.run(&format!("eval text.txt -m {model} --json"))).unwrap();
    json["perplexity_including_oovs"].as_f64().unwrap()
}

#[test]
fn a_compact_model_is_smaller_and_the_same() {
    let folder = trained();
    let said = folder.run("convert model.ngram -o small.ngram --layout compact");
    assert!(said.contains("bytes an n-gram"), "{said}");
    let size = |name: &str| fs::metadata(folder.path(name)).unwrap().len();
    assert!(size("small.ngram") < size("model.ngram"), "{said}");
    // Only the n-grams: an open vocabulary takes the same space in any layout.
    folder.run("train text.txt --order 4 -q --closed -o closed.ngram");
    folder.run("convert closed.ngram -o closed-small.ngram --layout compact -q");
    assert!(2 * size("closed-small.ngram") < size("closed.ngram"));
    assert_eq!(perplexity(&folder, "small.ngram"), perplexity(&folder, "model.ngram"));
    assert!(folder.run("info small.ngram").contains("layout       compact\n"));
    assert!(folder.run("check small.ngram").contains("sound: "));
    assert_eq!(folder.run("export small.ngram -"), folder.run("export model.ngram -"));
    folder.run("convert small.ngram -o again.ngram --layout suffix -q");
    let bytes = |name: &str| folder.read(name);
    assert_eq!(bytes("again.ngram"), bytes("model.ngram"));
}

#[test]
fn a_quantised_model_says_so() {
    let folder = trained();
    folder.run("convert model.ngram -o tiny.ngram --layout compact --quantize 8");
    let info = folder.run("info tiny.ngram");
    assert!(info.contains("layout       compact, values quantised to 8 bits\n"), "{info}");
    let json: Value = serde_json::from_str(&folder.run("info tiny.ngram --json")).unwrap();
    assert_eq!((&json["layout"], &json["model"]["quantization"]), (&"compact".into(), &8.into()));
    assert!(folder.run("check tiny.ngram").contains("note: values are quantised to 8 bits"));
    folder.fail("check tiny.ngram --tolerance 1e-5");
    let (exact, near) = (perplexity(&folder, "model.ngram"), perplexity(&folder, "tiny.ngram"));
    assert!(exact != near && (exact / near - 1.0).abs() < 0.01, "{exact} {near}");
}

#[test]
fn what_makes_no_sense_is_refused_and_leaves_no_file() {
    let folder = trained();
    let model = folder.read("model.ngram");
    for (command, because) in [
        ("model.ngram -o small.ngram --layout compact --quantize 1", "from 2 to 16"),
        ("model.ngram -o small.ngram --layout compact --quantize 17", "from 2 to 16"),
        ("model.ngram -o small.ngram --layout suffix --quantize 8", "only the compact layout"),
        ("model.ngram -o small.ngram --layout none", "[possible values: suffix, compact]"),
        ("model.ngram -o model.ngram --layout compact", "would replace model.ngram"),
        ("none.ngram -o small.ngram --layout compact", "no model none.ngram"),
        ("text.txt -o small.ngram --layout compact", "is not a model file"),
        ("model.ngram -o none/small.ngram --layout compact", "no such folder"),
    ] {
        let said = folder.fail(&format!("convert {command}"));
        assert!(said.contains(because), "{command}: {said}");
    }
    let mut damaged = model.clone();
    let last = damaged.len() - 1;
    damaged[last] ^= 1;
    folder.write("damaged.ngram", damaged);
    let said = folder.fail("convert damaged.ngram -o small.ngram --layout compact");
    assert!(said.contains("damaged.ngram is damaged"), "{said}");
    assert!(!folder.path("small.ngram").exists());
    assert_eq!(folder.read("model.ngram"), model);
}
