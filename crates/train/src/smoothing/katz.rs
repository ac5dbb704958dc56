//! Katz smoothing: Good–Turing discounts with back-off (Katz 1987; Chen and Goodman 1999, section
//! 2.4, equations 10 to 12).
//!
//! An n-gram seen r times is counted as r* = (r + 1) · n_{r+1} / n_r (Good 1953). Counts above k
//! are trusted as they are. The others are discounted in proportion, so that the total discount is
//! what Good–Turing gives to unseen n-grams, n1 of all counts:
//!
//! ```text
//! d(r) = (r*/r − A) / (1 − A)      A = (k + 1) · n_{k+1} / n1      p(w|h) = d(c) · c / T
//! ```
//!
//! There are two named conventions. [`KATZ`] is Chen and Goodman's: k = 5, with additive smoothing
//! for unigrams. [`GOOD_TURING`] is SRILM's default: k = 7, with relative frequencies for unigrams,
//! apart from rule 3 below.
//!
//! Counts-of-counts can leave discounts undefined. As in SRILM,
//!
//! 1. k is lowered until n_{k+1} is not 0, and to r − 1 if n_r is 0;
//! 2. counts of r are not discounted if d(r) is not above 0, or r* is above r;
//! 3. if nothing is left after a history because all its counts are high, its total count is raised
//!    until 3 parts in a million are left for unseen words: by one, or by more above 333,333
//!    occurrences (Paul's remedy in the CMU toolkit, Rosenfeld 1995).

use super::additive::Added;
use super::{Combine, Discount, Fitted, HistoryCounts, OrderCounts, Smoothing};
use ngram_counts::CountsOfCounts;

/// Katz smoothing by Chen and Goodman's convention.
pub const KATZ: Katz = Katz { name: "katz", max: 5, adds: true };

/// Katz smoothing by SRILM's convention.
pub const GOOD_TURING: Katz = Katz { name: "good-turing", max: 7, adds: false };

/// Katz smoothing.
pub struct Katz {
    name: &'static str,
    /// k, unless the user sets it.
    max: u32,
    /// Whether unigrams get additive smoothing.
    adds: bool,
}

impl Smoothing for Katz {
    fn name(&self) -> &'static str {
        self.name
    }

    fn combine(&self) -> Combine {
        Combine::BackOff
    }

    fn fit(&self, of: &OrderCounts) -> Fitted {
        match of.order {
            1 if self.adds => Fitted::new(Added { delta: of.settings.delta, words: of.words }),
            1 => Fitted::new(Discounts(Vec::new())),
            _ => fit(of.counts, of.good_turing_max(self.max)),
        }
    }
}

fn fit(counts: &CountsOfCounts, max: u32) -> Fitted {
    let n = |r: u32| counts.of(r) as f64;
    let mut k = max;
    while k > 0 && counts.of(k + 1) == 0 {
        k -= 1;
    }
    if let Some(missing) = (1..=k).find(|&r| counts.of(r) == 0) {
        k = missing - 1;
    }
    let mut notes = Vec::new();
    if k < max {
        let zeros: Vec<String> =
            (1..=max + 1).filter(|&r| counts.of(r) == 0).map(|r| format!("n{r} = 0")).collect();
        notes.push(match k {
            0 => format!("no count is discounted, as {}", zeros.join(", ")),
            _ => format!("counts up to {k} are discounted, not {max}, as {}", zeros.join(", ")),
        });
    }
    let common = if k == 0 { 0.0 } else { f64::from(k + 1) * n(k + 1) / n(1) };
    let mut kept = Vec::new();
    let discounts = (1..=k).map(|r| {
        let ratio = f64::from(r + 1) * n(r + 1) / (f64::from(r) * n(r));
        let discount = (ratio - common) / (1.0 - common);
        // NaN if n1 = (k + 1) · n_{k+1}.
        let is_discount = discount > 1e-6 && ratio <= 1.0 && discount <= 1.0;
        if !is_discount {
            kept.push(r.to_string());
        }
        if is_discount { discount } else { 1.0 }
    });
    let discounts = discounts.collect();
    if !kept.is_empty() {
        notes.push(format!(
            "counts of {} are not discounted, as d is undefined or not between 0 and 1 there",
            kept.join(", ")
        ));
    }
    Fitted {
        discount: Box::new(Discounts(discounts)),
        note: (!notes.is_empty()).then(|| notes.join("; ")),
    }
}

/// d(1), d(2), …, d(k): the factors that counts are multiplied by.
pub(super) struct Discounts(pub Vec<f64>);

/// The least share of a history's probability left for unseen words, as in SRILM.
const LEFT: f64 = 3e-6;

impl Discounts {
    fn of(&self, count: u64) -> f64 {
        self.0.get((count as usize).wrapping_sub(1)).copied().unwrap_or(1.0)
    }

    /// Returns T, raised as far as needed to leave something over; `kept` is the sum of discounted counts.
    fn total(kept: f64, total: u64) -> f64 {
        (total as f64).max((kept / (1.0 - LEFT)).ceil())
    }

    /// Turns the discounted counts after a history into shares.
    fn divide(counts: &mut [f64], history: HistoryCounts) {
        let total = Discounts::total(counts.iter().sum(), history.total);
        counts.iter_mut().for_each(|count| *count /= total);
    }
}

impl Discount for Discounts {
    fn share(&self, count: u64, history: HistoryCounts) -> f64 {
        match self.0.is_empty() {
            true => count as f64 / Discounts::total(history.total as f64, history.total),
            false => self.of(count) * count as f64 * history.scale,
        }
    }

