//! The smoothing methods: SRILM's and KenLM's figures on Brown, another implementation of the
//! comparisons in the literature, and the effects of options.
//!
//! If npm cannot fetch Brown, figures measured on it are not checked.

use assert_cmd::Command;
use serde_json::Value;
use std::fs;
use std::sync::OnceLock;
use tempfile::{TempDir, tempdir};

pub fn ngram(folder: &TempDir, command: &str) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_ngram"));
    program.current_dir(folder).env("NGRAM_CORPORA", folder.path().join("corpora"));
    program.args(command.split_whitespace());
    program
}

pub fn run(folder: &TempDir, command: &str) -> String {
    let output = ngram(folder, command).assert().success().get_output().clone();
    String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap()
}

pub fn json(folder: &TempDir, command: &str) -> Value {
    let output = ngram(folder, command).assert().success().get_output().clone();
    serde_json::from_slice(&output.stdout).unwrap()
}

pub fn complain(folder: &TempDir, command: &str, needles: &[&str]) {
    let output = ngram(folder, command).assert().failure().get_output().clone();
    let error = String::from_utf8(output.stderr).unwrap();
    for needle in needles {
        assert!(error.contains(needle), "{command}: no {needle:?} in: {error}");
    }
}

/// Returns the Brown corpus, one sentence per line, fetched once for all tests.
pub fn brown() -> Option<&'static [&'static str]> {
    static BROWN: OnceLock<Option<Vec<&str>>> = OnceLock::new();
    let fetch = || {
        let folder = tempdir().unwrap();
        let fetched = ngram(&folder, "corpus fetch brown").output().unwrap();
        if !fetched.status.success() {
            let error = String::from_utf8(fetched.stderr).unwrap();
            assert!(error.contains("install Node.js") || error.contains("npm ping"), "{error}");
            return None;
        }
        let text = fs::read_to_string(folder.path().join("corpora/brown.txt")).unwrap();
        Some(text.leak().split_inclusive('\n').collect())
    };
    BROWN.get_or_init(fetch).as_deref()
}

/// Writes lines of the text to a file.
pub fn write(folder: &TempDir, name: &str, lines: &[&str]) {
    fs::write(folder.path().join(name), lines.concat()).unwrap();
}

/// Trigrams of the text as it is, without anything else that takes time.
const TRAIN: &str = "--tokenizer whitespace -n 3 --closed -q";

/// SRILM 1.7.3 and KenLM's `lmplz` on the first nine tenths, order 3: perplexities of the last
/// tenth, with OOVs scored as `<unk>`, and the numbers of n-grams of order 3.
#[test]
fn perplexities_are_those_of_other_toolkits() {
    let Some(brown) = brown() else { return };
    let folder = tempdir().unwrap();
    let (train, held_out) = brown.split_at(51_606);
    write(&folder, "train.txt", train);
    write(&folder, "held-out.txt", held_out);
    let srilm = [
        ("good-turing --min-counts 1,1,2", 292.6049, 83_975),
        ("good-turing", 305.4036, 815_184),
        ("witten-bell --backoff", 250.5536, 815_184),
        ("witten-bell", 267.2723, 815_184),
        ("absolute --discount 0.5 --backoff", 257.3629, 815_184),
        ("absolute --discount 0.5", 289.3711, 815_184),
        ("absolute --discount 0.75", 238.3855, 815_184),
        ("natural", 278.9466, 815_184),
        ("additive-backoff --delta 0.1", 1279.065, 815_184),
        ("additive-backoff --delta 1", 3861.401, 815_184),
        ("kneser-ney --backoff", 216.8755, 815_184),
        ("kneser-ney", 205.6179, 815_184),
        ("modified-kneser-ney --backoff", 220.3816, 815_184),
        ("modified-kneser-ney --backoff --min-counts 1,1,2", 211.6058, 83_975),
        ("modified-kneser-ney --min-counts 1,1,2", 203.3897, 83_975),
        ("modified-kneser-ney", 202.0064, 815_184),
    ];
    let srilm = srilm.map(|(options, perplexity, trigrams)| {
        (format!("{options} --convention srilm"), perplexity, trigrams)
    });
    let kenlm = "modified-kneser-ney --interpolate-unigrams false".to_owned();
    run(&folder, "count train.txt --tokenizer whitespace -n 3 -q -o train.counts");
    for (options, perplexity, trigrams) in
        srilm.into_iter().chain([(kenlm, 201.98608383104943, 815_184)])
    {
        run(&folder, &format!("train --counts train.counts --closed -q --smoothing {options}"));
        let info = json(&folder, "info model.ngram --json");
        assert_eq!(info["model"]["orders"][2]["ngrams"], trigrams, "{options}");
        let report = json(&folder, "eval held-out.txt --json -q");
        let found = report["perplexity_including_oovs"].as_f64().unwrap();
        assert!((found / perplexity - 1.0).abs() < 1e-6, "{options}: {found}, not {perplexity}");
    }
}

