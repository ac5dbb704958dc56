//! The suffix array of a text, from which all statistics of repetition are read.

use ngram_store::{Cancelled, Progress};

/// Marks an empty place.
const EMPTY: u32 = u32::MAX;

/// The suffixes of a text, sorted, with the common prefix lengths of neighbours.
pub struct SuffixArray {
    /// The start of each suffix, in sorted order.
    pub starts: Vec<u32>,
    /// For each place of `starts`, the length of the common prefix with the suffix before it; 0 for
    /// the first.
    pub common: Vec<u32>,
}

impl SuffixArray {
    /// Sorts the suffixes of `text`, whose symbols are below `kinds`, in linear time. `None` if it
    /// has 2^32 − 1 symbols or more.
    ///
    /// # Errors
    ///
    /// If `progress` cancels the work.
    pub fn new(
        text: &[u32],
        kinds: usize,
        progress: &dyn Progress,
    ) -> Result<Option<SuffixArray>, Cancelled> {
        if text.len() >= EMPTY as usize {
            return Ok(None);
        }
        let starts = sort(text, kinds, progress)?;
        let common = common_prefixes(text, &starts, progress)?;
        Ok(Some(SuffixArray { starts, common }))
    }

    /// Returns for each place i of the text the length of the longest match with the text at an
    /// earlier place. The two may overlap.
    ///
    /// Places are removed from the sorted list one by one, from the end of the text: the neighbours
    /// of i are then the nearest of the earlier places (after Crochemore and Ilie 2008).
    ///
    /// # Errors
    ///
    /// If `progress` cancels the work.
    pub fn longest_earlier(&self, progress: &dyn Progress) -> Result<Vec<u32>, Cancelled> {
        let n = self.starts.len();
        let mut rank = vec![0u32; n];
        for (place, &start) in self.starts.iter().enumerate() {
            progress.proceed_at(place)?;
            rank[start as usize] = place as u32;
        }
        // n means no neighbour, on either side.
        let mut before: Vec<u32> =
            (0..n as u32).map(|r| r.checked_sub(1).unwrap_or(n as u32)).collect();
        let mut after: Vec<u32> = (1..=n as u32).collect();
        let mut common = self.common.clone();
        let mut longest = vec![0u32; n];
        for (start, slot) in longest.iter_mut().enumerate().rev() {
            progress.proceed_at(start)?;
            let at = rank[start] as usize;
            let (left, right) = (before[at] as usize, after[at] as usize);
            let with_left = if left < n { common[at] } else { 0 };
            let with_right = if right < n { common[right] } else { 0 };
            *slot = with_left.max(with_right);
            if left < n {
                after[left] = right as u32;
            }
            if right < n {
                before[right] = left as u32;
                common[right] = with_left.min(with_right);
            }
        }
        Ok(longest)
    }

    /// Returns how often each string of `length` symbols occurs, in sorted order of the strings.
    pub fn counts(&self, length: usize) -> impl Iterator<Item = u64> {
        let n = self.starts.len();
        let mut place = 0;
        std::iter::from_fn(move || {
            // A suffix that is too short sorts before all its extensions.
            while place < n && n - (self.starts[place] as usize) < length {
                place += 1;
            }
            if place >= n {
                return None;
            }
            let first = place;
            place += 1;
            while place < n && self.common[place] as usize >= length {
                place += 1;
            }
            Some((place - first) as u64)
        })
    }
}

