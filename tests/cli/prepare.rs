//! `ngram prepare`, and what adapts with its helpers.

use crate::compress::prose;
use crate::folder::Folder;

/// A folder with two texts, a model of both, and a text to score.
fn trained() -> Folder {
    let folder = Folder::new();
    folder.write("a.txt", prose(1, 1500));
    folder.write("b.txt", prose(2, 700));
    folder.write("dev.txt", prose(3, 100));
    folder.write("held.txt", prose(4, 300));
    folder.write("long.txt", prose(5, 3000));
    folder.run("train a.txt b.txt -o m.ngram -q");
    folder
}

/// Returns the bits a character of the adaptive figures.
fn bits(folder: &Folder, command: &str) -> f64 {
    let json: serde_json::Value = serde_json::from_str(&folder.run(command)).unwrap();
    json["adaptive"]["bits_per_character"].as_f64().unwrap()
}

#[test]
fn helpers_make_a_text_cheaper_and_are_the_same_for_any_threads() {
    let folder = trained();
    let mixture = bits(&folder, "eval held.txt -m m.ngram --json --adaptive");
    let (told, alone) = {
        let (out, told) = folder.run_aloud("eval held.txt -m m.ngram --json --adaptive=best");
        let json: serde_json::Value = serde_json::from_str(&out).unwrap();
        (told, json["adaptive"]["bits_per_character"].as_f64().unwrap())
    };
    assert!(told.contains("ngram prepare TEXT -m m.ngram"), "{told}");

    let said = folder.run("prepare a.txt b.txt -m m.ngram --dev dev.txt -k 20 -j 1");
    let helpers = [
        "context-ccc",
        "context-rare-8",
        "context-source-w",
        "context-wc",
        "first.txt",
        "tree.txt",
    ];
    for name in helpers {
        assert!(said.contains(name), "{said}");
    }
    let made = helpers.map(|name| folder.read(&format!("m.ngram.helpers/{name}")));
    let helped = bits(&folder, "eval held.txt -m m.ngram --json --adaptive=best");
    assert!(helped < alone && helped < mixture, "{helped} {alone} {mixture}");

    // Made again over the old ones, by two threads in little memory: the same bytes.
    folder.run("prepare a.txt b.txt -m m.ngram --dev dev.txt -k 20 -j 2 --memory 60M -q");
    assert_eq!(helpers.map(|name| folder.read(&format!("m.ngram.helpers/{name}"))), made);
    let left = folder.names();
    assert!(left.iter().all(|name| !name.contains("tmp") && !name.contains("old")), "{left:?}");
}

#[test]
fn a_text_is_coded_in_the_bits_that_are_charged_and_comes_back() {
    let folder = trained();
    folder.run("prepare a.txt b.txt -m m.ngram --dev dev.txt -k 20 -q");
    let charged = bits(&folder, "eval long.txt -m m.ngram --json --adaptive=best");
    folder.run("compress long.txt -m m.ngram --best -o best.ngz -q");
    folder.run("compress long.txt -m m.ngram -o mixture.ngz -q");
    let [best, mixture] = ["best.ngz", "mixture.ngz"].map(|name| folder.read(name).len());
    assert!(best < mixture, "{best} {mixture}");
    let characters = folder.text("long.txt").chars().count() as f64;
    let coded = 8.0 * (best - 32) as f64 / characters;
    assert!((coded / charged - 1.0).abs() < 0.005, "{coded} {charged}");
    folder.run("decompress best.ngz -m m.ngram -o back.txt -q");
    assert_eq!(folder.read("back.txt"), folder.read("long.txt"));

    // Without one of the helpers it is another model.
    std::fs::remove_file(folder.path("m.ngram.helpers/context-source-w")).unwrap();
    let told = folder.fail("decompress best.ngz -m m.ngram -o again.txt -q");
    assert!(told.contains("compressed with another model"), "{told}");
}

#[test]
fn what_cannot_help_is_refused() {
    let folder = trained();
    folder.run("train a.txt -o closed.ngram --closed -q");
    let told = folder.fail("prepare a.txt -m closed.ngram -q");
    assert!(told.contains("its vocabulary is closed"), "{told}");
    assert!(!folder.path("closed.ngram.helpers").exists());

    folder.write("few.txt", "some words\nthat come once\n");
    let told = folder.fail("prepare few.txt -m m.ngram -q");
    assert!(told.contains("the texts are too short"), "{told}");

    folder.run("prepare a.txt -m m.ngram -k 20 -q");
    let told = folder.fail("eval held.txt -m m.ngram --adaptive=best --with m.ngram --dev dev.txt");
    assert!(told.contains("leave --with out"), "{told}");
    // Helpers of another model.
    folder.run("train b.txt -o n.ngram -q");
    std::fs::rename(folder.path("m.ngram.helpers"), folder.path("n.ngram.helpers")).unwrap();
    let told = folder.fail("eval held.txt -m n.ngram --adaptive=best");
    assert!(told.contains("it was made for another model"), "{told}");
    std::fs::rename(folder.path("n.ngram.helpers"), folder.path("m.ngram.helpers")).unwrap();
    let told = folder.fail("prepare a.txt -m m.ngram --dev m.ngram.helpers/tree.txt -k 20");
    assert!(told.contains("which is made anew"), "{told}");
    folder.write("m.ngram.helpers/context-wc", b"damaged");
    let told = folder.fail("eval held.txt -m m.ngram --adaptive=best");
    assert!(told.contains("context-wc") && told.contains("ngram prepare"), "{told}");
}
