//! Text to smoothed models: counts in, probabilities and back-off weights out.
//!
//! Most methods interpolate. Of the probability after a history h, a successor seen c times gets a
//! *share*; what the shares leave is *reserved* for the shorter history:
//!
//! ```text
//! p(w|h) = share(c(hw)) + reserved(h) · p(w|h′)        backoff(h) = reserved(h)
//! ```
//!
//! and so on down to unigrams, which are interpolated with the uniform distribution over all words but
//! `<s>`. Other methods back off: they give what is reserved to unseen words only. [`estimate`] does
//! both. A method states its share and nothing else; see [`smoothing`].
//!
//! - **In**: texts or count files, and [`TrainOptions`].
//! - **Out**: a model file, written whole or not at all, and [`Trained`], an account of the training.
//! - **Never**: the formats of other toolkits; how a text is evaluated.
//!
//! # Example
//!
//! Three sentences, order 2, Witten–Bell: the share is c / (T + N), for T occurrences of N distinct
//! successors, and N / (T + N) is reserved (method C of Witten and Bell 1991; interpolated as in Chen
//! and Goodman 1999, section 2.5).
//!
//! ```text
//! the cat sat        unigrams:     the 3, </s> 3, cat 2, sat 2, dog 1, ran 1
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
//! use ngram_tokenizer::WordId;
//! use ngram_train::{TrainOptions, smoothing, train};
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
//! - [`train()`], with [`TrainOptions`]: texts to a model file; [`train_from_counts`]: count files to a
//!   model file. [`Trained`] describes the result.
//! - [`plan()`]: estimates a training from a sample of its text, as a [`Plan`].
//! - [`smoothing`]: every method, and [`Settings`](smoothing::Settings): parameters, and which n-grams
//!   are kept. [`Cutoffs`]: n-grams left out by their raw counts or words.
//! - [`held_out`]: a held-out text to fit the discounts to.
//! - [`estimate`]: the pass from counts to probabilities and back-off weights.
//! - [`prune_counts`]: pruning while training, with counts passed on to shorter n-grams.
//! - [`classes`]: finds word classes, and trains models of them.
//! - [`TrainingCounts`]: the counts that a model was estimated from, to explain its probabilities.
//!
//! # Plugging in
//!
//! A smoothing method is one file in `smoothing/` that implements [`Smoothing`](smoothing::Smoothing)
//! and [`Discount`](smoothing::Discount), with numbers worked by hand, and one line in
//! [`smoothing::METHODS`]. The command line and the tests, which sum every distribution, take it from
//! there.
//!
//! # What it does not do
//!
//! It does not evaluate what it trained, and chooses neither order nor method: it does what
//! [`TrainOptions`] say. Changing a finished model is the work of `ngram-edit`.

pub mod classes;
pub mod counted;
mod cutoffs;
pub mod estimate;
pub mod held_out;
mod kept;
mod last_ngram;
mod open;
pub mod prune_counts;
mod rounded;
pub mod smoothing;
mod temporary;
mod train;

pub use counted::{CountsError, TrainingCounts};
pub use cutoffs::{Cutoffs, InvalidCutoffs};
pub use temporary::TemporaryModels;
pub use train::{OrderMethod, Plan, TrainError, TrainOptions, Trained, plan, train};
pub use train::{TrainedOnPart, train_from_counts, train_from_partial};
