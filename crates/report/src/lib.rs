//! Reports as text, JSON, tables and HTML pages, and in the words of KenLM and SRILM.
//!
//! - **In**: the structs of `ngram-eval` and `ngram-lab`, with every figure in them.
//! - **Out**: strings: a page, an object, a table, a line.
//! - **Never**: computing a figure, opening a file. It chooses how a number is written, not what it is.
//!
//! # Example
//!
//! [`tsv`] writes a row per token, then one per sentence. In the toy model, p(the|`<s>`) = 10^−0.25,
//! which is 0.25 / log10 2 = 0.83 bits; *dog* is unknown and backs off after *the*, to 10^(−0.25 − 2):
//!
//! ```
//! use ngram_eval::Evaluation;
//! use ngram_report::{json, tsv};
//! use ngram_testing::toy::Toy;
//!
//! let model = Toy::exact();
//! let (mut rows, mut lines) = (Vec::new(), Vec::new());
//! Evaluation::new(&model).read_with("a.txt", "the dog\n".as_bytes(), &tsv::Rows, &mut rows)?;
//! Evaluation::new(&model).read_with("a.txt", "the dog\n".as_bytes(), &json::SentenceLines, &mut lines)?;
//! assert_eq!(
//!     String::from_utf8(rows)?,
//!     "word\ta.txt\t1\t1\tthe\t2\t-0.25\t0.830482\n\
//!      oov\ta.txt\t1\t2\tdog\t1\t-2.25\t7.474338\n\
//!      end\ta.txt\t1\t3\t</s>\t1\t-1\t3.321928\n\
//!      sentence\ta.txt\t1\t3\t\t\t-3.500000\t11.626748\n"
//! );
//! assert_eq!(String::from_utf8(lines)?.lines().count(), 4);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Types
//!
//! - [`text`], [`json`], [`tsv`]: an evaluation for people, for programs, for tables.
//! - [`kenlm`], [`srilm`]: the lines that `query` and `ngram -ppl` print, byte for byte. A [`Query`]
//!   reads a text the way `query` does.
//! - [`compare`], [`explain`], [`next`], [`generate`], [`entropy`], [`brown1992`]: the other reports.
//! - [`html`]: self-contained pages; [`plot`]: their charts, as inline SVG.
//! - [`Survey`]: what a page shows of a text besides its figures, collected in one pass.
//!
//! # Plugging in
//!
//! A report is a file here with a function from a struct to a string. One that writes every token
//! implements [`Details`](ngram_eval::Details), as [`tsv::Rows`] does. A page is a file in `html/`,
//! built from [`html::Page`].
//!
//! # What it does not do
//!
//! It prints nothing and picks no destination: the command line does. Column names, JSON keys and the
//! lines of other toolkits are interfaces, and do not change.

pub mod brown1992;
pub mod compare;
pub mod entropy;
mod escape;
pub mod experiment;
pub mod explain;
pub mod generate;
pub mod html;
pub mod json;
pub mod kenlm;
pub mod landmarks;
pub mod mix;
pub mod next;
pub mod plot;
mod query;
pub mod select;
pub mod srilm;
pub mod survey;
pub mod text;
pub mod tsv;

pub use query::{Queried, Query, QueryError, QuerySums};
pub use survey::Survey;
