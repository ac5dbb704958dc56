//! How a word is written in the file: the one place where this format meets the escapes.

use std::borrow::Cow;

/// The word as the file has it: without separators, and never empty.
pub fn escape(word: &str) -> Cow<'_, str> {
    Cow::Borrowed(word)
}

/// The word that the file means.
pub fn unescape(written: &str) -> Cow<'_, str> {
    Cow::Borrowed(written)
}
