//! Scores many words at once, so that the memory of some is fetched while others are looked up.
//!
//! Homes depend on words alone. So once the entries of a word and of the one before it are there, the lines are known in
//! which its n-grams of all orders would be, and are fetched together. Some words later, the n-grams are looked up in
//! turn, from the shortest on, as far as they are stored.

use super::view::{Partition, SuffixView};
use super::{Homes, WordHash};
use crate::native::MAX_ORDER;
use crate::{LogProb, Score};
use ngram_tokenizer::{WordId, prefetch};
use std::cell::Cell;

/// Words whose data is kept; a power of two. Those that are not scored yet, and those before that may be their histories.
const KEPT_WORDS: usize = 512;

/// Number of scores at which a block ends, so that those of a long sentence come by and by.
const BLOCK: usize = 768;

/// Words whose entries are fetched together.
const GROUP: usize = 16;

/// How many words later the n-grams of a word are looked up.
const LATER: u32 = 16;

/// The most lines that are fetched for a word beforehand.
const LINES: usize = 4;

const _: () = assert!(KEPT_WORDS > MAX_ORDER + 2 * GROUP + LATER as usize);

/// A word.
#[derive(Clone, Copy)]
struct Token {
    word: WordId,
    /// The number of words before it in its sentence, at most 255.
    left: u8,
    /// Of the first word of a sentence, whether it is a history.
    is_history: bool,
    hash: WordHash,
    partition: Partition,
    /// The homes of its n-grams of two words, three, …
    homes: [u32; LINES],
}

impl Token {
    const NONE: Token = Token {
        word: WordId::UNKNOWN,
        left: 0,
        is_history: false,
        hash: WordHash(0),
        partition: Partition::NONE,
        homes: [Homes::ROOT; LINES],
    };
}

/// log10 of the back-off weights of the last word, the last two, and so on, as far as these are stored.
struct Backoffs {
    weights: Vec<f32>,
    length: usize,
}

impl Backoffs {
    #[inline(always)]
    fn set(&mut self, at: usize, weight: f32) {
        if let Some(stored) = self.weights.get_mut(at) {
            *stored = weight;
            self.length = at + 1;
        }
    }
}

/// Consecutive words, and the state of scoring them. Words are numbered from the first on; where their
/// data is kept is taken by later ones when they are no longer needed.
pub struct WordBlock {
    tokens: Box<[Token; KEPT_WORDS]>,
    /// Of the word before the next one to be scored.
    before: Backoffs,
    /// Of the word that is scored.
    own: Backoffs,
    scores: Vec<(WordId, Score)>,
    /// The number of words.
    added: u32,
    /// The entries of the words before this one are being fetched.
    known: u32,
    /// The lines of the words before this one are being fetched.
    started: u32,
    /// The words before this one have their scores.
    scored: u32,
}

thread_local! {
    /// The memory of this thread's last block.
    static KEPT: Cell<Option<Box<WordBlock>>> = const { Cell::new(None) };
}

impl SuffixView<'_> {
    /// Scores sentences and their ends; see [`LanguageModel::score_sentences`].
    ///
    /// [`LanguageModel::score_sentences`]: crate::LanguageModel::score_sentences
    pub fn score_sentences(&self, words: &[WordId], ends: &[usize], scores: &mut Vec<Score>) {
        scores.clear();
        scores.reserve(words.len() + ends.len());
        // Reuses memory: for a short sentence, allocating a block would take as long as scoring.
        let kept = KEPT.try_with(Cell::take).ok().flatten();
        let mut block = kept.unwrap_or_default();
        block.begin(self);
        let mut take = |_, score| scores.push(score);
        let mut start = 0;
        for &end in ends {
            let sentence = &words[start..end];
            let ids = [&WordId::BEGIN].into_iter().chain(sentence).chain([&WordId::END]);
            for (left, &word) in ids.enumerate() {
                block.add(word, left, true);
                if block.is_group() {
                    block.step(self, Addition::ShortestFirst);
                    block.fetch(self);
                    if block.is_full() {
                        block.finish(self, Addition::ShortestFirst, &mut take);
                    }
                }
            }
            start = end;
        }
        block.finish(self, Addition::ShortestFirst, &mut take);
        // Fails only while the thread is ending.
        let _ = KEPT.try_with(|kept| kept.set(Some(block)));
    }
}

/// The order in which the 32-bit parts of a score are added, which affects its last bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Addition {
    /// The back-off weights from the shortest history up, then their sum to the log-probability, as
    /// in every layout here.
    ShortestFirst,
    /// Each back-off weight to the log-probability, from the shortest history up, as in KenLM.
    Kenlm,
}

impl Addition {
    #[inline(always)]
    pub(super) fn add(self, log_prob: f32, backoffs: impl Iterator<Item = f32>) -> LogProb {
        LogProb(match self {
            Addition::ShortestFirst => log_prob + backoffs.fold(0.0f32, |sum, weight| sum + weight),
            Addition::Kenlm => backoffs.fold(log_prob, |sum, weight| sum + weight),
        })
    }
}

/// Returns where the data of a word is kept.
#[inline(always)]
fn place(number: u32) -> usize {
    number as usize % KEPT_WORDS
}

impl Default for WordBlock {
    fn default() -> WordBlock {
        let backoffs = || Backoffs { weights: Vec::new(), length: 0 };
        WordBlock {
            tokens: Box::new([Token::NONE; KEPT_WORDS]),
            before: backoffs(),
            own: backoffs(),
            scores: Vec::new(),
            added: 0,
            known: 0,
            started: 0,
            scored: 0,
        }
    }
}

