//! The user's choices beside the method.

use super::{OrderCounts, Smoothing};
use std::fmt::Write;

/// Settings of a training that apply to any method. The defaults are each method's own.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// How the orders are combined; `None` for [`Smoothing::combine`].
    pub combine: Option<Combine>,
    /// Where the probability that unigrams leave goes; `None` for [`UnigramBase::Uniform`] if
    /// orders are interpolated and [`UnigramBase::Unseen`] if they back off.
    pub unigrams: Option<UnigramBase>,
    /// For each order from 1, the lowest count with which an n-gram is kept, in the method's own
    /// counts; the last value applies to all higher orders. Empty keeps all.
    ///
    /// These are SRILM's minimum counts (`-gt3min` and so on): methods with continuation counts compare
    /// those; counts-of-counts and totals are taken before anything is dropped; and the probability of
    /// dropped n-grams goes to the words that are not kept after the history. KenLM's `--prune` compares
    /// raw counts, and its kept words share that probability, too: see [`Cutoffs`](crate::Cutoffs).
    pub min_counts: Vec<u32>,
    /// δ of additive smoothing, above 0. 1 is Laplace's; any other value is Lidstone's.
    pub delta: f64,
    /// k, the highest count that Good–Turing discounts, from 1 to [`Settings::MAX_GOOD_TURING`];
    /// `None` for 5 (Katz 1987) with `katz`, and 7 (SRILM) with `good-turing`.
    pub good_turing_max: Option<u32>,
    /// Where discounts come from if there is no held-out text.
    pub discounts: Discounts,
    /// How many discounts modified Kneser–Ney has per order, from 1 to [`Settings::MAX_DISCOUNT_CLASSES`]:
    /// one for each count 1, 2, …, and the last for all higher counts.
    pub discount_classes: usize,
    /// θ of power discounting, at least 0.
    pub strength: f64,
    /// D of absolute discounting and of Kneser–Ney with one discount, and d of power discounting,
    /// between 0 and 1; `None` for the formula.
    pub discount: Option<f64>,
    /// The discounts of modified Kneser–Ney for counts of 1, 2 and more in orders where the formula
    /// fails: a count-of-counts is 0, or a discount is below 0 or above its count. `None` for the
    /// method's own fallback. Like KenLM's `--discount_fallback`.
    pub fallback: Option<[f64; 3]>,
    /// The minimum number of words in the uniform distribution. If the vocabulary has fewer, the share of
    /// the missing ones goes to no word. 0 for the size of the vocabulary. Like KenLM's `--vocab_pad`.
    pub vocab_pad: u64,
    /// Whether `<unk>` can be predicted. If not, it has probability 0 and its share goes to the
    /// other words, as in SRILM without `-unk`. The text must then contain no `<unk>`.
    pub predict_unknown: bool,
    /// What to do if almost nothing is left after a history. [`Convention::Srilm`] ignores
    /// [`Settings::unigrams`].
    pub convention: Convention,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            combine: None,
            unigrams: None,
            min_counts: Vec::new(),
            delta: 1.0,
            good_turing_max: None,
            discounts: Discounts::Formula,
            discount_classes: 3,
            strength: 0.0,
            discount: None,
            fallback: None,
            vocab_pad: 0,
            predict_unknown: true,
            convention: Convention::Exact,
        }
    }
}

/// Where discounts come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Discounts {
    /// From counts-of-counts, by the method's formula.
    Formula,
    /// From the training text: the discounts that make some of its tokens most likely, each left
    /// out of the counts when it is predicted.
    LeaveOneOut,
}

/// How the probability that a history's shares leave is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Combine {
    /// Every word, seen or not, gets part of it, in proportion to the lower order.
    Interpolate,
    /// Only unseen words get part of it (Katz 1987).
    BackOff,
}

/// What to do if the words seen after a history have almost all of its probability.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Convention {
    /// Follow the equations.
    #[default]
    Exact,
    /// Do as SRILM does, to get the same models. If interpolation would leave less than three parts
    /// in a million after a history, it is not interpolated; if too little is left even then, its
    /// total count is raised. Likewise, unigrams are interpolated with the uniform distribution
    /// only if that leaves as much to words not in the text.
    Srilm,
}

