//! Lines that are read whole, up to a length.

use std::io::{self, BufRead, Read as _};

/// The longest line or record that is read, in bytes, unless less is allowed: 256 MiB. Words, scores and copies of a line
/// take several times its length.
pub const LONGEST: u64 = 256 << 20;

/// Appends the next line with its end to `line`, and returns its length: 0 at the end of the text. `number` is the
/// line's, from 1, for the message.
///
/// # Errors
///
/// If the reader fails, or if the line is longer than `longest` bytes.
pub fn read_line(
    reader: &mut impl BufRead,
    line: &mut Vec<u8>,
    number: u64,
    longest: u64,
) -> io::Result<usize> {
    let read = reader.by_ref().take(longest.saturating_add(1)).read_until(b'\n', line)?;
    if read as u64 > longest && !line.ends_with(b"\n") {
        return Err(LineTooLong { number, longest }.into());
    }
    Ok(read)
}

/// The lines of a reader. After an error, there are no others, even if it is asked again.
pub(crate) struct BoundedLines<R> {
    reader: R,
    longest: u64,
    /// The number of the last line, from 1.
    number: u64,
    is_too_long: bool,
}

impl<R: BufRead> BoundedLines<R> {
    pub fn new(reader: R, longest: u64) -> BoundedLines<R> {
        BoundedLines { reader, longest, number: 0, is_too_long: false }
    }

    /// Replaces `line` with the next line and its end, and returns its number; `None` at the end.
    pub fn next(&mut self, line: &mut Vec<u8>) -> io::Result<Option<u64>> {
        line.clear();
        if self.is_too_long {
            return Err(LineTooLong { number: self.number, longest: self.longest }.into());
        }
        let read = read_line(&mut self.reader, line, self.number + 1, self.longest);
        self.number += u64::from(!matches!(read, Ok(0)));
        self.is_too_long = line.len() as u64 > self.longest && read.is_err();
        Ok((read? > 0).then_some(self.number))
    }
}

/// The error for a line that is too long; readers pass it on as an [`io::Error`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {number} is longer than {longest} bytes: split it")]
pub struct LineTooLong {
    /// The line, from 1.
    pub number: u64,
    /// The most bytes that it may have.
    pub longest: u64,
}

impl From<LineTooLong> for io::Error {
    fn from(error: LineTooLong) -> io::Error {
        io::Error::new(io::ErrorKind::InvalidData, error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_may_have_so_many_bytes_and_no_more() {
        let lengths = |text: &str, longest| -> Result<Vec<usize>, String> {
            let (mut reader, mut line, mut lengths) = (text.as_bytes(), Vec::new(), Vec::new());
            loop {
                line.clear();
                let number = lengths.len() as u64 + 1;
                match read_line(&mut reader, &mut line, number, longest) {
                    Ok(0) => return Ok(lengths),
                    Ok(length) => lengths.push(length),
                    Err(error) => return Err(error.to_string()),
                }
            }
        };
        assert_eq!(lengths("abc\n\nab", 3), Ok(vec![4, 1, 2]));
        assert_eq!(lengths("abc", 3), Ok(vec![3]));
        let error = "line 2 is longer than 3 bytes: split it";
        assert_eq!(lengths("abc\nabcd\n", 3), Err(error.to_owned()));
        assert_eq!(lengths("\nabcd", 3), Err(error.to_owned()));
        assert_eq!(lengths("abcd", u64::MAX), Ok(vec![4]));
    }

    #[test]
    fn nothing_follows_a_line_that_is_too_long() {
        let (mut lines, mut line) = (BoundedLines::new(&b"a\nbcde\nf\n"[..], 2), Vec::new());
        assert_eq!(lines.next(&mut line).unwrap(), Some(1));
        for _ in 0..3 {
            let error = lines.next(&mut line).unwrap_err().to_string();
            assert_eq!(error, "line 2 is longer than 2 bytes: split it");
        }
        let mut lines = BoundedLines::new(&b"ab"[..], 2);
        assert_eq!((lines.next(&mut line).unwrap(), line.len()), (Some(1), 2));
        assert_eq!(lines.next(&mut line).unwrap(), None);
    }
}
