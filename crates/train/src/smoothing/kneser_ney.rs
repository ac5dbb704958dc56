//! Kneser–Ney smoothing with one discount (Kneser and Ney 1995), interpolated as in Chen and
//! Goodman (1999), section 2.7: absolute discounting whose lower orders are estimated from
//! continuation counts, the number of different words that an n-gram follows.

use super::{
    ConstantDiscount, Discount, Fitted, FittedToText, HeldOutFit, OrderCounts, Smoothing,
    fit_discounts, fit_one_discount,
};
use crate::held_out::HeldOut;
use ngram_counts::LowerOrders;

/// With D = n1 / (n1 + 2·n2) for each order.
pub struct KneserNey;

impl Smoothing for KneserNey {
    fn name(&self) -> &'static str {
        "kneser-ney"
    }

    fn lower_orders(&self) -> LowerOrders {
        LowerOrders::Continuation
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

impl HeldOutFit for KneserNey {
    fn fit_held_out(&self, held_out: &HeldOut, of: &[OrderCounts<'_>]) -> FittedToText {
        let one = |found: Vec<f64>| -> Box<dyn Discount> { Box::new(ConstantDiscount(found[0])) };
        fit_discounts::instead_of(self, held_out, of, one)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::smoothing::tests::of;
    use ngram_counts::CountsOfCounts;

    #[test]
    fn differs_from_absolute_discounting_by_its_counts() {
        let counts: CountsOfCounts = [1, 1, 1, 2].into_iter().collect();
        assert_eq!(KneserNey.fit(&of(&counts)).discount.parameters(), [("D".to_owned(), 0.6)]);
        assert_eq!(KneserNey.lower_orders(), LowerOrders::Continuation);
    }
}
