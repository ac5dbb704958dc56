//! Errors of reading and writing KenLM's files.

use super::head::MAX_ORDER;
use super::read::EARNED;
use ngram_tokenizer::VocabError;
use std::{fmt, io};

/// A binary file of KenLM that cannot be read: where and why.
#[derive(Debug)]
pub struct KenlmError {
    /// The file's name, as given by the caller.
    pub source_name: String,
    /// Byte offset of the bad part, from 0, if known.
    pub byte: Option<u64>,
    /// What is wrong, and what to do about it.
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

/// What is wrong with a binary file of KenLM, and what to do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The file has another format.
    #[error("this is not a binary model of KenLM")]
    Foreign,
    /// The file is left over from an interrupted build.
    #[error("KenLM did not finish building this file; build it again")]
    Unfinished,
    /// The format has another version.
    #[error(
        "the file has version {0} of KenLM's format, and only version 5 is known; \
         take the ARPA file that it was built from"
    )]
    Version(String),
    /// The test values differ: another byte order, or damage.
    #[error("the file was built on an incompatible machine, or is damaged")]
    Machine,
    /// The order is impossible.
    #[error("the file says that it has order {0}; it is damaged")]
    Order(u8),
    /// The structure is unknown.
    #[error("the file says that it has structure number {0}, which is not known; it is damaged")]
    Structure(u32),
    /// The version of the structure is unknown.
    #[error("{structure} of version {version}, which is not known; take the ARPA file")]
    StructureVersion {
        /// The structure.
        structure: &'static str,
        /// Its version.
        version: u32,
    },
    /// The file has hash tables, which do not store words.
    #[error(
        "this binary model of KenLM keeps its n-grams in hash tables, whose keys reveal words only by trying \
         each word with each n-gram; take the ARPA file that it was built from, or `build_binary trie` of that"
    )]
    Probing,
    /// The file has a trie, where hash tables are needed.
    #[error("this binary model of KenLM keeps its n-grams in a trie, not in hash tables")]
    Trie,
    /// The order is above that of usual builds of KenLM.
    #[error(
        "this binary model of KenLM has order {0}, and hash tables are read up to order {MAX_ORDER}; \
         take the ARPA file that it was built from"
    )]
    HighOrder(usize),
    /// The file does not list its words.
    #[error(
        "the file has no list of words, only their hashes; \
         take the ARPA file that it was built from, or build it again with its vocabulary"
    )]
    NoVocabulary,
    /// The file is shorter than its header says.
    #[error(
        "the file ends before byte {needed}, where {part} ends; it was cut short: get it whole"
    )]
    Truncated {
        /// The part that is truncated or missing.
        part: &'static str,
        /// The offset where that part should end.
        needed: u64,
    },
    /// A count is impossible.
    #[error("the file says that it has {0} n-grams of some order; it is damaged")]
    Counts(u64),
    /// The n-grams would take more memory than the file's length allows.
    #[error(
        "its n-grams of up to {order} words take {needed} bytes of memory, more than {EARNED} times the file's length; \
         it is damaged, or made to use up memory"
    )]
    Dense {
        /// The order.
        order: usize,
        /// Bytes of memory.
        needed: u64,
    },
    /// Parts of the file are inconsistent.
    #[error("the file is damaged: {0}")]
    Damaged(&'static str),
    /// A word is not UTF-8.
    #[error(
        "word number {0} is not UTF-8; take the ARPA file and convert that, as by `iconv -t UTF-8`"
    )]
    NotUtf8(u64),
    /// It could not be read.
    #[error("reading failed: {0}")]
    Io(#[from] io::Error),
    /// The words are not a vocabulary.
    #[error(transparent)]
    Vocab(#[from] VocabError),
}

/// Why a binary file of KenLM could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KenlmWriteError {
    /// Writing to the output failed.
    #[error("writing failed: {0}")]
    Io(#[from] io::Error),
    /// The model is damaged.
    #[error(transparent)]
    Model(#[from] ngram_model::ModelError),
    /// The options are invalid.
    #[error("{0}")]
    Options(&'static str),
    /// The order is too high for KenLM.
    #[error(
        "the model has order {0}, and usual builds of KenLM, also on PyPI, read order {MAX_ORDER} at most; \
         train a model of a lower order, or write an ARPA file"
    )]
    Order(usize),
    /// The table is inconsistent, as in a damaged file.
    #[error("the model's table is damaged ({what} of order {order}); see `ngram check`")]
    Table {
        /// What is wrong.
        what: &'static str,
        /// The order of the n-grams.
        order: usize,
    },
    /// There are more n-grams than can be numbered here.
    #[error("more than 4,294,967,294 n-grams of order {0}; no more can be written")]
    TooMany(usize),
    /// A number is not finite, which KenLM does not read.
    #[error("a {quantity} of order {order} is {value}, which is not a finite number")]
    Number {
        /// The order of the n-gram.
        order: usize,
        /// "log-probability" or "back-off weight".
        quantity: &'static str,
        /// As log10.
        value: f32,
    },
    /// KenLM cannot tell two words apart.
    #[error("KenLM cannot tell {0:?} from another word: their 64-bit hashes are the same, or 0")]
    SameHash(String),
    /// KenLM cannot tell two n-grams apart.
    #[error(
        "two {0}-grams have the same 64-bit key, or one has key 0; write a trie, which keeps words"
    )]
    SameKey(usize),
    /// The work was stopped.
    #[error(transparent)]
    Cancelled(#[from] ngram_store::Cancelled),
}
