//! Writes a table to a file in the compact layout.

use super::super::write::Writer;
use super::build;
use crate::ModelInfo;
use crate::native::convert::ConvertError;
use crate::table::TableView;
use ngram_tokenizer::VocabView;

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
    // Five per order, minus two for the highest.
    writer.reserve(GENERAL + 5 * order - 2)?;
    writer.append_general(info, vocab)?;
    build::build(table, quantize.map(u32::from), |section| -> Result<(), ConvertError> {
        Ok(writer.append(section.kind, section.level, &section.bytes)?)
    })?;
    Ok(writer.finish()?)
}
