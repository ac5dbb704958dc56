//! Grapheme clusters (UAX #29, extended): what a reader calls a character. Spaces are tokens too.

use unicode_segmentation::UnicodeSegmentation;

/// Calls `emit` with each grapheme cluster.
pub fn tokenize(line: &str, emit: &mut impl FnMut(&str)) {
    let bytes = line.as_bytes();
    let mut boundary = 0;
    while let Some(byte) = bytes.get(boundary) {
        // Between two ASCII characters is a boundary (GB4, GB5, GB999), but for CR and LF (GB3).
        let next = bytes.get(boundary + 1).unwrap_or(&b' ');
        if byte.is_ascii() && next.is_ascii() {
            let len = if (byte, next) == (&b'\r', &b'\n') { 2 } else { 1 };
            emit(&line[boundary..boundary + len]);
            boundary += len;
            continue;
        }
        for cluster in line[boundary..].graphemes(true) {
            emit(cluster);
            boundary += cluster.len();
            if bytes[boundary..].iter().take(2).all(u8::is_ascii) {
                break;
            }
        }
    }
}
