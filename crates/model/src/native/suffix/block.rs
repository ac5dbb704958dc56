//! Scores many words at once, so that the memory of some is fetched while others are looked up.
//!
//! All searches wait in one queue. A search that finds its n-gram joins the end of the queue again, for the n-gram
//! longer by a word, and its line is fetched meanwhile. So the n-grams of a word are found from the shortest on, and
//! each of them after that of the same length of the word before: if that one was not stored, no longer one can be.

use super::line::LineKey;
use super::view::{Partition, Search, SuffixView};
use super::{AT_HOME, Place, WordHash};
use crate::native::MAX_ORDER;
use crate::{LogProb, Score};
use ngram_tokenizer::{WordId, prefetch};
use std::cell::Cell;
use std::hint::select_unpredictable;

/// Words whose data is kept; a power of two. The words of a block and those before it that may be their histories.
const KEPT_WORDS: usize = 1024;

/// Number of words at which a block ends, so that the scores of a long sentence come by and by.
const BLOCK: usize = KEPT_WORDS - MAX_ORDER - 1;

/// Words that advance together.
const GROUP: usize = 16;

/// Searches that wait for their lines: more than a processor fetches at once.
const WAITING: usize = 48;

/// Places for searches; a power of two, and at least as many as wait when a group of words joins them.
const QUEUE: usize = 128;

const _: () = assert!(WAITING + 2 * GROUP <= QUEUE && BLOCK > GROUP);

/// A word, and its result so far.
#[derive(Clone, Copy)]
struct Token {
    word: WordId,
    log_prob: f32,
    hash: WordHash,
    partition: Partition,
    /// The length of the longest matching n-gram of the model.
    matched: u8,
    /// The length of the longest matching n-gram that is stored: the next word has a history of this length.
    length: u8,
    /// The number of words before it in its sentence, at most 255.
    left: u8,
    /// Whether an n-gram was looked for in its second home, which delays the longer ones: `length` may still grow
    /// when the next word asks for it.
    late: bool,
}

impl Token {
    const NONE: Token = Token {
        word: WordId::UNKNOWN,
        log_prob: 0.0,
        hash: WordHash(0),
        partition: Partition::NONE,
        matched: 1,
        length: 0,
        left: 0,
        late: false,
    };
}

/// A search for the n-gram of a token that is longer by a word than the last one found.
#[derive(Clone, Copy)]
struct Waiting {
    home: u32,
    line: u32,
    /// The key without its word.
    rest: u32,
    /// The number of the token.
    at: u32,
}

impl Waiting {
    const NONE: Waiting = Waiting { home: 0, line: 0, rest: 0, at: 0 };
}

/// Consecutive words, and the state of scoring them. Words and searches are numbered from the first on; where their
/// data is kept is taken by later ones when they are no longer needed.
pub struct WordBlock {
    tokens: Box<[Token; KEPT_WORDS]>,
    /// log10 of the back-off weights of each token's histories of length 1, 2, …: n − 1 for each token.
    backoffs: Vec<f32>,
    searches: Box<[Waiting; QUEUE]>,
    /// The searches before this one are done.
    searched: u32,
    /// The searches before this one wait or are done.
    requested: u32,
    /// The number of words.
    added: u32,
    /// The entries of the words before this one are being fetched.
    known: u32,
    /// The n-grams of the words before this one are being looked for.
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
                block.add(word, left, 1);
                if block.is_group() {
                    block.step(self);
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
            searches: Box::new([Waiting::NONE; QUEUE]),
            searched: 0,
            requested: 0,
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
        self.backoffs.resize(KEPT_WORDS * (view.order - 1), 0.0);
        (self.searched, self.requested) = (0, 0);
        self.number_from(0);
    }

    /// Numbers the next words from here on: all before are done.
    fn number_from(&mut self, first: u32) {
        (self.added, self.known, self.started, self.scored) = (first, first, first, first);
    }

    /// Adds a word with this many before it in its sentence; the first one is not scored. `length` is 1, or 0 for a
    /// first one that is no history.
    #[inline(always)]
    pub fn add(&mut self, word: WordId, left: usize, length: u8) {
        let left = left.min(255) as u8;
        self.tokens[place(self.added)] = Token { word, left, length, ..Token::NONE };
        self.added += 1;
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
        self.added - self.known >= GROUP as u32
    }

    /// Returns whether it is time for [`WordBlock::finish`].
    #[inline(always)]
    pub fn is_full(&self) -> bool {
        self.added - self.scored >= BLOCK as u32
    }

    /// Returns the number of searches that wait.
    fn waiting(&self) -> usize {
        (self.requested - self.searched) as usize
    }

    /// Advances the words that are fetched.
    pub fn step(&mut self, view: &SuffixView) {
        self.search_until(view, WAITING);
        self.start(view);
    }

    /// Fetches the entries of the words added since.
    #[inline(always)]
    pub fn fetch(&mut self, view: &SuffixView) {
        for number in self.known..self.added {
            if let Some(entry) = view.word(self.tokens[place(number)].word) {
                prefetch(entry);
            }
        }
        self.known = self.added;
    }

    /// Finishes all words, and passes each with its score to `take`. More words of the same sentence may follow.
    pub fn finish(
        &mut self,
        view: &SuffixView,
        addition: Addition,
        take: &mut impl FnMut(WordId, Score),
    ) {
        self.step(view);
        self.fetch(view);
        self.step(view);
        self.search_until(view, 0);
        self.add_up(view.order, addition, take);
        // The same places, with small numbers again.
        (self.searched, self.requested) = (0, 0);
        self.number_from(KEPT_WORDS as u32 + self.added % KEPT_WORDS as u32);
    }

