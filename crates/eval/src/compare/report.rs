//! The result of a comparison, in plain structs.

use super::WordsApart;
use crate::report::Report;
use crate::sampling::Interval;
use serde::Serialize;

/// The result of a comparison. JSON uses the field names below; figures that cannot be compared are
/// `null`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Compared {
    /// The names of the texts.
    pub texts: Vec<String>,
    /// The unit of resampling: `sentence`, `paragraph`, `document`, or `run of N lines`.
    pub by: String,
    /// The number of samples drawn.
    pub samples: usize,
    /// The seed of the random numbers.
    pub seed: u64,
    /// Each model by itself, starting with the first.
    pub models: Vec<ModelReport>,
    /// Each other model compared with the first.
    pub pairs: Vec<Pair>,
}

/// A model by itself.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ModelReport {
    /// Its name.
    pub name: String,
    /// Its figures on the texts.
    #[serde(flatten)]
    pub report: Report,
}

/// The comparison of a model with the first.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Pair {
    /// The first model's name.
    pub first: String,
    /// The other model's.
    pub other: String,
    /// Whether both models gave every token of the text the same probability.
    pub identical: bool,
    /// The number of units sampled from: lines without a token of probability 0, or groups of them.
    pub units: u64,
    /// How many of the units named by `by` were merged into one: 1, or more if there are more than
    /// 10,000.
    pub together: u64,
    /// Lines left out of these figures because one of the models gives a token in them probability
    /// 0.
    pub infinite_lines: u64,
    /// The difference in cross-entropy, in bits per token.
    pub bits_per_token: Option<Difference>,
    /// The other's perplexity including OOVs divided by the first's.
    pub perplexity_including_oovs: Option<PerplexityRatio>,
    /// The other's perplexity excluding OOVs divided by the first's.
    pub perplexity_excluding_oovs: Option<PerplexityRatio>,
    /// The difference in total cost, in bits per character.
    pub bits_per_character: Option<Difference>,
    /// The factor by which the interval widens when the units are runs of 50 lines, if that is more
    /// than chance.
    pub widening: Option<f64>,
    /// Units on which the other model takes fewer bits.
    pub other_better: u64,
    /// Units on which the first model takes fewer bits.
    pub first_better: u64,
    /// Units on which both take the same.
    pub alike: u64,
    /// Tokens by the order of the longest n-gram found in the first model.
    pub by_matched_order: Vec<Share>,
    /// Tokens by the word's unigram probability in the first model.
    pub by_word: Vec<Share>,
    /// The lines that most favour the other model, the strongest first, then those that favour the
    /// first model.
    pub lines: Vec<LineDifference>,
    /// How the vocabularies differ, if the tokenizers are the same.
    pub words: Option<WordsApart>,
    /// Why figures that are `None` cannot be compared, in sentences.
    pub reasons: Vec<String>,
}

/// A figure under two models, and their difference.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// The first model's.
    pub first: f64,
    /// The other model's.
    pub other: f64,
    /// `other` − `first`: below 0, the other is better.
    pub difference: f64,
    /// Its standard error; `None` for a single unit.
    pub standard_error: Option<f64>,
    /// Its 95 % interval; `None` for a single unit.
    pub interval: Option<Interval>,
    /// The p-value of the sign-flip test: how likely so large a difference is by chance; `None` for
    /// a single unit.
    pub p_value: Option<f64>,
}

/// A perplexity under two models, and their ratio.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PerplexityRatio {
    /// The first model's.
    pub first: f64,
    /// The other model's.
    pub other: f64,
    /// `other` / `first`: below 1, the other is better.
    pub ratio: f64,
    /// Its 95 % interval; `None` for a single unit.
    pub interval: Option<Interval>,
}

/// The share of one kind of token in the difference.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Share {
    /// The kind of token.
    pub kind: String,
    /// The number of tokens.
    pub tokens: u64,
    /// The first model's bits per token.
    pub first: f64,
    /// The other model's.
    pub other: f64,
    /// (`other` − `first`) · `tokens` / all tokens, in bits per token of the text: these sum to the
    /// whole difference.
    pub of_difference: f64,
}

/// A line on which two models differ.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LineDifference {
    /// The name of the text.
    pub file: String,
    /// The line number, from 1.
    pub line: u64,
    /// The line itself.
    pub text: String,
    /// The first model's bits.
    pub first: f64,
    /// The other model's.
    pub other: f64,
}
