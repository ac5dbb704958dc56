//! Model files as bytes: where their sections are, and how to correct checksums after a change.

use std::ops::Range;

/// Bytes of the head.
pub const HEADER: usize = 64;
/// Bytes of an entry in the list of sections.
pub const ENTRY: usize = 32;

/// A section as listed in the file.
pub struct Section {
    /// The number that stands for what it holds.
    pub kind: u16,
    /// Where it stands in the file.
    pub bytes: Range<usize>,
}

/// Returns the sections in the order of the list.
pub fn sections(bytes: &[u8]) -> Vec<Section> {
    let count = u32::from_le_bytes(bytes[12..16].try_into().unwrap()) as usize;
    let number = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap()) as usize;
    let section = |at: usize| Section {
        kind: number(at) as u16,
        bytes: number(at + 8)..number(at + 8) + number(at + 16),
    };
    (0..count).map(|row| section(HEADER + row * ENTRY)).collect()
}

/// Whether a byte belongs to the head's own numbers, the list, or a listed section: anything but padding.
pub fn has_content(at: usize, sections: &[Section]) -> bool {
    at < 28
        || (HEADER..HEADER + sections.len() * ENTRY).contains(&at)
        || sections.iter().any(|section| section.bytes.contains(&at))
}

/// Corrects all checksums, as a forger would. Sections that now reach beyond the end keep theirs.
pub fn forge(bytes: &mut [u8]) {
    let count = u32::from_le_bytes(bytes[12..16].try_into().unwrap()) as usize;
    let Some(list) = count.checked_mul(ENTRY).filter(|&list| HEADER + list <= bytes.len()) else {
        return;
    };
    let number =
        |bytes: &[u8], at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap());
    for at in (HEADER..HEADER + list).step_by(ENTRY) {
        let (start, length) = (number(bytes, at + 8), number(bytes, at + 16));
        let end = start.saturating_add(length);
        if let Some(section) = bytes.get(start as usize..end as usize) {
            let checksum = crc32fast::hash(section);
            bytes[at + 4..at + 8].copy_from_slice(&checksum.to_le_bytes());
        }
    }
    let checksum = crc32fast::hash(&bytes[HEADER..HEADER + list]);
    bytes[24..28].copy_from_slice(&checksum.to_le_bytes());
}
