//! Reads a text one line at a time and tracks the position.

use super::error::{ArpaError, ArpaPosition, Problem};
use super::foreign::{Foreign, LOOK_AHEAD};
use std::io::{BufRead, Chain, Cursor, Read};

/// Maximum length of a line: 1 GiB.
const LONGEST: u64 = 1 << 30;

/// Returns whether a byte separates fields.
fn is_separator(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// A text, line by line.
pub struct ArpaLines<R> {
    reader: Chain<Cursor<Vec<u8>>, R>,
    source: String,
    line: Vec<u8>,
    number: u64,
    start: u64,
    order: Option<usize>,
}

impl<R: BufRead> ArpaLines<R> {
    /// Starts reading, and checks the first bytes: another format is an error.
    pub fn new(mut reader: R, source: &str) -> Result<ArpaLines<R>, ArpaError> {
        let mut start = Vec::new();
        let read = reader.by_ref().take(LOOK_AHEAD as u64).read_to_end(&mut start);
        let foreign = Foreign::recognise(&start);
        let lines = ArpaLines {
            reader: Cursor::new(start).chain(reader),
            source: source.to_owned(),
            line: Vec::new(),
            number: 1,
            start: 0,
            order: None,
        };
        match (read, foreign) {
            (Err(error), _) => Err(lines.error(error.into())),
            (_, Some(foreign)) => Err(lines.error(Problem::Foreign(foreign))),
            _ => Ok(ArpaLines { number: 0, ..lines }),
        }
    }

    /// Advances to the next line; returns false if there is none.
    pub fn advance(&mut self) -> Result<bool, ArpaError> {
        self.start += self.line.len() as u64;
        self.number += 1;
        self.line.clear();
        match self.reader.by_ref().take(LONGEST + 1).read_until(b'\n', &mut self.line) {
            Err(error) => Err(self.error(error.into())),
            Ok(length) if length as u64 > LONGEST => Err(self.error(Problem::LongLine(LONGEST))),
            Ok(length) => Ok(length > 0),
        }
    }

    /// Returns the line, trimmed of separators.
    #[inline]
    pub fn bytes(&self) -> &[u8] {
        let mut bytes = &self.line[..];
        while let [rest @ .., last] = bytes
            && is_separator(*last)
        {
            bytes = rest;
        }
        while let [first, rest @ ..] = bytes
            && is_separator(*first)
        {
            bytes = rest;
        }
        bytes
    }

    /// Returns the trimmed line as text.
    #[inline]
    pub fn text(&self) -> Result<&str, ArpaError> {
        std::str::from_utf8(self.bytes()).map_err(|_| self.error(Problem::NotUtf8))
    }

    /// Returns at most the beginning of the line, to be shown in a message.
    pub fn shown(&self) -> String {
        let text = String::from_utf8_lossy(self.bytes());
        match text.char_indices().nth(60) {
            Some((end, _)) => format!("{}…", &text[..end]),
            None => text.into_owned(),
        }
    }

    /// Returns whether the line has a line end; if not, the file ends with it.
    pub fn is_whole(&self) -> bool {
        self.line.last() == Some(&b'\n')
    }

    /// Returns the number of the line, from 1.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Sets the order to name in errors from now on.
    pub fn set_order(&mut self, order: Option<usize>) {
        self.order = order;
    }

    /// Returns an error for the current line.
    #[cold]
    pub fn error(&self, problem: Problem) -> ArpaError {
        self.error_at(self.number, Some(self.start), problem)
    }

    /// Returns an error for an earlier line.
    #[cold]
    pub fn error_before(&self, line: u64, problem: Problem) -> ArpaError {
        self.error_at(line, None, problem)
    }

    fn error_at(&self, line: u64, byte: Option<u64>, problem: Problem) -> ArpaError {
        let place = ArpaPosition { source: self.source.clone(), line, byte, order: self.order };
        ArpaError { place: Box::new(place), problem }
    }
}

/// The fields of a line: the text between separators.
pub struct Fields<'l> {
    rest: &'l str,
}

impl<'l> Fields<'l> {
    /// Splits `line` into fields.
    #[inline]
    pub fn new(line: &'l str) -> Fields<'l> {
        Fields { rest: line }
    }
}

impl<'l> Iterator for Fields<'l> {
    type Item = &'l str;

    #[inline]
    fn next(&mut self) -> Option<&'l str> {
        let bytes = self.rest.as_bytes();
        let start = bytes.iter().position(|&byte| !is_separator(byte))?;
        let length = bytes[start..].iter().position(|&byte| is_separator(byte));
        let end = length.map_or(bytes.len(), |length| start + length);
        let field = &self.rest[start..end];
        self.rest = &self.rest[end..];
        Some(field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_four_characters_separate() {
        let fields: Vec<_> = Fields::new("-1\t a\u{a0}b \tc\u{b}\u{85}\r").collect();
        assert_eq!(fields, ["-1", "a\u{a0}b", "c\u{b}\u{85}"]);
        assert_eq!(Fields::new(" \t").next(), None);
    }

    #[test]
    fn lines_know_where_they_are() {
        let mut lines = ArpaLines::new(&b" one\r\n\ntwo"[..], "x").unwrap();
        assert!(lines.advance().unwrap() && lines.is_whole());
        assert_eq!(lines.bytes(), b"one");
        assert!(lines.advance().unwrap());
        assert_eq!((lines.bytes(), lines.number()), (&b""[..], 2));
        assert!(lines.advance().unwrap() && !lines.is_whole());
        assert_eq!((lines.bytes(), lines.number()), (&b"two"[..], 3));
        let error = lines.error(Problem::NotUtf8);
        assert_eq!(error.place.to_string(), "x, line 3, byte 7");
        assert!(!lines.advance().unwrap());
    }
}
