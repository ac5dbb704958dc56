//! Reports as pages: one file each, without anything fetched from elsewhere, readable on a phone, by
//! day and by night.
//!
//! A page works without its script, which only puts the card of a token beside it and lets the arrow
//! keys walk the tokens. Every text that comes from outside is escaped.

mod heat;
mod page;

pub mod entropy;
pub mod eval;
pub mod explain;
pub mod info_theory;

pub use page::{Page, card, escape, figure, table_head};
