//! Corrects checksums after bytes were changed; otherwise nothing but checksums would be tested.

use ngram_formats::kenlm::murmur_hash_64a;

/// In a model file: the checksums of the sections and of their list, and the length in the head.
pub fn forge_model(file: &mut [u8]) {
    const HEADER: usize = 64;
    const ENTRY: usize = 32;
    if file.len() < HEADER {
        return;
    }
    let length = file.len() as u64;
    file[16..24].copy_from_slice(&length.to_le_bytes());
    let rows = (u32_at(file, 12) as usize).min((file.len() - HEADER) / ENTRY);
    for row in 0..rows {
        let at = HEADER + row * ENTRY;
        let (start, length) = (u64_at(file, at + 8) as usize, u64_at(file, at + 16) as usize);
        let section = start.checked_add(length).and_then(|end| file.get(start..end));
        if let Some(checksum) = section.map(crc32fast::hash) {
            file[at + 4..at + 8].copy_from_slice(&checksum.to_le_bytes());
        }
    }
    let list = crc32fast::hash(&file[HEADER..HEADER + rows * ENTRY]);
    file[24..28].copy_from_slice(&list.to_le_bytes());
}

/// In a count file: the checksums of its words, records and header. Records take up the rest, so
/// that the file may grow and shrink.
pub fn forge_counts(file: &mut [u8]) {
    const HEADER: usize = 68;
    if file.len() < HEADER {
        return;
    }
    let lengths = [24, 32, 40].map(|at| u64_at(file, at));
    let start = lengths.iter().fold(HEADER as u64, |start, &length| start.saturating_add(length));
    if let Some(records) = (file.len() as u64).checked_sub(start) {
        let start = start as usize;
        file[48..56].copy_from_slice(&records.to_le_bytes());
        let words = crc32fast::hash(&file[HEADER..start]);
        file[56..60].copy_from_slice(&words.to_le_bytes());
        let records = crc32fast::hash(&file[start..]);
        file[60..64].copy_from_slice(&records.to_le_bytes());
    }
    let header = crc32fast::hash(&file[..64]);
    file[64..68].copy_from_slice(&header.to_le_bytes());
}

/// In a binary file of KenLM: its signature, and the hashes of the words listed at its end.
pub fn forge_kenlm(file: &mut [u8]) {
    const SANITY: usize = 88;
    const FIXED: usize = 108;
    /// No fuzzed file has more words.
    const MOST: u64 = 1 << 12;
    if file.len() < FIXED + 8 || file[0] != b'm' {
        return;
    }
    file[..SANITY].fill(0);
    let magic = b"mmap lm http://kheafield.com/code format version 5\n";
    file[..magic.len()].copy_from_slice(magic);
    let numbers = [0, 1.0f32.to_bits(), (-0.5f32).to_bits(), 1, u32::MAX, 0, 1, 0];
    for (place, number) in file[56..SANITY].chunks_exact_mut(4).zip(numbers) {
        place.copy_from_slice(&number.to_le_bytes());
    }
    let order = usize::from(file[SANITY]);
    let start = (FIXED + 8 * order).next_multiple_of(8);
    let words = u64_at(file, FIXED);
    if words == 0 || words > MOST || file.last() != Some(&0) {
        return;
    }
    let list = &file[..file.len() - 1];
    let listed: Vec<u64> =
        list.rsplit(|&byte| byte == 0).take(words as usize).map(murmur_hash_64a).collect();
    for (hash, at) in listed.iter().rev().zip(0..) {
        let at = start + 8 * at;
        if at > start && at + 8 <= file.len() {
            file[at..at + 8].copy_from_slice(&hash.to_le_bytes());
        }
    }
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from(u32_at(bytes, at)) | u64::from(u32_at(bytes, at + 4)) << 32
}