/// Computes the common prefix lengths of neighbours in linear time: from left to right, the length
/// at i + 1 is at least that at i minus one (Kasai, Lee, Arimura, Arikawa and Park 2001).
fn common_prefixes(
    text: &[u32],
    starts: &[u32],
    progress: &dyn Progress,
) -> Result<Vec<u32>, Cancelled> {
    let n = text.len();
    // The suffix before each suffix in sorted order.
    let mut previous = vec![EMPTY; n];
    for pair in starts.windows(2) {
        previous[pair[1] as usize] = pair[0];
    }
    let mut by_start = vec![0u32; n];
    let mut length = 0usize;
    for start in 0..n {
        progress.proceed_at(start)?;
        if previous[start] == EMPTY {
            length = 0;
            continue;
        }
        let other = previous[start] as usize;
        let more = text[start + length..].iter().zip(&text[other + length..]);
        length += more.take_while(|(one, other)| one == other).count();
        by_start[start] = length as u32;
        length = length.saturating_sub(1);
    }
    Ok(starts.iter().map(|&start| by_start[start as usize]).collect())
}

/// Returns the start of each suffix in sorted order, by induced sorting (Nong, Zhang and Chan 2009,
/// "SA-IS").
///
/// A suffix is *rising* if it is smaller than the next one, otherwise *falling*; the end of the
/// text is smaller than anything. A *valley* is a rising suffix after a falling one. Once the
/// valleys are sorted, a forward sweep sorts the falling suffixes and a backward sweep the rising
/// ones.
fn sort(text: &[u32], kinds: usize, progress: &dyn Progress) -> Result<Vec<u32>, Cancelled> {
    let n = text.len();
    if n <= 1 {
        return Ok((0..n as u32).collect());
    }
    progress.proceed()?;
    let induction = Induction::new(text, kinds);
    let rising = &induction.rising;
    let is_valley = |at: usize| at > 0 && rising[at] && !rising[at - 1];
    let valleys: Vec<u32> = (1..n).filter(|&at| is_valley(at)).map(|at| at as u32).collect();

    // The valleys are not sorted yet, but sweeping from them sorts the stretches from each valley
    // to the next.
    let mut starts = induction.sweep(&valleys, progress)?;
    if valleys.len() <= 1 {
        return Ok(starts);
    }
    let end_of = |number: usize| valleys.get(number + 1).map_or(n, |&next| next as usize + 1);
    // The number of each valley, by its place; two valleys are never adjacent.
    let mut number_at = vec![EMPTY; n / 2 + 1];
    for (number, &at) in valleys.iter().enumerate() {
        number_at[at as usize / 2] = number as u32;
    }
    let mut names = vec![0u32; valleys.len()];
    let (mut name, mut last) = (0u32, None::<usize>);
    let found = starts.iter().filter(|&&start| is_valley(start as usize));
    for (place, &start) in found.enumerate() {
        progress.proceed_at(place)?;
        let number = number_at[start as usize / 2] as usize;
        if let Some(last) = last {
            let stretch = |number: usize| &text[valleys[number] as usize..end_of(number)];
            // The last stretch includes the end of the text, so it equals no other.
            let at_end = |number: usize| number + 1 == valleys.len();
            if at_end(last) || at_end(number) || stretch(last) != stretch(number) {
                name += 1;
            }
        }
        names[number] = name;
        last = Some(number);
    }
    let sorted: Vec<u32> = if (name as usize) + 1 == valleys.len() {
        let mut sorted = vec![0u32; valleys.len()];
        for (number, &name) in names.iter().enumerate() {
            sorted[name as usize] = valleys[number];
        }
        sorted
    } else {
        drop(std::mem::take(&mut starts));
        let sorted = sort(&names, name as usize + 1, progress)?;
        sorted.iter().map(|&number| valleys[number as usize]).collect()
    };
    induction.sweep(&sorted, progress)
}

/// A text with the data needed to place its suffixes.
struct Induction<'t> {
    text: &'t [u32],
    rising: Vec<bool>,
    /// For each symbol, the first place of the suffixes that begin with it; one more entry for the
    /// end.
    buckets: Vec<u32>,
}

