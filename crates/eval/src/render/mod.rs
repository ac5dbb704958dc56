//! Renders reports and details: as text, as tables, and line by line as KenLM and SRILM print them.

pub mod brown1992;
pub mod compare;
pub mod entropy;
pub mod explain;
pub mod generate;
pub mod html;
pub mod json;
pub mod kenlm;
pub mod next;
pub(crate) mod number;
pub mod plot;
pub mod srilm;
pub mod text;
pub mod tsv;

pub use number::grouped;
