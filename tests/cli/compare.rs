//! `ngram compare` and the intervals of `ngram eval`.

use assert_cmd::Command;
use ngram_input::Text;
use ngram_tokenizer::{TokenizerKind, TokenizerSpec};
use ngram_train::{TrainOptions, smoothing, train};
use serde_json::Value;
use std::fs;
use std::path::Path;
use tempfile::{TempDir, tempdir};

/// Generates sentences of a small grammar, in which a longer history helps, from a seed.
fn sentences(seed: u64, count: usize) -> String {
    let mut state = seed;
    let mut pick = |words: &[&'static str]| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        words[(state >> 33) as usize % words.len()]
    };
    let mut text = String::new();
    for _ in 0..count {
        let (who, verb) =
            [("he", "sees"), ("they", "see")][pick(&["0", "1"]).parse::<usize>().unwrap()];
        let adverb = pick(&["never", "often", "now"]);
        text.push_str(&format!(
            "{who} {adverb} {verb} {} {}\n",
            pick(&["a", "the"]),
            pick(&["cat", "dog", "red fox"])
        ));
    }
    text
}

fn options(order: usize) -> TrainOptions {
    TrainOptions {
        order,
        tokenizer: TokenizerSpec::new(TokenizerKind::Whitespace),
        ..TrainOptions::default()
    }
}

fn model(folder: &TempDir, name: &str, text: &str, options: &TrainOptions) {
    train(&[Text::bytes("text", text.into())], options, &folder.path().join(name), &()).unwrap();
}

/// Returns a folder with a bigram and a trigram model of one text, and a text to compare them on.
fn folder() -> TempDir {
    let folder = tempdir().unwrap();
    let text = sentences(1, 400);
    model(&folder, "two.ngram", &text, &options(2));
    model(&folder, "three.ngram", &text, &options(3));
    fs::write(folder.path().join("held.txt"), sentences(2, 120)).unwrap();
    folder
}

fn ngram(folder: &Path, command: &str) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_ngram"));
    program.current_dir(folder).args(command.split_whitespace());
    program
}

fn stdout(folder: &TempDir, command: &str) -> String {
    let output = ngram(folder.path(), command).assert().success().get_output().clone();
    String::from_utf8(output.stdout).unwrap()
}

fn stderr(folder: &TempDir, command: &str) -> String {
    String::from_utf8(ngram(folder.path(), command).output().unwrap().stderr).unwrap()
}

fn error(folder: &TempDir, command: &str) -> String {
    let output = ngram(folder.path(), command).assert().failure().get_output().clone();
    assert!(output.stdout.is_empty());
    String::from_utf8(output.stderr).unwrap()
}

/// Returns the report without the time it took.
fn json(folder: &TempDir, command: &str) -> Value {
    let mut json: Value = serde_json::from_str(&stdout(folder, command)).unwrap();
    for model in json["models"].as_array_mut().into_iter().flatten() {
        model["seconds"] = Value::Null;
        model["tokens_per_second"] = Value::Null;
    }
    json
}

#[test]
fn the_better_model_is_found_and_where_it_is_better() {
    let folder = folder();
    let found = json(&folder, "compare two.ngram three.ngram held.txt --json");
    let pair = &found["pairs"][0];
    let bits = &pair["bits_per_token"];
    let of = |name: &str| bits[name].as_f64().unwrap();
    let eval = |model: &str| {
        json(&folder, &format!("eval held.txt -m {model} --json"))["bits_per_token"]
            .as_f64()
            .unwrap()
    };
    assert!(
        (of("first") - eval("two.ngram")).abs() < 1e-12
            && (of("other") - eval("three.ngram")).abs() < 1e-12
    );
    assert!((of("difference") - (of("other") - of("first"))).abs() < 1e-12);
    let (low, high) =
        (bits["interval"]["low"].as_f64().unwrap(), bits["interval"]["high"].as_f64().unwrap());
    assert!(low < of("difference") && of("difference") < high && high < 0.0, "{bits}");
    assert!(of("p_value") < 0.001);
    let ratio = &pair["perplexity_including_oovs"];
    assert!((ratio["ratio"].as_f64().unwrap() - of("difference").exp2()).abs() < 1e-12);
    assert!(pair["bits_per_character"]["difference"].as_f64().unwrap() < 0.0);
    // The parts add up to the whole.
    for table in ["by_matched_order", "by_word"] {
        let parts = pair[table]
            .as_array()
            .unwrap()
            .iter()
            .map(|share| share["of_difference"].as_f64().unwrap());
        assert!((parts.sum::<f64>() - of("difference")).abs() < 1e-9, "{table}");
    }
    let line = &pair["lines"][0];
    let held = fs::read_to_string(folder.path().join("held.txt")).unwrap();
    assert_eq!(
        held.lines().nth(line["line"].as_u64().unwrap() as usize - 1),
        line["text"].as_str()
    );
    let text = stdout(&folder, "compare two.ngram three.ngram held.txt");
    assert!(text.contains("three.ngram is better than two.ngram by"), "{text}");
    assert!(text.contains("more than chance"), "{text}");
    assert!(text.contains("9,999 samples of 120 sentences; seed 1."), "{text}");
}

