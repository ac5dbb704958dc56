//! Modified Kneser–Ney smoothing (Chen and Goodman 1999), interpolated. It has three discounts, for n-grams
//! seen once, twice, and more often, computed from the counts-of-counts of each order (their equation 26):
//!
//! ```text
//! Y = n1 / (n1 + 2·n2)      D1 = 1 − 2Y·n2/n1      D2 = 2 − 3Y·n3/n2      D3+ = 3 − 4Y·n4/n3
//! ```
//!
//! With any other number of discounts, D_r = r − (r + 1)·Y·n_{r+1}/n_r; the last is for all higher counts.
//!
//! Small, artificial and closed-vocabulary texts can leave these undefined or out of range. Then,
//! for each order:
//!
//! 1. if only D3+ is affected (n3 = 0, or D3+ is not above 0), it takes the value of D2, and so on with
//!    more discounts; so does a D_r that reaches r where seen words get nothing back, as in back-off;
//! 2. otherwise one discount, Y, is used for all counts;
//! 3. if n1 or n2 is 0, the order uses Witten–Bell smoothing.

use super::{
    ConstantDiscount, Discount, Fitted, FittedToText, HeldOutFit, HistoryCounts, OrderCounts,
    Smoothing, fit_discounts, one_discount,
};
use crate::held_out::HeldOut;
use ngram_counts::{CountsOfCounts, LowerOrders};

/// Modified Kneser–Ney smoothing, the default method.
pub struct ModifiedKneserNey;

impl Smoothing for ModifiedKneserNey {
    fn name(&self) -> &'static str {
        "modified-kneser-ney"
    }

    fn lower_orders(&self) -> LowerOrders {
        LowerOrders::Continuation
    }

    fn fit(&self, of: &OrderCounts) -> Fitted {
        let counts = of.counts;
        if let Some(fallback) = of.settings.fallback {
            return by_formula_or(fallback, counts);
        }
        let Some(y) = one_discount(counts) else {
            return super::witten_bell_instead(counts);
        };
        // With n_r = 0 the formula is a division by 0, not a number.
        let formula = |r: u32| {
            let [n, next] = [r, r + 1].map(|r| counts.of(r) as f64);
            f64::from(r) - f64::from(r + 1) * y * next / n
        };
        // A discount of 0 would leave probability 0 for unseen words after a history of frequent ones.
        // Without interpolation, a discount of the whole count would leave a seen word probability 0.
        let is_interpolated = of.is_interpolated(self);
        let mut discounts = vec![formula(1)];
        let mut note = None;
        for r in 2..=of.settings.discount_classes as u32 {
            let found = formula(r);
            if found > 0.0 && (is_interpolated || found < f64::from(r)) {
                discounts.push(found);
                continue;
            }
            let [n, next] = [r, r + 1].map(|r| counts.of(r));
            if r == 2 && found <= 0.0 {
                let n1 = counts.of(1);
                return Fitted {
                    discount: Box::new(ConstantDiscount(y)),
                    note: Some(format!(
                        "one discount instead of several: n1 = {n1}, n2 = {n}, n3 = {next} put D2 at {found:.2}, not above 0"
                    )),
                };
            }
            let plus = if r == of.settings.discount_classes as u32 { "+" } else { "" };
            note.get_or_insert_with(|| {
                format!(
                    "D{} for D{r}{plus} too, which n{r} = {n} and n{} = {next} leave {}",
                    r - 1,
                    r + 1,
                    match found {
                        _ if n == 0 => "undefined",
                        _ if found <= 0.0 => "not above 0",
                        _ => "at all of a count, with no interpolation to give any back",
                    }
                )
            });
            discounts.push(discounts[discounts.len() - 1]);
        }
        Fitted { discount: discount(discounts), note }
    }

    fn has_discounts(&self) -> bool {
        true
    }

    fn held_out(&self) -> Option<&dyn HeldOutFit> {
        Some(self)
    }
}

