//! The words of a text that the model does not know.

use rustc_hash::FxHashMap;

/// Words in order of first occurrence, each with its share of the probability of `<unk>`.
#[derive(Default)]
pub struct NewWords {
    places: FxHashMap<String, u32>,
    words: Vec<(String, f64)>,
    /// The cumulative sum of the shares, including each word.
    sums: Vec<f64>,
}

impl NewWords {
    /// The number of words.
    pub fn len(&self) -> u32 {
        self.words.len() as u32
    }

    /// Returns the index of a word, from 0.
    pub fn place(&self, word: &str) -> Option<u32> {
        self.places.get(word).copied()
    }

    /// Returns the word at an index and its share.
    pub fn get(&self, place: u32) -> Option<(&str, f64)> {
        self.words.get(place as usize).map(|(word, share)| (word.as_str(), *share))
    }

    /// Adds a word and returns its index.
    pub fn push(&mut self, word: &str, share: f64) -> u32 {
        let place = self.len();
        let sum = self.shares_below(place) + share;
        self.places.insert(word.to_owned(), place);
        self.words.push((word.to_owned(), share));
        self.sums.push(sum);
        place
    }

    /// Returns the sum of the shares of all words before this index; between 0 and 1.
    pub fn shares_below(&self, place: u32) -> f64 {
        (place as usize).checked_sub(1).map_or(0.0, |at| self.sums[at].min(1.0))
    }
}