impl<'t> Induction<'t> {
    fn new(text: &'t [u32], kinds: usize) -> Induction<'t> {
        let mut rising = vec![false; text.len()];
        for at in (0..text.len() - 1).rev() {
            let (this, next) = (text[at], text[at + 1]);
            rising[at] = this < next || this == next && rising[at + 1];
        }
        let mut buckets = vec![0u32; kinds + 1];
        for &symbol in text {
            buckets[symbol as usize + 1] += 1;
        }
        for symbol in 0..kinds {
            buckets[symbol + 1] += buckets[symbol];
        }
        Induction { text, rising, buckets }
    }

    /// Returns all suffixes, sorted if `valleys` are.
    fn sweep(&self, valleys: &[u32], progress: &dyn Progress) -> Result<Vec<u32>, Cancelled> {
        let (text, n) = (self.text, self.text.len());
        let mut places = vec![EMPTY; n];
        let mut tails = self.buckets[1..].to_vec();
        for &start in valleys.iter().rev() {
            let tail = &mut tails[text[start as usize] as usize];
            *tail -= 1;
            places[*tail as usize] = start;
        }
        let mut heads = self.buckets[..self.buckets.len() - 1].to_vec();
        let mut put_falling = |places: &mut [u32], start: usize| {
            let head = &mut heads[text[start] as usize];
            places[*head as usize] = start as u32;
            *head += 1;
        };
        // The end of the text is smaller than anything, so the suffix before it is falling and is
        // placed first.
        put_falling(&mut places, n - 1);
        for place in 0..n {
            progress.proceed_at(place)?;
            let start = places[place];
            if start != EMPTY && start > 0 && !self.rising[start as usize - 1] {
                put_falling(&mut places, start as usize - 1);
            }
        }
        // Every rising suffix, valleys included, is placed again.
        let mut tails = self.buckets[1..].to_vec();
        for place in (0..n).rev() {
            progress.proceed_at(place)?;
            let start = places[place];
            if start != EMPTY && start > 0 && self.rising[start as usize - 1] {
                let tail = &mut tails[text[start as usize - 1] as usize];
                *tail -= 1;
                places[*tail as usize] = start - 1;
            }
        }
        Ok(places)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn naive_earlier(text: &[u32]) -> Vec<u32> {
        let matched = |i: usize, j: usize| {
            text[i..].iter().zip(&text[j..]).take_while(|(a, b)| a == b).count() as u32
        };
        (0..text.len()).map(|i| (0..i).map(|j| matched(i, j)).max().unwrap_or(0)).collect()
    }

    fn check(text: &[u32]) {
        let kinds = text.iter().max().map_or(0, |&max| max as usize + 1);
        let array = SuffixArray::new(text, kinds, &()).unwrap().unwrap();
        let mut sorted: Vec<u32> = (0..text.len() as u32).collect();
        sorted.sort_by_key(|&start| &text[start as usize..]);
        assert_eq!(array.starts, sorted, "{text:?}");
        assert_eq!(array.longest_earlier(&()).unwrap(), naive_earlier(text), "{text:?}");
        for length in 1..5 {
            let mut windows: Vec<&[u32]> = text.windows(length).collect();
            windows.sort_unstable();
            let counts: Vec<u64> =
                windows.chunk_by(|a, b| a == b).map(|run| run.len() as u64).collect();
            assert_eq!(array.counts(length).collect::<Vec<_>>(), counts, "{text:?} {length}");
        }
    }

    #[test]
    fn small_texts() {
        check(&[]);
        check(&[0]);
        check(&[1, 1, 1, 1]);
        check(&[1, 0, 2, 0, 2, 0]); // banana
        check(&[2, 1, 3, 3, 1, 3, 3, 1, 2, 2, 1, 0]);
    }

    proptest! {
        #[test]
        fn few_symbols(text in proptest::collection::vec(0u32..2, 0..60)) {
            check(&text);
        }

        #[test]
        fn more_symbols(text in proptest::collection::vec(0u32..5, 0..120)) {
            check(&text);
        }

        #[test]
        fn periods(unit in proptest::collection::vec(0u32..3, 1..6), times in 1usize..20) {
            check(&unit.repeat(times));
        }
    }
}
