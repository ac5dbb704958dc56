//! N-gram language models: text in, one file out; then the probability of any text.
//!
//! An n-gram model predicts each word from the n − 1 words before it, by what it counted in a text, and
//! leaves some probability for what it never saw. Train one on three sentences, with order 2 and
//! Witten–Bell smoothing, and ask what follows *the*:
//!
//! ```
//! use ngram_lm::{Model, Trainer};
//!
//! # let folder = tempfile::tempdir().unwrap();
//! # let path = folder.path().join("model.ngram");
//! let text = "the cat sat\nthe cat ran\nthe dog sat\n";
//! let trainer = Trainer::new().order(2).smoothing("witten-bell").closed().text(text);
//! let trained = trainer.write(&path)?;
//! assert_eq!((trained.sentences(), trained.tokens()), (3, 12)); // nine words, three ends
//!
//! // *the* came 3 times, followed by *cat* twice, by 2 different words. That is 2 of 3 + 2; the other
//! // 2 of 3 + 2 are left for the words alone, where *cat* has 10/63.
//! let model = Model::open(&path)?;
//! let next = model.next("the").top(2);
//! let near = |found: f64, expected: f64| (found - expected).abs() < 1e-5;
//! assert_eq!((next[0].0.as_str(), next[1].0.as_str()), ("cat", "dog"));
//! assert!(near(next[0].1, 2.0 / 5.0 + 2.0 / 5.0 * (10.0 / 63.0))); // 146/315
//!
//! // A sentence is the product of its words and its end.
//! let sentence = model.sentence("the bird sat");
//! assert_eq!((sentence.tokens().len(), sentence.oovs()), (4, 1));
//! let the = 3.0 / 4.0 + 1.0 / 4.0 * (3.0 / 14.0); // after the beginning
//! let end = 2.0 / 3.0 + 1.0 / 3.0 * (3.0 / 14.0); // after *sat*
//! let bits = -f64::log2(the * (6.0 / 315.0) * (10.0 / 63.0) * end); // 9.1232
//! assert!(near(sentence.bits(), bits));
//! assert!(near(sentence.perplexity(), 2f64.powf(bits / 4.0)));
//!
//! // A held-out text gets the report of `ngram eval`.
//! let evaluation = model.evaluate("the bird sat\n");
//! assert!(near(evaluation.bits_per_token().unwrap(), bits / 4.0));
//! println!("{evaluation}");
//! # Ok::<(), ngram_lm::Error>(())
//! ```
//!
//! # What enters, what leaves
//!
//! - [`Trainer`] takes texts, from memory or from files (plain, gzip, zstd, bzip2, xz, JSON Lines), and writes a
//!   model file; [`Trained`] says what it found.
//! - [`Model`] takes a model file of any kind, or an ARPA file. It gives a [`Sentence`] with the score
//!   of each [`Token`], the [`NextWords`] after a history, sentences drawn at random, an ARPA file, and
//!   an [`Evaluation`] of a text.
//! - [`Error`] is whatever goes wrong, with the file or the option it is about.
//!
//! Probabilities are given as log10, information in bits, lengths in tokens, characters and bytes.
//!
//! # What it must never do
//!
//! This crate opens, calls and hands on; it computes nothing. Counting, smoothing, scoring and the
//! figures are in the crates it calls, each of which can be used alone: `ngram-train`, `ngram-model`,
//! `ngram-eval`, `ngram-report`, `ngram-formats`. What they do and this crate does not offer is one step away, by
//! [`Model::as_dyn`]: mixing and pruning, classes, fitting to held-out text, explaining scores, pages.
//!
//! # Features
//!
//! `cli`, on by default, is for the program `ngram`, with all that only it needs. A library that
//! depends on this crate leaves it out with `default-features = false`. `parquet` and `tokenizers`
//! add Parquet files as texts, and lines cut by a `tokenizer.json`.

mod error;
mod evaluation;
mod model;
mod next;
mod sentence;
#[cfg(test)]
mod tests;
mod trained;
mod trainer;

pub use error::Error;
pub use evaluation::Evaluation;
pub use model::Model;
pub use next::NextWords;
pub use sentence::{Sentence, Token};
pub use trained::Trained;
pub use trainer::Trainer;

pub use ngram_eval::{Figures, Report};
pub use ngram_model::{LanguageModel, ModelInfo};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
