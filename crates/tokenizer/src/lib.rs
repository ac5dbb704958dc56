//! Text to tokens to word ids.
//!
//! A language model predicts one token after another and knows tokens by small numbers. This
//! crate makes both: a [`TokenizerSpec`] cuts a line into tokens, an [`Interner`] numbers and
//! counts them while a text is read, and a [`Vocab`] is the list of words that remains, in which
//! a small number means a frequent word.
//!
//! ```
//! use ngram_tokenizer::{Interner, TokenizerKind, TokenizerSpec, Vocab, WordId};
//!
//! let tokenizer = TokenizerSpec { kind: TokenizerKind::Words, lowercase: true };
//! let mut interner = Interner::new();
//! let mut numbers = Vec::new();
//! tokenizer.tokenize("To be, or not to be.", |token| numbers.push(interner.intern(token)));
//!
//! // <unk> <s> </s> have the numbers 0 1 2, then comes what comes: to be , or not to be .
//! assert_eq!(numbers, [3, 4, 5, 6, 7, 3, 4, 8]);
//! assert_eq!(interner.counts(), [0, 0, 0, 2, 2, 1, 1, 1, 1]);
//!
//! // The same words by falling count, ties by their bytes.
//! let counts = interner.counts();
//! let mut words: Vec<(u64, &str)> = counts.iter().copied().zip(interner.words()).skip(3).collect();
//! words.sort_by(|(count, word), (other, that)| other.cmp(count).then(word.cmp(that)));
//! let vocab = Vocab::new(words.into_iter().map(|(_, word)| word))?;
//! let listed: Vec<&str> = vocab.view().words().collect();
//! assert_eq!(listed, ["<unk>", "<s>", "</s>", "be", "to", ",", ".", "not", "or"]);
//! assert_eq!(vocab.view().id("to"), Some(WordId(4)));
//! assert_eq!(vocab.view().id_or_unknown("question"), WordId::UNKNOWN);
//! # Ok::<(), crate::VocabError>(())
//! ```
//!
//! # Five ways to cut
//!
//! What each [`TokenizerKind`] makes of `Pâté: $3.50.`, its tokens set apart by `|`:
//!
//! ```
//! use ngram_tokenizer::TokenizerKind::{self, *};
//! use ngram_tokenizer::TokenizerSpec;
//!
//! let table: [(TokenizerKind, &str); 5] = [
//!     (Words, "Pâté|:|$|3.50|."),
//!     (Whitespace, "Pâté:|$3.50."),
//!     (Chars, "P|â|t|é|:| |$|3|.|5|0|."),
//!     (Bytes, "P|<0xC3>|<0xA2>|t|<0xC3>|<0xA9>|:|<0x20>|$|3|.|5|0|."),
//!     (Shannon, "p|_|t"),
//! ];
//! for (kind, expected) in table {
//!     let mut tokens = Vec::new();
//!     TokenizerSpec::new(kind).tokenize("Pâté: $3.50.", |token| tokens.push(token.to_owned()));
//!     assert_eq!(tokens.join("|"), expected);
//! }
//! ```
//!
//! Words and white space are cut 64 bytes at a time, in a few nanoseconds a token.
//!
//! # The types
//!
//! - [`TokenizerSpec`], [`TokenizerKind`]: the name of a rule and whether case is folded. Both are
//!   stored in a model, so that the text it is evaluated on is cut like the text it has learnt.
//! - [`HuggingFace`]: the rules of a `tokenizer.json`, which models hold as it was read.
//! - [`Interner`]: words numbered in the order in which they first come, with their counts. Exact,
//!   and about ten nanoseconds a token.
//! - [`WordId`]: the number of a word in a vocabulary. 0, 1 and 2 are `<unk>`, `<s>` and `</s>`
//!   everywhere.
//! - [`Vocab`], [`VocabView`]: the words of a model looked up both ways, as one who owns them and
//!   as one who borrows them from a mapped file.
//! - [`Lookup`]: words to numbers for a whole text, with the frequent ones at hand; [`WordTable`]: all of them in memory,
//!   for texts of a few words.
//! - [`surface`]: what tokens leave out, the space between them and their case, so that a text can be put
//!   together again.
//! - [`prefetch()`]: memory that will be wanted, for all crates.
//! - [`escape`], [`unescape`]: any token as a word without white space, for ARPA files, and back.
//!   A bijection that leaves ordinary words alone.
//!
//! # What it does not do
//!
//! - It reads no file, starts no thread and finds no sentences: a line is a sentence, and lines are
//!   the caller's.
//! - It changes no character but to fold case: no Unicode normalisation, no unification of
//!   quotation marks, no splitting of `can't`.
//! - It learns nothing. Subword units are learnt by their own tools; [`TokenizerKind::HuggingFace`] takes what they
//!   write, with the feature `tokenizers`.
//! - It knows no dictionary: in scripts without spaces, UAX #29 makes a word of each ideograph and
//!   leaves a run of Thai whole.

mod block;
mod bytes;
mod chars;
mod escape;
mod hugging_face;
mod interner;
mod key;
mod lookup;
mod piece;
mod prefetch;
mod shannon;
mod spec;
pub mod surface;
mod vocab;
mod whitespace;
mod word_id;
mod word_table;
mod words;

pub use escape::{escape, unescape};
pub use hugging_face::{HuggingFace, HuggingFaceError, MAX_TOKENIZER_JSON};
pub use interner::{Interner, TooManyWords};
pub use lookup::{Later, Lookup};
pub use piece::Piece;
pub use prefetch::prefetch;
pub use spec::{TokenizerKind, TokenizerSpec, UnknownTokenizer};
pub use surface::{Case, Gap, Surface};
pub use vocab::{SPECIAL_WORDS, Vocab, VocabError, VocabView};
pub use whitespace::{cut, is_separator};
pub use word_id::WordId;
pub use word_table::{Wanted, WordTable};
