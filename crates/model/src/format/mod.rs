//! How models are stored.

pub mod arpa;
