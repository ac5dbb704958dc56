//! Measures how well a model predicts a text.
//!
//! A model gives every token of a text a probability p, given the tokens before it. The better the
//! model, the fewer bits, −log2 p, it takes to say which token comes next. All figures follow from the
//! sum of those bits:
//!
//! - **cross-entropy**: bits per token. Tokens are the words of the text and one `</s>` per line: every
//!   line is a sentence, including blank lines and a last line without a line end.
//! - **perplexity**: 2 to the power of the cross-entropy, over all tokens, and again without the words
//!   that are out of vocabulary (OOV);
//! - **bits per character** and **per byte** of the text as it was read: the figures for comparing
//!   models that cut text differently.
//!
//! In short:
//!
//! - **In**: a [`LanguageModel`](ngram_model::LanguageModel) and texts.
//! - **Out**: [`Report`]s, explanations, next words and generated sentences, as plain structs.
//! - **Never**: counts, smoothing methods, formats, pages.
//!
//! # Example
//!
//! A model without histories: *the* has probability 1/2, *cat* 1/4, the end of a sentence 1/8 and any
//! unknown word 1/8. That is 1, 2, 3 and 3 bits.
//!
//! ```
//! use ngram_model::{LanguageModel, LogProb, Score};
//! use ngram_tokenizer::{TokenizerKind, TokenizerSpec, Vocab, VocabView, WordId};
//!
//! struct Toy {
//!     vocab: Vocab,
//!     tokenizer: TokenizerSpec,
//! }
//!
//! impl LanguageModel for Toy {
//!     fn order(&self) -> usize {
//!         1
//!     }
//!     fn vocab(&self) -> VocabView<'_> {
//!         self.vocab.view()
//!     }
//!     fn tokenizer(&self) -> &TokenizerSpec {
//!         &self.tokenizer
//!     }
//!     fn score(&self, _history: &[WordId], word: WordId) -> Score {
//!         let probability: f32 = match self.vocab.view().word(word) {
//!             "the" => 1.0 / 2.0,
//!             "cat" => 1.0 / 4.0,
//!             _ => 1.0 / 8.0,
//!         };
//!         Score { log_prob: LogProb(probability.log10()), matched: 1 }
//!     }
//! }
//!
//! let model = Toy {
//!     vocab: Vocab::new(["the", "cat"])?,
//!     tokenizer: TokenizerSpec::new(TokenizerKind::Whitespace),
//! };
//! // the 1, cat 2, </s> 3 bits; the 1, dog (unknown) 3, </s> 3 bits.
//! let report = ngram_eval::evaluate(&model, "the cat\nthe dog\n");
//! let figures = &report.figures;
//! let near = |value: Option<f64>, expected: f64| (value.unwrap() - expected).abs() < 1e-6;
//!
//! assert!(near(Some(figures.total_bits), 13.0));
//! assert_eq!((figures.tokens, figures.oovs, figures.characters), (6, 1, 16));
//! assert!(near(figures.bits_per_token, 13.0 / 6.0));
//! assert!(near(figures.perplexity_including_oovs, 4.489848)); // 2^(13/6)
//! assert!(near(figures.perplexity_excluding_oovs, 4.0)); // without dog, 10 bits over 5 tokens
//! assert!(near(figures.bits_per_character, 13.0 / 16.0));
//! # Ok::<(), ngram_tokenizer::VocabError>(())
//! ```
//!
//! # Types
//!
//! - [`evaluate()`]: evaluates a text in memory. [`Evaluation`] reads any number of texts of any
//!   length, and can write the score of each token along the way.
//! - [`Report`] and [`Figures`]: every figure; `null` in JSON where there is nothing to compute.
//! - [`tally`]: the sums behind the figures, added in text order, so that no figure depends on the
//!   number of threads.
//! - [`Intervals`]: how far each figure would move on another sample of text; [`sampling`].
//! - [`compare`]: two or more models on the same text.
//! - [`mixture`]: models and caches, mixed while a text is scored.
//! - [`documents`]: figures for each document of a stream, and documents selected by them.
//! - [`Sentence`], with [`Details`]: the scored tokens of a line, and code that formats them.
//! - [`scored_text`]: a short text as it is written, with the cost of each token.
//! - [`explain`]: where the score of each token comes from.
//! - [`Next`]: what a model expects after a history, or how it completes a half-typed word; [`Generator`]: sentences drawn from a model.
//! - [`overlap`]: how much of a held-out text occurs in the training text.
//!
//! # What it does not do
//!
//! It does not train, choose or repair models: it takes probabilities as they are. It does not adjust
//! for different vocabularies: an unknown word is predicted only as `<unk>`, not by its spelling, so a
//! smaller vocabulary lowers perplexity. [`Report::notes`] lists what a reader must know. Reports are
//! rendered by `ngram-report`.

mod attached;
mod blocks;
pub mod compare;
pub mod course;
pub mod documents;
pub mod error;
mod evaluate;
pub mod explain;
mod fit_mixture;
pub mod generate;
mod lines;
pub mod mixture;
pub mod next;
mod notes;
pub mod number;
pub mod overlap;
pub mod report;
pub mod sampling;
pub mod scored_text;
pub mod sentence;
mod spaceless;
pub mod spread;
pub mod tally;
mod word_index;
mod words;

pub use error::EvalError;
pub use evaluate::{Evaluation, evaluate};
pub use generate::Generator;
pub use next::Next;
pub use report::{Figures, FileReport, Matched, OpenFigures, Report};
pub use sentence::{Details, Sentence, Token};
pub use spaceless::cut_into_letters;
pub use spread::Intervals;
pub use tally::Tally;
