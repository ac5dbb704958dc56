//! What can be wrong with a model besides its sums.

use serde::Serialize;
use std::fmt;

/// Something that is wrong with a model or with an ARPA file.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Finding {
    /// The file is cut or changed.
    Damaged {
        /// What does not match.
        message: String,
    },
    /// The ARPA file breaks a rule of its format.
    Malformed {
        /// Where, and which.
        message: String,
    },
    /// N-grams of an ARPA file begin with words that are not themselves listed as an n-gram.
    MissingPrefix {
        /// How many such beginnings there are.
        count: u64,
        /// The first of the shortest.
        first: String,
    },
    /// Runs of the table overlap, or reach beyond its end.
    Runs {
        /// The length of the histories.
        length: usize,
        /// "children" or "successors".
        of: &'static str,
    },
    /// The trie of the compact layout is no trie.
    Nodes {
        /// What it has that cannot be.
        what: &'static str,
    },
    /// Numbers of the table that cannot be.
    Numbers {
        /// What they should be.
        what: &'static str,
        /// The order of the n-grams.
        order: usize,
        /// How many are wrong.
        count: u64,
        /// The n-gram of the first.
        first: String,
    },
    /// A word with probability 1, though others have a probability too.
    Certain {
        /// The word.
        word: String,
    },
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Finding::Damaged { message } | Finding::Malformed { message } => f.write_str(message),
            Finding::MissingPrefix { count, first } => write!(
                f,
                "{count} n-grams are not listed though longer ones begin with them, the first \
                 {first:?}; back-off weights for them are lost"
            ),
            Finding::Runs { length, of } => {
                write!(f, "the {of} of the histories of length {length} overlap or reach too far")
            }
            Finding::Nodes { what } => write!(f, "the trie has {what}"),
            Finding::Numbers { what, order, count, first } => {
                write!(f, "{count} {order}-grams have no {what}, the first {first:?}")
            }
            Finding::Certain { word } => write!(
                f,
                "{word:?} has probability 1 as a 1-gram, though other words have a probability too"
            ),
        }
    }
}
