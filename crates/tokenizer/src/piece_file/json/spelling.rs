//! How a `tokenizer.json` spells its pieces, and what text they stand for.
//!
//! This decides only how a text is predicted, and so how many bits it takes: where a piece stands for a different text,
//! the difference is encoded separately. So an unrecognised spelling costs more bits, never fewer.

use super::settings::TokenizerSettings;
use crate::piece_file::{PartialCharacter, byte_of_name};

/// The recognised spellings; a file may combine any of them.
pub struct PieceSpelling {
    /// Each character stands for a byte.
    bytes: bool,
    /// The character that stands for a space.
    mark: Option<char>,
    /// The prefix of pieces that continue a word.
    within: Option<String>,
    /// The suffix of pieces that end a word.
    ends: Option<String>,
    /// Pieces such as `<0xE2>` stand for bytes.
    fallback: bool,
    /// The first piece of a line begins with a space that is not in the text.
    pub leads: bool,
}

impl PieceSpelling {
    pub fn new(settings: &TokenizerSettings) -> PieceSpelling {
        let some = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        PieceSpelling {
            bytes: settings.is_byte_level(),
            mark: settings.mark(),
            within: some(&settings.model.continuing_subword_prefix),
            ends: some(&settings.model.end_of_word_suffix),
            fallback: settings.model.byte_fallback,
            leads: false,
        }
    }

    /// Returns the text that a piece stands for after `before`, and the state after it.
    pub fn plain(&self, piece: &str, before: &PartialCharacter) -> (String, PartialCharacter) {
        let mut after = PartialCharacter { begun: true, unfinished: false, ..before.clone() };
        if self.fallback
            && let Some(byte) = byte_of_name(piece)
        {
            return (after.text(&[byte]), after);
        }
        let mut text = piece;
        if let Some(within) = &self.within {
            text = text.strip_prefix(within.as_str()).unwrap_or(text);
        }
        if let Some(ends) = &self.ends {
            let whole = text.strip_suffix(ends.as_str());
            after.unfinished = whole.is_none();
            text = whole.unwrap_or(text);
        }
        let mut bytes = Vec::with_capacity(text.len());
        for character in text.chars() {
            match byte_of_character(character).filter(|_| self.bytes) {
                Some(byte) => bytes.push(byte),
                None if self.mark == Some(character) => bytes.push(b' '),
                None => bytes.extend(character.encode_utf8(&mut [0; 4]).bytes()),
            }
        }
        if self.leads && !before.begun && bytes.first() == Some(&b' ') {
            bytes.remove(0);
        }
        (after.text(&bytes), after)
    }

    /// Returns whether the spelling of a piece says that it continues the one before.
    pub fn is_within(&self, piece: &str, before: &PartialCharacter) -> bool {
        before.unfinished || self.within.as_ref().is_some_and(|within| piece.starts_with(within))
    }
}

/// Returns the byte that a character of byte-level pieces stands for (GPT-2; Radford et al. 2019). Visible Latin-1
/// characters stand for themselves; all other bytes are mapped, in order, to the characters from U+0100 on.
fn byte_of_character(character: char) -> Option<u8> {
    Some(match u32::from(character) {
        code @ (0x21..=0x7e | 0xa1..=0xac | 0xae..=0xff) => code as u8,
        // The invisible ones, in runs of 33, 34 and 1.
        code @ 0x100..=0x120 => (code - 0x100) as u8,
        code @ 0x121..=0x142 => (code - 0x121) as u8 + 0x7f,
        0x143 => 0xad,
        _ => return None,
    })
}
