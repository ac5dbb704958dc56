//! The encoding of a text, plain or compressed, detected from its first bytes.

use std::io::{self, BufReader, Cursor, Read};

/// Bytes needed to tell file types apart.
pub(crate) const HEAD: usize = 10;

/// Buffer for reading compressed text, in bytes.
const BUFFER: usize = 256 << 10;

/// Log2 of the largest zstd window accepted, that of `zstd --long=31`.
const WINDOW: u32 = 31;

/// The encoding of a stored text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Not compressed.
    Plain,
    /// Compressed by gzip, in one member or several.
    Gzip,
    /// Compressed by zstd, in one frame or several.
    Zstd,
}

/// The kind of a file that is not readable text. Messages continue the file's name.
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
    /// A columnar table.
    #[error("is a Parquet file, not lines of text")]
    Parquet,
    /// An array of numbers.
    #[error("is a NumPy array: read its ids by --input-format npy and --end-id")]
    Npy,
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
    /// It is not text.
    #[error("it {0}")]
    NoText(#[from] NoText),
}

impl Encoding {
    /// Returns the encoding of a text that begins with `head`: its first ten bytes, or all of it if it is shorter.
    ///
    /// # Errors
    ///
    /// If the first bytes are those of another kind of file.
    pub fn of(head: &[u8]) -> Result<Encoding, NoText> {
        match head {
            [0x1f, 0x8b, ..] => Ok(Encoding::Gzip),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Ok(Encoding::Zstd),
            [0x89, b'n', b'g', b'r', b'a', b'm', b'\r', b'\n', ..] => Err(NoText::Model),
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Err(NoText::Xz),
            // A text may begin with the letters BZh, but not continue like a bzip2 file.
            [b'B', b'Z', b'h', _, b'1', b'A', b'Y', b'&', b'S', b'Y', ..] => Err(NoText::Bzip2),
            [b'P', b'K', 3, 4, ..] => Err(NoText::Zip),
            // The magic number, then the first byte of a page header or of an empty file's footer.
            [b'P', b'A', b'R', b'1', 0x15, ..] => Err(NoText::Parquet),
            [0x93, b'N', b'U', b'M', b'P', b'Y', ..] => Err(NoText::Npy),
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Err(NoText::Utf16),
            _ => Ok(Encoding::Plain),
        }
    }

    /// Reads the first bytes of a text, which determine its encoding.
    ///
    /// # Errors
    ///
    /// If it cannot be read.
    pub fn read_head(reader: &mut impl Read) -> io::Result<Vec<u8>> {
        let mut head = Vec::new();
        reader.take(HEAD as u64).read_to_end(&mut head)?;
        Ok(head)
    }

    /// Decodes a text of any encoding.
    ///
    /// It is decompressed while it is read, so that at most one window of it is in memory. A
    /// truncated or damaged compressed text is an error while it is read.
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
