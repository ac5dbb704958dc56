//! ARPA files from elsewhere: what is tolerated, what is refused, and with which message.

use ngram_formats::arpa::{
    ArpaError, ArpaFile, Foreign, Problem, ReadOptions, Unknown, Warning, read, write,
};
use ngram_model::Ngrams;
use ngram_tokenizer::{SPECIAL_WORDS, WordId};

const LOG_ZERO: f32 = f32::NEG_INFINITY;

fn read_text(text: &str) -> Result<ArpaFile, ArpaError> {
    read(text.as_bytes(), "x.arpa", &ReadOptions::default())
}

fn read_unknown(text: &str, unknown: &str) -> Result<ArpaFile, ArpaError> {
    read(
        text.as_bytes(),
        "x.arpa",
        &ReadOptions { unknown: Unknown::Named(unknown), ..ReadOptions::default() },
    )
}

/// Returns the n-grams of an order with their words spelled out.
fn spelled(file: &ArpaFile, order: usize) -> Vec<(String, f32, Option<f32>)> {
    let spell = |words: &[WordId]| {
        let words: Vec<_> = words.iter().map(|&word| file.vocab.view().word(word)).collect();
        words.join(" ")
    };
    file.orders[order - 1].iter().map(|(words, p, b)| (spell(words), p, b)).collect()
}

/// A complete, well-formed file of order 2.
const WHOLE: &str = "\\data\\\nngram 1=5\nngram 2=3\n\n\
    \\1-grams:\n-2\t<unk>\t0\n-99\t<s>\t-0.3\n-0.7\t</s>\t0\n-0.5\tthe\t-0.2\n-0.9\tcat\t-0.1\n\n\
    \\2-grams:\n-0.2\t<s> the\n-0.4\tthe cat\n-0.1\tcat </s>\n\n\\end\\\n";

#[test]
fn every_oddity_with_one_meaning_is_read() {
    let text = "\u{feff}made by hand\nngram 1=77\n\n  \\data\\  \r\n ngram  1 = 7\r\nngram 2=3\r\n\r\n\
        ngram 3=1\n\\1-grams:\r\n\
        -0.5 the -0.25\r\n\
        -1e0\tcat\t-99\n\
        \n\
        -99\t<s>\t-.5\n\
        \t+0 </s>   \n\
        -0.75\ta\u{a0}b\u{b}c\u{85}\n\
        0.125 0.5 0.25\n\
        -2\t[UNK]\n\
        \\2-grams:\n\
        -0.5\tthe cat -1\n\
        0.0625\tcat </s>\n\
        -inf\t<s> [UNK]\t1.5\n\
        \n\n\
        \\3-grams:\n\
        -0.25\t<s>\tthe\tcat\t-0.0\n\
        \\end\\\n\n  \nprinted on a Monday";
    let file = read_text(text).unwrap();
    assert_eq!(
        spelled(&file, 1),
        [
            ("<unk>".into(), -2.0, Some(0.0)),
            ("<s>".into(), LOG_ZERO, Some(-0.5)),
            ("</s>".into(), 0.0, Some(0.0)),
            ("the".into(), -0.5, Some(-0.25)),
            ("cat".into(), -1.0, Some(LOG_ZERO)),
            ("a\u{a0}b\u{b}c\u{85}".into(), -0.75, Some(0.0)),
            ("0.5".into(), 0.0, Some(0.25)),
        ]
    );
    assert_eq!(
        spelled(&file, 2),
        [
            ("the cat".into(), -0.5, Some(-1.0)),
            ("cat </s>".into(), 0.0, Some(0.0)),
            ("<s> <unk>".into(), LOG_ZERO, Some(1.5)),
        ]
    );
    assert_eq!(spelled(&file, 3), [("<s> the cat".into(), -0.25, None)]);
    assert_eq!(file.orders.len(), 3);
    assert_eq!(
        file.warnings,
        [
            Warning::UnknownNamed("[UNK]".into()),
            Warning::TextAfterEnd { line: 29 },
            Warning::PositiveLogProbs { count: 2, first_line: 16, largest: 0.125 },
        ]
    );
}

