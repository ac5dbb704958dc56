//! Power discounting: Kneser–Ney with a discount that grows with the count, as in the hierarchical Pitman–Yor
//! model (Teh 2006; approximated as in Huang and Renals 2010, who take c^d as the number of tables):
//!
//! ```text
//! share = (c − d · c^d) / (θ + T)        reserved(h) = (θ + d · Σ c^d) / (θ + T)
//! ```
//!
//! d = n1 / (n1 + 2·n2) for each order; the strength θ is 0 unless given. With θ = 0 and every
//! count 1, this is Kneser–Ney.

use super::{Discount, Fitted, HistoryCounts, OrderCounts, Smoothing, one_discount, short};
use ngram_counts::LowerOrders;

/// Power discounting with one d per order.
pub struct PitmanYor;

impl Smoothing for PitmanYor {
    fn name(&self) -> &'static str {
        "pitman-yor"
    }

    fn lower_orders(&self) -> LowerOrders {
        LowerOrders::Continuation
    }

    fn fit(&self, of: &OrderCounts) -> Fitted {
        match of.settings.discount.or_else(|| one_discount(of.counts)) {
            Some(discount) => Fitted::new(PowerDiscount::new(discount, of.settings.strength)),
            None => super::witten_bell_instead(of.counts),
        }
    }
}

pub(super) struct PowerDiscount {
    discount: f64,
    strength: f64,
    /// d · c^d of small counts, from 0.
    small: Vec<f64>,
}

impl PowerDiscount {
    pub fn new(discount: f64, strength: f64) -> PowerDiscount {
        let small = (0..64).map(|count| discount * f64::from(count).powf(discount)).collect();
        PowerDiscount { discount, strength, small }
    }
}

impl Discount for PowerDiscount {
    fn share(&self, count: u64, history: HistoryCounts) -> f64 {
        let taken = match self.small.get(count as usize) {
            Some(&taken) => taken,
            None => self.discount * (count as f64).powf(self.discount),
        };
        (count as f64 - taken) / (history.total as f64 + self.strength)
    }

    fn written(&self, count: u64, history: HistoryCounts) -> Option<String> {
        let [discount, strength] = [self.discount, self.strength].map(short);
        let total = history.total;
        Some(format!("({count} − {discount} · {count}^{discount}) / ({total} + {strength})"))
    }

    fn parameters(&self) -> Vec<(String, f64)> {
        vec![("d".to_owned(), self.discount), ("strength".to_owned(), self.strength)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::smoothing::Settings;
    use crate::smoothing::tests::of;
    use ngram_counts::CountsOfCounts;

    #[test]
    fn worked_by_hand() {
        // n1 = 2, n2 = 1: d = 1/2, so counts of 1, 4 and 100 lose 1/2, 1 and 5.
        let counts: CountsOfCounts = [1, 1, 2].into_iter().collect();
        let settings = Settings { strength: 3.0, ..Settings::default() };
        let discount = PitmanYor.fit(&OrderCounts { settings: &settings, ..of(&counts) }).discount;
        let history = HistoryCounts::new(117, 3);
        for (count, left) in [(1, 0.5), (4, 3.0), (100, 95.0)] {
            assert!((discount.share(count, history) - left / 120.0).abs() < 1e-12);
        }
    }
}
