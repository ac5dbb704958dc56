//! Scripts without spaces between words: what is said of them, and the tokenizer that knows them.

use crate::folder::Folder;
#[cfg(not(feature = "words-icu"))]
use std::process::Command;

const TEXT: &str = "私は東京大学の学生です。\n我昨天在北京大学学习自然语言处理\nภาษาไทยเป็นภาษาที่\n";

fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("text", TEXT.repeat(5));
    folder
}

#[test]
fn letters_that_are_taken_for_words_are_told() {
    let folder = folder();
    let told = folder.run_on("train text -n 2 -q -o m", b"");
    let warning = String::from_utf8(told.stderr).unwrap();
    assert!(
        warning.contains("% of the model's tokens are single characters of Chinese"),
        "{warning}"
    );
    assert!(folder.run("eval text -m m").contains("`--tokenizer words-icu` finds the words"));
    folder.write("english", "a b c d e f g h i j k l m n o p q r s t u v w x y z 東\n".repeat(9));
    assert_eq!(folder.run_on("train english -n 2 -q -o e", b"").stderr, b"");
}

#[cfg(not(feature = "words-icu"))]
#[test]
fn a_build_without_dictionaries_says_what_to_do() {
    let folder = folder();
    let mut program = Command::new(env!("CARGO_BIN_EXE_ngram"));
    let output =
        program.args(["train", "text", "--tokenizer", "words-icu"]).current_dir(folder.path("."));
    let output = output.output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(error.contains("cargo install --path . --features words-icu`\n"), "{error}");
}

#[cfg(feature = "words-icu")]
#[test]
fn dictionaries_find_words() {
    let folder = folder();
    assert_eq!(folder.run_on("train text -n 2 -q --tokenizer words-icu", b"").stderr, b"");
    let shown = folder.run("eval text --per-token");
    assert!(shown.contains("東京") && shown.contains("语言") && shown.contains("ภาษา"), "{shown}");
    let report = folder.run("eval text --json");
    assert!(report.contains("\"tokenizer\": \"words-icu\""), "{report}");
}
