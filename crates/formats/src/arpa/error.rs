//! Errors of reading an ARPA file, and where they occur.

use super::Foreign;
use ngram_tokenizer::VocabError;
use std::{fmt, io};

/// The place of an error in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArpaPosition {
    /// The file's name, as given by the caller.
    pub source: String,
    /// Line number, from 1.
    pub line: u64,
    /// Byte offset of the start of the line, from 0, in the decompressed text. `None` for a line
    /// that had been read before the error was found.
    pub byte: Option<u64>,
    /// The order of the section, if the line is in one.
    pub order: Option<usize>,
}

impl fmt::Display for ArpaPosition {
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
    /// Where it is.
    pub place: Box<ArpaPosition>,
    /// What is wrong, and what to do about it.
    pub problem: Problem,
}

/// What is wrong with an ARPA file, and what to do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The file has another format.
    #[error("this is {}; {}", .0.what, .0.remedy)]
    Foreign(Foreign),
    /// There is no line `\data\`.
    #[error("there is no line \\data\\, which begins an ARPA file; is this another kind of file?")]
    NoData,
    /// The first section comes where the list of counts should be.
    #[error(
        "the list of counts is missing: \\data\\ is followed by a line such as `ngram 1=5` for each order, but here is {found:?}; make the file again"
    )]
    NoCounts {
        /// What the line has.
        found: String,
    },
    /// A line in the list of counts is not a count.
    #[error("expected `ngram {order}=` and a number, or \\1-grams:, but found {found:?}")]
    Header {
        /// The order whose count is expected.
        order: usize,
        /// What the line has.
        found: String,
    },
    /// A section other than the expected one.
    #[error("expected {expected}, but found {found:?}")]
    Section {
        /// The expected line.
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
        /// The order of the section that was being read or about to begin.
        order: usize,
        /// The number of its n-grams read.
        read: u64,
        /// The number announced.
        announced: u64,
        /// The words of its last n-gram read.
        last: Option<String>,
    },
    /// The file ends in the list of counts.
    #[error("the file ends here, in the list of counts; it was cut short: get it whole")]
    TruncatedHeader,
    /// A line has too few or too many fields.
    #[error(
        "expected log10 of a probability, {} and perhaps log10 of a back-off weight, \
         separated by spaces or tabs, but found {found} fields; words cannot hold spaces",
        words(*.order)
    )]
    Fields {
        /// The expected number of words.
        order: usize,
        /// The number of fields found.
        found: usize,
    },
    /// A field is not a finite number.
    #[error("{found:?} cannot be log10 of a {quantity}; the line or the model is damaged")]
    Number {
        /// "probability" or "back-off weight".
        quantity: &'static str,
        /// What the line has.
        found: String,
    },
    /// A probability is above 1, and reading is strict.
    #[error("the log-probability {0} is above 0; without strict checks it is read as 0")]
    PositiveLogProb(f32),
    /// An n-gram of the highest order has a back-off weight.
    #[error(
        "the back-off weight {found}, but n-grams of the highest order have none; \
         is a section missing after this one?"
    )]
    HighestBackoff {
        /// What the line has.
        found: String,
    },
    /// A line is not UTF-8.
    #[error("the line is not UTF-8; convert the file, as by `iconv -f LATIN1 -t UTF-8`")]
    NotUtf8,
    /// A line is too long to be worth the memory.
    #[error("the line is longer than {0} bytes; is this another kind of file?")]
    LongLine(u64),
    /// An n-gram has a word without a unigram.
    #[error("the word {0:?} is not among the 1-grams; add it there, or leave out this n-gram")]
    WordNotListed(String),
    /// An n-gram is listed twice.
    #[error("{ngram:?} is listed in line {first_line} already; leave out one of the two")]
    Duplicate {
        /// Its words.
        ngram: String,
        /// The line of its first occurrence.
        first_line: u64,
    },
    /// The number of n-grams differs from the list of counts.
    #[error(
        "there are {found} {order}-grams, but the file announces {announced}; \
         if none is missing, correct `ngram {order}={announced}` at its beginning"
    )]
    Count {
        /// Their order.
        order: usize,
        /// The number listed.
        found: u64,
        /// The number announced.
        announced: u64,
    },
    /// The word named by the caller as the unknown word is not listed.
    #[error("{0:?}, named as the unknown word, is not among the 1-grams; name one that is")]
    UnknownNotListed(String),
    /// The word named by the caller as the unknown word is listed along with `<unk>`.
    #[error("{0:?} is named as the unknown word, but <unk> is listed too; rename one of the two")]
    UnknownTwice(String),
    /// There are more words than ids.
    #[error(transparent)]
    Vocab(#[from] VocabError),
    /// The file could not be read further.
    #[error("reading failed: {0}")]
    Io(#[from] io::Error),
}

fn words(order: usize) -> String {
    if order == 1 { "1 word".into() } else { format!("{order} words") }
}
