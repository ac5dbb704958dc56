//! What a stored probability was estimated from, as plain numbers.

use serde::Serialize;

/// What an n-gram's stored probability was estimated from.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Counted {
    /// The n-gram, of which the last word is predicted.
    pub ngram: Vec<String>,
    /// How often it came, or, where `continuation`, after how many different words; 0 if never.
    pub count: u64,
    /// Whether different words before it are counted, as Kneser–Ney smoothing does below the highest order.
    pub continuation: bool,
    /// T, the sum of the counts of all words after the history.
    pub total: u64,
    /// N, how many different words these are.
    pub types: u64,
    /// The share of the history's probability that the count has, with its numbers; `None` where the model does not tell
    /// how it is computed.
    pub formula: Option<String>,
    /// What the formula comes to.
    pub share: Option<f64>,
    /// The share that is left to what follows the shorter history, if this word gets a part of it.
    pub reserved: Option<f64>,
    /// The part: the probability of the word after the shorter history, or of any single word.
    pub lower_probability: Option<f64>,
    /// `share` + `reserved` · `lower_probability`.
    pub probability: Option<f64>,
    /// What the model has stored.
    pub stored_probability: f64,
}

impl Counted {
    /// Whether the model has what the counts come to: to one in a thousand, as quantised values do not. `None` where the
    /// model does not tell how it is computed.
    pub fn agrees(&self) -> Option<bool> {
        let found = self.probability?;
        Some((found - self.stored_probability).abs() <= 1e-3 * self.stored_probability)
    }
}
