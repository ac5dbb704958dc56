//! What a model says of itself: stored with it, shown by `ngram info`.

use ngram_tokenizer::TokenizerSpec;
use serde::{Deserialize, Serialize};

/// What a model is, and what it was made from.
///
/// Nothing in here depends on the machine, the time, or the number of threads, so that the same
/// text always gives the same file.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ModelInfo {
    /// How a text is cut into the model's tokens.
    pub tokenizer: TokenizerSpec,
    /// The smoothing method's name, or `None` for a model that was read from an ARPA file.
    pub smoothing: Option<String>,
    /// Each order from 1 to n.
    pub orders: Vec<OrderInfo>,
    /// The training text, where the model was trained from one.
    pub training: Option<TrainingInfo>,
    /// To how many bits the log-probabilities and back-off weights of each order from 2 on were
    /// quantised: no more than 2 to that power of either differ. `None` if they were not.
    pub quantization: Option<u8>,
}

/// One order of a model.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OrderInfo {
    /// How many n-grams of this order are stored; every vocabulary word counts at order 1.
    pub ngrams: u64,
    /// n1, n2, n3, n4: how many n-grams have count 1, 2, 3 and 4, in the counts of the method.
    pub counts_of_counts: [u64; 4],
    /// The fitted parameters by name, such as `D1`.
    pub parameters: Vec<(String, f64)>,
    /// Where the method was undefined for this order: what was done instead, and why.
    pub note: Option<String>,
}

/// What a model was trained from.
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
    /// Words read as `<unk>`: those outside a vocabulary that was given or cut.
    pub unknown: u64,
    /// Words that read `<s>` or `</s>`, which were passed over like white space.
    pub markers: u64,
    /// Byte sequences that were not UTF-8, each read as U+FFFD.
    pub invalid: u64,
}

impl ModelInfo {
    /// The order n.
    pub fn order(&self) -> usize {
        self.orders.len()
    }
}
