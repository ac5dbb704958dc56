//! `ngram compress` and `ngram decompress`, run as a user would, each test in its own directory.

use assert_cmd::Command;
use ngram_adaptive::decisions::Helpers;
use ngram_adaptive::{Adaptation, Adaptive, code};
use ngram_input::Text;
use ngram_model::{ConvertOptions, Layout, Model, convert};
use ngram_tokenizer::{TokenizerKind, TokenizerSpec};
use ngram_train::{TrainOptions, train};
use std::path::Path;
use std::process::Output;
use tempfile::TempDir;

/// Generates prose: sentences from a small grammar, with commas, quotes and names. A different
/// `seed` makes another text in the same language, with some words of its own.
pub fn prose(seed: u32, sentences: usize) -> String {
    let mut state = seed;
    let mut below = |bound: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 16) as usize % bound
    };
    let nouns =
        ["river", "house", "teacher", "garden", "letter", "morning", "stranger", "window", "field"];
    let verbs = ["crossed", "saw", "left", "remembered", "followed", "opened", "forgot"];
    let ends = ["b", "mond", "ley", "ker", "ton", "wick"];
    let starts = ["Al", "Har", "Bran", "Dun", "Os", "Mil", "Wen", "Ther"];
    let mut text = String::new();
    for _ in 0..sentences {
        let name = format!("{}{}", starts[below(starts.len())], ends[below(ends.len())]);
        let subject = match below(3) {
            0 => name,
            1 => format!("The {}", nouns[below(nouns.len())]),
            _ => format!("A {} of the {}", nouns[below(nouns.len())], nouns[below(nouns.len())]),
        };
        let (verb, object) = (verbs[below(verbs.len())], nouns[below(nouns.len())]);
        match below(4) {
            0 => text.push_str(&format!("\"{subject} {verb} the {object},\" he said.\n")),
            1 => text.push_str(&format!("{subject} {verb} the {object} No. {}.\n", below(500))),
            2 => text.push_str(&format!("{subject}, who {verb} the {object}, LEFT.\n")),
            _ => text.push_str(&format!("{subject} {verb} the {object}.\n")),
        }
    }
    text
}

/// All ways to adapt.
const LEVELS: [Adaptation; 3] = [Adaptation::Fixed, Adaptation::Mixture, Adaptation::Decisions];

/// Returns a model that adapts in one of these ways.
fn adapting(model: &Model, level: Adaptation) -> Adaptive<'_> {
    match level {
        Adaptation::Fixed => Adaptive::fixed(model).unwrap(),
        Adaptation::Mixture => Adaptive::new(model).unwrap(),
        Adaptation::Decisions => {
            Adaptive::by_decisions(model, Helpers::default()).unwrap().unwrap()
        }
    }
}

struct Directory(TempDir);

impl Directory {
    /// Creates a directory with a lowercased model of `words` in model.ngram.
    fn new() -> Directory {
        let directory = Directory(tempfile::tempdir().unwrap());
        let tokenizer = TokenizerSpec { kind: TokenizerKind::Words, lowercase: true };
        directory.train("model.ngram", tokenizer, &prose(1, 2000));
        directory
    }

    fn train(&self, name: &str, tokenizer: TokenizerSpec, text: &str) {
        let options = TrainOptions { order: 4, tokenizer, ..TrainOptions::default() };
        train(&[Text::bytes("text", text.into())], &options, &self.path().join(name), &()).unwrap();
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.path().join(name), bytes).unwrap();
    }

    fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path().join(name)).unwrap()
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ngram"));
        command.current_dir(self.path()).args(arguments).output().unwrap()
    }

    /// Runs a command that must succeed; returns its output.
    fn stdout(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs a command that must fail and leave no file `none`, nor part of one; returns its complaint.
    fn complaint(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        for entry in std::fs::read_dir(self.path()).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            assert!(name != "none" && !name.contains("partial"), "{name}");
        }
        String::from_utf8(output.stderr).unwrap()
    }
}

