//! Checks every tokenizer against its definition, written the slow and obvious way.

use ngram_tokenizer::{TokenizerKind, TokenizerSpec};
use proptest::prelude::*;
use unicode_segmentation::UnicodeSegmentation;

fn defined(kind: &TokenizerKind, line: &str) -> Vec<String> {
    match kind {
        TokenizerKind::Words => line
            .split_word_bounds()
            .filter(|piece| !piece.chars().all(char::is_whitespace))
            .map(String::from)
            .collect(),
        TokenizerKind::Whitespace => line
            .split(['\0', '\t', '\n', '\r', ' '])
            .filter(|token| !token.is_empty())
            .map(String::from)
            .collect(),
        TokenizerKind::Chars => line.graphemes(true).map(String::from).collect(),
        TokenizerKind::Bytes => line
            .bytes()
            .map(|byte| match byte {
                b'!'..=b'~' => char::from(byte).to_string(),
                _ => format!("<0x{byte:02X}>"),
            })
            .collect(),
        TokenizerKind::Shannon => {
            let spaced: String =
                line.chars().map(|c| if c.is_ascii_alphabetic() { c } else { ' ' }).collect();
            let words: Vec<&str> = spaced.split_whitespace().collect();
            words.join("_").to_ascii_lowercase().chars().map(String::from).collect()
        }
        TokenizerKind::WordsIcu => unreachable!("it is defined by its dictionaries"),
        TokenizerKind::PieceFile(_) => unreachable!("it is defined by its file"),
    }
}

fn tokens(spec: &TokenizerSpec, line: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    spec.tokenize(line, |token| tokens.push(token.to_owned()));
    tokens
}

#[track_caller]
fn check(line: &str) {
    for kind in TokenizerKind::ALL {
        let spec = TokenizerSpec::new(kind);
        assert_eq!(tokens(&spec, line), defined(&spec.kind, line), "{spec} of {line:?}");
    }
}

/// At least one character of every class that the rules of UAX #29 name, and of every class that
/// exists only in ASCII.
const CLASSES: &[&str] = &[
    "a",
    "B",
    "7",
    "_",
    ".",
    ",",
    ":",
    ";",
    "'",
    "\"",
    "-",
    "<",
    " ",
    "\t",
    "\n",
    "\r",
    "\0",
    "\u{b}",
    "\u{1f}",
    "\u{85}",
    "\u{a0}",
    "\u{3000}",
    "é",
    "\u{301}",
    "\u{ad}",
    "\u{200d}",
    "א",
    "カ",
    "漢",
    "٣",
    "’",
    "“",
    "·",
    "‿",
    "\u{1f1eb}",
    "\u{1f600}",
    "❤",
    "\u{1f3fd}",
    "한",
    "\u{915}",
    "\u{94d}",
];

#[test]
fn every_three_classes_in_a_row() {
    let mut line = String::new();
    for a in CLASSES {
        for b in CLASSES {
            for c in CLASSES {
                line.clear();
                line.extend([*a, b, c]);
                check(&line);
            }
        }
    }
}

/// Block boundaries must not show: the text in question is shifted across the end of a 64-byte block.
#[test]
fn every_three_classes_across_the_end_of_a_block() {
    let mut line = String::new();
    for before in ["x", " "] {
        for a in CLASSES {
            for b in CLASSES {
                for c in CLASSES {
                    for room in 1..=3 {
                        line.clear();
                        while line.len() + before.len() <= 64 - room {
                            line.push_str(before);
                        }
                        line.extend([*a, b, c, "a.b c"]);
                        check_words(&line);
                    }
                }
            }
        }
    }
}

fn check_words(line: &str) {
    let spec = TokenizerSpec::new(TokenizerKind::Words);
    let mut defined =
        line.split_word_bounds().filter(|piece| !piece.chars().all(char::is_whitespace));
    spec.tokenize(line, |token| assert_eq!(Some(token), defined.next(), "{line:?}"));
    assert_eq!(defined.next(), None, "{line:?}");
}

