//! Sixty-four bytes of a line at a time, as sets of positions.

/// How many bytes a block holds: as many as a `u64` has bits.
pub const LEN: usize = 64;

/// The block of `line` that starts at byte `start`. Where the line ends earlier, spaces follow,
/// for which `padding` lends the room.
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

/// The positions whose byte is a member of a class: bit `i` stands for `block[i]`.
///
/// `is_member` should be made of comparisons, without branches and tables: then the compiler
/// makes vector instructions of it.
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