/// How the probability that the shares of unigrams leave is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnigramBase {
    /// Every word of the vocabulary gets the same part, as in Chen and Goodman (1999) and KenLM.
    Uniform,
    /// Every unseen word gets the same part, as in SRILM and with KenLM's
    /// `--interpolate_unigrams 0`; every word does if all were seen.
    Unseen,
}

/// An invalid setting.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidSetting {
    /// δ is not positive.
    #[error("delta is {0}: additive smoothing takes a number above 0, such as 1 or 0.1")]
    Delta(f64),
    /// D is not a valid discount.
    #[error("the discount is {0}: a discount is above 0 and at most 1, such as 0.75")]
    Discount(f64),
    /// A fallback discount is out of range.
    #[error(
        "the discount {value} for a count of {count}: a fallback discount is above 0 and at most its count"
    )]
    Fallback {
        /// The discount.
        value: f64,
        /// The count; 3 stands for 3 and above.
        count: u32,
    },
    /// θ is negative or not finite.
    #[error("the strength is {0}: give 0 or a number above it")]
    Strength(f64),
    /// The number of discounts is out of range.
    #[error("{0} discounts: choose a number between 1 and {max}", max = Settings::MAX_DISCOUNT_CLASSES)]
    DiscountClasses(usize),
    /// The count is outside the range of the counts-of-counts.
    #[error("Good-Turing up to count {0}: choose a count between 1 and {max}", max = Settings::MAX_GOOD_TURING)]
    GoodTuringMax(u32),
    /// More minimum counts than orders.
    #[error("{given} minimum counts for a model of order {order}: give at most one for each order")]
    MinCounts {
        /// How many were given.
        given: usize,
        /// The order of the model.
        order: usize,
    },
}

impl Settings {
    /// The highest count that Good–Turing can discount; the next higher count-of-counts is needed, too.
    pub const MAX_GOOD_TURING: u32 = ngram_counts::CountsOfCounts::HIGHEST - 1;

    /// The maximum number of discounts per order.
    pub const MAX_DISCOUNT_CLASSES: usize = crate::held_out::Seen::CLASSES + 1;

    /// Checks every setting for a model of this order.
    pub fn check(&self, order: usize) -> Result<(), InvalidSetting> {
        if self.min_counts.len() > order {
            return Err(InvalidSetting::MinCounts { given: self.min_counts.len(), order });
        }
        if !(self.delta > 0.0 && self.delta.is_finite()) {
            return Err(InvalidSetting::Delta(self.delta));
        }
        if let Some(discount) = self.discount.filter(|d| !(*d > 0.0 && *d <= 1.0)) {
            return Err(InvalidSetting::Discount(discount));
        }
        for (count, value) in (1..).zip(self.fallback.into_iter().flatten()) {
            if !(value > 0.0 && value <= f64::from(count)) {
                return Err(InvalidSetting::Fallback { value, count });
            }
        }
        if !(self.strength >= 0.0 && self.strength.is_finite()) {
            return Err(InvalidSetting::Strength(self.strength));
        }
        if !(1..=Settings::MAX_DISCOUNT_CLASSES).contains(&self.discount_classes) {
            return Err(InvalidSetting::DiscountClasses(self.discount_classes));
        }
        match self.good_turing_max {
            Some(max) if !(1..=Settings::MAX_GOOD_TURING).contains(&max) => {
                Err(InvalidSetting::GoodTuringMax(max))
            }
            _ => Ok(()),
        }
    }

    /// Returns the lowest count with which an n-gram of this order, from 1, is kept; 1 keeps all.
    pub fn min_count(&self, order: usize) -> u32 {
        let given = self.min_counts.get(order - 1).or(self.min_counts.last());
        given.copied().unwrap_or(1).max(1)
    }

    /// Whether any n-gram up to this order can be dropped as too rare.
    pub fn drops(&self, order: usize) -> bool {
        (1..=order).any(|order| self.min_count(order) > 1)
    }

    /// Returns how a method combines its orders under these settings.
    pub fn combine(&self, method: &dyn Smoothing) -> Combine {
        match method.spreads_evenly() {
            true => Combine::BackOff,
            false => self.combine.unwrap_or(method.combine()),
        }
    }

    /// Returns how a method uses the probability that unigrams leave, under these settings.
    pub fn unigrams(&self, method: &dyn Smoothing) -> UnigramBase {
        match self.combine(method) {
            _ if method.spreads_evenly() => UnigramBase::Unseen,
            Combine::Interpolate => self.unigrams.unwrap_or(UnigramBase::Uniform),
            Combine::BackOff => self.unigrams.unwrap_or(UnigramBase::Unseen),
        }
    }

