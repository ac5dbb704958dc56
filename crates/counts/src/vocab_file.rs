//! Vocabulary files: one word per line.
//!
//! For tokenizers whose tokens have no white space in them, the word is the first field of its line. What follows says
//! something about it: its number or count, as in lists of SRILM, Kaldi and fairseq, or its pronunciation. Other tokenizers may
//! have tokens with spaces, as characters are and pieces of a tokenizer file; for them the whole line is the token.

use ngram_tokenizer::{SPECIAL_WORDS, TokenizerKind, TokenizerSpec};
use std::collections::HashSet;

/// The words of a vocabulary file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VocabFile {
    /// The words in the order of the file, each once, without `<unk>`, `<s>` and `</s>`, which are always known.
    pub words: Vec<String>,
    /// Line numbers, from 1, of words that the tokenizer never produces, as it changes or cuts them.
    pub never_found: Vec<u64>,
    /// The number of lines that list a word again.
    pub repeated: u64,
    /// The number of lines with more than a word.
    pub longer: u64,
    /// The number of symbols that are no words, in a symbol table of OpenFst: `<eps>`, `#0`, `#1` and so on.
    pub symbols: u64,
    /// Whether `<unk>` is listed, too.
    pub unknown: bool,
}

/// Why a text is not a vocabulary file.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VocabFileError {
    /// It is in another encoding.
    #[error(
        "the vocabulary {name} is not UTF-8 in line {line}, byte {byte}: convert it, as with `iconv -t UTF-8`"
    )]
    NotUtf8 {
        /// The file's name.
        name: String,
        /// The line, counted from 1.
        line: u64,
        /// The number of valid bytes before the error.
        byte: usize,
    },
    /// It lists no word.
    #[error("the vocabulary {0} lists no word: write one on each line")]
    Empty(String),
}

impl VocabFile {
    /// Reads a vocabulary file; `name` is used in messages. White space around words is ignored.
    ///
    /// # Errors
    ///
    /// If it is not UTF-8, or lists no word at all.
    pub fn read(
        name: &str,
        bytes: &[u8],
        tokenizer: &TokenizerSpec,
    ) -> Result<VocabFile, VocabFileError> {
        let name = || name.to_owned();
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let byte = error.valid_up_to();
            let line = bytes[..byte].iter().filter(|&&byte| byte == b'\n').count() as u64 + 1;
            VocabFileError::NotUtf8 { name: name(), line, byte }
        })?;
        let mut found = VocabFile::default();
        let mut seen = HashSet::new();
        let mut is_symbols = false;
        for (number, line) in (1..).zip(text.trim_start_matches('\u{feff}').lines()) {
            let (word, rest) = split(line, &tokenizer.kind);
            if word.is_empty() {
                continue;
            }
            found.longer += u64::from(!rest.is_empty());
            // The first line of every symbol table of OpenFst.
            is_symbols |= (word, rest) == ("<eps>", "0") && seen.is_empty();
            if is_symbols && is_symbol(word) {
                found.symbols += 1;
                continue;
            }
            found.unknown |= word == SPECIAL_WORDS[0];
            if SPECIAL_WORDS.contains(&word) {
                continue;
            }
            if !seen.insert(word) {
                found.repeated += 1;
                continue;
            }
            if !is_one_token(word, tokenizer) {
                found.never_found.push(number);
            }
            found.words.push(word.to_owned());
        }
        if found.words.is_empty() {
            return Err(VocabFileError::Empty(name()));
        }
        Ok(found)
    }
}

/// Returns the word of a line, and the rest of the line.
fn split<'l>(line: &'l str, kind: &TokenizerKind) -> (&'l str, &'l str) {
    let is_space: fn(char) -> bool = match kind {
        // The only white space that this one knows: a no-break space belongs to a word.
        TokenizerKind::Whitespace => |c| matches!(c, '\0' | '\t' | '\n' | '\r' | ' '),
        TokenizerKind::Words => char::is_whitespace,
        // The space between words is a character, too.
        TokenizerKind::Chars if line == " " => return (line, ""),
        _ => return (line.trim(), ""),
    };
    let line = line.trim_matches(is_space);
    let (word, rest) = line.split_once(is_space).unwrap_or((line, ""));
    (word, rest.trim_start_matches(is_space))
}

/// Whether this is the empty word or a disambiguation symbol of Kaldi's, `#` and a number.
fn is_symbol(word: &str) -> bool {
    let number = word.strip_prefix('#').unwrap_or_default();
    word == "<eps>" || (!number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Returns whether the tokenizer could ever find this word in a text.
fn is_one_token(word: &str, tokenizer: &TokenizerSpec) -> bool {
    if let TokenizerKind::PieceFile(tokenizer) = &tokenizer.kind {
        return tokenizer.has_piece(word);
    }
    // The tokens of bytes and of Shannon's alphabet are names, which are not tokenized as themselves.
    if matches!(tokenizer.kind, TokenizerKind::Bytes | TokenizerKind::Shannon) {
        return true;
    }
    let mut tokens = 0;
    let mut same = true;
    tokenizer.tokenize(word, |token| {
        tokens += 1;
        same &= token == word;
    });
    tokens == 1 && same
}
