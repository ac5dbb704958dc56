//! The bytes of the UTF-8 text: 256 symbols, each named by a printable token.

/// Calls `emit` with the name of each byte: itself for `!` to `~`, `<0xHH>` for every other.
pub fn tokenize(line: &str, emit: &mut impl FnMut(&str)) {
    for byte in line.bytes() {
        match byte {
            0x21..=0x7e => emit(std::str::from_utf8(&[byte]).unwrap_or_default()),
            _ => emit(&format!("<0x{byte:02X}>")),
        }
    }
}
