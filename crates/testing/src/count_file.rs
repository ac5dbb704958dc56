//! Count files as bytes: how to forge them with checksums that fit.

use crate::model_file::Forgery;
use std::ops::Range;

/// Bytes of the head.
const HEADER: usize = 68;

/// Returns where the metadata, the words, the index and the records stand. The records take up the rest.
fn sections(file: &[u8]) -> Option<[Range<usize>; 4]> {
    let head = file.first_chunk::<HEADER>()?;
    let number = |at: usize| u64::from_le_bytes(head[at..at + 8].try_into().unwrap());
    let mut end = HEADER as u64;
    let mut next = |at| {
        let start = end;
        end = end.saturating_add(number(at));
        (end <= file.len() as u64).then_some(start as usize..end as usize)
    };
    let [metadata, words, index] = [next(24)?, next(32)?, next(40)?];
    let records = index.end..file.len();
    Some([metadata, words, index, records])
}

/// Corrects the checksums and the length of the records, so that changing that length is not a truncation.
pub fn forge(file: &mut [u8]) {
    if let Some([metadata, _, _, records]) = sections(file) {
        file[48..56].copy_from_slice(&(records.len() as u64).to_le_bytes());
        let parts = [metadata.start..records.start, records];
        for (at, part) in [56, 60].into_iter().zip(parts) {
            let checksum = crc32fast::hash(&file[part]);
            file[at..at + 4].copy_from_slice(&checksum.to_le_bytes());
        }
    }
    if file.len() >= HEADER {
        let checksum = crc32fast::hash(&file[..HEADER - 4]);
        file[HEADER - 4..HEADER].copy_from_slice(&checksum.to_le_bytes());
    }
}

/// Applies forgeries to a sound count file: to the last bytes of their numbers, as its numbers are varints.
pub fn forged(file: &[u8], forgeries: &[Forgery]) -> Vec<u8> {
    let mut forged = file.to_vec();
    let sections = sections(file).unwrap();
    for Forgery { section, place, number, .. } in forgeries {
        let section = &sections[section.index(sections.len())];
        if !section.is_empty() {
            forged[section.start + place.index(section.len())] = *number as u8;
        }
    }
    forge(&mut forged);
    forged
}
