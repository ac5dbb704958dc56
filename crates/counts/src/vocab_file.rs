//! Vocabulary files: one word per line.

use ngram_tokenizer::{SPECIAL_WORDS, TokenizerKind, TokenizerSpec};
use std::collections::HashMap;

/// The words of a vocabulary file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VocabFile {
    /// The words in the order of the file, without `<unk>`, `<s>` and `</s>`, which are always known.
    pub words: Vec<String>,
    /// Line numbers, from 1, of words that the tokenizer never produces, as it changes or cuts them.
    pub never_found: Vec<u64>,
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
    /// A word is listed twice.
    #[error(
        "the vocabulary {name} lists {word:?} in line {first} and again in line {second}: list each word once"
    )]
    Twice {
        /// The file's name.
        name: String,
        /// The word.
        word: String,
        /// The first line that lists it, from 1.
        first: u64,
        /// The second line that lists it.
        second: u64,
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
    /// If it is not UTF-8, or lists a word twice or no word at all.
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
        let mut first_lines = HashMap::new();
        for (second, line) in (1..).zip(text.trim_start_matches('\u{feff}').lines()) {
            let word = match line.trim() {
                // The space between words is a character, too.
                "" if line == " " && tokenizer.kind == TokenizerKind::Chars => " ",
                word => word,
            };
            if word.is_empty() || SPECIAL_WORDS.contains(&word) {
                continue;
            }
            if let Some(first) = first_lines.insert(word, second) {
                let word = word.to_owned();
                return Err(VocabFileError::Twice { name: name(), word, first, second });
            }
            if !is_one_token(word, tokenizer) {
                found.never_found.push(second);
            }
            found.words.push(word.to_owned());
        }
        if found.words.is_empty() {
            return Err(VocabFileError::Empty(name()));
        }
        Ok(found)
    }
}

/// Returns whether the tokenizer could ever find this word in a text.
fn is_one_token(word: &str, tokenizer: &TokenizerSpec) -> bool {
    if let TokenizerKind::HuggingFace(tokenizer) = &tokenizer.kind {
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
