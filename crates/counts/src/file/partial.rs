//! Reads lists of some of the n-grams of a text, such as those above a minimum count, and completes them.
//!
//! A list says how often some n-grams come, and nothing of the others. A model needs more: after a
//! history a b, its own history b, and wherever a b c is listed, the n-grams b c and a b. Those that
//! are missing are added with the least count that the longer n-grams around them allow,
//!
//! ```text
//! c(g) = max(Σ c(x g), Σ c(g x))        Σ over the words x for which the n-gram is there
//! ```
//!
//! from the longest n-grams to single words. Counts that are listed stay as they are.

use super::CountTextError;
use super::text::{fields, for_each_line};
use crate::corpus::rank;
use crate::error::CountFileError;
use crate::shards::{Kept, ShardEntry, size};
use crate::surface::spellings_of_rare;
use crate::trie::{Level, Shard};
use crate::{
    ContextCounts, CorpusSummary, CountError, CountOptions, CountsOfCounts, LowerOrders, MAX_ORDER,
    NgramCounts, Shards, VocabRule,
};
use ngram_store::temporary::Temporary;
use ngram_tokenizer::{Interner, Vocab, WordId, unescape};
use rayon::prelude::*;
use std::io::BufRead;

/// The most that the counts of one order may add up to.
const MOST: u64 = u64::MAX / 2;

/// Lists of n-grams with their counts, held in memory: about 4 bytes per word and 8 per n-gram.
#[derive(Default)]
pub struct PartialCounts {
    interner: Interner,
    /// The n-grams of each order from 1.
    lists: Vec<List>,
}

/// How many n-grams of one order were listed, and how many were added because longer ones need them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Completed {
    /// Distinct n-grams in the lists.
    pub listed: u64,
    /// N-grams that were not.
    pub added: u64,
}

/// The counts of all orders, made from lists.
pub struct PartialCounted<M> {
    /// The counts.
    pub counts: NgramCounts<M>,
    /// The words, with ids by falling frequency, ties by their bytes.
    pub vocab: Vocab,
    /// The frequency of each word.
    pub frequencies: Vec<u64>,
    /// Tokens and sentences by the counts of single words.
    pub summary: CorpusSummary,
    /// Counts of the spellings of rare words.
    pub spelling: ContextCounts,
    /// What was listed and added of each order from 1.
    pub completed: Vec<Completed>,
}

/// N-grams of one order.
#[derive(Clone, Default)]
struct List {
    order: usize,
    /// The words of each n-gram: those before the last, read backwards, then the last.
    words: Vec<u32>,
    counts: Vec<u64>,
}

impl List {
    fn new(order: usize) -> List {
        List { order, ..List::default() }
    }

    fn ngrams(&self) -> impl Iterator<Item = (&[u32], u64)> {
        self.words.chunks_exact(self.order).zip(self.counts.iter().copied())
    }

    fn push(&mut self, words: &[u32], count: u64) {
        self.words.extend_from_slice(words);
        self.counts.push(count);
    }

    /// Sorts the n-grams and adds up equal ones; `None` if a sum overflows.
    fn sorted(&self) -> Option<List> {
        let key = |at: usize| &self.words[at * self.order..(at + 1) * self.order];
        let mut places: Vec<usize> = (0..self.counts.len()).collect();
        places.par_sort_unstable_by(|&a, &b| key(a).cmp(key(b)));
        let mut sorted = List::new(self.order);
        for run in places.chunk_by(|&a, &b| key(a) == key(b)) {
            let mut counts = run.iter().map(|&at| self.counts[at]);
            sorted.push(key(run[0]), counts.try_fold(0u64, u64::checked_add)?);
        }
        Some(sorted)
    }

