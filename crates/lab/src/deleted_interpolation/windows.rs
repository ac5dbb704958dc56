//! Counts n-grams by sorting windows: small, exact, and for any n.

/// The distinct windows of `N` numbers in a text, sorted, with their counts.
pub struct Windows<const N: usize> {
    sorted: Vec<[u32; N]>,
    /// The number of windows before each of `sorted`, and in total at the end.
    before: Vec<u64>,
}

impl<const N: usize> Windows<N> {
    /// Sorts and counts.
    pub fn new(mut windows: Vec<[u32; N]>) -> Windows<N> {
        windows.sort_unstable();
        let mut before = Vec::new();
        let mut place = 0u64;
        for run in windows.chunk_by(|one, other| one == other) {
            before.push(place);
            place += run.len() as u64;
        }
        before.push(place);
        windows.dedup();
        Windows { sorted: windows, before }
    }

    /// Returns the total number of windows.
    pub fn total(&self) -> u64 {
        self.before.last().copied().unwrap_or(0)
    }

    /// Returns the number of windows that begin with `history`, which has at most N − 1 numbers.
    pub fn after(&self, history: &[u32]) -> u64 {
        let first = self.sorted.partition_point(|window| window[..history.len()] < *history);
        let behind = self.sorted[first..].partition_point(|w| w[..history.len()] == *history);
        self.before[first + behind] - self.before[first]
    }

    /// Returns the count of a window.
    pub fn count(&self, window: [u32; N]) -> u64 {
        match self.sorted.binary_search(&window) {
            Ok(found) => self.before[found + 1] - self.before[found],
            Err(_) => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let found = Windows::new(vec![[2, 1], [1, 1], [2, 3], [2, 1]]);
        assert_eq!(found.total(), 4);
        assert_eq!(
            [[2, 1], [1, 1], [2, 2], [2, 3], [9, 9]].map(|w| found.count(w)),
            [2, 1, 0, 1, 0]
        );
        assert_eq!([0, 1, 2, 3].map(|history| found.after(&[history])), [0, 1, 3, 0]);
        assert_eq!(found.after(&[]), 4);
        assert_eq!(Windows::<1>::new(vec![]).after(&[]), 0);
    }
}
