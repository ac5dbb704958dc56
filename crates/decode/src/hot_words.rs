//! Words that are to be preferred.

/// Hot words with their bonus. Of a phrase, each word is one, wherever it stands.
#[derive(Clone, Debug)]
pub struct HotWords {
    /// Sorted, with its number of characters.
    words: Vec<(String, usize)>,
    weight: f64,
}

impl HotWords {
    /// Prefers each of these words, and each word of these phrases, by `weight`, in natural logarithms.
    pub fn new<'w>(phrases: impl IntoIterator<Item = &'w str>, weight: f64) -> HotWords {
        let words = phrases.into_iter().flat_map(str::split_whitespace);
        let mut words: Vec<_> = words.map(|word| (word.to_owned(), word.chars().count())).collect();
        words.sort();
        words.dedup();
        HotWords { words, weight }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Returns the bonus of a whole word.
    pub(crate) fn word(&self, word: &str) -> f64 {
        let found = self.words.binary_search_by(|(hot, _)| hot.as_str().cmp(word));
        found.map_or(0.0, |_| self.weight)
    }

    /// Returns the bonus of the beginning of a word: a share of the whole, by how much of the shortest hot word that
    /// begins so is there; `None` if none does.
    pub(crate) fn part(&self, part: &str) -> Option<f64> {
        let from = self.words.partition_point(|(word, _)| word.as_str() < part);
        let begun = self.words[from..].iter().take_while(|(word, _)| word.starts_with(part));
        let shortest = begun.map(|(_, length)| *length).min()?;
        Some(self.weight * part.chars().count() as f64 / shortest as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_their_beginnings_count() {
        let hot = HotWords::new(["new york", "cat", "cats"], 10.0);
        assert_eq!([hot.word("cat"), hot.word("york"), hot.word("ca")], [10.0, 10.0, 0.0]);
        assert_eq!(hot.part("ca"), Some(10.0 * 2.0 / 3.0));
        assert_eq!(hot.part("cats"), Some(10.0));
        assert_eq!(hot.part("yo"), Some(5.0));
        assert_eq!(hot.part("dog"), None);
        assert!(HotWords::new([" "], 10.0).is_empty());
    }
}
