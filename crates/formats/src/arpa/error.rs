//! Why a file is not read as an ARPA file, and where.

use super::Foreign;
use ngram_tokenizer::VocabError;
use std::{fmt, io};

/// Where in a file something is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file, as the caller names it.
    pub source: String,
    /// The line, counted from 1.
    pub line: u64,
    /// The byte at which the line starts, counted from 0: of the text, if the file was compressed.
    /// None for a line that had been read before the error was found.
    pub byte: Option<u64>,
    /// The order whose section this is, if it is in one.
    pub order: Option<usize>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, line {}", self.source, self.line)?;
        if let Some(byte) = self.byte {
            write!(f, ", byte {byte}")?;
        }
        match self.order {
            Some(order) => write!(f, ", among the {order}-grams"),
            None => Ok(()),
        }
    }
}

/// An ARPA file that cannot be read: where and why.
#[derive(Debug, thiserror::Error)]
#[error("{place}: {problem}")]
pub struct ArpaError {
    /// Where.
    pub place: Box<Place>,
    /// Why, and what to do.
    pub problem: Problem,
}

/// What is wrong with an ARPA file, and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// Another format.
    #[error("this is {}; {}", .0.what, .0.remedy)]
    Foreign(Foreign),
    /// No line `\data\`.
    #[error("there is no line \\data\\, with which an ARPA file begins; is this another file?")]
    NoData,
    /// A line of the list of counts that is something else.
    #[error("expected `ngram {order}=` and a number, or \\1-grams:, but found {found:?}")]
    Header {
        /// The order whose count is expected.
        order: usize,
        /// What the line has.
        found: String,
    },
    /// Another section than the one that comes next.
    #[error("expected {expected}, but found {found:?}")]
    Section {
        /// The line that comes next.
        expected: String,
        /// What the line has.
        found: String,
    },
    /// The file ends before `\end\`.
    #[error(
        "the file ends here, without \\end\\, after {read} of {announced} {order}-grams{}; \
         it was cut short: get it whole, or make it again",
        .last.as_ref().map(|words| format!(", the last of them {words:?}")).unwrap_or_default()
    )]
    Truncated {
        /// The order in whose section, or right before it.
        order: usize,
        /// How many n-grams of the order could be read.
        read: u64,
        /// How many there should be.
        announced: u64,
        /// The words of the last n-gram of the order that could be read.
        last: Option<String>,
    },
    /// The file ends in the list of counts.
    #[error("the file ends here, in the list of counts; it was cut short: get it whole")]
    TruncatedHeader,
    /// Too few or too many words.
    #[error(
        "expected log10 of a probability, {} and perhaps log10 of a back-off weight, \
         separated by spaces or tabs, but found {found} fields; words cannot hold spaces",
        words(*.order)
    )]
    Fields {
        /// How many words are expected.
        order: usize,
        /// How many fields there are.
        found: usize,
    },
    /// Text in place of a number, or a number that is not finite.
    #[error("{found:?} cannot be log10 of a {quantity}; the line or the model is damaged")]
    Number {
        /// "probability" or "back-off weight".
        quantity: &'static str,
        /// What the line has.
        found: String,
    },
    /// A probability above 1, where that is not tolerated.
    #[error("the log-probability {0} is above 0; read without strict checks, it is taken for 0")]
    PositiveLogProb(f32),
    /// A back-off weight where there can be none.
    #[error(
        "the back-off weight {found}, but n-grams of the highest order have none; \
         is a section missing after this one?"
    )]
    HighestBackoff {
        /// What the line has.
        found: String,
    },
    /// Bytes that are no text.
    #[error("the line is not UTF-8; convert the file, as by `iconv -f LATIN1 -t UTF-8`")]
    NotUtf8,
    /// A line that no memory should be spent on.
    #[error("the line is longer than {0} bytes; is this another file?")]
    LongLine(u64),
    /// An n-gram with a word that has no probability of its own.
    #[error("the word {0:?} is not among the 1-grams; add it there, or leave out this n-gram")]
    WordNotListed(String),
    /// An n-gram that is listed twice.
    #[error("{ngram:?} is listed in line {first_line} already; leave out one of the two")]
    Duplicate {
        /// Its words.
        ngram: String,
        /// The line of the first.
        first_line: u64,
    },
    /// Another number of n-grams than the list of counts says.
    #[error(
        "there are {found} {order}-grams, but the file announces {announced}; \
         if none is missing, correct `ngram {order}={announced}` at its beginning"
    )]
    Count {
        /// Their order.
        order: usize,
        /// How many are listed.
        found: u64,
        /// How many should be.
        announced: u64,
    },
    /// The word that the caller names for unknown words is not there.
    #[error("{0:?}, named as the unknown word, is not among the 1-grams; name one that is")]
    UnknownNotListed(String),
    /// The word that the caller names for unknown words stands beside `<unk>`.
    #[error("{0:?} is named as the unknown word, but <unk> is listed too; rename one of the two")]
    UnknownTwice(String),
    /// More words than can be numbered.
    #[error(transparent)]
    Vocab(#[from] VocabError),
    /// The file could not be read on.
    #[error("reading failed: {0}")]
    Io(#[from] io::Error),
}

fn words(order: usize) -> String {
    if order == 1 { "1 word".into() } else { format!("{order} words") }
}
