//! The entropy of English.

pub mod brown;
pub mod brown1992;
pub mod deleted_interpolation;
pub mod english;
pub mod experiment;
pub mod information;
pub mod landmarks;
