//! `ngram eval` mixed with other models and caches, skip models, and fitted discounts.

use assert_cmd::Command;
use serde_json::Value;
use std::fs;
use tempfile::{TempDir, tempdir};

/// Generates sentences about a few things, each for a while, so that recent words repeat.
fn text(seed: u64, lines: usize) -> String {
    let mut state = seed;
    let mut pick = |below: usize| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let things = ["cat", "dog", "fox", "owl", "hen", "bee", "ant", "cow", "pig", "elk"];
    let mut text = String::new();
    let mut thing = 0;
    for _ in 0..lines {
        if pick(8) == 0 {
            thing = pick(things.len());
        }
        let [article, verb] = [["the", "a"][pick(2)], ["sees", "hears", "likes"][pick(3)]];
        text.push_str(&format!("{article} {} {verb} him\n", things[thing]));
    }
    text
}

fn ngram(folder: &TempDir, command: &str) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_ngram"));
    program.current_dir(folder).args(command.split_whitespace());
    program
}

fn output(folder: &TempDir, command: &str) -> String {
    let assert = ngram(folder, command).assert().success();
    String::from_utf8(assert.get_output().stdout.clone()).unwrap()
}

fn error(folder: &TempDir, command: &str) -> String {
    let assert = ngram(folder, command).assert().failure();
    String::from_utf8(assert.get_output().stderr.clone()).unwrap()
}

fn folder() -> TempDir {
    let folder = tempdir().unwrap();
    for (name, seed, lines) in [("train", 1, 300), ("dev", 2, 100), ("held", 3, 100)] {
        fs::write(folder.path().join(name).with_extension("txt"), text(seed, lines)).unwrap();
    }
    output(&folder, "train train.txt -n 3 --tokenizer whitespace -o words.ngram");
    folder
}

#[test]
fn a_mixture_is_better_than_its_parts_and_says_what_they_did() {
    let folder = folder();
    output(&folder, "classes train.txt -k 6 --tokenizer whitespace -o classes.txt");
    let train = "train train.txt -n 3 --tokenizer whitespace";
    output(&folder, &format!("{train} --classes classes.txt -o classes.ngram"));
    output(&folder, &format!("{train} --skip 1 -o skip.ngram"));
    let json = |options: &str| -> Value {
        let command = format!("eval held.txt -m words.ngram -q --json {options}");
        serde_json::from_str(&output(&folder, &command)).unwrap()
    };
    let plain = json("")["bits_per_token"].as_f64().unwrap();
    let mixed =
        json("--with classes.ngram --with skip.ngram --cache 20 --cache inf:3 --dev dev.txt");
    let parts = mixed["parts"].as_array().unwrap();
    let names: Vec<&str> = parts.iter().map(|part| part["name"].as_str().unwrap()).collect();
    let expected = ["words.ngram", "classes.ngram", "skip.ngram", "cache 20:1", "cache inf:3"];
    assert_eq!(names, expected);
    let sum: f64 = parts.iter().map(|part| part["weight"].as_f64().unwrap()).sum();
    assert!((sum - 1.0).abs() < 1e-9);
    assert!((parts[0]["bits_per_token"].as_f64().unwrap() - plain).abs() < 1e-6);
    assert!(mixed["bits_per_token"].as_f64().unwrap() < plain - 0.1, "{mixed}");
    // A model with the whole weight is the model alone.
    let alone = json("--with skip.ngram --weights 1,0")["bits_per_token"].as_f64().unwrap();
    assert!((alone - plain).abs() < 1e-6);
    let text = output(&folder, "eval held.txt -m words.ngram --cache 20 --dev dev.txt -q");
    assert!(text.contains("a mixture of") && text.contains("cache 20:1"), "{text}");
}

#[test]
fn a_mixture_without_weights_or_with_wrong_ones_is_an_error() {
    let folder = folder();
    output(&folder, "train train.txt -n 2 --tokenizer chars -o chars.ngram");
    let error = |options: &str| error(&folder, &format!("eval held.txt -m words.ngram {options}"));
    assert!(error("--cache 20").contains("--dev, or --weights"));
    assert!(error("--dev dev.txt").contains("name what to mix"));
    assert!(error("--cache 20 --weights 0.5,0.6").contains("sum to 1.1"));
    assert!(error("--cache 20 --weights 1").contains("1 weights for 2 parts"));
    assert!(error("--cache 0 --weights 0.5,0.5").contains("at least 1 token"));
    assert!(error("--cache 20:0 --weights 0.5,0.5").contains("from 1 to 9"));
    assert!(error("--with chars.ngram --dev dev.txt").contains("same tokenizer"));
    assert!(error("--with none.ngram --dev dev.txt").contains("none.ngram"));
    fs::write(folder.path().join("empty.txt"), "").unwrap();
    assert!(error("--cache 20 --dev empty.txt").contains("nothing to fit weights to"));
}

#[test]
fn what_needs_words_in_a_row_refuses_a_skip_model() {
    let folder = folder();
    output(&folder, "train train.txt --skip 2 -n 2 -o skip.ngram");
    assert!(error(&folder, "export skip.ngram skip.arpa").contains("skip model"));
    assert!(error(&folder, "convert skip.ngram -o other.ngram").contains("skip model"));
    assert!(output(&folder, "info skip.ngram").contains("skips        2 words"));
    output(&folder, "check skip.ngram");
    assert!(error(&folder, "train train.txt --skip 10 -o x.ngram").contains("0 to 9"));
}

#[test]
fn discounts_are_fitted_and_the_summary_says_so() {
    let folder = folder();
    let train = "train train.txt -n 3 --tokenizer whitespace -o fitted.ngram";
    let held_out = output(&folder, &format!("{train} --dev dev.txt"));
    assert!(held_out.contains("to which the discounts are fitted: perplexity"), "{held_out}");
    assert!(output(&folder, "info fitted.ngram").contains("discounts fitted to held-out text"));
    let left_out = output(&folder, &format!("{train} --discounts leave-one-out"));
    assert!(left_out.contains("left out, one at a time: 1,500 tokens"), "{left_out}");
    let more = output(&folder, &format!("{train} --dev dev.txt --discount-classes 5"));
    assert!(more.contains("D5+"), "{more}");
    let error = |options: &str| error(&folder, &format!("{train} {options}"));
    assert!(error("--discounts held-out").contains("name one with --dev"));
    assert!(error("--discounts formula --dev dev.txt").contains("leave out"));
    assert!(error("--discounts leave-one-out --dev dev.txt").contains("leave out"));
    assert!(error("--discounts leave-one-out --smoothing witten-bell").contains("witten-bell"));
    assert!(error("--discounts leave-one-out --backoff").contains("interpolated"));
    assert!(error("--dev train.txt").contains("both a training text and --dev"));
}
