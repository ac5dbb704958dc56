//! The name of a tokenizer, stored in every model so that a text is cut the same way again.

use crate::{HuggingFace, bytes, chars, shannon, whitespace, words};
use serde::Serialize;
use std::fmt;
use std::str::FromStr;

/// Which rule cuts a line into tokens.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub enum TokenizerKind {
    /// Words and punctuation marks by the word boundaries of Unicode's UAX #29.
    Words,
    /// Whatever stands between NUL, TAB, LF, CR and SPACE, as KenLM reads it.
    Whitespace,
    /// Grapheme clusters: what a reader calls a character.
    Chars,
    /// The bytes of the UTF-8 text.
    Bytes,
    /// Shannon's 27 symbols: the letters a–z, and `_` for whatever stands between them.
    Shannon,
    /// The rules of a `tokenizer.json` of Hugging Face's, which goes with them.
    HuggingFace(HuggingFace),
}

impl TokenizerKind {
    /// Every kind that its name says all of, in the order in which help texts list them.
    pub const ALL: [TokenizerKind; 5] = [
        TokenizerKind::Words,
        TokenizerKind::Whitespace,
        TokenizerKind::Chars,
        TokenizerKind::Bytes,
        TokenizerKind::Shannon,
    ];

    /// The name on the command line; of a `tokenizer.json`, what messages call it, whatever its file is called.
    pub fn name(&self) -> &'static str {
        match self {
            TokenizerKind::Words => "words",
            TokenizerKind::Whitespace => "whitespace",
            TokenizerKind::Chars => "chars",
            TokenizerKind::Bytes => "bytes",
            TokenizerKind::Shannon => "shannon",
            TokenizerKind::HuggingFace(_) => HUGGING_FACE,
        }
    }
}

/// What any `tokenizer.json` is called.
const HUGGING_FACE: &str = "tokenizer.json";

impl fmt::Display for TokenizerKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        match self {
            TokenizerKind::HuggingFace(tokenizer) => write!(f, " {:016x}", tokenizer.digest()),
            _ => Ok(()),
        }
    }
}

/// A tokenizer: which rule, and whether text is lowercased first.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct TokenizerSpec {
    /// Which rule cuts a line.
    pub kind: TokenizerKind,
    /// Whether text is lowercased (Unicode's full mapping): token by token with words, white space and
    /// characters, else before the line is cut.
    pub lowercase: bool,
}

impl TokenizerSpec {
    /// A tokenizer of this kind that keeps case.
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
            TokenizerKind::Words | TokenizerKind::Whitespace | TokenizerKind::Chars => {
                let mut buffer = String::new();
                self.cut(line, &mut |form: &str| emit(self.token(form, &mut buffer)));
            }
            TokenizerKind::Bytes | TokenizerKind::Shannon | TokenizerKind::HuggingFace(_) => {
                self.cut(&line.to_lowercase(), &mut emit);
            }
        }
    }

    /// Cuts a line as it is.
    pub(crate) fn cut(&self, line: &str, emit: &mut impl FnMut(&str)) {
        match &self.kind {
            TokenizerKind::Words => words::tokenize(line, emit),
            TokenizerKind::Whitespace => whitespace::tokenize(line, emit),
            TokenizerKind::Chars => chars::tokenize(line, emit),
            TokenizerKind::Bytes => bytes::tokenize(line, emit),
            TokenizerKind::Shannon => shannon::tokenize(line, emit),
            TokenizerKind::HuggingFace(tokenizer) => tokenizer.cut(line, emit),
        }
    }
}

impl fmt::Display for TokenizerSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.kind)?;
        if self.lowercase { f.write_str(", lowercased") } else { Ok(()) }
    }
}

/// A tokenizer name that is not known.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("no tokenizer is called {0:?}; known are words, whitespace, chars, bytes and shannon")]
pub struct UnknownTokenizer(String);

impl FromStr for TokenizerKind {
    type Err = UnknownTokenizer;

    fn from_str(name: &str) -> Result<TokenizerKind, UnknownTokenizer> {
        TokenizerKind::ALL
            .into_iter()
            .find(|kind| kind.name() == name)
            .ok_or_else(|| UnknownTokenizer(name.to_owned()))
    }
}
