//! Why a file is not read as one of KenLM's, or not written.

use super::head::MAX_ORDER;
use ngram_tokenizer::VocabError;
use std::{fmt, io};

/// A binary file of KenLM that cannot be read: where and why.
#[derive(Debug)]
pub struct KenlmError {
    /// The file, as the caller names it.
    pub source_name: String,
    /// The byte at which the part that is wrong starts, counted from 0, where that is known.
    pub byte: Option<u64>,
    /// Why, and what to do.
    pub problem: Problem,
}

impl fmt::Display for KenlmError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source_name)?;
        if let Some(byte) = self.byte {
            write!(f, ", byte {byte}")?;
        }
        write!(f, ": {}", self.problem)
    }
}

impl std::error::Error for KenlmError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(&self.problem)
    }
}

/// What is wrong with a binary file of KenLM, and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// Another format.
    #[error("this is not a binary model of KenLM")]
    Foreign,
    /// What KenLM leaves of a build that was broken off.
    #[error("KenLM did not finish building this file; build it again")]
    Unfinished,
    /// Another version of the format.
    #[error(
        "the file has version {0} of KenLM's format, and only version 5 is known; \
         take the ARPA file that it was built from"
    )]
    Version(String),
    /// The test values are others: another byte order, or damage.
    #[error("the file was built on a machine of another kind, or is damaged")]
    Machine,
    /// An order that no file has.
    #[error("the file says that it has order {0}; it is damaged")]
    Order(u8),
    /// A structure that is not known.
    #[error("the file says that it has structure number {0}, which is not known; it is damaged")]
    Structure(u32),
    /// A version of a structure that is not known.
    #[error("{structure} of version {version}, which is not known; take the ARPA file")]
    StructureVersion {
        /// The structure.
        structure: &'static str,
        /// Its version.
        version: u32,
    },
    /// Hash tables keep no words.
    #[error(
        "this binary model of KenLM has its n-grams in hash tables, by keys from which words are had only by trying \
         each word with each n-gram; take the ARPA file that it was built from, or `build_binary trie` of that"
    )]
    Probing,
    /// The words are not there.
    #[error(
        "the file has no list of words, only their hashes; \
         take the ARPA file that it was built from, or build it again with its vocabulary"
    )]
    NoVocabulary,
    /// The file is shorter than its own head says.
    #[error(
        "the file ends before byte {needed}, where {part} ends; it was cut short: get it whole"
    )]
    Truncated {
        /// The part that is cut or missing.
        part: &'static str,
        /// Where that part should end.
        needed: u64,
    },
    /// Sizes that no file can have.
    #[error("the file says that it has {0} n-grams of some order; it is damaged")]
    Counts(u64),
    /// Parts that contradict each other.
    #[error("the file is damaged: {0}")]
    Damaged(&'static str),
    /// A word in another encoding.
    #[error(
        "word number {0} is not UTF-8; take the ARPA file and convert that, as by `iconv -t UTF-8`"
    )]
    NotUtf8(u64),
    /// It could not be read.
    #[error("reading failed: {0}")]
    Io(#[from] io::Error),
    /// The words are no vocabulary.
    #[error(transparent)]
    Vocab(#[from] VocabError),
}

/// Why a binary file of KenLM was not written to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The output took no more.
    #[error("writing failed: {0}")]
    Io(#[from] io::Error),
    /// Options that make no sense.
    #[error("{0}")]
    Options(&'static str),
    /// KenLM cannot read so high an order.
    #[error(
        "the model has order {0}, and KenLM reads order {MAX_ORDER} at most as it is usually built, on PyPI too; \
         train a model of a lower order, or write an ARPA file"
    )]
    Order(usize),
    /// The table is none, as only a damaged file has it.
    #[error("the model's table is damaged ({what} of order {order}); see `ngram check`")]
    Table {
        /// What is wrong.
        what: &'static str,
        /// The order of the n-grams.
        order: usize,
    },
    /// More n-grams than are numbered here.
    #[error("more than 4,294,967,294 n-grams of order {0}; no more can be written")]
    TooMany(usize),
    /// A number that KenLM does not read.
    #[error("a {quantity} of order {order} is {value}, which is not a finite number")]
    Number {
        /// The order of the n-gram.
        order: usize,
        /// "log-probability" or "back-off weight".
        quantity: &'static str,
        /// As log10.
        value: f32,
    },
    /// Words that KenLM cannot tell apart.
    #[error("KenLM cannot tell {0:?} from another word: their 64-bit hashes are the same, or 0")]
    SameHash(String),
    /// N-grams that KenLM cannot tell apart.
    #[error(
        "two {0}-grams have the same 64-bit key, or one has key 0; write a trie, which keeps words"
    )]
    SameKey(usize),
}