    /// Adds the n-grams of sorted `sums` that this sorted list lacks, each with its count there, or
    /// with the larger one if it is there twice.
    fn complete(&self, sums: [List; 2]) -> (List, u64) {
        let mut whole = List::new(self.order);
        let mut added = 0;
        let [mut first, mut second] = sums.each_ref().map(|sums| sums.ngrams().peekable());
        let mut listed = self.ngrams().peekable();
        loop {
            let heads = [listed.peek(), first.peek(), second.peek()];
            let Some(least) = heads.iter().flatten().map(|(words, _)| *words).min() else {
                return (whole, added);
            };
            let is_least = |next: &(&[u32], u64)| next.0 == least;
            let [own, one, two] =
                [listed.next_if(is_least), first.next_if(is_least), second.next_if(is_least)];
            let count = own.or(one.max(two)).map_or(0, |(_, count)| count);
            added += u64::from(own.is_none());
            whole.push(least, count);
        }
    }
}

impl PartialCounts {
    /// Creates an empty list.
    pub fn new() -> PartialCounts {
        PartialCounts::default()
    }

    /// Adds the n-grams of a text of lines `w1 w2 w3<TAB>count`, in any order and of any lengths;
    /// `name` is used in messages. Lines are as for [`CountFile::from_text`](crate::CountFile::from_text),
    /// and lines for the same n-gram add up; `<S>`, `</S>` and `<UNK>`, as Google's lists spell them,
    /// stand for `<s>`, `</s>` and `<unk>`.
    ///
    /// # Errors
    ///
    /// If a line is not an n-gram with its count, or a count is 0: a list holds what was seen.
    pub fn add(&mut self, name: &str, reader: impl BufRead) -> Result<(), CountTextError> {
        for_each_line(name, reader, |number, line| {
            // Lists made on Windows begin with a byte order mark.
            let mark = "\u{feff}".as_bytes();
            self.line(line.strip_prefix(mark).filter(|_| number == 1).unwrap_or(line))
        })
    }

