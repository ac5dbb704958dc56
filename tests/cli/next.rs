//! `ngram next`, `ngram generate`, completions and manual pages.

use assert_cmd::Command;
use serde_json::Value;
use std::fs;
use tempfile::{TempDir, tempdir};

const TEXT: &str = "the cat sat\nthe cat ran\nthe dog sat\n";

/// Returns a folder with the model of the worked example.
fn folder() -> TempDir {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("text.txt"), TEXT).unwrap();
    let train = ["train", "text.txt", "--order", "2", "--smoothing", "witten-bell", "-q"];
    run(&folder, &train, "");
    folder
}

fn command(folder: &TempDir, arguments: &[&str], stdin: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ngram"));
    command.current_dir(folder).args(arguments).write_stdin(stdin);
    command
}

fn run(folder: &TempDir, arguments: &[&str], stdin: &str) -> String {
    let output = command(folder, arguments, stdin).assert().success().get_output().clone();
    String::from_utf8(output.stdout).unwrap()
}

fn lines(json: &str) -> Vec<Value> {
    json.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// p(cat|the) = 2/5 + 2/5 · 10/63, p(dog|the) = 1/5 + 2/5 · 1/18 + 2/5 · 6/18 · 1/7.
#[test]
fn the_next_words_of_the_worked_example() {
    let folder = folder();
    let found = lines(&run(&folder, &["next", "so the", "--all", "--json"], ""));
    let found = &found[0];
    assert_eq!((&found["history"], &found["tokens"][0]), (&"so the".into(), &"the".into()));
    let next = found["next"].as_array().unwrap();
    assert_eq!(next.len(), 7);
    let of = |at: usize, name: &str| next[at][name].as_f64().unwrap();
    assert_eq!((&next[0]["word"], &next[1]["word"]), (&"cat".into(), &"dog".into()));
    assert!((of(0, "probability") - 146.0 / 315.0).abs() < 1e-6);
    assert!((of(1, "probability") - (0.2 + 0.4 * (1.0 / 18.0 + 6.0 / 18.0 / 7.0))).abs() < 1e-6);
    assert!((of(1, "cumulative") - of(0, "probability") - of(1, "probability")).abs() < 1e-12);
    assert!((of(6, "cumulative") - 1.0).abs() < 1e-6);
    assert!((of(0, "bits") + of(0, "log10_prob") * std::f64::consts::LOG2_10).abs() < 1e-6);
    assert_eq!((&next[0]["matched"], &next[6]["matched"]), (&2.into(), &1.into()));
}

/// As above, of the words that begin with a prefix: p(cat|the) = 146/315.
#[test]
fn half_typed_words_are_completed() {
    let folder = folder();
    let found = lines(&run(&folder, &["next", "the", "--prefix", "c", "--json"], ""));
    assert_eq!((&found[0]["prefix"], &found[0]["tokens"][0]), (&"c".into(), &"the".into()));
    let next = found[0]["next"].as_array().unwrap();
    assert_eq!((next.len(), &next[0]["word"]), (1, &"cat".into()));
    assert!((next[0]["probability"].as_f64().unwrap() - 146.0 / 315.0).abs() < 1e-6);
    run(&folder, &["convert", "model.ngram", "-o", "small.ngram", "--layout", "compact"], "");
    let small = run(&folder, &["next", "the", "-p", "c", "--json", "-m", "small.ngram"], "");
    assert_eq!(lines(&small), found);
    let none = run(&folder, &["next", "the", "--prefix", "zebra"], "");
    assert_eq!(none, "after the, words that begin with zebra: none\n");
    // A half-typed word is no word of a text, and `</s>` is never typed.
    assert!(!run(&folder, &["next", "the", "--prefix", "<"], "").contains("</s>"));
}

#[test]
fn histories_come_from_standard_input_too() {
    let folder = folder();
    let several = run(&folder, &["next", "-", "-k", "2", "-j", "2"], "the\n\nthe bird\r\nthe cat");
    let each: Vec<String> = ["the", "", "the bird", "the cat"]
        .map(|history| run(&folder, &["next", history, "-k", "2"], ""))
        .into();
    assert_eq!(several, each.join("\n"));
    assert!(each[1].starts_with("after <s>\n") && each[2].contains("1 out of vocabulary"));
    let inside = lines(&run(&folder, &["next", "", "--inside", "--json"], ""));
    assert_eq!(inside[0]["tokens"], Value::Array(vec![]));
}

#[test]
fn sentences_are_the_same_for_any_number_of_threads() {
    let folder = folder();
    let draw = |more: &str| {
        let arguments: Vec<&str> = ["generate"].into_iter().chain(more.split(' ')).collect();
        run(&folder, &arguments, "")
    };
    let one = draw("-n 300 -j 1");
    assert_eq!(one.lines().count(), 300);
    assert_eq!(one, draw("-n 300 -j 3 --seed 1"));
    assert_ne!(one, draw("-n 300 --seed 2"));
    assert!(one.starts_with(&draw("-n 20")));
    for tokens in [1, 2, 3, 50] {
        let drawn = lines(&draw(&format!("--tokens {tokens} --json")));
        let count = |line: &Value| {
            line["tokens"].as_array().unwrap().len() + usize::from(line["ended"] == true)
        };
        assert_eq!(drawn.iter().map(count).sum::<usize>(), tokens);
        let bits = drawn[0]["bits"].as_f64().unwrap();
        let log10 = drawn[0]["log10_prob"].as_f64().unwrap();
        assert!((bits + log10 * std::f64::consts::LOG2_10).abs() < 1e-9);
    }
    assert_eq!(draw("-n 1 --temperature 0 --prompt the"), "the cat sat\n");
    fs::write(folder.path().join("only.txt"), "dog\nsat\nunheard-of\n").unwrap();
    let words = draw("-n 100 --only only.txt");
    assert!(words.split_whitespace().all(|word| ["dog", "sat"].contains(&word)), "{words}");
}

#[test]
fn what_cannot_be_drawn_is_refused() {
    let folder = folder();
    fs::write(folder.path().join("only.txt"), "unheard-of\n").unwrap();
    for (arguments, message) in [
        ("--temperature=-1", "a number from 0 to 1000"),
        ("--top-p 1.5", "above 0 and at most 1"),
        ("--top-k 0", "a whole number from 1 to"),
        ("--only only.txt", "knows none of the words"),
    ] {
        let arguments: Vec<&str> = ["generate"].into_iter().chain(arguments.split(' ')).collect();
        let output = command(&folder, &arguments, "").assert().failure().get_output().clone();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(message), "{said}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn shells_and_manuals_know_every_verb() {
    let folder = tempdir().unwrap();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = run(&folder, &["completions", shell], "");
        for verb in ["train", "eval", "next", "generate", "--smoothing"] {
            let name = if shell == "fish" { verb.trim_start_matches('-') } else { verb };
            assert!(script.contains(name), "{shell}: {verb}");
        }
    }
    run(&folder, &["man", "pages/man1"], "");
    let pages = folder.path().join("pages/man1");
    let read = |name: &str| fs::read_to_string(pages.join(name)).unwrap();
    assert!(read("ngram.1").contains("ngram\\-generate(1)"));
    let page = read("ngram-train.1");
    assert!(
        page.contains(".TH ngram-train 1") && page.contains("modified\\-kneser\\-ney"),
        "{page}"
    );
    let help = run(&folder, &["--help"], "");
    let verbs = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let verbs = verbs.take_while(|line| !line.is_empty()).filter(|line| !line.starts_with("   "));
    let names: Vec<&str> = verbs.filter_map(|line| line.split_whitespace().next()).collect();
    assert!(names.len() > 20);
    for name in names.into_iter().filter(|name| *name != "help") {
        assert!(pages.join(format!("ngram-{name}.1")).exists(), "{name}");
    }
}
