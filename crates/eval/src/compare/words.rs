//! How two vocabularies differ.

use ngram_tokenizer::{VocabView, WordId};
use serde::Serialize;

/// The number of words given as examples.
const EXAMPLES: usize = 4;

/// The words that are in only one of two vocabularies.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct WordsApart {
    /// The number of words only in the first.
    pub first_only: u64,
    /// The first few of them, in vocabulary order, which is falling frequency if the vocabulary was
    /// counted.
    pub first_examples: Vec<String>,
    /// The number of words only in the other.
    pub other_only: u64,
    /// The first few of them.
    pub other_examples: Vec<String>,
}

impl WordsApart {
    /// Compares two vocabularies.
    pub fn between(first: VocabView<'_>, other: VocabView<'_>) -> WordsApart {
        let (first_only, first_examples) = alone(first, other);
        let (other_only, other_examples) = alone(other, first);
        WordsApart { first_only, first_examples, other_only, other_examples }
    }

    /// Whether both have the same words.
    pub fn is_none(&self) -> bool {
        self.first_only + self.other_only == 0
    }
}

/// Returns the number of words of `one` that are not in `other`, and a few examples.
fn alone(one: VocabView<'_>, other: VocabView<'_>) -> (u64, Vec<String>) {
    let mut words =
        one.words().skip(WordId::SPECIAL as usize).filter(|word| other.id(word).is_none());
    let examples: Vec<String> = words.by_ref().take(EXAMPLES).map(str::to_owned).collect();
    (examples.len() as u64 + words.count() as u64, examples)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ngram_tokenizer::Vocab;

    #[test]
    fn words_of_one_alone_are_counted_and_named() {
        let one = Vocab::new(["a", "b", "c"]).unwrap();
        let other = Vocab::new(["c", "d", "b", "e", "f", "g", "h"]).unwrap();
        let apart = WordsApart::between(one.view(), other.view());
        assert_eq!((apart.first_only, apart.other_only), (1, 5));
        assert_eq!(apart.first_examples, ["a"]);
        assert_eq!(apart.other_examples, ["d", "e", "f", "g"]);
        let shuffled = Vocab::new(["c", "a", "b"]).unwrap();
        assert!(WordsApart::between(one.view(), shuffled.view()).is_none());
    }
}
