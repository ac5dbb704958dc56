//! A text with changed lines, as some programs read it.

use std::io::{self, BufRead, Read};

/// A reader that changes each line, line end included, before it is passed on. An empty line is left out.
pub struct Edited<R, F> {
    text: R,
    edit: F,
    line: Vec<u8>,
    at: usize,
}

impl<R: BufRead, F: FnMut(&mut Vec<u8>)> Edited<R, F> {
    /// Changes the lines of a text.
    pub fn new(text: R, edit: F) -> Edited<R, F> {
        Edited { text, edit, line: Vec::new(), at: 0 }
    }
}

impl<R: BufRead, F: FnMut(&mut Vec<u8>)> Read for Edited<R, F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at == self.line.len() {
            self.line.clear();
            self.at = 0;
            if self.text.read_until(b'\n', &mut self.line)? == 0 {
                return Ok(0);
            }
            (self.edit)(&mut self.line);
        }
        let rest = &self.line[self.at..];
        let length = rest.len().min(buffer.len());
        buffer[..length].copy_from_slice(&rest[..length]);
        self.at += length;
        Ok(length)
    }
}

/// Leaves out a line without a word, as SRILM does.
pub fn no_blank_line(line: &mut Vec<u8>) {
    if line.iter().all(|byte| matches!(byte, b'\t' | b'\n' | b'\r' | b' ')) {
        line.clear();
    }
}

/// Replaces the words `<s>`, `</s>` and `<unk>` with spaces, as `lmplz --skip_symbols` does.
pub fn no_symbols(line: &mut [u8]) {
    if !line.contains(&b'<') {
        return;
    }
    for word in line.split_mut(is_space) {
        if matches!(&*word, b"<s>" | b"</s>" | b"<unk>") {
            word.fill(b' ');
        }
    }
}

/// Renames a word.
pub fn rename(line: &mut Vec<u8>, from: &[u8], to: &[u8]) {
    if !line.split(is_space).any(|word| word == from) {
        return;
    }
    let mut renamed = Vec::with_capacity(line.len());
    let mut rest = &line[..];
    while let Some(end) = rest.iter().position(is_space) {
        let word = &rest[..end];
        renamed.extend_from_slice(if word == from { to } else { word });
        renamed.push(rest[end]);
        rest = &rest[end + 1..];
    }
    renamed.extend_from_slice(if rest == from { to } else { rest });
    *line = renamed;
}

fn is_space(byte: &u8) -> bool {
    matches!(byte, b'\0' | b'\t' | b'\n' | b'\r' | b' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edited(text: &str, edit: impl FnMut(&mut Vec<u8>)) -> String {
        let mut found = String::new();
        Edited::new(text.as_bytes(), edit).read_to_string(&mut found).unwrap();
        found
    }

    #[test]
    fn only_blank_lines_go() {
        let text = "\n a\n \t\r\n\nb c\n\n\nd";
        assert_eq!(edited(text, no_blank_line), " a\nb c\nd");
    }

    #[test]
    fn only_whole_words_are_blanked() {
        let text = "<s> a <unk>\t</s>\n\n<unk>\na<s> <UNK> <unk>";
        let expected = "    a      \t    \n\n     \na<s> <UNK>      ";
        assert_eq!(edited(text, |line| no_symbols(line)), expected);
    }

    #[test]
    fn only_whole_words_are_renamed() {
        let text = "<UNK> a\n<UNK>\t<UNK>x\r\n\nb <UNK>";
        let renamed = edited(text, |line| rename(line, b"<UNK>", b"<unk>"));
        assert_eq!(renamed, "<unk> a\n<unk>\t<UNK>x\r\n\nb <unk>");
    }
}
