//! Scores many words at once, by history length, so that every loop is short and its memory is
//! prefetched long before it is read.
//!
//! A history of length L before a word exists exactly if the word before was found after its own
//! history of length L − 1, with the flag that its n-gram is a history. So the words to look up
//! with L words of history are known after the round for L − 1, and within a round no word waits
//! for another.

use super::longer;
use super::view::{FastView, FoundSuccessor, History, InLine, Partition, Spot};
use crate::{Listed, LogProb, Score};
use ngram_tokenizer::{WordId, prefetch};
use std::cell::Cell;

/// Words scored at once: their data stays in the cache meanwhile, and their indices fit in 8 bits.
const BLOCK: usize = 1 << 8;

/// How many cache lines ahead to prefetch, so that some are in flight while one is processed.
const AHEAD: usize = 24;

impl FastView<'_> {
    /// Scores sentences and their ends; see [`LanguageModel::score_sentences`].
    ///
    /// [`LanguageModel::score_sentences`]: crate::LanguageModel::score_sentences
    pub fn score_sentences(&self, words: &[WordId], ends: &[usize], scores: &mut Vec<Score>) {
        scores.clear();
        scores.reserve(words.len() + ends.len());
        // Reuses memory: for a short sentence, allocating a block would take as long as scoring.
        let kept = KEPT.try_with(Cell::take).ok().flatten();
        let mut block = match kept {
            Some(kept) => Block::again(kept, *self),
            None => Block::new(*self),
        };
        let mut start = 0;
        for &end in ends {
            block.push(WordId::BEGIN, false, scores);
            for &word in &words[start..end] {
                block.push(word, true, scores);
            }
            block.push(WordId::END, true, scores);
            start = end;
        }
        // Nothing is left if the last sentence ended with a block.
        if !block.scored.is_empty() {
            block.score(scores);
        }
        // Fails only while the thread is ending.
        let _ = KEPT.try_with(|kept| kept.set(Some(block.without_view())));
    }

    /// Scores one word after any history.
    pub fn score(&self, history: &[WordId], word: WordId) -> Score {
        let recent = &history[history.len() - history.len().min(self.order - 1)..];
        // The first word exists as a history; each further word tells how long the next history may be.
        let mut longest = recent.len().min(1);
        for at in 1..recent.len() {
            (_, longest) = self.step(&recent[..at], recent[at], longest);
        }
        self.step(recent, word, longest).0
    }

    /// Returns the back-off weight and the successors stored for a history.
    pub fn listed_after(&self, history: &[WordId]) -> Listed {
        // Looking up a history that does not exist may return anything.
        let mut longest = history.len().min(1);
        for at in 1..history.len() {
            (_, longest) = self.step(&history[..at], history[at], longest);
        }
        let stored = if longest < history.len() { None } else { self.find(history) };
        let Some((partition, history)) = stored else { return Listed::NOTHING };
        let successors = self.successors(&partition, history).into_iter();
        Listed {
            backoff: LogProb(history.backoff),
            words: successors
                .filter(|found| {
                    !found.log_prob.is_nan() && found.word.index() < self.directory.len()
                })
                .map(|found| (found.word, LogProb(found.log_prob)))
                .collect(),
        }
    }

    /// Scores a word after words of which the last `longest` exist as a history. Also returns the
    /// length of the longest history that ends in this word.
    fn step(&self, before: &[WordId], word: WordId, longest: usize) -> (Score, usize) {
        let log_prob = self.unigram(word);
        let mut found = FoundSoFar { log_prob, backoff: 0.0, matched: 1 };
        let mut next = (self.order - 1).min(1);
        if let Some(&last) = before.last() {
            let partition = self.partition(last);
            let mut hash = partition.hash;
            let mut history = partition.word;
            for length in 1..=longest {
                if length > 1 {
                    hash = longer(hash, before[before.len() - length].0);
                    let home = self.home(&partition, hash);
                    // It is missing only in a damaged file.
                    history = self.history(&partition, home, hash).unwrap_or(History::NONE);
                }
                let successors = history.successors;
                let successor = match self.place(&partition, successors, word) {
                    Spot::One(found) => found,
                    Spot::Short(start) => self.in_short(start, successors.len(), word),
                    Spot::Line(_) => self.in_lines(&partition, successors, word),
                };
                if found.keep(length, successor, history.backoff) {
                    next = (length + 1).min(self.order - 1);
                }
            }
        }
        let log_prob = LogProb(found.log_prob + found.backoff);
        (Score { log_prob, matched: found.matched }, next)
    }
}

