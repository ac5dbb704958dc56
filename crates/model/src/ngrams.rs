//! N-grams of one order as a list: what text formats hold.

use ngram_tokenizer::WordId;

/// The n-grams of one order in any sequence, each with a log-probability and a back-off weight.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ngrams {
    /// The order n.
    pub order: usize,
    /// The words of the n-grams one after another, n each, in the order of the text.
    pub words: Vec<WordId>,
    /// log10 p of each n-gram's last word after the others.
    pub log_probs: Vec<f32>,
    /// log10 of each n-gram's back-off weight as a history; 0 where it has none. Empty for the
    /// highest order.
    pub backoffs: Vec<f32>,
}

impl Ngrams {
    /// How many n-grams there are.
    pub fn len(&self) -> usize {
        self.log_probs.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.log_probs.is_empty()
    }

    /// The words of n-gram number `index`.
    pub fn words(&self, index: usize) -> &[WordId] {
        &self.words[index * self.order..(index + 1) * self.order]
    }
}
