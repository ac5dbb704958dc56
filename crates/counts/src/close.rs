//! One pass over sorted keys that counts the n-grams of every order.
//!
//! Equal keys are one n-gram of the highest order. When the next key leaves a history, the history
//! is closed: its children's successors are adjacent, and merging them yields its own. Summing them
//! gives raw counts; counting them gives continuation counts N1+(· h w).

use crate::key::{Key, Packing, Window};
use crate::trie::{Level, Shard};
use crate::{CountOverflow, LowerOrders};
use ngram_tokenizer::WordId;

/// From this many entries on, merging uses an array over the whole vocabulary.
const DENSE: usize = 512;

/// Buffers for merging successors, reused for one shard after another.
#[derive(Default)]
pub(crate) struct Merge {
    entries: Vec<(u32, u32)>,
    /// A count for every word of the vocabulary, all 0 between merges.
    dense: Vec<u32>,
}

/// Builds one shard from its keys, which come in sorted runs.
pub(crate) struct Closer<'m> {
    packing: Packing,
    lower_orders: LowerOrders,
    shard: Shard,
    /// For each history length d ≥ 1: where the children and the successors of the open history of
    /// length d start in level d + 1.
    open: Vec<Open>,
    merge: &'m mut Merge,
    vocab_len: usize,
}

#[derive(Clone, Copy, Default)]
struct Open {
    children: usize,
    successors: usize,
}

impl<'m> Closer<'m> {
    pub fn new(
        packing: Packing,
        vocab_len: usize,
        lower_orders: LowerOrders,
        first_word: u32,
        merge: &'m mut Merge,
    ) -> Closer<'m> {
        let levels = vec![Level::default(); packing.order - 1];
        Closer {
            packing,
            lower_orders,
            shard: Shard { first_word, levels },
            open: vec![Open::default(); packing.order],
            merge,
            vocab_len,
        }
    }

    /// Adds the windows, sorted by key, whose history ends in one of a run of words. Runs must be
    /// added in word order.
    pub fn add<W: Window>(&mut self, windows: &[W]) -> Result<(), CountOverflow> {
        let packing = self.packing;
        let longest = packing.order - 1;
        let mut start = 0;
        while start < windows.len() {
            let key = windows[start].key();
            // The run of keys with this history, and how much of it the next history shares.
            let mut end = start + 1;
            let mut shared = 0;
            while end < windows.len() {
                shared = key.common(windows[end].key(), packing);
                if shared < longest {
                    break;
                }
                end += 1;
            }
            if end == windows.len() {
                shared = 0;
            }
            let length = self.leaf(&windows[start..end])?;
            for length in (shared + 1..length).rev() {
                self.close(length, key.digit(length - 1, packing))?;
            }
            start = end;
        }
        Ok(())
    }

    /// Adds a history that is not extended further: one of full length, or beginning with `<s>`.
    /// Returns its length.
    fn leaf<W: Window>(&mut self, run: &[W]) -> Result<usize, CountOverflow> {
        let packing = self.packing;
        let key = run[0].key();
        let mut length = packing.order - 1;
        // After <s> there are only zeros, so the last digit tells whether a search is worthwhile.
        if key.digit(length - 1, packing) <= WordId::BEGIN.0 {
            let begin = (0..length).position(|place| key.digit(place, packing) == WordId::BEGIN.0);
            length = begin.map_or(length, |place| place + 1);
        }
        self.fill_words(key.digit(0, packing));
        let level = &mut self.shard.levels[length - 1];
        let mut at = 0;
        while at < run.len() {
            let mut end = at + 1;
            let mut count = run[at].count();
            while end < run.len() && run[end].key() == run[at].key() {
                count += run[end].count();
                end += 1;
            }
            level.successor_words.push(run[at].key().digit(packing.order - 1, packing));
            level
                .successor_counts
                .push(u32::try_from(count).map_err(|_| CountOverflow::Count(length + 1))?);
            at = end;
        }
        self.emit(length, key.digit(length - 1, packing));
        Ok(length)
    }

    /// Closes the open history of this length by merging the successors of its children.
    fn close(&mut self, length: usize, word: u32) -> Result<(), CountOverflow> {
        let (shorter, longer) = self.shard.levels.split_at_mut(length);
        let (level, children) = (&mut shorter[length - 1], &longer[0]);
        let open = self.open[length];
        let words = &children.successor_words[open.successors..];
        let counts = &children.successor_counts[open.successors..];
        let raw = self.lower_orders == LowerOrders::Raw;
        let overflow = CountOverflow::Count(length + 1);
        if children.successor_ends.len() - open.children == 1 {
            // An only child's successors are sorted already.
            level.successor_words.extend_from_slice(words);
            if raw {
                level.successor_counts.extend_from_slice(counts);
            } else {
                level.successor_counts.resize(level.successor_words.len(), 1);
            }
        } else if words.len() < DENSE {
            self.merge.entries.clear();
            if raw {
                self.merge.entries.extend(words.iter().copied().zip(counts.iter().copied()));
            } else {
                self.merge.entries.extend(words.iter().map(|&word| (word, 1)));
            }
            self.merge.entries.sort_unstable_by_key(|entry| entry.0);
            let mut entries = self.merge.entries.iter().copied();
            if let Some((mut word, mut total)) = entries.next() {
                for (next, count) in entries {
                    if next == word {
                        total = total.checked_add(count).ok_or(overflow)?;
                    } else {
                        level.successor_words.push(word);
                        level.successor_counts.push(total);
                        (word, total) = (next, count);
                    }
                }
                level.successor_words.push(word);
                level.successor_counts.push(total);
            }
        } else {
            self.merge.dense.resize(self.vocab_len, 0);
            let start = level.successor_words.len();
            for (&word, &count) in words.iter().zip(counts) {
                let total = &mut self.merge.dense[word as usize];
                if *total == 0 {
                    level.successor_words.push(word);
                }
                *total = total.checked_add(if raw { count } else { 1 }).ok_or(overflow)?;
            }
            level.successor_words[start..].sort_unstable();
            for &word in &level.successor_words[start..] {
                level.successor_counts.push(std::mem::take(&mut self.merge.dense[word as usize]));
            }
        }
        self.emit(length, word);
        Ok(())
    }

    /// Ends the history whose successors were added last.
    #[inline]
    fn emit(&mut self, length: usize, word: u32) {
        let next = self.shard.levels.get(length);
        let (children, successors) =
            next.map_or((0, 0), |next| (next.successor_ends.len(), next.successor_words.len()));
        let has_children = next.is_some();
        let level = &mut self.shard.levels[length - 1];
        level.words.push(word);
        level.successor_ends.push(level.successor_words.len() as u32);
        if has_children {
            level.child_ends.push(children as u32);
        }
        self.open[length] = Open { children, successors };
    }

    /// Adds a history without successors for every word before `word` that had none.
    fn fill_words(&mut self, word: u32) {
        loop {
            let next = self.shard.first_word + self.shard.levels[0].words.len() as u32;
            if next >= word {
                return;
            }
            self.emit(1, next);
        }
    }

    /// Returns the finished shard, which covers the words before `end_word`.
    pub fn finish(mut self, end_word: u32) -> Result<Shard, CountOverflow> {
        self.fill_words(end_word);
        // The ends of successors are stored in 32 bits.
        let too_long = |level: &Level| level.successor_words.len() > u32::MAX as usize;
        match self.shard.levels.iter().position(too_long) {
            Some(depth) => Err(CountOverflow::Ngrams(depth + 2)),
            None => Ok(self.shard),
        }
    }
}