    /// Returns the method's name, followed by the settings that differ from its defaults.
    pub fn describe(&self, method: &dyn Smoothing) -> String {
        let mut text = method.name().to_owned();
        // Writing to a String cannot fail.
        let combine = self.combine(method);
        if combine != method.combine() {
            text.push_str(match combine {
                Combine::Interpolate => ", interpolated",
                Combine::BackOff => ", back-off",
            });
        }
        if self.convention == Convention::Srilm {
            text.push_str(", SRILM's convention");
        } else if self.unigrams(method)
            != (Settings { unigrams: None, ..self.clone() }).unigrams(method)
        {
            text.push_str(match self.unigrams(method) {
                UnigramBase::Uniform => ", unigrams interpolated",
                UnigramBase::Unseen => ", unigrams not interpolated",
            });
        }
        if self.discount_classes != 3 && method.name() == "modified-kneser-ney" {
            let _ = write!(text, ", {} discounts", self.discount_classes);
        }
        if !self.predict_unknown {
            text.push_str(", known words only");
        }
        if self.vocab_pad > 0 {
            let _ = write!(text, ", uniform over {} words", self.vocab_pad);
        }
        if self.discounts == Discounts::LeaveOneOut {
            text.push_str(", discounts by leaving one out");
        }
        if self.min_counts.iter().any(|&count| count > 1) {
            let counts: Vec<String> = self.min_counts.iter().map(u32::to_string).collect();
            let _ = write!(text, ", minimum counts {}", counts.join(" "));
        }
        text
    }
}