#[test]
fn words_of_known_lines() {
    let spec = TokenizerSpec::new(TokenizerKind::Words);
    for (line, words) in [
        ("", ""),
        ("   ", ""),
        ("can't", "can't"),
        ("3.14", "3.14"),
        ("1,000;5", "1,000;5"),
        ("U.S.A.", "U.S.A|."),
        ("a_b", "a_b"),
        ("a_.b", "a_|.|b"),
        ("e.g.,", "e.g|.|,"),
        ("l'été", "l'été"),
        ("l’été", "l’été"),
        ("3.a a.3", "3|.|a|a|.|3"),
        ("a:b 1:2", "a:b|1|:|2"),
        ("'tis the dogs'", "'|tis|the|dogs|'"),
        ("don''t", "don|'|'|t"),
        ("well-known", "well|-|known"),
        ("wait...", "wait|.|.|."),
        ("\"Hello,\" she said.", "\"|Hello|,|\"|she|said|."),
        ("“Hello,” she said.", "“|Hello|,|”|she|said|."),
        ("$5.00 50% a@b.com", "$|5.00|50|%|a|@|b.com"),
        // A combining mark attaches to all spaces before it, and together they are not white space.
        ("a  \u{301}b", "a|  \u{301}|b"),
        // Characters that end lines elsewhere: only white space vanishes.
        ("a\tb\u{b}c\u{85}d\u{a0}e\0f", "a|b|c|d|e|\0|f"),
        ("\u{1f1eb}\u{1f1f7}\u{1f1e9}\u{1f1ea}", "\u{1f1eb}\u{1f1f7}|\u{1f1e9}\u{1f1ea}"),
    ] {
        assert_eq!(tokens(&spec, line).join("|"), words, "{line:?}");
    }
}

#[test]
fn whitespace_is_what_kenlm_takes_for_it() {
    let spec = TokenizerSpec::new(TokenizerKind::Whitespace);
    let line = "  a\0b\tc\nd\re f\u{a0}g h\u{85}i j\u{b}k l\u{c}m n\u{2028}o\u{3000}p  ";
    assert_eq!(
        tokens(&spec, line),
        [
            "a",
            "b",
            "c",
            "d",
            "e",
            "f\u{a0}g",
            "h\u{85}i",
            "j\u{b}k",
            "l\u{c}m",
            "n\u{2028}o\u{3000}p"
        ]
    );
}

#[test]
fn lowercasing_comes_before_cutting() {
    let words = TokenizerSpec { kind: TokenizerKind::Words, lowercase: true };
    assert_eq!(tokens(&words, "The ΟΔΟΣ İS"), ["the", "οδος", "i\u{307}s"]);
    // The Kelvin sign is not an ASCII letter, but its lower case is.
    let line = "ab\u{212a}";
    assert_eq!(tokens(&TokenizerSpec::new(TokenizerKind::Shannon), line), ["a", "b"]);
    let shannon = TokenizerSpec { kind: TokenizerKind::Shannon, lowercase: true };
    assert_eq!(tokens(&shannon, line), ["a", "b", "k"]);
}

/// Long lines of words, with a few other classes in between.
fn line() -> impl Strategy<Value = String> {
    let common = prop::sample::select(&["a", "bc", " ", " ", ".", "'", "1", ",", "word", "  "][..]);
    let class = prop::sample::select(CLASSES);
    let ascii = prop::char::range('\0', '\x7f').prop_map(String::from);
    let piece = prop_oneof![
        12 => common.prop_map(String::from),
        2 => class.prop_map(String::from),
        1 => ascii,
        1 => any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..200).prop_map(|pieces| pieces.concat())
}

/// The classes alone, in equal parts.
fn mix() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(CLASSES), 0..40).prop_map(|pieces| pieces.concat())
}

/// ASCII alone, where whole lines take the fast path.
fn ascii() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(
        &["a", "Z", "0", "9", "_", ".", ",", ":", ";", "'", " ", "\r", "\n", "!"][..],
    );
    prop::collection::vec(piece, 0..200).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn long_lines_are_cut_as_defined(line in line()) {
        check(&line);
    }

    #[test]
    fn mixed_lines_are_cut_as_defined(line in mix()) {
        check(&line);
    }

    #[test]
    fn ascii_lines_are_cut_as_defined(line in ascii()) {
        check(&line);
    }

    #[test]
    fn lowercased_lines_are_cut_as_their_lower_case(line in line()) {
        for kind in TokenizerKind::ALL {
            let spec = TokenizerSpec { kind, lowercase: true };
            prop_assert_eq!(tokens(&spec, &line), defined(&spec.kind, &line.to_lowercase()));
        }
    }
}
