//! Scoring many words at once: by length of history, so that every loop is short and what it will
//! read is fetched long before.
//!
//! A history of length L exists before a word exactly if the word before was found after its own
//! history of length L − 1, with the flag that says that they go on. So the words that are looked up
//! with L words of history are known when the round with L − 1 is over, and within a round no word
//! waits for another.

use super::longer;
use super::view::{FastView, Found, History, Partition, Place};
use crate::prefetch::prefetch;
use crate::{LogProb, Score};
use ngram_tokenizer::WordId;

/// How many words are scored at once: what is read for them stays in the cache meanwhile.
const BLOCK: usize = 512;

impl FastView<'_> {
    /// Scores sentences and their ends; see [`LanguageModel::score_sentences`].
    ///
    /// [`LanguageModel::score_sentences`]: crate::LanguageModel::score_sentences
    pub fn score_sentences(&self, words: &[WordId], ends: &[usize], scores: &mut Vec<Score>) {
        scores.clear();
        scores.reserve(words.len() + ends.len());
        let mut block = Block::new(*self);
        let mut start = 0;
        for &end in ends {
            block.push(WordId::BEGIN, false, scores);
            for &word in &words[start..end] {
                block.push(word, true, scores);
            }
            block.push(WordId::END, true, scores);
            start = end;
        }
        block.score(scores);
    }

    /// Scores one word after any history.
    pub fn score(&self, history: &[WordId], word: WordId) -> Score {
        let recent = &history[history.len() - history.len().min(self.order - 1)..];
        let mut scores = Vec::with_capacity(self.order);
        let mut block = Block::new(*self);
        let Some((&first, rest)) = recent.split_first() else {
            return Score { log_prob: LogProb(self.unigram(word)), matched: 1 };
        };
        block.push(first, false, &mut scores);
        for &word in rest {
            block.push(word, word != WordId::BEGIN, &mut scores);
        }
        block.push(word, true, &mut scores);
        block.score(&mut scores);
        scores[scores.len() - 1]
    }
}

/// Some words in the order of the text, and what is known of them.
struct Block<'v> {
    view: FastView<'v>,
    /// The n − 1 words before the block, then its words.
    words: Vec<WordId>,
    /// Whether each is scored: `<s>` is not.
    scored: Vec<bool>,
    found: Vec<FoundSoFar>,
    /// The hash of each word's history of the length reached.
    hashes: Vec<u64>,
    /// The words with a history of the length reached.
    active: Vec<u32>,
    /// Those with a longer one.
    longer: Vec<u32>,
    /// The lines of their records.
    homes: Vec<u64>,
    shorts: Vec<Waiting>,
    longs: Vec<Waiting>,
    /// For each length, whether the word after the block has a history as long.
    carried: Vec<bool>,
}

/// The longest n-gram found, and the weights of the longer histories.
#[derive(Clone, Copy)]
struct FoundSoFar {
    log_prob: f32,
    backoff: f32,
    matched: u8,
}

/// A word to be looked for in a list that has been sent for.
#[derive(Clone, Copy)]
struct Waiting {
    at: u32,
    /// The length of a short list, of a long one in lines.
    len: u32,
    /// Where the list starts.
    start: u64,
    backoff: f32,
    /// Of a long list, the line that the word belongs to.
    home: u32,
}