#[test]
fn special_words_that_are_missing_have_probability_0() {
    let file =
        read_text("\\data\\\nngram 1=1\nngram 2=0\n\\1-grams:\n-0.1\tyes\t-1\n\\end\\").unwrap();
    assert_eq!(file.orders[0].log_probs, [LOG_ZERO, LOG_ZERO, LOG_ZERO, -0.1]);
    assert_eq!(file.orders[0].backoffs, [0.0, 0.0, 0.0, -1.0]);
    assert_eq!(file.orders[1], Ngrams::new(2));
    assert_eq!(file.warnings, SPECIAL_WORDS.map(Warning::NotListed));
    // A word that is missing from the 1-grams can still be a history.
    let text =
        "\\data\\\nngram 1=1\nngram 2=1\n\\1-grams:\n-1\ta\n\\2-grams:\n-1\t<s> a\n\\end\\\n";
    assert_eq!(spelled(&read_text(text).unwrap(), 2), [("<s> a".into(), -1.0, None)]);
}

#[test]
fn unknown_words_go_by_several_names() {
    let with = |words: &str| {
        let count = words.split(' ').count();
        let lines: String = words.split(' ').map(|word| format!("-1\t{word}\n")).collect();
        format!("\\data\\\nngram 1={count}\n\\1-grams:\n{lines}\\end\\\n")
    };
    let unknown = |file: &ArpaFile| (file.orders[0].log_probs[0], file.warnings.clone());
    let no_others = "<s> </s>";

    for name in ["<UNK>", "[UNK]", "<unknown>"] {
        let file = read_text(&with(&format!("a {name} {no_others}"))).unwrap();
        assert_eq!(unknown(&file), (-1.0, vec![Warning::UnknownNamed(name.into())]));
        assert_eq!(file.vocab.view().id(name), None);
    }
    let file = read_text(&with(&format!("<unk> [UNK] {no_others}"))).unwrap();
    assert_eq!(unknown(&file), (-1.0, vec![]));
    assert_eq!(file.vocab.view().id("[UNK]"), Some(WordId(3)));

    let both = with(&format!("<UNK> [UNK] {no_others}"));
    let file = read_text(&both).unwrap();
    assert_eq!(unknown(&file), (-1.0, vec![Warning::UnknownNamed("<UNK>".into())]));
    assert_eq!(file.vocab.view().id("[UNK]"), Some(WordId(3)));
    let neither = with(&format!("<unknown> [UNK] {no_others}"));
    let names = vec!["[UNK]".into(), "<unknown>".into()];
    let warnings = vec![Warning::UnknownAmbiguous(names), Warning::NotListed("<unk>")];
    assert_eq!(unknown(&read_text(&neither).unwrap()), (LOG_ZERO, warnings));

    let file = read_unknown(&both, "[UNK]").unwrap();
    assert_eq!(unknown(&file), (-1.0, vec![]));
    assert_eq!(file.vocab.view().id("<UNK>"), Some(WordId(3)));
    let oov = read_unknown(&with(&format!("OOV {no_others}")), "OOV").unwrap();
    assert_eq!(unknown(&oov), (-1.0, vec![]));

    let missing = read_unknown(&both, "OOV").unwrap_err().problem;
    assert!(matches!(missing, Problem::UnknownNotListed(name) if name == "OOV"));
    let twice = read_unknown(&with("OOV <unk>"), "OOV").unwrap_err().problem;
    assert!(matches!(twice, Problem::UnknownTwice(name) if name == "OOV"));
}

