//! Smoothing methods: the share of a history's probability that goes to each word seen after it.
//!
//! A method is one small function: the share of a successor seen `c` times after a history whose counts
//! sum to T over N distinct successors. The rest is reserved for the lower order; the engine computes
//! it, so a method cannot break normalisation. The two are combined in one of two ways ([`Combine`]):
//!
//! ```text
//! interpolate    p(w|h) = share(c(hw)) + reserved(h) · p(w|h′)        h′ = h without its first word
//! back off       p(w|h) = share(c(hw))                               if hw was seen
//!                       = reserved(h) / (1 − Σ p(v|h′)) · p(w|h′)    otherwise; Σ over v seen after h
//! ```
//!
//! | method | share | counts below the highest order | combined by |
//! |---|---|---|---|
//! | [`maximum_likelihood`] | c / T | raw | interpolation |
//! | [`additive`] | (c + δ) / (T + δV) | raw | backing off |
//! | [`katz`] | d(c) · c / T | raw | backing off |
//! | [`natural`] | d(T, N) · c / T | raw | backing off |
//! | [`jelinek_mercer`] | λ(h) · c / T | raw | interpolation |
//! | [`witten_bell`] | c / (T + N) | raw | interpolation |
//! | [`absolute`] | (c − D) / T | raw | interpolation |
//! | [`KNESER_NEY`](absolute::KNESER_NEY) | (c − D) / T | continuation | interpolation |
//! | [`modified_kneser_ney`] | (c − D(c)) / T, with D1, D2, D3+ | continuation | interpolation |
//! | [`pitman_yor`] | (c − d · c^d) / (T + θ) | continuation | interpolation |
//!
//! [`Settings`] can make any method back off, and set which n-grams are too rare to keep.
//!
//! To add a method, add a file here with its golden numbers, and a line in [`METHODS`].

pub mod absolute;
pub mod additive;
mod fit_discounts;
pub mod jelinek_mercer;
pub mod katz;
pub mod maximum_likelihood;
pub mod modified_kneser_ney;
pub mod natural;
pub mod pitman_yor;
mod settings;
pub mod witten_bell;

pub use settings::{Combine, Convention, Discounts, InvalidSetting, Settings, UnigramBase};

use crate::held_out::HeldOut;
use ngram_counts::{CountsOfCounts, LowerOrders};
use ngram_model::OrderInfo;

/// Every method, the default first.
pub static METHODS: [&dyn Smoothing; 12] = [
    &modified_kneser_ney::ModifiedKneserNey,
    &absolute::KNESER_NEY,
    &pitman_yor::PitmanYor,
    &absolute::ABSOLUTE,
    &witten_bell::WittenBell,
    &jelinek_mercer::JELINEK_MERCER,
    &jelinek_mercer::BASELINE,
    &katz::KATZ,
    &katz::GOOD_TURING,
    &natural::NaturalDiscounting,
    &additive::Additive,
    &maximum_likelihood::MaximumLikelihood,
];

/// A way to estimate probabilities from counts.
pub trait Smoothing: Sync {
    /// The name on the command line and in model files, such as `modified-kneser-ney`.
    fn name(&self) -> &'static str;

    /// Which counts the orders below the highest are estimated from.
    fn lower_orders(&self) -> LowerOrders {
        LowerOrders::Raw
    }

    /// How the probability that the shares leave is used, unless [`Settings`] override it.
    fn combine(&self) -> Combine {
        Combine::Interpolate
    }

    /// Fits the method to the counts-of-counts of one order. Never fails: if the counts leave a
    /// parameter undefined, another method is used for this order, and the note says so.
    fn fit(&self, of: &OrderCounts) -> Fitted;

    /// Whether the parameters are discounts, which can be fitted by leaving one out.
    fn has_discounts(&self) -> bool {
        false
    }

    /// How the method is fitted to held-out text, if it can be.
    fn held_out(&self) -> Option<&dyn HeldOutFit> {
        None
    }
}

/// A method whose parameters can be fitted to maximise the likelihood of a held-out text.
pub trait HeldOutFit {
    /// Fits all orders from 1; `of` holds what [`Smoothing::fit`] takes for each.
    fn fit_held_out(&self, held_out: &HeldOut, of: &[OrderCounts<'_>]) -> FittedToText;
}

/// A method fitted to a text.
pub struct FittedToText {
    /// Each order from 1.
    pub orders: Vec<Fitted>,
    /// The mean −log2 p per token of the text, in bits, with the parameters fitted without the text
    /// and with those fitted to it; `None` if the method has none without it.
    pub bits: Option<[f64; 2]>,
}

/// The counts-of-counts of one order, and the user's settings.
#[derive(Clone, Copy)]
pub struct OrderCounts<'c> {
    /// The order, from 1.
    pub order: usize,
    /// V, the number of words that can be predicted: the vocabulary without `<s>`.
    pub words: u64,
    /// The number of n-grams with each count.
    pub counts: &'c CountsOfCounts,
    /// The user's settings.
    pub settings: &'c Settings,
}

/// A method fitted to one order.
pub struct Fitted {
    /// How counts become shares.
    pub discount: Box<dyn Discount>,
    /// What was done where the method itself was undefined, and why.
    pub note: Option<String>,
}

impl Fitted {
    fn new(discount: impl Discount + 'static) -> Fitted {
        Fitted { discount: Box::new(discount), note: None }
    }
}

/// The totals over one history's successors.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HistoryCounts {
    /// T, the sum of the successors' counts; at least 1.
    pub total: u64,
    /// N, how many distinct successors there are; at least 1.
    pub types: u64,
    /// 1 / T. There is one product per n-gram, and a division costs several times as much.
    pub scale: f64,
}

