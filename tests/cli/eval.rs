//! `ngram eval`, run as a user would, each test in its own directory.

use assert_cmd::Command;
use ngram_input::Text;
use ngram_tokenizer::{TokenizerKind, TokenizerSpec};
use ngram_train::{TrainOptions, train};
use serde_json::Value;
use std::io::Write;
use tempfile::TempDir;

const TRAINING: &str = "\
the cat sat on the mat\nthe dog sat on the cat\na cat and a dog sat\n\
the mat was red\nthe dog was on the red mat\na red cat sat on a mat\n";
const HELD_OUT: &str = "the red dog sat on the mat\n\na bird sat\n";

/// Returns a directory with a bigram model.ngram of [`TRAINING`], and [`HELD_OUT`] in held.txt.
fn directory() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let options = TrainOptions {
        order: 2,
        tokenizer: TokenizerSpec::new(TokenizerKind::Whitespace),
        ..TrainOptions::default()
    };
    let texts = [Text::bytes("training", TRAINING.into())];
    train(&texts, &options, &directory.path().join("model.ngram"), &()).unwrap();
    write(&directory, "held.txt", HELD_OUT);
    directory
}

fn write(directory: &TempDir, name: &str, text: impl AsRef<[u8]>) {
    std::fs::write(directory.path().join(name), text).unwrap();
}

fn eval(directory: &TempDir, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ngram"));
    command.current_dir(directory).arg("eval").args(arguments);
    command
}

