//! Tokens separated by NUL, TAB, LF, CR and SPACE: the separators of KenLM's `lmplz`.

use crate::block;

/// Calls `emit` with each maximal run of other characters.
pub fn tokenize(line: &str, emit: &mut impl FnMut(&str)) {
    cut(line, is_separator, |start, end| emit(&line[start..end]));
}

/// Calls `emit` with the start and the end of each maximal run of bytes of `line` that are not
/// separators. Only ASCII characters can be separators.
#[inline(always)]
pub fn cut(line: &str, is_separator: impl Fn(u8) -> bool, mut emit: impl FnMut(usize, usize)) {
    let bytes = line.as_bytes();
    let mut padding = [0; block::LEN];
    let mut token = 0;
    for base in (0..=bytes.len()).step_by(block::LEN) {
        let block = block::at(bytes, base, &mut padding);
        let mut separators = block::positions(block, |byte| is_separator(byte) & byte.is_ascii());
        let left = bytes.len() - base;
        if left < block::LEN {
            // Counts the end of the line as a separator, but not the padding behind it.
            separators = separators & ((1 << left) - 1) | 1 << left;
        }
        while separators != 0 {
            let end = base + separators.trailing_zeros() as usize;
            separators &= separators - 1;
            if token < end {
                emit(token, end);
            }
            token = end + 1;
        }
    }
}

/// Returns whether a byte separates tokens.
#[inline]
pub fn is_separator(byte: u8) -> bool {
    byte == b' ' || byte == b'\t' || byte == b'\n' || byte == b'\r' || byte == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut_at(line: &str, separators: &[u8]) -> Vec<(usize, usize)> {
        let mut runs = Vec::new();
        cut(line, |byte| separators.contains(&byte), |start, end| runs.push((start, end)));
        runs
    }

    #[test]
    fn separators_at_the_ends_and_in_a_row_stand_between_words() {
        assert_eq!(cut_at("", b" "), []);
        assert_eq!(cut_at(" \t ", b" \t"), []);
        assert_eq!(cut_at("  a\t\tbc ", b" \t"), [(2, 3), (5, 7)]);
        assert_eq!(cut_at("a b,c", b","), [(0, 3), (4, 5)]);
        assert_eq!(cut_at("é ü", b" \xc3"), [(0, 2), (3, 5)]);
    }

    #[test]
    fn blocks_end_anywhere() {
        for before in 0..130 {
            for after in 0..70 {
                let line = format!("{}a{}", " ".repeat(before), " ".repeat(after));
                assert_eq!(cut_at(&line, b" "), [(before, before + 1)], "{line:?}");
                let line = format!("{} b{}", "a".repeat(before + 1), "c".repeat(after));
                let ends = [(0, before + 1), (before + 2, before + 3 + after)];
                assert_eq!(cut_at(&line, b" "), ends, "{line:?}");
                // The padding of a block is not part of the line.
                assert_eq!(cut_at(&line, b"x"), [(0, line.len())], "{line:?}");
            }
        }
    }
}
