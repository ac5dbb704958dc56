//! Counts-of-counts: how many n-grams were seen once, twice, and so on. Discounts are estimated from them.

/// Counts-of-counts of one order: `of(r)` is n_r, the number of distinct n-grams with count r.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CountsOfCounts {
    seen: [u64; CountsOfCounts::HIGHEST as usize],
    ngrams: u64,
    total: u64,
}

impl CountsOfCounts {
    const HIGHEST_COUNT: u64 = CountsOfCounts::HIGHEST as u64;

    /// The highest count with an entry of its own.
    pub const HIGHEST: u32 = 10;

    /// Adds an n-gram with this count, which is at least 1.
    #[inline]
    pub fn add(&mut self, count: u64) {
        self.ngrams += 1;
        self.total += count;
        // Compared in 64 bits, so that truncation never turns a high count into a low one.
        if let 1..=CountsOfCounts::HIGHEST_COUNT = count {
            self.seen[count as usize - 1] += 1;
        }
    }

    /// Counts an n-gram that was added with one count with another one, of at least 1.
    pub fn recount(&mut self, from: u64, to: u64) {
        let place = |count: u64| usize::try_from(count).ok()?.checked_sub(1);
        if let Some(seen) = place(from).and_then(|place| self.seen.get_mut(place)) {
            *seen = seen.saturating_sub(1);
        }
        if let Some(seen) = place(to).and_then(|place| self.seen.get_mut(place)) {
            *seen += 1;
        }
        self.total = self.total.saturating_sub(from).saturating_add(to);
    }

    /// Returns n_r, for r from 1 to [`CountsOfCounts::HIGHEST`].
    ///
    /// # Panics
    ///
    /// If `r` is outside that range.
    pub fn of(&self, r: u32) -> u64 {
        self.seen[r as usize - 1]
    }

    /// Returns the number of distinct n-grams.
    pub fn ngrams(&self) -> u64 {
        self.ngrams
    }

    /// Returns the sum of their counts.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Adds the counts-of-counts of another part of the n-grams.
    pub fn merge(&mut self, other: &CountsOfCounts) {
        for (mine, others) in self.seen.iter_mut().zip(other.seen) {
            *mine += others;
        }
        self.ngrams += other.ngrams;
        self.total += other.total;
    }
}

impl FromIterator<u64> for CountsOfCounts {
    fn from_iter<I: IntoIterator<Item = u64>>(counts: I) -> CountsOfCounts {
        let mut found = CountsOfCounts::default();
        counts.into_iter().for_each(|count| found.add(count));
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts() {
        let mut found: CountsOfCounts =
            [1, 1, 2, 10, 11, (1 << 32) + 1, (1 << 33) + 2].into_iter().collect();
        assert_eq!((found.of(1), found.of(2), found.of(3), found.of(10)), (2, 1, 0, 1));
        assert_eq!((found.ngrams(), found.total()), (7, 25 + (3 << 32) + 3));
        found.merge(&found.clone());
        assert_eq!((found.of(1), found.ngrams(), found.total()), (4, 14, 2 * (25 + (3 << 32) + 3)));
    }
}
