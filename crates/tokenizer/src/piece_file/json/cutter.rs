//! Cuts lines with the `tokenizers` crate.

use super::settings;
use super::spelling::PieceSpelling;
use crate::piece_file::lowered::Lowered;
use crate::piece_file::{PartialCharacter, PieceFileError};
use crate::{SPECIAL_WORDS, WordId};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use tokenizers::{Encoding, Tokenizer};

/// The crate's tokenizer, with its pieces cached.
pub struct Cutter {
    tokenizer: Tokenizer,
    /// Pieces by id, for small ids: nearly always all of them.
    pieces: Vec<Option<Box<str>>>,
    /// The id of the unknown piece.
    unknown: Option<u32>,
    spelling: PieceSpelling,
    leaves_spaces_out: bool,
}

const UNKNOWN: &str = SPECIAL_WORDS[WordId::UNKNOWN.0 as usize];

impl Cutter {
    pub fn new(json: &[u8]) -> Result<Cutter, PieceFileError> {
        let (json, settings) = settings::read(json)?;
        // The crate panics on some malformed files.
        let tokenizer = catch_unwind(|| Tokenizer::from_bytes(json))
            .map_err(|_| PieceFileError::Malformed("its parts do not fit together".to_owned()))?
            .map_err(|error| PieceFileError::Malformed(error.to_string()))?;
        let vocab = tokenizer.get_vocab(true);
        // Bounded by the number of pieces, however large the ids in a damaged file are.
        let mut pieces = vec![None; 2 * vocab.len() + 1024];
        for (piece, number) in vocab {
            if let Some(place) = pieces.get_mut(number as usize) {
                *place = Some(piece.into_boxed_str());
            }
        }
        let unknown = match (&settings.model.unk_token, settings.model.unk_id) {
            (Some(token), _) => Some(
                tokenizer
                    .token_to_id(token)
                    .ok_or_else(|| PieceFileError::NoUnknown(token.clone()))?,
            ),
            (None, Some(number)) => u32::try_from(number).ok(),
            (None, None) => None,
        };
        let spelling = PieceSpelling::new(&settings);
        let mut cutter = Cutter { tokenizer, pieces, unknown, spelling, leaves_spaces_out: false };
        cutter.try_out();
        Ok(cutter)
    }

    /// Cuts a line of two words to find out how spaces are treated.
    fn try_out(&mut self) {
        let (mut first, mut end) = (None, 0);
        let mut gaps = false;
        self.spans("a a", false, &mut |span, token| {
            gaps |= span.start > end;
            end = span.end;
            first.get_or_insert_with(|| token.unwrap_or_default().to_owned());
        });
        self.leaves_spaces_out = gaps;
        let plain = |token: String| self.spelling.plain(&token, &PartialCharacter::default()).0;
        self.spelling.leads = first.map(plain).is_some_and(|text| text.starts_with(' '));
    }

    pub fn cut(&self, line: &str, emit: &mut impl FnMut(&str)) {
        match self.encoding(|tokenizer| tokenizer.encode_fast(line, false)) {
            Some(encoding) => encoding
                .get_ids()
                .iter()
                .for_each(|&number| self.piece(number, |piece| emit(piece.unwrap_or(UNKNOWN)))),
            None => emit(UNKNOWN),
        }
    }

    /// Calls `emit` with each token of a line (`None` for an unknown one) and the span of the line
    /// that it covers. Spans do not overlap: where a token begins within the one before, as the
    /// bytes of a character do, the earlier span ends there.
    pub fn spans(
        &self,
        line: &str,
        lowercase: bool,
        emit: &mut impl FnMut(Range<usize>, Option<&str>),
    ) {
        let lowered = lowercase.then(|| Lowered::new(line));
        let cut = lowered.as_ref().map_or(line, |lowered| &lowered.line);
        let Some(encoding) = self.encoding(|tokenizer| tokenizer.encode(cut, false)) else {
            return emit(0..line.len(), None);
        };
        let place = |at: usize| {
            let at = lowered.as_ref().map_or(at, |lowered| lowered.place(at)).min(line.len());
            (0..=at).rev().find(|&at| line.is_char_boundary(at)).unwrap_or(0)
        };
        let offsets = encoding.get_offsets();
        let nexts = offsets.iter().skip(1).map(|&(from, _)| from).chain([usize::MAX]);
        let mut end = 0;
        for ((&number, &(from, to)), next) in encoding.get_ids().iter().zip(offsets).zip(nexts) {
            let from = place(from).max(end);
            end = place(to.min(next)).max(from);
            self.piece(number, |piece| emit(from..end, piece));
        }
    }

    pub fn plain(&self, token: &str, before: &PartialCharacter) -> (String, PartialCharacter) {
        // Anything that is not a piece is an unknown word, spelled as in the text.
        if !self.has_piece(token) {
            return (
                token.to_owned(),
                PartialCharacter { begun: true, ..PartialCharacter::default() },
            );
        }
        self.spelling.plain(token, before)
    }

    pub fn has_piece(&self, token: &str) -> bool {
        self.tokenizer.token_to_id(token).is_some()
    }

    pub fn is_within(&self, token: &str, before: &PartialCharacter) -> bool {
        self.spelling.is_within(token, before)
    }

    pub fn leaves_spaces_out(&self) -> bool {
        self.leaves_spaces_out
    }

    /// Encodes a line; `None` if the crate fails, or panics over a file that it should have rejected.
    fn encoding(
        &self,
        encode: impl FnOnce(&Tokenizer) -> tokenizers::Result<Encoding>,
    ) -> Option<Encoding> {
        catch_unwind(AssertUnwindSafe(|| encode(&self.tokenizer))).ok()?.ok()
    }

    /// Emits the piece with this id, or `None` if it is the unknown piece or has no piece.
    fn piece(&self, number: u32, emit: impl FnOnce(Option<&str>)) {
        if self.unknown == Some(number) {
            emit(None);
        } else if let Some(Some(piece)) = self.pieces.get(number as usize) {
            emit(Some(piece));
        } else {
            emit(self.tokenizer.id_to_token(number).as_deref());
        }
    }
}