/// Chen and Goodman's comparison on small training texts, by an independent program: bits per token of
/// the baseline, and the differences of the others. The rows of `ngram landmarks R5` continue this.
#[test]
fn smoothing_methods_differ_as_another_implementation_found() {
    const METHODS: [&str; 6] = [
        "jelinek-mercer --dev dev.txt",
        "witten-bell",
        "absolute",
        "katz",
        "kneser-ney",
        "modified-kneser-ney",
    ];
    const SIZES: [(usize, f64, [f64; 6]); 2] = [
        (1000, 9.5412, [-0.1628, 0.2424, -0.0724, 0.2468, -0.2590, -0.3135]),
        (3000, 9.2049, [-0.1770, 0.2302, -0.0419, -0.0164, -0.2433, -0.3040]),
    ];
    let Some(brown) = brown() else { return };
    let folder = tempdir().unwrap();
    let (before, rest) = brown.split_at(brown.len() - 5000);
    let (dev, test) = rest.split_at(2500);
    write(&folder, "dev.txt", dev);
    write(&folder, "test.txt", test);
    let mut words: Vec<&str> = brown.iter().flat_map(|line| line.split_whitespace()).collect();
    words.sort_unstable();
    words.dedup();
    fs::write(folder.path().join("words"), words.join("\n")).unwrap();
    for (size, baseline, differences) in SIZES {
        write(&folder, "train.txt", &before[before.len() - size..]);
        let bits = |method: &str| {
            run(&folder, &format!("train train.txt {TRAIN} --vocab words --smoothing {method}"));
            let report = json(&folder, "eval test.txt --json -q");
            report["bits_per_token"].as_f64().unwrap()
        };
        let base = bits("jelinek-mercer-baseline --dev dev.txt");
        assert!((base - baseline).abs() < 1e-3, "{base}");
        for (method, expected) in METHODS.into_iter().zip(differences) {
            let found = bits(method) - base;
            assert!((found - expected).abs() < 1e-3, "{method}, {size}: {found}, not {expected}");
        }
    }
}

/// The n-gram rows of Bengio et al. (2003), Table 1.
#[test]
fn the_rows_of_bengio_et_al() {
    let folder = tempdir().unwrap();
    let rows = json(&folder, "landmarks R1a R1b --json -q");
    let mut measured = 0;
    for row in rows.as_array().unwrap() {
        let (Some(ours), Some(expected)) =
            (row["ours"].as_f64(), row["expected"]["value"].as_f64())
        else {
            continue;
        };
        measured += 1;
        let tolerance = row["expected"]["tolerance"].as_f64().unwrap();
        assert!((ours - expected).abs() <= tolerance, "{row}");
        if row["published"].is_number() {
            assert_eq!(row["status"], "nearest", "{row}");
        }
    }
    assert!(brown().is_none() || measured >= 34, "{measured}");
}

const TEXT: &str = "the cat sat on the mat\nthe dog sat on the cat\na cat and a dog sat\n\
the mat was red\nthe dog was on the red mat\na red cat sat on a mat\n";

pub fn with_text() -> TempDir {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("text.txt"), TEXT).unwrap();
    fs::write(folder.path().join("dev.txt"), "a dog sat on a cat\nthe red dog\n").unwrap();
    fs::write(folder.path().join("empty.txt"), "\n").unwrap();
    folder
}

