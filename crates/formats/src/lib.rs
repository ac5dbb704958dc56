//! Models in the formats of other toolkits.

pub mod arpa;
mod export;
mod import;
pub mod kenlm;
pub mod openfst;
pub mod unigrams;

pub use export::{
    EXPORT_FORMATS, ExportError, ExportFormat, export, export_kenlm, export_kenlm_as, export_known,
};
pub use import::{ImportError, Imported, TextTokenizer, import, import_as};
