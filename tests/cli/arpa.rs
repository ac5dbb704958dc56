//! `ngram import`, `ngram export` and `ngram check`, run as a user would.

use assert_cmd::Command;
use ngram_formats::arpa::{ArpaFile, ReadOptions, read};
use ngram_input::Text;
use ngram_model::{LanguageModel, Model};
use ngram_tokenizer::{TokenizerKind, TokenizerSpec, WordId};
use ngram_train::smoothing::{METHODS, Smoothing};
use ngram_train::{TrainOptions, train};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Write;
use std::process::Output;
use tempfile::TempDir;

const TRAINING: &str = "\
the cat sat on the mat\nthe dog sat on the cat\na cat and a dog sat\n\
the mat was red\nthe dog was on the red mat\na red cat sat on a mat\n\
\nwas the dog red or was the cat\n";

/// Unsorted; `a b` is missing before `a b c`, `c a` has a back-off weight though nothing follows
/// it, p(b) is above 1, and there is a back-off weight above 1.
const ODD: &str = "made by hand\n\n\\data\\\nngram 1=6\nngram 2=3\nngram 3=2\n\n\\1-grams:\n\
    -0.7\tc\t0.25\n-99\t<s>\t-0.5\n0.125\tb\t-0.375\n-1.1 a\n-1.2\t</s>\n-2.5\t<unk>\n\n\
    \\2-grams:\n-0.3\tc a\t-0.625\n-0.4\tb c\t-0.0625\n-0.30103\t<s> c\t-0.1\n\n\
    \\3-grams:\n-0.2\ta b c\n-0.15\t<s> c a\t0\n\n\\end\\\n";

/// Sums to 1 after every history: p(a|<s>) = 0.8 leaves 0.2 for the other words, which have 0.5.
const SOUND: &str = "\\data\\\nngram 1=4\nngram 2=1\n\n\\1-grams:\n\
    -0.60206\t<unk>\t0\n-99\t<s>\t-0.39794\n-0.60206\t</s>\t0\n-0.30103\ta\t0\n\n\
    \\2-grams:\n-0.09691\t<s> a\n\n\\end\\\n";

fn write(directory: &TempDir, name: &str, text: impl AsRef<[u8]>) {
    std::fs::write(directory.path().join(name), text).unwrap();
}

fn read_bytes(directory: &TempDir, name: &str) -> Vec<u8> {
    std::fs::read(directory.path().join(name)).unwrap()
}