#[test]
fn the_model_says_how_it_was_smoothed() {
    let folder = with_text();
    let text = |options: &str| {
        run(&folder, &format!("train text.txt -n 3 -q {options}"));
        run(&folder, "info model.ngram")
    };
    let info = text("--backoff --min-counts 1,1,2 --interpolate-unigrams true");
    let smoothing =
        "smoothing    modified-kneser-ney, back-off, unigrams interpolated, minimum counts 1 1 2\n";
    assert!(info.contains(smoothing), "{info}");
    assert!(text("--convention srilm").contains("modified-kneser-ney, SRILM's convention\n"));
    assert!(text("--smoothing additive --delta 0.5").contains("delta 0.5000"));
    assert!(text("--smoothing absolute --discount 0.75").contains("D 0.7500"));
    let weights = text("--smoothing jelinek-mercer --dev dev.txt");
    assert!(weights.contains("lambda 0."), "{weights}");
    let summary = run(&folder, "train text.txt --smoothing jelinek-mercer --dev dev.txt");
    assert!(summary.contains("held out: 11 tokens"), "{summary}");
}

#[test]
fn what_backs_off_or_drops_goes_through_arpa_and_every_layout() {
    let folder = with_text();
    let total = |command: &str| {
        json(&folder, &format!("eval dev.txt --json -q {command}"))["total_bits"].as_f64().unwrap()
    };
    for options in ["--backoff", "--backoff --min-counts 1,2", "--min-counts 1,1,2,2"] {
        run(&folder, &format!("train text.txt -n 4 -q {options}"));
        assert!(run(&folder, "check model.ngram").contains("sound"), "{options}");
        let expected = total("-m model.ngram");
        run(&folder, "export model.ngram model.arpa");
        run(&folder, "import model.arpa -o again.ngram --tokenizer words");
        assert_eq!(total("-m again.ngram"), expected, "{options}");
        for layout in ["compact", "suffix"] {
            run(&folder, &format!("train text.txt -n 4 -q {options} --layout {layout} -o other"));
            assert_eq!(total("-m other"), expected, "{options}, {layout}");
        }
    }
}

#[test]
fn options_that_make_no_sense_are_refused() {
    let folder = with_text();
    let refused: [(&str, &[&str]); 12] = [
        ("--convention srilm --interpolate-unigrams true", &["cannot be used with"]),
        (
            "--delta 2",
            &["--delta is for additive and additive-backoff and katz, not for modified-kneser-ney"],
        ),
        ("--smoothing additive --backoff", &["--backoff has no effect", "additive-backoff"]),
        (
            "--smoothing additive --interpolate-unigrams true",
            &["--interpolate-unigrams has no effect"],
        ),
        ("--smoothing additive --delta 0", &["above 0"]),
        ("--smoothing witten-bell --discount 0.5", &["--discount is for absolute and kneser-ney"]),
        ("--smoothing absolute --discount 1.5", &["1.5", "at most 1"]),
        ("--smoothing katz --good-turing-max 10", &["10", "from 1 to 9"]),
        ("-n 2 --min-counts 1,1,2", &["3 minimum counts for a model of order 2"]),
        ("--min-counts 1,0", &["0"]),
        (
            "--smoothing witten-bell --dev dev.txt",
            &["witten-bell takes its parameters from the training text"],
        ),
        ("--smoothing jelinek-mercer --dev empty.txt", &["held-out text", "no words in empty.txt"]),
    ];
    for (options, needles) in refused {
        complain(&folder, &format!("train text.txt {options}"), needles);
        assert!(!folder.path().join("model.ngram").exists(), "{options}");
    }
    let held_out = "train text.txt --smoothing jelinek-mercer -n 3 --dev";
    complain(&folder, &format!("{held_out} text.txt"), &["text.txt is both", "hold another"]);
    // The same text under another name is recognised by its content.
    fs::write(folder.path().join("copy.txt"), TEXT).unwrap();
    let warned = run(&folder, &format!("{held_out} copy.txt"));
    assert!(warned.contains("warning: 100 % of the held-out text's n-grams"), "{warned}");
    assert!(!run(&folder, &format!("{held_out} dev.txt")).contains("warning"));
}
