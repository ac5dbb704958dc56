//! Cuts lines by a `tokenizer.json`, the file format of Hugging Face's `tokenizers`, with the feature of that name.
//!
//! Tokens are spelled as in the file: `Ġthe`, `##ing`, `▁the`. Some parts of the file are ignored because a language
//! model has no use for them: truncation and padding, the special tokens that a post-processor puts around a text,
//! and dropout, which cuts the same line in different ways.
//!
//! A piece unknown to the file, its `[UNK]` or `<unk>`, is [`WordId::UNKNOWN`](crate::WordId::UNKNOWN) like
//! every unknown word. It hides the text, which is accounted for as with any other unknown word.

#[cfg(feature = "tokenizers")]
mod cutter;
#[cfg(not(feature = "tokenizers"))]
#[path = "left_out.rs"]
mod cutter;
#[cfg(feature = "tokenizers")]
mod settings;
#[cfg(feature = "tokenizers")]
mod spelling;
#[cfg(all(test, feature = "tokenizers"))]
mod tests;

pub use cutter::Cutter;
