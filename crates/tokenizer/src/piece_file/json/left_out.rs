//! Stands in for the cutter in builds without the feature `tokenizers`.

use crate::piece_file::{PartialCharacter, PieceFileError};
use std::ops::Range;

/// A cutter that cannot exist.
pub enum Cutter {}

impl Cutter {
    pub fn new(_json: &[u8]) -> Result<Cutter, PieceFileError> {
        Err(PieceFileError::LeftOut)
    }

    pub fn cut(&self, _line: &str, _emit: &mut impl FnMut(&str)) {
        match *self {}
    }

    pub fn spans(&self, _: &str, _: bool, _: &mut impl FnMut(Range<usize>, Option<&str>)) {
        match *self {}
    }

    pub fn plain(&self, _token: &str, _before: &PartialCharacter) -> (String, PartialCharacter) {
        match *self {}
    }

    pub fn has_piece(&self, _token: &str) -> bool {
        match *self {}
    }

    pub fn is_within(&self, _token: &str, _before: &PartialCharacter) -> bool {
        match *self {}
    }

    pub fn leaves_spaces_out(&self) -> bool {
        match *self {}
    }
}
