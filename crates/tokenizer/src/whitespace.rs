//! Tokens separated by NUL, TAB, LF, CR and SPACE: the separators of KenLM's `lmplz`.

use crate::block;

/// Calls `emit` with each maximal run of other characters.
pub fn tokenize(line: &str, emit: &mut impl FnMut(&str)) {
    let bytes = line.as_bytes();
    let mut padding = [0; block::LEN];
    let mut token = 0;
    for base in (0..bytes.len()).step_by(block::LEN) {
        let block = block::at(bytes, base, &mut padding);
        let mut separators = block::positions(block, is_separator);
        while separators != 0 {
            let separator = base + separators.trailing_zeros() as usize;
            separators &= separators - 1;
            if token < separator {
                if separator > bytes.len() {
                    return;
                }
                emit(&line[token..separator]);
            }
            token = separator + 1;
        }
    }
    if token < bytes.len() {
        emit(&line[token..]);
    }
}

/// Whether a byte stands between two tokens.
#[inline]
pub fn is_separator(byte: u8) -> bool {
    byte == b' ' || byte == b'\t' || byte == b'\n' || byte == b'\r' || byte == 0
}
