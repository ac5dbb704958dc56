//! Models made from models.

pub mod check;
pub mod mix;
pub mod prune;
