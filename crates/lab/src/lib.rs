//! The entropy of English.

pub mod brown1992;
pub mod deleted_interpolation;
pub mod english;
pub mod information;
