//! Assembles a table from lists of n-grams, to turn an ARPA file into a model.

use crate::{Ngrams, ScoredLevel};
use ngram_store::{Cancelled, Progress};
use ngram_tokenizer::WordId;
use rayon::prelude::*;
use std::cmp::Ordering;

/// A table in memory.
#[derive(Debug)]
pub struct Assembled {
    /// log10 p of each word of the vocabulary, by id.
    pub unigrams: Vec<f32>,
    /// The histories of length 1 to n − 1.
    pub levels: Vec<ScoredLevel>,
    /// The number of n-grams inserted because longer ones begin with them; see [`assemble`].
    pub inserted: u64,
    /// The words of the first one inserted, of the lowest order that has any.
    pub first_inserted: Option<Vec<WordId>>,
}

/// The error for more n-grams than the table can number.
#[derive(Debug, thiserror::Error)]
#[error("more than 4,294,967,295 n-grams of order {0}; no table that large can be assembled")]
pub struct TooManyNgrams(pub usize);

/// Why lists of n-grams were not assembled.
#[derive(Debug, thiserror::Error)]
pub enum AssembleError {
    /// There are more n-grams than can be numbered.
    #[error(transparent)]
    TooMany(#[from] TooManyNgrams),
    /// The work was stopped.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// Assembles lists of n-grams, orders 1 to n, into a table.
///
/// `orders[0]` lists words; words of the vocabulary missing from it have probability 0. No n-gram
/// may be listed twice. If the history of an n-gram is not itself listed, as after pruning, it is
/// inserted with the probability that backing off gives it, which changes no score.
///
/// # Errors
///
/// If an order has too many n-grams, or if `progress` cancels the work.
pub fn assemble(
    mut orders: Vec<Ngrams>,
    vocab_len: usize,
    progress: &dyn Progress,
) -> Result<Assembled, AssembleError> {
    orders.iter().try_for_each(|ngrams| check(ngrams.order, ngrams.len()))?;
    let order = orders.len();
    let mut unigrams = vec![f32::NEG_INFINITY; vocab_len];
    let mut first_backoffs = vec![0.0; vocab_len];
    if let Some(words) = orders.first() {
        for (index, &log_prob) in words.log_probs.iter().enumerate() {
            let word = words.words(index)[0].index();
            unigrams[word] = log_prob;
            first_backoffs[word] = words.backoffs.get(index).copied().unwrap_or(0.0);
        }
    }
    let mut inserted = 0;
    let mut first_inserted = None;
    // The reversed histories of each length, from the longest down.
    let mut histories: Vec<Histories> = vec![Histories::default(); order.max(1)];
    for length in (2..order).rev() {
        let longer = &orders[length];
        let prefixes = (0..longer.len()).map(|index| &longer.words(index)[..length]);
        let own = &orders[length - 1];
        let weighted = (0..own.len())
            .filter(|&index| own.backoffs.get(index).is_some_and(|&backoff| backoff != 0.0))
            .map(|index| own.words(index));
        let parents = histories.get(length + 1).into_iter().flat_map(Histories::parents);
        let mut found = Histories::new(length);
        prefixes.chain(weighted).for_each(|words| found.push(words.iter().rev().copied()));
        parents.for_each(|words| found.push(words.iter().copied()));
        let found = found.sorted(progress)?;
        check(length, found.len())?;

        let listed = sorted(own, 1, |a, b| a.iter().rev().cmp(b.iter().rev()), progress)?;
        let begun = sorted(longer, 2, by_history, progress)?;
        let mut begun =
            begun.iter().map(|&index| &longer.words(index as usize)[..length]).peekable();
        let mut listed = listed.iter().map(|&index| own.words(index as usize)).peekable();
        let mut missing = Vec::new();
        for (number, history) in found.iter().enumerate() {
            progress.proceed_at(number)?;
            let is = |words: &[WordId]| words.iter().rev().eq(history);
            let before = |words: &[WordId]| words.iter().rev().lt(history.iter());
            while begun.next_if(|words| before(words)).is_some() {}
            while listed.next_if(|words| before(words)).is_some() {}
            if begun.peek().is_some_and(|words| is(words))
                && !listed.peek().is_some_and(|words| is(words))
            {
                missing.extend(history.iter().rev().copied());
            }
        }
        let own = &mut orders[length - 1];
        let count = missing.len() / length;
        inserted += count as u64;
        if count > 0 {
            first_inserted = Some(missing[..length].to_vec());
        }
        own.words.extend(missing);
        own.log_probs.resize(own.log_probs.len() + count, f32::NAN);
        own.backoffs.resize(own.log_probs.len(), 0.0);
        check(length, own.len())?;
        histories[length] = found;
    }
    let mut levels = Vec::new();
    for length in 1..order {
        let mut level = ScoredLevel::default();
        if length == 1 {
            level.words = (0..vocab_len as u32).collect();
            level.backoffs = std::mem::take(&mut first_backoffs);
        } else {
            level.words = histories[length].iter().map(|words| words[length - 1].0).collect();
            let own = &orders[length - 1];
            let listed = sorted(own, 1, |a, b| a.iter().rev().cmp(b.iter().rev()), progress)?;
            let mut listed = listed.iter().map(|&index| index as usize).peekable();
            for (number, history) in histories[length].iter().enumerate() {
                progress.proceed_at(number)?;
                while listed
                    .next_if(|&index| own.words(index).iter().rev().lt(history.iter()))
                    .is_some()
                {}
                let own_weight = listed.next_if(|&index| own.words(index).iter().rev().eq(history));
                level.backoffs.push(own_weight.map_or(0.0, |index| own.backoffs[index]));
            }
        }
        let reversed = |index: usize| -> Vec<WordId> {
            match length {
                1 => vec![WordId(index as u32)],
                _ => histories[length].get(index).to_vec(),
            }
        };
        let longer = &orders[length];
        let mut begun = sorted(longer, 2, by_history, progress)?
            .into_iter()
            .map(|index| index as usize)
            .peekable();
        let children = histories.get(length + 1).filter(|_| length + 1 < order);
        let mut child = 0;
        for index in 0..level.backoffs.len() {
            progress.proceed_at(index)?;
            let history = reversed(index);
            while let Some(index) =
                begun.next_if(|&index| longer.words(index)[..length].iter().rev().eq(&history))
            {
                level.successor_words.push(longer.words(index)[length].0);
                level.log_probs.push(longer.log_probs[index]);
            }
            level.successor_ends.push(level.successor_words.len() as u32);
            if let Some(children) = children {
                while child < children.len() && children.get(child)[..length] == history[..] {
                    child += 1;
                }
                level.child_ends.push(child as u32);
            }
        }
        levels.push(level);
    }
    fill_in(&unigrams, &mut levels, progress)?;
    Ok(Assembled { unigrams, levels, inserted, first_inserted })
}

/// Checks that this many n-grams of one order can be numbered in 32 bits.
fn check(order: usize, ngrams: usize) -> Result<(), TooManyNgrams> {
    if ngrams > u32::MAX as usize { Err(TooManyNgrams(order)) } else { Ok(()) }
}

/// Returns the indices of n-grams, sorted by comparing their words. What is compared first is their last word, or their
/// last but one: the word `from_end` words from the end, at least 1.
fn sorted(
    ngrams: &Ngrams,
    from_end: usize,
    compare: impl Fn(&[WordId], &[WordId]) -> Ordering + Sync,
    progress: &dyn Progress,
) -> Result<Vec<u32>, Cancelled> {
    let words = |number: u32| ngrams.words(number as usize);
    let first = |number: u32| words(number)[ngrams.order - from_end];
    let numbers = 0..ngrams.len() as u32;
    in_buckets(numbers, first, |&a, &b| compare(words(a), words(b)), progress)
}

/// Sorts items, by buckets of those that share what is compared first, so that the work can be stopped between two buckets.
fn in_buckets<T: Copy + Default + Send + Sync>(
    items: impl Iterator<Item = T> + Clone,
    first: impl Fn(T) -> WordId,
    compare: impl Fn(&T, &T) -> Ordering + Sync,
    progress: &dyn Progress,
) -> Result<Vec<T>, Cancelled> {
    let mut ends: Vec<usize> = Vec::new();
    let mut count = 0;
    for item in items.clone() {
        progress.proceed_at(count)?;
        let bucket = first(item).index();
        if bucket >= ends.len() {
            ends.resize(bucket + 1, 0);
        }
        ends[bucket] += 1;
        count += 1;
    }
    let mut start = 0;
    for end in &mut ends {
        (*end, start) = (start, start + *end);
    }
    let mut sorted = vec![T::default(); count];
    for (number, item) in items.enumerate() {
        progress.proceed_at(number)?;
        let end = &mut ends[first(item).index()];
        sorted[*end] = item;
        *end += 1;
    }
    let (mut rest, mut start) = (&mut sorted[..], 0);
    let mut buckets = Vec::with_capacity(ends.len());
    for end in ends {
        let bucket;
        (bucket, rest) = rest.split_at_mut(end - start);
        start = end;
        buckets.push(bucket);
    }
    buckets.into_par_iter().try_for_each(|bucket| {
        progress.proceed()?;
        bucket.par_sort_unstable_by(&compare);
        Ok(())
    })?;
    Ok(sorted)
}

/// Compares in table order: by the reversed history, then by the word.
fn by_history(a: &[WordId], b: &[WordId]) -> Ordering {
    let last = a.len() - 1;
    a[..last].iter().rev().cmp(b[..last].iter().rev()).then(a[last].cmp(&b[last]))
}

/// Reversed histories of one length.
#[derive(Clone, Default)]
struct Histories {
    length: usize,
    words: Vec<WordId>,
}

impl Histories {
    fn new(length: usize) -> Histories {
        Histories { length, words: Vec::new() }
    }

    fn push(&mut self, reversed: impl Iterator<Item = WordId>) {
        self.words.extend(reversed);
    }

    fn len(&self) -> usize {
        self.words.len().checked_div(self.length).unwrap_or(0)
    }

    fn get(&self, index: usize) -> &[WordId] {
        &self.words[index * self.length..(index + 1) * self.length]
    }

    fn iter(&self) -> impl Iterator<Item = &[WordId]> {
        (0..self.len()).map(|index| self.get(index))
    }

    /// Returns each without its last word, which is the first in the text.
    fn parents(&self) -> impl Iterator<Item = &[WordId]> {
        self.iter().map(|words| &words[..words.len() - 1])
    }

    /// Sorts and removes duplicates.
    fn sorted(self, progress: &dyn Progress) -> Result<Histories, Cancelled> {
        let numbers = 0..self.len();
        let first = |number: usize| self.get(number)[0];
        let order = in_buckets(numbers, first, |&a, &b| self.get(a).cmp(self.get(b)), progress)?;
        let mut order: Vec<&[WordId]> = order.into_iter().map(|number| self.get(number)).collect();
        order.dedup();
        Ok(Histories { length: self.length, words: order.concat() })
    }
}

/// Gives inserted n-grams the probability that backing off gives them.
fn fill_in(
    unigrams: &[f32],
    levels: &mut [ScoredLevel],
    progress: &dyn Progress,
) -> Result<(), Cancelled> {
    for depth in 0..levels.len() {
        let (lower, rest) = levels.split_at_mut(depth);
        let level = &mut rest[0];
        for history in 0..level.backoffs.len() {
            progress.proceed_at(history)?;
            for at in ScoredLevel::range(&level.successor_ends, history) {
                if level.log_probs[at].is_nan() {
                    let word = level.successor_words[at];
                    level.log_probs[at] =
                        level.backoffs[history] + backed_off(unigrams, lower, depth, history, word);
                }
            }
        }
    }
    Ok(())
}

/// Returns log10 p(word | h′) for the history h at index `history` of the level `lower.len()`, with parent h′.
fn backed_off(
    unigrams: &[f32],
    lower: &[ScoredLevel],
    depth: usize,
    history: usize,
    word: u32,
) -> f32 {
    let Some(above) = depth.checked_sub(1) else { return unigrams[word as usize] };
    let level = &lower[above];
    let parent = level.child_ends.partition_point(|&end| end as usize <= history);
    let range = ScoredLevel::range(&level.successor_ends, parent);
    match level.successor_words[range.clone()].binary_search(&word) {
        Ok(at) => level.log_probs[range.start + at],
        Err(_) => level.backoffs[parent] + backed_off(unigrams, lower, above, parent, word),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// N-grams of one order: words, log-probability, back-off weight.
    fn ngrams(order: usize, rows: &[(&[u32], f32, f32)]) -> Ngrams {
        let mut ngrams = Ngrams::new(order);
        for (words, log_prob, backoff) in rows {
            ngrams.words.extend(words.iter().map(|&word| WordId(word)));
            ngrams.log_probs.push(*log_prob);
            ngrams.backoffs.push(*backoff);
        }
        ngrams
    }

    #[test]
    fn sorts_by_history_read_backwards() {
        let mut highest = ngrams(3, &[(&[3, 4, 3], -0.6, 0.0), (&[1, 3, 4], -0.5, 0.0)]);
        highest.backoffs.clear();
        let orders = vec![
            ngrams(1, &[(&[4], -0.4, -4.0), (&[1], -0.1, -1.0), (&[3], -0.3, -3.0)]),
            ngrams(2, &[(&[3, 4], -0.34, -0.34), (&[1, 4], -0.14, 0.0), (&[1, 3], -0.13, -0.13)]),
            highest,
        ];
        let table = assemble(orders, 5, &()).unwrap();
        let none = f32::NEG_INFINITY;
        assert_eq!(table.unigrams, [none, -0.1, none, -0.3, -0.4]);
        assert_eq!((table.inserted, table.first_inserted), (0, None));
        let [first, second] = &table.levels[..] else { panic!("{:?}", table.levels) };
        let expected = ScoredLevel {
            words: vec![0, 1, 2, 3, 4],
            // 1 3 extends 3, and 3 4 extends 4.
            child_ends: vec![0, 0, 0, 1, 2],
            successor_ends: vec![0, 2, 2, 3, 3],
            successor_words: vec![3, 4, 4],
            log_probs: vec![-0.13, -0.14, -0.34],
            backoffs: vec![0.0, -1.0, 0.0, -3.0, -4.0],
        };
        assert_eq!(*first, expected);
        let expected = ScoredLevel {
            words: vec![1, 3],
            child_ends: vec![],
            successor_ends: vec![1, 2],
            successor_words: vec![4, 3],
            log_probs: vec![-0.5, -0.6],
            backoffs: vec![-0.13, -0.34],
        };
        assert_eq!(*second, expected);
    }

    #[test]
    fn a_weight_is_kept_where_nothing_follows() {
        let mut highest = Ngrams::new(3);
        highest.backoffs.clear();
        let orders =
            vec![ngrams(1, &[(&[3], -0.3, 0.0)]), ngrams(2, &[(&[3, 3], -0.2, -0.7)]), highest];
        let table = assemble(orders, 4, &()).unwrap();
        assert_eq!((&*table.levels[1].words, &*table.levels[1].backoffs), (&[3][..], &[-0.7][..]));
        assert_eq!(table.levels[1].successor_ends, [0]);
    }

    #[test]
    fn what_longer_ngrams_begin_with_is_put_in() {
        let mut highest = ngrams(4, &[(&[3, 4, 3, 4], -0.1, 0.0)]);
        highest.backoffs.clear();
        let unigrams = ngrams(1, &[(&[3], -0.5, -0.25), (&[4], -1.0, -0.125)]);
        let orders = vec![unigrams, ngrams(2, &[(&[4, 3], -0.75, -0.5)]), Ngrams::new(3), highest];
        let table = assemble(orders, 5, &()).unwrap();
        assert_eq!(table.inserted, 2);
        assert_eq!(table.first_inserted, Some(vec![WordId(3), WordId(4)]));
        // p(4|3) = backoff(3) · p(4), and p(3|3 4) = backoff(3 4) · p(3|4), where 3 4 has none.
        assert_eq!(table.levels[0].log_probs, [-0.25 - 1.0, -0.75]);
        assert_eq!(table.levels[1].log_probs, [-0.75]);
    }

    #[test]
    fn no_order_and_no_ngram_are_no_trouble() {
        assert_eq!(assemble(Vec::new(), 3, &()).unwrap().unigrams, [f32::NEG_INFINITY; 3]);
        let orders = vec![Ngrams::new(1), Ngrams::new(2), Ngrams::new(3)];
        let table = assemble(orders, 3, &()).unwrap();
        assert_eq!(table.levels[0].successor_ends, [0, 0, 0]);
        assert_eq!(table.levels[1], ScoredLevel::default());
    }
}
