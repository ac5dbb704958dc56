//! Scoring sentences together, by length of n-gram, so that what a round will read is fetched before.

use super::{HashedModel, View, key};
use crate::{LogProb, Score};
use ngram_tokenizer::{WordId, prefetch};
use std::hint::select_unpredictable;

/// With so many words a block is scored: what is read for them stays in the cache meanwhile.
const FULL: usize = 256;

/// In which order the 32-bit numbers of a score are added, which its last bits tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Addition {
    /// The back-off weights from the shortest history up, then their sum to the log-probability: as every
    /// layout here does.
    ShortestFirst,
    /// Each back-off weight to the log-probability, from the shortest history up: as KenLM does.
    Kenlm,
}

impl Addition {
    #[inline(always)]
    pub(super) fn add(self, log_prob: f32, backoffs: &[f32]) -> f32 {
        match self {
            Addition::ShortestFirst => {
                log_prob + backoffs.iter().fold(0.0f32, |sum, backoff| sum + backoff)
            }
            Addition::Kenlm => backoffs.iter().fold(log_prob, |sum, backoff| sum + backoff),
        }
    }
}

/// Some sentences, and room to score them in.
#[derive(Default)]
pub struct Block {
    /// The words of all sentences, before each what it begins with.
    words: Vec<WordId>,
    /// What each word is and has come to.
    found: Vec<Found>,
    /// log10 of the back-off weight of each word as a history of length 1, then of length 2, and so on.
    backoffs: Vec<f32>,
    active: Vec<Search>,
    longer: Vec<Search>,
    scores: Vec<Score>,
}

/// What is known of a word in a block.
#[derive(Clone, Copy)]
struct Found {
    log_prob: f32,
    /// The length of the longest n-gram of the model.
    matched: u8,
    /// The length of the longest n-gram of the table: so long a history is there for the next word.
    length: u8,
    scored: bool,
}

/// An n-gram to be looked for.
#[derive(Clone, Copy)]
struct Search {
    key: u64,
    line: usize,
    at: usize,
}

impl Search {
    const NONE: Search = Search { key: 0, line: 0, at: 0 };
}

impl Block {
    /// Forgets all sentences.
    pub fn clear(&mut self) {
        self.words.clear();
        self.found.clear();
        self.scores.clear();
    }

    /// Whether it is time to score: more sentences at once would be no faster.
    pub fn is_full(&self) -> bool {
        self.words.len() >= FULL
    }

    /// The scores of all words and sentence ends in turn, once they are scored.
    pub fn scores(&self) -> &[Score] {
        &self.scores
    }

    /// The words that are scored, `</s>` among them.
    pub fn scored_words(&self) -> impl Iterator<Item = WordId> {
        let words = self.words.iter().zip(&self.found);
        words.filter(|(_, found)| found.scored).map(|(&word, _)| word)
    }

    /// Adds a sentence of which the words are known, with its begin and its end.
    pub(super) fn push_words(&mut self, words: &[WordId]) {
        self.begin(true);
        for &word in words {
            self.push(word, true);
        }
        self.push(WordId::END, true);
    }

    #[inline(always)]
    fn push(&mut self, word: WordId, scored: bool) {
        self.words.push(word);
        self.found.push(Found { log_prob: 0.0, matched: 1, length: 1, scored });
    }

    /// What stands before a sentence.
    #[inline(always)]
    fn begin(&mut self, sentence: bool) {
        self.push(WordId::BEGIN, false);
        if !sentence && let Some(found) = self.found.last_mut() {
            // A history of length 0.
            found.length = 0;
        }
    }
}

impl HashedModel {
    /// Adds a line, cut by the model's tokenizer, as a sentence. `<s>` and `</s>` in it are passed over, as evaluation
    /// does. Returns how many words it has, with the `</s>` behind it.
    pub fn push_line(&self, block: &mut Block, line: &str) -> usize {
        block.begin(true);
        let before = block.words.len();
        self.words.tokenize(self.vocab.view(), &self.tokenizer, line, |word| {
            if word != WordId::BEGIN && word != WordId::END {
                block.push(word, true);
            }
        });
        block.push(WordId::END, true);
        block.words.len() - before
    }

