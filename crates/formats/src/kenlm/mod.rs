//! KenLM's binary files: what `build_binary` writes and `query` and PyPI's `kenlm` open.
//!
//! All numbers are little-endian, and no part is compressed. A file of order n is, in turn,
//!
//! | part | bytes |
//! |---|---|
//! | `mmap lm http://kheafield.com/code format version 5`, LF, NULs | 56 |
//! | 0, 1 and −0.5 as `f32`, 1, 2^32 − 1 and 0 as `u32`, 1 as `u64`: whether machines agree | 32 |
//! | the order as `u8`, the probing multiplier as `f32`, the structure as `u32`, whether words are listed as `u8`, a version as `u32`, each aligned to 4 | 20 |
//! | how many n-grams there are of each order, as `u64`, then zeros to a multiple of 8 | 8n + 4 |
//! | the hashes of the words | see [`Structure`] |
//! | the n-grams | see [`Structure`] |
//! | the words by number, each with a NUL after it | |
//!
//! Word 0 is `<unk>`, which has no hash. The hash of a word is MurmurHash64A of its bytes, seed 0.
//!
//! # What the numbers mean beyond their value
//!
//! KenLM stores, next to each number, what may be skipped:
//!
//! - In hash tables, the sign of a log-probability is set where no longer n-gram *ends* in this one,
//!   and not set where one does. The log-probability is always minus the absolute value.
//! - A back-off weight of 1 is stored as log10 −0.0 where no longer n-gram *begins* with this one, so
//!   that the history can be forgotten, and as 0.0 where one does.
//!
//! Scores are right only if every n-gram's first n − 1 and last n − 1 words are stored, too. Those that
//! are not, as pruning can leave them, are put in with the probability that backing off gives. That
//! changes no score, but such n-grams cannot be told from others in the file: `query` counts them as matched.
//!
//! log10 of 0 is −99, as in ARPA files. KenLM knows no models of order 1: they are written as order 2
//! without 2-grams.

//!
//! # Reading
//!
//! [`read`] takes tries of all four kinds; a [`ProbingModel`] scores by hash tables. In these there are keys in place of
//! words. As the key of
//! an n-gram is made of its first word and the key of the others, each word could be tried on each n-gram;
//! that is 10^11 trials for a million tokens of text and 10^13 for ten, so it is not done.

mod error;
mod head;
mod nodes;
mod probing;
mod probing_model;
mod quantize;
mod read;
mod sizes;
mod trie;
mod vocabulary;
mod write;

pub use error::{KenlmError, Problem, WriteError};
pub use head::{BuildOptions, LOOK_AHEAD, MAX_ORDER, Structure, is_head};
pub use probing_model::ProbingModel;
pub use read::{KenlmFile, read};
pub use sizes::sizes;
pub use vocabulary::murmur_hash_64a;
pub(crate) use write::write;

/// How log10 of 0 is written.
const LOG_ZERO: f32 = -99.0;
