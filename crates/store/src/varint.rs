//! Variable-length numbers: seven bits per byte, low ones first (LEB128).

#[inline]
/// Appends a number, seven bits a byte, the lowest first.
pub fn put(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// Takes a number from the front of `bytes`; 0 if they are empty.
#[inline]
pub fn take(bytes: &mut &[u8]) -> u64 {
    let Some((&first, rest)) = bytes.split_first() else { return 0 };
    *bytes = rest;
    if first < 0x80 {
        return u64::from(first);
    }
    // Most numbers take one byte, and most others two.
    let mut number = u64::from(first & 0x7f);
    let mut shift = 7;
    while let Some((&byte, rest)) = bytes.split_first() {
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << (shift & 63);
        if byte < 0x80 {
            break;
        }
        shift += 7;
    }
    number
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back() {
        let numbers = [0, 1, 127, 128, 300, 16_383, 16_384, u64::from(u32::MAX), u64::MAX];
        let mut bytes = Vec::new();
        numbers.iter().for_each(|&number| put(&mut bytes, number));
        assert_eq!(bytes[..5], [0, 1, 127, 0x80, 1]);
        let mut rest = &bytes[..];
        assert!(numbers.iter().all(|&number| take(&mut rest) == number));
        assert!(rest.is_empty());
    }
}
