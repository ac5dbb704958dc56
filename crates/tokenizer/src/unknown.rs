//! Names that no tokenizer of this build has.

/// The name of the kind that not every build has.
pub const WORDS_ICU: &str = "words-icu";

/// The error for the name of a tokenizer that is not in this build, or is none.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum UnknownTokenizer {
    /// There is none.
    #[error(
        "no tokenizer is called {0:?}; known are words, whitespace, chars, bytes, shannon and words-icu"
    )]
    None(String),
    /// The program was built without the feature `words-icu`.
    #[error(
        "words-icu cuts lines by ICU's dictionaries, which are not in this build: build with the feature `words-icu`, as by `cargo install --path . --features words-icu`"
    )]
    LeftOut,
}