    fn line(&mut self, line: &[u8]) -> Result<(), &'static str> {
        let Some((words, count)) = fields(line)? else { return Ok(()) };
        let mut ids = Vec::new();
        for word in words {
            let id = match word {
                "<S>" => WordId::BEGIN.0,
                "</S>" => WordId::END.0,
                "<UNK>" => WordId::UNKNOWN.0,
                word => self.interner.add(&unescape(word), 0),
            };
            if ids.last() == Some(&WordId::END.0) {
                return Err("a word stands after </s>");
            }
            if id == WordId::BEGIN.0 && !ids.is_empty() {
                return Err("a word stands before <s>");
            }
            ids.push(id);
        }
        let order = ids.len();
        if order == 0 {
            return Err("there is no word");
        }
        if order > MAX_ORDER {
            return Err("the n-gram is longer than any that can be counted");
        }
        if count == 0 {
            return Err("the count is 0, but an n-gram that is listed was seen");
        }
        while self.lists.len() < order {
            self.lists.push(List::new(self.lists.len() + 1));
        }
        ids[..order - 1].reverse();
        self.lists[order - 1].push(&ids, count);
        Ok(())
    }

    /// Returns the number of words of the longest n-gram; 0 if there is none.
    pub fn order(&self) -> usize {
        self.lists.len()
    }

    /// Completes the lists and returns their counts. With continuation counts, an n-gram below the
    /// highest order counts as many words as it is there after, and at least 1, since it was seen.
    ///
    /// # Errors
    ///
    /// If there is no word but `<s>` and `</s>`, the order is higher than that of the lists, counts
    /// add up to more than 64 bits hold, or there are too many words or n-grams.
    pub fn count<M>(
        self,
        rule: &VocabRule,
        options: &CountOptions,
        measure: impl FnOnce(&Shard) -> M,
    ) -> Result<PartialCounted<M>, CountTextError> {
        let &CountOptions { order, lower_orders, ref resources } = options;
        let name = || "the list of n-grams".to_owned();
        if order == 0 || order > MAX_ORDER {
            return Err(CountError::Order(order).into());
        }
        if order > self.order() {
            let counted = self.order();
            return Err(match counted {
                0 => CountTextError::Empty(name()),
                _ => CountError::OrderOfFiles { asked: order, counted }.into(),
            });
        }
        self.interner.complete().map_err(CountFileError::from)?;
        let (mut lists, mut completed) =
            complete(self.lists).ok_or_else(|| CountTextError::Total(name()))?;
        let mut words = Interner::new();
        let mut frequencies = vec![0; self.interner.len()];
        lists[0].ngrams().for_each(|(word, count)| frequencies[word[0] as usize] = count);
        for (word, &count) in self.interner.words().zip(&frequencies) {
            words.add(word, count);
        }
        drop(self.interner);
        let ranked = rank(&words, rule);
        if ranked.is_empty() {
            return Err(CountTextError::Empty(name()));
        }
        let vocab =
            Vocab::new(ranked.iter().map(|(word, _)| *word)).map_err(CountFileError::from)?;
        drop(ranked);
        let special = 0..WordId::SPECIAL;
        let listed = words.words().skip(WordId::SPECIAL as usize);
        let numbers: Vec<u32> =
            special.chain(listed.map(|word| vocab.view().id_or_unknown(word).0)).collect();
        for list in &mut lists {
            list.words.iter_mut().for_each(|word| *word = numbers[*word as usize]);
        }
        // Words that the rule leaves out are one word now.
        lists = lists
            .iter()
            .map(List::sorted)
            .collect::<Option<_>>()
            .ok_or_else(|| CountTextError::Total(name()))?;
        lists.truncate(order);
        // Estimation adds the number of n-grams to their sum.
        let is_too_large = |list: &&List| {
            let sum = list.counts.iter().try_fold(0u64, |sum, &count| sum.checked_add(count));
            sum.is_none_or(|sum| sum > MOST)
        };
        if let Some(list) = lists.iter().find(is_too_large) {
            return Err(CountTextError::Sum { name: name(), order: list.order });
        }
        completed.truncate(order);
        let mut frequencies = vec![0; vocab.view().len()];
        lists[0].ngrams().for_each(|(word, count)| frequencies[word[0] as usize] = count);
        let sentences = frequencies[WordId::END.index()].max(frequencies[WordId::BEGIN.index()]);
        let predicted =
            frequencies.iter().enumerate().filter(|&(id, _)| id != WordId::BEGIN.index());
        let tokens = predicted.map(|(_, &count)| count).sum();
        let summary = CorpusSummary {
            sentences,
            tokens,
            types: words.len() as u64 - u64::from(WordId::SPECIAL),
            unknown: frequencies[WordId::UNKNOWN.index()],
            ..CorpusSummary::default()
        };
        let spelling = spellings_of_rare(&words, |id| vocab.view().id(words.word(id)).is_some());
        if lower_orders == LowerOrders::Continuation {
            continuation(&mut lists);
        }
        let (unigrams, counts_of_counts) = tally(&lists, vocab.view().len());
        let mut entries = Vec::new();
        if order > 1 {
            let shard = shard(&lists, vocab.view().len())?;
            let (measure, size) = (measure(&shard), size(&shard));
            let first_word = shard.first_word;
            let shard = Kept::Memory(Box::new(shard));
            entries.push(ShardEntry { first_word, measure, size, shard });
        }
        let file = Temporary::new(&resources.temp_dir, "counts");
        let shards = Shards::new(entries, file, order, lower_orders);
        let counts = NgramCounts { order, unigrams, shards, counts_of_counts };
        Ok(PartialCounted { counts, vocab, frequencies, summary, spelling, completed })
    }
}

/// Sorts the lists of orders from 1, and adds what is missing; `None` if a count overflows.
fn complete(lists: Vec<List>) -> Option<(Vec<List>, Vec<Completed>)> {
    let mut whole: Vec<List> = Vec::new();
    let mut completed = Vec::new();
    for list in lists.into_iter().rev() {
        let listed = list.sorted()?;
        let mut sums = [List::new(list.order), List::new(list.order)];
        for (words, count) in whole.last().into_iter().flat_map(List::ngrams) {
            let (history, last) = words.split_at(words.len() - 1);
            let (nearest, before) = (&history[..history.len() - 1], history[history.len() - 1]);
            sums[0].words.extend_from_slice(nearest);
            sums[0].push(last, count);
            // Without its last word, an n-gram ends in the first of its history, read backwards.
            let is_begin = history.len() == 1 && before == WordId::BEGIN.0;
            if !is_begin {
                sums[1].words.extend_from_slice(&history[1..]);
                sums[1].push(&history[..1], count);
            }
        }
        let [before, after] = sums;
        let (list, added) = listed.complete([before.sorted()?, after.sorted()?]);
        completed.push(Completed { listed: listed.counts.len() as u64, added });
        whole.push(list);
    }
    whole.reverse();
    completed.reverse();
    Some((whole, completed))
}

