//! What a comparison found, in plain structs.

use super::WordsApart;
use crate::report::Report;
use crate::sampling::Interval;
use serde::Serialize;

/// What a comparison found. As JSON its fields have the names they have here; what cannot be compared is `null`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Compared {
    /// The names of the texts.
    pub texts: Vec<String>,
    /// What was drawn anew: `sentence`, `paragraph`, `document`, or `run of N lines`.
    pub by: String,
    /// How many samples were drawn.
    pub samples: usize,
    /// What the random numbers started from.
    pub seed: u64,
    /// Each model by itself, the first first.
    pub models: Vec<ModelReport>,
    /// Each other model beside the first.
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

/// A model beside the first.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Pair {
    /// The first model's name.
    pub first: String,
    /// The other's.
    pub other: String,
    /// Whether both gave every token of the text the same probability.
    pub identical: bool,
    /// How many units were drawn from: lines without a token of probability 0, or what they were put together to.
    pub units: u64,
    /// How many of what `by` names make a unit: 1, or more where there are more than 10,000 of them.
    pub together: u64,
    /// Lines that are in none of these figures, as one of the models gives a token of them probability 0.
    pub infinite_lines: u64,
    /// Of the cross-entropy, in bits a token.
    pub bits_per_token: Option<Difference>,
    /// The other's perplexity including OOVs divided by the first's.
    pub perplexity_including_oovs: Option<PerplexityRatio>,
    /// The other's perplexity excluding OOVs divided by the first's.
    pub perplexity_excluding_oovs: Option<PerplexityRatio>,
    /// Of all that is paid for, in bits per character.
    pub bits_per_character: Option<Difference>,
    /// How many times as wide the interval is if lines are taken in runs of 50, where that is more than chance.
    pub widening: Option<f64>,
    /// Units on which the other model takes fewer bits.
    pub other_better: u64,
    /// Units on which the first does.
    pub first_better: u64,
    /// Units on which neither does.
    pub alike: u64,
    /// Tokens by the order of the longest n-gram that the first model had.
    pub by_matched_order: Vec<Share>,
    /// Tokens by how probable the word is by itself, to the first model.
    pub by_word: Vec<Share>,
    /// The lines that speak most for the other model, the strongest first, then those for the first.
    pub lines: Vec<LineDifference>,
    /// How the vocabularies differ, where the tokenizers are the same.
    pub words: Option<WordsApart>,
    /// Why what is `None` cannot be compared, in sentences.
    pub reasons: Vec<String>,
}

/// A figure of two models.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// The first model's.
    pub first: f64,
    /// The other's.
    pub other: f64,
    /// `other` − `first`: below 0, the other is better.
    pub difference: f64,
    /// Its standard error; `None` of one unit.
    pub standard_error: Option<f64>,
    /// Its 95 % interval; `None` of one unit.
    pub interval: Option<Interval>,
    /// How likely a difference as large would come of chance, by changing signs; `None` of one unit.
    pub p_value: Option<f64>,
}

/// A perplexity of two models.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PerplexityRatio {
    /// The first model's.
    pub first: f64,
    /// The other's.
    pub other: f64,
    /// `other` / `first`: below 1, the other is better.
    pub ratio: f64,
    /// Its 95 % interval; `None` of one unit.
    pub interval: Option<Interval>,
}

/// What tokens of one kind have of the difference.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Share {
    /// Which tokens.
    pub kind: String,
    /// How many.
    pub tokens: u64,
    /// The first model's bits for each.
    pub first: f64,
    /// The other's.
    pub other: f64,
    /// (`other` − `first`) · `tokens` / all tokens, in bits a token of the text: these sum to the whole difference.
    pub of_difference: f64,
}

/// A line on which two models differ.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LineDifference {
    /// The name of the text.
    pub file: String,
    /// Which line of it: the first is 1.
    pub line: u64,
    /// The line itself.
    pub text: String,
    /// The first model's bits.
    pub first: f64,
    /// The other's.
    pub other: f64,
}
