//! Text to tokens to word ids.

mod bytes;
mod chars;
mod interner;
mod shannon;
mod spec;
mod vocab;
mod whitespace;
mod word_id;
mod words;

pub use interner::Interner;
pub use spec::{TokenizerKind, TokenizerSpec, UnknownTokenizer};
pub use vocab::{SPECIAL_WORDS, Vocab, VocabError, VocabView};
pub use word_id::WordId;