fn names(directory: &TempDir) -> Vec<String> {
    let entries = std::fs::read_dir(directory.path()).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn ngram(directory: &TempDir, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ngram"));
    command.current_dir(directory).args(arguments);
    command
}

fn succeed(directory: &TempDir, arguments: &[&str]) -> Output {
    let output = ngram(directory, arguments).output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {error}");
    output
}

/// Runs a command that must fail; returns both output streams.
fn fail(directory: &TempDir, arguments: &[&str]) -> String {
    let output = ngram(directory, arguments).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8(text).unwrap();
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {text}");
    text
}

fn trained(
    directory: &TempDir,
    order: usize,
    tokenizer: &TokenizerKind,
    method: &'static dyn Smoothing,
) {
    let options = TrainOptions {
        order,
        tokenizer: TokenizerSpec::new(tokenizer.clone()),
        smoothing: method,
        ..TrainOptions::default()
    };
    let texts = [Text::bytes("training", TRAINING.into())];
    train(&texts, &options, &directory.path().join("model.ngram"), &()).unwrap();
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn parse(text: &[u8]) -> ArpaFile {
    read(text, "x", &ReadOptions::default()).unwrap()
}

/// Returns every n-gram by its words, with both numbers.
fn numbers(file: &ArpaFile) -> BTreeMap<Vec<&str>, (f32, f32)> {
    let ngrams = file.orders.iter().flat_map(|ngrams| ngrams.iter());
    ngrams
        .map(|(words, log_prob, backoff)| {
            let words = words.iter().map(|&word| file.vocab.view().word(word)).collect();
            (words, (log_prob, backoff.unwrap_or(0.0)))
        })
        .collect()
}

#[test]
fn an_odd_file_keeps_every_number() {
    let directory = tempfile::tempdir().unwrap();
    write(&directory, "odd.arpa", ODD);
    let output = succeed(&directory, &["import", "odd.arpa"]);
    let summary = String::from_utf8(output.stdout).unwrap();
    assert!(summary.contains("6 1-grams\n              4 2-grams\n"), "{summary}");
    assert!(summary.contains("model.ngram: order 3, whitespace, "), "{summary}");
    let warnings = String::from_utf8(output.stderr).unwrap();
    assert!(
        warnings.contains("1 log-probabilities are above 0, the first in line 11"),
        "{warnings}"
    );
    assert!(
        warnings.contains(
            "1 n-grams are not listed though longer ones begin with them, the first \"a b\""
        ),
        "{warnings}"
    );

    succeed(&directory, &["export", "model.ngram", "out.arpa", "-q"]);
    let (before, after) = (parse(ODD.as_bytes()), read_bytes(&directory, "out.arpa"));
    let after = parse(&after);
    let mut expected = numbers(&before);
    assert_eq!(expected[&vec!["b"]], (0.0, -0.375));
    // p(b|a) = p(b): a has no back-off weight.
    expected.insert(vec!["a", "b"], (0.0, 0.0));
    assert_eq!(numbers(&after), expected);
}

#[test]
fn a_trained_model_survives_byte_for_byte() {
    let directory = tempfile::tempdir().unwrap();
    for (index, method) in METHODS.into_iter().enumerate() {
        for order in [1, 2, 3, 5] {
            let tokenizer = &TokenizerKind::ALL[(index + order) % 5];
            let name = tokenizer.name();
            trained(&directory, order, tokenizer, method);
            succeed(&directory, &["export", "model.ngram", "one.arpa"]);
            succeed(&directory, &["import", "one.arpa", "-o", "two.ngram", "--tokenizer", name]);
            succeed(&directory, &["export", "two.ngram", "two.arpa"]);
            let [one, two] = ["one.arpa", "two.arpa"].map(|name| read_bytes(&directory, name));
            assert!(one == two, "{} {order} {name}", method.name());
            // Either way, every history sums to 1.
            for file in ["model.ngram", "one.arpa"] {
                succeed(&directory, &["check", file]);
            }
        }
    }
}

#[test]
fn scores_survive_to_the_last_bit() {
    let directory = tempfile::tempdir().unwrap();
    trained(&directory, 4, &TokenizerKind::Words, METHODS[0]);
    succeed(&directory, &["export", "model.ngram", "m.arpa"]);
    succeed(&directory, &["import", "m.arpa", "-o", "again.ngram", "--tokenizer", "words"]);
    let [one, two] = ["model.ngram", "again.ngram"]
        .map(|name| Model::open(&directory.path().join(name)).unwrap());
    assert!(one.vocab().words().eq(two.vocab().words()));
    assert_eq!(one.tokenizer(), two.tokenizer());
    let words = one.vocab().len() as u32;
    let mut number = 1u32;
    let mut next = || {
        number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        WordId((number >> 8) % words)
    };
    let mut long_matches = 0;
    for _ in 0..100_000 {
        let (history, word) = ([next(), next(), next()], next());
        let score = one.score(&history, word);
        assert_eq!(score, two.score(&history, word));
        long_matches += usize::from(score.matched > 2);
    }
    assert!(long_matches > 0);
}

#[test]
fn compressed_files_and_pipes_hold_the_same() {
    let directory = tempfile::tempdir().unwrap();
    trained(&directory, 3, &TokenizerKind::Whitespace, METHODS[0]);
    for name in ["a.arpa", "a.arpa.gz", "a.arpa.zst", "a.arpa.bz2", "a.arpa.xz"] {
        let output = succeed(&directory, &["export", "model.ngram", name]);
        let summary = String::from_utf8(output.stdout).unwrap();
        assert!(summary.starts_with(&format!("{name}: ")), "{summary}");
    }
    let plain = read_bytes(&directory, "a.arpa");
    assert_eq!(succeed(&directory, &["export", "model.ngram", "-"]).stdout, plain);
    assert!(read_bytes(&directory, "a.arpa.gz").starts_with(b"\x1f\x8b"));
    let zstd = read_bytes(&directory, "a.arpa.zst");
    assert_eq!(zstd::decode_all(&zstd[..]).unwrap(), plain);
    assert!(read_bytes(&directory, "a.arpa.bz2").starts_with(b"BZh"));
    assert!(read_bytes(&directory, "a.arpa.xz").starts_with(b"\xfd7zXZ\0"));

    succeed(&directory, &["import", "a.arpa", "-o", "plain.ngram"]);
    let model = read_bytes(&directory, "plain.ngram");
    for name in ["a.arpa.gz", "a.arpa.zst", "a.arpa.bz2", "a.arpa.xz"] {
        succeed(&directory, &["import", name, "-o", "b.ngram"]);
        assert!(read_bytes(&directory, "b.ngram") == model, "{name}");
        succeed(&directory, &["check", name]);
    }
    for stdin in [plain.clone(), gzip(&plain)] {
        let mut command = ngram(&directory, &["import", "-", "-o", "c.ngram", "-q"]);
        let output = command.write_stdin(stdin.clone()).output().unwrap();
        assert!(output.status.success() && output.stdout.is_empty());
        assert!(read_bytes(&directory, "c.ngram") == model);
        let mut command = ngram(&directory, &["check", "-"]);
        assert!(command.write_stdin(stdin).output().unwrap().status.success());
    }
}

#[test]
fn options_of_import() {
    let directory = tempfile::tempdir().unwrap();
    write(&directory, "odd.arpa", ODD);
    let error = fail(&directory, &["import", "odd.arpa", "--strict"]);
    assert!(error.contains("odd.arpa, line 11, "), "{error}");
    assert!(!directory.path().join("model.ngram").exists());

    write(&directory, "named.arpa", SOUND.replace("<unk>", "_other_"));
    let arguments = ["import", "named.arpa", "--unknown", "_other_", "--tokenizer", "words"];
    succeed(&directory, &[&arguments[..], &["--lowercase"]].concat());
    let model = Model::open(&directory.path().join("model.ngram")).unwrap();
    assert_eq!(model.tokenizer(), &TokenizerSpec { kind: TokenizerKind::Words, lowercase: true });
    assert_eq!(model.score(&[], WordId::UNKNOWN).log_prob.0, -0.60206);
    let error = fail(&directory, &["import", "named.arpa", "--unknown", "other"]);
    assert!(error.contains("named as the unknown word"), "{error}");
}

/// An exported model of words records its tokenizer, and is imported with it; KenLM's readers skip
/// lines that begin with `#`.
#[test]
fn the_tokenizer_goes_with_the_arpa_file() {
    let directory = tempfile::tempdir().unwrap();
    write(&directory, "text.txt", TRAINING.replace('\n', ".\n"));
    let words = ["train", "text.txt", "--closed", "--lowercase", "-q", "--order", "2"];
    succeed(&directory, &words);
    succeed(&directory, &["export", "model.ngram", "words.arpa"]);
    let arpa = String::from_utf8(read_bytes(&directory, "words.arpa")).unwrap();
    let (comment, rest) = arpa.split_once('\n').unwrap();
    assert_eq!(comment, "# tokenizer: words, lowercased");
    assert!(rest.starts_with("\\data\\\nngram 1="), "{rest}");
    write(&directory, "silent.arpa", rest);
    write(&directory, "foreign.arpa", format!("# tokenizer: bpe\n{rest}"));

    let import = |arguments: &[&str]| {
        let output = succeed(&directory, &[&["import", "-o", "again.ngram"], arguments].concat());
        let model = Model::open(&directory.path().join("again.ngram")).unwrap();
        let text = [output.stderr, output.stdout].concat();
        (model.tokenizer().clone(), String::from_utf8(text).unwrap())
    };
    let words = TokenizerSpec { kind: TokenizerKind::Words, lowercase: true };
    let whitespace = TokenizerSpec::new(TokenizerKind::Whitespace);
    let assumed = "note: the file does not say how its text was cut into tokens, so white space";

    let (tokenizer, said) = import(&["words.arpa"]);
    assert_eq!(tokenizer, words);
    assert!(!said.contains("warning: ") && !said.contains("note: "), "{said}");
    let (tokenizer, said) = import(&["words.arpa", "--tokenizer", "whitespace"]);
    assert_eq!(tokenizer, whitespace);
    assert!(said.contains("cut into tokens by words, lowercased; whitespace is used"), "{said}");
    let (tokenizer, said) = import(&["silent.arpa", "--tokenizer", "words", "--lowercase"]);
    assert_eq!(tokenizer, words);
    assert!(!said.contains("note: "), "{said}");
    let (tokenizer, said) = import(&["foreign.arpa"]);
    assert_eq!(tokenizer, whitespace);
    assert!(said.contains("names a tokenizer that is not known, \"bpe\"; it was"), "{said}");
    assert!(said.contains(assumed), "{said}");
    let (tokenizer, said) = import(&["silent.arpa"]);
    assert_eq!(tokenizer, whitespace);
    assert!(said.contains(assumed), "{said}");

    // If the tokenizer is lost, evaluation says what it looks like.
    write(&directory, "held.txt", "the cat sat.\n".repeat(20));
    let eval = |model| succeed(&directory, &["eval", "held.txt", "-q", "-m", model]).stdout;
    let lost = String::from_utf8(eval("again.ngram")).unwrap();
    let note = "of the first 20 unknown words, 20 are known once punctuation is cut off";
    assert!(lost.contains(note), "{lost}");
    let right = String::from_utf8(eval("model.ngram")).unwrap();
    assert!(!right.contains("once punctuation is cut off"), "{right}");
}

#[test]
fn check_finds_each_planted_fault() {
    let directory = tempfile::tempdir().unwrap();
    write(&directory, "sound.arpa", SOUND);
    let report = String::from_utf8(succeed(&directory, &["check", "sound.arpa"]).stdout).unwrap();
    assert!(report.contains("sound: the file is whole"), "{report}");
    let trigrams = SOUND
        .replace("ngram 2=1\n", "ngram 2=1\nngram 3=1\n")
        .replace("<s> a\n", "<s> a\t0\n\n\\3-grams:\n-0.30103\ta a </s>\n");
    let cases = [
        ("\t<s> a", "-0.09691", "-0.19691", "1 of 4 histories of 1 words do not sum to 1, "),
        ("\ta\t", "-0.30103", "-0.40103", "do not sum to 1"),
        ("<s>", "-0.39794", "-0.29794", "after \"<s>\""),
        ("\ta\t", "-0.30103", "0.30103", "1 log-probabilities are above 0, the first in line 9"),
        ("</s>", "-0.60206", "0", "\"</s>\" has probability 1"),
        ("\t</s>", "</s>", "a", "\"a\" is listed in line 8 already"),
        ("ngram 1", "=4", "=5", "there are 4 1-grams, but the file announces 5"),
        ("\t<s> a", "<s> a", "<s> b", "\"b\" is not among the 1-grams"),
        ("\\end\\", "\\end\\", "", "cut short"),
    ];
    let planted = cases.map(|(line, from, to, message)| {
        let lines = SOUND.lines().map(|text| match text.contains(line) {
            true => text.replacen(from, to, 1),
            false => text.to_owned(),
        });
        let text: String = lines.map(|line| line + "\n").collect();
        assert_ne!(text, SOUND);
        (text, message)
    });
    let missing = (
        trigrams,
        "1 n-grams are not listed though longer ones begin with them, the first \"a a\"",
    );
    for (text, message) in planted.into_iter().chain([missing]) {
        write(&directory, "bad.arpa", &text);
        let said = fail(&directory, &["check", "bad.arpa"]);
        assert!(said.contains(message), "{message}: {said}\n{text}");
        assert!(said.contains("bad.arpa is not sound"), "{said}");
        let quiet = fail(&directory, &["check", "bad.arpa", "--quiet"]);
        assert!(quiet.contains(message), "{message}: {quiet}");
        let output = ngram(&directory, &["check", "bad.arpa", "--json"]).output().unwrap();
        let json: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!((&json["sound"], output.status.code()), (&Value::Bool(false), Some(1)));
    }
    assert_eq!(names(&directory), ["bad.arpa", "sound.arpa"]);
}

#[test]
fn a_wider_tolerance_and_no_sample() {
    let directory = tempfile::tempdir().unwrap();
    write(&directory, "bad.arpa", SOUND.replace("-0.09691", "-0.0969"));
    fail(&directory, &["check", "bad.arpa"]);
    succeed(&directory, &["check", "bad.arpa", "--tolerance", "1e-4"]);
    let arguments = ["check", "bad.arpa", "--tolerance", "0.1", "--sample", "0", "--json"];
    let json: Value = serde_json::from_slice(&succeed(&directory, &arguments).stdout).unwrap();
    assert_eq!((&json["sound"], &json["sampled_seen"]), (&Value::Bool(true), &Value::Null));
    assert_eq!(json["histories"][1]["checked"], 4);
    for tolerance in ["-1", "nan"] {
        let tolerance = format!("--tolerance={tolerance}");
        let output = ngram(&directory, &["check", "bad.arpa", &tolerance]).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8(output.stderr).unwrap().contains("give a number"));
    }
}

#[test]
fn a_damaged_model_is_found_and_not_exported() {
    let directory = tempfile::tempdir().unwrap();
    trained(&directory, 3, &TokenizerKind::Whitespace, METHODS[0]);
    let whole = read_bytes(&directory, "model.ngram");
    let mut changed = whole.clone();
    *changed.last_mut().unwrap() ^= 1;
    write(&directory, "changed.ngram", &changed);
    write(&directory, "cut.ngram", &whole[..whole.len() - 1]);
    for name in ["changed.ngram", "cut.ngram"] {
        assert!(fail(&directory, &["check", name]).contains(&format!("{name} is damaged")));
        assert!(fail(&directory, &["export", name, "x.arpa"]).contains("is damaged"));
    }
    assert_eq!(names(&directory), ["changed.ngram", "cut.ngram", "model.ngram"]);
}

#[test]
fn a_cut_file_is_named_with_its_line_and_leaves_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let lines: Vec<&str> = ODD.split_inclusive('\n').collect();
    write(&directory, "cut.arpa", lines[..18].concat());
    write(&directory, "cut.arpa.gz", &gzip(ODD.as_bytes())[..80]);
    let error = fail(&directory, &["import", "cut.arpa"]);
    assert!(error.contains("cut.arpa, line 19, byte "), "{error}");
    assert!(error.contains("among the 2-grams: the file ends here"), "{error}");
    assert!(error.contains("after 2 of 3 2-grams, the last of them \"b c\""), "{error}");
    let error = fail(&directory, &["import", "cut.arpa.gz"]);
    assert!(error.contains("cut.arpa.gz, line "), "{error}");
    assert_eq!(names(&directory), ["cut.arpa", "cut.arpa.gz"]);
}

