//! Cutting lines by the crate `tokenizers`.

use super::{HuggingFaceError, settings};
use crate::{SPECIAL_WORDS, WordId};
use std::panic::{AssertUnwindSafe, catch_unwind};
use tokenizers::Tokenizer;

/// The crate's tokenizer, with its pieces at hand.
pub struct Cutter {
    tokenizer: Tokenizer,
    /// Pieces by number: those with small ones, which are nearly always all.
    pieces: Vec<Option<Box<str>>>,
    /// The number of the piece for what it does not know.
    unknown: Option<u32>,
}

const UNKNOWN: &str = SPECIAL_WORDS[WordId::UNKNOWN.0 as usize];

impl Cutter {
    pub fn new(json: &[u8]) -> Result<Cutter, HuggingFaceError> {
        let (json, model) = settings::read(json)?;
        // The crate panics on some files that are none of its own.
        let tokenizer = catch_unwind(|| Tokenizer::from_bytes(json))
            .map_err(|_| HuggingFaceError::Malformed("its parts do not fit together".to_owned()))?
            .map_err(|error| HuggingFaceError::Malformed(error.to_string()))?;
        let vocab = tokenizer.get_vocab(true);
        // However far apart the numbers in a damaged file are, they take no more memory than it has pieces.
        let mut pieces = vec![None; 2 * vocab.len() + 1024];
        for (piece, number) in vocab {
            if let Some(place) = pieces.get_mut(number as usize) {
                *place = Some(piece.into_boxed_str());
            }
        }
        let unknown = match (&model.unk_token, model.unk_id) {
            (Some(token), _) => Some(
                tokenizer
                    .token_to_id(token)
                    .ok_or_else(|| HuggingFaceError::NoUnknown(token.clone()))?,
            ),
            (None, Some(number)) => u32::try_from(number).ok(),
            (None, None) => None,
        };
        Ok(Cutter { tokenizer, pieces, unknown })
    }

    pub fn cut(&self, line: &str, emit: &mut impl FnMut(&str)) {
        // A panic of the crate's is an error of a file that it should have refused.
        let encode = || self.tokenizer.encode_fast(line, false);
        let Ok(Ok(encoding)) = catch_unwind(AssertUnwindSafe(encode)) else {
            emit(UNKNOWN);
            return;
        };
        encoding.get_ids().iter().for_each(|&number| self.emit(number, emit));
    }

    /// Emits the piece with a number.
    fn emit(&self, number: u32, emit: &mut impl FnMut(&str)) {
        if self.unknown == Some(number) {
            emit(UNKNOWN);
        } else if let Some(Some(piece)) = self.pieces.get(number as usize) {
            emit(piece);
        } else {
            emit(self.tokenizer.id_to_token(number).as_deref().unwrap_or(UNKNOWN));
        }
    }
}
