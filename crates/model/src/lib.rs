//! Counts to smoothed n-gram models, their files and their scores.
//!
//! Every smoothed n-gram model is a table: for each stored n-gram a log-probability, and for each
//! stored history a back-off weight. Scoring reads it so:
//!
//! ```text
//! p(w|h) = stored p(hw)               if hw is stored
//!        = backoff(h) · p(w|h′)       otherwise             h′ = h without its first word
//! ```
//!
//! Smoothing fills the table, formats store it, scoring reads it, and none of these knows another.
//! Most methods here fill it by interpolation. Of the probability after h, a successor seen c times
//! has a *share*, and what the shares leave is *reserved* for the shorter history:
//!
//! ```text
//! p(w|h) = share(c(hw)) + reserved(h) · p(w|h′)        backoff(h) = reserved(h)
//! ```
//!
//! down to single words, which are interpolated with the uniform distribution over all words but
//! `<s>`. Others give what is reserved to unseen words only, and back off; [`estimate`] has both. A
//! method states the share and nothing else; see [`smoothing`].
//!
//! # Example
//!
//! Three sentences, order 2, Witten–Bell: the share is c / (T + N), for T occurrences of N
//! distinct successors, and N / (T + N) is reserved (method C of Witten and Bell 1991; interpolated
//! as in Chen and Goodman 1999, section 2.5).
//!
//! ```text
//! the cat sat        single words: the 3, </s> 3, cat 2, sat 2, dog 1, ran 1
//! the cat ran                      T = 12, N = 6; with <unk>, 7 words can be predicted
//! the dog sat        after "the":  cat 2, dog 1;  T = 3, N = 2
//!
//! p(cat)       = 2/18 + 6/18 · 1/7       = 10/63
//! p(<unk>)     =        6/18 · 1/7       =  3/63
//! p(cat|the)   = 2/5  + 2/5  · 10/63     = 146/315     seen
//! p(<unk>|the) =        2/5  · 3/63      =   6/315     backed off with weight 2/5
//! ```
//!
//! ```
//! use ngram_input::Text;
//! use ngram_model::{LanguageModel, Model};
//! use ngram_train::{TrainOptions, smoothing, train};
//! use ngram_tokenizer::WordId;
//!
//! let folder = tempfile::tempdir()?;
//! let path = folder.path().join("example.ngram");
//! let text = Text::bytes("example", b"the cat sat\nthe cat ran\nthe dog sat\n".to_vec());
//! let witten_bell = smoothing::by_name("witten-bell")?;
//! let options = TrainOptions { order: 2, smoothing: witten_bell, ..TrainOptions::default() };
//! train(&[text], &options, &path, &())?;
//!
//! let model = Model::open(&path)?;
//! let id = |word: &str| model.vocab().id_or_unknown(word);
//! let near = |history: &[&str], word, expected: f64, matched| {
//!     let history: Vec<WordId> = history.iter().map(|word| id(word)).collect();
//!     let score = model.score(&history, id(word));
//!     assert!((score.log_prob.prob() - expected).abs() < 1e-6, "{score:?}");
//!     assert_eq!(score.matched, matched);
//! };
//! near(&[], "cat", 10.0 / 63.0, 1);
//! near(&["the"], "cat", 146.0 / 315.0, 2);
//! near(&["the"], "bird", 6.0 / 315.0, 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Types
//!
//! - [`train()`] with [`TrainOptions`]: texts to a model file, written whole or not at all.
//!   [`Trained`] says what came of it.
//! - [`plan()`]: what a training would come to, foretold from a sample: a [`Plan`].
//! - [`Model`]: a model file, mapped. [`Model::open`] checks its head and takes the same short time
//!   for any size; [`Model::verify`] reads it all and compares every checksum.
//! - [`LanguageModel`]: what any model can do, a table or not: [`Score`] a word after a history.
//!   [`LogProb`] is log10 of a probability, 32 bits wide.
//! - [`Derivation`]: the factors of a score, such as back-off weights.
//! - [`ModelInfo`]: tokenizer, smoothing, counts-of-counts, discounts and training text, stored in
//!   the file.
//! - [`ClassModel`]: a model file that predicts classes of words, and words in them; [`classes`] finds
//!   classes. [`AnyModel`] opens either kind of file.
//! - [`convert()`]: a model in another [`Layout`], quantised or to the last bit the same.
//! - [`Ngrams`]: the n-grams of one order as a list; [`assemble()`] makes lists a table.
//!   They are what [`format::arpa`] reads and writes.
//! - [`mix`]: several models as one.
//! - [`hashed`]: a model in memory as one hash table, the quickest to score by.
//! - [`mixture_weights()`]: the weights of a linear mixture, fitted to held-out text.
//! - [`deleted_interpolation`]: trigrams of another kind, no table, whose weights are fitted to held-out
//!   text.
//! - [`smoothing::Settings`]: parameters of the methods, and which n-grams are kept.
//! - [`Cutoffs`]: n-grams that are left out by their raw counts or words.
//! - [`held_out`]: a held-out text that a method is fitted to.
//! - [`prune`]: the n-grams that matter least are left out, by a [`prune::Pruner`] or while training.
//! - [`mix`]: several models as one table; [`mixture_weights`] fits weights to held-out text.
//! - [`classes`]: classes of words, and [`ClassModel`]s of them; [`SkipModel`]: models that skip words; [`AnyModel`]
//!   opens any of them.
//! - [`estimate`]: the pass from counts to probabilities and back-off weights.
//!
//! # Plugging in
//!
//! - A smoothing method: one file in `smoothing/`, which implements [`smoothing::Smoothing`] and
//!   [`smoothing::Discount`], with numbers worked by hand; and one line in [`smoothing::METHODS`],
//!   from which the command line and the tests take it.
//! - A measure of what is lost by pruning: one file in `prune/`, and a line in [`prune::METHODS`].
//! - A format: one folder in `format/`, between bytes and the table.
//! - A model that is no such table: implement [`LanguageModel`]; evaluation asks for no more.
//!
//! # What it does not do
//!
//! It does not evaluate, nor mix models word by word while it does; that is `ngram-eval`'s.

mod any_model;
mod assemble;
pub mod backwards;
pub mod counted;
pub mod derivation;
pub mod exp10;
pub mod hashed;
mod info;
mod language_model;
pub mod log10;
pub mod mixture_weights;
pub mod native;
mod ngrams;
pub mod open;
pub mod score;
mod score_all;
pub mod table;
pub mod walk;

pub use any_model::AnyModel;
pub use assemble::{Assembled, TooManyNgrams, assemble};
pub use derivation::Derivation;
pub use info::{ModelInfo, OrderInfo, TrainingInfo};
pub use language_model::{LanguageModel, Listed, LogProb, Score};
pub use mixture_weights::{MixtureWeights, mixture_weights};
pub use native::convert::{ConvertError, ConvertOptions, QUANTIZE_BITS, convert, convert_classes};
pub use native::{
    Changed, ClassModel, CompactError, Layout, LayoutError, Model, ModelError, SkipModel,
    WriteError,
};
pub use ngrams::Ngrams;
pub use open::OpenVocabulary;
pub use table::ScoredLevel;