/// KenLM gives both names of the unknown word one place: the last line fills it, and hash tables find the first n-gram.
#[test]
fn two_names_are_one_word() {
    let text = "\\data\\\nngram 1=5\nngram 2=4\n\\1-grams:\n-1\t<UNK>\t-0.1\n-99\t<s>\n-0.5\t</s>\n-2\t<unk>\t-0.2\n-0.6\ta\n\
        \\2-grams:\n-0.3\ta <UNK>\n-0.4\ta <unk>\n-0.7\t<unk> a\n-0.8\t<UNK> a\n\\end\\\n";
    let file = read_text(text).unwrap();
    assert_eq!(
        spelled(&file, 1),
        [
            ("<unk>".into(), -2.0, Some(-0.2)),
            ("<s>".into(), LOG_ZERO, Some(0.0)),
            ("</s>".into(), -0.5, Some(0.0)),
            ("a".into(), -0.6, Some(0.0)),
        ]
    );
    assert_eq!(spelled(&file, 2), [("a <unk>".into(), -0.3, None), ("<unk> a".into(), -0.7, None)]);
    let merged = Warning::UnknownMerged { other: "<UNK>".into(), of_unk: true, left_out: 2 };
    assert_eq!(file.warnings, [merged]);
    // The same n-gram twice under one name is a mistake.
    let twice = text.replace("-0.4\ta <unk>", "-0.4\ta <UNK>");
    let error = read_text(&twice).unwrap_err();
    assert!(matches!(error.problem, Problem::Duplicate { .. }), "{error}");
    assert_eq!(error.place.line, 12);
    // One name alone keeps the other as a word.
    let options = ReadOptions { unknown: Unknown::Only("<unk>"), ..ReadOptions::default() };
    let file = read(text.as_bytes(), "x.arpa", &options).unwrap();
    assert_eq!((file.vocab.view().len(), file.orders[1].len()), (5, 4));
    assert!(file.warnings.is_empty());
    // A list of words leaves out the n-grams of others.
    let only = std::collections::HashSet::new();
    let options = ReadOptions { only: Some(&only), ..options };
    let file = read(text.as_bytes(), "x.arpa", &options).unwrap();
    assert_eq!((file.vocab.view().len(), file.orders[1].len()), (3, 0));
}

#[test]
fn strict_reading_refuses_probabilities_above_1() {
    let text = WHOLE.replace("-0.4\tthe cat", "0.4\tthe cat");
    assert_eq!(read_text(&text).unwrap().orders[1].log_probs[1], 0.0);
    let strict = ReadOptions { strict: true, ..ReadOptions::default() };
    let error = read(text.as_bytes(), "x.arpa", &strict).unwrap_err();
    assert!(matches!(error.problem, Problem::PositiveLogProb(0.4)), "{error}");
    assert_eq!((error.place.line, error.place.order), (14, Some(2)));
    assert!(read(WHOLE.as_bytes(), "x.arpa", &strict).is_ok());
}

