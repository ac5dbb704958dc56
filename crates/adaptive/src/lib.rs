//! Models that learn from a text as they read it, and the coder that compresses texts with them.
//!
//! An open-vocabulary model charges bits for every token, spelling, case and gap. An adaptive model
//! mixes its probabilities with those of the text so far, with weights learnt along the way. It is
//! still a proper model: each probability depends only on what came before. So an arithmetic coder can
//! spend exactly those bits, and the text can be restored from them.
//!
//! - **In**: a [`LanguageModel`](ngram_model::LanguageModel) with an open vocabulary; lines of text, or
//!   bytes to compress.
//! - **Out**: a [`Charge`] per line, in bits; compressed bytes, and the text again.
//! - **Never**: training, reading of texts.
//!
//! # Example
//!
//! The second time the line comes, its words are in the cache, and it costs less. The code takes the
//! bits that the model charges, a 32-byte head, and a few bits of rounding.
//!
//! ```
//! use ngram_adaptive::{Adaptive, code};
//! use ngram_input::Text;
//! use ngram_model::Model;
//! use ngram_train::{TrainOptions, train};
//! use std::ops::ControlFlow::Continue;
//!
//! let folder = tempfile::tempdir()?;
//! let path = folder.path().join("example.ngram");
//! let text = Text::bytes("example", b"the cat sat\nthe cat ran\nthe dog sat\n".to_vec());
//! train(&[text], &TrainOptions { order: 2, ..TrainOptions::default() }, &path, &())?;
//! let model = Model::open(&path)?;
//!
//! let mut adaptive = Adaptive::new(&model).ok_or("a closed vocabulary")?;
//! let (first, second) = (adaptive.line("the dog ran"), adaptive.line("the dog ran"));
//! assert!(second.total() < first.total());
//! assert_eq!(first.spelling, 0.0); // all of its words are known
//!
//! let begin = || Adaptive::new(&model).expect("an open vocabulary");
//! let text = b"the dog ran\nthe dog ran\n";
//! let packed = code::compress(begin(), 0, text, &mut |_| Continue(()))?;
//! let charged = first.total() + second.total() + packed.lines;
//! assert!(packed.code_bits() < charged + 16.0);
//! let restored = code::decompress(begin(), 0, &packed.bytes, 1000, &mut |_| Continue(()))?;
//! assert_eq!(restored, text);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Types
//!
//! - [`Adaptive`]: a model that adapts ([`Adaptive::new`]) or stays fixed ([`Adaptive::fixed`]);
//!   [`Adaptive::line`] takes one line after another.
//! - [`decisions`]: how a model adapts best ([`Adaptive::by_decisions`]), and [`prepared`]: what helps it, counted in the
//!   training text beforehand.
//! - [`Charge`]: the cost of a line in bits: token, spelling, case, spacing. [`charge`] computes it
//!   for any model with an open vocabulary.
//! - [`code`]: [`compress`](code::compress) and [`decompress`](code::decompress).
//!
//! # What it does not do
//!
//! It does not change the model: what was learnt is forgotten with the [`Adaptive`]. It needs an open
//! vocabulary, since a closed one cannot charge for an unknown word. The mixture depends on the order
//! of the text, so it uses one thread.

pub mod adaptive;
mod any_line;
mod cache;
pub mod charge;
pub mod code;
mod coder;
pub mod decisions;
mod distribution;
mod lists;
mod new_words;
pub mod prepared;
mod recent_lists;
mod seen;
mod steps;
#[cfg(test)]
mod sums;
mod surface;
mod token;
pub mod tree;
mod walk;
mod weights;

pub use adaptive::{Adaptation, Adaptive};
pub use charge::Charge;
pub use seen::context_of;
pub use tree::WordTree;
