//! Tokenizer names and settings, stored in every model so that later texts are cut the same way.

use crate::unknown::{UnknownTokenizer, WORDS_ICU};
#[cfg(feature = "words-icu")]
use crate::words_icu;
use crate::{PieceFile, bytes, chars, shannon, whitespace, words};
use serde::Serialize;
use std::fmt;
use std::str::FromStr;

/// The rule that cuts a line into tokens.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub enum TokenizerKind {
    /// Words and punctuation marks by the word boundaries of Unicode's UAX #29.
    Words,
    /// Maximal runs without NUL, TAB, LF, CR and SPACE, as in KenLM.
    Whitespace,
    /// Grapheme clusters: what a reader calls a character.
    Chars,
    /// The bytes of the UTF-8 text.
    Bytes,
    /// Shannon's 27 symbols: the letters a–z, and `_` for anything between them.
    Shannon,
    /// The rules of a Hugging Face `tokenizer.json` or of a SentencePiece model, which is part of the value.
    PieceFile(PieceFile),
    /// As [`TokenizerKind::Words`], but runs of Chinese, Japanese, Thai, Lao, Khmer and Burmese are cut by ICU's
    /// dictionaries. Only for builds with the feature `words-icu`: names and files are refused by others, which would cut
    /// such runs into letters.
    WordsIcu,
}

impl TokenizerKind {
    /// Every kind that is fully described by its name and is in every build, in the order of the help texts.
    pub const ALL: [TokenizerKind; 5] = [
        TokenizerKind::Words,
        TokenizerKind::Whitespace,
        TokenizerKind::Chars,
        TokenizerKind::Bytes,
        TokenizerKind::Shannon,
    ];

    /// Returns the name on the command line; for a file of pieces, the name of its format, whatever it is called.
    pub fn name(&self) -> &'static str {
        match self {
            TokenizerKind::Words => "words",
            TokenizerKind::Whitespace => "whitespace",
            TokenizerKind::Chars => "chars",
            TokenizerKind::Bytes => "bytes",
            TokenizerKind::Shannon => "shannon",
            TokenizerKind::PieceFile(file) => file.format(),
            TokenizerKind::WordsIcu => WORDS_ICU,
        }
    }

    /// Returns what its tokens are called, in the plural.
    pub fn unit(&self) -> &'static str {
        match self {
            TokenizerKind::Words | TokenizerKind::Whitespace | TokenizerKind::WordsIcu => "words",
            TokenizerKind::Chars => "characters",
            TokenizerKind::Bytes => "bytes",
            TokenizerKind::Shannon => "symbols",
            TokenizerKind::PieceFile(_) => "pieces",
        }
    }
}

impl fmt::Display for TokenizerKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        match self {
            TokenizerKind::PieceFile(tokenizer) => write!(f, " {:016x}", tokenizer.digest()),
            _ => Ok(()),
        }
    }
}

/// A tokenizer: its rule, and whether text is lowercased first.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct TokenizerSpec {
    /// The rule that cuts a line.
    pub kind: TokenizerKind,
    /// Whether text is lowercased (Unicode's full mapping): token by token for words, white space
    /// and characters, otherwise before the line is cut.
    pub lowercase: bool,
}

impl TokenizerSpec {
    /// Creates a tokenizer of this kind that keeps case.
    pub fn new(kind: TokenizerKind) -> TokenizerSpec {
        TokenizerSpec { kind, lowercase: false }
    }

    /// Calls `emit` with each token of `line`, from left to right.
    ///
    /// `line` is one line without its line end.
    pub fn tokenize(&self, line: &str, mut emit: impl FnMut(&str)) {
        if !self.lowercase {
            return self.cut(line, &mut emit);
        }
        match &self.kind {
            TokenizerKind::Words
            | TokenizerKind::Whitespace
            | TokenizerKind::Chars
            | TokenizerKind::WordsIcu => {
                let mut buffer = String::new();
                self.cut(line, &mut |form: &str| emit(self.token(form, &mut buffer)));
            }
            TokenizerKind::Bytes | TokenizerKind::Shannon | TokenizerKind::PieceFile(_) => {
                self.cut(&line.to_lowercase(), &mut emit);
            }
        }
    }

    /// Cuts a line without lowercasing.
    pub(crate) fn cut(&self, line: &str, emit: &mut impl FnMut(&str)) {
        match &self.kind {
            TokenizerKind::Words => words::tokenize(line, emit),
            TokenizerKind::Whitespace => whitespace::tokenize(line, emit),
            TokenizerKind::Chars => chars::tokenize(line, emit),
            TokenizerKind::Bytes => bytes::tokenize(line, emit),
            TokenizerKind::Shannon => shannon::tokenize(line, emit),
            TokenizerKind::PieceFile(tokenizer) => tokenizer.cut(line, emit),
            #[cfg(feature = "words-icu")]
            TokenizerKind::WordsIcu => words_icu::tokenize(line, emit),
            #[cfg(not(feature = "words-icu"))]
            TokenizerKind::WordsIcu => words::tokenize(line, emit),
        }
    }
}

impl fmt::Display for TokenizerSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.kind)?;
        if self.lowercase { f.write_str(", lowercased") } else { Ok(()) }
    }
}

impl FromStr for TokenizerKind {
    type Err = UnknownTokenizer;

    fn from_str(name: &str) -> Result<TokenizerKind, UnknownTokenizer> {
        match TokenizerKind::ALL.into_iter().find(|kind| kind.name() == name) {
            Some(kind) => Ok(kind),
            None if name != WORDS_ICU => Err(UnknownTokenizer::None(name.to_owned())),
            None if cfg!(feature = "words-icu") => Ok(TokenizerKind::WordsIcu),
            None => Err(UnknownTokenizer::LeftOut),
        }
    }
}
