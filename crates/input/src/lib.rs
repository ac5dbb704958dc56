//! Texts from files of the usual formats, as lines, one sentence each.
//!
//! All other crates read texts as lines. This crate makes lines from everything else: compressed files,
//! JSON Lines and, with the feature `parquet`, Parquet, each with a document in a field of every
//! record. It also samples texts, takes parts of them, and repeats them by weight.
//!
//! - **In**: paths, patterns, standard input, bytes.
//! - **Out**: [`Text`]s, read in blocks of whole lines, and an [`Account`] of what was read.
//! - **Never**: tokens, counts, models.
//!
//! # Example
//!
//! ```
//! use ngram_input::{Reading, Sentences, expand};
//! use std::io::Read;
//!
//! let folder = tempfile::tempdir()?;
//! let file = folder.path().join("a.jsonl");
//! std::fs::write(&file, r#"{"id": 1, "text": "the cat sat\nthe cat ran"}"#)?;
//!
//! let mut text = String::new();
//! for source in expand(&[file.clone()])? {
//!     source.lines(&Reading::default(), |_| Ok(()))?.read_to_string(&mut text)?;
//! }
//! assert_eq!(text, "the cat sat\nthe cat ran\n");
//!
//! // The whole document as one sentence.
//! let reading = Reading { sentences: Sentences::Document, ..Reading::default() };
//! let mut text = String::new();
//! expand(&[file])?[0].lines(&reading, |_| Ok(()))?.read_to_string(&mut text)?;
//! assert_eq!(text, "the cat sat the cat ran\n");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Types
//!
//! - [`expand`]: turns arguments into [`Source`]s; a [`Weight`] says how often to use the documents of one.
//! - [`Reading`]: how to read a source: its [`Format`], the [`Field`] of the text, its [`Sentences`].
//! - [`Text`]: a named file, buffer or stream, read in blocks of whole lines; [`Sample`]: evenly spread
//!   pieces of it.
//! - [`Encoding`]: plain, gzip, zstd, bzip2 or xz, detected from the first bytes.
//! - [`Account`]: how many records were read, and how many had no text. None is dropped silently.
//!
//! # What it does not do
//!
//! It does not tokenize, and does not look for the ends of sentences. It changes no text: bytes that
//! are not UTF-8 pass through, and the reader of the lines counts them. It starts no threads.

mod account;
mod encoding;
mod error;
mod field;
mod format;
mod ids;
mod json_lines;
mod line;
mod lines;
mod npy;
#[cfg(feature = "parquet")]
mod parquet;
mod sample;
mod source;
pub mod text;
mod weight;
mod xz;

pub use account::{Account, BadPlace, Found, OnBadRecord, RecordUnit};
pub use encoding::{DecodeError, Encoding, NoText};
pub use error::InputError;
pub use field::{BadRecord, Field, Record};
pub use format::Format;
pub use ids::IdWidth;
pub use json_lines::refuse_array;
pub use line::{LONGEST, LineTooLong, read_line};
pub use lines::Sentences;
pub use sample::{Sample, SampleError};
pub use source::{Reading, Source, TextLocation, expand, expand_as, named};
pub use text::{Text, TextError, TextPlace};
pub use weight::{Weight, mix};
