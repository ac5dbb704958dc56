//! Converts model files: the same n-grams in another layout, or quantized.

use crate::native::{
    CompactError, Layout, SuffixError, WriteError, Writer, write_compact, write_suffix, write_table,
};
use crate::table::TableView;
use crate::{ClassModel, LanguageModel, Model, ModelError, ModelInfo};
use ngram_tokenizer::VocabView;
use std::ops::RangeInclusive;
use std::path::Path;

/// The numbers of bits that log-probabilities and back-off weights may be quantized to.
pub const QUANTIZE_BITS: RangeInclusive<u8> = 2..=16;

/// Options for converting a model file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ConvertOptions {
    /// The layout of the n-grams.
    pub layout: Layout,
    /// The number of bits to quantize the log-probabilities and the back-off weights of each order
    /// from 2 on to, within [`QUANTIZE_BITS`]; `None` keeps them exactly. Only the compact layout
    /// gets smaller by it. Single words and back-off weights of 1 stay exact.
    pub quantize: Option<u8>,
}

/// Why a model was not converted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConvertError {
    /// The number of bits is out of range.
    #[error("{0} bits: values are quantised to between 2 and 16 bits")]
    Bits(u8),
    /// The layout does not support quantization.
    #[error("the {} layout keeps all bits: only the compact layout can be quantised", .0.name())]
    Quantize(Layout),
    /// The model cannot be laid out so.
    #[error(transparent)]
    Compact(#[from] CompactError),
    /// The model cannot be laid out so.
    #[error(transparent)]
    Suffix(#[from] SuffixError),
    /// The model is damaged.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The file could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// Writes a model to `output` in another layout, atomically, and returns the length of the file in
/// bytes.
///
/// Without quantization every score stays the same, to the last bit.
///
/// # Errors
///
/// If `output` cannot be written, if the number of bits is out of range, if the model is damaged,
/// or if it is larger than the layout can hold.
pub fn convert(
    model: &Model,
    options: &ConvertOptions,
    output: &Path,
) -> Result<u64, ConvertError> {
    options.check()?;
    let writer = Writer::create(output)?.with_sources([model]).with_open(model.open_parts());
    let quantization = options.quantize.or(model.info().quantization);
    let info = ModelInfo { quantization, ..model.info().clone() };
    let whole = model.table()?;
    write(writer, &info, model.vocab(), &whole.view(), options)
}

/// Converts a class-based model, like [`convert()`]: changes the layout of its n-grams of classes.
///
/// # Errors
///
/// As for [`convert()`].
pub fn convert_classes(
    model: &ClassModel,
    options: &ConvertOptions,
    output: &Path,
) -> Result<u64, ConvertError> {
    options.check()?;
    let (open, members) = model.beside();
    let writer = Writer::create(output)?.with_sources([model.classes()]);
    let writer = writer.with_open(open).with_classes(members);
    let quantization = options.quantize.or(model.info().quantization);
    let info = ModelInfo { quantization, ..model.info().clone() };
    let whole = model.classes().table()?;
    model.check_words(model.classes().name())?;
    write(writer, &info, model.classes().vocab(), &whole.view(), options)
}

impl ConvertOptions {
    /// Checks that the layout supports this number of bits.
    pub fn check(&self) -> Result<(), ConvertError> {
        if let Some(bits) = self.quantize {
            if !QUANTIZE_BITS.contains(&bits) {
                return Err(ConvertError::Bits(bits));
            }
            if self.layout != Layout::Compact {
                return Err(ConvertError::Quantize(self.layout));
            }
        }
        Ok(())
    }
}

/// Writes a complete table in the requested layout.
pub fn write(
    writer: Writer,
    info: &ModelInfo,
    vocab: VocabView<'_>,
    table: &TableView,
    options: &ConvertOptions,
) -> Result<u64, ConvertError> {
    match options.layout {
        Layout::Suffix => Ok(write_suffix(writer, info, vocab, table)?),
        Layout::Table => Ok(write_table(writer, info, vocab, table)?),
        Layout::Compact => write_compact(writer, info, vocab, table, options.quantize),
    }
}
