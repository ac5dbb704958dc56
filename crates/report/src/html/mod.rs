//! Reports as HTML pages: one self-contained file each, readable on a phone, in light and dark
//! mode.
//!
//! A page works without its script, which only puts the card of a token beside it and lets the
//! arrow keys move between tokens. All external text is escaped.

mod heat;
mod page;

mod course;
pub mod entropy;
pub mod eval;
pub mod experiment;
pub mod explain;
pub mod info_theory;
pub mod landmarks;
pub mod live;

pub use crate::escape::escape;
pub use page::{Page, card, figure, table_head};
