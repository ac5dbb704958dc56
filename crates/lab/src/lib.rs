//! The entropy of English, measured: estimators, bounds, and the information theory behind them.
//!
//! - **In**: texts as symbols or tokens, and models where a method needs them.
//! - **Out**: estimates and bounds in bits, as plain structs.
//! - **Never**: pages, the command line.
//!
//! # Example
//!
//! Shannon (1951) let a reader guess the letters of a text, and counted how many guesses each took.
//! Say that of four letters, three were right at the first guess and one at the second. With q1 = 3/4
//! and q2 = 1/4, the entropy per letter lies between his two bounds:
//!
//! ```text
//! upper    −Σ q_i log2 q_i                    = 3/4 · 0.415 + 1/4 · 2    = 0.811 bits
//! lower     Σ i (q_i − q_(i+1)) log2 i        = 2 · (1/4 − 0) · 1        = 0.5 bits
//! ```
//!
//! ```
//! use ngram_lab::english::bounds;
//! use ngram_lab::information::Distribution;
//!
//! let guessing = bounds(&[3, 1]).ok_or("no letters")?;
//! assert!((guessing.upper - 0.811278).abs() < 1e-6);
//! assert!((guessing.lower - 0.5).abs() < 1e-6);
//!
//! // The upper bound is the entropy of the numbers of guesses.
//! assert!((Distribution::from_counts(&[3, 1])?.entropy() - guessing.upper).abs() < 1e-12);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Types
//!
//! - [`english`]: the entropy of a text by every method side by side: plug-in, held-out, match lengths,
//!   guessing game, learning curve. A [`Contest`](english::Contest) is the game for a person.
//! - [`information`]: entropy, cross-entropy, KL divergence and mutual information of distributions,
//!   joint tables and models.
//! - [`brown1992`]: the upper bound of Brown et al. (1992), which charges for every character.
//! - [`deleted_interpolation`]: trigrams mixed with weights fitted to held-out text (Jelinek and Mercer
//!   1980).
//!
//! # What it does not do
//!
//! No estimate here is the true entropy; [`english`] says which way each of them errs. Models are
//! trained by `ngram-train` and scored by `ngram-eval`; `ngram-report` renders the results.

pub mod brown;
pub mod brown1992;
pub mod deleted_interpolation;
pub mod english;
pub mod experiment;
pub mod information;
pub mod landmarks;
