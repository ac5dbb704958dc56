//! Words and punctuation marks, by the word boundaries of Unicode's UAX #29 (Unicode 17).
//!
//! The `unicode-segmentation` crate implements all of the rules. For ASCII text only a few remain,
//! and bit masks can cut it 64 bytes at a time:
//!
//! - letters, digits and `_` hold together (WB5, WB8–WB10, WB13a, WB13b);
//! - `.` `'` `:` join two letters (WB6, WB7), `.` `'` `,` `;` two digits (WB11, WB12);
//! - two spaces hold together (WB3d), as do CR and LF (WB3), which are dropped in any case;
//! - there is a boundary everywhere else (WB999).
//!
//! A boundary depends on the characters back to the boundary before, on the character to its right,
//! and on one more if that is a joint. So, in a line with non-ASCII characters, boundaries are sure
//! up to the last ASCII byte before one, except that byte itself if it may be a joint. The piece
//! from the last sure boundary on, and those that follow without ASCII, are left to the crate.

use crate::block;
use unicode_segmentation::UnicodeSegmentation;

/// Calls `emit` with each piece between word boundaries that is not all white space.
pub fn tokenize(line: &str, emit: &mut impl FnMut(&str)) {
    let mut boundary = 0;
    while boundary < line.len() {
        boundary = cut_ascii(line, boundary, emit);
        boundary = cut_other(line, boundary, emit);
    }
}

/// Cuts `line` from a boundary on until ASCII resumes. Returns the boundary there.
fn cut_other(line: &str, mut boundary: usize, emit: &mut impl FnMut(&str)) -> usize {
    for piece in line[boundary..].split_word_bounds() {
        if !piece.chars().all(char::is_whitespace) {
            emit(piece);
        }
        boundary += piece.len();
        // A single ASCII character between others is not worth switching for.
        if line.as_bytes()[boundary..].iter().take(2).all(u8::is_ascii) {
            break;
        }
    }
    boundary
}

/// Cuts `line` from the boundary `first` on for as long as it is ASCII. Returns the last sure boundary.
#[inline]
fn cut_ascii(line: &str, first: usize, emit: &mut impl FnMut(&str)) -> usize {
    let bytes = line.as_bytes();
    let mut padding = [0; block::LEN];
    // The last boundary so far.
    let mut boundary = first;
    // Whether the last byte before the block is a letter, digit or `_`, and whether it is in a word.
    let (mut core_before, mut word_before) = (0, 0);
    for base in (first..bytes.len()).step_by(block::LEN) {
        let block = block::at(bytes, base, &mut padding);
        let next = bytes.get(base + block::LEN).copied().unwrap_or(b' ');
        let core = block::positions(block, is_core);
        let white = block::positions(block, is_white);

        let core_after = core >> 1 | (is_core(next) as u64) << 63;
        let mut joints = block::positions(block, is_joint) & (core << 1 | core_before) & core_after;
        let mut words = core;
        while joints != 0 {
            let at = base + joints.trailing_zeros() as usize;
            if joins(bytes[at - 1], bytes[at], bytes[at + 1]) {
                words |= 1 << (at - base);
            }
            joints &= joints - 1;
        }

        // Bit `i` marks a boundary before byte `i` of the block.
        let mut boundaries = !(words & (words << 1 | word_before));
        let ascii = block.is_ascii() && next.is_ascii();
        if !ascii {
            let sure = sure(bytes, first, base);
            boundaries &= if sure < block::LEN { (1 << sure) - 1 } else { !0 };
        }
        if boundaries != 0 {
            let end = base + boundaries.trailing_zeros() as usize;
            if boundary < end && !is_white(bytes[boundary]) {
                emit(&line[boundary..end]);
            }
            let last = boundaries.ilog2();
            let mut starts = boundaries & !white & !(1 << last);
            while starts != 0 {
                let start = starts.trailing_zeros();
                let end = (boundaries & (!1 << start)).trailing_zeros();
                emit(&line[base + start as usize..base + end as usize]);
                starts &= starts - 1;
            }
            boundary = base + last as usize;
        }
        if !ascii {
            // A combining mark that follows spaces forms one piece with all of them.
            while boundary > first && &bytes[boundary - 1..=boundary] == b"  " {
                boundary -= 1;
            }
            return boundary;
        }
        core_before = core >> 63;
        word_before = words >> 63;
    }
    if boundary < bytes.len() && !is_white(bytes[boundary]) {
        emit(&line[boundary..]);
    }
    bytes.len()
}

/// Returns the number of bytes from `base` on for which it is certain whether a boundary precedes them.
fn sure(bytes: &[u8], first: usize, base: usize) -> usize {
    let ascii = bytes[base..].iter().take_while(|byte| byte.is_ascii()).count();
    match bytes[first..base + ascii] {
        // The next character may be a letter or a digit.
        [.., before, joint] if ascii > 0 && joins(before, joint, before) => ascii - 1,
        _ => ascii,
    }
}

/// ALetter, Numeric and ExtendNumLet.
#[inline]
fn is_core(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// MidLetter, MidNum, MidNumLet and Single_Quote.
#[inline]
fn is_joint(byte: u8) -> bool {
    byte == b'.' || byte == b'\'' || byte == b',' || byte == b':' || byte == b';'
}

#[inline]
fn joins(before: u8, joint: u8, after: u8) -> bool {
    let letters = before.is_ascii_alphabetic() && after.is_ascii_alphabetic();
    let digits = before.is_ascii_digit() && after.is_ascii_digit();
    match joint {
        b'.' | b'\'' => letters || digits,
        b':' => letters,
        b',' | b';' => digits,
        _ => false,
    }
}

#[inline]
fn is_white(byte: u8) -> bool {
    byte == b' ' || (b'\t'..=b'\r').contains(&byte)
}
