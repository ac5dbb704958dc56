//! Faults of a model other than its sums.

use ngram_model::TableFault;
use serde::Serialize;
use std::fmt;

/// A fault of a model or of an ARPA file.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Finding {
    /// The file is truncated or changed.
    Damaged {
        /// What does not match.
        message: String,
    },
    /// The ARPA file breaks a rule of its format.
    Malformed {
        /// The place, and the rule.
        message: String,
    },
    /// N-grams of an ARPA file begin with words that are not themselves listed as an n-gram.
    MissingPrefix {
        /// The number of such beginnings.
        count: u64,
        /// The first of the shortest ones.
        first: String,
    },
    /// Runs of the table overlap, or reach beyond its end.
    Runs {
        /// The length of the histories.
        length: usize,
        /// "children" or "successors".
        of: &'static str,
    },
    /// The trie of the suffix or the compact layout is inconsistent.
    Nodes {
        /// The impossible part.
        what: &'static str,
    },
    /// Numbers of the table are invalid.
    Numbers {
        /// What they should be.
        what: &'static str,
        /// The order of the n-grams.
        order: usize,
        /// The number of wrong ones.
        count: u64,
        /// The n-gram of the first wrong one.
        first: String,
    },
    /// A word has probability 1 although other words have a probability too.
    Certain {
        /// The word.
        word: String,
    },
}

impl From<TableFault> for Finding {
    fn from(fault: TableFault) -> Finding {
        match fault {
            TableFault::Runs { length, of, .. } => Finding::Runs { length, of },
            TableFault::Trie(what) => Finding::Nodes { what },
            other => Finding::Damaged { message: other.to_string() },
        }
    }
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
