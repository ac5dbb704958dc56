//! What a `tokenizer.json` says of itself, and the file without what is left out.

use super::HuggingFaceError;
use serde::Deserialize;
use serde_json::value::{RawValue, to_raw_value};
use std::collections::BTreeMap;

/// Parts of the file that change no token of a text, or that a language model has no use for.
const LEFT_OUT: [&str; 4] = ["truncation", "padding", "post_processor", "decoder"];

/// Those of the model's settings that are looked at here.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Model {
    /// The piece for what it does not know.
    pub unk_token: Option<String>,
    /// The number of that piece in the list of pieces.
    pub unk_id: Option<usize>,
}

/// The file without what is left out, and the model's settings.
pub fn read(json: &[u8]) -> Result<(Vec<u8>, Model), HuggingFaceError> {
    let malformed = |error: serde_json::Error| HuggingFaceError::Malformed(error.to_string());
    let mut parts: BTreeMap<String, &RawValue> = serde_json::from_slice(json).map_err(malformed)?;
    for part in LEFT_OUT {
        parts.remove(part);
    }
    let Some(model) = parts.get("model") else {
        return Err(HuggingFaceError::Malformed("it has no \"model\"".to_owned()));
    };
    let settings = serde_json::from_str(model.get()).map_err(malformed)?;
    let mut fields: BTreeMap<String, &RawValue> =
        serde_json::from_str(model.get()).map_err(malformed)?;
    fields.remove("dropout");
    let model = to_raw_value(&fields).map_err(malformed)?;
    parts.insert("model".to_owned(), &model);
    Ok((serde_json::to_vec(&parts).map_err(malformed)?, settings))
}
