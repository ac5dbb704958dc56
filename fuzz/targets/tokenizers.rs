//! Any bytes as lines of text for every tokenizer, compared with the definitions, and joined again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use ngram_fuzz::Bounded;
use ngram_tokenizer::{
    Case, Interner, Lookup, Surface, TokenizerKind, TokenizerSpec, Vocab, escape, unescape,
};
use unicode_segmentation::UnicodeSegmentation;

#[global_allocator]
static MEMORY: Bounded = Bounded::new(64 << 20);

fuzz_target!(|data: &[u8]| {
    let Some((&choice, bytes)) = data.split_first() else { return };
    let kind = TokenizerKind::ALL[choice as usize % TokenizerKind::ALL.len()].clone();
    let tokenizer = TokenizerSpec { kind, lowercase: choice >= 0x80 };
    let text = String::from_utf8_lossy(bytes);
    let mut interner = Interner::new();
    for line in text.split('\n') {
        cut(&tokenizer, line, &mut interner);
    }
    numbered(&interner);
    escaped(&text);
});

/// Checks that the tokens of a line are those of the definition and, with gaps and case, give the line back.
fn cut(tokenizer: &TokenizerSpec, line: &str, interner: &mut Interner) {
    let mut tokens = Vec::new();
    tokenizer.tokenize(line, |token| {
        assert!(!token.is_empty());
        interner.intern(token);
        tokens.push(token.to_owned());
    });
    assert_eq!(tokens, defined(tokenizer, line));
    if !tokenizer.has_surface() {
        return;
    }
    let mut surface = Surface::new(tokenizer);
    let mut rebuilt = String::new();
    let mut left = tokens.iter().filter(|token| !["<s>", "</s>"].contains(&token.as_str()));
    let last = tokenizer.pieces(line, |piece, token| {
        assert_eq!(Some(token), left.next().map(String::as_str));
        let case = Case::of(piece.form, token);
        assert_eq!(case.apply(token, piece.form), piece.form);
        surface.gap_contexts(Some(token));
        surface.case_contexts(token);
        surface.push(ngram_tokenizer::Gap::of(piece.gap), token, case);
        rebuilt += piece.gap;
        rebuilt += piece.form;
    });
    rebuilt += last.gap;
    assert_eq!(left.next(), None);
    assert_eq!(rebuilt, line);
}

fn defined(tokenizer: &TokenizerSpec, line: &str) -> Vec<String> {
    let lower = line.to_lowercase();
    let whole = if tokenizer.lowercase { &lower } else { line };
    let lowered = |token: &str| match tokenizer.lowercase {
        true => token.to_lowercase(),
        false => token.to_owned(),
    };
    match tokenizer.kind {
        TokenizerKind::Words => {
            let pieces = line.split_word_bounds();
            pieces.filter(|piece| !piece.chars().all(char::is_whitespace)).map(lowered).collect()
        }
        TokenizerKind::Whitespace => {
            let tokens = line.split(['\0', '\t', '\n', '\r', ' ']);
            tokens.filter(|token| !token.is_empty()).map(lowered).collect()
        }
        TokenizerKind::Chars => line.graphemes(true).map(lowered).collect(),
        TokenizerKind::Bytes => {
            let name = |byte: u8| match byte {
                b'!'..=b'~' => char::from(byte).to_string(),
                _ => format!("<0x{byte:02X}>"),
            };
            whole.bytes().map(name).collect()
        }
        TokenizerKind::Shannon => {
            let letters = whole.split(|letter: char| !letter.is_ascii_alphabetic());
            let words: Vec<&str> = letters.filter(|word| !word.is_empty()).collect();
            words.join("_").to_ascii_lowercase().chars().map(String::from).collect()
        }
        TokenizerKind::WordsIcu | TokenizerKind::PieceFile(_) => unreachable!("it has no name among all"),
    }
}

/// Checks that a vocabulary of the words finds each under its number.
fn numbered(interner: &Interner) {
    let special = ["<unk>", "<s>", "</s>"];
    let words: Vec<&str> = interner.words().filter(|word| !special.contains(word)).collect();
    let vocab = Vocab::new(words.iter().copied()).unwrap();
    let view = vocab.view();
    view.check().unwrap();
    let mut lookup = Lookup::new(view);
    for word in words {
        let id = view.id(word).unwrap();
        assert_eq!((view.word(id), lookup.id_or_unknown(word)), (word, id));
    }
}

/// Checks that escaped text is one word and comes back, and that written text is the form of one token.
fn escaped(text: &str) {
    let written = escape(text);
    assert!(!written.is_empty() && !written.contains(['\0', '\t', '\n', '\r', ' ']));
    assert_eq!(unescape(&written), text);
    for word in text.split(['\0', '\t', '\n', '\r', ' ']).filter(|word| !word.is_empty()) {
        assert_eq!(escape(&unescape(word)), word);
    }
}