/// One value per word of a block.
type Each<T> = Box<[T; BLOCK]>;

/// Consecutive words of a text, and the state of scoring them.
struct Block<'v> {
    view: FastView<'v>,
    /// The n − 1 words before the block, then its words.
    words: Vec<WordId>,
    /// Whether each word is scored: `<s>` is not.
    scored: Vec<bool>,
    /// The partition of each word's history.
    partitions: Each<Partition>,
    /// The hash of each word's history of the current length.
    hashes: Each<u64>,
    found: Each<FoundSoFar>,
    /// The words with a history of the current length, and the line of its record.
    active: Places,
    homes: Each<u64>,
    /// The words with a longer history.
    longer: Places,
    shorts: Vec<Search>,
    longs: Vec<Search>,
    /// For each length, whether the first word of the block has such a history; and likewise the
    /// first word of the next block.
    carried: Vec<bool>,
    carries: Vec<bool>,
}

/// The longest n-gram found, and the weights of the longer histories.
#[derive(Clone, Copy)]
struct FoundSoFar {
    log_prob: f32,
    backoff: f32,
    matched: u8,
}

/// Some words of a block.
struct Places {
    places: Each<u8>,
    len: usize,
}

impl Places {
    fn new() -> Places {
        Places { places: Box::new([0; BLOCK]), len: 0 }
    }

    /// Adds a word if it is wanted, without a branch, which would be unpredictable.
    #[inline(always)]
    fn push_if(&mut self, wanted: bool, place: u8) {
        // No word comes twice, so there is always room.
        self.places[self.len % BLOCK] = place;
        self.len += usize::from(wanted);
    }

    #[inline(always)]
    fn get(&self) -> &[u8] {
        &self.places[..self.len.min(BLOCK)]
    }
}

/// A word to look for in a list.
#[derive(Clone, Copy)]
struct Search {
    at: u8,
    history: History,
    /// The start of a short list, or the home line of the word in a long one.
    place: u64,
}

thread_local! {
    /// The memory of this thread's last block, detached from any model.
    static KEPT: Cell<Option<Block<'static>>> = const { Cell::new(None) };
}

