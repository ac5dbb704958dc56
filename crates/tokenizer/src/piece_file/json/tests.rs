//! Small handwritten files, and the tokens they cut lines into.

use crate::piece_file::{MAX_PIECE_FILE, PieceFile, PieceFileError};
use crate::{Case, Gap, Surface, TokenizerKind, TokenizerSpec};
use serde_json::{Value, json};

/// Byte-level pairs: `Ġ` stands for a space, `Ã` and `©` for the two bytes of é.
fn bytes() -> Value {
    json!({
        "version": "1.0",
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true},
        "model": {
            "type": "BPE",
            "vocab": {"Ġ": 0, "t": 1, "h": 2, "e": 3, "c": 4, "a": 5, "Ã": 6, "©": 7, "th": 8, "the": 9, "Ġt": 10,
                "Ġth": 11, "Ġthe": 12, "at": 13, "cat": 14, "Ġc": 15},
            "merges": [["Ġ", "t"], ["t", "h"], ["th", "e"], ["Ġt", "h"], ["Ġth", "e"], ["a", "t"], ["Ġ", "c"], ["c", "at"]],
        },
    })
}

/// WordPiece: lowercased words, cut from the left.
fn word_pieces() -> Value {
    json!({
        "version": "1.0",
        "added_tokens": [{"id": 0, "content": "[UNK]", "single_word": false, "lstrip": false, "rstrip": false,
            "normalized": false, "special": true}],
        "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
            "strip_accents": null, "lowercase": true},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "model": {
            "type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 9,
            "vocab": {"[UNK]": 0, "the": 1, "cat": 2, "##s": 3, "sat": 4, ".": 5, "eat": 6, "##ing": 7},
        },
    })
}

fn open(json: &Value) -> Result<TokenizerSpec, PieceFileError> {
    let tokenizer = PieceFile::new(json.to_string().into_bytes())?;
    Ok(TokenizerSpec::new(TokenizerKind::PieceFile(tokenizer)))
}

fn tokens(tokenizer: &TokenizerSpec, line: &str) -> String {
    let mut tokens = Vec::new();
    tokenizer.tokenize(line, |token| tokens.push(token.to_owned()));
    tokens.join("|")
}

#[test]
fn lines_are_cut_as_the_file_says() {
    let bytes = open(&bytes()).unwrap();
    // No merge joins the e to the accent's bytes.
    assert_eq!(tokens(&bytes, "the cat the thé"), "the|Ġc|at|Ġthe|Ġth|Ã|©");
    assert_eq!(tokens(&bytes, ""), "");
    let words = open(&word_pieces()).unwrap();
    assert_eq!(tokens(&words, "The cats EATING."), "the|cat|##s|eat|##ing|.");
}

#[test]
fn what_the_file_does_not_know_is_the_unknown_word() {
    let words = open(&word_pieces()).unwrap();
    assert_eq!(tokens(&words, "the dog sat [UNK] satsatsats"), "the|<unk>|sat|<unk>|<unk>");
    // A list of pieces with their log-probabilities; the unknown one is given by its place.
    let list = open(&json!({"version": "1.0", "model": {
        "type": "Unigram", "unk_id": 1, "byte_fallback": false,
        "vocab": [["a", -1.0], ["?", -9.0], ["b", -2.0], ["ab", -2.5]],
    }}));
    assert_eq!(tokens(&list.unwrap(), "abxa"), "ab|<unk>|a");
}

#[test]
fn what_a_model_has_no_use_for_is_left_out() {
    let plain = open(&word_pieces()).unwrap();
    let mut json = word_pieces();
    json["truncation"] =
        json!({"direction": "Right", "max_length": 2, "strategy": "LongestFirst", "stride": 0});
    json["padding"] = json!({"strategy": {"Fixed": 9}, "direction": "Right", "pad_to_multiple_of": null,
        "pad_id": 0, "pad_type_id": 0, "pad_token": "[UNK]"});
    json["post_processor"] =
        json!({"type": "BertProcessing", "sep": ["[UNK]", 0], "cls": ["[UNK]", 0]});
    json["decoder"] = json!({"type": "WordPiece", "prefix": "##", "cleanup": true});
    let with = open(&json).unwrap();
    assert_eq!(tokens(&with, "the cats sat."), tokens(&plain, "the cats sat."));
    // Dropout would cut the same line in different ways.
    let mut json = bytes();
    json["model"]["dropout"] = json!(0.9);
    let cut = tokens(&open(&json).unwrap(), "the the the the");
    assert_eq!(cut, "the|Ġthe|Ġthe|Ġthe");
}

