//! Turns documents into lines, each of them a sentence.

use crate::Weight;
use crate::line::BoundedLines;
use std::io::{self, BufRead, Read};

/// The part of a document that is a sentence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sentences {
    /// Each of its lines.
    #[default]
    Line,
    /// The whole document: line ends in it are read as spaces.
    Document,
}

impl Sentences {
    /// Appends a document to `lines`, a line end after each sentence. Returns the number of
    /// sentences: at least 1, as an empty document is an empty sentence.
    pub fn append(self, document: &[u8], lines: &mut Vec<u8>) -> u64 {
        let document = document.strip_suffix(b"\n").unwrap_or(document);
        let from = lines.len();
        lines.extend_from_slice(document);
        let sentences = match self {
            Sentences::Line => 1 + memchr::memchr_iter(b'\n', document).count() as u64,
            Sentences::Document => {
                for byte in &mut lines[from..] {
                    if *byte == b'\n' {
                        *byte = b' ';
                    }
                }
                1
            }
        };
        lines.push(b'\n');
        sentences
    }
}

/// A source of documents.
pub(crate) trait Documents: Send {
    /// Replaces `text` with the text of the next document; returns false after the last.
    fn next(&mut self, text: &mut Vec<u8>) -> io::Result<bool>;
}

/// A reader of the lines of documents.
pub(crate) struct DocumentLines<D> {
    documents: D,
    sentences: Sentences,
    weight: Weight,
    number: u64,
    text: Vec<u8>,
    /// The sentences of the document.
    lines: Vec<u8>,
    at: usize,
    /// How many more times the document is used.
    copies: u32,
}

impl<D: Documents> DocumentLines<D> {
    pub fn new(documents: D, sentences: Sentences, weight: Weight) -> DocumentLines<D> {
        let (text, lines) = (Vec::new(), Vec::new());
        DocumentLines { documents, sentences, weight, number: 0, text, lines, at: 0, copies: 0 }
    }
}

impl<D: Documents> Read for DocumentLines<D> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at == self.lines.len() {
            self.at = 0;
            if self.copies > 0 {
                self.copies -= 1;
                continue;
            }
            self.lines.clear();
            if !self.documents.next(&mut self.text)? {
                return Ok(0);
            }
            let copies = self.weight.copies(self.number);
            self.number += 1;
            if copies > 0 {
                self.sentences.append(&self.text, &mut self.lines);
                self.copies = copies - 1;
            }
        }
        let length = buffer.len().min(self.lines.len() - self.at);
        buffer[..length].copy_from_slice(&self.lines[self.at..self.at + length]);
        self.at += length;
        Ok(length)
    }
}

/// Treats each line of a text as a document, so that a weight can select lines.
pub(crate) struct TextLines<R>(BoundedLines<R>);

impl<R: BufRead> TextLines<R> {
    pub fn new(reader: R, longest: u64) -> TextLines<R> {
        TextLines(BoundedLines::new(reader, longest))
    }
}

impl<R: BufRead + Send> Documents for TextLines<R> {
    fn next(&mut self, text: &mut Vec<u8>) -> io::Result<bool> {
        Ok(self.0.next(text)?.is_some())
    }
}

/// Reads a whole text as one document and one sentence.
pub(crate) struct OneDocument<R> {
    text: R,
    /// Whether the last byte was a line end, which becomes a space only if something follows.
    held: bool,
}

impl<R> OneDocument<R> {
    pub fn new(text: R) -> OneDocument<R> {
        OneDocument { text, held: false }
    }
}

impl<R: BufRead> Read for OneDocument<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(last) = buffer.len().checked_sub(1) else { return Ok(0) };
        loop {
            let bytes = match self.text.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                bytes => bytes?,
            };
            let held = std::mem::replace(&mut self.held, false);
            if bytes.is_empty() {
                buffer[0] = b'\n';
                return Ok(usize::from(held));
            }
            if held {
                buffer[0] = b' ';
                return Ok(1);
            }
            let mut length = bytes.len().min(last.max(1));
            for (to, &from) in buffer.iter_mut().zip(&bytes[..length]) {
                *to = if from == b'\n' { b' ' } else { from };
            }
            self.held = bytes[length - 1] == b'\n';
            self.text.consume(length);
            length -= usize::from(self.held);
            if length > 0 {
                return Ok(length);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_by(size: usize, mut reader: impl Read) -> String {
        let mut all = Vec::new();
        let mut buffer = vec![0; size];
        loop {
            match reader.read(&mut buffer).unwrap() {
                0 => return String::from_utf8(all).unwrap(),
                length => all.extend_from_slice(&buffer[..length]),
            }
        }
    }

    #[test]
    fn a_text_is_one_sentence_where_it_is_one_document() {
        let cases =
            [("", ""), ("a", "a"), ("a\n", "a\n"), ("a\nb\n\nc\n", "a b  c\n"), ("\n\n", " \n")];
        for (text, expected) in cases {
            for size in 1..8 {
                assert_eq!(read_by(size, OneDocument::new(text.as_bytes())), expected, "{text:?}");
                let small = io::BufReader::with_capacity(size, text.as_bytes());
                assert_eq!(read_by(3, OneDocument::new(small)), expected, "{text:?}");
            }
        }
    }

    #[test]
    fn sentences_are_lines_or_documents() {
        let cases = [
            ("", 1, "\n", "\n"),
            ("a\nb", 2, "a\nb\n", "a b\n"),
            ("\n\na\n", 3, "\n\na\n", "  a\n"),
        ];
        for (text, sentences, lines, document) in cases {
            let mut found = Vec::new();
            assert_eq!(Sentences::Line.append(text.as_bytes(), &mut found), sentences);
            assert_eq!(found, lines.as_bytes());
            found.clear();
            assert_eq!(Sentences::Document.append(text.as_bytes(), &mut found), 1);
            assert_eq!(found, document.as_bytes());
        }
    }

    #[test]
    fn weights_take_and_repeat_whole_documents() {
        let text: String = (0..50).map(|number| format!("{number}\n")).collect();
        let weight = Weight::new(1.4).unwrap();
        let lines =
            DocumentLines::new(TextLines::new(text.as_bytes(), 100), Sentences::Line, weight);
        let copies =
            (0..50).map(|number| format!("{number}\n").repeat(weight.copies(number) as usize));
        assert_eq!(read_by(7, lines), copies.collect::<String>());
    }
}
