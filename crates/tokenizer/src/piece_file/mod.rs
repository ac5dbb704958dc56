//! Cuts lines by the file of a tokenizer of pieces: a `tokenizer.json` of Hugging Face's, or a model of SentencePiece.
//!
//! The file is kept byte for byte, so that a model trained with it can store it.

mod json;
mod lowered;
mod partial;
mod sentencepiece;

use crate::unknown::UnknownTokenizer;
use crate::{Piece, SPECIAL_WORDS, WordId};
use lowered::Lowered;
pub(crate) use partial::{PartialCharacter, byte_of_name};
use sentencepiece::SentencePiece;
use serde::{Serialize, Serializer, ser::SerializeStruct};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Range;
use std::sync::Arc;
use xxhash_rust::xxh3::xxh3_64;

/// Maximum size of a tokenizer's file, in bytes. The largest in common use, with vocabularies of a
/// quarter of a million pieces, are half as large.
pub const MAX_PIECE_FILE: usize = 64 << 20;

/// A loaded file. Clones share it.
#[derive(Clone)]
pub struct PieceFile(Arc<Loaded>);

struct Loaded {
    bytes: Box<[u8]>,
    digest: u64,
    cutter: Cutter,
}

/// What cuts lines, by the format of the file.
enum Cutter {
    Json(Box<json::Cutter>),
    SentencePiece(Box<SentencePiece>),
}

