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

impl IdWidth {
    fn bytes(self) -> usize {
        match self {
            IdWidth::U16 => 2,
            IdWidth::U32 => 4,
        }
    }
}

/// Reads documents of ids, each as a line of decimal numbers separated by spaces.
pub(crate) struct Ids<R> {
    reader: R,
    width: IdWidth,
    /// The id that ends a document.
    end: u32,
    /// The first bytes of an id that has not been read completely.
    part: Vec<u8>,
    /// Bytes that were read.
    bytes: u64,
}

impl<R: BufRead> Ids<R> {
    pub fn new(reader: R, width: IdWidth, end: u32) -> Ids<R> {
        Ids { reader, width, end, part: Vec::new(), bytes: 0 }
    }
}

impl<R: BufRead + Send> Documents for Ids<R> {
    fn next(&mut self, text: &mut Vec<u8>) -> io::Result<bool> {
        text.clear();
        let width = self.width.bytes();
        loop {
            let found = match self.reader.fill_buf() {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                found => found?,
            };
            if found.is_empty() {
                if !self.part.is_empty() {
                    let what =
                        format!("{} bytes are no whole number of ids of {width}", self.bytes);
                    return Err(io::Error::new(ErrorKind::InvalidData, what));
                }
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
                let mut id = [0; 4];
                id[..width].copy_from_slice(&self.part);
                self.part.clear();
                let id = u32::from_le_bytes(id);
                ended = id == self.end;
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
    use crate::{Sentences, Weight, lines::Lines};
    use ngram_mutate::config;
    use proptest::prelude::*;
    use std::io::{BufReader, Read};

    fn read(bytes: &[u8], width: IdWidth, buffer: usize) -> io::Result<String> {
        let ids = Ids::new(BufReader::with_capacity(buffer, bytes), width, 7);
        let mut text = String::new();
        Lines::new(ids, Sentences::Line, Weight::ONE).read_to_string(&mut text)?;
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
