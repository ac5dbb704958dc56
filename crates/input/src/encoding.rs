//! How a file is stored: plain, or compressed by gzip or zstd; and files that are no text.

use crate::InputError;
use std::io::{self, BufReader, Cursor, Read};

/// How the bytes of a text are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// As they are.
    Plain,
    /// By gzip, in any number of members.
    Gzip,
    /// By zstd, in any number of frames.
    Zstd,
}

/// How a model file begins.
pub const MODEL: &[u8] = b"\x89ngram\r\n";

/// Beginnings of files that are no text, with what they are and what to do about it.
const FOREIGN: [(&[u8], &str); 5] = [
    (b"\xfd7zXZ\0", "is compressed by xz: unpack it first, with `xz -dk`"),
    (b"BZh", "is compressed by bzip2: unpack it first, with `bzip2 -dk`"),
    (b"PK\x03\x04", "is a zip archive: unpack it first"),
    (b"\xff\xfe", "is UTF-16, not UTF-8: convert it with `iconv -f UTF-16 -t UTF-8`"),
    (b"\xfe\xff", "is UTF-16, not UTF-8: convert it with `iconv -f UTF-16 -t UTF-8`"),
];

/// How many bytes tell one kind of file from another.
const HEAD: usize = 10;

impl Encoding {
    /// The encoding of a text that begins with `head`, as [`read_head`] gives it.
    ///
    /// # Errors
    ///
    /// If it is a model, or stored in a way that cannot be read; `name` is what to call it then.
    pub fn of(head: &[u8], name: &str) -> Result<Encoding, InputError> {
        if head.starts_with(b"\x1f\x8b") {
            return Ok(Encoding::Gzip);
        }
        if head.starts_with(b"\x28\xb5\x2f\xfd") {
            return Ok(Encoding::Zstd);
        }
        if head.starts_with(MODEL) {
            return Err(InputError::Model { name: name.to_owned() });
        }
        for (magic, what) in FOREIGN {
            // A text may begin with the letters BZh, but not go on as a bzip2 file does.
            let is_bzip2 = || head.get(4..) == Some(b"1AY&SY");
            if head.starts_with(magic) && (magic != b"BZh" || is_bzip2()) {
                return Err(InputError::Foreign { name: name.to_owned(), what });
            }
        }
        Ok(Encoding::Plain)
    }
}

/// The first bytes of a file, as many as there are to tell one kind from another.
///
/// # Errors
///
/// If it cannot be read.
pub fn read_head(reader: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    reader.take(HEAD as u64).read_to_end(&mut head)?;
    Ok(head)
}

/// The bytes behind a reader, decompressed if they are compressed. `name` is for messages.
///
/// # Errors
///
/// If the beginning cannot be read, or is that of no text.
pub fn decode<'a>(
    name: &str,
    mut raw: impl Read + Send + 'a,
) -> Result<Box<dyn Read + Send + 'a>, InputError> {
    let cannot_read = |source| InputError::Read { name: name.to_owned(), source };
    let head = read_head(&mut raw).map_err(cannot_read)?;
    let encoding = Encoding::of(&head, name)?;
    let whole = Cursor::new(head).chain(raw);
    Ok(match encoding {
        Encoding::Plain => Box::new(whole),
        Encoding::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(buffered(whole))),
        Encoding::Zstd => {
            let mut decoder = zstd::Decoder::with_buffer(buffered(whole)).map_err(cannot_read)?;
            // What `zstd --long=31` packs.
            decoder.window_log_max(31).map_err(cannot_read)?;
            Box::new(decoder)
        }
    })
}

/// So many bytes are read at a time.
pub(crate) fn buffered<R: Read>(reader: R) -> BufReader<R> {
    BufReader::with_capacity(256 << 10, reader)
}
