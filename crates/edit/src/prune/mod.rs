//! Pruning: makes a model smaller with as little loss as possible.
//!
//! When an n-gram hw is pruned, it gets the probability of backing off, and the back-off weight of
//! h is recomputed so that all sums to 1 again. A [`Criterion`] measures the loss; the n-grams with
//! the smallest losses go first.
//!
//! | method | loss of pruning hw |
//! |---|---|
//! | [`relative_entropy`] | the relative change of the training text's perplexity (Stolcke 1998) |
//! | [`weighted_difference`] | c(hw) · (log10 p(w∣h) − log10 p′(w∣h)) (Seymore and Rosenfeld 1996) |
//! | `ngram_train::prune_counts` | log10 of the training text's probability, counts passed on to shorter histories (Siivola et al. 2007) |
//!
//! Losses are those in the whole model, so a single list of them gives every threshold: the one for a number of
//! n-grams or a file size is looked up, and nothing is pruned twice. An n-gram stays while a longer one needs
//! it: one that begins with it, or whose history ends with it. The *worth* of an n-gram is the largest loss
//! among its own and those of all n-grams that need it. N-grams worth the threshold or more stay.
//!
//! The first two methods work on any model. Kneser–Ney's lower orders are estimated from what the
//! higher ones leave (continuation counts), which is no longer right when n-grams are pruned; so
//! the third method starts from counts and re-estimates the model, as part of training. For the
//! first two, the probabilities of histories can come from a model of another kind (Chelba et al.
//! 2010).
//!
//! To add a method, add a file here and a line in [`METHODS`].

pub mod cut;
mod losses;
pub mod low;
pub mod prefixes;
mod pruner;
pub mod relative_entropy;
pub mod target;
pub mod weighted_difference;
pub mod worth;

pub use pruner::{PruneError, Pruned, Pruner};
pub use target::{NoThreshold, Target};

/// Every method that works on a model, the default first.
pub static METHODS: [&dyn Criterion; 2] =
    [&relative_entropy::RelativeEntropy, &weighted_difference::WeightedDifference];

/// A measure of the loss of pruning an n-gram.
pub trait Criterion: Sync {
    /// The name on the command line, such as `relative-entropy`.
    fn name(&self) -> &'static str;

    /// Returns the loss. NaN, as when backing off gives probability 0, counts as infinity.
    fn loss(&self, of: &Known) -> f64;
}

/// The numbers from which the loss of a stored n-gram hw is computed. Logarithms are to base 10; h′
/// is h without its first word.
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
    /// T, the tokens of the training text; 1 if the model does not record it.
    pub tokens: f64,
}

/// Returns the method of this name.
///
/// # Errors
///
/// If there is none.
pub fn by_name(name: &str) -> Result<&'static dyn Criterion, UnknownCriterion> {
    let found = METHODS.into_iter().find(|method| method.name() == name);
    found.ok_or_else(|| UnknownCriterion(name.to_owned()))
}

/// An unknown pruning method.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("no pruning is called {0:?}; known are {known}", known = METHODS.map(|m| m.name()).join(", "))]
pub struct UnknownCriterion(String);
