//! How `ngram train` and `ngram eval` treat invalid texts, models and options: a correct result, or
//! an error that says what is wrong, where, and what to do.

use crate::folder::Folder;
use ngram_train::smoothing::METHODS;
use std::fs;
use std::io::Write;

const TEXT: &str = "the cat sat on the mat\nthe dog sat on the cat\na cat and a dog sat\n\
the mat was red\nthe dog was on the red mat\na red cat sat on a mat\n";

/// Returns a folder with the text.
fn with_text() -> Folder {
    let folder = Folder::new();
    folder.write("text.txt", TEXT);
    folder
}

impl Folder {
    /// Runs a command that must succeed; returns its warnings.
    fn succeed(&self, command: &str) -> String {
        let (_, stderr) = self.run_aloud(command);
        stderr.lines().filter(|line| line.starts_with("warning")).collect()
    }

    /// Runs a command that must fail with a message containing all of these.
    fn complain(&self, command: &str, needles: &[&str]) {
        let error = self.fail(command);
        let error: String = error.lines().filter(|line| !line.starts_with("warning")).collect();
        assert!(error.starts_with("ngram: "), "{command}: {error}");
        for needle in needles {
            assert!(error.contains(needle), "{command}: no {needle:?} in: {error}");
        }
        // A cause appears only once.
        let causes: Vec<&str> = error.split(": ").collect();
        assert!(causes.windows(2).all(|pair| pair[0] != pair[1]), "{command}: {error}");
    }

    /// Trains on `text`; returns the model.
    fn model_of(&self, text: impl AsRef<[u8]>, options: &str) -> Vec<u8> {
        self.write("odd.txt", text);
        self.succeed(&format!("train odd.txt -q -o odd.ngram {options}"));
        self.read("odd.ngram")
    }

    fn eval_json(&self, command: &str) -> serde_json::Value {
        serde_json::from_str(&self.run(&format!("eval {command} --json -q"))).unwrap()
    }
}

/// Returns a folder with a model under the default name, which no failure may touch.
fn with_model() -> Folder {
    let folder = with_text();
    folder.succeed("train text.txt --tokenizer whitespace --order 2 -q");
    folder
}

/// Returns what a model holds apart from the length of its training text.
fn figures(model: &[u8], folder: &Folder) -> serde_json::Value {
    folder.write("m.ngram", model);
    let info = folder.run("info m.ngram --json");
    let mut info: serde_json::Value = serde_json::from_str(&info).unwrap();
    info["model"]["training"]["bytes"] = serde_json::Value::Null;
    info["bytes"] = serde_json::Value::Null;
    info["scores"] = folder.run("eval text.txt -m m.ngram --per-token").into();
    info
}

#[test]
fn a_text_without_words_trains_nothing() {
    let folder = with_model();
    folder.write("empty", "");
    folder.write("blank", "\n \n\r\n\t\n");
    folder.write("mark", "\u{feff}");
    folder.write("markers", "<s> </s>\n");
    for name in ["empty", "blank", "mark", "markers"] {
        let command = format!("train {name} --tokenizer whitespace");
        folder.complain(&command, &[name, "no words in", "at least one"]);
    }
    folder.complain("train - --tokenizer whitespace", &["no words in -"]);
    // If one text has words, the others may be blank, and each blank line is a sentence.
    folder.succeed("train empty text.txt blank mark -q");
    assert_eq!(folder.eval_json("empty")["tokens"], 0);
    assert_eq!(folder.eval_json("blank")["tokens"], 4);
    assert_eq!(folder.eval_json("blank")["sentences"], 4);
}

#[test]
fn one_word_is_a_corpus() {
    let folder = with_text();
    folder.write("one", "word");
    for smoothing in METHODS.map(|method| method.name()) {
        folder.succeed(&format!("train one --smoothing {smoothing} -q"));
        let report = folder.eval_json("one");
        assert_eq!(report["tokens"], 2);
        let perplexity = report["perplexity_including_oovs"].as_f64().unwrap();
        assert!((1.0..4.0).contains(&perplexity), "{smoothing}: {perplexity}");
    }
}

