//! The header of a model file: the list of its sections.

use super::{ALIGNMENT, ENTRY, Entry, HEADER, Kind, MAGIC, ModelError, VERSION};
use std::ops::Range;

/// Maximum size of files that are read in full and have all their checksums verified on opening, which takes
/// a few hundredths of a second at most. For longer files, opening reads only the header and the metadata.
pub const CHECKED_AT_OPENING: usize = 64 << 20;

/// The sections of a file, all of them within its bounds.
pub struct Sections {
    name: String,
    entries: Vec<Entry>,
}

impl Sections {
    /// Returns the file's name in messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Reads and checks the header of the file; `name` is used in messages.
    pub fn read(name: &str, bytes: &[u8]) -> Result<Sections, ModelError> {
        Ok(Sections { name: name.to_owned(), entries: entries(name, bytes)? })
    }

    /// Returns all entries, in list order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Returns the position of a section, if the file has it.
    pub fn find(&self, kind: Kind, level: usize) -> Option<Range<usize>> {
        self.entry(kind, level)
            .map(|entry| entry.start as usize..(entry.start + entry.length) as usize)
    }

    /// Returns the position of a section that the file must have.
    pub fn need(&self, kind: Kind, level: usize) -> Result<Range<usize>, ModelError> {
        self.find(kind, level)
            .ok_or_else(|| self.damaged(format!("no section {kind:?} of level {level}")))
    }

    /// Returns the stored checksum of a section.
    pub fn checksum(&self, kind: Kind, level: usize) -> Option<u32> {
        self.entry(kind, level).map(|entry| entry.checksum)
    }

    /// Verifies the checksums of all sections.
    pub fn compare_checksums(&self, bytes: &[u8]) -> Result<(), ModelError> {
        for entry in &self.entries {
            let section = &bytes[entry.start as usize..(entry.start + entry.length) as usize];
            if crc32fast::hash(section) != entry.checksum {
                let Entry { kind, level, .. } = entry;
                let what =
                    format!("the checksum of section {kind} of level {level} does not match");
                return Err(self.damaged(what));
            }
        }
        Ok(())
    }

    /// Returns the error that the file is damaged.
    pub fn damaged(&self, what: impl Into<String>) -> ModelError {
        ModelError::Damaged { name: self.name.clone(), what: what.into() }
    }

    fn entry(&self, kind: Kind, level: usize) -> Option<&Entry> {
        self.entries.iter().find(|e| e.kind == kind as u16 && e.level as usize == level)
    }
}

/// Reads and checks the list.
fn entries(name: &str, bytes: &[u8]) -> Result<Vec<Entry>, ModelError> {
    let damaged = |what: &str| ModelError::Damaged { name: name.to_owned(), what: what.to_owned() };
    if !bytes.starts_with(&MAGIC) {
        return Err(ModelError::Foreign { name: name.to_owned(), hint: hint(bytes) });
    }
    let u32_at = |at: usize| {
        bytes.get(at..at + 4).and_then(|four| four.try_into().ok()).map(u32::from_le_bytes)
    };
    let u64_at = |at: usize| {
        bytes.get(at..at + 8).and_then(|eight| eight.try_into().ok()).map(u64::from_le_bytes)
    };
    let cut = || damaged("it ends before its head does");
    let version = u32_at(8).ok_or_else(cut)?;
    if version != VERSION {
        return Err(ModelError::Version { name: name.to_owned(), found: version });
    }
    let count = u32_at(12).ok_or_else(cut)? as usize;
    let length = u64_at(16).ok_or_else(cut)?;
    let checksum = u32_at(24).ok_or_else(cut)?;
    if length != bytes.len() as u64 {
        let what = format!("it has {} bytes and should have {length}", bytes.len());
        return Err(damaged(&what));
    }
    let list =
        bytes.get(HEADER..HEADER.saturating_add(count.saturating_mul(ENTRY))).ok_or_else(cut)?;
    if crc32fast::hash(list) != checksum {
        return Err(damaged("the checksum of its section list does not match"));
    }
    let mut entries = Vec::with_capacity(count);
    let mut listed = 0u64;
    for row in 0..count {
        let at = HEADER + row * ENTRY;
        let kind_and_level = u32_at(at).ok_or_else(cut)?;
        let entry = Entry {
            kind: kind_and_level as u16,
            level: (kind_and_level >> 16) as u16,
            checksum: u32_at(at + 4).ok_or_else(cut)?,
            start: u64_at(at + 8).ok_or_else(cut)?,
            length: u64_at(at + 16).ok_or_else(cut)?,
        };
        let end = entry.start.checked_add(entry.length);
        if !entry.start.is_multiple_of(ALIGNMENT) || end.is_none_or(|end| end > length) {
            return Err(damaged("a section reaches beyond the end"));
        }
        // Otherwise a short file could be read over and over, once per section.
        listed += entry.length;
        if listed > length {
            return Err(damaged("sections overlap"));
        }
        entries.push(entry);
    }
    Ok(entries)
}

/// Describes what a foreign file seems to be.
fn hint(bytes: &[u8]) -> &'static str {
    match bytes {
        [] => ": it is empty",
        [0x1f, 0x8b, ..] => ": it is gzip; if an ARPA file is in it, read it with `ngram import`",
        [0x28, 0xb5, 0x2f, 0xfd, ..] => {
            ": it is zstd; if an ARPA file is in it, read it with `ngram import`"
        }
        [b'B', b'Z', b'h', b'1'..=b'9', ..] => {
            ": it is bzip2; if an ARPA file is in it, read it with `ngram import`"
        }
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => {
            ": it is xz; if an ARPA file is in it, read it with `ngram import`"
        }
        _ if bytes.starts_with(b"mmap lm http://kheafield.com/code") => {
            ": it is a KenLM binary, which cannot be read here; use the ARPA file it was built from"
        }
        _ if bytes.windows(6).take(4096).any(|window| window == b"\\data\\") => {
            ": it looks like an ARPA file; read it with `ngram import`"
        }
        _ => "; train one with `ngram train`",
    }
}