/// Runs a command that must succeed; returns its output.
fn stdout(mut command: Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Runs a command that must fail; returns its complaint.
fn complaint(mut command: Command) -> String {
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    String::from_utf8(output.stderr).unwrap()
}

fn json(directory: &TempDir, arguments: &[&str]) -> Value {
    let mut report: Value =
        serde_json::from_str(&stdout(eval(directory, &[arguments, &["--json"]].concat()))).unwrap();
    report["seconds"] = Value::Null;
    report["tokens_per_second"] = Value::Null;
    report
}

#[test]
fn reads_model_ngram_and_prints_a_report() {
    let directory = directory();
    let report = stdout(eval(&directory, &["held.txt"]));
    assert!(report.starts_with("held.txt\n\ncross-entropy "), "{report}");
    assert!(report.contains("10^(−Σ log10 p / tokens), over 13 tokens"), "{report}");
    assert!(report.contains("over the 12 of them that are no OOV"), "{report}");
    assert!(report.contains("an upper bound on the entropy"), "{report}");
    assert!(report.contains("a character: which unknown word"), "{report}");
    assert!(report.contains("model                               order 2"), "{report}");
}

#[test]
fn json_has_what_was_counted() {
    let report = json(&directory(), &["held.txt"]);
    assert_eq!(report["sentences"], 3);
    assert_eq!(report["words"], 10);
    assert_eq!(report["tokens"], 13);
    assert_eq!(report["oovs"], 1);
    assert_eq!(report["bytes"], HELD_OUT.len());
    assert_eq!(report["tokenizer"], "whitespace");
    let bits = report["total_bits"].as_f64().unwrap();
    let log10 = report["log10_prob"].as_f64().unwrap();
    assert!((bits - -log10 / 2f64.log10()).abs() < 1e-9);
    let perplexity = report["perplexity_including_oovs"].as_f64().unwrap();
    assert!((perplexity - 2f64.powf(bits / 13.0)).abs() < 1e-9);
}

#[test]
fn the_same_text_gives_the_same_report_however_it_comes() {
    let directory = directory();
    let gzip = {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(HELD_OUT.as_bytes()).unwrap();
        encoder.finish().unwrap()
    };
    write(&directory, "held.gz", &gzip);
    write(&directory, "held.zst", zstd::encode_all(HELD_OUT.as_bytes(), 1).unwrap());
    let figures = |mut report: Value| {
        report["files"] = Value::Null;
        report
    };
    let plain = figures(json(&directory, &["held.txt"]));
    for name in ["held.gz", "held.zst", "held.[t]xt"] {
        assert_eq!(figures(json(&directory, &[name])), plain, "{name}");
    }
    for stdin in [HELD_OUT.as_bytes(), &gzip] {
        let mut command = eval(&directory, &["-", "--json"]);
        command.write_stdin(stdin);
        let mut report: Value = serde_json::from_str(&stdout(command)).unwrap();
        assert_eq!(report["files"][0]["file"], "-");
        report["seconds"] = Value::Null;
        report["tokens_per_second"] = Value::Null;
        assert_eq!(figures(report), plain);
    }
}

#[test]
fn threads_change_no_figure() {
    let directory = directory();
    write(&directory, "long.txt", HELD_OUT.repeat(20_000));
    let reports = ["1", "2", "7"].map(|n| json(&directory, &["long.txt", "--threads", n]));
    assert_eq!(reports[0], reports[1]);
    assert_eq!(reports[0], reports[2]);
    let tables = ["1", "7"].map(|n| {
        stdout(eval(&directory, &["held.txt", "long.txt", "--per-token", "--threads", n]))
    });
    assert_eq!(tables[0], tables[1]);
}

#[test]
fn several_texts_make_one_report_with_a_row_each() {
    let directory = directory();
    write(&directory, "b.txt", "the cat\n");
    let report = json(&directory, &["b.txt", "held.txt"]);
    assert_eq!(report["tokens"], 16);
    assert_eq!(report["files"][0]["tokens"], 3);
    assert_eq!(report["files"][1]["tokens"], 13);
    let text = stdout(eval(&directory, &["?.txt", "held.txt"]));
    assert!(text.starts_with("2 texts together\n"), "{text}");
    assert_eq!(text.lines().filter(|line| line.ends_with(".txt")).count(), 2, "{text}");
}

#[test]
fn per_token_is_a_table_with_the_report_beside_it() {
    let directory = directory();
    let mut command = eval(&directory, &["held.txt", "--per-token"]);
    let output = command.output().unwrap();
    let table = String::from_utf8(output.stdout).unwrap();
    let report = String::from_utf8(output.stderr).unwrap();
    assert!(report.contains("perplexity including OOVs"), "{report}");
    let rows: Vec<Vec<&str>> = table.lines().map(|row| row.split('\t').collect()).collect();
    assert_eq!(rows.len(), 1 + 13 + 3);
    let header = ["kind", "file", "line", "position", "word", "matched", "log10_prob", "bits"];
    assert_eq!(rows[0], header);
    assert_eq!(rows[1][..6], ["word", "held.txt", "1", "1", "the", "2"]);
    assert!(rows.iter().any(|row| row[..6] == ["oov", "held.txt", "3", "2", "bird", "1"]));
    assert!(rows.iter().all(|row| row.len() == header.len()));
}

#[test]
fn per_token_as_json_lines_ends_with_the_report() {
    let directory = directory();
    let lines = stdout(eval(&directory, &["held.txt", "--per-token", "--json"]));
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 13 + 3 + 1);
    assert_eq!(lines[0]["word"], "the");
    assert_eq!(lines[16]["kind"], "report");
    let sum: f64 = lines[..16]
        .iter()
        .filter(|line| line["kind"] == "sentence")
        .map(|line| line["log10_prob"].as_f64().unwrap())
        .sum();
    assert!((sum - lines[16]["log10_prob"].as_f64().unwrap()).abs() < 1e-9);
}

#[test]
fn kenlm_lines_agree_with_the_report() {
    let directory = directory();
    let report = json(&directory, &["held.txt"]);
    let summary = stdout(eval(&directory, &["held.txt", "--format", "kenlm"]));
    let lines: Vec<&str> = summary.lines().collect();
    let value = |line: &str, label: &str| -> f64 {
        line.strip_prefix(label).unwrap().strip_prefix('\t').unwrap().parse().unwrap()
    };
    let near = |name: &str, found: f64| {
        let expected = report[name].as_f64().unwrap();
        assert!((found / expected - 1.0).abs() < 1e-6, "{name}: {found}, not {expected}");
    };
    near("perplexity_including_oovs", value(lines[0], "Perplexity including OOVs:"));
    near("perplexity_excluding_oovs", value(lines[1], "Perplexity excluding OOVs:"));
    assert_eq!(lines[2..], ["OOVs:\t1", "Tokens:\t13"]);
    let words = stdout(eval(&directory, &["held.txt", "--format", "kenlm", "--per-token"]));
    assert!(words.ends_with(&summary), "{words}");
    assert!(words.starts_with("the="), "{words}");
    let oovs: Vec<&str> = words.lines().filter_map(|line| line.split(" OOV: ").nth(1)).collect();
    assert_eq!(oovs, ["0", "0", "1"]);
}