impl HeldOutFit for ModifiedKneserNey {
    fn fit_held_out(&self, held_out: &HeldOut, of: &[OrderCounts<'_>]) -> FittedToText {
        fit_discounts::instead_of(self, held_out, of, discount)
    }
}

/// Uses the formula's three discounts, or `fallback` if one is undefined or out of range, like KenLM.
fn by_formula_or(fallback: [f64; 3], counts: &CountsOfCounts) -> Fitted {
    let n = [1, 2, 3, 4].map(|r| counts.of(r) as f64);
    let y = n[0] / (n[0] + 2.0 * n[1]);
    let formula = |r: usize| r as f64 - (r + 1) as f64 * y * n[r] / n[r - 1];
    let found = [1, 2, 3].map(formula);
    let missing = (1..).zip(n).take(3).find(|(_, n)| *n == 0.0);
    let strays = (1..).zip(found).find(|(r, found)| !(0.0..=f64::from(*r)).contains(found));
    let why = match (missing, strays) {
        (Some((r, _)), _) => format!("n{r} = 0"),
        (_, Some((r, found))) => format!("the formula has {found:.4} for a count of {r}"),
        (None, None) => return Fitted { discount: Box::new(ThreeDiscounts(found)), note: None },
    };
    let note = Some(format!("the discounts to fall back to, as {why}"));
    Fitted { discount: Box::new(ThreeDiscounts(fallback)), note }
}

/// Builds a discount from any number of values.
pub(super) fn discount(discounts: Vec<f64>) -> Box<dyn Discount> {
    match <[f64; 3]>::try_from(discounts) {
        Ok(three) => Box::new(ThreeDiscounts(three)),
        Err(discounts) => Box::new(SomeDiscounts(discounts)),
    }
}

/// Three discounts, a number known at compile time, because most of the time is spent here.
struct ThreeDiscounts([f64; 3]);

impl Discount for ThreeDiscounts {
    #[inline]
    fn share(&self, count: u64, history: HistoryCounts) -> f64 {
        let discount = self.0[(count.min(3) as usize).saturating_sub(1)];
        (count as f64 - discount) * history.scale
    }

    fn written(&self, count: u64, history: HistoryCounts) -> Option<String> {
        written(&self.0, count, history)
    }

    fn parameters(&self) -> Vec<(String, f64)> {
        named(&self.0)
    }
}

struct SomeDiscounts(Vec<f64>);

impl Discount for SomeDiscounts {
    fn share(&self, count: u64, history: HistoryCounts) -> f64 {
        let last = self.0.len() as u64;
        let discount = self.0[(count.min(last) as usize).saturating_sub(1)];
        (count as f64 - discount) * history.scale
    }

    fn written(&self, count: u64, history: HistoryCounts) -> Option<String> {
        written(&self.0, count, history)
    }

