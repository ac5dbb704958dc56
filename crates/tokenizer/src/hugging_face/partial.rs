//! What stands before a piece of a line.

use std::str;

/// What of a line so far matters to what the next piece stands for.
#[derive(Clone, Debug, Default)]
pub struct Partial {
    /// Whether there was a piece.
    pub begun: bool,
    /// Whether the last piece is spelled as one that ends no word.
    pub unfinished: bool,
    /// The first bytes of a character that is not whole yet, and how many.
    pub bytes: [u8; 3],
    pub length: u8,
}

impl Partial {
    /// The text of the bytes so far and these, up to the last whole character; the rest is kept. What can be no
    /// character is read as U+FFFD.
    pub fn text(&mut self, more: &[u8]) -> String {
        let mut bytes = self.bytes[..self.length.into()].to_vec();
        bytes.extend_from_slice(more);
        self.length = 0;
        if let Err(error) = str::from_utf8(&bytes)
            && error.error_len().is_none()
        {
            let rest = bytes.split_off(error.valid_up_to());
            // A character has four bytes at most.
            self.bytes[..rest.len()].copy_from_slice(&rest);
            self.length = rest.len() as u8;
        }
        String::from_utf8(bytes)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
    }
}