impl WordBlock {
    /// Forgets all words.
    pub fn begin(&mut self, view: &SuffixView) {
        for backoffs in [&mut self.before, &mut self.own] {
            backoffs.weights.resize(view.order - 1, 0.0);
            backoffs.length = 0;
        }
        self.scores.clear();
        (self.added, self.known, self.started, self.scored) = (0, 0, 0, 0);
    }

    /// Adds a word with this many before it in its sentence; the first one is not scored. `is_history` tells whether a
    /// first one is a history.
    #[inline(always)]
    pub fn add(&mut self, word: WordId, left: usize, is_history: bool) {
        let left = left.min(255) as u8;
        let token = &mut self.tokens[place(self.added)];
        (token.word, token.left, token.is_history) = (word, left, is_history);
        self.added = self.added.wrapping_add(1);
    }

    /// Returns the number of the next word.
    #[inline(always)]
    pub fn next(&self) -> u32 {
        self.added
    }

    /// Sets a word that was added before it was known, and is not fetched yet.
    #[inline(always)]
    pub fn set(&mut self, number: u32, word: WordId) {
        self.tokens[place(number)].word = word;
    }

    /// Returns whether it is time for [`WordBlock::step`] and then [`WordBlock::fetch`].
    #[inline(always)]
    pub fn is_group(&self) -> bool {
        self.added.wrapping_sub(self.known) >= GROUP as u32
    }

    /// Returns whether it is time for [`WordBlock::finish`].
    #[inline(always)]
    pub fn is_full(&self) -> bool {
        self.scores.len() >= BLOCK
    }

    /// Advances the words that are fetched.
    pub fn step(&mut self, view: &SuffixView, addition: Addition) {
        match view.is_wide {
            false => self.advance::<false>(view, addition),
            true => self.advance::<true>(view, addition),
        }
    }

    fn advance<const IS_WIDE: bool>(&mut self, view: &SuffixView, addition: Addition) {
        while self.started != self.known {
            self.start(view);
            if self.started.wrapping_sub(self.scored) > LATER {
                self.score::<IS_WIDE>(view, addition);
            }
        }
    }

    /// Fetches the entries of the words added since.
    #[inline(always)]
    pub fn fetch(&mut self, view: &SuffixView) {
        while self.known != self.added {
            if let Some(entry) = view.word(self.tokens[place(self.known)].word) {
                prefetch(entry);
            }
            self.known = self.known.wrapping_add(1);
        }
    }

    /// Finishes all words, and passes each with its score to `take`. More words of the same sentence may follow.
    pub fn finish(
        &mut self,
        view: &SuffixView,
        addition: Addition,
        take: &mut impl FnMut(WordId, Score),
    ) {
        self.step(view, addition);
        self.fetch(view);
        self.step(view, addition);
        while self.scored != self.started {
            match view.is_wide {
                false => self.score::<false>(view, addition),
                true => self.score::<true>(view, addition),
            }
        }
        self.scores.drain(..).for_each(|(word, score)| take(word, score));
    }

    /// Reads the entry of the next word, and fetches the lines of its n-grams.
    #[inline(always)]
    fn start(&mut self, view: &SuffixView) {
        let number = self.started;
        let before = self.tokens[place(number.wrapping_sub(1))].partition;
        let mut token = self.tokens[place(number)];
        token.hash = WordHash::of(token.word.0);
        token.partition =
            view.word(token.word).map_or(Partition::NONE, |entry| view.partition(entry));
        if before.lines > 0 {
            let homes = before.homes();
            let mut home = homes.longer(Homes::ROOT, token.hash);
            let most = LINES.min(usize::from(token.left)).min(view.order - 1);
            for at in 0..most {
                token.homes[at] = home;
                prefetch(&view.lines[before.first_line as usize + home as usize]);
                let next = self.tokens[place(number.wrapping_sub(at as u32 + 2))].hash;
                home = homes.longer(home, next);
            }
        }
        self.tokens[place(number)] = token;
        self.started = number.wrapping_add(1);
    }

    /// Scores the next word.
    #[inline(always)]
    fn score<const IS_WIDE: bool>(&mut self, view: &SuffixView, addition: Addition) {
        let number = self.scored;
        self.scored = number.wrapping_add(1);
        let token = &self.tokens[place(number)];
        let own = &mut self.own;
        own.length = 0;
        let Some(entry) = view.word(token.word) else {
            // The id is not in the vocabulary.
            if token.left > 0 {
                self.scores.push((token.word, Score { log_prob: LogProb::ZERO, matched: 1 }));
            }
            std::mem::swap(&mut self.before, &mut self.own);
            return;
        };
        let mut log_prob = entry.log_prob.get();
        if token.left == 0 {
            if token.is_history {
                own.set(0, entry.backoff.get());
            }
            std::mem::swap(&mut self.before, &mut self.own);
            return;
        }
        own.set(0, entry.backoff.get());
        let partition = self.tokens[place(number.wrapping_sub(1))].partition;
        let most = if partition.lines == 0 { 0 } else { self.before.length };
        let mut matched = 1;
        let tokens = &self.tokens;
        // The n-grams of two words are found by the last one, longer ones by the first.
        let words = (0..most as u32).map(|step| {
            let back = if step == 0 { 0 } else { step + 1 };
            let by = &tokens[place(number.wrapping_sub(back))];
            (by.word, by.hash)
        });
        view.climb::<IS_WIDE>(partition, words, &token.homes, |step, entry| {
            own.set(step + 1, entry.backoff);
            if !entry.log_prob.is_nan() {
                (log_prob, matched) = (entry.log_prob, step + 2);
            }
            true
        });
        let weights = self.before.weights[..self.before.length].iter().skip(matched - 1);
        let log_prob = addition.add(log_prob, weights.copied());
        self.scores.push((token.word, Score { log_prob, matched: matched as u8 }));
        std::mem::swap(&mut self.before, &mut self.own);
    }
}
