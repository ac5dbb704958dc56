//! Writes a table to a file in the compact layout.

use super::super::Kind;
use super::super::write::Writer;
use super::build;
use crate::native::convert::ConvertError;
use crate::table::TableView;
use crate::{ModelInfo, WriteError};
use ngram_tokenizer::VocabView;
use zerocopy::IntoBytes;

/// The sections for metadata and the vocabulary.
const GENERAL: usize = 4;

/// Writes a table with a fresh writer, and returns the length of the file in bytes.
pub fn write(
    mut writer: Writer,
    info: &ModelInfo,
    vocab: VocabView<'_>,
    table: &TableView,
    quantize: Option<u8>,
) -> Result<u64, ConvertError> {
    let order = table.levels.len() + 1;
    let metadata =
        super::super::metadata::encode(info).map_err(|e| WriteError::Metadata(e.to_string()))?;
    // Five per order, minus two for the highest.
    writer.reserve(GENERAL + 5 * order - 2)?;
    let (starts, text, slots) = vocab.parts();
    writer.append(Kind::Metadata, 0, &metadata)?;
    writer.append(Kind::WordStarts, 0, starts.as_bytes())?;
    writer.append(Kind::WordText, 0, text)?;
    writer.append(Kind::WordSlots, 0, slots.as_bytes())?;
    build::build(table, quantize.map(u32::from), |section| -> Result<(), ConvertError> {
        Ok(writer.append(section.kind, section.level, &section.bytes)?)
    })?;
    Ok(writer.finish()?)
}
