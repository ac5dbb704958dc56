//! How models are stored.

pub mod arpa;
pub mod native;
