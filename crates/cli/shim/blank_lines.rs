//! A text without blank lines, as SRILM reads it.

use std::io::{self, BufRead, Read};

/// A reader that passes on only the lines with at least one word.
pub struct WithoutBlankLines<R> {
    text: R,
    line: Vec<u8>,
    at: usize,
}

impl<R> WithoutBlankLines<R> {
    pub fn new(text: R) -> WithoutBlankLines<R> {
        WithoutBlankLines { text, line: Vec::new(), at: 0 }
    }
}

impl<R: BufRead> Read for WithoutBlankLines<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at == self.line.len() {
            self.line.clear();
            self.at = 0;
            if self.text.read_until(b'\n', &mut self.line)? == 0 {
                return Ok(0);
            }
            if self.line.iter().all(|byte| matches!(byte, b'\t' | b'\n' | b'\r' | b' ')) {
                self.line.clear();
            }
        }
        let rest = &self.line[self.at..];
        let length = rest.len().min(buffer.len());
        buffer[..length].copy_from_slice(&rest[..length]);
        self.at += length;
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_blank_lines_go() {
        let mut found = String::new();
        let text = "\n a\n \t\r\n\nb c\n\n\nd";
        WithoutBlankLines::new(text.as_bytes()).read_to_string(&mut found).unwrap();
        assert_eq!(found, " a\nb c\nd");
    }
}
