//! The encoding of a text, plain or compressed, detected from its first bytes.

use crate::xz::XzStreams;
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
    /// Compressed by bzip2, in one stream or several.
    Bzip2,
    /// Compressed by xz, in one stream or several.
    Xz,
}

/// The kind of a file that is not readable text. Messages continue the file's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoText {
    /// A model of this program.
    #[error("is a model, not a text")]
    Model,
    /// A text in another compression, without checksums.
    #[error("is compressed by lzma: unpack it first, with `xz -dk`")]
    Lzma,
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
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Ok(Encoding::Xz),
            // A text may begin with the letters BZh, but not continue like a bzip2 file: with a block, or its end.
            [b'B', b'Z', b'h', b'1'..=b'9', b'1', b'A', b'Y', b'&', b'S', b'Y', ..]
            | [b'B', b'Z', b'h', b'1'..=b'9', 0x17, b'r', b'E', b'8', b'P', 0x90, ..] => {
                Ok(Encoding::Bzip2)
            }
            // There is no magic number: usual properties, the size of the dictionary, and the text's size, often unknown.
            [b']', 0, 0, _, _, 0xff, 0xff, 0xff, 0xff, 0xff, ..]
            | [b']', 0, 0, _, _, _, _, _, _, 0, ..] => Err(NoText::Lzma),
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
            Encoding::Bzip2 => {
                let buffered = BufReader::with_capacity(BUFFER, whole);
                Box::new(bzip2::bufread::MultiBzDecoder::new(buffered))
            }
            Encoding::Xz => Box::new(XzStreams::new(BufReader::with_capacity(BUFFER, whole))),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    /// `printf 'one\n' | xz --check=crc32`, and the same by bzip2, each by the program of that name.
    const XZ: &[u8] = b"\xfd7zXZ\x00\x00\x01i\"\xde6\x02\x00!\x01\x16\x00\x00\x00t/\xe5\xa3\x01\x00\x03one\x0a\x00\x9f\xa8\x17\xf8\x00\x01\x18\x04k\xe9\xf0\xa5\x90B\x99\x0d\x01\x00\x00\x00\x00\x01YZ";
    const BZIP2: &[u8] = b"BZh91AY&SYx\x13\xc0\x82\x00\x00\x01\xc1\x00\x00\x10\x02\x01\xa0\x00!\x9ah3M\x0c\xbc]\xc9\x14\xe1BA\xe0O\x02\x08";
    /// No bytes at all, compressed by bzip2.
    const EMPTY: &[u8] = b"BZh9\x17rE8P\x90\0\0\0\0";

    fn read(bytes: &[u8]) -> io::Result<Vec<u8>> {
        let mut text = Vec::new();
        Encoding::decode(bytes).map_err(io::Error::other)?.read_to_end(&mut text)?;
        Ok(text)
    }

    fn bzip2(text: &[u8]) -> Vec<u8> {
        let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn xz(text: &[u8]) -> Vec<u8> {
        let options = lzma_rust2::XzOptions::with_preset(0);
        let mut encoder = lzma_rust2::XzWriter::new(Vec::new(), options).unwrap();
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn files_of_the_original_programs_are_read() {
        assert_eq!(
            (Encoding::of(XZ), Encoding::of(BZIP2)),
            (Ok(Encoding::Xz), Ok(Encoding::Bzip2))
        );
        assert_eq!(read(XZ).unwrap(), b"one\n");
        assert_eq!(read(BZIP2).unwrap(), b"one\n");
        assert_eq!(read(EMPTY).unwrap(), b"");
        let several = [BZIP2, EMPTY, BZIP2].concat();
        assert_eq!(read(&several).unwrap(), b"one\none\n");
        // Padding between and after streams of xz is of four zeros or a multiple of it.
        let several = [XZ, &[0; 8], XZ, XZ, &[0; 4]].concat();
        assert_eq!(read(&several).unwrap(), b"one\none\none\n");
    }

    /// Streams of more than the buffer, so that one ends anywhere in it.
    #[test]
    fn streams_go_on_at_the_ends_of_buffers() {
        let text = letters(200_000);
        for part in [bzip2(&text), xz(&text)] {
            let several = part.repeat(3 * BUFFER / part.len() + 2);
            let found = read(&several).unwrap();
            assert!(found.chunks(text.len()).all(|chunk| chunk == text));
            assert_eq!(found.len(), text.len() * (several.len() / part.len()));
        }
    }

    /// Bytes that hardly compress.
    fn letters(length: usize) -> Vec<u8> {
        let mut state = 1u64;
        let next = move || {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            b'a' + (state >> 59) as u8
        };
        std::iter::repeat_with(next).take(length).collect()
    }

    #[test]
    fn what_is_cut_or_changed_is_an_error() {
        let text = letters(3000);
        for whole in [bzip2(&text), xz(&text)] {
            assert_eq!(read(&whole).unwrap(), text);
            for cut in 10..whole.len() {
                assert!(read(&whole[..cut]).is_err(), "{cut} of {} bytes", whole.len());
            }
            for at in 10..whole.len() {
                let mut changed = whole.clone();
                changed[at] ^= 0x10;
                // Bits that fill the last byte of bzip2 mean nothing.
                let found = read(&changed);
                assert!(found.is_err() || found.unwrap() == text, "byte {at}");
            }
            let junk = [&whole[..], b"junk"].concat();
            assert!(read(&junk).is_err());
        }
        for padding in 1..4 {
            assert!(read(&[XZ, &vec![0; padding]].concat()).is_err(), "{padding}");
        }
    }

    /// A header may ask for a dictionary of 4 GiB: the file of 80 bytes is refused before any is reserved.
    #[test]
    fn a_large_dictionary_is_refused() {
        let mut forged = XZ.to_vec();
        // The size of the block's header, its flags, the filter's number and length, then the size of the dictionary.
        assert_eq!(forged[12..17], [2, 0, 0x21, 1, 0x16]);
        forged[16] = 40;
        let mut crc = flate2::Crc::new();
        crc.update(&forged[12..20]);
        forged[20..24].copy_from_slice(&crc.sum().to_le_bytes());
        let error = read(&forged).unwrap_err();
        assert!(error.to_string().contains("dictionary"), "{error}");
    }

    #[test]
    fn lzma_is_named() {
        // `xz --format=lzma`, and a file that says how long its text is.
        let files: [&[u8]; 2] =
            [b"]\0\0\x80\0\xff\xff\xff\xff\xff", b"]\0\0\x80\0\x04\0\0\0\0\0\0\0"];
        for file in files {
            assert_eq!(Encoding::of(file), Err(NoText::Lzma));
        }
        assert_eq!(Encoding::of(b"] a b c d e"), Ok(Encoding::Plain));
    }
}
