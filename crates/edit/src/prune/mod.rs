//! Pruning: a model with fewer n-grams, that loses as little as it can.
//!
//! An n-gram hw that goes leaves its probability to backing off, and the back-off weight of h is
//! computed anew, so that all sums to 1 as before. A [`Criterion`] says what is lost by that; the
//! n-grams that lose least go first.
//!
//! | method | what is lost with hw |
//! |---|---|
//! | [`relative_entropy`] | the relative change of the training text's perplexity (Stolcke 1998) |
//! | [`weighted_difference`] | c(hw) · (log10 p(w∣h) − log10 p′(w∣h)) (Seymore and Rosenfeld 1996) |
//! | [`kneser_ney`] | log10 of the training text's probability, counts passed on to shorter histories (Siivola et al. 2007) |
//!
//! Losses are those in the whole model, so one list of them gives every threshold: that of a number
//! of n-grams or of a file size is found by looking, and nothing is pruned twice. An n-gram stays while
//! a longer one needs it: one that begins with it, or, as a history, ends with it. What an n-gram is
//! *worth* is the largest loss among its own and those of all that need it; n-grams stay that are
//! worth the threshold or more.
//!
//! The first two start from any model. Kneser–Ney's lower orders are estimated from what higher
//! ones leave (continuation counts), which is not so any more once n-grams are gone; the third starts
//! from counts, and estimates the model anew. For the first two, the probability of histories can be
//! taken from a model of another kind (Chelba et al. 2010).
//!
//! A new method is a file here, and a line in [`METHODS`].

pub mod cut;
mod losses;
pub mod prefixes;
mod pruner;
pub mod relative_entropy;
pub mod target;
pub mod weighted_difference;
pub mod worth;

pub use pruner::{PruneError, Pruned, Pruner};
pub use target::{NoThreshold, Target};

/// Every method that starts from a model, the default first.
pub static METHODS: [&dyn Criterion; 2] =
    [&relative_entropy::RelativeEntropy, &weighted_difference::WeightedDifference];

/// A measure of what is lost with an n-gram.
pub trait Criterion: Sync {
    /// The name on the command line, such as `relative-entropy`.
    fn name(&self) -> &'static str;

    /// What is lost. What is not a number, as where backing off gives probability 0, is taken as
    /// infinite.
    fn loss(&self, of: &Known) -> f64;
}

/// What is known of a stored n-gram hw. Logarithms are to base 10; h′ is h without its first word.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    /// log10 P(h).
    pub history: f32,
    /// log10 p(w|h).
    pub log_prob: f32,
    /// log10 p(w|h′).
    pub lower: f32,
    /// log10 of the back-off weight of h.
    pub backoff: f32,
    /// 1 − Σ p(v|h), over all v stored after h.
    pub left: f64,
    /// 1 − Σ p(v|h′), over the same v.
    pub free: f64,
    /// T, the tokens of the training text; 1 if the model does not say.
    pub tokens: f64,
}

/// The method of this name.
///
/// # Errors
///
/// If there is none.
pub fn by_name(name: &str) -> Result<&'static dyn Criterion, UnknownCriterion> {
    let found = METHODS.into_iter().find(|method| method.name() == name);
    found.ok_or_else(|| UnknownCriterion(name.to_owned()))
}

/// A pruning method that is not known.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("no pruning is called {0:?}; known are {known}", known = METHODS.map(|m| m.name()).join(", "))]
pub struct UnknownCriterion(String);
