//! How models are stored.

pub mod native;
