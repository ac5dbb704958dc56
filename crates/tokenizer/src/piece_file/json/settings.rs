//! The settings in a `tokenizer.json`, and the file without the parts that are ignored.

use crate::piece_file::PieceFileError;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};
use std::collections::BTreeMap;

/// Parts of the file that change no token of a text, or that a language model has no use for.
const LEFT_OUT: [&str; 4] = ["truncation", "padding", "post_processor", "decoder"];

/// The settings used here.
pub struct TokenizerSettings {
    pub model: ModelSettings,
    normalizer: Value,
    pre_tokenizer: Value,
}

/// The settings of the model.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct ModelSettings {
    /// The unknown piece.
    pub unk_token: Option<String>,
    /// The index of the unknown piece in the list of pieces.
    pub unk_id: Option<usize>,
    /// The prefix of pieces that continue a word.
    pub continuing_subword_prefix: Option<String>,
    /// The suffix of pieces that end a word.
    pub end_of_word_suffix: Option<String>,
    /// Whether an unknown character becomes one piece such as `<0xE2>` per byte.
    pub byte_fallback: bool,
}

/// Returns the file without the ignored parts, and its settings.
pub fn read(json: &[u8]) -> Result<(Vec<u8>, TokenizerSettings), PieceFileError> {
    let malformed = |error: serde_json::Error| PieceFileError::Malformed(error.to_string());
    let mut parts: BTreeMap<String, &RawValue> = serde_json::from_slice(json).map_err(malformed)?;
    for part in LEFT_OUT {
        parts.remove(part);
    }
    let Some(model) = parts.get("model") else {
        return Err(PieceFileError::Malformed("it has no \"model\"".to_owned()));
    };
    let part = |name: &str| match parts.get(name) {
        Some(part) => serde_json::from_str(part.get()).map_err(malformed),
        None => Ok(Value::Null),
    };
    let settings = TokenizerSettings {
        model: serde_json::from_str(model.get()).map_err(malformed)?,
        normalizer: part("normalizer")?,
        pre_tokenizer: part("pre_tokenizer")?,
    };
    let mut fields: BTreeMap<String, &RawValue> =
        serde_json::from_str(model.get()).map_err(malformed)?;
    fields.remove("dropout");
    let model = to_raw_value(&fields).map_err(malformed)?;
    parts.insert("model".to_owned(), &model);
    Ok((serde_json::to_vec(&parts).map_err(malformed)?, settings))
}

impl TokenizerSettings {
    /// Returns whether pieces are spelled in characters that stand for bytes.
    pub fn is_byte_level(&self) -> bool {
        let is = |part: &Value| part["type"] == "ByteLevel";
        find(&self.pre_tokenizer, &is).is_some() || find(&self.normalizer, &is).is_some()
    }

    /// Returns the character that stands for a space in pieces, if there is one.
    pub fn mark(&self) -> Option<char> {
        let pre_tokenizer = find(&self.pre_tokenizer, &|part| part["type"] == "Metaspace");
        let of_metaspace = pre_tokenizer.map(|part| part["replacement"].as_str().unwrap_or("▁"));
        let is = |part: &Value| part["type"] == "Replace" && part["pattern"]["String"] == " ";
        let replaced = || find(&self.normalizer, &is).and_then(|part| part["content"].as_str());
        let mut mark = of_metaspace.or_else(replaced)?.chars();
        mark.next().filter(|_| mark.next().is_none())
    }
}

/// Finds the first part that satisfies `is`, at any depth.
fn find<'v>(part: &'v Value, is: &impl Fn(&Value) -> bool) -> Option<&'v Value> {
    match part {
        Value::Object(_) if is(part) => Some(part),
        Value::Object(fields) => fields.values().find_map(|part| find(part, is)),
        Value::Array(parts) => parts.iter().find_map(|part| find(part, is)),
        _ => None,
    }
}
