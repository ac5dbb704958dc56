//! Natural discounting: seen words get what Ristad's natural law of succession (1995, "A natural
//! law of succession", Princeton CS-TR-495-95) gives them.
//!
//! After T occurrences of N distinct words, out of V in all, the seen words together get
//!
//! ```text
//! d = (T·(T + 1) + N·(1 − N)) / (T·(T + 1) + 2·N)        1 if N = V        p(w|h) = d · c / T
//! ```
//!
//! of the probability. It is divided by relative frequency, as with SRILM's `-ndiscount`; Ristad's
//! law itself gives (c + 1) / (T + N) of it to a word seen c times.

use super::{Combine, Discount, Fitted, HistoryCounts, OrderCounts, Smoothing, short};

/// Natural discounting. Has no parameter, so it is defined for any counts.
pub struct NaturalDiscounting;

impl Smoothing for NaturalDiscounting {
    fn name(&self) -> &'static str {
        "natural"
    }

    fn combine(&self) -> Combine {
        Combine::BackOff
    }

    fn fit(&self, of: &OrderCounts) -> Fitted {
        Fitted::new(Natural { words: of.words })
    }
}

/// The least share of a history's probability left for unseen words, about the smallest that 64 bits can
/// tell from nothing. The law itself can leave less after some ten million occurrences of a history.
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
        // Seen 3 + 1 times, two words out of nine: d = (20 − 2) / (20 + 4) = 3/4.
        let history = HistoryCounts::new(4, 2);
        let share = |words, count| Natural { words }.share(count, history);
        assert_eq!((share(9, 3), share(9, 1)), (0.5625, 0.1875));
        // Seen 2 + 1 + 1 times: d = (20 − 6) / (20 + 6) = 7/13.
        let three = HistoryCounts::new(4, 3);
        let found = Natural { words: 9 }.share(2, three);
        assert!((found - 7.0 / 26.0).abs() < 1e-15, "{found}");
        // Nothing is left if all words were seen.
        assert_eq!((share(2, 3), share(2, 1)), (0.75, 0.25));
        // After 10^12 occurrences of one word, 2 / 10^24 would be left, which is lost next to 1.
        let often = HistoryCounts::new(1_000_000_000_000, 1);
        let left = 1.0 - Natural { words: 9 }.share(1_000_000_000_000, often);
        assert!(left > 0.9e-15 && left < 1.1e-15, "{left}");
    }
}