#[test]
fn the_same_seed_gives_the_same_figures_for_any_number_of_threads() {
    let folder = folder();
    let of = |options: &str| {
        json(&folder, &format!("compare two.ngram three.ngram held.txt --json {options}"))
    };
    let one = of("-j 1");
    assert_eq!(one, of("-j 7"));
    assert_ne!(one["pairs"], of("--seed 2")["pairs"]);
    let runs = of("--by 10");
    assert_eq!(
        (runs["by"].as_str(), runs["pairs"][0]["units"].as_u64()),
        (Some("run of 10 lines"), Some(12))
    );
}

#[test]
fn a_model_beside_itself_is_identical() {
    let folder = folder();
    let text = stdout(&folder, "compare two.ngram two.ngram held.txt");
    assert!(text.contains("The two are identical on this text"), "{text}");
    assert!(
        stderr(&folder, "compare two.ngram two.ngram held.txt")
            .contains("two.ngram is named twice")
    );
}

#[test]
fn perplexities_over_other_words_or_tokens_are_not_compared() {
    let folder = folder();
    let text = sentences(1, 400);
    model(&folder, "cats.ngram", &text.replace("dog", "cow"), &options(3));
    let chars = TrainOptions { tokenizer: TokenizerSpec::new(TokenizerKind::Chars), ..options(4) };
    model(&folder, "chars.ngram", &text, &chars);
    model(
        &folder,
        "closed.ngram",
        &text.replace("fox", "hen"),
        &TrainOptions { open: false, ..options(3) },
    );

    let found = json(&folder, "compare three.ngram cats.ngram chars.ngram held.txt --json");
    for pair in found["pairs"].as_array().unwrap() {
        assert!(pair["bits_per_token"].is_null() && pair["perplexity_including_oovs"].is_null());
        assert!(pair["bits_per_character"]["p_value"].is_f64(), "{pair}");
    }
    assert_eq!(found["pairs"][0]["words"]["first_examples"][0], "dog");
    let text = stdout(&folder, "compare three.ngram cats.ngram chars.ngram held.txt");
    for said in [
        "1 are known to three.ngram alone, such as dog; 1 are known to cats.ngram alone, such as cow",
        "chars.ngram cuts text into other tokens (chars) than three.ngram (whitespace)",
    ] {
        assert!(text.contains(said), "{said} in {text}");
    }
    let complaint = error(&folder, "compare three.ngram closed.ngram held.txt");
    assert!(
        complaint.contains("nothing can be compared") && complaint.contains("the spelling of"),
        "{complaint}"
    );
}

#[test]
fn documents_and_paragraphs_are_units() {
    let folder = folder();
    for number in 0..12 {
        fs::write(
            folder.path().join(format!("d{number}.txt")),
            sentences(10 + number, 8) + "\n" + &sentences(30 + number, 8),
        )
        .unwrap();
    }
    let of = |options: &str| {
        json(&folder, &format!("compare two.ngram three.ngram d*.txt --json --by {options}"))
    };
    assert_eq!(of("document")["pairs"][0]["units"], 12);
    assert_eq!(of("paragraph")["pairs"][0]["units"], 24);
    let complaint = error(&folder, "compare two.ngram three.ngram held.txt --by document");
    assert!(complaint.contains("there is one"), "{complaint}");
    let eval = json(&folder, "eval d*.txt -m two.ngram --json");
    assert_eq!(
        (eval["intervals"]["unit"].as_str(), eval["intervals"]["units"].as_u64()),
        (Some("text"), Some(12))
    );
    assert_eq!(eval["files"][0]["intervals"]["unit"], "sentence");
}

#[test]
fn one_sentence_has_no_interval_and_no_text_is_an_error() {
    let folder = folder();
    fs::write(folder.path().join("one.txt"), "he often sees a cat\n").unwrap();
    fs::write(folder.path().join("empty.txt"), "").unwrap();
    fs::write(folder.path().join("blank.txt"), "\n\n").unwrap();
    let found = json(&folder, "compare two.ngram three.ngram one.txt --json");
    let bits = &found["pairs"][0]["bits_per_token"];
    assert!(
        bits["difference"].is_f64() && bits["interval"].is_null() && bits["p_value"].is_null(),
        "{bits}"
    );
    let text = stdout(&folder, "compare two.ngram three.ngram one.txt");
    assert!(text.contains("Of one sentence, nothing can be said"), "{text}");
    for name in ["empty.txt", "blank.txt"] {
        let complaint = error(&folder, &format!("compare two.ngram three.ngram {name}"));
        assert!(complaint.contains(&format!("there is no word in {name}")), "{complaint}");
    }
    let eval = json(&folder, "eval one.txt -m two.ngram --json");
    assert!(eval["intervals"].is_null());
}

