//! Maximum likelihood: c / T. Unseen words get probability 0.

use super::{Discount, Fitted, HistoryCounts, OrderCounts, Smoothing};

/// Relative frequencies, for comparison and teaching.
pub struct MaximumLikelihood;

impl Smoothing for MaximumLikelihood {
    fn name(&self) -> &'static str {
        "maximum-likelihood"
    }

    fn fit(&self, _of: &OrderCounts) -> Fitted {
        Fitted::new(MaximumLikelihood)
    }
}

impl Discount for MaximumLikelihood {
    fn share(&self, count: u64, history: HistoryCounts) -> f64 {
        count as f64 * history.scale
    }

    fn written(&self, count: u64, history: HistoryCounts) -> Option<String> {
        Some(format!("{count} / {}", history.total))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_frequency() {
        let history = HistoryCounts::new(10, 3);
        assert_eq!(MaximumLikelihood.share(4, history), 0.4);
    }
}
