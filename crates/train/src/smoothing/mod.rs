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
//! | [`additive`] | (c + δ) / (T + δV) | raw | neither: unseen words share the rest equally |
//! | [`additive_backoff`] | (c + δ) / (T + δV) | raw | backing off |
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
pub mod additive_backoff;
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
pub static METHODS: [&dyn Smoothing; 13] = [
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
    &additive_backoff::AdditiveBackoff,
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

    /// Whether the words not seen after a history share equally what the shares leave, instead of
    /// by the lower order. Then nothing is estimated from lower orders: after a history that was
    /// not seen, and after one too short to be the whole of what the model looks at, every word
    /// has the same probability. [`Settings::combine`] and [`Settings::unigrams`] have no effect.
    fn spreads_evenly(&self) -> bool {
        false
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

    /// Like [`Discount::shares`], of counts that 32 bits do not hold.
    fn wide_shares(&self, counts: &[u64], history: HistoryCounts, shares: &mut Vec<f64>) {
        shares.clear();
        shares.extend(counts.iter().map(|&count| self.share(count, history)));
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

/// Builds the discount of one order from parameters that are given instead of fitted: discounts of
/// counts 1, 2 and so on, or with Good–Turing the factors of counts. `None` if the method takes none
/// such, or if they are out of range.
pub(crate) fn given(method: &str, values: &[f64]) -> Option<Box<dyn Discount>> {
    let are_discounts = (1..).zip(values).all(|(r, d)| (0.0..=f64::from(r)).contains(d));
    let are_factors = values.iter().all(|factor| *factor > 0.0 && *factor <= 1.0);
    match (method, values) {
        ("kneser-ney" | "absolute", [discount]) if are_discounts => {
            Some(Box::new(ConstantDiscount(*discount)))
        }
        ("modified-kneser-ney", [_, ..]) if are_discounts => {
            Some(modified_kneser_ney::discount(values.to_vec()))
        }
        ("good-turing" | "katz", _) if are_factors => {
            Some(Box::new(katz::Discounts(values.to_vec())))
        }
        _ => None,
    }
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

    /// The table above, and which methods have discounts and can be fitted to held-out text.
    #[test]
    fn every_method_is_as_the_table_says() {
        use Combine::{BackOff, Interpolate};
        use LowerOrders::{Continuation, Raw};
        let expected = [
            ("modified-kneser-ney", Continuation, Interpolate, true, true),
            ("kneser-ney", Continuation, Interpolate, true, true),
            ("pitman-yor", Continuation, Interpolate, false, false),
            ("absolute", Raw, Interpolate, true, true),
            ("witten-bell", Raw, Interpolate, false, false),
            ("jelinek-mercer", Raw, Interpolate, false, true),
            ("jelinek-mercer-baseline", Raw, Interpolate, false, true),
            ("katz", Raw, BackOff, false, false),
            ("good-turing", Raw, BackOff, false, false),
            ("natural", Raw, BackOff, false, false),
            ("additive", Raw, BackOff, false, false),
            ("additive-backoff", Raw, BackOff, false, false),
            ("maximum-likelihood", Raw, Interpolate, false, false),
        ];
        assert_eq!(METHODS.len(), expected.len());
        for (method, expected) in METHODS.iter().zip(expected) {
            let found = (
                method.name(),
                method.lower_orders(),
                method.combine(),
                method.has_discounts(),
                method.held_out().is_some(),
            );
            assert_eq!(found, expected);
            assert_eq!(by_name(expected.0).map(|method| method.name()), Ok(expected.0));
        }
        let error = by_name("kneser").err().unwrap().to_string();
        assert!(error.contains("\"kneser\"") && error.contains("natural, additive"), "{error}");
    }

    /// Counts-of-counts 40, 20, 10, 8, 4, 3, 2, 1, 1, 1.
    fn many() -> CountsOfCounts {
        let n = (1u64..).zip([40, 20, 10, 8, 4, 3, 2, 1, 1, 1]);
        n.flat_map(|(count, n)| (0..n).map(move |_| count)).collect()
    }

    /// What a model file says of an order is enough to compute the same shares again, and to write
    /// them out; the weights of Jelinek–Mercer alone are not.
    #[test]
    fn a_discount_is_restored_from_its_description() {
        let (many, no_singletons) = (many(), [2, 2, 3].into_iter().collect::<CountsOfCounts>());
        let settings = Settings { discount_classes: 4, strength: 2.0, ..Settings::default() };
        for method in METHODS {
            for counts in [&many, &no_singletons] {
                for order in [1, 2] {
                    for settings in [&Settings::default(), &settings] {
                        let of = OrderCounts { order, words: 100, counts, settings };
                        let Fitted { discount, note } = method.fit(&of);
                        let parameters = discount.parameters();
                        let described = OrderInfo { parameters, note, ..OrderInfo::default() };
                        let restored = restored(method.name(), &described, 100);
                        if method.name().starts_with("jelinek-mercer") {
                            assert!(restored.is_none() && discount.written(1, ONE).is_none());
                            continue;
                        }
                        let restored = restored.unwrap();
                        assert_eq!(restored.parameters(), discount.parameters());
                        for count in [1, 2, 3, 4, 5, 9] {
                            let history = HistoryCounts::new(12, 4);
                            let what = format!("{} {count}", method.name());
                            let share = discount.share(count, history);
                            assert_eq!(restored.share(count, history), share, "{what}");
                            let written = discount.written(count, history);
                            assert_eq!(restored.written(count, history), written, "{what}");
                            assert!(written.is_some());
                        }
                    }
                }
            }
        }
        let unknown = OrderInfo { parameters: vec![("x".into(), 1.0)], ..OrderInfo::default() };
        assert!(restored("natural", &unknown, 100).is_none());
        assert!(restored("of-another-program", &OrderInfo::default(), 100).is_none());
    }

    const ONE: HistoryCounts = HistoryCounts { total: 1, types: 1, scale: 1.0 };

    /// The formula of each method with its numbers, after 3 + 1 occurrences of two words of nine.
    #[test]
    fn formulas_are_written_out() {
        let (many, once) = (many(), [1, 1, 2].into_iter().collect::<CountsOfCounts>());
        let settings =
            Settings { delta: 0.5, strength: 3.0, discount: Some(0.25), ..Settings::default() };
        let history = HistoryCounts::new(4, 2);
        let written = |name: &str, order, counts| {
            let of = OrderCounts { order, words: 9, counts, settings: &settings };
            by_name(name).unwrap().fit(&of).discount.written(3, history).unwrap()
        };
        for (name, expected) in [
            ("maximum-likelihood", "3 / 4"),
            ("additive", "(3 + 0.5) / (4 + 0.5 · 9)"),
            // The law leaves a quarter: 2·2 + 2 of 4·5 + 2·2.
            ("natural", "0.75 · 3 / 4"),
            ("witten-bell", "3 / (4 + 2)"),
            ("absolute", "(3 − 0.25) / 4"),
            ("kneser-ney", "(3 − 0.25) / 4"),
            ("pitman-yor", "(3 − 0.25 · 3^0.25) / (4 + 3)"),
            // Y = ½: 3 − 4·½·8/10.
            ("modified-kneser-ney", "(3 − 1.4) / 4"),
            // A = 6·3/40 = 0.45; r*/r = 4·8/(3·10); above 1, so not discounted.
            ("katz", "1 · 3 / 4"),
        ] {
            assert_eq!(written(name, 2, &many), expected, "{name}");
        }
        // Nothing would be left of 4, so it is raised to 5.
        assert_eq!(written("good-turing", 1, &many), "3 / 5");
        // D1 = 1 − 2·½·1/2, and one discount for all, as n3 = 0 leaves D3 undefined: D2 = 2.
        assert_eq!(written("modified-kneser-ney", 2, &once), "(3 − 2) / 4");
    }

    #[test]
    fn numbers_are_written_without_trailing_zeros() {
        let found = [0.5, 2.0, 100.0, 0.123_456_7, 1.0 / 3.0, 0.0].map(short);
        assert_eq!(found, ["0.5", "2", "100", "0.123457", "0.333333", "0"]);
    }

    /// D = n1 / (n1 + 2·n2) takes both.
    #[test]
    fn the_formula_for_one_discount_takes_n1_and_n2() {
        let of = |counts: &[u64]| one_discount(&counts.iter().copied().collect());
        assert_eq!(of(&[1, 1, 1, 2]), Some(0.6));
        assert_eq!((of(&[1, 1, 3]), of(&[2, 2, 3]), of(&[3])), (None, None, None));
    }
}
