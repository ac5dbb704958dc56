//! N-gram models: their table, their file, and their scores.
//!
//! Every smoothed n-gram model is a table: for each stored n-gram a log-probability, and for each
//! stored history a back-off weight. Scoring reads it like this:
//!
//! ```text
//! p(w|h) = stored p(hw)               if hw is stored
//!        = backoff(h) · p(w|h′)       otherwise             h′ = h without its first word
//! ```
//!
//! - **In**: a table with its vocabulary, or a model file.
//! - **Out**: [`Score`]s through [`LanguageModel`]; a model file in any [`Layout`]; the table again.
//! - **Never**: counts, smoothing, text, compressors, the files of other toolkits.
//!
//! [`convert()`] is here because it goes from this crate's file to this crate's file. Whatever reads or
//! writes another format is in `ngram-formats`.
//!
//! # Example
//!
//! A bigram model of three sentences (the page of `ngram-train` derives these numbers) stores
//!
//! ```text
//! p(cat|the) = 146/315        backoff(the) = 2/5        p(<unk>) = 3/63
//!
//! the cat                     stored:       146/315                     matched 2
//! the bird                    backs off:    2/5 · 3/63 = 6/315          matched 1
//! ```
//!
//! ```
//! use ngram_input::Text;
//! use ngram_model::{LanguageModel, Model};
//! use ngram_train::{TrainOptions, smoothing, train};
//!
//! let folder = tempfile::tempdir()?;
//! let path = folder.path().join("example.ngram");
//! let text = Text::bytes("example", b"the cat sat\nthe cat ran\nthe dog sat\n".to_vec());
//! let witten_bell = smoothing::by_name("witten-bell")?;
//! let options = TrainOptions { order: 2, smoothing: witten_bell, ..TrainOptions::default() };
//! train(&[text], &options, &path, &())?;
//!
//! let model = Model::open(&path)?; // checks the header; Model::verify checks everything
//! let id = |word: &str| model.vocab().id_or_unknown(word);
//! let seen = model.score(&[id("the")], id("cat"));
//! assert!((seen.log_prob.prob() - 146.0 / 315.0).abs() < 1e-6);
//! assert_eq!(seen.matched, 2);
//! let unseen = model.score(&[id("the")], id("bird"));
//! assert!((unseen.log_prob.prob() - 6.0 / 315.0).abs() < 1e-6);
//! assert_eq!(unseen.matched, 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Types
//!
//! - [`LanguageModel`]: what every model can do, whether it is a table or not: [`Score`] a word after a
//!   history. A [`LogProb`] is log10 of a probability, in 32 bits.
//! - [`Model`]: a model file, mapped. [`Model::open`] checks its header, which takes the same short
//!   time for any size; [`Model::verify`] reads the whole file and compares every checksum.
//! - [`ClassModel`]: predicts classes of words, and words within them. [`SkipModel`]: skips words.
//!   [`AnyModel`]: a file of any kind.
//! - [`ModelInfo`]: tokenizer, smoothing, counts-of-counts, discounts and training text, as stored in
//!   the file.
//! - [`table`]: the table, while it is made and while it is read; [`walk`] goes through it.
//! - [`Ngrams`]: the n-grams of one order as a list; [`assemble()`] turns lists into a table.
//! - [`native`]: the file, byte by byte, and its writer; [`convert()`] changes its [`Layout`], either
//!   exactly or with quantised numbers.
//! - [`memory`]: a model in memory, the fastest to score with.
//! - [`Derivation`]: the factors of a score, such as back-off weights.
//! - [`OpenVocabulary`]: the spelling of unknown words, and the spacing and case of all.
//! - [`mixture_weights()`]: the weights of a linear mixture, fitted to held-out text.
//!
//! # Plugging in
//!
//! For a model that is not a table, implement [`LanguageModel`]; evaluation needs nothing else.
//!
//! # What it does not do
//!
//! It does not estimate, prune, mix or evaluate: see `ngram-train`, `ngram-edit` and `ngram-eval`.

mod any_model;
mod assemble;
pub mod backwards;
pub mod counted;
pub mod derivation;
pub mod exp10;
mod fault;
mod info;
mod language_model;
pub mod log10;
pub mod memory;
pub mod mixture_weights;
pub mod native;
mod ngrams;
pub mod open;
pub mod score;
mod score_all;
pub mod table;
pub mod walk;

pub use any_model::{AnyModel, ForeignModel};
pub use assemble::{AssembleError, Assembled, TooManyNgrams, assemble};
pub use derivation::Derivation;
pub use fault::TableFault;
pub use info::{ModelInfo, OrderInfo, TrainingInfo};
pub use language_model::{LanguageModel, Listed, LogProb, Score};
pub use mixture_weights::{MixtureWeights, mixture_weights};
pub use native::convert::{ConvertError, ConvertOptions, QUANTIZE_BITS, convert, convert_classes};
pub use native::{
    Changed, ClassModel, CompactError, Layout, Model, ModelError, ModelFile, SkipModel, WriteError,
};
pub use ngrams::Ngrams;
pub use open::OpenVocabulary;
pub use table::ScoredLevel;