#[test]
fn bytes_that_are_not_utf8_are_told_with_their_place() {
    let folder = with_model();
    folder.write("odd.txt", b"the cat\nsat \xff on\n\xc3 mat\n");
    let warnings = folder.succeed("train odd.txt text.txt -q -o odd.ngram");
    for needle in ["2 byte sequences", "U+FFFD", "odd.txt, line 2, byte 12"] {
        assert!(warnings.contains(needle), "{warnings}");
    }
    // Lines and bytes are counted in the text, not in all texts together.
    let warnings = folder.succeed("train text.txt odd.txt -q -o odd.ngram");
    assert!(warnings.contains("odd.txt, line 2, byte 12"), "{warnings}");
    let report = folder.eval_json("odd.txt");
    assert_eq!(report["invalid_utf8_sequences"], 2);
    let place = serde_json::json!({"file": "odd.txt", "line": 2, "byte": 12});
    assert_eq!(report["first_invalid_utf8"], place);
    // The model equals that of the replaced text.
    let replaced = folder.model_of("the cat\nsat \u{fffd} on\n\u{fffd} mat\n", "");
    let odd = folder.model_of(b"the cat\nsat \xff on\n\xc3 mat\n", "");
    let without_invalid = |model: &[u8]| {
        let mut figures = figures(model, &folder);
        figures["model"]["training"]["invalid"] = serde_json::Value::Null;
        figures
    };
    assert_eq!(without_invalid(&odd), without_invalid(&replaced));
    assert_ne!(figures(&odd, &folder), figures(&replaced, &folder));
}

#[test]
fn the_place_of_invalid_bytes_is_right_beyond_the_first_block() {
    let folder = with_text();
    let mut text = "the cat sat on the mat\n".repeat(400_000).into_bytes();
    let byte = text.len() + 4;
    text.extend(b"the \xff cat\n");
    folder.write("long.txt", text);
    let warnings = folder.succeed("train long.txt --order 1 --tokenizer whitespace -q");
    assert_eq!(byte, 9_200_004);
    assert!(warnings.contains("long.txt, line 400,001, byte 9,200,004"), "{warnings}");
}

#[test]
fn nul_bytes_are_white_space_or_words_of_their_own() {
    let folder = with_model();
    let spaced = folder.model_of("the cat\nthe dog\n", "--tokenizer whitespace");
    let nul = folder.model_of("the\0cat\nthe\0\0dog\n", "--tokenizer whitespace");
    assert_eq!(figures(&nul, &folder), figures(&spaced, &folder));
    for tokenizer in ["words", "chars", "bytes", "shannon"] {
        folder.model_of("the\0cat\n\0\n", &format!("--tokenizer {tokenizer}"));
        let report = folder.eval_json("odd.txt -m odd.ngram");
        assert_eq!((&report["sentences"], &report["oovs"]), (&2.into(), &0.into()), "{tokenizer}");
    }
}

#[test]
fn a_line_of_50_megabytes_is_a_sentence() {
    let folder = with_model();
    let mut line = String::new();
    let mut state = 1u64;
    while line.len() < 50_000_000 {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        line.push_str(["the ", "cat ", "sat ", "red "][(state >> 62) as usize]);
    }
    folder.write("line.txt", &line);
    let warnings = folder.succeed("train line.txt --order 2 --tokenizer whitespace -q -o l.ngram");
    assert!(warnings.contains("one line, so one sentence of 12,500,001 tokens"), "{warnings}");
    let report = folder.eval_json("line.txt -m l.ngram");
    assert_eq!(report["tokens"], 12_500_001);
    // Four words that follow each other at random.
    let perplexity = report["perplexity_including_oovs"].as_f64().unwrap();
    assert!((perplexity - 4.0).abs() < 0.01, "{perplexity}");
}

#[test]
fn a_word_of_5_megabytes_is_a_word() {
    let folder = with_model();
    let word = "x".repeat(5_000_000);
    folder.write("word.txt", format!("the {word} sat\nthe cat {word}\n"));
    for tokenizer in ["words", "whitespace"] {
        folder.succeed(&format!("train word.txt --tokenizer {tokenizer} -q -o w.ngram"));
        let report = folder.eval_json("word.txt -m w.ngram");
        assert_eq!((&report["words"], &report["oovs"]), (&6.into(), &0.into()));
        assert_eq!(folder.eval_json("word.txt")["oovs"], 2);
    }
}