    /// Searches until at most this many searches wait.
    fn search_until(&mut self, view: &SuffixView, most: usize) {
        while self.waiting() > most {
            let count = self.waiting() - most;
            match view.is_wide {
                false => self.search::<false>(view, count),
                true => self.search::<true>(view, count),
            }
        }
    }

    /// Reads the entries of words, and begins to look for their n-grams.
    fn start(&mut self, view: &SuffixView) {
        let longest = view.order - 1;
        let mut before = self.tokens[place(self.started.wrapping_sub(1))];
        for number in self.started..self.known {
            let token = &mut self.tokens[place(number)];
            match view.word(token.word) {
                Some(entry) => {
                    token.log_prob = entry.log_prob.get();
                    token.hash = WordHash::of(token.word.0);
                    token.partition = view.partition(entry);
                    if let Some(backoff) = self.backoffs.get_mut(place(number) * longest) {
                        *backoff = entry.backoff.get();
                    }
                    let is_history = (token.left > 0) & (before.length > 0);
                    if is_history & (before.partition.lines > 0) & (longest > 0) {
                        let search = Search::of_two(before.partition, token.hash);
                        prefetch(&view.lines[search.line as usize]);
                        self.searches[self.requested as usize % QUEUE] = Waiting {
                            home: search.home,
                            line: search.line,
                            rest: search.key_rest,
                            at: number,
                        };
                        self.requested += 1;
                    }
                }
                // The id is not in the vocabulary.
                None => (token.log_prob, token.length) = (f32::NEG_INFINITY, 0),
            }
            before = *token;
        }
        self.started = self.known;
    }

    /// Does the next `count` searches.
    fn search<const IS_WIDE: bool>(&mut self, view: &SuffixView, count: usize) {
        let longest = view.order - 1;
        let WordBlock { tokens, backoffs, searches, .. } = self;
        let (searched, mut requested) = (self.searched, self.requested);
        // Whether an n-gram is stored is unpredictable, so a conditional move is cheaper than a branch.
        for index in searched..searched + count as u32 {
            let Waiting { home, line, rest, at } = searches[index as usize % QUEUE];
            let before = &tokens[place(at.wrapping_sub(1))];
            let (partition, before_length, before_late) =
                (before.partition, before.length, before.late);
            let length = tokens[place(at)].length;
            // The n-grams of two words are found by the last one, longer ones by the first.
            let back = select_unpredictable(length == 1, 0, u32::from(length));
            let by = &tokens[place(at.wrapping_sub(back))];
            let (key, by_hash) = (LineKey { word: by.word.0, rest }, by.hash);
            let found = view.lines[line as usize].find::<IS_WIDE>(key);
            let longer = length + 1;
            let next = tokens[place(at.wrapping_sub(u32::from(longer)))].hash;
            let token = &mut tokens[place(at)];
            let (matched, log_prob) = (token.matched, token.log_prob.to_bits());
            if found.elsewhere {
                // Seldom, and so predictable.
                token.late = true;
                let second = partition.second(home, by_hash.way());
                prefetch(&view.lines[second as usize]);
                searches[requested as usize % QUEUE] =
                    Waiting { home, line: second, rest: rest | 1, at };
                requested += 1;
                continue;
            }
            if usize::from(length) < longest {
                backoffs[place(at) * longest + usize::from(length)] = found.entry.backoff;
            }
            let is_listed = found.is & !found.entry.log_prob.is_nan();
            token.length = length + u8::from(found.is);
            token.matched = select_unpredictable(is_listed, longer, matched);
            token.log_prob = f32::from_bits(select_unpredictable(
                is_listed,
                found.entry.log_prob.to_bits(),
                log_prob,
            ));
            // The history of the longer n-gram is stored only if the word before got that far.
            let is_history = (before_length >= longer) | before_late;
            let goes_on = found.is & found.entry.extends & (longer <= token.left) & is_history;
            token.late &= goes_on;
            let suffix =
                Place::new(found.slot, if rest & 1 == 0 { AT_HOME } else { by_hash.way() });
            let next_home = partition.homes().longer(home, next);
            // Where nothing more is looked for, no other line is fetched.
            let next_line = partition.first_line.wrapping_add(next_home);
            let line = select_unpredictable(goes_on, next_line, line);
            prefetch(&view.lines[line as usize]);
            searches[requested as usize % QUEUE] =
                Waiting { home: next_home, line, rest: suffix.rest(), at };
            requested += u32::from(goes_on);
        }
        self.searched += count as u32;
        self.requested = requested;
    }

    /// Adds up the scores of all words, whose searches are done.
    fn add_up(&mut self, order: usize, addition: Addition, take: &mut impl FnMut(WordId, Score)) {
        let longest = order - 1;
        for number in self.scored..self.added {
            let token = &self.tokens[place(number)];
            if token.left == 0 {
                continue;
            }
            let before = place(number.wrapping_sub(1));
            let length = self.tokens[before].length;
            let backoffs = (1..).zip(&self.backoffs[before * longest..][..longest]);
            let backoffs = backoffs.map(|(of, backoff)| {
                let counts = (of >= token.matched) & (of <= length);
                // Adding −0.0 changes nothing.
                let none = (-0.0f32).to_bits();
                f32::from_bits(select_unpredictable(counts, backoff.to_bits(), none))
            });
            let log_prob = addition.add(token.log_prob, backoffs);
            take(token.word, Score { log_prob, matched: token.matched });
        }
    }
}