impl<'v> Block<'v> {
    /// Creates a block in the memory of a finished one.
    fn again(kept: Block<'v>, view: FastView<'v>) -> Block<'v> {
        let mut block = Block { view, ..kept };
        block.words.clear();
        block.words.resize(view.order - 1, WordId::BEGIN);
        for lengths in [&mut block.carried, &mut block.carries] {
            lengths.clear();
            lengths.resize(view.order + 1, false);
        }
        block
    }

    /// Returns the memory of a block whose words are all scored.
    fn without_view(self) -> Block<'static> {
        let Block { view: _, words, scored, partitions, hashes, found, active, homes, .. } = self;
        let Block { longer, shorts, longs, carried, carries, .. } = self;
        let view = FastView { directory: &[], lines: &[], shorts: &[], order: 1 };
        Block {
            view,
            words,
            scored,
            partitions,
            hashes,
            found,
            active,
            homes,
            longer,
            shorts,
            longs,
            carried,
            carries,
        }
    }

    fn new(view: FastView<'v>) -> Block<'v> {
        let nothing = FoundSoFar { log_prob: 0.0, backoff: 0.0, matched: 1 };
        Block {
            view,
            words: vec![WordId::BEGIN; view.order - 1],
            scored: Vec::with_capacity(BLOCK),
            partitions: Box::new([view.partition(WordId::BEGIN); BLOCK]),
            hashes: Box::new([0; BLOCK]),
            found: Box::new([nothing; BLOCK]),
            active: Places::new(),
            homes: Box::new([0; BLOCK]),
            longer: Places::new(),
            shorts: Vec::with_capacity(BLOCK),
            longs: Vec::with_capacity(BLOCK),
            carried: vec![false; view.order + 1],
            carries: vec![false; view.order + 1],
        }
    }

    #[inline(always)]
    fn push(&mut self, word: WordId, scored: bool, scores: &mut Vec<Score>) {
        self.words.push(word);
        self.scored.push(scored);
        if self.scored.len() == BLOCK {
            self.score(scores);
        }
    }

    /// Scores the words of the block and clears it for the next.
    fn score(&mut self, scores: &mut Vec<Score>) {
        self.longer.len = 0;
        self.single_words();
        for length in 1..self.view.order {
            if length > 1 {
                std::mem::swap(&mut self.active, &mut self.longer);
                self.longer.len = 0;
                self.active.push_if(self.carried[length], 0);
                self.histories(length);
            }
            self.lists(length);
        }
        std::mem::swap(&mut self.carried, &mut self.carries);
        self.carries.fill(false);
        for (found, &scored) in self.found.iter().zip(&self.scored) {
            if scored {
                let log_prob = LogProb(found.log_prob + found.backoff);
                scores.push(Score { log_prob, matched: found.matched });
            }
        }
        self.words.drain(..self.scored.len());
        self.scored.clear();
    }

    /// Scores every word as a unigram and with its history of length 1.
    fn single_words(&mut self) {
        let view = self.view;
        let before = view.order - 1;
        for word in &self.words[before..] {
            if let Some(entry) = view.directory.get(word.index()) {
                prefetch(entry);
            }
        }
        let mut partition = self.partitions[0];
        if before > 0 {
            partition = view.partition(self.words[before - 1]);
        }
        let words = self.words[before..].iter().zip(&self.scored);
        for (at, (&word, &scored)) in (0..=u8::MAX).zip(words) {
            let place = usize::from(at);
            let log_prob = view.unigram(word);
            self.found[place] = FoundSoFar { log_prob, backoff: 0.0, matched: 1 };
            self.partitions[place] = partition;
            self.hashes[place] = partition.hash;
            if scored && before > 0 {
                let history = partition.word;
                match view.place(&partition, history.successors, word) {
                    Spot::One(found) => {
                        // Inlined by hand, as the words are borrowed.
                        let last = place + 1 == self.scored.len();
                        let extends = self.found[place].keep(1, found, history.backoff);
                        self.longer.push_if(extends & !last, at.wrapping_add(1));
                        self.carries[2] |= extends & last;
                    }
                    Spot::Short(place) => self.shorts.push(Search { at, history, place }),
                    Spot::Line(place) => self.longs.push(Search { at, history, place }),
                }
            }
            partition = view.partition(word);
        }
    }

    /// Scores the words that have a history of this length.
    fn histories(&mut self, length: usize) {
        let view = self.view;
        let before = view.order - 1;
        let words = &self.words[before - length..];
        for (&at, home) in self.active.get().iter().zip(self.homes.iter_mut()) {
            let at = usize::from(at);
            let hash = longer(self.hashes[at], words[at].0);
            self.hashes[at] = hash;
            *home = view.home(&self.partitions[at], hash);
        }
        let homes = &self.homes[..self.active.get().len()];
        let fetch = |index: usize| {
            if let Some(&home) = homes.get(index)
                && let Some(line) = view.lines.get(home as usize)
            {
                prefetch(line);
            }
        };
        (0..AHEAD).for_each(fetch);
        let words = &self.words[before..];
        let last = self.scored.len() - 1;
        for (index, (&at, &home)) in self.active.get().iter().zip(homes).enumerate() {
            fetch(index + AHEAD);
            let place = usize::from(at);
            let partition = &self.partitions[place];
            // It is missing only in a damaged file.
            let history =
                view.history(partition, home, self.hashes[place]).unwrap_or(History::NONE);
            match view.place(partition, history.successors, words[place]) {
                Spot::One(found) => {
                    let extends = self.found[place].keep(length, found, history.backoff);
                    self.longer.push_if(extends & (place < last), at.wrapping_add(1));
                    self.carries[length + 1] |= extends & (place == last);
                }
                Spot::Short(place) => self.shorts.push(Search { at, history, place }),
                Spot::Line(place) => self.longs.push(Search { at, history, place }),
            }
        }
    }

    /// Searches the lists for the words that need it.
    fn lists(&mut self, length: usize) {
        let view = self.view;
        let fetch_long = |list: Option<&Search>| {
            if let Some(list) = list
                && let Some(line) = view.lines.get(list.place as usize)
            {
                prefetch(line);
            }
        };
        let fetch_short = |list: Option<&Search>| {
            if let Some(list) = list {
                let end = list.place as usize + list.history.successors.len();
                if let (Some(first), Some(last)) =
                    (view.shorts.get(list.place as usize), view.shorts.get(end - 1))
                {
                    prefetch(first);
                    prefetch(last);
                }
            }
        };
        (0..AHEAD).for_each(|index| fetch_long(self.longs.get(index)));
        let words = &self.words[view.order - 1..];
        let last = self.scored.len() - 1;
        let mut further = 0;
        for at in 0..self.longs.len() {
            fetch_long(self.longs.get(at + AHEAD));
            let search = self.longs[at];
            match view.in_line(search.place, words[usize::from(search.at)]) {
                InLine::Found(found) => {
                    let place = usize::from(search.at);
                    let extends = self.found[place].keep(length, found, search.history.backoff);
                    self.longer.push_if(extends & (place < last), search.at.wrapping_add(1));
                    self.carries[length + 1] |= extends & (place == last);
                }
                InLine::Further => {
                    // The prefetch is wrong if the list wraps around to its first line, which is rare.
                    if let Some(line) = view.lines.get(search.place as usize + 1) {
                        prefetch(line);
                    }
                    self.longs[further] = search;
                    further += 1;
                }
            }
        }
        (0..AHEAD).for_each(|index| fetch_short(self.shorts.get(index)));
        for &Search { at, history, .. } in &self.longs[..further] {
            let place = usize::from(at);
            let found = view.in_lines(&self.partitions[place], history.successors, words[place]);
            let extends = self.found[place].keep(length, found, history.backoff);
            self.longer.push_if(extends & (place < last), at.wrapping_add(1));
            self.carries[length + 1] |= extends & (place == last);
        }
        for (index, &Search { at, history, place: start }) in self.shorts.iter().enumerate() {
            fetch_short(self.shorts.get(index + AHEAD));
            let place = usize::from(at);
            let found = view.in_short(start, history.successors.len(), words[place]);
            let extends = self.found[place].keep(length, found, history.backoff);
            self.longer.push_if(extends & (place < last), at.wrapping_add(1));
            self.carries[length + 1] |= extends & (place == last);
        }
        self.longs.clear();
        self.shorts.clear();
    }
}

impl FoundSoFar {
    /// Updates the result with a search after a history of this length. Returns whether the
    /// n-gram's last words are themselves a history.
    #[inline(always)]
    fn keep(&mut self, length: usize, found: FoundSuccessor, backoff: f32) -> bool {
        // A history that is not an n-gram has no probability.
        let is = found.is & !found.log_prob.is_nan();
        // Whether a word is found is unpredictable, so a conditional move is cheaper than a branch.
        let choose =
            |new: f32, old: f32| std::hint::select_unpredictable(is, new.to_bits(), old.to_bits());
        self.log_prob = f32::from_bits(choose(found.log_prob, self.log_prob));
        self.backoff = f32::from_bits(choose(0.0, self.backoff + backoff));
        self.matched = std::hint::select_unpredictable(is, length as u8 + 1, self.matched);
        found.is & found.extends
    }
}
