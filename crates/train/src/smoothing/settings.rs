//! What a user can choose beside the method.

use super::{OrderCounts, Smoothing};
use std::fmt::Write;

/// Choices that hold for a training, whatever the method; the defaults are each method's own.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// How the orders are combined; `None` for [`Smoothing::combine`].
    pub combine: Option<Combine>,
    /// Where the probability goes that single words leave; `None` for [`UnigramBase::Uniform`] where
    /// orders are interpolated and [`UnigramBase::Unseen`] where they back off.
    pub unigrams: Option<UnigramBase>,
    /// For each order from 1, the least count that an n-gram must have to be kept, in the counts of
    /// the method; the last for all longer ones. Empty to keep all.
    ///
    /// This is SRILM's meaning (`-gt3min` and so on): methods with continuation counts compare
    /// these; counts-of-counts and totals are taken before anything is dropped; and what is dropped leaves
    /// its probability to the words that are not kept after its history. KenLM's `--prune` compares
    /// raw counts instead, and shares the probability out to kept words, too: see [`Cutoffs`](crate::Cutoffs).
    pub min_counts: Vec<u32>,
    /// δ of additive smoothing, above 0. 1 is Laplace's, anything else Lidstone's.
    pub delta: f64,
    /// The highest count that Good–Turing discounts, from 1 to [`Settings::MAX_GOOD_TURING`];
    /// `None` for 5 (Katz 1987) with `katz`, and 7 (SRILM) with `good-turing`.
    pub good_turing_max: Option<u32>,
    /// Where discounts come from, unless there is a held-out text.
    pub discounts: Discounts,
    /// How many discounts modified Kneser–Ney has for each order, from 1 to
    /// [`Settings::MAX_DISCOUNT_CLASSES`]: for counts of 1, 2, …, and the last for all higher ones.
    pub discount_classes: usize,
    /// θ of power discounting, at least 0.
    pub strength: f64,
    /// D of absolute discounting, of Kneser–Ney with one discount, and d of power discounting, between 0 and 1; `None` for the
    /// formula.
    pub discount: Option<f64>,
    /// The discounts of modified Kneser–Ney for counts of 1, 2 and more, of orders in which the formula has none: a
    /// count-of-counts is 0, or a discount is below 0 or above its count. `None` for what the method does by itself.
    /// As KenLM's `--discount_fallback`.
    pub fallback: Option<[f64; 3]>,
    /// How many words share what is left of the uniform distribution at least; where the vocabulary has fewer, what
    /// the others would get goes to no word. 0 for those of the vocabulary. As KenLM's `--vocab_pad`.
    pub vocab_pad: u64,
    /// Whether `<unk>` is a word that can be predicted. If not, it has probability 0, and what would be its part goes
    /// to the others: SRILM's way without `-unk`. The text must have none.
    pub predict_unknown: bool,
    /// What is done where nearly nothing is left after a history. With [`Convention::Srilm`],
    /// [`Settings::unigrams`] is not looked at.
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
    /// Counts-of-counts, by the method's formula.
    Formula,
    /// The training text: those that make some of its tokens most likely, each left out of the
    /// counts when it is foretold.
    LeaveOneOut,
}

/// What is done with the probability that a history's shares leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Combine {
    /// Every word gets a part of it, seen or not, by the lower order.
    Interpolate,
    /// Only words that were not seen get a part of it (Katz 1987).
    BackOff,
}

/// What is done where the words seen after a history have nearly all of its probability.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Convention {
    /// What the equations say.
    #[default]
    Exact,
    /// As SRILM does, so that models are the same: where they would have all but three parts in a
    /// million, that history is not interpolated, and where they would even so, it is taken as seen
    /// more often than it was. Single words, too, are interpolated with the uniform distribution
    /// only if that leaves so much to words that the text has not.
    Srilm,
}

/// What is done with the probability that the shares of single words leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnigramBase {
    /// Each word of the vocabulary gets the same part of it, as in Chen and Goodman (1999) and KenLM.
    Uniform,
    /// Each word that was not seen gets the same part of it, as in SRILM and with KenLM's
    /// `--interpolate_unigrams 0`; every word, if all were seen.
    Unseen,
}

/// A setting that makes no sense.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidSetting {
    /// δ is not positive.
    #[error("delta is {0}: additive smoothing takes a number above 0, such as 1 or 0.1")]
    Delta(f64),
    /// D is no discount.
    #[error("the discount is {0}: a discount is above 0 and at most 1, such as 0.75")]
    Discount(f64),
    /// A discount to fall back to is none.
    #[error(
        "the discount {value} for a count of {count}: one to fall back to is above 0 and at most its count"
    )]
    Fallback {
        /// The discount.
        value: f64,
        /// The count, 3 for all from 3 up.
        count: u32,
    },
    /// θ is no strength.
    #[error("the strength is {0}: it is 0 or a number above it")]
    Strength(f64),
    /// No such number of discounts.
    #[error("{0} discounts: choose a number between 1 and {max}", max = Settings::MAX_DISCOUNT_CLASSES)]
    DiscountClasses(usize),
    /// The counts-of-counts do not reach so far.
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
    /// The highest count that Good–Turing can discount: the next one must be counted apart, too.
    pub const MAX_GOOD_TURING: u32 = ngram_counts::CountsOfCounts::HIGHEST - 1;

    /// The most discounts that an order can have.
    pub const MAX_DISCOUNT_CLASSES: usize = crate::held_out::Seen::CLASSES + 1;

    /// Whether every setting makes sense for a model of this order.
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

    /// The least count of an n-gram of this order, from 1, that is kept; 1 to keep all.
    pub fn min_count(&self, order: usize) -> u32 {
        let given = self.min_counts.get(order - 1).or(self.min_counts.last());
        given.copied().unwrap_or(1).max(1)
    }

    /// Whether there are n-grams up to this order that can be too rare to be kept.
    pub fn drops(&self, order: usize) -> bool {
        (1..=order).any(|order| self.min_count(order) > 1)
    }

    /// How a method combines its orders under these settings.
    pub fn combine(&self, method: &dyn Smoothing) -> Combine {
        self.combine.unwrap_or(method.combine())
    }

    /// Where a method puts what single words leave, under these settings.
    pub fn unigrams(&self, method: &dyn Smoothing) -> UnigramBase {
        self.unigrams.unwrap_or(match self.combine(method) {
            Combine::Interpolate => UnigramBase::Uniform,
            Combine::BackOff => UnigramBase::Unseen,
        })
    }

    /// The method's name, and in what the settings make it differ from its own way.
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
    /// Whether every word gets a part of what the shares of this order leave, whether or not it was seen.
    pub(super) fn is_interpolated(&self, method: &dyn Smoothing) -> bool {
        match self.order {
            1 => self.settings.unigrams(method) == UnigramBase::Uniform,
            _ => self.settings.combine(method) == Combine::Interpolate,
        }
    }

    /// The highest count that Good–Turing is to discount, where the method's own is `max`.
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
        assert_eq!(Settings::default().check(1), Ok(()));
    }
}