#[test]
fn line_ends_and_byte_order_marks_are_no_words() {
    let folder = with_model();
    for options in ["", "--tokenizer whitespace", "--tokenizer chars", "--tokenizer bytes"] {
        let plain = figures(&folder.model_of(TEXT, options), &folder);
        let crlf = folder.model_of(TEXT.replace('\n', "\r\n"), options);
        assert_eq!(figures(&crlf, &folder), plain, "CRLF, {options}");
        let unended = folder.model_of(TEXT.trim_end(), options);
        assert_eq!(figures(&unended, &folder), plain, "no final line end, {options}");
        let marked = folder.model_of(format!("\u{feff}{TEXT}"), options);
        assert_eq!(figures(&marked, &folder), plain, "byte order mark, {options}");
        let other = folder.model_of(TEXT.replace("red", "blue"), options);
        assert_ne!(figures(&other, &folder), plain);
    }
    let plain = folder.eval_json("text.txt");
    for text in [TEXT.replace('\n', "\r\n"), TEXT.trim_end().into(), format!("\u{feff}{TEXT}")] {
        folder.write("odd.txt", text);
        assert_eq!(folder.eval_json("odd.txt")["log10_prob"], plain["log10_prob"]);
    }
}

#[test]
fn the_special_words_in_a_text_are_told() {
    let folder = with_model();
    let options = "--tokenizer whitespace";
    let plain = folder.model_of("the cat\nthe dog\n", options);
    folder.write("odd.txt", "<s> the cat </s>\n<s> the dog </s>\n");
    let warnings = folder.succeed("train odd.txt --tokenizer whitespace -q -o odd.ngram");
    assert!(warnings.contains("4 words are <s> or </s>; they were skipped"), "{warnings}");
    let mut marked = figures(&folder.read("odd.ngram"), &folder);
    assert_eq!(marked["model"]["training"]["markers"], 4);
    marked["model"]["training"]["markers"] = 0.into();
    assert_eq!(marked, figures(&plain, &folder));
    assert_eq!(folder.eval_json("odd.txt")["skipped_markers"], 4);

    folder.write("odd.txt", "the <unk> sat\nthe cat <unk>\n");
    let warnings = folder.succeed("train odd.txt --tokenizer whitespace -q -o odd.ngram");
    assert!(warnings.contains("2 words are <unk>"), "{warnings}");
    let unknown = figures(&folder.read("odd.ngram"), &folder);
    assert_eq!(unknown["model"]["training"]["unknown"], 2);
    // The same as for words that the vocabulary leaves out.
    folder.write("words.txt", "the\ncat\nsat\n");
    let cut =
        folder.model_of("the dog sat\nthe cat mat\n", "--tokenizer whitespace --vocab words.txt");
    assert_eq!(figures(&cut, &folder)["scores"], unknown["scores"]);
    folder.write("odd.txt", "the <unk> sat\nthe cat <unk>\n");
    assert_eq!(folder.eval_json("odd.txt")["oovs"], 2);
}

#[test]
fn texts_that_are_not_there_are_named() {
    let folder = with_model();
    fs::create_dir(folder.path("sub")).unwrap();
    for verb in ["train", "eval"] {
        let complain = |argument: &str, needles: &[&str]| {
            let output = if verb == "train" { " -o new" } else { "" };
            folder.complain(&format!("{verb} text.txt {argument}{output}"), needles);
        };
        complain("nope.txt", &["no file nope.txt", "check the name"]);
        complain("sub/nope.txt", &["no file sub/nope.txt"]);
        complain("sub", &["sub is a directory", "sub/*.txt"]);
        complain("sub/*.txt", &["no file matches sub/*.txt"]);
        complain("model.ngram", &["model.ngram is a model, not a text"]);
    }
    folder.write("cut.gz", {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(TEXT.as_bytes()).unwrap();
        let mut bytes = encoder.finish().unwrap();
        bytes.truncate(bytes.len() - 12);
        bytes
    });
    let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    bzip2.write_all(TEXT.as_bytes()).unwrap();
    let mut bytes = bzip2.finish().unwrap();
    bytes.truncate(bytes.len() - 12);
    folder.write("cut.bz2", bytes);
    let options = lzma_rust2::XzOptions::with_preset(0);
    let mut xz = lzma_rust2::XzWriter::new(Vec::new(), options).unwrap();
    xz.write_all(TEXT.as_bytes()).unwrap();
    let mut bytes = xz.finish().unwrap();
    // A changed byte of the text's checksum, which stands before an index and the end.
    let place = bytes.len() - 28;
    bytes[place] ^= 1;
    folder.write("changed.xz", bytes);
    for name in ["cut.bz2", "changed.xz"] {
        folder.complain(&format!("train {name}"), &[&format!("cannot read {name}")]);
        folder.complain(&format!("eval {name}"), &[&format!("cannot read {name}")]);
    }
    folder.complain("train cut.gz", &["cannot read cut.gz"]);
    folder.complain("eval cut.gz", &["cannot read cut.gz"]);
}

