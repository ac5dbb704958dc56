//! Renders reports and details: as text, as tables, and line by line as KenLM and SRILM print them.

pub mod brown1992;
pub mod compare;
pub mod entropy;
pub mod experiment;
pub mod explain;
pub mod generate;
pub mod html;
pub mod json;
pub mod kenlm;
pub mod landmarks;
pub mod mix;
pub mod next;
pub mod plot;
mod query;
pub mod select;
pub mod srilm;
pub mod survey;
pub mod text;
pub mod tsv;

pub use query::{Query, QueryError, Sums};
pub use survey::Survey;
