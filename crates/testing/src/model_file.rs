//! Model files as bytes: where their sections are, and how to forge them with checksums that fit.

use proptest::prelude::*;
use proptest::sample::Index;
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

/// A number written into a section, as a forger would: everything that opening compares is right again.
#[derive(Clone, Copy, Debug)]
pub struct Forgery {
    /// Chooses the section.
    pub section: Index,
    /// Chooses the place in it, in units of the number's width.
    pub place: Index,
    /// Bytes of the number: 1, 2, 4 or 8.
    pub width: usize,
    /// The number.
    pub number: u64,
}

/// Forgeries that readers may stumble over: small numbers, powers of two, and those just below and above.
pub fn forgeries() -> impl Strategy<Value = Vec<Forgery>> {
    let at = any::<Index>;
    let number = prop_oneof![
        0..16u64,
        (0..64u32, -2..3i64).prop_map(|(bit, more)| (1u64 << bit).wrapping_add_signed(more)),
        Just(u64::from(f32::NAN.to_bits())),
        any::<u64>(),
    ];
    let width = prop_oneof![1 => Just(1usize), 1 => Just(2), 6 => Just(4), 2 => Just(8)];
    let forgery = (at(), at(), width, number);
    let forgery = forgery.prop_map(|(section, place, width, number)| Forgery {
        section,
        place,
        width,
        number,
    });
    prop::collection::vec(forgery, 1..3)
}

/// Applies forgeries to a sound model file.
pub fn forged(bytes: &[u8], forgeries: &[Forgery]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let sections = sections(&bytes);
    for Forgery { section, place, width, number } in forgeries {
        let section = &sections[section.index(sections.len())].bytes;
        let places = section.len() / width;
        if places > 0 {
            let at = section.start + place.index(places) * width;
            bytes[at..at + width].copy_from_slice(&number.to_le_bytes()[..*width]);
        }
    }
    forge(&mut bytes);
    bytes
}
