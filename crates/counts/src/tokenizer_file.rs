//! Tokenizers as named by the user: by name, or by file.

use ngram_tokenizer::{
    MAX_PIECE_FILE, PieceFile, PieceFileError, TokenizerKind, TokenizerSpec, UnknownTokenizer,
};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// A user's name for a tokenizer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenizerName {
    /// A kind that is fully described by its name, such as `words`.
    Kind(TokenizerKind),
    /// The rules of a Hugging Face `tokenizer.json` or of a SentencePiece model, in this file.
    File(PathBuf),
}

/// The error for a name that is neither a tokenizer's nor a file's.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{tokenizer}{}", no_file(tokenizer))]
pub struct UnknownName {
    tokenizer: UnknownTokenizer,
}

/// What is added of files, unless the name is a tokenizer's.
fn no_file(unknown: &UnknownTokenizer) -> &'static str {
    match unknown {
        UnknownTokenizer::LeftOut => "",
        UnknownTokenizer::None(_) => {
            ", and there is no file of that name that could be a tokenizer.json or a SentencePiece model"
        }
    }
}

/// Why a file cannot be used as a tokenizer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokenizerFileError {
    /// The file could not be read.
    #[error("cannot read the tokenizer {name}")]
    Read {
        /// The file's name.
        name: String,
        /// What the system said.
        source: io::Error,
    },
    /// The file has no known format, or this build cannot read it.
    #[error("cannot use the tokenizer {name}")]
    Unusable {
        /// The file's name.
        name: String,
        /// What is wrong with it.
        source: PieceFileError,
    },
}

impl FromStr for TokenizerName {
    type Err = UnknownName;

    /// Parses a tokenizer's name; anything else must look like a path or be an existing file.
    fn from_str(name: &str) -> Result<TokenizerName, UnknownName> {
        name.parse().map(TokenizerName::Kind).or_else(|unknown| {
            let path = Path::new(name);
            let is_path = path.extension().is_some() || path.components().count() > 1;
            if is_path || path.exists() {
                Ok(TokenizerName::File(path.into()))
            } else {
                Err(UnknownName { tokenizer: unknown })
            }
        })
    }
}

impl TokenizerName {
    /// Returns the tokenizer, reading its file if it has one.
    ///
    /// # Errors
    ///
    /// If the file cannot be read or used.
    pub fn open(&self, lowercase: bool) -> Result<TokenizerSpec, TokenizerFileError> {
        let kind = match self {
            TokenizerName::Kind(kind) => kind.clone(),
            TokenizerName::File(path) => TokenizerKind::PieceFile(read(path)?),
        };
        Ok(TokenizerSpec { kind, lowercase })
    }
}

fn read(path: &Path) -> Result<PieceFile, TokenizerFileError> {
    let name = || path.display().to_string();
    let failed = |source| TokenizerFileError::Read { name: name(), source };
    let mut json = Vec::new();
    let file = File::open(path).map_err(failed)?;
    file.take(MAX_PIECE_FILE as u64 + 1).read_to_end(&mut json).map_err(failed)?;
    PieceFile::new(json).map_err(|source| TokenizerFileError::Unusable { name: name(), source })
}