/// Returns the first number in the line with this beginning.
fn number(report: &str, line: &str) -> f64 {
    let line = report.lines().find_map(|found| found.strip_prefix(line)).unwrap();
    line.split_whitespace().next().unwrap().replace(',', "").parse().unwrap()
}

#[test]
fn a_text_comes_back_and_costs_what_the_model_says() {
    let directory = Directory::new();
    let text = prose(2, 400);
    assert!((10_000..30_000).contains(&text.len()));
    directory.write("text", text.as_bytes());
    for (flag, name) in [("--static", "static"), ("-mmodel.ngram", "adaptive")] {
        let report = directory.stdout(&["compress", "text", "-o", name, flag]);
        let (charged, coded) = (number(&report, "charged"), number(&report, "coded"));
        assert!((coded / charged - 1.0).abs() < 0.01, "{report}");
        let file = directory.read(name);
        assert_eq!(coded, 8.0 * (file.len() - 32) as f64);
        assert!(file.len() < text.len() / 5, "{} of {}", file.len(), text.len());
        directory.stdout(&["decompress", name, "-o", "back"]);
        assert!(directory.read("back") == text.as_bytes());
    }
    // The cost is what evaluation reports, apart from the kinds of lines.
    let report = directory.stdout(&["eval", "text", "--adaptive", "--json"]);
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    let summary = directory.stdout(&["compress", "text"]);
    let part = |name: &str| -> f64 {
        let rest = &summary[summary.find(name).unwrap() + name.len()..];
        rest.split_whitespace().next().unwrap().replace(',', "").parse().unwrap()
    };
    let expected = report["adaptive"]["total_bits"].as_f64().unwrap();
    let parts = ["token ", "spelling ", "case ", "spacing "].map(part);
    assert!((parts.iter().sum::<f64>() - expected).abs() < 3.0, "{parts:?} {expected}");
    assert!(directory.read("text.ngz") == directory.read("adaptive"));
}

/// Returns texts of kinds that have caused trouble.
fn nasty() -> Vec<Vec<u8>> {
    let mut texts: Vec<Vec<u8>> = [
        &b""[..],
        b"\n",
        b"\r\n",
        b"\r",
        b"\n\n\n",
        b"no line end",
        b"the river\r\nthe house\nthe garden\r\r\n\rend\r",
        b"\xef\xbb\xbfA byte order mark.\n",
        b"caf\xe9 in Latin-1\nthe river left.\n\xff\xfe\n",
        b"nul\0nul \0\n\0",
        b"<s> the river </s>\n<unk> <UNK> <S>x</S>\n<s></s>\n",
        b"  two  spaces \t and tabs\t\n \n",
        "İstanbul STRASSE straße ǅ ﬀ ΣΊΣΥΦΟΣ Σίσυφος\nÀ É McCoy iPhone\n".as_bytes(),
        "日本語の文。\u{85}\u{a0}\u{2028}e\u{301}\n".as_bytes(),
    ]
    .iter()
    .map(|text| text.to_vec())
    .collect();
    texts.push((0..=255).cycle().take(3000).collect());
    texts.push(vec![0; 5000]);
    texts.push(vec![b'a'; 5000]);
    texts.push([prose(3, 5).into_bytes(), vec![0xc3], prose(4, 5).into_bytes()].concat());
    texts
}

#[test]
fn any_bytes_come_back() {
    let directory = Directory::new();
    let chars = TokenizerSpec::new(TokenizerKind::Chars);
    directory.train("chars.ngram", chars, &prose(1, 200));
    let whitespace = TokenizerSpec { kind: TokenizerKind::Whitespace, lowercase: true };
    directory.train("whitespace.ngram", whitespace, &prose(1, 200));
    let sources = ["model.ngram", "chars.ngram", "whitespace.ngram"];
    for source in sources {
        let model = Model::open(&directory.path().join(source)).unwrap();
        let mut go_on = |_| std::ops::ControlFlow::Continue(());
        for (at, text) in nasty().into_iter().enumerate() {
            for level in LEVELS {
                let file = code::compress(adapting(&model, level), 7, &text, &mut go_on).unwrap();
                let adaptive = adapting(&model, level);
                let back = code::decompress(adaptive, 7, &file.bytes, 5000, &mut go_on).unwrap();
                assert!(back == text, "{source} {at} {level}");
            }
        }
    }
    // Through files, too, with one that is not UTF-8.
    directory.write("bytes", &nasty()[8]);
    directory.stdout(&["compress", "bytes", "-q"]);
    // The name of the output asks for gzip compression.
    directory.stdout(&["decompress", "bytes.ngz", "-o", "back.gz", "-q"]);
    assert!(directory.read("back.gz") == nasty()[8]);
}