impl OrderCounts<'_> {
    /// Whether seen words, too, get part of what the shares of this order leave.
    pub(super) fn is_interpolated(&self, method: &dyn Smoothing) -> bool {
        match self.order {
            1 => self.settings.unigrams(method) == UnigramBase::Uniform,
            _ => self.settings.combine(method) == Combine::Interpolate,
        }
    }

    /// Returns the highest count that Good–Turing discounts; `max` is the method's default.
    pub(super) fn good_turing_max(&self, max: u32) -> u32 {
        self.settings.good_turing_max.unwrap_or(max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::smoothing::by_name;

    #[test]
    fn the_last_minimum_count_is_for_all_longer_orders() {
        let settings = Settings { min_counts: vec![0, 1, 2], ..Settings::default() };
        assert_eq!([1, 2, 3, 4, 5].map(|order| settings.min_count(order)), [1, 1, 2, 2, 2]);
        assert!(!settings.drops(2) && settings.drops(3));
        assert!(!Settings::default().drops(9));
    }

    #[test]
    fn describes_what_is_not_the_methods_own_way() {
        let kneser_ney = by_name("kneser-ney").unwrap();
        let katz = by_name("katz").unwrap();
        let own = Settings::default();
        assert_eq!(own.describe(kneser_ney), "kneser-ney");
        assert_eq!(own.describe(katz), "katz");
        let changed = Settings {
            combine: Some(Combine::BackOff),
            unigrams: Some(UnigramBase::Uniform),
            min_counts: vec![1, 1, 2],
            ..Settings::default()
        };
        assert_eq!(
            changed.describe(kneser_ney),
            "kneser-ney, back-off, unigrams interpolated, minimum counts 1 1 2"
        );
    }

    #[test]
    fn nonsense_is_told() {
        let settings = |change: fn(&mut Settings)| {
            let mut settings = Settings::default();
            change(&mut settings);
            settings.check(3).unwrap_err().to_string()
        };
        assert!(settings(|s| s.delta = 0.0).contains("above 0"));
        assert!(settings(|s| s.delta = f64::NAN).contains("above 0"));
        assert!(settings(|s| s.discount = Some(1.5)).contains("1.5"));
        assert!(settings(|s| s.fallback = Some([0.5, 2.5, 1.0])).contains("2.5 for a count of 2"));
        assert!(settings(|s| s.fallback = Some([0.0, 1.0, 1.5])).contains("above 0"));
        assert!(settings(|s| s.strength = -1.0).contains("0 or a number above"));
        assert!(settings(|s| s.discount_classes = 9).contains("between 1 and 8"));
        assert!(settings(|s| s.good_turing_max = Some(10)).contains("between 1 and 9"));
        assert!(settings(|s| s.min_counts = vec![1; 4]).contains("4 minimum counts"));
        assert!(settings(|s| s.delta = f64::INFINITY).contains("above 0"));
        assert!(settings(|s| s.discount = Some(0.0)).contains("above 0 and at most 1"));
        assert!(settings(|s| s.discount = Some(f64::NAN)).contains("NaN"));
        assert!(settings(|s| s.fallback = Some([0.5, 1.0, 3.5])).contains("3.5 for a count of 3"));
        assert!(settings(|s| s.strength = f64::INFINITY).contains("0 or a number above"));
        assert!(settings(|s| s.discount_classes = 0).contains("between 1 and 8"));
        assert!(settings(|s| s.good_turing_max = Some(0)).contains("between 1 and 9"));
        assert_eq!(Settings::default().check(1), Ok(()));
    }

    #[test]
    fn the_ends_of_every_range_are_in_it() {
        let ends = [
            Settings {
                discount: Some(1.0),
                fallback: Some([1.0, 2.0, 3.0]),
                discount_classes: 1,
                good_turing_max: Some(1),
                min_counts: vec![1, 2, 3],
                ..Settings::default()
            },
            Settings {
                delta: f64::MIN_POSITIVE,
                discount: Some(f64::MIN_POSITIVE),
                strength: 0.0,
                discount_classes: 8,
                good_turing_max: Some(9),
                ..Settings::default()
            },
        ];
        for settings in ends {
            assert_eq!(settings.check(3), Ok(()));
        }
    }

    /// Unigrams are interpolated if the orders are, unless told otherwise.
    #[test]
    fn unigrams_and_longer_orders_are_combined_each_in_its_own_way() {
        let counts = [1, 2].into_iter().collect();
        let [kneser_ney, katz] = ["kneser-ney", "katz"].map(|name| by_name(name).unwrap());
        let found = |method, combine, unigrams| {
            let settings = &Settings { combine, unigrams, ..Settings::default() };
            let of = |order| OrderCounts { order, words: 9, counts: &counts, settings };
            [1, 2, 3].map(|order| of(order).is_interpolated(method))
        };
        assert_eq!(found(kneser_ney, None, None), [true; 3]);
        assert_eq!(found(katz, None, None), [false; 3]);
        assert_eq!(found(kneser_ney, Some(Combine::BackOff), None), [false; 3]);
        assert_eq!(found(katz, Some(Combine::Interpolate), None), [true; 3]);
        assert_eq!(found(kneser_ney, None, Some(UnigramBase::Unseen)), [false, true, true]);
        assert_eq!(found(katz, None, Some(UnigramBase::Uniform)), [true, false, false]);
    }

    #[test]
    fn describes_every_setting_that_is_not_the_default() {
        let describe = |name: &str, change: fn(&mut Settings)| {
            let mut settings = Settings::default();
            change(&mut settings);
            let text = settings.describe(by_name(name).unwrap());
            text.strip_prefix(name).unwrap().to_owned()
        };
        let kneser_ney = |change| describe("kneser-ney", change);
        let modified = |change| describe("modified-kneser-ney", change);
        assert_eq!(kneser_ney(|s| s.combine = Some(Combine::Interpolate)), "");
        assert_eq!(kneser_ney(|s| s.unigrams = Some(UnigramBase::Uniform)), "");
        assert_eq!(
            kneser_ney(|s| s.unigrams = Some(UnigramBase::Unseen)),
            ", unigrams not interpolated"
        );
        assert_eq!(describe("katz", |s| s.combine = Some(Combine::Interpolate)), ", interpolated");
        assert_eq!(kneser_ney(|s| s.convention = Convention::Srilm), ", SRILM's convention");
        assert_eq!(modified(|s| s.discount_classes = 4), ", 4 discounts");
        assert_eq!(kneser_ney(|s| s.discount_classes = 4), "");
        assert_eq!(kneser_ney(|s| s.predict_unknown = false), ", known words only");
        assert_eq!(kneser_ney(|s| s.vocab_pad = 7), ", uniform over 7 words");
        assert_eq!(
            kneser_ney(|s| s.discounts = Discounts::LeaveOneOut),
            ", discounts by leaving one out"
        );
        assert_eq!(kneser_ney(|s| s.min_counts = vec![1, 1]), "");
    }
}
