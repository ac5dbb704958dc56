//! The head of a compressed file, before the code.

use super::CodeError;
use crate::adaptive::Adaptation;

/// The length of the head, in bytes.
pub const HEAD: usize = 32;

const MAGIC: [u8; 4] = *b"\x89ngz";
const VERSION: u8 = 1;

/// The head of a compressed file.
///
/// ```text
/// 0   magic, 0x89 "ngz"
/// 4   version, 1
/// 5   how the model adapts: 0 not, 1 by a mixture, 2 by decisions
/// 6   zeros
/// 8   length of the text in bytes, 64 bits
/// 16  CRC-32 of the text
/// 20  fingerprint of the model
/// 24  CRC-32 of the code, which is all after the head
/// 28  CRC-32 of the 28 bytes before
/// ```
///
/// All numbers are little-endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CompressedHead {
    /// How the model adapts.
    pub level: Adaptation,
    /// The length of the text in bytes.
    pub length: u64,
    /// CRC-32 of the text.
    pub text: u32,
    /// The model's fingerprint; see [`ngram_model::Model::fingerprint`].
    pub model: u32,
    /// CRC-32 of the code.
    pub code: u32,
}

impl CompressedHead {
    /// Encodes the head as bytes.
    pub fn to_bytes(self) -> [u8; HEAD] {
        let mut bytes = [0; HEAD];
        bytes[..4].copy_from_slice(&MAGIC);
        bytes[4] = VERSION;
        bytes[5] = self.level as u8;
        bytes[8..16].copy_from_slice(&self.length.to_le_bytes());
        bytes[16..20].copy_from_slice(&self.text.to_le_bytes());
        bytes[20..24].copy_from_slice(&self.model.to_le_bytes());
        bytes[24..28].copy_from_slice(&self.code.to_le_bytes());
        let checksum = crc32fast::hash(&bytes[..28]);
        bytes[28..].copy_from_slice(&checksum.to_le_bytes());
        bytes
    }

    /// Checks that the file was made with the model of this fingerprint, and that its text has at most `most` bytes.
    ///
    /// # Errors
    ///
    /// [`CodeError::OtherModel`] or [`CodeError::TooLong`] if not.
    pub fn check(&self, fingerprint: u32, most: u64) -> Result<(), CodeError> {
        if self.model != fingerprint {
            return Err(CodeError::OtherModel { expected: self.model, found: fingerprint });
        }
        if self.length > most {
            return Err(CodeError::TooLong { length: self.length, most });
        }
        Ok(())
    }

    /// Reads the head of a file; also returns the code after it.
    ///
    /// # Errors
    ///
    /// If the file is not a compressed text, has a newer version, or is damaged.
    pub fn read(file: &[u8]) -> Result<(CompressedHead, &[u8]), CodeError> {
        if !file.starts_with(&MAGIC) {
            return Err(CodeError::Foreign);
        }
        let cut = CodeError::Damaged { what: "it ends within its first 32 bytes" };
        let Some((head, code)) = file.split_first_chunk::<HEAD>() else { return Err(cut) };
        let u32_at =
            |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
        if head[4] != VERSION {
            return Err(CodeError::Version { found: head[4], reads: VERSION });
        }
        let level = Adaptation::ALL.get(usize::from(head[5]));
        let Some(&level) = level.filter(|_| u32_at(28) == crc32fast::hash(&head[..28])) else {
            return Err(CodeError::Damaged {
                what: "its first 32 bytes do not match their checksum",
            });
        };
        let length = u64::from(u32_at(12)) << 32 | u64::from(u32_at(8));
        let (text, model) = (u32_at(16), u32_at(20));
        let head = CompressedHead { level, length, text, model, code: u32_at(24) };
        if crc32fast::hash(code) != head.code {
            return Err(CodeError::Damaged {
                what: "it is cut short or changed: its checksum does not match",
            });
        }
        Ok((head, code))
    }
}