#[test]
fn standard_input_and_output() {
    let directory = Directory::new();
    let run = |arguments: &[&str], input: Vec<u8>| -> Vec<u8> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ngram"));
        let output = command
            .current_dir(directory.path())
            .args(arguments)
            .write_stdin(input)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    let text = prose(5, 3).into_bytes();
    let file = run(&["compress", "-", "-o", "-"], text.clone());
    assert!(run(&["decompress", "-", "-o", "-"], file) == text);
}

#[test]
fn damage_and_another_model_are_errors_and_leave_no_file() {
    let directory = Directory::new();
    directory.write("text", prose(2, 40).as_bytes());
    directory.stdout(&["compress", "text", "-q"]);
    let file = directory.read("text.ngz");
    let decompress = |bytes: &[u8], model: &str| {
        directory.write("file", bytes);
        directory.complaint(&["decompress", "file", "-o", "none", "-m", model])
    };
    for length in [0, 3, 4, 20, 31, 32, 33, file.len() / 2, file.len() - 1] {
        let complaint = decompress(&file[..length], "model.ngram");
        assert!(
            complaint.contains("damaged") || complaint.contains("not a file made"),
            "{complaint}"
        );
    }
    for at in (0..file.len()).step_by(file.len() / 40) {
        let mut bytes = file.clone();
        bytes[at] ^= 0x10;
        let complaint = decompress(&bytes, "model.ngram");
        let expected = ["damaged", "not a file made", "version"];
        assert!(expected.iter().any(|part| complaint.contains(part)), "{at}: {complaint}");
    }
    let complaint = decompress(&[&file[..], b"more"].concat(), "model.ngram");
    assert!(complaint.contains("damaged"), "{complaint}");

    let tokenizer = TokenizerSpec { kind: TokenizerKind::Words, lowercase: true };
    directory.train("other.ngram", tokenizer, &prose(9, 100));
    let complaint = decompress(&file, "other.ngram");
    assert!(complaint.contains("compressed with another model"), "{complaint}");
}

#[test]
fn forged_code_is_an_error() {
    let directory = Directory::new();
    let model = Model::open(&directory.path().join("model.ngram")).unwrap();
    let mut state = 1u32;
    for length in [0, 1, 7, 8, 9, 100] {
        for level in LEVELS {
            let mut random = || {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 24) as u8
            };
            let bytes: Vec<u8> = (0..length).map(|_| random()).collect();
            let mut head = code::CompressedHead { level, length: 50, text: 1, model: 7, code: 0 };
            // The checksum is right, so the error is not damage but a text that does not exist.
            head.code = crc32(&bytes);
            let file = [&head.to_bytes()[..], &bytes].concat();
            let mut go_on = |_| std::ops::ControlFlow::Continue(());
            let adaptive = adapting(&model, level);
            let result = code::decompress(adaptive, 7, &file, 50, &mut go_on);
            assert!(matches!(result, Err(code::CodeError::Mismatch)), "{length} {level}");
        }
    }
}