#[test]
fn srilm_has_a_block_for_each_text_and_one_for_all() {
    let directory = directory();
    write(&directory, "b.txt", "the cat\n");
    let one = stdout(eval(&directory, &["held.txt", "--format", "srilm"]));
    assert!(
        one.starts_with("file held.txt: 2 sentences, 10 words, 1 OOVs\n0 zeroprobs, logprob= -"),
        "{one}"
    );
    assert_eq!(one.lines().count(), 2);
    let both = stdout(eval(&directory, &["held.txt", "b.txt", "--format", "srilm"]));
    assert!(both.starts_with(&one), "{both}");
    assert!(both.contains("file b.txt: 1 sentences, 2 words, 0 OOVs\n"), "{both}");
    assert!(both.contains("file held.txt b.txt: 3 sentences, 12 words, 1 OOVs\n"), "{both}");
    let words = stdout(eval(&directory, &["b.txt", "--format", "srilm", "--per-token"]));
    assert!(words.starts_with("the cat\n\tp( the | <s> ) \t= [2gram] 0."), "{words}");
    assert!(words.contains("\n\tp( cat | the ...) \t= [2gram] "), "{words}");
    assert!(words.contains("\n1 sentences, 2 words, 0 OOVs\n"), "{words}");
}

#[test]
fn an_empty_text_is_reported_as_such() {
    let directory = directory();
    write(&directory, "empty.txt", "");
    let report = stdout(eval(&directory, &["empty.txt"]));
    assert!(report.contains("the text has no tokens"), "{report}");
    assert!(!report.contains("NaN") && !report.contains("inf"), "{report}");
    assert_eq!(json(&directory, &["empty.txt"])["perplexity_including_oovs"], Value::Null);
}

#[test]
fn odd_bytes_are_reported() {
    let directory = directory();
    write(&directory, "odd.txt", b"\xef\xbb\xbfthe cat\r\n<s> the \xff cat </s>\r\n\0");
    let report = json(&directory, &["odd.txt"]);
    assert_eq!(report["sentences"], 3);
    assert_eq!(report["words"], 5);
    assert_eq!(report["byte_order_marks"], 1);
    assert_eq!(report["skipped_markers"], 2);
    assert_eq!(report["invalid_utf8_sequences"], 1);
    let place = serde_json::json!({"file": "odd.txt", "line": 2, "byte": 20});
    assert_eq!(report["first_invalid_utf8"], place);
}

#[test]
fn a_missing_model_is_an_error_that_says_how_to_train_one() {
    let directory = tempfile::tempdir().unwrap();
    write(&directory, "held.txt", HELD_OUT);
    let error = complaint(eval(&directory, &["held.txt"]));
    assert!(error.contains("no model model.ngram"), "{error}");
    assert!(error.contains("ngram train corpus.txt"), "{error}");
}

#[test]
fn a_text_is_no_model() {
    let directory = directory();
    let error = complaint(eval(&directory, &["held.txt", "-m", "held.txt"]));
    assert!(error.contains("held.txt is not a model"), "{error}");
}

#[test]
fn what_cannot_be_read_is_an_error_that_names_it() {
    let directory = directory();
    write(&directory, "cut.gz", b"\x1f\x8b\x08\0\0\0\0\0\0\x03\x2b\xc9");
    let cases = [
        ("none.txt", "no file none.txt"),
        ("*.none", "no file matches *.none"),
        (".", ". is a directory"),
        ("model.ngram", "model.ngram is a model"),
        ("cut.gz", "cannot read cut.gz after byte 0"),
    ];
    for (name, message) in cases {
        let error = complaint(eval(&directory, &["held.txt", name]));
        assert!(error.contains(message), "{name}: {error}");
    }
}

#[test]
fn json_and_a_format_exclude_each_other() {
    let directory = directory();
    let mut command = eval(&directory, &["held.txt", "--json", "--format", "kenlm"]);
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(2));
}

#[cfg(unix)]
#[test]
fn a_reader_that_goes_away_is_no_error() {
    let directory = directory();
    write(&directory, "long.txt", HELD_OUT.repeat(20_000));
    let binary = env!("CARGO_BIN_EXE_ngram");
    let script = format!("'{binary}' eval long.txt --per-token 2>err | head -1; cat err");
    let mut shell = Command::new("sh");
    shell.current_dir(&directory).args(["-c", &script]);
    let output = stdout(shell);
    assert_eq!(output, "kind\tfile\tline\tposition\tword\tmatched\tlog10_prob\tbits\n");
}
