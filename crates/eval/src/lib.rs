//! Measures how well a model predicts a text.
//!
//! A model gives every token of a text a probability p after the tokens before it; the better the
//! model, the fewer bits, −log2 p, it takes to say which token comes. All figures are made from
//! the sum of those bits:
//!
//! - **cross-entropy**: bits per token. Tokens are the words of the text and one `</s>` a line:
//!   every line is a sentence, a blank line an empty one, and so is a last line without line end.
//! - **perplexity**: 2 to the power of the cross-entropy, over all tokens, and once more without
//!   the words that are out of vocabulary (OOV);
//! - **bits per character** and **per byte** of the text as it was read: the figures to compare
//!   models with that cut text differently.
//!
//! # Example
//!
//! A model without histories: *the* has probability 1/2, *cat* 1/4, the end of a sentence 1/8 and
//! every unknown word 1/8. That is 1, 2, 3 and 3 bits.
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
//! let report = crate::evaluate(&model, "the cat\nthe dog\n");
//! let figures = &report.figures;
//! let near = |value: Option<f64>, expected: f64| (value.unwrap() - expected).abs() < 1e-6;
//!
//! assert!(near(Some(figures.total_bits), 13.0));
//! assert_eq!((figures.tokens, figures.oovs, figures.characters), (6, 1, 16));
//! assert!(near(figures.bits_per_token, 13.0 / 6.0));
//! assert!(near(figures.perplexity_including_oovs, 4.489848)); // 2^(13/6)
//! assert!(near(figures.perplexity_excluding_oovs, 4.0)); // without dog, 10 bits over 5 tokens
//! assert!(near(figures.bits_per_character, 13.0 / 16.0));
//! println!("{}", ngram_report::text::report(&report));
//! # Ok::<(), ngram_tokenizer::VocabError>(())
//! ```
//!
//! # Types
//!
//! - [`evaluate()`] a text in memory; [`Evaluation`] reads any number of texts, of any length, and
//!   can write out the score of each token on the way;
//! - [`Report`] and [`Figures`]: every figure; `null` in JSON where there is nothing to compute;
//! - [`Tally`]: the sums that figures are made from, added up in the order of the text, so that
//!   no figure depends on the number of threads;
//! - [`render`]: reports for people, JSON, tables, and the lines that KenLM and SRILM print;
//! - [`information`]: entropy, cross-entropy, KL divergence and mutual information for their own
//!   sake, of distributions, texts and models;
//! - [`english`]: estimates of the entropy of a text by every method, side by side;
//! - [`brown1992`]: an upper bound in which every character of a text is charged;
//! - [`code`]: a text compressed by a model, in as many bits as evaluation reports, and back;
//! - [`documents`]: figures for each document of a text, and which documents to choose by them;
//! - [`Details`]: what is written of each [`Sentence`]; [`Survey`]: what a page shows of a text;
//! - [`explain`]: how the score of each token comes about;
//! - [`Next`]: what a model expects after a history; [`Generator`]: sentences drawn from a model.
//!
//! # What it does not do
//!
//! It does not train, choose or repair a model: probabilities are taken as they come. It does not
//! compare models whose vocabularies differ: of an unknown word only `<unk>` is predicted, not its
//! spelling, so fewer known words make a lower perplexity. [`Report::notes`] says where a figure
//! is not what it seems.

mod attached;
mod blocks;
pub mod compare;
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
pub mod sentence;
pub mod spread;
pub mod tally;
mod words;

pub use error::EvalError;
pub use evaluate::{Evaluation, evaluate};
pub use generate::Generator;
pub use next::Next;
pub use report::{Figures, FileReport, Matched, OpenFigures, Report};
pub use sentence::{Details, Sentence, Token};
pub use spread::Intervals;
pub use tally::{Place, Tally};
