//! Storage formats of models.

pub mod arpa;
pub mod kenlm;
pub mod native;
pub mod openfst;
pub mod unigrams;
