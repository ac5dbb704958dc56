//! Models of SentencePiece as tokenizers, in every build.

use crate::folder::Folder;
use std::path::Path;

/// Returns a folder with a SentencePiece model and a text.
fn folder(model: &str) -> Folder {
    let folder = Folder::new();
    let files =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/tokenizer/tests/sentencepiece_files");
    folder.write("en.sp.model", std::fs::read(files.join(format!("{model}.model"))).unwrap());
    folder.write(
        "text.txt",
        "the cat sat on the mat\nthe dog sat\nthe cat ran  off\n日本 the end\n".repeat(5),
    );
    folder
}

#[test]
fn models_and_counts_hold_the_file() {
    let folder = folder("unigram");
    folder.run("train text.txt --tokenizer en.sp.model -n 3 -q");
    folder.run("count text.txt --tokenizer en.sp.model -n 3 -o text.counts -q");
    folder.run("train --counts text.counts -n 3 -o again.ngram -q");
    assert!(folder.read("again.ngram") == folder.read("model.ngram"), "another model");
    let info = folder.run("info");
    assert!(info.contains("tokenizer    sentencepiece "), "{info}");
    // Without the file, the model cuts the text as before.
    let shown = folder.run("eval text.txt --per-token");
    std::fs::remove_file(folder.path("en.sp.model")).unwrap();
    assert_eq!(folder.run("eval text.txt --per-token"), shown);
    assert!(shown.contains("▁the"), "{shown}");
    folder.run("compress text.txt -o text.ngz -q");
    folder.run("decompress text.ngz -o back.txt -q");
    assert_eq!(folder.text("back.txt"), folder.text("text.txt"));
}

/// The tokens of `train` are those that a model of another toolkit is told to read.
#[test]
fn a_file_of_kenlms_is_read_with_it() {
    for name in ["unigram", "bpe-bytes"] {
        let folder = folder(name);
        folder.run("train text.txt --tokenizer en.sp.model -n 3 -q --closed");
        folder.run("export model.ngram en.arpa.bin --format kenlm-probing -q");
        let expected = folder.run("score text.txt -q");
        let found = folder.run("score text.txt -q -m en.arpa.bin --tokenizer en.sp.model");
        assert_eq!(found, expected);
    }
}

#[test]
fn a_file_that_is_none_is_refused_in_words() {
    let folder = folder("bpe");
    let whole = folder.read("en.sp.model");
    folder.write("cut.model", &whole[..whole.len() / 2]);
    let said = folder.fail("train text.txt --tokenizer cut.model");
    assert!(said.contains("cut.model") && said.contains("it is cut short"), "{said}");
    folder.write("other.model", "<xml>");
    let said = folder.fail("train text.txt --tokenizer other.model");
    assert!(said.contains("neither a tokenizer.json") && !said.contains("feature"), "{said}");
}
