//! Absolute discounting (Ney, Essen and Kneser 1994): the same D is taken from every count, and
//! interpolated with the lower order, which is estimated in the same way from its own raw counts.

use super::{Fitted, OrderCounts, Smoothing, fit_one_discount};
use ngram_counts::LowerOrders;

/// With D = n1 / (n1 + 2·n2) for each order.
pub struct AbsoluteDiscounting;

impl Smoothing for AbsoluteDiscounting {
    fn name(&self) -> &'static str {
        "absolute"
    }

    fn lower_orders(&self) -> LowerOrders {
        LowerOrders::Raw
    }

    fn fit(&self, of: &OrderCounts) -> Fitted {
        fit_one_discount(of)
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
        let discount = AbsoluteDiscounting.fit(&of(&counts)).discount;
        assert_eq!(discount.parameters(), [("D".to_owned(), 0.6)]);
        let history = HistoryCounts::new(10, 4);
        assert!((discount.share(7, history) - 0.64).abs() < 1e-15);
        assert!((discount.share(1, history) - 0.04).abs() < 1e-15);
    }

    #[test]
    fn undefined_without_singletons() {
        let fitted = AbsoluteDiscounting.fit(&of(&[2, 2, 3].into_iter().collect()));
        assert!(fitted.note.is_some_and(|note| note.contains("n1 = 0 and n2 = 2")));
        let history = HistoryCounts::new(4, 2);
        assert_eq!(fitted.discount.share(3, history), 0.5);
    }
}