#[test]
fn places_that_cannot_be_written_to() {
    let directory = tempfile::tempdir().unwrap();
    trained(&directory, 2, &TokenizerKind::Whitespace, METHODS[0]);
    write(&directory, "sound.arpa", SOUND);
    let before = names(&directory);
    let model = read_bytes(&directory, "model.ngram");
    let cases: [(&[&str], &str); 7] = [
        (&["export", "model.ngram", "none/x.arpa"], "cannot write none/x.arpa"),
        (&["export", "model.ngram", "."], "cannot write .: it is a directory"),
        (&["export", "model.ngram", "model.ngram"], "would replace model.ngram"),
        (&["import", "sound.arpa", "-o", "none/x.ngram"], "cannot write none/x.ngram"),
        (&["import", "sound.arpa", "-o", "sound.arpa"], "would replace sound.arpa"),
        (&["import", "model.ngram", "-o", "new"], "model.ngram is a model, not an ARPA file"),
        (&["import", "none.arpa"], "no file none.arpa"),
    ];
    for (arguments, message) in cases {
        let error = fail(&directory, arguments);
        assert!(error.contains(message), "{arguments:?}: {error}");
    }
    assert_eq!(names(&directory), before);
    assert!(read_bytes(&directory, "model.ngram") == model);
}