/// What to replace in [`WHOLE`] by what, the line of the error, and its message.
const DAMAGED: &[(&str, &str, u64, &str)] = &[
    ("\\data\\", "data", 18, "there is no line \\data\\"),
    ("ngram 2=3", "ngram 3=3", 3, "expected `ngram 2=` and a number, or \\1-grams:"),
    ("ngram 2=3", "ngram 2=x", 3, "found \"ngram 2=x\""),
    ("ngram 1=5", "ngram 1=6", 12, "there are 5 1-grams, but the file announces 6"),
    ("ngram 2=3", "ngram 2=2", 17, "there are 3 2-grams, but the file announces 2"),
    ("\\1-grams:", "\\2-grams:", 5, "expected \\1-grams:, but found \"\\\\2-grams:\""),
    ("\\2-grams:", "\\3-grams:", 12, "expected \\2-grams:, but found \"\\\\3-grams:\""),
    ("\\end\\", "\\3-grams:", 17, "expected \\end\\, but found \"\\\\3-grams:\""),
    ("-0.4\tthe cat", "-0.4\tthe", 14, "2 words and perhaps log10 of a back-off weight"),
    ("-0.4\tthe cat", "-0.4\tthe cat x 0", 14, "but found 5 fields"),
    ("-0.9\tcat\t-0.1", "-0.9", 10, "expected log10 of a probability, 1 word and"),
    ("-0.4\tthe", "-0,4\tthe", 14, "\"-0,4\" cannot be log10 of a probability"),
    ("-0.4\tthe", "nan\tthe", 14, "\"nan\" cannot be log10 of a probability"),
    ("-0.4\tthe", "inf\tthe", 14, "\"inf\" cannot be log10 of a probability"),
    ("-0.2\n-0.9", "nan\n-0.9", 9, "\"nan\" cannot be log10 of a back-off weight"),
    ("-0.2\n-0.9", "-inf\n-0.9", 9, "\"-inf\" cannot be log10 of a back-off weight"),
    ("-0.2\n-0.9", "1e99\n-0.9", 9, "\"1e99\" cannot be log10 of a back-off weight"),
    ("the cat\n", "the cat\t-0.1\n", 14, "n-grams of the highest order have none"),
    ("the cat\n", "the dog\n", 14, "the word \"dog\" is not among the 1-grams"),
    ("cat </s>", "the cat", 15, "\"the cat\" is listed in line 14 already"),
    ("\tcat\t", "\tthe\t", 10, "\"the\" is listed in line 9 already"),
    ("\tcat\t", "\n\t<s>\t", 10, "expected log10 of a probability, 1 word"),
    ("cat\t", "<s>\t", 10, "\"<s>\" is listed in line 7 already"),
    ("</s>\t", "<unk>\t", 8, "\"<unk>\" is listed in line 6 already"),
];

#[test]
fn damage_is_named_with_its_place() {
    assert!(read_text(WHOLE).unwrap().warnings.is_empty());
    for &(sound, damaged, line, message) in DAMAGED {
        let text = WHOLE.replacen(sound, damaged, 1);
        assert_ne!(text, WHOLE, "{sound:?} is not there");
        let error = read_text(&text).expect_err(message);
        assert!(error.to_string().contains(message), "{message:?} is not in {error}");
        assert_eq!(error.place.line, line, "{error}");
        assert!(error.to_string().starts_with(&format!("x.arpa, line {line}")), "{error}");
        if let Some(byte) = error.place.byte {
            let before = text.as_bytes()[..byte as usize].iter().filter(|&&b| b == b'\n').count();
            // Errors after the last line name the end of the text.
            assert!(before as u64 + 1 == line, "byte {byte} is in line {}", before + 1);
        }
    }
}

#[test]
fn blank_lines_do_not_shift_the_lines_of_duplicates() {
    let text = WHOLE
        .replace("-0.2\t<s> the\n", "\n-0.2\t<s> the\n\n\n")
        .replace("cat </s>\n", "cat </s>\n\n-1\t<s> the\n")
        .replace("2=3", "2=4");
    let error = read_text(&text).unwrap_err();
    assert_eq!(
        error.to_string(),
        "x.arpa, line 20, among the 2-grams: \"<s> the\" is listed in line 14 already; \
         leave out one of the two"
    );
}

#[test]
fn bytes_that_are_no_text_are_refused_where_they_matter() {
    let mut bytes = WHOLE.as_bytes().to_vec();
    let at = WHOLE.find("\tthe\t").unwrap() + 1;
    bytes[at] = 0xe9;
    let error = read(&bytes[..], "x.arpa", &ReadOptions::default()).unwrap_err();
    assert!(matches!(error.problem, Problem::NotUtf8), "{error}");
    assert_eq!(error.place.line, 9);
    // Free text before the data may be in any encoding.
    let bytes = [b"caf\xe9\n", WHOLE.as_bytes()].concat();
    assert!(read(&bytes[..], "x.arpa", &ReadOptions::default()).is_ok());
}

