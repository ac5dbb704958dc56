//! Smoothing methods: what share of a history's probability goes to what was seen after it.
//!
//! A method is one small function: the share of a successor seen `c` times after a history whose
//! counts sum to T over N distinct successors. What the shares leave is reserved for the lower
//! order, and that is computed by the engine, so that a method cannot break normalisation. There are
//! two ways to use it ([`Combine`]):
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
//! | [`kneser_ney`] | (c − D) / T | continuation | interpolation |
//! | [`modified_kneser_ney`] | (c − D(c)) / T, with D1, D2, D3+ | continuation | interpolation |
//! | [`pitman_yor`] | (c − d · c^d) / (T + θ) | continuation | interpolation |
//!
//! [`Settings`] can have any method back off, and says which n-grams are too rare to be kept.
//!
//! A new method is a file here with its golden numbers, and a line in [`METHODS`].

pub mod absolute;
pub mod additive;
mod fit_discounts;
pub mod jelinek_mercer;
pub mod katz;
pub mod kneser_ney;
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
    &kneser_ney::KneserNey,
    &pitman_yor::PitmanYor,
    &absolute::AbsoluteDiscounting,
    &witten_bell::WittenBell,
    &jelinek_mercer::JelinekMercer,
    &jelinek_mercer::JelinekMercerBaseline,
    &katz::Katz,
    &katz::GoodTuring,
    &natural::NaturalDiscounting,
    &additive::Additive,
    &maximum_likelihood::MaximumLikelihood,
];

/// A way to estimate probabilities from counts.
pub trait Smoothing: Sync {
    /// The name on the command line and in model files, such as `modified-kneser-ney`.
    fn name(&self) -> &'static str;

    /// What the n-grams below the highest order are counted by.
    fn lower_orders(&self) -> LowerOrders;

    /// What is done with the probability that the shares leave, unless [`Settings`] say otherwise.
    fn combine(&self) -> Combine {
        Combine::Interpolate
    }

    /// Fits the method to the counts-of-counts of one order. Never fails: where the counts leave a
    /// parameter undefined, another method takes its place for this order and the note says so.
    fn fit(&self, of: &OrderCounts) -> Fitted;

    /// Whether its parameters are discounts, which a text can be left out of the counts to fit.
    fn has_discounts(&self) -> bool {
        false
    }

    /// How the method is fitted to held-out text instead, if it can be.
    fn held_out(&self) -> Option<&dyn HeldOutFit> {
        None
    }
}

/// A method whose parameters can be those that make a held-out text most likely.
pub trait HeldOutFit {
    /// Fits all orders from 1, of which `of` has what [`Smoothing::fit`] goes by.
    fn fit_held_out(&self, held_out: &HeldOut, of: &[OrderCounts<'_>]) -> FittedToText;
}

/// A method fitted to a text.
pub struct FittedToText {
    /// Each order from 1.
    pub orders: Vec<Fitted>,
    /// The mean of −log2 p over the text's tokens, in bits, with the parameters that the method has without the
    /// text, and with those that were found; `None` for a method that has none without.
    pub bits: Option<[f64; 2]>,
}

/// What is known of all n-grams of one order, and what the user chose.
#[derive(Clone, Copy)]
pub struct OrderCounts<'c> {
    /// The order, from 1.
    pub order: usize,
    /// V, how many words can be predicted: the vocabulary but `<s>`.
    pub words: u64,
    /// How many n-grams have which count.
    pub counts: &'c CountsOfCounts,
    /// Parameters that the user chose.
    pub settings: &'c Settings,
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

    /// The formula of [`Discount::share`] with its numbers, to be read by people; `None` if it is not so simple.
    fn written(&self, _count: u64, _history: HistoryCounts) -> Option<String> {
        None
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

/// The discount of a trained model, from what it says of an order; `None` where that is not all that there is to know.
/// `words` is how many words can be predicted.
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

/// A number with as many decimals as are worth reading.
fn short(number: f64) -> String {
    let decimal = format!("{number:.6}");
    let decimal = decimal.trim_end_matches('0');
    decimal.trim_end_matches('.').to_owned()
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

    fn written(&self, count: u64, history: HistoryCounts) -> Option<String> {
        Some(format!("({count} − {}) / {}", short(self.0), history.total))
    }

    fn parameters(&self) -> Vec<(String, f64)> {
        vec![("D".to_owned(), self.0)]
    }
}

/// How the note begins.
const INSTEAD: &str = "Witten-Bell instead";

/// What takes the place of discounts that the counts leave undefined.
fn witten_bell_instead(counts: &CountsOfCounts) -> Fitted {
    let [n1, n2] = [1, 2].map(|r| counts.of(r));
    Fitted {
        discount: Box::new(witten_bell::WittenBell),
        note: Some(format!(
            "{INSTEAD} of discounts, which n1 = {n1} and n2 = {n2} leave undefined"
        )),
    }
}

/// One constant discount, the user's or the formula's, or Witten–Bell where it is undefined.
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

    /// Counts with the settings that nobody changed, of order 2 over 100 words.
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
