//! Grapheme clusters (UAX #29, extended): what a reader calls a character. Spaces are tokens too.

use unicode_segmentation::UnicodeSegmentation;

/// Calls `emit` with each grapheme cluster.
pub fn tokenize(line: &str, emit: &mut impl FnMut(&str)) {
    let mut boundary = 0;
    while boundary < line.len() {
        boundary = cut_ascii(line, boundary, emit);
        boundary = cut_other(line, boundary, emit);
    }
}

/// Cuts `line` from a boundary on, for as long as one ASCII character follows another. There is a boundary
/// between any two of them (GB4, GB5, GB999) except CR and LF (GB3). Returns the last boundary.
#[inline]
fn cut_ascii(line: &str, mut boundary: usize, emit: &mut impl FnMut(&str)) -> usize {
    let bytes = line.as_bytes();
    while let Some(&byte) = bytes.get(boundary) {
        let next = bytes.get(boundary + 1).copied().unwrap_or(b' ');
        if !byte.is_ascii() || !next.is_ascii() {
            break;
        }
        let end = boundary + if byte == b'\r' && next == b'\n' { 2 } else { 1 };
        emit(&line[boundary..end]);
        boundary = end;
    }
    boundary
}

/// Cuts `line` from a boundary on until ASCII resumes. Returns the boundary there.
fn cut_other(line: &str, mut boundary: usize, emit: &mut impl FnMut(&str)) -> usize {
    for cluster in line[boundary..].graphemes(true) {
        emit(cluster);
        boundary += cluster.len();
        if line.as_bytes()[boundary..].iter().take(2).all(u8::is_ascii) {
            break;
        }
    }
    boundary
}
