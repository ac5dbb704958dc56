//! Reads a text in blocks of whole lines, so that memory does not grow with the length of the text.

use ngram_input::{LONGEST, LineTooLong};
use std::io::{self, Read};

/// The number of bytes read at a time. Only a line longer than this makes a block larger.
const BLOCK: usize = 8 << 20;

/// The UTF-8 encoding of U+FEFF, with which some editors begin a file.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Consecutive lines of a text.
pub struct LineBlock {
    /// Whole lines with their line ends; the last line of the text may have none.
    pub bytes: Vec<u8>,
    /// The number of lines of text before the block.
    pub line: u64,
    /// The number of bytes of text before the block.
    pub byte: u64,
}

/// A text as a sequence of blocks.
pub struct LineBlocks<R> {
    text: R,
    /// The beginning of a line whose end has not been read yet.
    rest: Vec<u8>,
    block_size: usize,
    /// The longest line, in bytes, as far as it does not end in the block that it begins.
    longest: usize,
    line: u64,
    byte: u64,
    begun: bool,
    ended: bool,
    byte_order_mark: bool,
}

impl<R: Read> LineBlocks<R> {
    /// Reads `text` from its beginning.
    pub fn new(text: R) -> LineBlocks<R> {
        LineBlocks::with_size(text, BLOCK)
    }

    fn with_size(text: R, block_size: usize) -> LineBlocks<R> {
        LineBlocks {
            text,
            rest: Vec::new(),
            block_size,
            longest: LONGEST as usize,
            line: 0,
            byte: 0,
            begun: false,
            ended: false,
            byte_order_mark: false,
        }
    }

    /// Returns the next block, reusing the memory of `spent`; `None` at the end of the text.
    pub fn next(&mut self, spent: Vec<u8>) -> io::Result<Option<LineBlock>> {
        let mut bytes = spent;
        bytes.clear();
        bytes.append(&mut self.rest);
        while !self.ended {
            let wanted = self.block_size.max(bytes.len() * 2) - bytes.len();
            let read = self.text.by_ref().take(wanted as u64).read_to_end(&mut bytes)?;
            self.ended = read < wanted;
            self.drop_byte_order_mark(&mut bytes);
            if self.ended {
                break;
            }
            if let Some(last) = bytes.iter().rposition(|&byte| byte == b'\n') {
                self.rest.extend_from_slice(&bytes[last + 1..]);
                bytes.truncate(last + 1);
                break;
            }
            if bytes.len() > self.longest {
                let (number, longest) = (self.line + 1, self.longest as u64);
                return Err(LineTooLong { number, longest }.into());
            }
        }
        if bytes.is_empty() {
            return Ok(None);
        }
        let block = LineBlock { line: self.line, byte: self.byte, bytes };
        self.line += count_lines(&block.bytes);
        self.byte += block.bytes.len() as u64;
        Ok(Some(block))
    }

    fn drop_byte_order_mark(&mut self, bytes: &mut Vec<u8>) {
        if !self.begun && bytes.starts_with(BYTE_ORDER_MARK) {
            bytes.drain(..BYTE_ORDER_MARK.len());
            self.byte = BYTE_ORDER_MARK.len() as u64;
            self.byte_order_mark = true;
        }
        self.begun = true;
    }

    /// Whether the text began with a byte order mark, which is left out of the blocks.
    pub fn byte_order_mark(&self) -> bool {
        self.byte_order_mark
    }

    /// The number of bytes of text covered by the blocks so far.
    pub fn byte(&self) -> u64 {
        self.byte
    }
}

/// Counts the line ends.
pub fn count_lines(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|&&byte| byte == b'\n').count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every block as `(bytes, line, byte)`.
    fn blocks(text: &[u8], size: usize) -> Vec<(String, u64, u64)> {
        let mut blocks = LineBlocks::with_size(text, size);
        let mut all = Vec::new();
        while let Some(block) = blocks.next(Vec::new()).unwrap() {
            all.push((String::from_utf8(block.bytes).unwrap(), block.line, block.byte));
        }
        all
    }

    #[test]
    fn cuts_at_line_ends_only() {
        let expected = [("a\nbb\n", 0, 0), ("c\n\n", 2, 5), ("ddddddddddd\n", 4, 8), ("e", 5, 20)]
            .map(|(text, line, byte)| (text.to_owned(), line, byte));
        assert_eq!(blocks(b"a\nbb\nc\n\nddddddddddd\ne", 6), expected);
    }

    #[test]
    fn a_line_that_is_too_long_is_refused() {
        let text = format!("a\n{}\nb\n", "c".repeat(200));
        let mut blocks = LineBlocks { longest: 50, ..LineBlocks::with_size(text.as_bytes(), 6) };
        let found = [(); 2].map(|()| blocks.next(Vec::new()).map(|block| block.unwrap().bytes));
        assert_eq!(found[0].as_ref().unwrap(), b"a\n");
        let error = found[1].as_ref().unwrap_err().to_string();
        assert_eq!(error, "line 2 is longer than 50 bytes: split it");
    }

    #[test]
    fn an_empty_text_has_no_block() {
        assert_eq!(blocks(b"", 6), []);
    }

    #[test]
    fn a_byte_order_mark_is_dropped_at_the_beginning_only() {
        let text = "\u{feff}a\n\u{feff}b".as_bytes();
        assert_eq!(blocks(text, 100), [("a\n\u{feff}b".to_owned(), 0, 3)]);
        let mut blocks = LineBlocks::new(text);
        blocks.next(Vec::new()).unwrap();
        assert!(blocks.byte_order_mark());
    }
}
