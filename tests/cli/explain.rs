//! `ngram explain`: its factors multiply to the scores that `ngram eval` gives.

use assert_cmd::Command;
use serde_json::Value;
use std::fs;
use tempfile::{TempDir, tempdir};

const TEXT: &str = "the cat sat\nthe cat ran\nthe dog sat\n";
const SENTENCES: &str = "the bird sat\n\ncat dog ran\n";

/// Returns a folder with the model of the worked example, and sentences.
fn folder() -> TempDir {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("text.txt"), TEXT).unwrap();
    fs::write(folder.path().join("sentences.txt"), SENTENCES).unwrap();
    let train = "train text.txt --order 2 --smoothing witten-bell -q";
    run(&folder, train, "");
    folder
}

fn command(folder: &TempDir, line: &str, stdin: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ngram"));
    command.current_dir(folder).args(line.split(' ')).write_stdin(stdin);
    command
}

fn run(folder: &TempDir, line: &str, stdin: &str) -> String {
    let output = command(folder, line, stdin).assert().success().get_output().clone();
    String::from_utf8(output.stdout).unwrap()
}

fn lines(json: &str) -> Vec<Value> {
    json.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// p(<unk>|the) = 2/5 · 1/21: the weight of *the* times what unigrams leave for each of 7 words.
#[test]
fn the_worked_example_is_written_out() {
    let folder = folder();
    let text = run(&folder, "explain -", "the bird sat");
    for line in [
        "the bird sat",
        "bird  out of vocabulary, scored as <unk>",
        "  p(<unk> | the) = backoff(the) · p(<unk>)",
        "                 = 0.4 · 0.0476191 = 0.0190476",
        "       2.2808 bits a token, perplexity 4.8595, without OOVs 2.1982",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    let several = run(&folder, "explain sat - dog", "the\n\n");
    let each =
        ["sat", "the", "", "dog"].map(|line| run(&folder, "explain -", &format!("{line}\n")));
    assert_eq!(several, each.join("\n"));
}

/// For two layouts, a mixture, and one of its parts.
#[test]
fn tokens_have_the_scores_of_an_evaluation() {
    let folder = folder();
    run(&folder, "convert model.ngram -o compact.ngram --layout compact", "");
    run(&folder, "train text.txt --order 3 --closed -o closed.ngram -q", "");
    let mixed = "-m model.ngram --with closed.ngram --weights 0.25,0.75";
    for model in ["-m model.ngram", "-m compact.ngram", "-m closed.ngram", mixed] {
        let evaluated = run(&folder, &format!("eval sentences.txt --per-token --json {model}"), "");
        let evaluated = lines(&evaluated);
        let mut tokens = evaluated.iter().filter(|line| line["position"].is_u64());
        let mut sentences = evaluated.iter().filter(|line| line["kind"] == "sentence");
        for explained in lines(&run(&folder, &format!("explain - --json {model}"), SENTENCES)) {
            for token in explained["tokens"].as_array().unwrap() {
                let scored = tokens.next().unwrap();
                assert_eq!(token["token"], scored["word"]);
                for name in ["log10_prob", "bits", "matched"] {
                    assert_eq!(token[name], scored[name], "{model}, {token}");
                }
            }
            let sentence = sentences.next().unwrap();
            assert_eq!(explained["total"]["log10_prob"], sentence["log10_prob"], "{model}");
        }
        assert!(tokens.next().is_none() && sentences.next().is_none());
    }
}

/// D of order 2 is ¾: (3 − ¾) / 3 + ¾ / 3 · p(the), and p(the) = (1 − ½) / 8 + 6/8 · 1/7 of seven words.
#[test]
fn counts_are_shown_with_the_formula() {
    let folder = folder();
    run(&folder, "train text.txt --order 3 --closed -o closed.ngram -q", "");
    run(&folder, "count text.txt --order 3 -o text.counts -q", "");
    let text = run(&folder, "explain the -m closed.ngram --counts text.counts", "");
    for line in [
        "  counts: c(<s> the) = 3; after <s>, T = 3 over N = 1 types",
        "    p(the | <s>) = (3 − 0.75) / 3 + 0.25 · 0.169643 = 0.792411",
        "  continuation counts: c(the) = 1; of all words, T = 8 over N = 6 types",
        "    p(the) = (1 − 0.5) / 8 + 0.75 · 0.142857 = 0.169643",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    run(&folder, "train sentences.txt --order 3 --closed -o other.ngram -q", "");
    let text = run(&folder, "explain bird -m other.ngram --counts text.counts", "");
    assert!(text.contains("but the model has"), "{text}");
}

/// The page is written in addition to the output, which stays the same.
#[test]
fn a_page_is_of_a_hundred_sentences_at_most() {
    let folder = folder();
    let hundred = "the sat\n".repeat(99);
    let printed = run(&folder, "explain - dog --html page.html", &hundred);
    assert_eq!(printed, run(&folder, "explain - dog", &hundred));
    let page = fs::read_to_string(folder.path().join("page.html")).unwrap();
    assert_eq!(page.matches("<section id=\"sentence-").count(), 100);
    fs::remove_file(folder.path().join("page.html")).unwrap();
    let line = "explain - dog sat --html page.html";
    let output = command(&folder, line, &hundred).assert().code(1).get_output().clone();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("a page can have 100 sentences"), "{said}");
    assert!(!folder.path().join("page.html").exists());
    let output = command(&folder, "explain dog --html model.ngram", "").assert().code(1);
    let said = String::from_utf8(output.get_output().stderr.clone()).unwrap();
    assert!(said.contains("the page would replace model.ngram"), "{said}");
}

#[test]
fn what_has_no_sense_is_refused() {
    let folder = folder();
    run(&folder, "count text.txt --tokenizer whitespace -o other.counts -q", "");
    run(&folder, "train text.txt --skip 1 -o skip.ngram -q", "");
    for (options, message) in [
        ("--cache 100 --weights 0.5,0.5", "leave --cache out"),
        ("--weights 1", "name what to mix"),
        ("-m text.txt", "text.txt is not a model file"),
        ("--counts text.txt", "text.txt is not a count file"),
        ("--counts other.counts", "of a text cut by whitespace"),
        ("-m skip.ngram --counts other.counts", "no table of words"),
    ] {
        let output = command(&folder, &format!("explain the {options}"), "").assert().code(1);
        let said = String::from_utf8(output.get_output().stderr.clone()).unwrap();
        assert!(said.contains(message), "{said}");
    }
}
