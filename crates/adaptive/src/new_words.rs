//! The words of a text that its model does not know.

use rustc_hash::FxHashMap;

/// Words in the order in which they came, each with what it has of the probability of `<unk>`.
#[derive(Default)]
pub struct NewWords {
    places: FxHashMap<String, u32>,
    words: Vec<(String, f64)>,
    /// The sum of their shares up to and with each.
    sums: Vec<f64>,
}

impl NewWords {
    /// How many there are.
    pub fn len(&self) -> u32 {
        self.words.len() as u32
    }

    /// The place of a word among them, from 0 on.
    pub fn place(&self, word: &str) -> Option<u32> {
        self.places.get(word).copied()
    }

    /// The word at a place, and its share.
    pub fn get(&self, place: u32) -> Option<(&str, f64)> {
        self.words.get(place as usize).map(|(word, share)| (word.as_str(), *share))
    }

    /// Adds a word, and returns its place.
    pub fn push(&mut self, word: &str, share: f64) -> u32 {
        let place = self.len();
        let sum = self.shares_below(place) + share;
        self.places.insert(word.to_owned(), place);
        self.words.push((word.to_owned(), share));
        self.sums.push(sum);
        place
    }

    /// The sum of the shares of all words below this place; between 0 and 1.
    pub fn shares_below(&self, place: u32) -> f64 {
        (place as usize).checked_sub(1).map_or(0.0, |at| self.sums[at].min(1.0))
    }
}
