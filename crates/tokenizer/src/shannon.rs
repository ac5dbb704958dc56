//! Shannon's 27 symbols (Shannon 1951): the letters a–z, and one symbol for what separates them.

use crate::bytes;

/// Calls `emit` with `a`–`z` for letters of either case, and `_` for each run of other characters
/// between two letters. Runs at the ends of a line are dropped: the line end stands for them.
pub fn tokenize(line: &str, emit: &mut impl FnMut(&str)) {
    let mut gap = false;
    let mut begun = false;
    for byte in line.bytes() {
        if byte.is_ascii_alphabetic() {
            if gap && begun {
                emit("_");
            }
            gap = false;
            begun = true;
            emit(bytes::name(byte.to_ascii_lowercase()));
        } else {
            gap = true;
        }
    }
}
