//! Files that people have: lists of some n-grams, symbol tables, and texts of characters.

use assert_cmd::Command;
use std::fs;
use tempfile::{TempDir, tempdir};

fn command(folder: &TempDir, line: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ngram"));
    command.current_dir(folder).args(line.split_whitespace());
    command
}

fn run(folder: &TempDir, line: &str) -> String {
    let output = command(folder, line).assert().success().get_output().clone();
    String::from_utf8(output.stdout).unwrap()
}

fn refused(folder: &TempDir, line: &str) -> String {
    let output = command(folder, line).assert().code(1).get_output().clone();
    String::from_utf8(output.stderr).unwrap()
}

fn write(folder: &TempDir, name: &str, text: &str) {
    fs::write(folder.path().join(name), text).unwrap();
}

/// A list of Norvig's, and one of single words.
const BIGRAMS: &str =
    "0uplink verified\t523545\n0km to\t116103\n1000s of\t939476\nof the\t2766332391\n";

#[test]
fn lists_of_some_ngrams_make_a_sound_model() {
    let folder = tempdir().unwrap();
    write(&folder, "two.txt", BIGRAMS);
    write(&folder, "one.txt", "the\t23135851162\nof\t13151942776\n");
    let lists = "--counts two.txt one.txt --tokenizer whitespace --closed";
    for method in ["modified-kneser-ney", "witten-bell", "katz", "additive"] {
        let said =
            run(&folder, &format!("train --partial {lists} --smoothing {method} -o m.ngram"));
        let added = "lists: 2 of order 1 (5 added), 4 of order 2 (0 added)";
        assert!(said.contains(added), "{said}");
        assert!(run(&folder, "check m.ngram").contains("sound"), "{method}");
    }
    // Without a beginning of a sentence it can only be a list.
    run(
        &folder,
        &format!("train --partial {} -o m.ngram", "--counts two.txt --tokenizer whitespace"),
    );
    let asked = fs::read(folder.path().join("m.ngram")).unwrap();
    let plain = command(&folder, "train --counts two.txt --tokenizer whitespace -o plain.ngram");
    let plain = { plain }.assert().success().get_output().clone();
    let told = String::from_utf8(plain.stderr).unwrap();
    assert!(told.contains("no n-gram begins with <s>"), "{told}");
    assert!(fs::read(folder.path().join("plain.ngram")).unwrap() == asked);
    write(&folder, "cut.txt", &format!("{BIGRAMS}<s> of\t4\n"));
    let error = refused(&folder, "train --counts cut.txt --tokenizer whitespace -o x.ngram");
    assert!(error.contains("cut.txt lacks n-grams") && error.contains("--partial"), "{error}");
    let error = refused(&folder, "train --partial --counts two.txt -o x.ngram");
    assert!(error.contains("give --tokenizer"), "{error}");
    write(&folder, "zero.txt", "a b\t3\n<s>\t0\n");
    let error =
        refused(&folder, "train --partial --counts zero.txt --tokenizer whitespace -o x.ngram");
    assert!(error.contains("zero.txt, line 2: the count is 0"), "{error}");
    write(&folder, "t.txt", "a b\n");
    run(&folder, "count t.txt -q -o t.counts");
    let error =
        refused(&folder, "train --partial --counts t.counts --tokenizer whitespace -o x.ngram");
    assert!(error.contains("t.counts is a binary count file"), "{error}");
    assert!(!folder.path().join("x.ngram").exists());
}

/// SRILM's program takes such lists without being asked to.
#[test]
fn ngram_count_reads_lists_of_some_ngrams() {
    let folder = tempdir().unwrap();
    write(&folder, "two.txt", BIGRAMS);
    let line = "shim ngram-count -order 2 -read two.txt -wbdiscount -lm m.arpa";
    let output = command(&folder, line).assert().success().get_output().clone();
    let warning = String::from_utf8(output.stderr).unwrap();
    assert!(
        warning.contains("warning: two.txt does not hold the counts of a whole text"),
        "{warning}"
    );
    let file = fs::read(folder.path().join("m.arpa")).unwrap();
    // c / (C(h) + T(h)): 116103 of 116104.
    let arpa = String::from_utf8(file.clone()).unwrap();
    let line = arpa.lines().find(|line| line.ends_with("\t0km to")).unwrap();
    let log10: f64 = line.split('\t').next().unwrap().parse().unwrap();
    assert!((log10 - (116_103f64 / 116_104.0).log10()).abs() < 1e-9, "{line}");
    assert!(run(&folder, "check m.arpa").contains("sound"));
    let piped = "shim ngram-count -order 2 -read - -wbdiscount -lm piped.arpa";
    command(&folder, piped).write_stdin(BIGRAMS).assert().success();
    assert_eq!(fs::read(folder.path().join("piped.arpa")).unwrap(), file);
}

