//! The bytes of the UTF-8 text: 256 symbols, each named by a printable token.

/// Calls `emit` with the [`name`] of each byte.
pub fn tokenize(line: &str, emit: &mut impl FnMut(&str)) {
    for byte in line.bytes() {
        emit(name(byte));
    }
}

/// Returns the name of a byte: the character itself for `!` to `~`, `<0xHH>` otherwise.
#[inline]
pub fn name(byte: u8) -> &'static str {
    NAMES[byte as usize]
}

/// `<0xHH>` for every byte.
static HEX: [[u8; 6]; 256] = {
    let digits = b"0123456789ABCDEF";
    let mut hex = [*b"<0x00>"; 256];
    let mut byte = 0;
    while byte < 256 {
        hex[byte][3] = digits[byte / 16];
        hex[byte][4] = digits[byte % 16];
        byte += 1;
    }
    hex
};

/// The character itself, for every byte below 128.
static ASCII: [[u8; 1]; 128] = {
    let mut ascii = [[0]; 128];
    let mut byte = 0;
    while byte < 128 {
        ascii[byte][0] = byte as u8;
        byte += 1;
    }
    ascii
};

static NAMES: [&str; 256] = {
    let mut names = [""; 256];
    let mut byte = 0;
    while byte < 256 {
        let name: &[u8] =
            if byte > b' ' as usize && byte < 0x7f { &ASCII[byte] } else { &HEX[byte] };
        // This can fail only at compile time.
        let Ok(name) = str::from_utf8(name) else { panic!("the name is ASCII") };
        names[byte] = name;
        byte += 1;
    }
    names
};
