//! Natural discounting: what Ristad's natural law of succession (1995, "A natural law of
//! succession", Princeton CS-TR-495-95) leaves to words that were seen.
//!
//! After T occurrences of N distinct words, of V that there are, the seen ones together have
//!
//! ```text
//! d = (T·(T + 1) + N·(1 − N)) / (T·(T + 1) + 2·N)        1 if N = V        p(w|h) = d · c / T
//! ```
//!
//! of the probability. Within it, relative frequencies are kept as they are, as in SRILM
//! (`-ndiscount`); Ristad's law itself gives a word seen c times (c + 1) / (T + N) of it.

use super::{Combine, Discount, Fitted, HistoryCounts, OrderCounts, Smoothing, short};
use ngram_counts::LowerOrders;

/// Has no parameter, so it is defined for any counts.
pub struct NaturalDiscounting;

impl Smoothing for NaturalDiscounting {
    fn name(&self) -> &'static str {
        "natural"
    }

    fn lower_orders(&self) -> LowerOrders {
        LowerOrders::Raw
    }

    fn combine(&self) -> Combine {
        Combine::BackOff
    }

    fn fit(&self, of: &OrderCounts) -> Fitted {
        Fitted::new(Natural { words: of.words })
    }
}

/// At least so much of a history's probability is left to what was not seen, as much as 64 bits can tell from
/// nothing. By the law, of a history that came more than some ten million times less can be left.
const LEFT: f64 = 1e-15;

pub(super) struct Natural {
    /// V.
    pub words: u64,
}

impl Discount for Natural {
    fn share(&self, count: u64, history: HistoryCounts) -> f64 {
        let relative = count as f64 * history.scale;
        if history.types >= self.words {
            return relative;
        }
        let (total, types) = (history.total as f64, history.types as f64);
        let square = total * (total + 1.0);
        let share = relative * (square + types * (1.0 - types)) / (square + 2.0 * types);
        share.min(relative * (1.0 - LEFT))
    }

    fn written(&self, count: u64, history: HistoryCounts) -> Option<String> {
        let left = self.share(count, history) / (count as f64 * history.scale);
        Some(format!("{} · {count} / {}", short(left), history.total))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn worked_by_hand() {
        // Seen 3 + 1 times, two of nine words: d = (20 − 2) / (20 + 4) = 3/4.
        let history = HistoryCounts::new(4, 2);
        let share = |words, count| Natural { words }.share(count, history);
        assert_eq!((share(9, 3), share(9, 1)), (0.5625, 0.1875));
        // Nothing is left where all words were seen.
        assert_eq!((share(2, 3), share(2, 1)), (0.75, 0.25));
        // Of 10^12 occurrences of one word 2 / 10^24 would be left, which is nothing beside 1.
        let often = HistoryCounts::new(1_000_000_000_000, 1);
        let left = 1.0 - Natural { words: 9 }.share(1_000_000_000_000, often);
        assert!(left > 0.9e-15 && left < 1.1e-15, "{left}");
    }
}
