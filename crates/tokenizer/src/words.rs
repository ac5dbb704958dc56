//! Words and punctuation marks, by the word boundaries of Unicode's UAX #29.

use unicode_segmentation::UnicodeSegmentation;

/// Calls `emit` with each piece between word boundaries that is not white space.
pub fn tokenize(line: &str, emit: &mut impl FnMut(&str)) {
    for token in line.split_word_bounds() {
        if !token.chars().all(char::is_whitespace) {
            emit(token);
        }
    }
}