    /// Adds a sentence of words between separators, after `<s>` if `begin`, with `</s>` if `end`. Returns how many
    /// words it has, `</s>` among them.
    pub fn push(
        &self,
        block: &mut Block,
        sentence: &str,
        is_separator: impl Fn(u8) -> bool,
        begin: bool,
        end: bool,
    ) -> usize {
        block.begin(begin);
        let before = block.words.len();
        self.words.number(self.vocab.view(), sentence, is_separator, |word| block.push(word, true));
        if end {
            block.push(WordId::END, true);
        }
        block.words.len() - before
    }

    /// Scores all sentences of a block.
    pub fn score_block(&self, block: &mut Block, addition: Addition) {
        self.view().score_block(block, addition);
    }
}

impl View<'_> {
    fn score_block(&self, block: &mut Block, addition: Addition) {
        let Block { words, found, backoffs, active, longer, scores } = block;
        let tokens = words.len();
        let longest = self.order - 1;
        backoffs.resize((tokens * self.order).max(backoffs.len()), 0.0);
        active.clear();
        // What is not read yet is fetched: first all words by themselves and the n-grams of two.
        let mut before = 0;
        for (at, (&word, found)) in words.iter().zip(&*found).enumerate() {
            let Some(unigram) = self.unigrams.get(word.index()) else {
                before = 0;
                continue;
            };
            prefetch(unigram);
            if found.scored & (before > 0) & (longest > 0) {
                let key = key(word.0, words[at - 1]);
                let line = self.home(key);
                prefetch(&self.lines[line]);
                active.push(Search { key, line, at });
            }
            before = found.length;
        }
        for (at, (&word, found)) in words.iter().zip(&mut *found).enumerate() {
            match self.unigrams.get(word.index()) {
                Some(unigram) => {
                    found.log_prob = unigram.log_prob;
                    if longest > 0 {
                        backoffs[at] = unigram.backoff;
                    }
                }
                // No word of the vocabulary.
                None => (found.log_prob, found.length) = (f32::NEG_INFINITY, 0),
            }
        }
        for length in 2..=self.order {
            let mut wanted = 0;
            longer.resize(active.len().max(longer.len()), Search::NONE);
            // Whether an n-gram is found is as good as chance, so that a choice is cheaper than a branch.
            for &Search { key: this, line, at } in &*active {
                let entry = self.find(this, line);
                let row = (length - 1) * tokens;
                backoffs[row + at] = entry.backoff;
                let (is, is_listed) = (entry.is, entry.is & !entry.log_prob.is_nan());
                // The history that is longer by one word is there if the word before came as far.
                let before = found[at - 1].length as usize;
                let goes_on = is & entry.extends & (length < self.order) & (before >= length);
                let this = &mut found[at];
                this.length = select_unpredictable(is, length as u8, this.length);
                this.matched = select_unpredictable(is_listed, length as u8, this.matched);
                this.log_prob = f32::from_bits(select_unpredictable(
                    is_listed,
                    entry.log_prob.to_bits(),
                    this.log_prob.to_bits(),
                ));
                let key = key(entry.number, words[at.saturating_sub(length)]);
                let line = select_unpredictable(goes_on, self.home(key), line);
                prefetch(&self.lines[line]);
                longer[wanted] = Search { key, line, at };
                wanted += usize::from(goes_on);
            }
            longer.truncate(wanted);
            std::mem::swap(active, longer);
        }
        scores.clear();
        let mut history = 0;
        let most = found.iter().map(|found| found.length as usize).max().unwrap_or(0).min(longest);
        for (at, found) in found.iter().enumerate() {
            if found.scored {
                let mut sum = match addition {
                    Addition::ShortestFirst => 0.0,
                    Addition::Kenlm => found.log_prob,
                };
                for length in 1..=most {
                    let counts = (length >= found.matched as usize) & (length <= history);
                    let backoff = backoffs[(length - 1) * tokens + at - 1];
                    // Nothing changes by −0.0.
                    let backoff =
                        select_unpredictable(counts, backoff.to_bits(), (-0.0f32).to_bits());
                    sum += f32::from_bits(backoff);
                }
                let log_prob = match addition {
                    Addition::ShortestFirst => found.log_prob + sum,
                    Addition::Kenlm => sum,
                };
                scores.push(Score { log_prob: LogProb(log_prob), matched: found.matched });
            }
            history = (found.length as usize).min(longest);
        }
    }
}
