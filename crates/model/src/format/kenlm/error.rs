//! Why a binary file of KenLM is not written.

use super::head::MAX_ORDER;
use std::io;

/// Why a binary file of KenLM was not written to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The output took no more.
    #[error("writing failed: {0}")]
    Io(#[from] io::Error),
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