#[test]
fn what_is_no_model_at_all_cannot_be_checked() {
    let directory = tempfile::tempdir().unwrap();
    let error = fail(&directory, &["check"]);
    assert!(error.contains("no model model.ngram: train one"), "{error}");
    write(&directory, "text.txt", TRAINING);
    let error = fail(&directory, &["check", "text.txt"]);
    assert!(error.contains("there is no line \\data\\"), "{error}");
}

#[cfg(unix)]
#[test]
fn files_have_ordinary_permissions_and_devices_stay() {
    use std::os::unix::fs::{FileTypeExt, PermissionsExt};
    let directory = tempfile::tempdir().unwrap();
    trained(&directory, 2, &TokenizerKind::Whitespace, METHODS[0]);
    write(&directory, "ordinary", "");
    succeed(&directory, &["export", "model.ngram", "a.arpa"]);
    succeed(&directory, &["import", "a.arpa", "-o", "a.ngram"]);
    let mode = |name: &str| directory.path().join(name).metadata().unwrap().permissions().mode();
    assert_eq!(mode("a.arpa"), mode("ordinary"));
    assert_eq!(mode("a.ngram"), mode("ordinary"));

    succeed(&directory, &["export", "model.ngram", "/dev/null"]);
    fail(&directory, &["import", "a.arpa", "-o", "/dev/null"]);
    assert!(std::fs::metadata("/dev/null").unwrap().file_type().is_char_device());
}

#[cfg(unix)]
#[test]
fn a_reader_that_goes_away_is_no_error() {
    let directory = tempfile::tempdir().unwrap();
    let text = (0..50_000).map(|n| format!("w{n} w{}\n", n / 2)).collect::<String>();
    write(&directory, "text.txt", text);
    succeed(&directory, &["train", "text.txt", "-q"]);
    let binary = env!("CARGO_BIN_EXE_ngram");
    let script = format!("'{binary}' export model.ngram - 2>err | head -1; cat err");
    let mut shell = Command::new("sh");
    let output = shell.current_dir(&directory).args(["-c", &script]).output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "# tokenizer: words\n");
}
