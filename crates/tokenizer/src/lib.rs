//! Text to tokens to word ids.

mod block;
mod bytes;
mod chars;
mod escape;
mod interner;
mod shannon;
mod spec;
mod vocab;
mod whitespace;
mod word_id;
mod words;

pub use escape::{escape, unescape};
pub use interner::{Interner, TooManyWords};
pub use spec::{TokenizerKind, TokenizerSpec, UnknownTokenizer};
pub use vocab::{SPECIAL_WORDS, Vocab, VocabError, VocabView};
pub use word_id::WordId;
