//! Cuts lines by a `tokenizer.json`, the file format of Hugging Face's `tokenizers`.
//!
//! The file is kept byte for byte, so that a model trained with it can store it. Tokens are spelled
//! as in the file: `Ġthe`, `##ing`, `▁the`.
//!
//! Some parts of the file are ignored because a language model has no use for them: truncation and
//! padding, the special tokens that a post-processor puts around a text, and dropout, which cuts
//! the same line in different ways.
//!
//! A piece unknown to the file, its `[UNK]` or `<unk>`, is [`WordId::UNKNOWN`](crate::WordId::UNKNOWN) like
//! every unknown word. It hides the text, which is accounted for as with any other unknown word.

#[cfg(feature = "tokenizers")]
mod cutter;
#[cfg(not(feature = "tokenizers"))]
#[path = "left_out.rs"]
mod cutter;
#[cfg_attr(not(feature = "tokenizers"), allow(dead_code))]
mod partial;
#[cfg(feature = "tokenizers")]
mod settings;
#[cfg(feature = "tokenizers")]
mod spelling;
#[cfg(all(test, feature = "tokenizers"))]
mod tests;

use crate::{Piece, SPECIAL_WORDS, WordId};
use cutter::Cutter;
pub(crate) use partial::PartialCharacter;
use serde::{Serialize, Serializer, ser::SerializeStruct};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use xxhash_rust::xxh3::xxh3_64;

/// Maximum size of a `tokenizer.json`, in bytes. The largest in common use, with vocabularies of a
/// quarter of a million pieces, are half as large.
pub const MAX_TOKENIZER_JSON: usize = 64 << 20;

/// A loaded `tokenizer.json`. Clones share it.
#[derive(Clone)]
pub struct HuggingFace(Arc<Loaded>);

struct Loaded {
    json: Box<[u8]>,
    digest: u64,
    cutter: Cutter,
}

/// Why a `tokenizer.json` cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HuggingFaceError {
    /// The program was built without the feature `tokenizers`.
    #[error(
        "lines are cut by a tokenizer.json of Hugging Face's, which this build cannot read: build with the feature `tokenizers`, as by `cargo install --path . --features tokenizers`"
    )]
    LeftOut,
    /// It is longer than [`MAX_TOKENIZER_JSON`].
    #[error("the tokenizer.json has {0} bytes; at most {MAX_TOKENIZER_JSON} are supported")]
    TooLong(usize),
    /// It is not a `tokenizer.json`, or it is damaged.
    #[error("not a valid Hugging Face tokenizer.json: {0}")]
    Malformed(String),
    /// The unknown piece is not in the vocabulary, so lines with unknown pieces could not be cut.
    #[error(
        "the vocabulary of the tokenizer.json lacks {0:?}, its own unknown token: add it to the model's vocab, or train the tokenizer with it"
    )]
    NoUnknown(String),
}

impl HuggingFace {
    /// Loads a tokenizer from the bytes of a `tokenizer.json`.
    ///
    /// # Errors
    ///
    /// If it is too long, malformed, or cannot cut every line; always without the feature `tokenizers`.
    pub fn new(json: impl Into<Box<[u8]>>) -> Result<HuggingFace, HuggingFaceError> {
        let json = json.into();
        if json.len() > MAX_TOKENIZER_JSON {
            return Err(HuggingFaceError::TooLong(json.len()));
        }
        let cutter = Cutter::new(&json)?;
        Ok(HuggingFace(Arc::new(Loaded { digest: xxh3_64(&json), json, cutter })))
    }

    /// Returns the file, byte for byte.
    pub fn json(&self) -> &[u8] {
        &self.0.json
    }

    /// Returns the XXH3 of the file, which identifies it in messages.
    pub fn digest(&self) -> u64 {
        self.0.digest
    }

    /// Returns whether the file lists this piece.
    pub fn has_piece(&self, token: &str) -> bool {
        self.0.cutter.has_piece(token)
    }

    /// Calls `emit` with each token of a line.
    ///
    /// A line that the file's rules cannot cut, for example because a regular expression takes too
    /// long, is one unknown token.
    pub(crate) fn cut(&self, line: &str, emit: &mut impl FnMut(&str)) {
        self.0.cutter.cut(line, emit);
    }

    /// Emits the pieces of a line with their tokens, like [`TokenizerSpec::pieces`](crate::TokenizerSpec::pieces).
    pub(crate) fn pieces<'l>(
        &self,
        line: &'l str,
        lowercase: bool,
        emit: &mut impl FnMut(Piece<'l>, &str),
    ) -> Piece<'l> {
        let special = [WordId::BEGIN, WordId::END].map(|id| SPECIAL_WORDS[id.index()]);
        let (mut end, mut markers) = (0, 0);
        self.0.cutter.spans(line, lowercase, &mut |span, token| {
            if token.is_some_and(|token| special.contains(&token)) {
                markers += 1;
                return;
            }
            let (gap, form) = (&line[end..span.start], &line[span.clone()]);
            end = span.end;
            let piece = Piece {
                gap,
                markers: std::mem::take(&mut markers),
                form,
                is_unknown: token.is_none(),
            };
            emit(piece, token.unwrap_or(form));
        });
        Piece { gap: &line[end..], markers, ..Piece::default() }
    }

    /// Returns the text that a token stands for after `before`, and the state after it.
    pub(crate) fn plain(
        &self,
        token: &str,
        before: &PartialCharacter,
    ) -> (String, PartialCharacter) {
        self.0.cutter.plain(token, before)
    }

    /// Returns whether the spelling of a token says that it continues the one before.
    pub(crate) fn is_within(&self, token: &str, before: &PartialCharacter) -> bool {
        self.0.cutter.is_within(token, before)
    }

    /// Returns whether no piece contains the spaces between words.
    pub(crate) fn leaves_spaces_out(&self) -> bool {
        self.0.cutter.leaves_spaces_out()
    }
}

impl PartialEq for HuggingFace {
    fn eq(&self, other: &HuggingFace) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
            || (self.0.digest == other.0.digest && self.0.json == other.0.json)
    }
}

impl Eq for HuggingFace {}

impl Hash for HuggingFace {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.digest.hash(state);
    }
}

impl fmt::Debug for HuggingFace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HuggingFace({:016x}, {} bytes)", self.0.digest, self.0.json.len())
    }
}

/// Reports identify the file rather than quote it, as it may be long.
impl Serialize for HuggingFace {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("HuggingFace", 2)?;
        fields.serialize_field("xxh3", &format!("{:016x}", self.0.digest))?;
        fields.serialize_field("bytes", &self.0.json.len())?;
        fields.end()
    }
}
