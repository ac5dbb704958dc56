//! Kneser–Ney smoothing with one discount (Kneser and Ney 1995), interpolated as in Chen and
//! Goodman (1999), section 2.7: absolute discounting whose lower orders are estimated from
//! continuation counts, in how many different surroundings an n-gram occurs.

use super::{Fitted, OrderCounts, Smoothing, fit_one_discount};
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
