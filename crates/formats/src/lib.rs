//! Models in the formats of other toolkits: ARPA text, KenLM's binary files, OpenFst's automata.
//!
//! - **In**: a model, or the bytes of a file in one of these formats.
//! - **Out**: that file, or a model file of `ngram-model`, with every number kept exactly.
//! - **Never**: counts, smoothing methods. A format sees the table, the vocabulary and the tokenizer.
//!
//! # Example
//!
//! An ARPA file lists log10 p of each n-gram, and log10 of the back-off weight of each history. This
//! one has the bigram `<s> yes`; nothing else follows `<s>`, so `</s>` backs off:
//!
//! ```text
//! log10 p(yes|<s>)  = −0.1                    stored
//! log10 p(</s>|<s>) = −0.5 − 0.3 = −0.8       backoff(<s>) · p(</s>)
//! ```
//!
//! ```
//! use ngram_formats::arpa::ReadOptions;
//! use ngram_formats::{ExportFormat, import};
//! use ngram_model::{LanguageModel, Model};
//! use ngram_tokenizer::{TokenizerKind, TokenizerSpec, WordId};
//!
//! let text = "\\data\\\nngram 1=4\nngram 2=1\n\n\\1-grams:\n\
//!     -2\t<unk>\t0\n-99\t<s>\t-0.5\n-0.3\t</s>\t0\n-0.31\tyes\t0\n\n\
//!     \\2-grams:\n-0.1\t<s> yes\n\n\\end\\\n";
//! let folder = tempfile::tempdir()?;
//! let path = folder.path().join("yes.ngram");
//! let tokenizer = TokenizerSpec::new(TokenizerKind::Whitespace);
//! import(text.as_bytes(), "yes.arpa", &ReadOptions::default(), tokenizer, &path)?;
//!
//! let model = Model::open(&path)?;
//! let yes = model.vocab().id_or_unknown("yes");
//! assert_eq!(model.score(&[WordId::BEGIN], yes).log_prob.0, -0.1);
//! assert_eq!(model.score(&[WordId::BEGIN], WordId::END).log_prob.0, -0.5 - 0.3);
//!
//! let export = |name| -> Result<Vec<u8>, Box<dyn std::error::Error>> {
//!     let mut out = Vec::new();
//!     ExportFormat::by_name(name).ok_or("no such format")?.write(&model, &mut out, &())?;
//!     Ok(out)
//! };
//! assert_eq!(export("arpa")?, text.as_bytes());
//! assert_eq!(export("unigrams")?, b"yes\n");
//! assert!(export("kenlm-trie")?.starts_with(b"mmap lm http://kheafield.com/code format version 5"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Types
//!
//! - [`import()`], [`import_as`]: an ARPA file, or a trie of KenLM's, to a model file. [`Imported`]
//!   reports what was read; [`TextTokenizer`] says where the tokenizer comes from.
//! - [`export()`] and [`export_known`] write ARPA, [`export_kenlm`] writes KenLM's files.
//!   [`ExportFormat`] writes any format of [`EXPORT_FORMATS`] by its name.
//! - [`arpa`]: reads and writes ARPA text as lists of [`Ngrams`](ngram_model::Ngrams).
//! - [`kenlm`]: reads tries and writes both structures; a [`BinaryModel`](kenlm::BinaryModel) scores with
//!   a file as it is.
//! - [`openfst`]: the model as a weighted automaton; [`unigrams`]: its words, one per line.
//!
//! # Plugging in
//!
//! - A format to write: a file or folder here, and a line in [`EXPORT_FORMATS`], from which the command
//!   line takes it.
//! - A format to read: a folder here that reads lists of [`Ngrams`](ngram_model::Ngrams), and a branch
//!   in [`import_as`], which recognises a file by its first bytes.
//!
//! # What it does not do
//!
//! It neither renormalises nor prunes what it reads; `ngram-edit` checks and changes models. It cannot
//! list the n-grams of KenLM's hash tables, which store hashes instead of words.

pub mod arpa;
mod export;
mod import;
pub mod kenlm;
pub mod openfst;
pub mod unigrams;

pub use export::{
    EXPORT_FORMATS, ExportError, ExportFormat, export, export_kenlm, export_kenlm_as, export_known,
    export_openfst, export_with_unknown,
};
pub use import::{ImportError, Imported, TextTokenizer, import, import_as};
