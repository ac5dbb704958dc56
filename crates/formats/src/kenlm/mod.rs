//! KenLM's binary files, written by `build_binary` and opened by `query` and PyPI's `kenlm`.
//!
//! All numbers are little-endian, and no part is compressed. A file of order n consists of
//!
//! | part | bytes |
//! |---|---|
//! | `mmap lm http://kheafield.com/code format version 5`, LF, NULs | 56 |
//! | 0, 1 and −0.5 as `f32`, 1, 2^32 − 1 and 0 as `u32`, 1 as `u64`: a check that machines agree | 32 |
//! | the order as `u8`, the probing multiplier as `f32`, the structure as `u32`, whether words are listed as `u8`, a version as `u32`, each aligned to 4 | 20 |
//! | the number of n-grams of each order, as `u64`, then zeros to a multiple of 8 | 8n + 4 |
//! | the hashes of the words | see [`Structure`] |
//! | the n-grams | see [`Structure`] |
//! | the words in id order, each followed by a NUL | |
//!
//! Word 0 is `<unk>`, which has no hash. The hash of a word is MurmurHash64A of its bytes, seed 0.
//!
//! # Information hidden in the numbers
//!
//! KenLM encodes in each number what scoring may skip:
//!
//! - In hash tables, the sign of a log-probability is set if no longer n-gram *ends* in this one.
//!   The log-probability is always minus the absolute value.
//! - A back-off weight of 1 is stored as log10 −0.0 if no longer n-gram *begins* with this one, so
//!   that the history can be forgotten, and as 0.0 otherwise.
//!
//! Scores are right only if the first n − 1 and the last n − 1 words of every n-gram are stored, too. Those
//! missing, as after pruning, are added with the probability that backing off gives. That changes no score,
//! but in the file these n-grams look like all others: `query` counts them as matched.
//!
//! log10 of 0 is −99, as in ARPA files. KenLM does not support models of order 1: they are written
//! as order 2 without 2-grams.

//!
//! # Reading
//!
//! [`read`] reads tries of all four kinds; a [`BinaryModel`] scores with a file as it is, and a [`KenlmModel`] is
//! one of hash tables as a model like any other. Hash tables store
//! keys instead of words. As the key of an n-gram combines its first word and the key of the
//! others, every word could be tried on every n-gram; that is 10^11 trials for a million tokens of
//! text and 10^13 for ten, so it is not done.

mod binary_model;
mod error;
mod head;
mod kenlm_model;
mod layers;
mod nodes;
mod probing;
mod probing_file;
mod quantize;
mod read;
mod sizes;
mod trie;
mod vocabulary;
mod write;

pub use binary_model::BinaryModel;
pub use error::{KenlmError, KenlmWriteError, Problem};
pub use head::{BuildOptions, LOOK_AHEAD, MAX_ORDER, Structure, is_head};
pub use kenlm_model::KenlmModel;
pub use probing_file::{ProbingFile, ProbingScratch, ProbingState};
pub use read::{KenlmFile, read};
pub use sizes::sizes;
pub use vocabulary::murmur_hash_64a;
pub(crate) use write::write;

/// The value written for log10 of 0.
const LOG_ZERO: f32 = -99.0;
