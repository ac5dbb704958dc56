//! A scored sentence, and the traits of code that inspects one.

use ngram_model::{LogProb, Score};
use ngram_tokenizer::WordId;
use std::f64::consts::LOG2_10;

/// A line of text with the score of each of its tokens.
pub struct Sentence<'a> {
    /// The name of the text.
    pub file: &'a str,
    /// The line number, from 1.
    pub line: u64,
    /// Whether the line holds nothing but white space.
    pub blank: bool,
    /// The words in the order of the text, then `</s>`.
    pub tokens: &'a [Token<'a>],
}

/// A word of the text, or `</s>`, with its score.
#[derive(Clone, Copy)]
pub struct Token<'a> {
    /// The word as the tokenizer cut it; `</s>` at the end of a sentence.
    pub word: &'a str,
    /// Its id in the model's vocabulary.
    pub id: WordId,
    /// Its score given the words before it.
    pub score: Score,
}

impl Token<'_> {
    /// Whether the word is out of vocabulary (OOV).
    pub fn is_oov(&self) -> bool {
        self.id == WordId::UNKNOWN
    }

    /// Returns `oov` for an out-of-vocabulary word, `end` for `</s>`, and `word` otherwise.
    pub fn kind(&self) -> &'static str {
        match self.id {
            WordId::UNKNOWN => "oov",
            WordId::END => "end",
            _ => "word",
        }
    }

    /// Whether the model gives the token probability 0.
    pub fn is_zero(&self) -> bool {
        self.score.log_prob == LogProb::ZERO
    }
}

impl Sentence<'_> {
    /// The sum of the tokens' information, −log2 p, in bits.
    pub fn bits(&self) -> f64 {
        // Adding zero drops the sign of a negative zero.
        -self.log10_prob() * LOG2_10 + 0.0
    }

    /// The number of words, without `</s>`.
    pub fn words(&self) -> u64 {
        self.tokens.len() as u64 - 1
    }

    /// The number of OOVs.
    pub fn oovs(&self) -> u64 {
        self.tokens.iter().filter(|token| token.is_oov()).count() as u64
    }

    /// The sum of the tokens' log10 probabilities; minus infinity if one has probability 0.
    pub fn log10_prob(&self) -> f64 {
        self.tokens.iter().map(|token| token.score.log_prob.log10()).sum()
    }
}

/// Formats the details of each sentence. Called from several threads at once; the output reaches
/// the writer in text order.
pub trait Details: Sync {
    /// Appends the details of one sentence to `out`.
    fn sentence(&self, sentence: &Sentence<'_>, out: &mut String);
}

/// Inspects each scored sentence. Called from several threads at once.
pub trait Observer: Sync {
    /// Notes on consecutive sentences.
    type Notes: Default + Send;

    /// Adds one sentence to the notes.
    fn observe(&self, sentence: &Sentence<'_>, notes: &mut Self::Notes);
}

impl Observer for dyn Details + '_ {
    type Notes = String;

    fn observe(&self, sentence: &Sentence<'_>, notes: &mut String) {
        self.sentence(sentence, notes);
    }
}