#[test]
fn a_file_cut_anywhere_is_an_error() {
    let end = WHOLE.find("\\end\\").unwrap();
    for length in 0..end + "\\end\\".len() {
        let error = read_text(&WHOLE[..length]).expect_err("a part of the file");
        match error.problem {
            Problem::NoData => assert!(length < "\\data\\".len()),
            Problem::TruncatedHeader => assert!(length <= WHOLE.find("\n-2\t").unwrap()),
            Problem::Truncated { .. } => {}
            _ => panic!("{length} bytes: {error}"),
        }
    }
    assert!(read_text(WHOLE.trim_end()).is_ok());

    let message = |length| read_text(&WHOLE[..length]).unwrap_err().to_string();
    let second = WHOLE.find(" cat\n").unwrap();
    assert_eq!(
        message(second + 2),
        "x.arpa, line 14, byte 126, among the 2-grams: the file ends here, without \\end\\, after \
         1 of 3 2-grams, the last of them \"<s> the\"; it was cut short: get it whole, or make it again"
    );
    assert!(
        message(WHOLE.find("\n-0.9").unwrap() + 1)
            .contains("4 of 5 1-grams, the last of them \"the\";")
    );
    assert!(message(end).contains("after 3 of 3 2-grams, the last of them \"cat </s>\";"));
}

#[test]
fn other_formats_are_recognised() {
    let kinds: [(&[u8], &str); 14] = [
        (b"iARPA\n\\data\\\nngram 1=2\n", "IRSTLM"),
        (b"blmt 3 12 33\n", "IRSTLM"),
        (b"Qblmt 3 12 33\n", "IRSTLM"),
        (b"mmap lm http://kheafield.com/code format version 5\n\0", "KenLM"),
        (b"SRILM_BINARY_NGRAM_002\n", "SRILM"),
        (b"\xd6\xfd\xb2\x7e\x06\0\0\0vector", "OpenFst"),
        (b"Trie Language Model\x03", "Sphinx"),
        (b"\x11\0\0\0Darpa Trigram LM\0", "Sphinx"),
        (b"\x1f\x8b\x08\0", "gzip"),
        (b"\x28\xb5\x2f\xfd\x24", "zstd"),
        (b"BZh91AY", "bzip2"),
        (b"\xfd7zXZ\0", "xz"),
        (b"\xff\xfe\\\0d\0", "UTF-16"),
        (b"\x89ngram\r\n", "this program"),
    ];
    for (start, name) in kinds {
        let error = read(start, "x.arpa", &ReadOptions::default()).unwrap_err();
        assert!(matches!(error.problem, Problem::Foreign(_)), "{name}: {error}");
        assert!(error.to_string().contains(name), "{name}: {error}");
        assert_eq!(error.place.line, 1);
    }
    assert_eq!(Foreign::recognise(b"\\data\\\n"), None);
    assert_eq!(Foreign::recognise(b""), None);
    // The same bytes later on are text like any other.
    assert!(read_text(&format!("made from\niARPA\n{WHOLE}")).is_ok());
}

#[test]
fn a_file_of_lmplz_comes_out_as_it_went_in() {
    let golden = include_str!("golden/hill.order3.arpa");
    let file = read(golden.as_bytes(), "hill.order3.arpa", &ReadOptions::default()).unwrap();
    assert!(file.warnings.is_empty(), "{:?}", file.warnings);
    let counts: Vec<usize> = file.orders.iter().map(Ngrams::len).collect();
    assert_eq!(counts, [72, 164, 226]);
    assert_eq!(file.orders[0].log_probs[WordId::BEGIN.index()], 0.0);

    let mut written = Vec::new();
    write(&mut written, file.vocab.view(), &file.orders).unwrap();
    assert_eq!(String::from_utf8(written).unwrap(), golden);
}
