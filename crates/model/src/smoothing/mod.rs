//! Smoothing methods: what share of a history's probability goes to what was seen after it.
//!
//! A method is one small function: the share of a successor seen `c` times after a history whose
//! counts sum to T over N distinct successors. What the shares leave is reserved for the lower
//! order, and that is computed by the engine, so that a method cannot break normalisation:
//!
//! ```text
//! p(w|h) = share(c(hw)) + reserved(h) · p(w|h′)        h′ = h without its first word
//! ```
//!
//! | method | share | counts below the highest order |
//! |---|---|---|
//! | [`maximum_likelihood`] | c / T | raw |
//! | [`witten_bell`] | c / (T + N) | raw |
//! | [`absolute`] | (c − D) / T | raw |
//! | [`kneser_ney`] | (c − D) / T | continuation |
//! | [`modified_kneser_ney`] | (c − D(c)) / T, with D1, D2, D3+ | continuation |
//!
//! A new method is a file here with its golden numbers, and a line in [`METHODS`].

pub mod absolute;
pub mod kneser_ney;
pub mod maximum_likelihood;
pub mod modified_kneser_ney;
pub mod witten_bell;

use ngram_counts::{CountsOfCounts, LowerOrders};

/// Every method, the default first.
pub static METHODS: [&dyn Smoothing; 5] = [
    &modified_kneser_ney::ModifiedKneserNey,
    &kneser_ney::KneserNey,
    &absolute::AbsoluteDiscounting,
    &witten_bell::WittenBell,
    &maximum_likelihood::MaximumLikelihood,
];

/// A way to estimate probabilities from counts.
pub trait Smoothing: Sync {
    /// The name on the command line and in model files, such as `modified-kneser-ney`.
    fn name(&self) -> &'static str;

    /// What the n-grams below the highest order are counted by.
    fn lower_orders(&self) -> LowerOrders;

    /// Fits the method to the counts-of-counts of one order. Never fails: where the counts leave a
    /// parameter undefined, another method takes its place for this order and the note says so.
    fn fit(&self, counts: &CountsOfCounts) -> Fitted;
}

/// A method fitted to one order.
pub struct Fitted {
    /// How its counts become shares.
    pub discount: Box<dyn Discount>,
    /// Where the method itself was undefined: what was done instead, and why.
    pub note: Option<String>,
}

impl Fitted {
    fn new(discount: impl Discount + 'static) -> Fitted {
        Fitted { discount: Box::new(discount), note: None }
    }
}

/// What is known of all successors of one history.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HistoryCounts {
    /// T, the sum of the successors' counts; at least 1.
    pub total: u64,
    /// N, how many distinct successors there are; at least 1.
    pub types: u64,
    /// 1 / T. A product costs a fraction of a division, and there are as many as n-grams.
    pub scale: f64,
}

impl HistoryCounts {
    /// Of a history whose `types` distinct successors have counts that sum to `total`.
    #[inline]
    pub fn new(total: u64, types: u64) -> HistoryCounts {
        HistoryCounts { total, types, scale: 1.0 / total as f64 }
    }
}

/// How the counts of one order become shares of probability.
pub trait Discount: Send + Sync {
    /// The share, at most `count / total`, of a successor seen `count` ≥ 1 times.
    fn share(&self, count: u64, history: HistoryCounts) -> f64;

    /// The shares of all successors of one history, in their order. Replaces what `shares` held.
    fn shares(&self, counts: &[u32], history: HistoryCounts, shares: &mut Vec<f64>) {
        shares.clear();
        shares.extend(counts.iter().map(|&count| self.share(u64::from(count), history)));
    }

    /// The parameters that were fitted, by name: none for a method without.
    fn parameters(&self) -> Vec<(String, f64)> {
        Vec::new()
    }
}

/// The method of this name.
///
/// # Errors
///
/// If there is none.
pub fn by_name(name: &str) -> Result<&'static dyn Smoothing, UnknownSmoothing> {
    let found = METHODS.into_iter().find(|method| method.name() == name);
    found.ok_or_else(|| UnknownSmoothing(name.to_owned()))
}

/// A smoothing method that is not known.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("no smoothing is called {0:?}; known are {known}", known = METHODS.map(|m| m.name()).join(", "))]
pub struct UnknownSmoothing(String);

/// The one discount of Ney, Essen and Kneser (1994), D = n1 / (n1 + 2·n2): the value that
/// maximises a leave-one-out likelihood, approximately. `None` where n1 or n2 is 0.
fn one_discount(counts: &CountsOfCounts) -> Option<f64> {
    let (n1, n2) = (counts.of(1) as f64, counts.of(2) as f64);
    (n1 > 0.0 && n2 > 0.0).then(|| n1 / (n1 + 2.0 * n2))
}

/// The same discount for every count.
struct ConstantDiscount(f64);

impl Discount for ConstantDiscount {
    fn share(&self, count: u64, history: HistoryCounts) -> f64 {
        (count as f64 - self.0) * history.scale
    }

    fn parameters(&self) -> Vec<(String, f64)> {
        vec![("D".to_owned(), self.0)]
    }
}

/// What takes the place of discounts that the counts leave undefined.
fn witten_bell_instead(counts: &CountsOfCounts) -> Fitted {
    let [n1, n2] = [1, 2].map(|r| counts.of(r));
    Fitted {
        discount: Box::new(witten_bell::WittenBell),
        note: Some(format!(
            "Witten-Bell instead of discounts, which n1 = {n1} and n2 = {n2} leave undefined"
        )),
    }
}

/// One constant discount, or Witten–Bell where it is undefined.
fn fit_one_discount(counts: &CountsOfCounts) -> Fitted {
    match one_discount(counts) {
        Some(discount) => Fitted::new(ConstantDiscount(discount)),
        None => witten_bell_instead(counts),
    }
}