impl HistoryCounts {
    /// Describes a history whose `types` distinct successors have counts that sum to `total`.
    #[inline]
    pub fn new(total: u64, types: u64) -> HistoryCounts {
        HistoryCounts { total, types, scale: 1.0 / total as f64 }
    }
}

/// How the counts of one order become shares of probability.
pub trait Discount: Send + Sync {
    /// Returns the share, at most `count / total`, of a successor seen `count` ≥ 1 times.
    fn share(&self, count: u64, history: HistoryCounts) -> f64;

    /// Replaces `shares` with the shares of all successors of one history, in order.
    fn shares(&self, counts: &[u32], history: HistoryCounts, shares: &mut Vec<f64>) {
        shares.clear();
        shares.extend(counts.iter().map(|&count| self.share(u64::from(count), history)));
    }

    /// Writes out the formula of [`Discount::share`] with its numbers, for display; `None` if
    /// it has no short form.
    fn written(&self, _count: u64, _history: HistoryCounts) -> Option<String> {
        None
    }

    /// Returns the fitted parameters by name; empty for a method without any.
    fn parameters(&self) -> Vec<(String, f64)> {
        Vec::new()
    }
}

/// Returns the method of this name.
///
/// # Errors
///
/// If there is none.
pub fn by_name(name: &str) -> Result<&'static dyn Smoothing, UnknownSmoothing> {
    let found = METHODS.into_iter().find(|method| method.name() == name);
    found.ok_or_else(|| UnknownSmoothing(name.to_owned()))
}

/// Rebuilds the discount of one order from a model's description of it; `None` if the description
/// is not sufficient. `words` is the number of words that can be predicted.
pub(crate) fn restored(method: &str, order: &OrderInfo, words: u64) -> Option<Box<dyn Discount>> {
    let values = || order.parameters.iter().map(|(_, value)| *value).collect::<Vec<f64>>();
    let names: Vec<&str> = order.parameters.iter().map(|(name, _)| name.as_str()).collect();
    let note = order.note.as_deref().unwrap_or_default();
    Some(match names[..] {
        [] if method == "witten-bell" || note.starts_with(INSTEAD) => {
            Box::new(witten_bell::WittenBell)
        }
        [] if method == "maximum-likelihood" => Box::new(maximum_likelihood::MaximumLikelihood),
        [] if method == "natural" => Box::new(natural::Natural { words }),
        ["D"] => Box::new(ConstantDiscount(values()[0])),
        ["d", "strength"] => {
            let [discount, strength] = values()[..] else { return None };
            Box::new(pitman_yor::PowerDiscount::new(discount, strength))
        }
        ["delta"] => Box::new(additive::Added { delta: values()[0], words }),
        [first, ..] if first.starts_with('D') => modified_kneser_ney::discount(values()),
        ["d1", ..] => Box::new(katz::Discounts(values())),
        [] if ["katz", "good-turing"].contains(&method) => Box::new(katz::Discounts(Vec::new())),
        _ => return None,
    })
}

/// Formats a number with at most six decimals, without trailing zeros.
fn short(number: f64) -> String {
    let decimal = format!("{number:.6}");
    let decimal = decimal.trim_end_matches('0');
    decimal.trim_end_matches('.').to_owned()
}

/// An unknown smoothing method.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("no smoothing is called {0:?}; known are {known}", known = METHODS.map(|m| m.name()).join(", "))]
pub struct UnknownSmoothing(String);

/// Returns the discount of Ney, Essen and Kneser (1994), D = n1 / (n1 + 2·n2), which approximately
/// maximises the leave-one-out likelihood. `None` if n1 or n2 is 0.
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

    fn written(&self, count: u64, history: HistoryCounts) -> Option<String> {
        Some(format!("({count} − {}) / {}", short(self.0), history.total))
    }

    fn parameters(&self) -> Vec<(String, f64)> {
        vec![("D".to_owned(), self.0)]
    }
}

/// The beginning of the note.
const INSTEAD: &str = "Witten-Bell instead";

/// Uses Witten–Bell smoothing where the counts leave discounts undefined.
fn witten_bell_instead(counts: &CountsOfCounts) -> Fitted {
    let [n1, n2] = [1, 2].map(|r| counts.of(r));
    Fitted {
        discount: Box::new(witten_bell::WittenBell),
        note: Some(format!(
            "{INSTEAD} of discounts, which n1 = {n1} and n2 = {n2} leave undefined"
        )),
    }
}

/// Fits one constant discount: the user's, else the formula's, else Witten–Bell if it is undefined.
fn fit_one_discount(of: &OrderCounts) -> Fitted {
    let counts = of.counts;
    match of.settings.discount.or_else(|| one_discount(counts)) {
        Some(discount) => Fitted::new(ConstantDiscount(discount)),
        None => witten_bell_instead(counts),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Wraps counts as those of order 2 over 100 words, with default settings.
    pub(crate) fn of(counts: &CountsOfCounts) -> OrderCounts<'_> {
        static UNCHANGED: std::sync::LazyLock<Settings> =
            std::sync::LazyLock::new(Settings::default);
        OrderCounts { order: 2, words: 100, counts, settings: &UNCHANGED }
    }

    #[test]
    fn the_users_discount_takes_the_place_of_the_formula() {
        let counts: CountsOfCounts = [1, 1, 1, 2].into_iter().collect();
        let settings = Settings { discount: Some(0.25), ..Settings::default() };
        let fitted = fit_one_discount(&OrderCounts { settings: &settings, ..of(&counts) });
        assert_eq!(fitted.discount.parameters(), [("D".to_owned(), 0.25)]);
    }
}
