//! Texts of which every character counts.

use crate::input::Input;
use crate::progress::ProgressDisplay;
use anyhow::Context;
use ngram_store::Progress;
use std::io::Read;

/// A text in memory.
pub struct RawText {
    /// The text, with U+FFFD for each invalid UTF-8 sequence and without a byte order mark.
    pub text: String,
    /// Number of bytes in the input.
    pub bytes: u64,
    /// Number of invalid UTF-8 sequences.
    pub invalid: usize,
}

impl RawText {
    /// Reads all of an input into memory.
    pub fn read(input: &Input, progress: &ProgressDisplay) -> anyhow::Result<RawText> {
        let mut bytes = Vec::new();
        let read = input.open(|count| progress.advance(count))?.read_to_end(&mut bytes);
        read.with_context(|| format!("cannot read {}", input.name))?;
        let plain = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
        let invalid = plain.utf8_chunks().filter(|chunk| !chunk.invalid().is_empty()).count();
        let text = String::from_utf8_lossy(plain).into_owned();
        Ok(RawText { text, bytes: bytes.len() as u64, invalid })
    }
}
