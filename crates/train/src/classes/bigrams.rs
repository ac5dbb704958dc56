//! Bigram counts, readable in both directions.

use super::ClassesError;
use ngram_counts::{NgramCounts, Shard};
use ngram_tokenizer::WordId;
use std::ops::Range;

/// How often each word follows each other word. Lists, for every word, the words after it and before it.
///
/// Takes 16 bytes per distinct bigram, and 16 per word.
pub struct Bigrams {
    after: Lists,
    before: Lists,
    /// How often each word is the first of a bigram, and the second.
    firsts: Vec<u64>,
    seconds: Vec<u64>,
    total: u32,
}

/// A list of neighbours for each word.
#[derive(Default)]
struct Lists {
    starts: Vec<usize>,
    words: Vec<u32>,
    counts: Vec<u32>,
}

impl Lists {
    fn range(&self, word: usize) -> Range<usize> {
        self.starts[word]..self.starts[word + 1]
    }

    fn of(&self, word: usize) -> impl Iterator<Item = (usize, u32)> {
        let range = self.range(word);
        let words = self.words[range.clone()].iter().map(|&word| word as usize);
        words.zip(self.counts[range].iter().copied())
    }

    /// Returns the same pairs, listed by the other word.
    fn turned(&self) -> Lists {
        let words = self.starts.len() - 1;
        let mut starts = vec![0; words + 1];
        self.words.iter().for_each(|&word| starts[word as usize + 1] += 1);
        for word in 0..words {
            starts[word + 1] += starts[word];
        }
        let mut next = starts.clone();
        let mut turned =
            Lists { starts, words: vec![0; self.words.len()], counts: vec![0; self.words.len()] };
        for first in 0..words {
            for (second, count) in self.of(first) {
                turned.words[next[second]] = first as u32;
                turned.counts[next[second]] = count;
                next[second] += 1;
            }
        }
        turned
    }
}

impl Bigrams {
    /// Takes raw counts of order 2.
    ///
    /// # Errors
    ///
    /// [`ClassesError::Order`] if the counts are of another order; [`ClassesError::TooLong`] if there
    /// are more than 4,294,967,295 bigrams; or if counts in a temporary file cannot be read back.
    pub fn new<M>(counts: NgramCounts<M>) -> Result<Bigrams, ClassesError> {
        if counts.order != 2 {
            return Err(ClassesError::Order(counts.order));
        }
        let words = counts.unigrams.len();
        let mut after = Lists::default();
        after.starts.reserve(words + 1);
        after.starts.push(0);
        for Shard { first_word, levels } in counts.shards.into_vec()? {
            after.starts.resize(first_word as usize + 1, after.words.len());
            let base = after.words.len();
            let level = &levels[0];
            after.starts.extend(level.successor_ends.iter().map(|&end| base + end as usize));
            after.words.extend_from_slice(&level.successor_words);
            after.counts.extend_from_slice(&level.successor_counts);
        }
        after.starts.resize(words + 1, after.words.len());
        Bigrams::from_lists(after)
    }

    fn from_lists(after: Lists) -> Result<Bigrams, ClassesError> {
        let before = after.turned();
        let sums = |lists: &Lists| -> Vec<u64> {
            let of = |word| lists.counts[lists.range(word)].iter().map(|&count| u64::from(count));
            (0..lists.starts.len() - 1).map(|word| of(word).sum()).collect()
        };
        let (firsts, seconds) = (sums(&after), sums(&before));
        let total: u64 = firsts.iter().sum();
        let total = u32::try_from(total).map_err(|_| ClassesError::TooLong(total))?;
        Ok(Bigrams { after, before, firsts, seconds, total })
    }

    /// Returns the number of words, including `<unk>`, `<s>` and `</s>`.
    pub fn words(&self) -> usize {
        self.firsts.len()
    }

    /// Returns the number of words that can be put into classes: all but `<unk>`, `<s>` and `</s>`.
    pub fn free_words(&self) -> usize {
        self.words() - WordId::SPECIAL as usize
    }

    /// Returns the number of bigrams in the text: one per token, including ends of sentences.
    pub fn total(&self) -> u32 {
        self.total
    }

    /// Returns the number of distinct bigrams.
    pub fn distinct(&self) -> usize {
        self.after.words.len()
    }

    /// Returns the words after a word, with counts.
    pub fn after(&self, word: usize) -> impl Iterator<Item = (usize, u32)> {
        self.after.of(word)
    }

    /// Returns the words before a word, with counts.
    pub(super) fn before(&self, word: usize) -> impl Iterator<Item = (usize, u32)> {
        self.before.of(word)
    }

    /// Returns the number of neighbours of a word, on both sides.
    pub(super) fn neighbours(&self, word: usize) -> usize {
        self.after.range(word).len() + self.before.range(word).len()
    }

    /// Returns how often a word is the first of a bigram.
    pub fn first(&self, word: usize) -> u64 {
        self.firsts[word]
    }

    /// Returns how often a word is the second of a bigram; except for `<s>`, this is its frequency.
    pub fn second(&self, word: usize) -> u64 {
        self.seconds[word]
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use ngram_counts::{Corpus, CountOptions, Ids, VocabRule};
    use ngram_input::Text;
    use ngram_store::Resources;
    use ngram_tokenizer::{TokenizerKind, TokenizerSpec};

    /// Counts the bigrams of a text split at white space.
    pub fn bigrams(text: &str) -> Bigrams {
        let texts = [Text::bytes("text", text.into())];
        let tokenizer = TokenizerSpec::new(TokenizerKind::Whitespace);
        let resources = Resources::default();
        let corpus = Corpus::read(&texts, &tokenizer, &VocabRule::All, &resources, &()).unwrap();
        let counts = NgramCounts::count(Ids::from(&corpus), &CountOptions::new(2), &()).unwrap();
        Bigrams::new(counts).unwrap()
    }

    #[test]
    fn neighbours_are_listed_on_both_sides() {
        // 1 <s>, 2 </s>, 3 a, 4 b
        let bigrams = bigrams("a b a b a\nb a\n");
        assert_eq!((bigrams.words(), bigrams.total(), bigrams.distinct()), (5, 9, 5));
        assert_eq!(bigrams.after(3).collect::<Vec<_>>(), [(2, 2), (4, 2)]);
        assert_eq!(bigrams.before(3).collect::<Vec<_>>(), [(1, 1), (4, 3)]);
        assert_eq!((bigrams.first(1), bigrams.second(1)), (2, 0));
        assert_eq!((bigrams.first(2), bigrams.second(2)), (0, 2));
        assert_eq!((bigrams.first(4), bigrams.second(4), bigrams.neighbours(4)), (3, 3, 3));
    }
}
