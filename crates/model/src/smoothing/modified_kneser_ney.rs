//! Modified Kneser–Ney smoothing (Chen and Goodman 1999), interpolated: three discounts, for
//! n-grams seen once, twice, and more often, from the counts-of-counts of each order
//! (their equation 26):
//!
//! ```text
//! Y = n1 / (n1 + 2·n2)      D1 = 1 − 2Y·n2/n1      D2 = 2 − 3Y·n3/n2      D3+ = 3 − 4Y·n4/n3
//! ```
//!
//! Small, artificial and closed-vocabulary texts can leave these undefined or out of range. Then,
//! order by order:
//!
//! 1. if only D3+ is (n3 = 0, or below 0), it takes the value of D2;
//! 2. else one discount Y serves for all counts;
//! 3. else, if n1 or n2 is 0, Witten–Bell takes the order.

use super::{
    ConstantDiscount, Discount, Fitted, HistoryCounts, OrderCounts, Smoothing, one_discount,
};
use ngram_counts::LowerOrders;

/// The default method.
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
        let [n1, n2, n3, n4] = [1, 2, 3, 4].map(|r| counts.of(r));
        let Some(y) = one_discount(counts) else {
            return super::witten_bell_instead(counts);
        };
        let next = |r: f64, n_r: u64, n_next: u64| r - (r + 1.0) * y * n_next as f64 / n_r as f64;
        let d1 = next(1.0, n1, n2);
        let d2 = next(2.0, n2, n3);
        let d3 = next(3.0, n3, n4);
        if d2 < 0.0 {
            return Fitted {
                discount: Box::new(ConstantDiscount(y)),
                note: Some(format!(
                    "one discount instead of three: n1 = {n1}, n2 = {n2}, n3 = {n3} put D2 at {d2:.2}, below 0"
                )),
            };
        }
        // With n3 = 0 the formula is a division by 0, not a number.
        if d3 >= 0.0 && n3 > 0 {
            return Fitted::new(ThreeDiscounts([d1, d2, d3]));
        }
        Fitted {
            discount: Box::new(ThreeDiscounts([d1, d2, d2])),
            note: Some(format!(
                "D2 for D3+ too, which n3 = {n3} and n4 = {n4} leave {}",
                if n3 == 0 { "undefined" } else { "below 0" }
            )),
        }
    }
}

struct ThreeDiscounts([f64; 3]);

impl Discount for ThreeDiscounts {
    #[inline]
    fn share(&self, count: u64, history: HistoryCounts) -> f64 {
        let discount = self.0[(count.min(3) as usize).saturating_sub(1)];
        (count as f64 - discount) * history.scale
    }

    fn parameters(&self) -> Vec<(String, f64)> {
        ["D1", "D2", "D3+"].map(str::to_owned).into_iter().zip(self.0).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::smoothing::tests::of;
    use ngram_counts::CountsOfCounts;

    fn counts(n: [u32; 4]) -> CountsOfCounts {
        (1u32..).zip(n).flat_map(|(r, n)| (0..n).map(move |_| r)).collect()
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
        // Many n-grams seen four times: D3+ = 3 − 4·½·4/1 = −5.
        let (found, note) = parameters([10, 5, 1, 4]);
        assert_eq!(found[1], found[2]);
        assert!(note.unwrap().contains("below 0"));
        // Many seen three times: D2 = 2 − 3·½·9/5 = −0.7, so one discount.
        let (found, note) = parameters([10, 5, 9, 1]);
        assert_eq!(found, [0.5]);
        assert!(note.unwrap().contains("one discount"));
        // None seen once.
        let (found, note) = parameters([0, 5, 9, 1]);
        assert_eq!(found, []);
        assert!(note.unwrap().contains("Witten-Bell"));
    }
}