impl<'v> Block<'v> {
    fn new(view: FastView<'v>) -> Block<'v> {
        Block {
            view,
            words: vec![WordId::BEGIN; view.order - 1],
            scored: Vec::with_capacity(BLOCK),
            found: Vec::with_capacity(BLOCK),
            hashes: Vec::with_capacity(BLOCK),
            active: Vec::with_capacity(BLOCK + 1),
            longer: Vec::with_capacity(BLOCK + 1),
            homes: Vec::with_capacity(BLOCK + 1),
            shorts: Vec::with_capacity(BLOCK + 1),
            longs: Vec::with_capacity(BLOCK + 1),
            carried: vec![false; view.order + 1],
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

    /// Scores the words of the block and makes room for the next.
    fn score(&mut self, scores: &mut Vec<Score>) {
        let carried = std::mem::replace(&mut self.carried, vec![false; self.view.order + 1]);
        self.single_words();
        for length in 1..self.view.order {
            if length > 1 {
                std::mem::swap(&mut self.active, &mut self.longer);
                self.longer.clear();
                if carried[length] {
                    self.active.push(0);
                }
                self.histories(length);
            }
            self.lists(length);
        }
        for (found, &scored) in self.found.iter().zip(&self.scored) {
            if scored {
                let log_prob = LogProb(found.log_prob + found.backoff);
                scores.push(Score { log_prob, matched: found.matched });
            }
        }
        self.words.drain(..self.scored.len());
        self.scored.clear();
    }

    /// Every word by itself, and after its history of length 1.
    fn single_words(&mut self) {
        let view = self.view;
        let before = view.order - 1;
        for word in &self.words[before..] {
            if let Some(entry) = view.directory.get(word.index()) {
                prefetch(entry);
            }
        }
        self.found.clear();
        self.hashes.clear();
        self.longer.clear();
        for at in 0..self.scored.len() {
            let word = self.words[before + at];
            let log_prob = view.unigram(word);
            self.found.push(FoundSoFar { log_prob, backoff: 0.0, matched: 1 });
            if before > 0 {
                let partition = view.partition(self.words[before + at - 1]);
                self.hashes.push(partition.hash);
                if self.scored[at] {
                    self.look(at, 1, &partition, partition.word, word);
                }
            }
        }
    }

    /// The words that have a history of this length.
    fn histories(&mut self, length: usize) {
        let view = self.view;
        let before = view.order - 1;
        let active = std::mem::take(&mut self.active);
        self.homes.clear();
        for &at in &active {
            let at = at as usize;
            let hash = longer(self.hashes[at], self.words[before + at - length].0);
            self.hashes[at] = hash;
            let partition = view.partition(self.words[before + at - 1]);
            self.homes.push(view.home(&partition, hash) as u64);
        }
        // In one go, as finding the pages takes time, too, and several are found side by side.
        for &line in &self.homes {
            if let Some(line) = view.lines.get(line as usize) {
                prefetch(line);
            }
        }
        for &at in &active {
            let at = at as usize;
            let partition = view.partition(self.words[before + at - 1]);
            // It is missing in a damaged file only.
            let history = view.history(&partition, self.hashes[at]).unwrap_or(History::NONE);
            self.look(at, length, &partition, history, self.words[before + at]);
        }
        self.active = active;
    }

    /// Looks for a word after a history; where that takes memory, later.
    #[inline(always)]
    fn look(
        &mut self,
        at: usize,
        length: usize,
        partition: &Partition,
        history: History,
        word: WordId,
    ) {
        let backoff = history.backoff;
        match self.view.place(partition, history.successors, word) {
            Place::One(found) => self.outcome(at, length, found, backoff),
            Place::Shorts { start, len } => {
                self.shorts.push(Waiting { at: at as u32, len, start, backoff, home: 0 });
            }
            Place::Lines { start, len, home } => {
                self.longs.push(Waiting { at: at as u32, len, start, backoff, home });
            }
        }
    }

    /// The lists that words wait for.
    fn lists(&mut self, length: usize) {
        let view = self.view;
        let before = view.order - 1;
        for list in &self.longs {
            if let Some(line) = view.lines.get(list.start as usize + list.home as usize) {
                prefetch(line);
            }
        }
        for list in &self.shorts {
            let last = list.start as usize + list.len as usize - 1;
            if let (Some(first), Some(last)) =
                (view.shorts.get(list.start as usize), view.shorts.get(last))
            {
                prefetch(first);
                prefetch(last);
            }
        }
        let mut longs = std::mem::take(&mut self.longs);
        for &Waiting { at, start, len, home, backoff } in &longs {
            let word = self.words[before + at as usize];
            let found = view.in_lines(start, len, home, word);
            self.outcome(at as usize, length, found, backoff);
        }
        longs.clear();
        self.longs = longs;
        let mut shorts = std::mem::take(&mut self.shorts);
        for &Waiting { at, start, len, backoff, .. } in &shorts {
            let word = self.words[before + at as usize];
            let found = view.in_shorts(start, len, word);
            self.outcome(at as usize, length, found, backoff);
        }
        shorts.clear();
        self.shorts = shorts;
    }

    #[inline(always)]
    fn outcome(&mut self, at: usize, length: usize, found: Option<Found>, backoff: f32) {
        let so_far = &mut self.found[at];
        match found {
            Some(found) => {
                if found.log_prob.is_nan() {
                    // A history that is no n-gram.
                    so_far.backoff += backoff;
                } else {
                    let matched = length as u8 + 1;
                    *so_far = FoundSoFar { log_prob: found.log_prob, backoff: 0.0, matched };
                }
                if found.extends {
                    match at + 1 < self.scored.len() {
                        true => self.longer.push(at as u32 + 1),
                        false => self.carried[length + 1] = true,
                    }
                }
            }
            None => so_far.backoff += backoff,
        }
    }
}
