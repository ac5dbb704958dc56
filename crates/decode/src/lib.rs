//! The output of a recogniser trained with CTC to text, by a beam search with an n-gram model of words.
//!
//! Such a recogniser gives, for each frame of a recording, a probability to each label of an alphabet: a letter, a
//! space, a piece of a word, or the blank. A text has the labels of a path with repetitions merged and blanks removed
//! (Graves et al. 2006). The search keeps the texts with the highest score
//!
//! ```text
//! Σ ln p(label)  +  Σ over words (α ln p(word | words before) + β)  +  bonuses for hot words, a malus for unknown words
//! ```
//!
//! - **In**: an [`CtcAlphabet`], log-probabilities, a [`WordModel`], [`CtcSettings`].
//! - **Out**: [`Decoded`] texts, best first, with the frames of each word.
//! - **Never**: files, audio, threads.
//!
//! # Example
//!
//! ```
//! use ngram_decode::{CtcAlphabet, CtcDecoder, CtcSettings, NoModel};
//!
//! let alphabet = CtcAlphabet::new(["", "a", "b", " "])?;
//! let decoder = CtcDecoder::new(alphabet, NoModel, None, CtcSettings::default());
//! // Four frames: a, a, blank, b.
//! let frame = |label: usize| (0..4).map(move |other| if other == label { 5.0f32 } else { 0.0 });
//! let logits: Vec<f32> = [1, 1, 0, 2].into_iter().flat_map(frame).collect();
//! let found = decoder.decode(&logits, &[], 10.0)?;
//! assert_eq!(found[0].text, "ab");
//! assert_eq!(found[0].words, [("ab".to_owned(), 0, 4)]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What it does not do
//!
//! It computes no acoustic scores, starts no threads (decode many recordings from many), and has no lattice: its output
//! is a list of texts.

mod alphabet;
mod arena;
mod decoder;
mod hot_words;
mod log_softmax;
mod word_model;

pub use alphabet::{AlphabetError, CtcAlphabet};
pub use decoder::{CtcDecoder, CtcError, CtcSettings, Decoded};
pub use hot_words::HotWords;
pub use word_model::{NoModel, WordModel};
