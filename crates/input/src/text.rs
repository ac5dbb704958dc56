//! Reads texts as blocks of whole lines, from files, memory or streams.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// A text to read: its name in messages, and its source.
pub struct Text {
    name: String,
    size: Option<u64>,
    pub(crate) source: TextBytes,
}

pub(crate) enum TextBytes {
    File(PathBuf),
    Bytes(Vec<u8>),
    Stream(Mutex<Box<dyn Read + Send>>),
}

impl Text {
    /// Uses the plain text file at `path`, which is opened when its turn comes.
    pub fn file(path: &Path) -> Text {
        let size = std::fs::metadata(path).ok().map(|metadata| metadata.len());
        let source = TextBytes::File(path.to_owned());
        Text { name: path.display().to_string(), size, source }
    }

    /// Uses text in memory.
    pub fn bytes(name: &str, bytes: Vec<u8>) -> Text {
        let size = Some(bytes.len() as u64);
        Text { name: name.to_owned(), size, source: TextBytes::Bytes(bytes) }
    }

    /// Uses text from a reader, such as standard input or a decompressor.
    pub fn stream(name: &str, reader: Box<dyn Read + Send>) -> Text {
        Text { name: name.to_owned(), size: None, source: TextBytes::Stream(Mutex::new(reader)) }
    }

    /// Returns the name of the text in messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns its size in bytes, if known before reading.
    pub fn size(&self) -> Option<u64> {
        self.size
    }
}

/// The error for a text that could not be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {name}{}", at(*byte))]
pub struct TextError {
    /// The text's name.
    pub name: String,
    /// Bytes read before the failure.
    pub byte: u64,
    /// What the system said.
    pub source: io::Error,
}

fn at(byte: u64) -> String {
    if byte == 0 { String::new() } else { format!(" after byte {byte} of its text") }
}

/// A place in a text.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct TextPlace {
    /// The name of the text.
    pub file: String,
    /// The line number, from 1.
    pub line: u64,
    /// The number of bytes of text before it, after decompression.
    pub byte: u64,
}

/// Whole lines of one text.
pub struct Block {
    /// The number of the block, from 0 across all texts.
    pub number: usize,
    /// The index of the text in the list.
    pub text: usize,
    /// The byte offset of the block in the text.
    pub byte: u64,
    /// The lines, with their ends.
    pub bytes: Vec<u8>,
}

/// Hands out the blocks of a list of texts to any number of threads.
///
/// Block boundaries depend on the text alone: a block ends at the first line end after `block_size`
/// bytes, or at the end of the text. Files are read, not mapped, so that what was read does not
/// stay in memory.
pub struct Blocks<'t> {
    texts: &'t [Text],
    block_size: usize,
    /// Maximum length of a block, which only a very long line can exceed.
    longest: usize,
    position: Mutex<Position>,
}

#[derive(Default)]
struct Position {
    number: usize,
    text: usize,
    byte: u64,
    file: Option<File>,
    /// Bytes read beyond the end of the last block.
    rest: Vec<u8>,
}

/// Bytes read beyond a block at once, to find the end of its last line.
const LINE: usize = 1 << 14;

