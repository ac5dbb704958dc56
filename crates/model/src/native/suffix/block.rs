//! Scores many words at once, so that the memory of some is fetched while others are looked up.
//!
//! Every word is a search of its own: its n-grams are looked up from the shortest on, as far as they are stored, and
//! each look-up gives the line of the next. Searches go on in rounds: the lines of all are fetched, then all look them up. A
//! few words join in each round, and are scored some rounds later. A search does not wait for that of the word before; but as
//! that has its turn first, it tells which histories are not stored, so that nothing is fetched for them.
//!
//! Fetching many lines in one short loop matters: the processor is done with a fetch only when it knows where the line is in
//! memory, which takes a walk through page tables, and many such walks go on at once only if little work stands between the
//! fetches.

use super::line::{LineKey, moved};
use super::view::{Partition, SuffixView};
use super::{Homes, Place, WordHash};
use crate::native::MAX_ORDER;
use crate::{LogProb, Score};
use ngram_tokenizer::{WordId, prefetch};
use std::cell::Cell;

/// Words whose data is kept; a power of two. Those that are not scored yet, and those before that may be their histories.
const KEPT_WORDS: usize = 512;

/// Number of scores at which a block ends, so that those of a long sentence come by and by.
const BLOCK: usize = 768;

/// Words whose entries are fetched together, and that join in a round.
const GROUP: usize = 16;

/// How many words later a word is scored. Few need as many rounds; they do the rest then.
const LATER: u32 = 6 * GROUP as u32;

const _: () = assert!(KEPT_WORDS > MAX_ORDER + 2 * GROUP + LATER as usize);

/// A word.
#[derive(Clone, Copy)]
struct Token {
    word: WordId,
    hash: WordHash,
    partition: Partition,
    /// The number of words before it in its sentence, at most 255.
    left: u8,
    /// Of the first word of a sentence, whether it is a history.
    is_history: bool,
    /// How many words a history may have that ends in it, at most 255.
    reach: u8,
    /// Whether there is an n-gram to look up.
    is_open: bool,
    /// Whether it is looked for in its second home.
    is_moved: bool,
    /// The number of words of the longest n-gram found that is one of the model.
    matched: u8,
    /// Of how many lengths the back-off weights are known: those of the word, of the last two, and so on.
    length: u8,
    /// The number of words of the n-gram to look up, less two.
    step: u8,
    /// The home of the n-gram to look up, the line to read, and the place of its suffix.
    home: u32,
    line: u32,
    suffix: Place,
    /// log10 p of the n-gram found.
    log_prob: f32,
}

impl Token {
    const NONE: Token = Token {
        word: WordId::UNKNOWN,
        hash: WordHash(0),
        partition: Partition::NONE,
        left: 0,
        is_history: false,
        reach: 0,
        is_open: false,
        is_moved: false,
        matched: 1,
        length: 0,
        step: 0,
        home: Homes::ROOT,
        line: 0,
        suffix: Place::ROOT,
        log_prob: 0.0,
    };
}

