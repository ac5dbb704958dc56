//! Small models and texts that the tests of all crates share, and the plainest counts and estimates, to
//! compare the fast ones with.
//!
//! - **In**: seeds, small texts.
//! - **Out**: models of every kind, the papers' definitions computed from maps.
//! - **Never**: shipped code. No crate depends on it except for tests.
//!
//! # Example
//!
//! The scores of [`toy::Toy`] can be worked by hand. *the* is stored after `<s>`; the unknown *dog*
//! backs off after *the*:
//!
//! ```
//! use ngram_model::LanguageModel;
//! use ngram_testing::toy::Toy;
//! use ngram_tokenizer::WordId;
//!
//! let model = Toy::exact();
//! let the = model.vocab().id_or_unknown("the");
//! assert_eq!(model.score(&[WordId::BEGIN], the).log_prob.0, -0.25);
//! assert_eq!(model.score(&[the], WordId::UNKNOWN).log_prob.0, -0.25 - 2.0);
//! ```
//!
//! # Types
//!
//! - [`toy`]: a bigram model of three words; [`trained`]: small models of every kind and layout.
//! - [`text()`], [`model()`], [`counted`], [`ways`]: random texts, models and count files of them, and
//!   every method with its settings.
//! - [`naive`]: counts and estimates by their definitions, recursively, in `f64`.
//! - [`model_file`], [`count_file`]: the sections of a model or count file, to forge
//!   numbers with checksums that fit.
//! - [`stop`]: cancels work in the middle.
//! - [`weighted`]: texts too long to read word by word, as lines of counts.
//!
//! # What it does not do
//!
//! It tests nothing itself; the tests stand beside the code that they test.

pub mod count_file;
pub mod model_file;
pub mod naive;
pub mod stop;
mod texts;
pub mod toy;
pub mod trained;
pub mod weighted;

pub use texts::{
    count_bytes, counted, histories, ids, methods, model, model_with, sentences, text,
    trained as model_of, ways,
};