#[test]
fn a_text_that_was_trained_on_is_told() {
    let folder = folder();
    fs::write(folder.path().join("training.txt"), sentences(1, 400)).unwrap();
    let warnings = stderr(&folder, "compare two.ngram three.ngram training.txt");
    assert!(
        warnings.contains("as many lines, tokens and bytes as the training text"),
        "{warnings}"
    );
}

#[test]
fn bad_input_is_named() {
    let folder = folder();
    for (command, said) in [
        ("compare two.ngram missing.ngram held.txt", "no file missing.ngram"),
        ("compare two.ngram held.txt", "name two models and a text: 1 of these files was made by"),
        ("compare two.ngram three.ngram", "name a text"),
        ("compare two.ngram three.ngram held.txt --by 0", "give sentence, paragraph, document"),
        ("compare two.ngram three.ngram held.txt --samples 10", "from 39 to"),
    ] {
        let output = ngram(folder.path(), command).output().unwrap();
        let complaint = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && complaint.contains(said), "{command}: {complaint}");
    }
}

/// With relative frequencies, unseen words have probability 0.
#[test]
fn lines_of_probability_0_are_left_out_and_counted() {
    let folder = folder();
    let frequencies =
        TrainOptions { smoothing: smoothing::by_name("maximum-likelihood").unwrap(), ..options(2) };
    model(&folder, "zero.ngram", &sentences(1, 400), &frequencies);
    let held = sentences(2, 60) + "cat he\n";
    fs::write(folder.path().join("held.txt"), held).unwrap();
    let found = json(&folder, "compare two.ngram zero.ngram held.txt --json");
    let pair = &found["pairs"][0];
    assert_eq!(
        (pair["infinite_lines"].as_u64(), pair["units"].as_u64()),
        (Some(1), Some(60)),
        "{pair}"
    );
    assert!(pair["bits_per_token"]["difference"].is_f64());
}

#[test]
fn an_experiment_finds_what_papers_found() {
    let folder = folder();
    fs::write(folder.path().join("corpus.txt"), sentences(5, 800)).unwrap();
    let command = "experiment smoothing corpus.txt --sizes 100,all --orders 2 --methods jelinek-mercer-baseline,witten-bell,modified-kneser-ney";
    let found = json(&folder, &format!("{command} --json --html page.html"));
    let cells = found["cells"].as_array().unwrap();
    assert_eq!((cells.len(), found["test_sentences"].as_u64()), (6, Some(40)));
    assert_eq!(cells[5]["sentences"], 720);
    for group in cells.chunks(3) {
        assert!(group[0]["difference"].is_null());
        for cell in &group[1..] {
            let of = |cell: &Value| cell["bits_per_token"].as_f64().unwrap();
            assert!(
                (cell["difference"].as_f64().unwrap() - (of(cell) - of(&group[0]))).abs() < 1e-9
            );
            assert!(cell["interval"]["low"].as_f64() < cell["difference"].as_f64());
        }
    }
    let page = fs::read_to_string(folder.path().join("page.html")).unwrap();
    assert!(page.contains("modified Kneser–Ney") && page.contains("<svg"), "{page}");
    let table = stdout(&folder, command);
    assert!(table.contains("n = 2, sentences trained on") && table.contains(" ±0."), "{table}");
    let orders = json(
        &folder,
        "experiment order corpus.txt --sizes 300 --orders 1,3 --method witten-bell --json",
    );
    assert!(orders["cells"][1]["difference"].as_f64().unwrap() < -0.5, "{orders}");
}

#[test]
fn an_experiment_says_what_is_wrong() {
    let folder = folder();
    fs::write(folder.path().join("few.txt"), sentences(5, 10)).unwrap();
    fs::write(folder.path().join("corpus.txt"), sentences(5, 400)).unwrap();
    for (command, said) in [
        ("experiment smoothing few.txt", "10 lines are too few"),
        ("experiment smoothing corpus.txt --sizes 1k", "there are 360 lines to train on"),
        ("experiment smoothing corpus.txt --methods none", "no smoothing is called"),
        ("experiment smoothing corpus.txt --sizes many", "give a number of lines"),
    ] {
        let output = ngram(folder.path(), command).output().unwrap();
        let complaint = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && complaint.contains(said), "{command}: {complaint}");
    }
    fs::write(
        folder.path().join("test.txt"),
        fs::read_to_string(folder.path().join("corpus.txt")).unwrap(),
    )
    .unwrap();
    let command = "experiment smoothing corpus.txt --held-out test.txt --sizes 100 --orders 1 --methods witten-bell";
    assert!(stderr(&folder, command).contains("stand in the training text"));
}