#[test]
fn outputs_that_cannot_be_written_are_named_and_leave_nothing() {
    let folder = with_model();
    fs::create_dir(folder.path("sub")).unwrap();
    folder.complain("train text.txt -o sub", &["cannot write sub", "directory", "name a file"]);
    folder.complain("train text.txt -o new/", &["cannot write new/", "directory", "name a file"]);
    folder.complain("train text.txt -o no/m", &["cannot write no/m", "no such folder", "make it"]);
    folder.complain("train text.txt -o text.txt/m", &["cannot write text.txt/m", "no such folder"]);
    folder.complain("train text.txt -o text.txt", &["would replace text.txt", "-o"]);
    folder.complain("train ./t*.txt -o sub/../text.txt", &["would replace text.txt"]);
    folder.write("words", "the\ncat\n");
    folder.complain("train text.txt --vocab words -o words", &["would replace words", "-o"]);
}

#[cfg(unix)]
#[test]
fn devices_are_not_replaced_and_closed_folders_are_named() {
    use std::os::unix::fs::{FileTypeExt, PermissionsExt};
    let folder = with_model();
    let pipe = folder.path("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    let output = folder.path("sub");
    fs::create_dir(&output).unwrap();
    fs::write(output.join("m"), "an hour's work").unwrap();
    fs::set_permissions(&output, fs::Permissions::from_mode(0o555)).unwrap();

    let run = |arguments: &[&str]| {
        let mut program = folder.program();
        program.args(["train", "text.txt", "-q", "-o"]).args(arguments);
        let output = program.output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, error) = run(&["pipe"]);
    assert_eq!(code, Some(1), "{error}");
    assert!(error.contains("cannot write pipe: it is a device or a pipe"), "{error}");
    assert!(fs::metadata(&pipe).unwrap().file_type().is_fifo());

    // Permissions bind everyone but root, who may write here and then writes the whole file.
    let (code, error) = run(&["sub/m"]);
    if code == Some(0) {
        assert!(fs::read(output.join("m")).unwrap().starts_with(b"\x89ngram"));
    } else {
        assert!(error.contains("cannot write sub/m: Permission denied"), "{error}");
        assert_eq!(fs::read(output.join("m")).unwrap(), b"an hour's work");
    }
    fs::set_permissions(&output, fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(fs::read_dir(&output).unwrap().count(), 1);
}

#[test]
fn a_failure_in_the_middle_leaves_the_old_model() {
    let folder = with_model();
    // Reading fails only after the output has been opened.
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(TEXT.repeat(100_000).as_bytes()).unwrap();
    let mut bytes = encoder.finish().unwrap();
    bytes.truncate(bytes.len() / 2);
    folder.write("cut.gz", bytes);
    folder.complain("train text.txt cut.gz -q", &["cannot read cut.gz after byte "]);
    folder.write("dup", "<s>\n");
    folder.complain("train text.txt --vocab dup", &["dup"]);
}

#[test]
fn cut_models_are_damaged_wherever_they_are_cut() {
    let folder = with_model();
    let model = folder.read("model.ngram");
    let every = model.len() / 40;
    let lengths = (8..30).chain((30..model.len()).step_by(every)).chain([model.len() - 1]);
    for length in lengths {
        folder.write("cut.ngram", &model[..length]);
        for command in ["eval text.txt -m cut.ngram", "info cut.ngram"] {
            folder.complain(command, &["cut.ngram is damaged", "make it again"]);
        }
    }
    folder.write("long.ngram", [&model[..], b"x"].concat());
    folder.complain("eval text.txt -m long.ngram", &["long.ngram is damaged"]);
}

#[test]
fn files_that_are_no_model_are_told_by_their_kind() {
    let folder = with_model();
    let model = folder.read("model.ngram");
    let mut newer = model.clone();
    newer[8] = 2;
    let cases: [(&str, &[u8], &[&str]); 10] = [
        ("empty", b"", &["not a model file", "it is empty"]),
        ("text", TEXT.as_bytes(), &["not a model file", "`ngram train`"]),
        ("short", &model[..5], &["not a model file"]),
        ("gzip", b"\x1f\x8b\x08\0\0\0\0\0", &["it is gzip", "`ngram import`"]),
        ("zstd", b"\x28\xb5\x2f\xfd\0\0\0\0", &["it is zstd", "`ngram import`"]),
        ("bzip2", b"BZh91AY&SY", &["it is bzip2", "`ngram import`"]),
        ("xz", b"\xfd7zXZ\0\0\x04", &["it is xz", "`ngram import`"]),
        ("arpa", b"\n\\data\\\nngram 1=3\n", &["arpa, line 4", "cut short"]),
        (
            "kenlm",
            b"mmap lm http://kheafield.com/code format version 5\n\0",
            &["kenlm, byte 52", "cut short"],
        ),
        ("newer", &newer, &["format version 2", "version 1", "newer program"]),
    ];
    for (name, bytes, needles) in cases {
        folder.write(name, bytes);
        for command in [format!("eval text.txt -m {name}"), format!("info {name}")] {
            folder.complain(&command, needles);
            folder.complain(&command, &[name]);
        }
    }
    folder.complain("eval text.txt -m none", &["no model none", "`ngram train corpus.txt`"]);
    folder.complain("info none", &["no model none", "ngram train"]);
    folder.complain("eval text.txt -m .", &["cannot open model .", "directory"]);
}

#[test]
fn options_out_of_range_are_refused_with_the_range() {
    let folder = with_model();
    for threads in ["0", "1025", "4294967296"] {
        let error = folder.fail(&format!("eval text.txt --threads {threads}"));
        assert!(error.contains("give a whole number from 1 to 1024"), "{error}");
    }
    let refused: [(&str, &[&str]); 11] = [
        ("--order 0", &["order 0 is not between 1 and 64"]),
        ("--order 1000", &["order 1000 is not between 1 and 64"]),
        ("-j 5000", &["give a whole number from 1 to 1024"]),
        ("--order -1", &["-1"]),
        ("--order five", &["five"]),
        ("--smoothing stupid-backoff", &["stupid-backoff", "modified-kneser-ney", "witten-bell"]),
        ("--tokenizer bpe", &["bpe", "whitespace", "shannon"]),
        ("--vocab w --min-count 2", &["--vocab", "--min-count", "cannot be used with"]),
        ("--min-count 2 --max-vocab 2", &["--max-vocab", "cannot be used with"]),
        ("--max-vocab many", &["many"]),
        ("--nonsense", &["--nonsense"]),
    ];
    for (options, needles) in refused {
        let error = folder.fail(&format!("train text.txt {options}"));
        assert!(error.starts_with("error: "), "{error}");
        for needle in needles {
            assert!(error.contains(needle), "{options}: no {needle:?} in: {error}");
        }
    }
}

#[test]
fn lists_of_words_are_read_with_care() {
    let folder = with_model();
    folder.write("twice", "the\ncat\n\nthe\nthe\n");
    folder.write("blank", "\n\n<s>\n");
    folder.write("latin1", b"the\ncaf\xe9\n");
    fs::create_dir(folder.path("sub")).unwrap();
    let complain = |name: &str, needles: &[&str]| {
        folder.complain(&format!("train text.txt --vocab {name}"), needles);
    };
    complain("blank", &["blank lists no word", "one on each line"]);
    complain("latin1", &["latin1 is not UTF-8 in line 2, byte 7", "iconv"]);
    complain("none", &["cannot read the vocabulary none"]);
    complain("sub", &["cannot read the vocabulary sub"]);

    // Line ends, byte order marks and special words make no difference.
    folder.write("plain", "the\ncat\n");
    folder.write("odd", "\u{feff}<unk>\r\n<s>\r\n</s>\r\nthe\r\n\r\ncat");
    let plain = folder.model_of(TEXT, "--vocab plain");
    assert_eq!(folder.model_of(TEXT, "--vocab odd"), plain);
    let (_, again) = folder.run_aloud("train text.txt --vocab twice -o again.ngram");
    assert!(again.contains("note: 2 lines of twice list a word again"), "{again}");
    // A word that cannot occur in any text is reported.
    folder.write("never", "the\nNew-York!\ncat\n");
    let warnings = folder.succeed("train text.txt --vocab never -q");
    assert!(warnings.contains("no text has 1 of the words that never lists"), "{warnings}");
    assert!(warnings.contains("on line 2"), "{warnings}");
    folder.write("never", "the\nNew-York!\ncat\na\n");
    let warnings = folder.succeed("train text.txt --vocab never --lowercase --tokenizer chars -q");
    assert!(warnings.contains("no text has 3 of the words"), "{warnings}");
}