#[test]
fn a_text_that_is_longer_than_allowed_is_refused_before_it_is_made() {
    let directory = Directory::new();
    directory.write("text", &prose(7, 5).into_bytes());
    let length = directory.read("text").len();
    directory.stdout(&["compress", "text", "-q"]);
    let less = (length - 1).to_string();
    let complaint =
        directory.complaint(&["decompress", "text.ngz", "-o", "none", "--max-bytes", &less]);
    assert!(complaint.contains(&format!("--max-bytes {length}")), "{complaint}");
    directory.stdout(&["decompress", "text.ngz", "-o", "back", "--max-bytes", &length.to_string()]);
    assert!(directory.read("back") == directory.read("text"));

    // Like a file made to fill up a disk.
    let mut bomb = directory.read("text.ngz");
    bomb[8..16].copy_from_slice(&u64::MAX.to_le_bytes());
    let checksum = crc32(&bomb[..28]);
    bomb[28..32].copy_from_slice(&checksum.to_le_bytes());
    directory.write("text.ngz", &bomb);
    let complaint = directory.complaint(&["decompress", "text.ngz", "-o", "none"]);
    assert!(complaint.contains("more than the 268435456 allowed"), "{complaint}");
}

/// Computes CRC-32 (IEEE 802.3) bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            crc >> 1 ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 }
        })
    })
}

#[test]
fn what_cannot_be_coded_is_said() {
    let directory = Directory::new();
    directory.write("text", b"the river\n");
    let model = Model::open(&directory.path().join("model.ngram")).unwrap();
    let compact = ConvertOptions { layout: Layout::Compact, ..ConvertOptions::default() };
    convert(&model, &compact, &directory.path().join("compact.ngram")).unwrap();
    let complain =
        |model: &str| directory.complaint(&["compress", "text", "-m", model, "-o", "none"]);
    assert!(complain("compact.ngram").contains("ngram convert --layout suffix"));
    directory.train("bytes.ngram", TokenizerSpec::new(TokenizerKind::Bytes), "the river\n");
    assert!(complain("bytes.ngram").contains("closed"));
    let over = directory.complaint(&["compress", "text", "-o", "model.ngram"]);
    assert!(over.contains("would replace model.ngram"), "{over}");
    assert!(directory.complaint(&["compress", "missing"]).contains("cannot read missing"));
    assert!(directory.complaint(&["compress", "-"]).contains("-o"));
}

/// A table in the plain layout codes like the suffix layout, but is a different file.
#[test]
fn the_table_layout_codes_alike() {
    let directory = Directory::new();
    let text = prose(6, 30);
    directory.write("text", text.as_bytes());
    let model = Model::open(&directory.path().join("model.ngram")).unwrap();
    let table = ConvertOptions { layout: Layout::Table, ..ConvertOptions::default() };
    convert(&model, &table, &directory.path().join("table.ngram")).unwrap();
    directory.stdout(&["compress", "text", "-o", "suffix"]);
    directory.stdout(&["compress", "text", "-o", "table", "-m", "table.ngram"]);
    assert!(directory.read("suffix")[32..] == directory.read("table")[32..]);
    let complaint =
        directory.complaint(&["decompress", "suffix", "-o", "none", "-m", "table.ngram"]);
    assert!(complaint.contains("another model"), "{complaint}");
}

/// A model so large that opening it does not compare its checksums.
#[test]
fn a_large_model_that_is_damaged_neither_compresses_nor_decompresses() {
    let folder = tempfile::tempdir().unwrap();
    let directory = Directory(folder);
    let words: String = (0..400_000).map(|number| format!("{number:0180}\n")).collect();
    directory.write("words", words.as_bytes());
    directory.write("text", b"a b c\n");
    let train =
        ["train", "words", "-q", "-o", "large", "--order", "1", "--tokenizer", "whitespace"];
    directory.stdout(&[&train[..], &["--smoothing", "witten-bell"]].concat());
    let mut model = directory.read("large");
    assert!(model.len() > 64 << 20, "{} bytes", model.len());
    directory.stdout(&["compress", "text", "-m", "large", "-q", "-o", "code"]);
    directory.stdout(&["decompress", "code", "-m", "large", "-q", "-o", "back"]);
    assert_eq!(directory.read("back"), b"a b c\n");
    let middle = model.len() / 2;
    model[middle] ^= 1;
    directory.write("large", &model);
    for arguments in [
        ["compress", "text", "-m", "large", "-q", "-o", "none"],
        ["decompress", "code", "-m", "large", "-q", "-o", "none"],
    ] {
        let said = directory.complaint(&arguments);
        assert!(said.starts_with("ngram: large is damaged"), "{said}");
    }
}