/// Replaces the counts of all orders but the highest by continuation counts. What begins with `<s>`
/// keeps its raw count, as nothing can precede it.
fn continuation(lists: &mut [List]) {
    for length in 1..lists.len() {
        let (shorter, longer) = lists.split_at_mut(length);
        let (list, longer) = (&mut shorter[length - 1], &longer[0]);
        let mut places: Vec<(&[u32], u32)> = longer
            .words
            .chunks_exact(length + 1)
            .map(|words| (&words[..length - 1], words[length]))
            .collect();
        places.par_sort_unstable();
        let mut runs = places.chunk_by(|a, b| a == b).peekable();
        for (words, count) in list.words.chunks_exact(length).zip(&mut list.counts) {
            let place = (&words[..length - 1], words[length - 1]);
            while runs.next_if(|run| run[0] < place).is_some() {}
            let before = runs.next_if(|run| run[0] == place).map_or(0, <[_]>::len);
            let begins = length > 1 && words[length - 2] == WordId::BEGIN.0;
            if !begins {
                *count = before.max(1) as u64;
            }
        }
    }
}

/// Returns the counts of single words, and the counts-of-counts of each order.
fn tally(lists: &[List], vocab_len: usize) -> (Vec<u64>, Vec<CountsOfCounts>) {
    let mut unigrams = vec![0; vocab_len];
    lists[0].ngrams().for_each(|(word, count)| unigrams[word[0] as usize] = count);
    unigrams[WordId::BEGIN.index()] = 0;
    let seen = unigrams.iter().copied().filter(|&count| count > 0);
    let longer = lists[1..].iter().map(|list| list.counts.iter().copied().collect());
    let counts_of_counts = std::iter::once(seen.collect()).chain(longer).collect();
    (unigrams, counts_of_counts)
}

/// Makes the trie of sorted lists, in which no n-gram is missing.
fn shard(lists: &[List], vocab_len: usize) -> Result<Shard, CountError> {
    let overflow = |order| CountError::from(crate::CountOverflow::Ngrams(order));
    let roots: Vec<u32> = (0..vocab_len as u32).collect();
    // The histories of the length at hand, read backwards.
    let mut histories: Vec<&[u32]> = roots.chunks_exact(1).collect();
    let mut levels = Vec::new();
    for (depth, list) in lists[1..].iter().enumerate() {
        if list.counts.len() > u32::MAX as usize {
            return Err(overflow(list.order));
        }
        let mut level = Level::default();
        let mut ngrams = list.ngrams().peekable();
        for history in &histories {
            level.words.push(history[depth]);
            while let Some((words, count)) =
                ngrams.next_if(|(words, _)| words[..=depth] == **history)
            {
                level.successor_words.push(words[depth + 1]);
                level.successor_counts.push(u32::try_from(count).unwrap_or(u32::MAX));
                if count > u64::from(u32::MAX) {
                    level.large.push((level.successor_words.len() as u32 - 1, count));
                }
            }
            level.successor_ends.push(level.successor_words.len() as u32);
        }
        debug_assert!(ngrams.next().is_none(), "every history is there");
        if let Some(longer) = lists.get(depth + 2) {
            let next = histories_of(longer);
            let mut at = 0;
            for history in &histories {
                at += next[at..].iter().take_while(|next| next[..=depth] == **history).count();
                level.child_ends.push(at as u32);
            }
            histories = next;
        }
        levels.push(level);
    }
    Ok(Shard { first_word: 0, levels })
}

/// Returns the histories of a sorted list, read backwards, each once.
fn histories_of(list: &List) -> Vec<&[u32]> {
    let mut histories: Vec<&[u32]> =
        list.words.chunks_exact(list.order).map(|words| &words[..list.order - 1]).collect();
    histories.dedup();
    histories
}
