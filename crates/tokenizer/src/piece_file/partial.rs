//! The state of a line before a piece.

use std::str;

/// The part of a line's past that determines what text the next piece stands for.
#[derive(Clone, Debug, Default)]
pub struct PartialCharacter {
    /// Whether there was a piece.
    pub begun: bool,
    /// Whether the last piece is spelled as one that does not end a word.
    pub unfinished: bool,
    /// The first bytes of an incomplete character, and how many there are.
    pub bytes: [u8; 3],
    pub length: u8,
}

impl PartialCharacter {
    /// Returns the text of the bytes so far and `more`, up to the last complete character, and
    /// keeps the rest. Invalid bytes become U+FFFD.
    pub fn text(&mut self, more: &[u8]) -> String {
        let mut bytes = self.bytes[..self.length.into()].to_vec();
        bytes.extend_from_slice(more);
        self.length = 0;
        if let Err(error) = str::from_utf8(&bytes)
            && error.error_len().is_none()
        {
            let rest = bytes.split_off(error.valid_up_to());
            // At most three bytes: a character has four at most.
            self.bytes[..rest.len()].copy_from_slice(&rest);
            self.length = rest.len() as u8;
        }
        String::from_utf8(bytes)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
    }
}

/// Returns the byte of a piece such as `<0xE2>`.
pub fn byte_of_name(piece: &str) -> Option<u8> {
    let digits = piece.strip_prefix("<0x")?.strip_suffix('>')?;
    u8::from_str_radix(digits, 16).ok().filter(|_| digits.len() == 2)
}
