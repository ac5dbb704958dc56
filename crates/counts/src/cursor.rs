//! Numbers of seven bits a byte, read from bytes that may be damaged.

/// Reads numbers from possibly damaged bytes.
pub(crate) struct Cursor<'b>(pub &'b [u8]);

impl<'b> Cursor<'b> {
    /// Reads the next number; `None` if it is incomplete or too large.
    #[inline]
    pub fn number(&mut self) -> Option<u64> {
        if let [byte @ 0..0x80, rest @ ..] = self.0 {
            self.0 = rest;
            return Some((*byte).into());
        }
        let mut number = 0;
        for (place, &byte) in self.0.iter().enumerate().take(10) {
            let bits = u64::from(byte & 0x7f);
            let shift = 7 * place as u32;
            if bits << shift >> shift != bits {
                return None;
            }
            number |= bits << shift;
            if byte < 0x80 {
                self.0 = &self.0[place + 1..];
                return Some(number);
            }
        }
        None
    }

    /// Reads `length` bytes.
    pub fn bytes(&mut self, length: u64) -> Option<&'b [u8]> {
        let (bytes, rest) = self.0.split_at_checked(usize::try_from(length).ok()?)?;
        self.0 = rest;
        Some(bytes)
    }

    /// Returns the id `least + more` if it is less than `words`.
    #[inline]
    pub fn word(least: u32, more: u64, words: u32) -> Option<u32> {
        let word = u32::try_from(u64::from(least).checked_add(more)?).ok()?;
        (word < words).then_some(word)
    }
}
