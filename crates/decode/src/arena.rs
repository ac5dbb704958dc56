//! What the texts of a search have in common, kept once: words, texts, beginnings of words, frames.

use rustc_hash::FxHashMap;

/// The empty part of a word, or text.
pub const EMPTY: u32 = 0;

/// Beginnings of words: each is a shorter one and one more label.
pub struct WordParts {
    texts: Vec<Box<str>>,
    longer: FxHashMap<(u32, u32), u32>,
    numbers: FxHashMap<Box<str>, u32>,
    /// What each costs, once it is known.
    scores: Vec<Option<f64>>,
}

impl WordParts {
    pub fn new() -> WordParts {
        let numbers = FxHashMap::from_iter([("".into(), EMPTY)]);
        WordParts {
            texts: vec!["".into()],
            longer: FxHashMap::default(),
            numbers,
            scores: vec![None],
        }
    }

    /// Returns a part with a label's text after it. Parts of one spelling are one, whatever labels spell it.
    pub fn append(&mut self, part: u32, label: u32, text: &str) -> u32 {
        if let Some(&found) = self.longer.get(&(part, label)) {
            return found;
        }
        let whole: Box<str> = format!("{}{text}", self.texts[part as usize]).into();
        let next = self.texts.len() as u32;
        let number = *self.numbers.entry(whole.clone()).or_insert(next);
        if number == next {
            self.texts.push(whole);
            self.scores.push(None);
        }
        self.longer.insert((part, label), number);
        number
    }

    pub fn text(&self, part: u32) -> &str {
        &self.texts[part as usize]
    }

    /// Returns the score of a part, computed once.
    pub fn score(&mut self, part: u32, compute: impl FnOnce(&str) -> f64) -> f64 {
        *self.scores[part as usize].get_or_insert_with(|| compute(&self.texts[part as usize]))
    }
}

/// TextNodes: each is a shorter one and one more word.
pub struct TextNodes<S> {
    nodes: Vec<TextNode<S>>,
    longer: FxHashMap<(u32, u32), u32>,
}

/// A text with its scores.
pub struct TextNode<S> {
    before: u32,
    /// Its last word, as a part.
    pub word: u32,
    /// What the model says of its words, with the bonus of hot words.
    pub score: f64,
    pub state: S,
}

impl<S> TextNodes<S> {
    pub fn new(state: S) -> TextNodes<S> {
        let empty = TextNode { before: EMPTY, word: EMPTY, score: 0.0, state };
        TextNodes { nodes: vec![empty], longer: FxHashMap::default() }
    }

    pub fn get(&self, text: u32) -> &TextNode<S> {
        &self.nodes[text as usize]
    }

    pub fn find(&self, text: u32, word: u32) -> Option<u32> {
        self.longer.get(&(text, word)).copied()
    }

    pub fn add(&mut self, before: u32, word: u32, score: f64, state: S) -> u32 {
        let number = self.nodes.len() as u32;
        self.nodes.push(TextNode { before, word, score, state });
        self.longer.insert((before, word), number);
        number
    }

    /// Returns the words of a text.
    pub fn words(&self, mut text: u32) -> Vec<u32> {
        let mut words = Vec::new();
        while text != EMPTY {
            words.push(self.get(text).word);
            text = self.get(text).before;
        }
        words.reverse();
        words
    }

    /// Returns the last words of a text, `most` at most, as a number that is the same for the same words.
    pub fn last(&self, mut text: u32, most: usize, into: &mut Vec<u32>) {
        into.clear();
        while text != EMPTY && into.len() < most {
            into.push(self.get(text).word);
            text = self.get(text).before;
        }
    }
}

/// The frames of words: each list is a shorter one and one more word's.
pub struct Frames(Vec<(u32, u32, u32)>);

/// No frames.
pub const NO_FRAMES: u32 = u32::MAX;

impl Frames {
    pub fn new() -> Frames {
        Frames(Vec::new())
    }

    pub fn add(&mut self, before: u32, (start, end): (u32, u32)) -> u32 {
        self.0.push((before, start, end));
        self.0.len() as u32 - 1
    }

    pub fn list(&self, mut last: u32) -> Vec<(u32, u32)> {
        let mut list = Vec::new();
        while let Some(&(before, start, end)) = self.0.get(last as usize) {
            list.push((start, end));
            last = before;
        }
        list.reverse();
        list
    }
}
