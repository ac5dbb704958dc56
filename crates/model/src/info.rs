//! A model's metadata: stored in its file, shown by `ngram info`.

use ngram_tokenizer::TokenizerSpec;
use serde::{Deserialize, Serialize};

/// The metadata of a model: what it is, and what it was made from.
///
/// Nothing here depends on the machine, the time, or the number of threads, so the same text always
/// gives the same file.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ModelInfo {
    /// The tokenizer that cuts a text into the model's tokens.
    pub tokenizer: TokenizerSpec,
    /// The smoothing method's name; `None` for a model that was read from an ARPA file.
    pub smoothing: Option<String>,
    /// Each order from 1 to n.
    pub orders: Vec<OrderInfo>,
    /// The training text, if the model was trained from one.
    pub training: Option<TrainingInfo>,
    /// The number of bits that the log-probabilities and back-off weights of each order from 2 on were
    /// quantized to: each takes at most 2 to that power different values. `None` if they were not.
    pub quantization: Option<u8>,
}

/// One order of a model.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OrderInfo {
    /// The number of stored n-grams of this order; order 1 includes every vocabulary word.
    pub ngrams: u64,
    /// n1, n2, n3, n4: the number of n-grams with count 1, 2, 3 and 4, in the method's kind of counts.
    pub counts_of_counts: [u64; 4],
    /// The fitted parameters by name, such as `D1`.
    pub parameters: Vec<(String, f64)>,
    /// If the method was undefined for this order: what was done instead, and why.
    pub note: Option<String>,
}

/// Figures about the training text of a model.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrainingInfo {
    /// Lines, each a sentence.
    pub sentences: u64,
    /// Words and ends of sentences.
    pub tokens: u64,
    /// Distinct words of the text.
    pub types: u64,
    /// Bytes of text.
    pub bytes: u64,
    /// Words read as `<unk>`: those outside a given or limited vocabulary.
    pub unknown: u64,
    /// Words spelled `<s>` or `</s>`, which were skipped like white space.
    pub markers: u64,
    /// Byte sequences that were not UTF-8, each read as U+FFFD.
    pub invalid: u64,
}

impl ModelInfo {
    /// Returns the order n.
    pub fn order(&self) -> usize {
        self.orders.len()
    }
}
