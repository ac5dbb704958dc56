//! How a text is stored, plain or compressed, told by how it begins.

use std::io::{self, BufReader, Cursor, Read};

/// How many bytes tell one kind of file from another.
pub(crate) const HEAD: usize = 10;

/// How much of a compressed text is read at once, in bytes.
const BUFFER: usize = 256 << 10;

/// Windows of compressed texts go up to 2 to the power of this: what `zstd --long=31` packs.
const WINDOW: u32 = 31;

/// How a text is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// As it is.
    Plain,
    /// Compressed by gzip, in one member or several.
    Gzip,
    /// Compressed by zstd, in one frame or several.
    Zstd,
}

/// What a file is that is no text to be read. Messages go on from its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoText {
    /// A model of this program.
    #[error("is a model, not a text")]
    Model,
    /// A text in another compression.
    #[error("is compressed by xz: unpack it first, with `xz -dk`")]
    Xz,
    /// A text in another compression.
    #[error("is compressed by bzip2: unpack it first, with `bzip2 -dk`")]
    Bzip2,
    /// An archive.
    #[error("is a zip archive: unpack it first")]
    Zip,
    /// A table in columns.
    #[error("is a Parquet file, not lines of text")]
    Parquet,
    /// A text in another character encoding.
    #[error("is UTF-16, not UTF-8: convert it with `iconv -f UTF-16 -t UTF-8`")]
    Utf16,
}

/// Why a text cannot be decoded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// It cannot be read.
    #[error("it cannot be read")]
    Read(#[from] io::Error),
    /// It is no text.
    #[error("it {0}")]
    NoText(#[from] NoText),
}

impl Encoding {
    /// How a text is stored that begins with `head`: ten bytes, or all there are.
    ///
    /// # Errors
    ///
    /// If that is how another kind of file begins.
    pub fn of(head: &[u8]) -> Result<Encoding, NoText> {
        match head {
            [0x1f, 0x8b, ..] => Ok(Encoding::Gzip),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Ok(Encoding::Zstd),
            [0x89, b'n', b'g', b'r', b'a', b'm', b'\r', b'\n', ..] => Err(NoText::Model),
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Err(NoText::Xz),
            // A text may begin with the letters BZh, but not go on as a bzip2 file does.
            [b'B', b'Z', b'h', _, b'1', b'A', b'Y', b'&', b'S', b'Y', ..] => Err(NoText::Bzip2),
            [b'P', b'K', 3, 4, ..] => Err(NoText::Zip),
            // The magic number, and how the head of a page or the end of an empty file begins.
            [b'P', b'A', b'R', b'1', 0x15, ..] => Err(NoText::Parquet),
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Err(NoText::Utf16),
            _ => Ok(Encoding::Plain),
        }
    }

    /// Reads as much of a text as tells its encoding.
    ///
    /// # Errors
    ///
    /// If it cannot be read.
    pub fn read_head(reader: &mut impl Read) -> io::Result<Vec<u8>> {
        let mut head = Vec::new();
        reader.take(HEAD as u64).read_to_end(&mut head)?;
        Ok(head)
    }

    /// A text as it was before it was stored, whichever way that is.
    ///
    /// It is unpacked as it is read, so that memory holds a window of it at most. A compressed text that is cut
    /// short or damaged is an error while it is read.
    ///
    /// # Errors
    ///
    /// If its first bytes cannot be read, or are those of another kind of file.
    pub fn decode<'r>(
        mut reader: impl Read + Send + 'r,
    ) -> Result<Box<dyn Read + Send + 'r>, DecodeError> {
        let head = Encoding::read_head(&mut reader)?;
        let encoding = Encoding::of(&head)?;
        let whole = Cursor::new(head).chain(reader);
        Ok(match encoding {
            Encoding::Plain => Box::new(whole),
            Encoding::Gzip => {
                let buffered = BufReader::with_capacity(BUFFER, whole);
                Box::new(flate2::bufread::MultiGzDecoder::new(buffered))
            }
            Encoding::Zstd => {
                let buffered = BufReader::with_capacity(BUFFER, whole);
                let mut decoder = zstd::Decoder::with_buffer(buffered)?;
                decoder.window_log_max(WINDOW)?;
                Box::new(decoder)
            }
        })
    }
}
