//! Witten–Bell smoothing, method C of Witten and Bell (1991), interpolated as in Chen and Goodman
//! (1999), section 2.5: after N different words in T occurrences of a history, the next one is new
//! with probability N / (T + N).

use super::{Discount, Fitted, HistoryCounts, OrderCounts, Smoothing};

/// Witten–Bell smoothing. Has no parameter, so it is defined for any counts.
pub struct WittenBell;

impl Smoothing for WittenBell {
    fn name(&self) -> &'static str {
        "witten-bell"
    }

    fn fit(&self, _of: &OrderCounts) -> Fitted {
        Fitted::new(WittenBell)
    }
}

impl Discount for WittenBell {
    fn share(&self, count: u64, history: HistoryCounts) -> f64 {
        count as f64 / (history.total + history.types) as f64
    }

    fn written(&self, count: u64, history: HistoryCounts) -> Option<String> {
        Some(format!("{count} / ({} + {})", history.total, history.types))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_word_is_as_likely_as_the_types_are_many() {
        // Seen 3 + 1 = 4 times, 2 different words: shares 3/6 and 1/6; 2/6 is left.
        let history = HistoryCounts::new(4, 2);
        assert_eq!(WittenBell.share(3, history), 0.5);
        assert_eq!(WittenBell.share(1, history), 1.0 / 6.0);
    }
}