    fn parameters(&self) -> Vec<(String, f64)> {
        named(&self.0)
    }
}

fn written(discounts: &[f64], count: u64, history: HistoryCounts) -> Option<String> {
    let last = discounts.len() as u64;
    let discount = discounts[(count.min(last) as usize).saturating_sub(1)];
    ConstantDiscount(discount).written(count, history)
}

fn named(discounts: &[f64]) -> Vec<(String, f64)> {
    let name = |r: usize| if r == discounts.len() { format!("D{r}+") } else { format!("D{r}") };
    (1..).map(name).zip(discounts.iter().copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::smoothing::tests::of;
    use crate::smoothing::{Combine, Settings};

    fn counts(n: [u32; 4]) -> CountsOfCounts {
        (1u64..).zip(n).flat_map(|(r, n)| (0..n).map(move |_| r)).collect()
    }

    fn parameters(n: [u32; 4]) -> (Vec<f64>, Option<String>) {
        let fitted = ModifiedKneserNey.fit(&of(&counts(n)));
        let values = fitted.discount.parameters().into_iter().map(|(_, value)| value).collect();
        (values, fitted.note)
    }

    #[test]
    fn worked_by_hand() {
        // Y = 10/20 = 1/2; D1 = 1 − 2·½·5/10 = ½; D2 = 2 − 3·½·2/5 = 1.4; D3+ = 3 − 4·½·1/2 = 2.
        let (found, note) = parameters([10, 5, 2, 1]);
        assert_eq!(note, None);
        for (found, expected) in found.iter().zip([0.5, 1.4, 2.0]) {
            assert!((found - expected).abs() < 1e-15, "{found} {expected}");
        }
        let discount = ModifiedKneserNey.fit(&of(&counts([10, 5, 2, 1]))).discount;
        let history = HistoryCounts::new(8, 3);
        assert!((discount.share(1, history) - 0.5 / 8.0).abs() < 1e-15);
        assert!((discount.share(2, history) - 0.6 / 8.0).abs() < 1e-15);
        assert!((discount.share(5, history) - 3.0 / 8.0).abs() < 1e-15);
    }

    #[test]
    fn strays() {
        // n3 = 0: D3+ is undefined; Y = ½, D2 = 2.
        let (found, note) = parameters([10, 5, 0, 1]);
        assert_eq!(found[1..], [2.0, 2.0]);
        assert!(note.unwrap().contains("n3 = 0"));
        // D2 takes the whole count, which is not allowed if only other words get it.
        let settings = Settings { combine: Some(Combine::BackOff), ..Settings::default() };
        let backing_off = ModifiedKneserNey
            .fit(&OrderCounts { settings: &settings, ..of(&counts([10, 5, 0, 1])) });
        let values = backing_off.discount.parameters().into_iter().map(|(_, value)| value);
        assert_eq!(values.collect::<Vec<f64>>(), [1.0 - 5.0 / 10.0; 3]);
        let note = backing_off.note.unwrap();
        assert!(note.starts_with("D1 for D2 too, which n2 = 5 and n3 = 0 leave at all"), "{note}");
        // Discounts below their counts are as good for backing off.
        let backing_off = ModifiedKneserNey
            .fit(&OrderCounts { settings: &settings, ..of(&counts([10, 5, 2, 1])) });
        let values = backing_off.discount.parameters().into_iter().map(|(_, value)| value);
        assert_eq!(values.collect::<Vec<f64>>(), parameters([10, 5, 2, 1]).0);
        assert_eq!(backing_off.note, None);
        // Many n-grams seen four times: D3+ = 3 − 4·½·4/1 = −5.
        let (found, note) = parameters([10, 5, 1, 4]);
        assert_eq!(found[1], found[2]);
        assert!(note.unwrap().contains("not above 0"));
        // Many seen three times: D2 = 2 − 3·½·9/5 = −0.7, so one discount.
        let (found, note) = parameters([10, 5, 9, 1]);
        assert_eq!(found, [0.5]);
        assert!(note.unwrap().contains("one discount"));
        // D2 = 2 − 3·½·4/3 = 0 would leave nothing for unseen words.
        let (found, note) = parameters([6, 3, 4, 1]);
        assert_eq!(found, [0.5]);
        assert!(note.unwrap().contains("put D2 at 0.00, not above 0"));
        // None seen once.
        let (found, note) = parameters([0, 5, 9, 1]);
        assert!(found.is_empty(), "{found:?}");
        assert!(note.unwrap().contains("Witten-Bell"));
    }

    #[test]
    fn discounts_to_fall_back_to() {
        let fit = |n| {
            let settings = Settings { fallback: Some([0.5, 1.0, 1.5]), ..Settings::default() };
            let fitted =
                ModifiedKneserNey.fit(&OrderCounts { settings: &settings, ..of(&counts(n)) });
            let values = fitted.discount.parameters().into_iter().map(|(_, value)| value);
            (values.collect::<Vec<f64>>(), fitted.note)
        };
        let (found, note) = fit([10, 5, 2, 1]);
        assert!((found[1] - 1.4).abs() < 1e-12 && note.is_none(), "{found:?}");
        // D3+ = 3 with n4 = 0, and D2 = 0: both are discounts.
        assert_eq!(fit([10, 5, 2, 0]).0[2], 3.0);
        assert_eq!(fit([6, 3, 4, 1]).0[1], 0.0);
        for (n, why) in [
            ([0, 5, 9, 1], "n1 = 0"),
            ([10, 5, 0, 1], "n3 = 0"),
            ([10, 5, 9, 1], "-0.7000 for a count of 2"),
            ([10, 5, 1, 4], "-5.0000 for a count of 3"),
        ] {
            let (found, note) = fit(n);
            assert_eq!(found, [0.5, 1.0, 1.5]);
            assert!(note.clone().unwrap().ends_with(why), "{note:?}");
        }
    }

    #[test]
    fn any_number_of_discounts() {
        let counts: CountsOfCounts =
            (1u64..).zip([20, 10, 5, 4, 2]).flat_map(|(r, n)| (0..n).map(move |_| r)).collect();
        let settings = Settings { discount_classes: 4, ..Settings::default() };
        let fitted = ModifiedKneserNey.fit(&OrderCounts { settings: &settings, ..of(&counts) });
        // Y = 20/40 = ½: 1 − 2·½·10/20, 2 − 3·½·5/10, 3 − 4·½·4/5, 4 − 5·½·2/4.
        let expected = [("D1", 0.5), ("D2", 1.25), ("D3", 1.4), ("D4+", 2.75)];
        let found = fitted.discount.parameters();
        for ((name, value), (expected_name, expected)) in found.iter().zip(expected) {
            assert!(name == expected_name && (value - expected).abs() < 1e-12, "{name} {value}");
        }
        assert_eq!(found.len(), 4);
        let share = fitted.discount.share(9, HistoryCounts::new(10, 2));
        assert!((share - 0.625).abs() < 1e-12);
        let written = fitted.discount.written(9, HistoryCounts::new(10, 2));
        assert_eq!(written.unwrap(), "(9 − 2.75) / 10");
    }
}