#[test]
fn a_file_is_itself_byte_for_byte() {
    let json = word_pieces().to_string();
    let [one, two] = [(); 2].map(|()| PieceFile::new(json.clone().into_bytes()).unwrap());
    assert_eq!((one.bytes(), &one), (json.as_bytes(), &two));
    // Different bytes make a different file, even if they mean the same.
    let spaced = PieceFile::new(format!("{json} ").into_bytes()).unwrap();
    assert_ne!(one, spaced);
    let shown = TokenizerKind::PieceFile(one.clone()).to_string();
    assert_eq!(shown, format!("tokenizer.json {:016x}", one.digest()));
}

#[test]
fn files_that_are_none_are_refused() {
    let malformed = |json: &str| match PieceFile::new(json.as_bytes()) {
        Err(PieceFileError::Malformed(reason)) => reason,
        other => panic!("{json}: {other:?}"),
    };
    assert_eq!(malformed("{}"), "it has no \"model\"");
    assert!(malformed("{the cat").contains("at line 1"));
    assert_eq!(PieceFile::new(b"the cat".as_slice()), Err(PieceFileError::Foreign));
    assert!(malformed(r#"{"model": 7}"#).contains("invalid type: integer `7`"));
    malformed(r#"{"model": {"type": "Neural"}}"#);
    malformed(r#"{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": [["a", "b"]]}}"#);
    malformed(
        r#"{"pre_tokenizer": {"type": "Odd"}, "model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}}"#,
    );
    let mut json = word_pieces();
    json["model"]["unk_token"] = json!("[MISSING]");
    assert_eq!(open(&json), Err(PieceFileError::NoUnknown("[MISSING]".to_owned())));
    let long = vec![b' '; MAX_PIECE_FILE + 1];
    assert_eq!(PieceFile::new(long), Err(PieceFileError::TooLong(MAX_PIECE_FILE + 1)));
}

/// No file makes anything panic: each byte of two files is removed or changed.
#[test]
fn damaged_files_are_refused_or_cut() {
    for json in [bytes(), word_pieces()] {
        let json = json.to_string().into_bytes();
        let mut opened = 0;
        for at in 0..json.len() {
            for other in [None, Some(b'0'), Some(b'"'), Some(b'}')] {
                let mut damaged = json.clone();
                damaged.splice(at..=at, other);
                let Ok(tokenizer) = PieceFile::new(damaged) else { continue };
                opened += 1;
                let tokenizer = TokenizerSpec::new(TokenizerKind::PieceFile(tokenizer));
                for line in ["the CATS thé [UNK]\u{2603}  eating", ""] {
                    tokens(&tokenizer, line);
                    pieces(&tokenizer, line);
                }
            }
        }
        assert!(opened > 100, "{opened}");
    }
}

/// Returns each piece of a line as gap, form and token, and the last gap, and checks that the line
/// can be rebuilt from token texts and cases.
fn pieces(tokenizer: &TokenizerSpec, line: &str) -> String {
    let mut surface = Surface::new(tokenizer);
    let (mut shown, mut rebuilt) = (String::new(), String::new());
    let mut found = Vec::new();
    let last = tokenizer.pieces(line, |piece, token| {
        shown +=
            &format!("{}[{}]{token} ", piece.gap.replace(' ', "_"), piece.form.replace(' ', "_"));
        shown += if piece.is_unknown { "? " } else { "" };
        found.push(if piece.is_unknown { "<unk>" } else { token }.to_owned());
        let plain = surface.plain(token).into_owned();
        let case = Case::of(piece.form, &plain);
        shown += match case {
            Case::Lower => "",
            Case::Verbatim => "! ",
            _ => "^ ",
        };
        rebuilt += piece.gap;
        rebuilt += &case.apply(&plain, piece.form);
        surface.push(Gap::of(piece.gap), token, case);
    });
    assert_eq!(rebuilt + last.gap, line);
    // The tokens are the same as when cut without their spans.
    assert_eq!(found.join("|"), tokens(tokenizer, line));
    shown + &last.gap.replace(' ', "_")
}

#[test]
fn pieces_say_which_part_of_the_line_they_are() {
    let bytes = open(&bytes()).unwrap();
    // Nothing is lost: no gap, and each token stands for its form. The first byte of é stands for nothing yet.
    assert_eq!(pieces(&bytes, "the thé cat"), "[the]the [_th]Ġth []Ã [é]© [_c]Ġc [at]at ");
    // Such a file drops bytes that no merge turns into a piece, so they show up as gaps.
    assert_eq!(pieces(&bytes, "thex the"), "[the]the x[_the]Ġthe ");
    let words = open(&word_pieces()).unwrap();
    assert_eq!(
        pieces(&words, "The  CATS, eatinG dog [UNK] <s>. "),
        "[The]the ^ __[CAT]cat ^ [S]##s ^ [,], ? _[eat]eat [inG]##ing ^ _[dog]dog ? _[[UNK]][UNK] ? \
         _[<]< ? [s]s ? [>]> ? [.]. _"
    );
}

#[test]
fn lines_are_lowercased_before_they_are_cut() {
    let lowercased = |json| TokenizerSpec { lowercase: true, ..open(&json).unwrap() };
    let bytes = lowercased(bytes());
    assert_eq!(tokens(&bytes, "The CAT"), "the|Ġc|at");
    assert_eq!(pieces(&bytes, "The THÉ"), "[The]the ^ [_TH]Ġth ^ []Ã [É]© ^ ");
    // In lower case İ is two characters, i and a dot, which these pieces have no name for.
    assert_eq!(pieces(&bytes, "İ The"), "İ[_The]Ġthe ^ ");
}

/// Sentences of pieces with `▁` for spaces, one before each line, and bytes for what they lack.
#[test]
fn marks_and_bytes_by_name_stand_for_text() {
    let marks = open(&json!({
        "version": "1.0",
        "normalizer": {"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "▁"},
            {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]},
        "model": {"type": "BPE", "byte_fallback": true, "unk_token": "<unk>",
            "vocab": {"<unk>": 0, "▁": 1, "a": 2, "▁a": 3, "<0xC3>": 4, "<0xA9>": 5}, "merges": [["▁", "a"]]},
    }))
    .unwrap();
    assert_eq!(pieces(&marks, "a aé ☃"), "[a]▁a [_a]▁a []<0xC3> [é]<0xA9> [_]▁ [☃]☃ ? ");
    // Words end with a mark, and spaces are in no piece.
    let ends = open(&json!({
        "version": "1.0",
        "pre_tokenizer": {"type": "WhitespaceSplit"},
        "model": {"type": "BPE", "unk_token": "?", "end_of_word_suffix": "</w>",
            "vocab": {"?": 0, "a": 1, "b": 2, "a</w>": 3, "b</w>": 4, "ab</w>": 5}, "merges": [["a", "b</w>"]]},
    }))
    .unwrap();
    assert_eq!(pieces(&ends, "ab  ba"), "[ab]ab</w> __[b]b [a]a</w> ");
}

#[test]
fn every_byte_has_a_character() {
    let json = json!({
        "version": "1.0",
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false},
        "model": {"type": "BPE", "merges": [], "vocab": (0..0x144u32).filter_map(char::from_u32)
            .map(|character| (character.to_string(), u32::from(character).into()))
            .collect::<serde_json::Map<_, _>>()},
    });
    let tokenizer = open(&json).unwrap();
    // Every byte that occurs in UTF-8, in characters of all lengths.
    let line: String =
        (0..0x110_000).step_by(61).chain(0..0x800).filter_map(char::from_u32).collect();
    let mut surface = Surface::new(&tokenizer);
    let mut rebuilt = String::new();
    tokenizer.pieces(&line, |piece, token| {
        assert_eq!((piece.gap, &*surface.plain(token)), ("", piece.form));
        rebuilt += piece.form;
        surface.push(Gap::None, token, Case::Lower);
    });
    assert_eq!(rebuilt, line);
}
