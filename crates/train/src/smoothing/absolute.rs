//! Absolute discounting (Ney, Essen and Kneser 1994): the same D is subtracted from every count, and
//! the result is interpolated with the lower order, which is estimated the same way.
//!
//! In [`ABSOLUTE`], the counts of all orders are raw. Kneser–Ney smoothing with one discount
//! ([`KNESER_NEY`]: Kneser and Ney 1995, interpolated as in Chen and Goodman 1999, section 2.7)
//! estimates the lower orders from continuation counts, the number of different words that an n-gram
//! follows.

use super::{
    ConstantDiscount, Discount, Fitted, FittedToText, HeldOutFit, OrderCounts, Smoothing,
    fit_discounts, fit_one_discount,
};
use crate::held_out::HeldOut;
use ngram_counts::LowerOrders;

/// Absolute discounting of raw counts.
pub const ABSOLUTE: AbsoluteDiscounting =
    AbsoluteDiscounting { name: "absolute", lower_orders: LowerOrders::Raw };

/// Kneser–Ney smoothing with one discount.
pub const KNESER_NEY: AbsoluteDiscounting =
    AbsoluteDiscounting { name: "kneser-ney", lower_orders: LowerOrders::Continuation };

/// With D = n1 / (n1 + 2·n2) for each order.
pub struct AbsoluteDiscounting {
    name: &'static str,
    lower_orders: LowerOrders,
}

impl Smoothing for AbsoluteDiscounting {
    fn name(&self) -> &'static str {
        self.name
    }

    fn lower_orders(&self) -> LowerOrders {
        self.lower_orders
    }

    fn fit(&self, of: &OrderCounts) -> Fitted {
        fit_one_discount(of)
    }

    fn has_discounts(&self) -> bool {
        true
    }

    fn held_out(&self) -> Option<&dyn HeldOutFit> {
        Some(self)
    }
}

impl HeldOutFit for AbsoluteDiscounting {
    fn fit_held_out(&self, held_out: &HeldOut, of: &[OrderCounts<'_>]) -> FittedToText {
        let one = |found: Vec<f64>| -> Box<dyn Discount> { Box::new(ConstantDiscount(found[0])) };
        fit_discounts::instead_of(self, held_out, of, one)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::smoothing::HistoryCounts;
    use crate::smoothing::tests::of;
    use ngram_counts::CountsOfCounts;

    #[test]
    fn takes_the_same_from_every_count() {
        // n1 = 3, n2 = 1: D = 3 / 5.
        let counts: CountsOfCounts = [1, 1, 1, 2, 7].into_iter().collect();
        let discount = ABSOLUTE.fit(&of(&counts)).discount;
        assert_eq!(discount.parameters(), [("D".to_owned(), 0.6)]);
        let history = HistoryCounts::new(10, 4);
        assert!((discount.share(7, history) - 0.64).abs() < 1e-15);
        assert!((discount.share(1, history) - 0.04).abs() < 1e-15);
    }

    #[test]
    fn undefined_without_singletons() {
        let fitted = ABSOLUTE.fit(&of(&[2, 2, 3].into_iter().collect()));
        assert!(fitted.note.is_some_and(|note| note.contains("n1 = 0 and n2 = 2")));
        let history = HistoryCounts::new(4, 2);
        assert_eq!(fitted.discount.share(3, history), 0.5);
    }

    #[test]
    fn kneser_ney_differs_by_its_counts() {
        let counts: CountsOfCounts = [1, 1, 1, 2].into_iter().collect();
        assert_eq!(KNESER_NEY.fit(&of(&counts)).discount.parameters(), [("D".to_owned(), 0.6)]);
        assert_eq!(KNESER_NEY.lower_orders(), LowerOrders::Continuation);
        assert_eq!(ABSOLUTE.lower_orders(), LowerOrders::Raw);
    }
}
