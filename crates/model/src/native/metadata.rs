//! Encodes a model's metadata as bytes.
//!
//! [`ModelInfo`] as bincode: tokenizer, smoothing, orders, training. If the tokenizer is a `tokenizer.json`, its length
//! follows in 8 bytes, and then the file, byte for byte. The quantization comes last, if there is any.

use crate::ModelInfo;
use bincode::error::{DecodeError, EncodeError};
use ngram_tokenizer::{PieceFile, PieceFileError, TokenizerKind, TokenizerSpec};
use serde::{Deserialize, Serialize};

/// Limit on encoded metadata without a `tokenizer.json`, in bytes; anything longer is damage.
const METADATA_LIMIT: usize = 16 << 20;

/// The rule that cuts a line. The numbers are stored in files.
#[derive(Clone, Copy, Serialize, Deserialize)]
enum Rule {
    Words,
    Whitespace,
    Chars,
    Bytes,
    Shannon,
    PieceFile,
    WordsIcu,
}

impl From<&TokenizerKind> for Rule {
    fn from(kind: &TokenizerKind) -> Rule {
        match kind {
            TokenizerKind::Words => Rule::Words,
            TokenizerKind::Whitespace => Rule::Whitespace,
            TokenizerKind::Chars => Rule::Chars,
            TokenizerKind::Bytes => Rule::Bytes,
            TokenizerKind::Shannon => Rule::Shannon,
            TokenizerKind::PieceFile(_) => Rule::PieceFile,
            TokenizerKind::WordsIcu => Rule::WordsIcu,
        }
    }
}

/// Why metadata cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum MetadataError {
    /// It is damaged.
    #[error(transparent)]
    Damaged(#[from] DecodeError),
    /// Its `tokenizer.json` cannot be used.
    #[error(transparent)]
    Tokenizer(#[from] PieceFileError),
}

pub fn encode(info: &ModelInfo) -> Result<Vec<u8>, EncodeError> {
    let configuration = bincode::config::standard();
    let ModelInfo { tokenizer, smoothing, orders, training, quantization } = info;
    let rule = (Rule::from(&tokenizer.kind), tokenizer.lowercase);
    let head = (rule, smoothing, orders, training);
    let mut bytes = bincode::serde::encode_to_vec(head, configuration)?;
    if let TokenizerKind::PieceFile(tokenizer) = &tokenizer.kind {
        bytes.extend((tokenizer.bytes().len() as u64).to_le_bytes());
        bytes.extend(tokenizer.bytes());
    }
    // Omitted if there is none, as in files of the first version.
    if quantization.is_some() {
        bytes.extend(bincode::serde::encode_to_vec(quantization, configuration)?);
    }
    Ok(bytes)
}

/// Decodes metadata. Uses no more memory than a small multiple of `bytes`, whatever lengths they claim.
pub fn decode(bytes: &[u8]) -> Result<ModelInfo, MetadataError> {
    // Numbers take up to eight times as many bytes in memory as in a file.
    if bytes.len() <= 0x1000 {
        decode_within::<0x1_0000>(bytes)
    } else if bytes.len() <= 0x1_0000 {
        decode_within::<0x10_0000>(bytes)
    } else {
        decode_within::<METADATA_LIMIT>(bytes)
    }
}

fn decode_within<const LIMIT: usize>(bytes: &[u8]) -> Result<ModelInfo, MetadataError> {
    let configuration = bincode::config::standard().with_limit::<LIMIT>();
    let (head, read) = bincode::serde::decode_from_slice(bytes, configuration)?;
    let ((rule, lowercase), smoothing, orders, training) = head;
    let mut rest = bytes.get(read..).unwrap_or_default();
    let kind = match rule {
        Rule::Words => TokenizerKind::Words,
        Rule::Whitespace => TokenizerKind::Whitespace,
        Rule::Chars => TokenizerKind::Chars,
        Rule::Bytes => TokenizerKind::Bytes,
        Rule::Shannon => TokenizerKind::Shannon,
        Rule::PieceFile => TokenizerKind::PieceFile(PieceFile::new(take_json(&mut rest)?)?),
        // Unless this build cannot cut texts so.
        Rule::WordsIcu => TokenizerKind::WordsIcu.name().parse().map_err(PieceFileError::Name)?,
    };
    let (quantization, more) = match rest {
        [] => (None, 0),
        rest => bincode::serde::decode_from_slice(rest, configuration)?,
    };
    if more == rest.len() {
        let tokenizer = TokenizerSpec { kind, lowercase };
        Ok(ModelInfo { tokenizer, smoothing, orders, training, quantization })
    } else {
        Err(DecodeError::Other("bytes after the end").into())
    }
}

/// Takes the `tokenizer.json` off the front of `rest`.
fn take_json<'b>(rest: &mut &'b [u8]) -> Result<&'b [u8], DecodeError> {
    let cut = || DecodeError::Other("the tokenizer.json is cut short");
    let (length, after) = rest.split_first_chunk().ok_or_else(cut)?;
    let length = usize::try_from(u64::from_le_bytes(*length)).map_err(|_| cut())?;
    let (json, after) = after.split_at_checked(length).ok_or_else(cut)?;
    *rest = after;
    Ok(json)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{OrderInfo, TrainingInfo};

    fn info(orders: usize, smoothing: &str) -> ModelInfo {
        ModelInfo {
            tokenizer: TokenizerSpec::new(TokenizerKind::Words),
            smoothing: Some(smoothing.to_owned()),
            orders: vec![OrderInfo::default(); orders],
            training: Some(TrainingInfo::default()),
            quantization: Some(8),
        }
    }

    #[test]
    fn metadata_of_any_length_comes_back() {
        for (orders, name) in
            [(1, "x".repeat(3)), (255, "x".repeat(5000)), (9, "x".repeat(1 << 20))]
        {
            let info = info(orders, &name);
            assert_eq!(decode(&encode(&info).unwrap()).unwrap(), info);
        }
    }

    /// Found by fuzzing: 16 MiB were allocated for a name that claimed to be that long.
    #[test]
    fn a_length_beyond_the_metadata_takes_no_memory() {
        let mut bytes = encode(&info(2, "witten-bell")).unwrap();
        let at = bytes.windows(6).position(|window| window == b"witten").unwrap() - 1;
        assert_eq!(bytes[at], 11);
        // 16,000,000 in bincode.
        bytes.splice(at..=at, [252, 0x00, 0x24, 0xf4, 0x00]);
        let error = decode(&bytes).unwrap_err();
        assert!(matches!(error, MetadataError::Damaged(DecodeError::LimitExceeded)), "{error}");
    }

    /// Builds with and without the tokenizers read the same bytes, and each reports what is wrong.
    #[test]
    fn a_tokenizer_that_cannot_be_used_is_told_from_damage() {
        let json = b"{}";
        let words = encode(&info(1, "x")).unwrap();
        // After the rule, in one byte, and before the quantization, in two.
        let (head, quantization) = words[1..].split_at(words.len() - 3);
        let length = (json.len() as u64).to_le_bytes();
        let bytes = [&[Rule::PieceFile as u8], head, &length, json, quantization].concat();
        let expected = PieceFile::new(&json[..]).unwrap_err();
        match decode(&bytes).unwrap_err() {
            MetadataError::Tokenizer(error) => assert_eq!(error, expected),
            other => panic!("{other}"),
        }
        // Truncated within the tokenizer.json, so that its length exceeds the rest.
        for length in head.len() + 1..bytes.len() - quantization.len() {
            assert!(matches!(decode(&bytes[..length]), Err(MetadataError::Damaged(_))), "{length}");
        }
    }
}
