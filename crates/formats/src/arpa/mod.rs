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
//! A line is log10 of the probability, TAB, the words with a space between any two, and, for every
//! order but the highest, TAB and log10 of the back-off weight.
//!
//! [`read`] accepts whatever has one meaning only, and says in [`ArpaFile::warnings`] what it had
//! to make of it; [`Writer`] writes the form above, exactly.
//!
//! - Words are separated by TAB, LF, CR and SPACE, and by nothing else: a no-break space belongs to
//!   a word. Tokens that hold one of them are written as [`ngram_tokenizer::escape`] says.
//! - `-99` stands for log10 of 0, as SRILM has it. `<s>` is never predicted; its own log-probability
//!   means nothing, and tools write `-99` or `0` there.
//! - How the text was cut into tokens is in a comment before `\data\`, unless it was at white space:
//!   see [`write_tokenizer`].
//! - Numbers are written as the shortest text that reads back as the same `f32`.

mod error;
mod foreign;
mod header;
mod lines;
mod read;
mod section;
mod tokenizer;
mod unigrams;
mod warning;
mod write;

pub use error::{ArpaError, Place, Problem};
pub use foreign::Foreign;
pub use read::{ArpaFile, ReadOptions, read, read_counts};
pub use tokenizer::write_tokenizer;
pub use warning::Warning;
pub use write::{WriteError, Writer, write};

/// How log10 of 0 is written.
const LOG_ZERO: f32 = -99.0;
