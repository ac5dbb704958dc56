//! Texts compressed by xz, stream after stream, in bounded memory.

use lzma_rust2::XzReader;
use std::io::{self, BufRead, Read};

/// The largest dictionary accepted, in KiB; `xz -9` asks for 64 MiB.
const DICTIONARY: u32 = 512 << 10;

/// Memory of the decoder besides the dictionary, in KiB.
const REST: u32 = 1 << 10;

/// Reads all streams of a file, with the zeros that may stand between them and after the last.
///
/// A damaged or truncated stream, or anything else between streams, is an error.
pub struct XzStreams<R: BufRead> {
    place: Place<R>,
}

enum Place<R: BufRead> {
    In(Box<XzReader<R>>),
    End,
    Failed,
}

impl<R: BufRead> XzStreams<R> {
    /// Reads from the beginning of a stream.
    pub fn new(reader: R) -> XzStreams<R> {
        XzStreams { place: Place::In(Box::new(stream(reader))) }
    }
}

fn stream<R: BufRead>(reader: R) -> XzReader<R> {
    XzReader::new_mem_limit(reader, false, DICTIONARY + REST)
}

/// Skips the zeros after a stream. Returns whether another one may follow.
fn skip_padding(reader: &mut impl BufRead) -> io::Result<bool> {
    let mut zeros = 0;
    loop {
        let bytes = match reader.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            bytes => bytes?,
        };
        let (is_end, length) = (bytes.is_empty(), bytes.len());
        let count = bytes.iter().take_while(|&&byte| byte == 0).count();
        reader.consume(count);
        zeros += count;
        if is_end || count < length {
            return match zeros % 4 {
                0 => Ok(!is_end),
                _ => Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    "zeros after a stream of xz that are no multiple of four",
                )),
            };
        }
    }
}

impl<R: BufRead> Read for XzStreams<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            // Only an end is one: what fails here has failed for good.
            match std::mem::replace(&mut self.place, Place::Failed) {
                Place::In(mut reader) => match reader.read(buffer).map_err(explained)? {
                    0 => {
                        let mut rest = reader.into_inner();
                        self.place = match skip_padding(&mut rest)? {
                            true => Place::In(Box::new(stream(rest))),
                            false => Place::End,
                        };
                    }
                    read => {
                        self.place = Place::In(reader);
                        return Ok(read);
                    }
                },
                Place::End => {
                    self.place = Place::End;
                    return Ok(0);
                }
                Place::Failed => {
                    return Err(io::Error::other("a stream of xz could not be read"));
                }
            }
        }
    }
}

/// Says what a refusal for lack of memory is about.
fn explained(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::OutOfMemory => io::Error::new(
            io::ErrorKind::InvalidData,
            "its dictionary is larger than 512 MiB: unpack it first, with `xz -dk`",
        ),
        _ => error,
    }
}
