//! How two vocabularies differ.

use ngram_tokenizer::{VocabView, WordId};
use serde::Serialize;

/// So many words are named as examples.
const EXAMPLES: usize = 4;

/// The words that one of two vocabularies has alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct WordsApart {
    /// How many the first has alone.
    pub first_only: u64,
    /// The first few of them, in the order of the vocabulary, which is that of falling frequency where it was counted.
    pub first_examples: Vec<String>,
    /// How many the other has alone.
    pub other_only: u64,
    /// The first few of them.
    pub other_examples: Vec<String>,
}

impl WordsApart {
    /// The differences between two vocabularies.
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

/// The words of `one` that `other` does not have.
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