impl<'t> Blocks<'t> {
    /// The blocks of `texts` of about `block_size` bytes; one longer than `longest` bytes is an error.
    pub fn new(texts: &'t [Text], block_size: usize, longest: usize) -> Blocks<'t> {
        Blocks { texts, block_size, longest, position: Mutex::default() }
    }

    /// Returns the next block, or `None` after the last one. `buffer` is reused for its bytes.
    pub fn next(&self, mut buffer: Vec<u8>) -> Result<Option<Block>, TextError> {
        let mut guard = self.position.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let position = &mut *guard;
        while let Some(text) = self.texts.get(position.text) {
            buffer.clear();
            self.fill(text, position, &mut buffer).map_err(|source| TextError {
                name: text.name.clone(),
                byte: position.byte,
                source,
            })?;
            let length = buffer.len() as u64;
            if length == 0 {
                let Position { number, text, .. } = *position;
                *position = Position { number, text: text + 1, ..Position::default() };
                continue;
            }
            let Position { number, text, byte, .. } = *position;
            position.number += 1;
            position.byte += length;
            return Ok(Some(Block { number, text, byte, bytes: buffer }));
        }
        Ok(None)
    }

    fn fill(&self, text: &Text, position: &mut Position, bytes: &mut Vec<u8>) -> io::Result<()> {
        match &text.source {
            TextBytes::Stream(reader) => {
                let mut reader = reader.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
                self.read_lines(&mut **reader, position, bytes)
            }
            TextBytes::Bytes(whole) => {
                let rest = &whole[position.byte as usize..];
                let least = self.block_size.min(rest.len());
                let end = memchr::memchr(b'\n', &rest[least..]);
                let end = end.map_or(rest.len(), |distance| least + distance + 1);
                bytes.extend_from_slice(&rest[..end]);
                Ok(())
            }
            TextBytes::File(path) => {
                let mut file = match position.file.take() {
                    Some(file) => file,
                    None => File::open(path)?,
                };
                let read = self.read_lines(&mut file, position, bytes);
                position.file = Some(file);
                read
            }
        }
    }

    fn read_lines(
        &self,
        reader: &mut dyn Read,
        position: &mut Position,
        bytes: &mut Vec<u8>,
    ) -> io::Result<()> {
        bytes.append(&mut position.rest);
        let mut searched = self.block_size;
        loop {
            if bytes.len() > searched {
                if let Some(distance) = memchr::memchr(b'\n', &bytes[searched..]) {
                    let end = searched + distance + 1;
                    position.rest.extend_from_slice(&bytes[end..]);
                    bytes.truncate(end);
                    return Ok(());
                }
                searched = bytes.len();
            }
            if bytes.len() > self.longest {
                let line = format!(
                    "a line is longer than {} bytes: split it, or allow more memory",
                    self.longest
                );
                return Err(io::Error::new(io::ErrorKind::FileTooLarge, line));
            }
            let more = match self.block_size.checked_sub(bytes.len()) {
                Some(more) => more + LINE,
                None => self.block_size.max(LINE),
            };
            // Reserves a little more, as a full buffer would be grown before the end of a text is noticed.
            bytes.reserve(more + 64);
            match Read::take(&mut *reader, more as u64).read_to_end(bytes) {
                Ok(0) => return Ok(()),
                Ok(_) => {}
                Err(error) => {
                    position.byte += bytes.len() as u64;
                    return Err(error);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(texts: &[Text], block_size: usize) -> Vec<(usize, u64, String)> {
        let blocks = Blocks::new(texts, block_size, usize::MAX);
        std::iter::from_fn(|| blocks.next(b"old".to_vec()).unwrap())
            .map(|block| (block.text, block.byte, String::from_utf8(block.bytes).unwrap()))
            .collect()
    }

    #[test]
    fn files_streams_and_memory_give_the_same_blocks() {
        let text = "a\nbb\n\nccc dddd\ne";
        let mut file = tempfile::NamedTempFile::new().unwrap();
        std::io::Write::write_all(&mut file, text.as_bytes()).unwrap();
        for block_size in 0..20 {
            let stream = Text::stream("s", Box::new(text.as_bytes()));
            let memory = Text::bytes("m", text.into());
            let found = blocks(&[memory], block_size);
            assert_eq!(found, blocks(&[stream], block_size), "{block_size}");
            assert_eq!(found, blocks(&[Text::file(file.path())], block_size), "{block_size}");
            let joined: String = found.iter().map(|(_, _, block)| block.as_str()).collect();
            assert_eq!(joined, text);
        }
    }

    #[test]
    fn a_failure_is_told_with_the_byte_before_it() {
        struct Fails;
        impl Read for Fails {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::ErrorKind::TimedOut.into())
            }
        }
        for block_size in [0, 2, 5, 100] {
            let text = Text::stream("s", Box::new(b"a\nbb\nccc".chain(Fails)));
            let texts = [text];
            let blocks = Blocks::new(&texts, block_size, usize::MAX);
            let error = loop {
                if let Err(error) = blocks.next(Vec::new()) {
                    break error;
                }
            };
            assert_eq!(error.byte, 8, "{block_size}");
            assert_eq!(error.to_string(), "cannot read s after byte 8 of its text");
        }
    }

    #[test]
    fn a_line_that_memory_does_not_allow_is_refused() {
        let text = format!("a\n{}\nb\n", "c".repeat(100_000));
        let stream = || Text::stream("s", Box::new(std::io::Cursor::new(text.clone())));
        let texts = [stream()];
        let blocks = Blocks::new(&texts, 10, 50_000);
        let error = blocks.next(Vec::new()).map(|_| ()).unwrap_err();
        assert!(error.source.to_string().contains("longer than 50000 bytes"), "{}", error.source);
        assert_eq!(super::tests::blocks(&[stream()], 10).len(), 2);
    }

    #[test]
    fn several_texts_never_share_a_block() {
        let texts = [
            Text::bytes("1", "a".into()),
            Text::bytes("2", vec![]),
            Text::bytes("3", "b\n".into()),
        ];
        assert_eq!(blocks(&texts, 100), [(0, 0, "a".to_owned()), (2, 0, "b\n".to_owned())]);
    }
}