    fn shares(&self, counts: &[u32], history: HistoryCounts, shares: &mut Vec<f64>) {
        shares.clear();
        shares.extend(counts.iter().map(|&c| self.of(u64::from(c)) * f64::from(c)));
        Discounts::divide(shares, history);
    }

    fn wide_shares(&self, counts: &[u64], history: HistoryCounts, shares: &mut Vec<f64>) {
        shares.clear();
        shares.extend(counts.iter().map(|&c| self.of(c) * c as f64));
        Discounts::divide(shares, history);
    }

    fn written(&self, count: u64, history: HistoryCounts) -> Option<String> {
        if self.0.is_empty() {
            let total = Discounts::total(history.total as f64, history.total);
            return Some(format!("{count} / {total}"));
        }
        Some(format!("{} · {count} / {}", super::short(self.of(count)), history.total))
    }

    fn parameters(&self) -> Vec<(String, f64)> {
        (1..).zip(&self.0).map(|(r, &discount)| (format!("d{r}"), discount)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::smoothing::Settings;

    fn counts(n: &[u32]) -> CountsOfCounts {
        (1u64..).zip(n).flat_map(|(r, &n)| (0..n).map(move |_| r)).collect()
    }

    fn fitted(n: &[u32], max: u32) -> (Vec<f64>, Option<String>) {
        let fitted = fit(&counts(n), max);
        let values = fitted.discount.parameters().into_iter().map(|(_, value)| value).collect();
        (values, fitted.note)
    }

    #[test]
    fn worked_by_hand() {
        // n = 12, 3, 1 and k = 2: A = 3·1/12 = 1/4. 1* = 2·3/12 = 1/2, so d1 = (1/2 − 1/4)/(3/4)
        // = 1/3. 2* = 3·1/3 = 1, so 2*/2 = 1/2 and d2 = 1/3, too.
        let (found, note) = fitted(&[12, 3, 1], 2);
        assert_eq!(note, None);
        assert!(found.iter().all(|d| (d - 1.0 / 3.0).abs() < 1e-15), "{found:?}");
        // 12·(2/3) + 3·2·(2/3) = 12: the total discount is n1, as Good–Turing requires.
        let discount = fit(&counts(&[12, 3, 1]), 2).discount;
        let history = HistoryCounts::new(5, 3);
        let mut shares = Vec::new();
        discount.shares(&[1, 1, 3], history, &mut shares);
        assert!((shares[0] - 1.0 / 15.0).abs() < 1e-15);
        assert!((shares[2] - 3.0 / 5.0).abs() < 1e-15);
        // No count is 2 or less: the total is raised by one.
        discount.shares(&[3, 6], HistoryCounts::new(9, 2), &mut shares);
        assert_eq!(shares, [0.3, 0.6]);
        // One share is the same as that among all.
        let share = |count| discount.share(count, history);
        assert!((share(1) - 1.0 / 15.0).abs() < 1e-15 && (share(2) - 2.0 / 15.0).abs() < 1e-15);
        assert!((share(3) - 3.0 / 5.0).abs() < 1e-15);
        // n = 12, 4, 2: A = 3·2/12 = 1/2; d1 = (2·4/12 − 1/2)/(1/2), d2 = (3·2/8 − 1/2)/(1/2).
        let (found, note) = fitted(&[12, 4, 2], 2);
        assert!(note.is_none() && (found[0] - 1.0 / 3.0).abs() < 1e-15, "{found:?}");
        assert_eq!(found[1..], [0.5]);
    }

    #[test]
    fn strays() {
        // n4 = 0: k = 2 for 3.
        let (found, note) = fitted(&[12, 3, 1], 3);
        assert_eq!(found.len(), 2);
        assert_eq!(note.unwrap(), "counts up to 2 are discounted, not 3, as n4 = 0");
        // No counts at all.
        assert!(fitted(&[], 2).0.is_empty());
        // n2 = 0: k is at most 1, and d1 needs n2 as well.
        let (found, note) = fitted(&[12, 0, 1], 2);
        assert_eq!(found, [1.0]);
        assert!(note.unwrap().contains("n2 = 0"));
        // No singletons.
        let (found, note) = fitted(&[0, 3, 1], 2);
        assert!(found.is_empty(), "{found:?}");
        assert!(note.unwrap().contains("no count is discounted, as n1 = 0"));
        // More n-grams were seen three times than twice: 2*/2 = 3·4/(2·3) = 2.
        let (found, note) = fitted(&[30, 3, 4, 1], 3);
        assert_eq!(found[1], 1.0);
        assert!(note.unwrap().contains("counts of 2 are not discounted"));
    }

    #[test]
    fn the_two_conventions_differ_in_k_and_in_single_words() {
        let counts = counts(&[900, 300, 120, 60, 35, 25, 18, 14, 11]);
        let settings = Settings::default();
        let of = |order| OrderCounts { order, words: 1000, counts: &counts, settings: &settings };
        assert_eq!(KATZ.fit(&of(2)).discount.parameters().len(), 5);
        assert_eq!(GOOD_TURING.fit(&of(2)).discount.parameters().len(), 7);
        let history = HistoryCounts::new(9, 2);
        assert_eq!(KATZ.fit(&of(1)).discount.share(4, history), 5.0 / 1009.0);
        assert_eq!(GOOD_TURING.fit(&of(1)).discount.share(4, history), 0.4);
    }
}
