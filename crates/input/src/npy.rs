//! The header of a NumPy array in a `.npy` file, which says how its ids are stored.
//!
//! Source of the format: NumPy's documentation of `numpy.lib.format`, versions 1.0 to 3.0.

use crate::ids::IdLayout;
use std::io::{self, BufRead, Cursor, ErrorKind, Read};

/// How such a file begins.
pub(crate) const MAGIC: &[u8; 6] = b"\x93NUMPY";

/// Longest header that is read, in bytes; NumPy's own are of 118.
const LONGEST: u32 = 1 << 16;

/// An array of ids.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Array {
    /// How each id is stored.
    pub layout: IdLayout,
    /// The number of ids.
    pub ids: u64,
}

/// Reads the header if there is one; returns it with a reader of the bytes that follow it.
///
/// # Errors
///
/// If the file cannot be read, or is an array of something else than ids; the error says what to do.
pub(crate) fn header<R: BufRead>(mut reader: R) -> io::Result<(Option<Array>, impl BufRead)> {
    let mut head = Vec::new();
    reader.by_ref().take(MAGIC.len() as u64).read_to_end(&mut head)?;
    let mut array = None;
    if head == MAGIC {
        head.clear();
        let wrong = |what: String| io::Error::new(ErrorKind::InvalidData, what);
        let text = text(&mut reader).map_err(|error| match error.kind() {
            ErrorKind::UnexpectedEof => wrong("the header of the NumPy array is cut short".into()),
            _ => error,
        })?;
        array = Some(parse(&text).map_err(wrong)?);
    }
    Ok((array, Cursor::new(head).chain(reader)))
}

/// Reads the header's text, which follows the magic number.
fn text(reader: &mut impl Read) -> io::Result<String> {
    let mut version = [0; 2];
    reader.read_exact(&mut version)?;
    let mut length = [0; 4];
    reader.read_exact(&mut length[..if version[0] == 1 { 2 } else { 4 }])?;
    let length = u32::from_le_bytes(length);
    if !(1..=3).contains(&version[0]) || length > LONGEST {
        let what = "this NumPy array is of a version that is not read: save it again by numpy.save";
        return Err(io::Error::new(ErrorKind::InvalidData, what));
    }
    let mut text = vec![0; length as usize];
    reader.read_exact(&mut text)?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// Parses a header such as `{'descr': '<u2', 'fortran_order': False, 'shape': (5001,), }`.
fn parse(text: &str) -> Result<Array, String> {
    let field = |name: &str| {
        let (_, rest) = text.split_once(&format!("'{name}':"))?;
        Some(rest.trim_start())
    };
    let kind = field("descr").and_then(|rest| rest.strip_prefix('\'')?.split_once('\''));
    let kind = kind.map_or("a structure", |(kind, _)| kind);
    let layout = match kind {
        "<u2" => IdLayout { bytes: 2, signed: false },
        "<u4" => IdLayout { bytes: 4, signed: false },
        "<u8" => IdLayout { bytes: 8, signed: false },
        "<i2" => IdLayout { bytes: 2, signed: true },
        "<i4" => IdLayout { bytes: 4, signed: true },
        "<i8" => IdLayout { bytes: 8, signed: true },
        _ => {
            return Err(format!(
                "this NumPy array holds {kind}, not ids: save it as little-endian integers of 16, 32 or 64 bits, as by array.astype('<u4')"
            ));
        }
    };
    let shape = field("shape").and_then(|rest| rest.strip_prefix('(')?.split_once(')'));
    let (shape, _) = shape.ok_or("the NumPy array's header has no shape: save it again")?;
    let sides: Vec<&str> = shape.split(',').map(str::trim).filter(|s| !s.is_empty()).collect();
    let ids = sides.iter().try_fold(1u64, |ids, side| ids.checked_mul(side.parse().ok()?));
    let ids =
        ids.ok_or_else(|| format!("the NumPy array's shape ({shape}) is not one of numbers"))?;
    if sides.len() > 1 && field("fortran_order").is_some_and(|rest| rest.starts_with("True")) {
        return Err(
            "the NumPy array is stored by columns: save it by rows, as by numpy.ascontiguousarray"
                .to_owned(),
        );
    }
    Ok(Array { layout, ids })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file as NumPy 2 writes it.
    fn file(header: &str, rest: &[u8]) -> Vec<u8> {
        let mut text = header.to_owned();
        while !(10 + text.len() + 1).is_multiple_of(64) {
            text.push(' ');
        }
        text.push('\n');
        let length = (text.len() as u16).to_le_bytes();
        [MAGIC, &[1, 0][..], &length, text.as_bytes(), rest].concat()
    }

    fn read(bytes: &[u8]) -> (Option<Array>, Vec<u8>) {
        let (array, mut rest) = header(bytes).unwrap();
        let mut bytes = Vec::new();
        rest.read_to_end(&mut bytes).unwrap();
        (array, bytes)
    }

    #[test]
    fn a_header_is_read_and_what_follows_is_left() {
        let bytes =
            file("{'descr': '<u2', 'fortran_order': False, 'shape': (2,), }", &[1, 0, 2, 0]);
        assert_eq!(bytes.len() % 64, 4);
        let layout = IdLayout { bytes: 2, signed: false };
        assert_eq!(read(&bytes), (Some(Array { layout, ids: 2 }), vec![1, 0, 2, 0]));
        let bytes = file("{'descr': '<i8', 'fortran_order': False, 'shape': (3, 4), }", &[]);
        let layout = IdLayout { bytes: 8, signed: true };
        assert_eq!(read(&bytes).0, Some(Array { layout, ids: 12 }));
        let bytes = file("{'descr': '<u4', 'fortran_order': True, 'shape': (), }", &[]);
        assert_eq!(read(&bytes).0.unwrap().ids, 1);
        assert_eq!(read(b"\x93NUM"), (None, b"\x93NUM".to_vec()));
        assert_eq!(read(b""), (None, vec![]));
    }

    #[test]
    fn what_holds_no_ids_is_refused() {
        for (header_text, message) in [
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", "holds <f4, not ids"),
            ("{'descr': '>u2', 'fortran_order': False, 'shape': (2,), }", "holds >u2, not ids"),
            ("{'descr': [('a', '<u2')], 'fortran_order': False, 'shape': (2,), }", "a structure"),
            ("{'descr': '<u2', 'fortran_order': True, 'shape': (2, 3), }", "by columns"),
            ("{'descr': '<u2', 'fortran_order': False, }", "has no shape"),
            ("{'descr': '<u2', 'shape': (99999999999999999999,), }", "not one of numbers"),
        ] {
            let error = header(&file(header_text, &[])[..]).err().unwrap().to_string();
            assert!(error.contains(message), "{header_text}: {error}");
        }
        let cut = &file("{'descr': '<u2', 'shape': (2,), }", &[])[..40];
        assert!(header(cut).err().unwrap().to_string().contains("cut short"));
        let newer = b"\x93NUMPY\x09\x00\x00\x00\x00\x00";
        assert!(header(&newer[..]).err().unwrap().to_string().contains("a version"));
    }
}
