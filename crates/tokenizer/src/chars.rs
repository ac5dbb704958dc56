//! Grapheme clusters (UAX #29, extended): what a reader calls a character. Spaces are tokens too.

use unicode_segmentation::UnicodeSegmentation;

/// Calls `emit` with each grapheme cluster.
pub fn tokenize(line: &str, emit: &mut impl FnMut(&str)) {
    for token in line.graphemes(true) {
        emit(token);
    }
}