/// Why a tokenizer's file cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PieceFileError {
    /// The program was built without the feature `tokenizers`.
    #[error(
        "lines are cut by a tokenizer.json of Hugging Face's, which this build cannot read: build with the feature `tokenizers`, as by `cargo install --path . --features tokenizers`"
    )]
    LeftOut,
    /// It is longer than [`MAX_PIECE_FILE`].
    #[error("the tokenizer's file has {0} bytes; at most {MAX_PIECE_FILE} are supported")]
    TooLong(usize),
    /// It has neither format.
    #[error("it is neither a tokenizer.json of Hugging Face's nor a model of SentencePiece")]
    Foreign,
    /// It is not a `tokenizer.json`, or it is damaged.
    #[error("not a valid Hugging Face tokenizer.json: {0}")]
    Malformed(String),
    /// The unknown piece is not in the vocabulary, so lines with unknown pieces could not be cut.
    #[error(
        "the vocabulary of the tokenizer.json lacks {0:?}, its own unknown token: add it to the model's vocab, or train the tokenizer with it"
    )]
    NoUnknown(String),
    /// It is a model of SentencePiece's, and damaged.
    #[error("not a valid model of SentencePiece: {0}")]
    MalformedSentencePiece(String),
    /// It is a model of SentencePiece's of another type.
    #[error(
        "the model of SentencePiece has the type {0}; unigram and bpe are supported: for characters or words, use --tokenizer chars or words"
    )]
    Algorithm(&'static str),
    /// Instead of a file there is the name of a tokenizer that is not in this build.
    #[error(transparent)]
    Name(#[from] UnknownTokenizer),
}

impl PieceFile {
    /// Loads a tokenizer from the bytes of a `tokenizer.json` or of a SentencePiece model.
    ///
    /// # Errors
    ///
    /// If it is too long, malformed, or cannot cut every line; for a `tokenizer.json` always without the feature
    /// `tokenizers`.
    pub fn new(bytes: impl Into<Box<[u8]>>) -> Result<PieceFile, PieceFileError> {
        let bytes = bytes.into();
        if bytes.len() > MAX_PIECE_FILE {
            return Err(PieceFileError::TooLong(bytes.len()));
        }
        // JSON may begin with the same byte, a line end.
        let cutter = if bytes.trim_ascii_start().first() == Some(&b'{') {
            Cutter::Json(Box::new(json::Cutter::new(&bytes)?))
        } else if bytes.first() == Some(&sentencepiece::FIRST) {
            Cutter::SentencePiece(Box::new(SentencePiece::new(&bytes)?))
        } else {
            return Err(PieceFileError::Foreign);
        };
        Ok(PieceFile(Arc::new(Loaded { digest: xxh3_64(&bytes), bytes, cutter })))
    }

    /// Returns the file, byte for byte.
    pub fn bytes(&self) -> &[u8] {
        &self.0.bytes
    }

    /// Returns the XXH3 of the file, which identifies it in messages.
    pub fn digest(&self) -> u64 {
        self.0.digest
    }

    /// Returns the name of its format: `tokenizer.json` or `sentencepiece`.
    pub fn format(&self) -> &'static str {
        match &self.0.cutter {
            Cutter::Json(_) => "tokenizer.json",
            Cutter::SentencePiece(_) => "sentencepiece",
        }
    }

    /// Returns whether the file lists this piece.
    pub fn has_piece(&self, token: &str) -> bool {
        match &self.0.cutter {
            Cutter::Json(json) => json.has_piece(token),
            Cutter::SentencePiece(model) => model.has_piece(token),
        }
    }

    /// Calls `emit` with each token of a line.
    ///
    /// A line that the rules of a `tokenizer.json` cannot cut, for example because a regular expression takes too
    /// long, is one unknown token.
    pub(crate) fn cut(&self, line: &str, emit: &mut impl FnMut(&str)) {
        match &self.0.cutter {
            Cutter::Json(json) => json.cut(line, emit),
            Cutter::SentencePiece(model) => model.cut(line, emit),
        }
    }

    /// Calls `emit` with each token of a line, `None` for one that hides its text, and the span that it covers.
    fn spans(
        &self,
        line: &str,
        lowercase: bool,
        emit: &mut impl FnMut(Range<usize>, Option<&str>),
    ) {
        let model = match &self.0.cutter {
            Cutter::Json(json) => return json.spans(line, lowercase, emit),
            Cutter::SentencePiece(model) => model,
        };
        if !lowercase {
            return model.spans(line, emit);
        }
        let lowered = Lowered::new(line);
        let mut end = 0;
        model.spans(&lowered.line, &mut |span, token| {
            let place = |at: usize| line.floor_char_boundary(lowered.place(at).min(line.len()));
            let from = place(span.start).max(end);
            end = place(span.end).max(from);
            emit(from..end, token);
        });
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
        self.spans(line, lowercase, &mut |span, token| {
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
        match &self.0.cutter {
            Cutter::Json(json) => json.plain(token, before),
            Cutter::SentencePiece(model) => model.plain(token, before),
        }
    }

    /// Returns whether the spelling of a token says that it continues the one before.
    pub(crate) fn is_within(&self, token: &str, before: &PartialCharacter) -> bool {
        match &self.0.cutter {
            Cutter::Json(json) => json.is_within(token, before),
            Cutter::SentencePiece(_) => before.unfinished,
        }
    }

    /// Returns whether no piece contains the spaces between words.
    pub(crate) fn leaves_spaces_out(&self) -> bool {
        match &self.0.cutter {
            Cutter::Json(json) => json.leaves_spaces_out(),
            // A piece covers the spaces that its mark stands for.
            Cutter::SentencePiece(_) => false,
        }
    }
}

impl PartialEq for PieceFile {
    fn eq(&self, other: &PieceFile) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
            || (self.0.digest == other.0.digest && self.0.bytes == other.0.bytes)
    }
}

impl Eq for PieceFile {}

impl Hash for PieceFile {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.digest.hash(state);
    }
}

impl fmt::Debug for PieceFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "PieceFile({}, {:016x}, {} bytes)",
            self.format(),
            self.0.digest,
            self.0.bytes.len()
        )
    }
}

/// Reports identify the file rather than quote it, as it may be long.
impl Serialize for PieceFile {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("PieceFile", 3)?;
        fields.serialize_field("format", self.format())?;
        fields.serialize_field("xxh3", &format!("{:016x}", self.0.digest))?;
        fields.serialize_field("bytes", &self.0.bytes.len())?;
        fields.end()
    }
}
