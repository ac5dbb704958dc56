//! A text in which markers are white space, for `lmplz --skip_symbols`.

use std::io::{self, BufRead, Read};

const SYMBOLS: [&[u8]; 3] = [b"<s>", b"</s>", b"<unk>"];

/// A reader that replaces the words `<s>`, `</s>` and `<unk>` with spaces.
pub struct WithoutSymbols<R> {
    text: R,
    line: Vec<u8>,
    at: usize,
}

impl<R> WithoutSymbols<R> {
    pub fn new(text: R) -> WithoutSymbols<R> {
        WithoutSymbols { text, line: Vec::new(), at: 0 }
    }
}

impl<R: BufRead> Read for WithoutSymbols<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.line.len() {
            self.line.clear();
            self.at = 0;
            self.text.read_until(b'\n', &mut self.line)?;
            blank(&mut self.line);
        }
        let rest = &self.line[self.at..];
        let length = rest.len().min(buffer.len());
        buffer[..length].copy_from_slice(&rest[..length]);
        self.at += length;
        Ok(length)
    }
}

fn blank(line: &mut [u8]) {
    if !line.contains(&b'<') {
        return;
    }
    let is_space = |byte: &u8| matches!(byte, b'\0' | b'\t' | b'\n' | b'\r' | b' ');
    for word in line.split_mut(is_space) {
        if SYMBOLS.contains(&&*word) {
            word.fill(b' ');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_words_are_blanked() {
        let text = "<s> a <unk>\t</s>\n\n<unk>\na<s> <UNK> <unk>";
        let mut found = String::new();
        WithoutSymbols::new(text.as_bytes()).read_to_string(&mut found).unwrap();
        assert_eq!(found, "    a      \t    \n\n     \na<s> <UNK>      ");
    }
}
