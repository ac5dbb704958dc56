//! Texts from files of the usual formats, as lines of which each is a sentence.
//!
//! Whatever reads a text in this workspace reads lines. This crate makes lines of everything else: files that are
//! compressed, JSON Lines and, with the feature `parquet`, Parquet with a document in a field of each record, texts of which a part is wanted or that are
//! wanted several times.
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
//! # The types
//!
//! - [`expand`]: what arguments name, as [`Source`]s; [`Weight`], how often the documents of one are taken;
//! - [`Reading`]: how they are read: [`Format`], [`Field`], [`Sentences`];
//! - [`Account`]: how many records there were, and how many without a text, which are never dropped in silence.
//!
//! # What it does not do
//!
//! It cuts no line into tokens and looks for no ends of sentences. It changes no text: bytes that are no UTF-8
//! pass through, for whoever reads the lines to count. It starts no thread.

mod account;
mod encoding;
mod error;
mod field;
mod format;
mod ids;
mod json_lines;
mod lines;
#[cfg(feature = "parquet")]
mod parquet;
mod sample;
mod source;
pub mod text;
mod weight;

pub use account::{Account, BadPlace, Found, OnBadRecord, Unit};
pub use encoding::{DecodeError, Encoding, NoText};
pub use error::InputError;
pub use field::{BadRecord, Field, Record};
pub use format::Format;
pub use ids::IdWidth;
pub use json_lines::refuse_array;
pub use lines::Sentences;
pub use sample::{Sample, SampleError};
pub use source::{Place, Reading, Source, expand, expand_as};
pub use text::{Text, TextError};
pub use weight::{Weight, mix};
