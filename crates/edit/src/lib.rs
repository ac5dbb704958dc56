//! Models made from models: pruned, mixed, with another vocabulary, checked.
//!
//! - **In**: models; held-out text, to fit the weights of a mixture.
//! - **Out**: smaller models, mixtures of models, and reports of what is wrong with one.
//! - **Never**: smoothing methods. Held-out text is read through `ngram-counts`, but only its words are
//!   used, not its counts.
//!
//! Pruning that re-estimates from counts (revised Kneser pruning) is part of training. It uses the
//! losses, thresholds and cuts of [`prune`], so `ngram-train` depends on this crate.
//!
//! # Example
//!
//! After *a*, the model stores *b* with probability 1/2 and backs off with weight 2/3. Without that
//! bigram, all of p(·|a) backs off, with weight 1. With P(a) = 1/2, the relative entropy between the
//! two models is D = ¼ ln (4/3), and the loss e^D − 1, the relative increase in perplexity:
//!
//! ```text
//!               stored    pruned
//! p(b|a)        1/2       1/4 = p(b)
//! backoff(a)    2/3       1                loss = (4/3)^¼ − 1 = 0.0746
//! ```
//!
//! ```
//! use ngram_edit::check::{CheckOptions, check};
//! use ngram_edit::prune::{Pruner, Target, by_name};
//! use ngram_formats::{arpa::ReadOptions, import};
//! use ngram_model::{ConvertOptions, LanguageModel, Model};
//! use ngram_tokenizer::{TokenizerKind, TokenizerSpec};
//!
//! let log = f64::log10;
//! let arpa = format!(
//!     "\\data\\\nngram 1=5\nngram 2=1\n\n\\1-grams:\n\
//!      {}\t<unk>\n-99\t<s>\n{}\t</s>\n{}\ta\t{}\n{}\tb\n\n\
//!      \\2-grams:\n{}\ta b\n\n\\end\\\n",
//!     log(0.125), log(0.125), log(0.5), log(2.0 / 3.0), log(0.25), log(0.5),
//! );
//! let folder = tempfile::tempdir()?;
//! let (path, output) = (folder.path().join("whole"), folder.path().join("pruned"));
//! let tokenizer = TokenizerSpec::new(TokenizerKind::Whitespace);
//! import(arpa.as_bytes(), "example", &ReadOptions::default(), tokenizer, &path)?;
//! let model = Model::open(&path)?;
//!
//! let layout = ConvertOptions::default();
//! let pruner = Pruner::new(&model, by_name("relative-entropy")?, 2, None, &())?;
//! for (limit, prob) in [(0.074, 0.5), (0.075, 0.25)] {
//!     let threshold = pruner.threshold(Target::Threshold(limit), &layout, &output)?;
//!     pruner.write(threshold, &layout, &output)?;
//!     let pruned = Model::open(&output)?;
//!     let id = |word: &str| pruned.vocab().id_or_unknown(word);
//!     assert!((pruned.score(&[id("a")], id("b")).log_prob.prob() - prob).abs() < 1e-6);
//!     // The probabilities after every history still sum to 1.
//!     assert!(check(&pruned, "pruned", &CheckOptions::default()).is_sound());
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Types
//!
//! - [`prune`]: [`Pruner`](prune::Pruner) removes the n-grams that matter least, down to a
//!   [`Target`](prune::Target), by a [`Criterion`](prune::Criterion).
//! - [`mix`]: [`Mixture`](mix::Mixture) combines several models into one table, linearly or
//!   log-linearly ([`Blend`](mix::Blend)), with weights given or fitted to held-out text.
//! - [`filter`]: [`filter()`](filter::filter()) limits a model to the words of a list, or extends it to them.
//! - [`check`]: [`check()`](check::check()) sums every distribution and verifies the structure of a model;
//!   [`check_arpa`](check::check_arpa) does the same for an ARPA file.
//!
//! # Plugging in
//!
//! A pruning criterion is a file in `prune/` that implements [`Criterion`](prune::Criterion), with
//! numbers worked by hand, and a line in [`prune::METHODS`], from which the command line takes it.
//!
//! # What it does not do
//!
//! It does not train: it has no counts to estimate from. It does not repair a model that a check finds
//! wrong. Mixtures that are formed while a text is scored belong to `ngram-eval`.

mod backoffs;
pub mod check;
pub mod filter;
pub mod mix;
pub mod prune;