#[test]
fn labels_are_numbered_by_a_table() {
    let folder = tempdir().unwrap();
    write(&folder, "t.txt", "a b\n");
    run(&folder, "train t.txt -n 2 --tokenizer whitespace --closed -q --smoothing witten-bell");
    write(&folder, "words.txt", "<eps> 0\n<UNK> 4\na 7\nb 9\n#0 11\n");
    run(&folder, "export model.ngram fst.txt -q --format openfst --symbols words.txt");
    let fst = fs::read_to_string(folder.path().join("fst.txt")).unwrap();
    let labels: Vec<(&str, &str)> = fst
        .lines()
        .map(|line| line.split('\t').collect::<Vec<_>>())
        .filter(|fields| fields.len() == 5)
        .map(|fields| (fields[2], fields[3]))
        .collect();
    // After <s>; after nothing; after a; after b, which only backs off.
    let expected = [("7", "7"), ("11", "0"), ("4", "4"), ("7", "7"), ("9", "9"), ("9", "9")];
    assert_eq!(labels[..6], expected, "{fst}");
    write(&folder, "words.txt", "<eps> 0\n<unk> 4\na 7\n#0 11\n");
    let export = "export model.ngram x.txt --format openfst --symbols words.txt";
    let error = refused(&folder, export);
    assert!(
        error.contains("no number for 1 of the model's words, the first of which are b"),
        "{error}"
    );
    let skipping = command(&folder, &format!("{export} --skip-missing")).assert().success();
    let warning = String::from_utf8(skipping.get_output().stderr.clone()).unwrap();
    assert!(
        warning.contains("lacks 1 words of the model, so 3 n-grams were left out"),
        "{warning}"
    );
    let error = refused(&folder, "export model.ngram y.arpa --symbols words.txt");
    assert!(error.contains("--format openfst"), "{error}");
    let error = refused(&folder, &format!("{export} --disambig-symbol #1"));
    assert!(error.contains("no number above 0 for \"#1\""), "{error}");
}

/// Of `ab a`, p(a) is 2/5, and that of b, the space and </s> is 1/5. The text has 2 of the one and 5 of the others,
/// 3 words and 2 ends of lines: (5⁷ / 4)^(1/5).
#[test]
fn models_of_characters_have_a_perplexity_a_word() {
    let folder = tempdir().unwrap();
    write(&folder, "t.txt", "ab a\n");
    write(&folder, "held.txt", "a ba\nb\n");
    run(&folder, "train t.txt -n 1 --tokenizer chars --closed -q --smoothing maximum-likelihood");
    let said: serde_json::Value =
        serde_json::from_str(&run(&folder, "eval held.txt --json -q")).unwrap();
    let found = said["perplexity_per_word"].as_f64().unwrap();
    assert!((found - 19531.25f64.powf(0.2)).abs() < 1e-5, "{found}");
    assert_eq!((&said["text_words"], &said["token_unit"]), (&3.into(), &"characters".into()));
    let said = run(&folder, "eval held.txt -q --html page.html");
    assert!(
        said.contains("characters out of vocabulary")
            && said.contains("perplexity a word                    7.2135"),
        "{said}"
    );
    let page = fs::read_to_string(folder.path().join("page.html")).unwrap();
    assert!(page.contains("Perplexity a word") && page.contains("How characters are spread"));
    run(&folder, "train t.txt -n 1 --tokenizer whitespace --closed -q");
    let said: serde_json::Value =
        serde_json::from_str(&run(&folder, "eval held.txt --json -q")).unwrap();
    assert!(said["perplexity_per_word"].is_null() && said["text_words"].is_null());
    assert_eq!(said["token_unit"], "words");
}