/// Consecutive words, and the state of scoring them. Words are numbered from the first on; where their
/// data is kept is taken by later ones when they are no longer needed.
pub struct WordBlock {
    tokens: Box<[Token; KEPT_WORDS]>,
    /// For each word kept, log10 of the back-off weights of the n-grams that end in it, of one word, two, …
    backoffs: Vec<f32>,
    /// How many back-off weights a word has at most.
    longest: usize,
    /// The words that are looked for.
    open: Vec<u32>,
    scores: Vec<(WordId, Score)>,
    /// The number of words.
    added: u32,
    /// The entries of the words before this one are being fetched.
    known: u32,
    /// The n-grams of the words before this one are being looked up.
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
        WordBlock {
            tokens: Box::new([Token::NONE; KEPT_WORDS]),
            backoffs: Vec::new(),
            longest: 0,
            open: Vec::new(),
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
        self.longest = view.order - 1;
        self.backoffs.resize(KEPT_WORDS * self.longest, 0.0);
        self.open.clear();
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
        }
        self.round::<IS_WIDE>(view);
        while self.started.wrapping_sub(self.scored) > LATER {
            self.score::<IS_WIDE>(view, addition);
        }
    }

    /// Looks up one n-gram of each word that is looked for.
    fn round<const IS_WIDE: bool>(&mut self, view: &SuffixView) {
        for &number in &self.open {
            prefetch(&view.lines[self.tokens[place(number)].line as usize]);
        }
        let mut kept = 0;
        for at in 0..self.open.len() {
            let number = self.open[at];
            self.look_up::<IS_WIDE>(view, number);
            self.open[kept] = number;
            kept += usize::from(self.tokens[place(number)].is_open);
        }
        self.open.truncate(kept);
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
        match view.is_wide {
            false => self.finish_words::<false>(view, addition),
            true => self.finish_words::<true>(view, addition),
        }
        self.scores.drain(..).for_each(|(word, score)| take(word, score));
    }

    fn finish_words<const IS_WIDE: bool>(&mut self, view: &SuffixView, addition: Addition) {
        while !self.open.is_empty() {
            self.round::<IS_WIDE>(view);
        }
        while self.scored != self.started {
            self.score::<IS_WIDE>(view, addition);
        }
    }

    /// Reads the entry of the next word, and finds the line of its n-gram of two words.
    #[inline(always)]
    fn start(&mut self, view: &SuffixView) {
        let number = self.started;
        self.started = number.wrapping_add(1);
        let before = self.tokens[place(number.wrapping_sub(1))];
        let token = &mut self.tokens[place(number)];
        token.hash = WordHash::of(token.word.0);
        (token.is_open, token.matched, token.length) = (false, 1, 0);
        let Some(entry) = view.word(token.word) else {
            // The id is not in the vocabulary.
            (token.partition, token.log_prob) = (Partition::NONE, LogProb::ZERO.0);
            token.reach = 0;
            return;
        };
        token.partition = view.partition(entry);
        token.log_prob = entry.log_prob.get();
        token.reach = match token.left {
            0 => token.is_history.into(),
            _ => before.reach.saturating_add(1),
        };
        if token.reach > 0 && self.longest > 0 {
            self.backoffs[place(number) * self.longest] = entry.backoff.get();
            token.length = 1;
        }
        if token.left > 0 && before.length > 0 && before.partition.lines > 0 {
            token.is_open = true;
            token.step = 0;
            token.suffix = Place::ROOT;
            token.find_line(before.partition, Homes::ROOT, token.hash);
            self.open.push(number);
        }
    }

    /// Looks up the next n-gram of a word, if there is one, and finds the line of the one after.
    #[inline(always)]
    fn look_up<const IS_WIDE: bool>(&mut self, view: &SuffixView, number: u32) {
        let at = place(number);
        let token = &self.tokens[at];
        if !token.is_open {
            return;
        }
        let step = u32::from(token.step);
        let before = &self.tokens[place(number.wrapping_sub(1))];
        // The n-grams of two words are found by the last one, longer ones by the first.
        let back = if step == 0 { 0 } else { step + 1 };
        let by = &self.tokens[place(number.wrapping_sub(back))];
        let (partition, hash) = (before.partition, by.hash);
        let further = self.tokens[place(number.wrapping_sub(step + 2))].hash;
        // The longest history that is stored, or may be, as long as the word before is still looked for.
        let history = if before.is_open { before.reach } else { before.length };
        let key = LineKey { word: by.word.0, rest: token.suffix.rest() };
        let key = if token.is_moved { moved(key) } else { key };
        let found = view.lines[token.line as usize].find::<IS_WIDE>(key);
        let token = &mut self.tokens[at];
        if found.is {
            let length = step as usize + 1;
            if length < self.longest {
                self.backoffs[at * self.longest + length] = found.entry.backoff;
                token.length = length as u8 + 1;
            }
            if !found.entry.log_prob.is_nan() {
                (token.log_prob, token.matched) = (found.entry.log_prob, length as u8 + 1);
            }
            let has_history = length < self.longest && length < usize::from(history);
            token.is_open = found.entry.extends & has_history;
            if token.is_open {
                token.suffix = Place::new(found.slot, key.way_of(hash));
                token.step += 1;
                token.find_line(partition, token.home, further);
            }
        } else if found.elsewhere {
            token.is_moved = true;
            token.line = partition.second(token.home, hash.way());
        } else {
            token.is_open = false;
        }
    }

    /// Scores the next word.
    #[inline(always)]
    fn score<const IS_WIDE: bool>(&mut self, view: &SuffixView, addition: Addition) {
        let number = self.scored;
        while self.tokens[place(number)].is_open {
            self.look_up::<IS_WIDE>(view, number);
        }
        self.scored = number.wrapping_add(1);
        let Token { word, left, log_prob, matched, .. } = self.tokens[place(number)];
        if left > 0 {
            let before = place(number.wrapping_sub(1));
            let start = before * self.longest;
            let weights = &self.backoffs[start..start + usize::from(self.tokens[before].length)];
            let weights = weights.iter().skip(usize::from(matched) - 1);
            let log_prob = addition.add(log_prob, weights.copied());
            self.scores.push((word, Score { log_prob, matched }));
        }
    }
}

impl Token {
    /// Finds the line of an n-gram, given the home of its suffix and the hash of its word.
    #[inline(always)]
    fn find_line(&mut self, partition: Partition, home: u32, hash: WordHash) {
        self.home = partition.homes().longer(home, hash);
        self.line = partition.first_line.wrapping_add(self.home);
        self.is_moved = false;
    }
}
