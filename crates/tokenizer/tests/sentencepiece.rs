//! Models of SentencePiece cut lines into the pieces that PyPI's `sentencepiece` 0.2.3 gives.
//!
//! `sentencepiece_files` holds small models that its trainer made, and `pieces.jsonl` what `encode_as_pieces` says of
//! each line; see its README.

use ngram_tokenizer::{PieceFile, PieceFileError, Surface, TokenizerKind, TokenizerSpec};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sentencepiece_files")
}

fn bytes(name: &str) -> Vec<u8> {
    fs::read(folder().join(format!("{name}.model"))).unwrap()
}

fn open(name: &str) -> TokenizerSpec {
    TokenizerSpec::new(TokenizerKind::PieceFile(PieceFile::new(bytes(name)).unwrap()))
}

fn tokens(tokenizer: &TokenizerSpec, line: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    tokenizer.tokenize(line, |token| tokens.push(token.to_owned()));
    tokens
}

/// The models, each with its lines and their pieces.
fn expected() -> Vec<(String, String, Vec<String>)> {
    let lines = fs::read_to_string(folder().join("pieces.jsonl")).unwrap();
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn pieces_are_those_of_sentencepiece() {
    let mut models: Vec<(String, TokenizerSpec)> = Vec::new();
    let mut lines = 0;
    for (name, line, pieces) in expected() {
        if models.last().is_none_or(|(last, _)| *last != name) {
            models.push((name.clone(), open(&name)));
        }
        let (_, tokenizer) = models.last().unwrap();
        assert_eq!(tokens(tokenizer, &line), pieces, "{name}: {line:?}");
        lines += 1;
    }
    assert_eq!((models.len(), lines), (7, 7 * 39));
}

#[test]
fn gaps_and_forms_are_the_whole_line() {
    for (name, line, pieces) in expected() {
        let tokenizer = open(&name);
        let (mut text, mut found) = (String::new(), Vec::new());
        let last = tokenizer.pieces(&line, |piece, token| {
            text.push_str(piece.gap);
            text.push_str(piece.form);
            found.push(token.to_owned());
        });
        text.push_str(last.gap);
        if last.markers == 0 {
            assert_eq!(text, line, "{name}");
            assert_eq!(found, pieces, "{name}: {line:?}");
        }
    }
}

#[test]
fn pieces_stand_for_the_text() {
    for name in ["unigram", "bpe", "unigram-bytes", "bpe-bytes"] {
        let tokenizer = open(name);
        let line = "the cat sat on 日本 the mat";
        let mut surface = Surface::new(&tokenizer);
        let mut text = String::new();
        for token in tokens(&tokenizer, line) {
            text.push_str(&surface.plain(&token));
            surface.push(ngram_tokenizer::Gap::None, &token, ngram_tokenizer::Case::Verbatim);
        }
        // Where spaces follow words, one follows the last.
        assert_eq!(text.trim_end(), line, "{name}");
    }
}

#[test]
fn a_line_may_be_lowercased_first() {
    let tokenizer = TokenizerSpec { lowercase: true, ..open("unigram") };
    assert_eq!(tokens(&tokenizer, "THE Cat"), tokens(&open("unigram"), "the cat"));
    let mut forms = String::new();
    let last = tokenizer.pieces("THE Cat", |piece, _| forms.push_str(piece.form));
    assert_eq!((forms.as_str(), last.gap), ("THE Cat", ""));
}

#[test]
fn a_model_is_known_by_its_bytes() {
    let file = PieceFile::new(bytes("bpe")).unwrap();
    assert_eq!((file.format(), file.bytes()), ("sentencepiece", &bytes("bpe")[..]));
    assert!(file.has_piece("▁the") && !file.has_piece("the cat"));
    assert!(file == PieceFile::new(bytes("bpe")).unwrap());
    assert!(file != PieceFile::new(bytes("unigram")).unwrap());
    let shown: Value = serde_json::to_value(&file).unwrap();
    assert_eq!(shown["format"], "sentencepiece");
}

#[test]
fn what_cannot_be_used_says_why() {
    let error = |bytes: &[u8]| PieceFile::new(bytes).unwrap_err();
    assert_eq!(error(b"<xml>"), PieceFileError::Foreign);
    assert_eq!(error(b""), PieceFileError::Foreign);
    let whole = bytes("unigram");
    let message = error(&whole[..whole.len() - 3]).to_string();
    assert!(message.contains("not a valid model of SentencePiece: it is cut short"), "{message}");
    // A piece: its field, its length, then its text in a field of its own.
    let twice = [&b"\x0a\x03\x0a\x01a"[..], b"\x0a\x03\x0a\x01a"].concat();
    assert!(error(&twice).to_string().contains("\"a\" twice"));
    assert!(error(b"\x0a\x03\x0a\x01a").to_string().contains("no unknown piece"));
    // The third field of the second: the type, 4.
    let chars = [&b"\x0a\x05\x0a\x01a\x18\x02"[..], b"\x12\x02\x18\x04"].concat();
    assert_eq!(error(&chars), PieceFileError::Algorithm("char"));
}

#[test]
fn no_damage_stops_it() {
    for name in ["unigram", "bpe-bytes"] {
        let whole = bytes(name);
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 1 << (at % 8);
            let Ok(file) = PieceFile::new(damaged) else { continue };
            let tokenizer = TokenizerSpec::new(TokenizerKind::PieceFile(file));
            let mut length = 0;
            for line in ["the cat ﬁ Ａ 日本 <sep> e\u{301}", "  x  "] {
                tokenizer.tokenize(line, |token| length += token.len());
                let last = tokenizer.pieces(line, |piece, _| length += piece.form.len());
                length += last.gap.len();
            }
            // A replacement has at most a kilobyte.
            assert!(length < 100_000, "{name}, byte {at}: {length}");
        }
    }
}
