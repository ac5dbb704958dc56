//! ARPA files: the text format that every n-gram toolkit reads and writes.
//!
//! ```text
//! \data\
//! ngram 1=5
//! ngram 2=3
//!
//! \1-grams:
//! -2.1    <unk>   0
//! -99     <s>     -0.3
//! -0.7    </s>    0
//! -0.5    the     -0.2
//! -0.9    cat     -0.1
//!
//! \2-grams:
//! -0.2    <s> the
//! -0.4    the cat
//! -0.1    cat </s>
//!
//! \end\
//! ```
//!
//! A line consists of log10 of the probability, TAB, the words separated by spaces, and, for every
//! order but the highest, TAB and log10 of the back-off weight.
//!
//! [`read`] accepts everything that is unambiguous, and reports in [`ArpaFile::warnings`] how it
//! interpreted oddities; [`ArpaWriter`] writes exactly the form above.
//!
//! - Words are separated by TAB, LF, CR and SPACE only: a no-break space belongs to a word. Tokens
//!   that contain a separator are escaped, see [`ngram_tokenizer::escape`].
//! - `-99` stands for log10 of 0, as in SRILM. `<s>` is never predicted; its own log-probability is
//!   meaningless, and tools write `-99` or `0` there.
//! - The tokenizer is named in a comment before `\data\`, unless the text was cut at white space:
//!   see [`write_tokenizer`].
//! - Numbers are written as the shortest text that reads back as the same `f32`.

mod error;
mod filter;
mod foreign;
mod header;
mod lines;
mod read;
mod section;
mod tokenizer;
mod unigrams;
mod unknown;
mod warning;
mod write;

pub use error::{ArpaError, ArpaPosition, Problem};
pub use filter::{Belongs, FilterError, Filtered, WordFilter, beginning, filter};
pub use foreign::Foreign;
pub use read::{ArpaFile, ReadOptions, read, read_counts};
pub use tokenizer::write_tokenizer;
pub use unknown::Unknown;
pub use warning::Warning;
pub use write::{ArpaWriteError, ArpaWriter, write};

/// The value written for log10 of 0.
const LOG_ZERO: f32 = -99.0;
