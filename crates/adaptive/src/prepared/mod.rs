//! What follows contexts of many kinds in the training text, counted beforehand.
//!
//! A model lists what follows the last words. Other contexts know other things: classes of words, words with gaps
//! between them, rare words nearby, words in texts of one source. For each kind ([`kinds`]) a file lists the contexts
//! by hash, and for each context the words that followed, by their position in a tree of words, with sums of counts:
//! how often a word of a range of positions followed takes one search ([`mod@file`]). The lists are sorted in bounded memory
//! ([`mod@count`]).

pub mod count;
pub mod file;
pub mod kinds;
#[cfg(test)]
pub(crate) mod tests;

pub use count::{SourceText, count};
pub use file::{ContextLists, ListsError};
pub use kinds::KINDS;
