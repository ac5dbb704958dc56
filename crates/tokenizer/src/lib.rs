//! Text to tokens to word ids.
//!
//! A language model predicts one token after another and knows tokens by small numbers. This crate
//! makes both: a [`TokenizerSpec`] cuts a line into tokens, an [`Interner`] numbers and counts them
//! while a text is read, and a [`Vocab`] is the list of the words that are kept, frequent words first.
//!
//! - **In**: lines of text, as `&str`.
//! - **Out**: tokens, word ids, a vocabulary that looks words up both ways; the gaps and cases that
//!   tokens leave out.
//! - **Never**: other crates of the workspace, files, threads.
//!
//! # Example
//!
//! ```
//! use ngram_tokenizer::{Interner, TokenizerKind, TokenizerSpec, Vocab, WordId};
//!
//! let tokenizer = TokenizerSpec { kind: TokenizerKind::Words, lowercase: true };
//! let mut interner = Interner::new();
//! let mut numbers = Vec::new();
//! tokenizer.tokenize("To be, or not to be.", |token| numbers.push(interner.intern(token)));
//!
//! // <unk>, <s> and </s> are 0, 1 and 2. The rest are numbered as they come: to be , or not .
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
//! # Ok::<(), ngram_tokenizer::VocabError>(())
//! ```
//!
//! # Five ways to cut
//!
//! What each [`TokenizerKind`] makes of `Pâté: $3.50.`, with `|` between tokens:
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
//! Words and white space are cut 64 bytes at a time, in a few nanoseconds per token.
//!
//! # Types
//!
//! - [`TokenizerSpec`], [`TokenizerKind`]: the name of a rule, and whether case is folded. Every model
//!   stores both, so that the text it is evaluated on is cut like the text it was trained on.
//! - [`PieceFile`]: the rules of a `tokenizer.json` or of a SentencePiece model, which models store byte for byte.
//! - [`Interner`]: words numbered in order of first appearance, with their counts. Exact, and about ten
//!   nanoseconds per token.
//! - [`WordId`]: the number of a word in a vocabulary. 0, 1 and 2 are always `<unk>`, `<s>` and `</s>`.
//! - [`Vocab`], [`VocabView`]: the words of a model, owned, or borrowed from a mapped file.
//! - [`Lookup`]: words to ids for a long text, with a cache of the frequent ones; [`WordTable`]: all
//!   words in one hash table in memory.
//! - [`surface`]: what tokens leave out, the space between them and their case, so that a text can be
//!   put together again.
//! - [`prefetch()`]: asks the processor for memory that is needed soon.
//! - [`escape()`], [`unescape`]: any token as a word without white space, as in ARPA files, and back. A
//!   bijection that leaves ordinary words alone.
//!
//! # Plugging in
//!
//! A tokenizer is a file beside `words.rs`, and a variant of [`TokenizerKind`] with its name in
//! `TokenizerKind::ALL`. Add variants at the end: model files store their numbers.
//!
//! # What it does not do
//!
//! - It reads no file, starts no thread and splits no sentences: every line is one sentence, and the
//!   caller supplies the lines.
//! - It changes no character except to fold case: it neither normalises Unicode, nor unifies quotation
//!   marks, nor splits `can't`.
//! - It learns nothing. Subword units are learnt by other tools; [`TokenizerKind::PieceFile`] takes what they
//!   write: models of SentencePiece, and `tokenizer.json` with the feature `tokenizers`.
//! - It has no dictionary: in scripts without spaces, UAX #29 makes every ideograph, every hiragana and
//!   every Thai, Lao, Khmer or Burmese letter, with its marks, a word of its own; only katakana stay together.
//!   [`TokenizerKind::WordsIcu`] has one, with the feature `words-icu`.

mod block;
mod bytes;
mod chars;
mod escape;
mod interner;
mod key;
mod lookup;
mod piece;
mod piece_file;
mod prefetch;
mod shannon;
mod spaceless;
mod spec;
pub mod surface;
mod unknown;
mod vocab;
mod whitespace;
mod word_id;
mod word_table;
mod words;
#[cfg(feature = "words-icu")]
mod words_icu;

pub use escape::{escape, unescape};
pub use interner::{Interner, TooManyWords};
pub use lookup::{Later, Lookup};
pub use piece::Piece;
pub use piece_file::{MAX_PIECE_FILE, PieceFile, PieceFileError};
pub use prefetch::prefetch;
pub use spaceless::is_spaceless_letter;
pub use spec::{TokenizerKind, TokenizerSpec};
pub use surface::{Case, Gap, Surface};
pub use unknown::UnknownTokenizer;
pub use vocab::{SPECIAL_WORDS, Vocab, VocabError, VocabView};
pub use whitespace::{cut, is_separator};
pub use word_id::WordId;
pub use word_table::{Wanted, WordTable};
