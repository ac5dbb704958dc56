//! Token ids, stored as for training neural models: little-endian numbers of 16 or 32 bits, with
//! one id that ends each document.

use crate::lines::Documents;
use std::io::{self, BufRead, ErrorKind, Write};

/// Width of an id in bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdWidth {
    /// 16.
    U16,
    /// 32.
    U32,
}

/// How an id is stored: as a little-endian integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct IdLayout {
    /// Its bytes: 2, 4 or 8.
    pub bytes: usize,
    /// Whether the highest bit means that it is negative, which no id is.
    pub signed: bool,
}

impl From<IdWidth> for IdLayout {
    fn from(width: IdWidth) -> IdLayout {
        let bytes = match width {
            IdWidth::U16 => 2,
            IdWidth::U32 => 4,
        };
        IdLayout { bytes, signed: false }
    }
}

/// Reads documents of ids, each as a line of decimal numbers separated by spaces.
pub(crate) struct IdReader<R> {
    reader: R,
    layout: IdLayout,
    /// The number of ids, if a header announced it.
    announced: Option<u64>,
    /// The id that ends a document.
    end: u32,
    /// The first bytes of an id that has not been read completely.
    part: Vec<u8>,
    /// Bytes that were read.
    bytes: u64,
}

impl<R: BufRead> IdReader<R> {
    pub fn new(reader: R, layout: IdLayout, announced: Option<u64>, end: u32) -> IdReader<R> {
        IdReader { reader, layout, announced, end, part: Vec::new(), bytes: 0 }
    }

    /// Checks at the end of the bytes that ids and bytes come out even.
    fn end(&self) -> io::Result<()> {
        let width = self.layout.bytes;
        let wrong = |what| Err(io::Error::new(ErrorKind::InvalidData, what));
        if !self.part.is_empty() {
            return wrong(format!("{} bytes are no whole number of ids of {width}", self.bytes));
        }
        let found = self.bytes / width as u64;
        match self.announced {
            Some(announced) if announced != found => {
                wrong(format!("its header announces {announced} ids, but {found} follow"))
            }
            _ => Ok(()),
        }
    }
}

impl<R: BufRead + Send> Documents for IdReader<R> {
    fn next(&mut self, text: &mut Vec<u8>) -> io::Result<bool> {
        text.clear();
        let width = self.layout.bytes;
        loop {
            let found = match self.reader.fill_buf() {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                found => found?,
            };
            if found.is_empty() {
                self.end()?;
                // Anything after the last end is a document.
                return Ok(!text.is_empty());
            }
            let mut taken = 0;
            let mut ended = false;
            while taken < found.len() && !ended {
                let wanted = (width - self.part.len()).min(found.len() - taken);
                self.part.extend_from_slice(&found[taken..taken + wanted]);
                taken += wanted;
                if self.part.len() < width {
                    break;
                }
                let mut id = [0; 8];
                id[..width].copy_from_slice(&self.part);
                self.part.clear();
                if self.layout.signed && id[width - 1] & 0x80 != 0 {
                    let number = (self.bytes + taken as u64) / width as u64;
                    let what = format!("id {number} of the file is negative, which no id may be");
                    return Err(io::Error::new(ErrorKind::InvalidData, what));
                }
                let id = u64::from_le_bytes(id);
                ended = id == u64::from(self.end);
                if !ended {
                    let space = if text.is_empty() { "" } else { " " };
                    write!(text, "{space}{id}")?;
                }
            }
            self.reader.consume(taken);
            self.bytes += taken as u64;
            if ended {
                return Ok(true);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Sentences, Weight, lines::DocumentLines};
    use ngram_mutate::config;
    use proptest::prelude::*;
    use std::io::{BufReader, Read};

    fn read(bytes: &[u8], width: IdWidth, buffer: usize) -> io::Result<String> {
        let ids = IdReader::new(BufReader::with_capacity(buffer, bytes), width.into(), None, 7);
        let mut text = String::new();
        DocumentLines::new(ids, Sentences::Line, Weight::ONE).read_to_string(&mut text)?;
        Ok(text)
    }

    #[test]
    fn documents_are_lines_of_numbers() {
        let ids = [1u32, 65_535, 7, 7, 0, 12, 7, 300];
        let narrow: Vec<u8> = ids.iter().flat_map(|&id| (id as u16).to_le_bytes()).collect();
        let wide: Vec<u8> = ids.iter().flat_map(|&id| (id << 8).to_le_bytes()).collect();
        for buffer in [1, 2, 3, 5, 64] {
            let text = read(&narrow, IdWidth::U16, buffer).unwrap();
            assert_eq!(text, "1 65535\n\n0 12\n300\n", "{buffer}");
            let text = read(&wide, IdWidth::U32, buffer).unwrap();
            assert_eq!(text, "256 16776960 1792 1792 0 3072 1792 76800\n", "{buffer}");
            let error = read(&narrow[..5], IdWidth::U16, buffer).unwrap_err().to_string();
            assert_eq!(error, "5 bytes are no whole number of ids of 2");
        }
        assert_eq!(read(&[], IdWidth::U16, 8).unwrap(), "");
        assert_eq!(read(&[1, 0, 7, 0], IdWidth::U16, 8).unwrap(), "1\n");
    }

    #[test]
    fn signed_and_announced_ids_are_checked() {
        let read = |bytes: &[u8], layout, announced| -> io::Result<String> {
            let mut text = String::new();
            let ids = IdReader::new(bytes, layout, announced, 7);
            DocumentLines::new(ids, Sentences::Line, Weight::ONE).read_to_string(&mut text)?;
            Ok(text)
        };
        let bytes: Vec<u8> = [1i64, 1 << 40, 7, 2].iter().flat_map(|id| id.to_le_bytes()).collect();
        let long = IdLayout { bytes: 8, signed: true };
        assert_eq!(read(&bytes, long, Some(4)).unwrap(), "1 1099511627776\n2\n");
        let error = read(&bytes, long, Some(5)).unwrap_err().to_string();
        assert_eq!(error, "its header announces 5 ids, but 4 follow");
        let bytes: Vec<u8> = [1i32, -100].iter().flat_map(|id| id.to_le_bytes()).collect();
        let error = read(&bytes, IdLayout { bytes: 4, signed: true }, None).unwrap_err();
        assert_eq!(error.to_string(), "id 2 of the file is negative, which no id may be");
    }

    proptest! {
        #![proptest_config(config(1000))]

        /// Does in a second what `fuzz/` does for hours.
        #[test]
        fn any_bytes_are_read_as_all_at_once(
            bytes in prop::collection::vec(prop_oneof![Just(0), Just(7), any::<u8>()], 0..40),
            buffer in 1..9usize,
        ) {
            let found = read(&bytes, IdWidth::U16, buffer);
            let (ids, rest) = bytes.as_chunks::<2>();
            prop_assert_eq!(found.is_ok(), rest.is_empty());
            let ids: Vec<u16> = ids.iter().copied().map(u16::from_le_bytes).collect();
            let mut documents: Vec<&[u16]> = ids.split(|&id| id == 7).collect();
            // An empty rest after the last end is not a document.
            documents.pop_if(|last| last.is_empty());
            let line = |document: &&[u16]| {
                document.iter().map(u16::to_string).collect::<Vec<_>>().join(" ") + "\n"
            };
            if let Ok(found) = found {
                prop_assert_eq!(found, documents.iter().map(line).collect::<String>());
            }
        }
    }
}
