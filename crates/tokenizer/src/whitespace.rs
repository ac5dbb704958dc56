//! Tokens separated by NUL, TAB, LF, CR and SPACE: the separators of KenLM's `lmplz`.

/// Calls `emit` with each maximal run of other characters.
pub fn tokenize(line: &str, emit: &mut impl FnMut(&str)) {
    for token in line.split(['\0', '\t', '\n', '\r', ' ']) {
        if !token.is_empty() {
            emit(token);
        }
    }
}
