//! Classifies a line 64 bytes at a time; the result is a bit set of positions.

/// Bytes per block: the number of bits in a `u64`.
pub const LEN: usize = 64;

/// Returns the block of `line` that starts at byte `start`. A block that runs past the end of the
/// line is copied into `padding` and filled up with spaces.
#[inline]
pub fn at<'a>(line: &'a [u8], start: usize, padding: &'a mut [u8; LEN]) -> &'a [u8; LEN] {
    let rest = &line[start..];
    match rest.first_chunk::<LEN>() {
        Some(whole) => whole,
        None => {
            *padding = [b' '; LEN];
            padding[..rest.len()].copy_from_slice(rest);
            padding
        }
    }
}

/// Returns the positions whose bytes belong to a class: bit `i` stands for `block[i]`.
///
/// `is_member` should consist of comparisons, without branches or tables, so that the compiler can
/// vectorise it.
#[inline]
pub fn positions(block: &[u8; LEN], is_member: impl Fn(u8) -> bool) -> u64 {
    // The factor moves the lowest bit of byte `i` to bit `56 + i`.
    const GATHER: u64 = 0x0102_0408_1020_4080;
    let members = block.map(|byte| is_member(byte) as u8);
    let mut positions = 0;
    for (index, eight) in members.as_chunks::<8>().0.iter().enumerate() {
        let bits = u64::from_le_bytes(*eight).wrapping_mul(GATHER) >> 56;
        positions |= bits << (8 * index);
    }
    positions
}
