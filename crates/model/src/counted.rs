//! The counts that a table was estimated from, to explain the probabilities that it stores.
//!
//! ```text
//! interpolated    p(w|h) = share(c(hw)) + reserved(h) · p(w|h′)        h′ = h without its first word
//! backing off     p(w|h) = share(c(hw))
//! single words    p(w)   = share(c(w)) + reserved / V, or reserved / unseen where only words that were not seen get any
//! ```

use serde::Serialize;

/// The counts that an n-gram's stored probability was estimated from.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Counted {
    /// The n-gram, whose last word is predicted.
    pub ngram: Vec<String>,
    /// Its count, or, if `continuation`, its continuation count; 0 if it was never seen.
    pub count: u64,
    /// Whether continuation counts are used, as in Kneser–Ney smoothing below the highest order.
    pub continuation: bool,
    /// T, the sum of the counts of all words after the history.
    pub total: u64,
    /// N, the number of different words after the history.
    pub types: u64,
    /// The formula for the share of the history's probability that the count earns, with its
    /// numbers; `None` if the model does not record how it is computed.
    pub formula: Option<String>,
    /// The value of the formula.
    pub share: Option<f64>,
    /// The share reserved for the distribution after the shorter history, if this word gets a part of it.
    pub reserved: Option<f64>,
    /// This word's part of the reserved share: its probability after the shorter history, or that of any single word.
    pub lower_probability: Option<f64>,
    /// `share` + `reserved` · `lower_probability`.
    pub probability: Option<f64>,
    /// The probability stored in the model.
    pub stored_probability: f64,
}

impl Counted {
    /// Returns whether the stored probability agrees with the counts, to one in a thousand;
    /// quantized values do not. `None` if the model does not record how it is computed.
    pub fn agrees(&self) -> Option<bool> {
        let found = self.probability?;
        Some((found - self.stored_probability).abs() <= 1e-3 * self.stored_probability)
    }
}
