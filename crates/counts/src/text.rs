//! Texts as blocks of whole lines, from mapped files, memory or streams.

use crate::Mapped;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// A text to read: its name for messages, and where its bytes are.
pub struct Text {
    name: String,
    size: Option<u64>,
    source: Source,
}

enum Source {
    File(PathBuf),
    Bytes(Mapped),
    Stream(Mutex<Box<dyn Read + Send>>),
}

impl Text {
    /// The plain text file at `path`, which will be mapped.
    pub fn file(path: &Path) -> Text {
        let size = std::fs::metadata(path).ok().map(|metadata| metadata.len());
        let source = Source::File(path.to_owned());
        Text { name: path.display().to_string(), size, source }
    }

    /// Text in memory.
    pub fn bytes(name: &str, bytes: Vec<u8>) -> Text {
        let size = Some(bytes.len() as u64);
        Text { name: name.to_owned(), size, source: Source::Bytes(bytes.into()) }
    }

    /// Text that comes from a reader, such as standard input or a decompressor.
    pub fn stream(name: &str, reader: Box<dyn Read + Send>) -> Text {
        Text { name: name.to_owned(), size: None, source: Source::Stream(Mutex::new(reader)) }
    }

    /// What to call the text in messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its size in bytes, where that is known before reading.
    pub fn size(&self) -> Option<u64> {
        self.size
    }
}

/// A text that could not be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {name}{}", at(*byte))]
pub struct TextError {
    /// The text's name.
    pub name: String,
    /// How many bytes had been read before.
    pub byte: u64,
    /// What the system said.
    pub source: io::Error,
}

fn at(byte: u64) -> String {
    if byte == 0 { String::new() } else { format!(" after byte {byte}") }
}

/// Whole lines of one text.
pub(crate) struct Block {
    /// Blocks are numbered from 0 through all texts.
    pub number: usize,
    /// Which text, by its place in the list.
    pub text: usize,
    /// Where in that text the block starts, in bytes.
    pub byte: u64,
    pub bytes: BlockBytes,
}

pub(crate) enum BlockBytes {
    Mapped(Mapped, std::ops::Range<usize>),
    Owned(Vec<u8>),
}

impl BlockBytes {
    pub fn as_slice(&self) -> &[u8] {
        match self {
            BlockBytes::Mapped(mapped, range) => &mapped[range.clone()],
            BlockBytes::Owned(bytes) => bytes,
        }
    }
}

/// Deals out the blocks of a list of texts to any number of threads.
///
/// Where a block ends depends on the text alone: at the first line end after `block_size` bytes,
/// or at the end of the text.
pub(crate) struct Blocks<'t> {
    texts: &'t [Text],
    block_size: usize,
    position: Mutex<Position>,
}

#[derive(Default)]
struct Position {
    number: usize,
    text: usize,
    byte: u64,
    mapped: Option<Mapped>,
    /// What was read beyond the end of the last block.
    rest: Vec<u8>,
}

impl<'t> Blocks<'t> {
    pub fn new(texts: &'t [Text], block_size: usize) -> Blocks<'t> {
        Blocks { texts, block_size, position: Mutex::default() }
    }

    /// The next block, or `None` after the last one.
    pub fn next(&self) -> Result<Option<Block>, TextError> {
        let mut guard = self.position.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let position = &mut *guard;
        while let Some(text) = self.texts.get(position.text) {
            let bytes = self.next_of(text, position).map_err(|source| TextError {
                name: text.name.clone(),
                byte: position.byte,
                source,
            })?;
            let length = bytes.as_slice().len() as u64;
            if length == 0 {
                let Position { number, text, .. } = *position;
                *position = Position { number, text: text + 1, ..Position::default() };
                continue;
            }
            let block =
                Block { number: position.number, text: position.text, byte: position.byte, bytes };
            position.number += 1;
            position.byte += length;
            return Ok(Some(block));
        }
        Ok(None)
    }

    fn next_of(&self, text: &Text, position: &mut Position) -> io::Result<BlockBytes> {
        let mapped = match &text.source {
            Source::Stream(reader) => {
                let mut reader = reader.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
                return self.read_lines(&mut **reader, position).map(BlockBytes::Owned);
            }
            Source::Bytes(bytes) => bytes.clone(),
            Source::File(path) => match &position.mapped {
                Some(mapped) => mapped.clone(),
                None => {
                    let mapped = Mapped::open(path)?;
                    mapped.read_ahead();
                    position.mapped = Some(mapped.clone());
                    mapped
                }
            },
        };
        let start = position.byte as usize;
        let least = start.saturating_add(self.block_size).min(mapped.len());
        let end = match memchr::memchr(b'\n', &mapped[least..]) {
            Some(distance) => least + distance + 1,
            None => mapped.len(),
        };
        Ok(BlockBytes::Mapped(mapped, start..end))
    }

    fn read_lines(&self, reader: &mut dyn Read, position: &mut Position) -> io::Result<Vec<u8>> {
        let mut bytes = std::mem::take(&mut position.rest);
        let mut searched = self.block_size;
        loop {
            if bytes.len() > searched {
                if let Some(distance) = memchr::memchr(b'\n', &bytes[searched..]) {
                    position.rest = bytes.split_off(searched + distance + 1);
                    return Ok(bytes);
                }
                searched = bytes.len();
            }
            let more = self.block_size.max(1) as u64;
            match Read::take(&mut *reader, more).read_to_end(&mut bytes) {
                Ok(0) => return Ok(bytes),
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
        let blocks = Blocks::new(texts, block_size);
        std::iter::from_fn(|| blocks.next().unwrap())
            .map(|block| {
                let bytes = block.bytes.as_slice().to_vec();
                (block.text, block.byte, String::from_utf8(bytes).unwrap())
            })
            .collect()
    }

    #[test]
    fn streams_and_memory_give_the_same_blocks() {
        let text = "a\nbb\n\nccc dddd\ne";
        for block_size in 0..20 {
            let stream = Text::stream("s", Box::new(text.as_bytes()));
            let memory = Text::bytes("m", text.into());
            let found = blocks(&[memory], block_size);
            assert_eq!(found, blocks(&[stream], block_size), "{block_size}");
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
            let blocks = Blocks::new(&texts, block_size);
            let error = loop {
                if let Err(error) = blocks.next() {
                    break error;
                }
            };
            assert_eq!(error.byte, 8, "{block_size}");
            assert_eq!(error.to_string(), "cannot read s after byte 8");
        }
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
