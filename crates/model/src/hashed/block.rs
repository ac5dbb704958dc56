//! Scoring sentences together, so that nothing waits for memory that could be read meanwhile.

use super::{HashedModel, Key, View};
use crate::{LogProb, Score};
use ngram_tokenizer::{TokenizerKind, Wanted, WordId, cut, is_separator, prefetch};
use std::hint::select_unpredictable;

/// With so many words a block is scored: what is read for them stays in the cache meanwhile.
const FULL: usize = 256;

/// So many words go on together.
const GROUP: usize = 8;

/// So many n-grams wait for their memory: as many lines as a processor fetches at once.
const WAITING: usize = 24;

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

/// Some sentences with their scores, and room to score others in.
#[derive(Default)]
pub struct Block {
    /// All sentences, before each what it begins with.
    tokens: Vec<Token>,
    /// log10 of the back-off weights of each token as a history of length 1, of length 2, and so on.
    backoffs: Vec<f32>,
    /// How many scores there are up to the end of each sentence.
    ends: Vec<usize>,
    scores: Vec<Score>,
    /// The words that came last.
    wanted: Wanted,
    /// The n-grams that were or are to be looked for; behind them, room.
    searches: Vec<Search>,
}

/// A word in a block, and what is known of it.
#[derive(Clone, Copy)]
struct Token {
    word: WordId,
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
    key: Key,
    line: u32,
    /// The token that is its last word.
    at: u32,
}

impl Token {
    const NONE: Token =
        Token { word: WordId::UNKNOWN, log_prob: 0.0, matched: 1, length: 0, scored: false };
}

impl Block {
    /// The scores of all words and sentence ends in turn.
    pub fn scores(&self) -> &[Score] {
        &self.scores
    }

    /// The scores of each sentence.
    pub fn sentences(&self) -> impl Iterator<Item = &[Score]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, &end)| &self.scores[start..end])
    }

    /// The words that are scored, `</s>` among them.
    pub fn scored_words(&self) -> impl Iterator<Item = WordId> {
        self.tokens.iter().filter(|token| token.scored).map(|token| token.word)
    }

    fn clear(&mut self) {
        let Block { tokens, backoffs: _, ends, scores, wanted, searches: _ } = self;
        tokens.clear();
        ends.clear();
        scores.clear();
        wanted.clear();
    }
}

/// Takes sentences into a block and scores them.
///
/// A word goes a long way: its spelling leads to its number, that to the word by itself and to the n-gram of two words,
/// that to the one of three, and each step reads memory far from the last. So each step only has the memory for the next
/// one fetched, and then other words have their turn.
pub struct Scorer<'m, 'b> {
    model: &'m HashedModel,
    view: View<'m>,
    block: &'b mut Block,
    scored: usize,
    /// Of the tokens up to this one, the words are known and are being fetched.
    known: usize,
    /// The tokens up to this one are looked for.
    started: usize,
    /// The searches up to this one are done.
    searched: usize,
    /// Those up to this one are wanted.
    searches: usize,
}

impl HashedModel {
    /// Begins to score: the block forgets what it holds.
    pub fn scorer<'m, 'b>(&'m self, block: &'b mut Block) -> Scorer<'m, 'b> {
        block.clear();
        let view = self.view();
        Scorer {
            model: self,
            view,
            block,
            scored: 0,
            known: 0,
            started: 0,
            searched: 0,
            searches: 0,
        }
    }
}

impl Scorer<'_, '_> {
    /// Whether it is time to finish: more sentences at once would be no faster.
    pub fn is_full(&self) -> bool {
        self.block.tokens.len() >= FULL
    }

    /// Adds a line, cut by the model's tokenizer, as a sentence. `<s>` and `</s>` in it are passed over, as evaluation
    /// does.
    pub fn push_line(&mut self, line: &str) {
        self.begin(true);
        let tokenizer = &self.model.tokenizer;
        if tokenizer.kind == TokenizerKind::Whitespace && !tokenizer.lowercase {
            cut(line, is_separator, |start, end| self.word_of_line(line, start, end));
        } else {
            tokenizer.tokenize(line, |token| self.word_of_line(token, 0, token.len()));
        }
        self.end(true);
    }

    /// Adds a sentence of words between separators, after `<s>` if `begin`, with `</s>` if `end`.
    pub fn push(
        &mut self,
        sentence: &str,
        is_separator: impl Fn(u8) -> bool,
        begin: bool,
        end: bool,
    ) {
        self.begin(begin);
        cut(sentence, is_separator, |start, end| self.word(sentence, start, end));
        self.end(end);
    }

    /// Adds a sentence of which the words are known, with its begin and its end.
    pub(super) fn push_words(&mut self, words: &[WordId]) {
        self.begin(true);
        for some in words.chunks(GROUP) {
            some.iter().for_each(|&word| self.known(word, 1, true));
            self.advance();
        }
        self.end(true);
    }

    /// Scores all sentences.
    pub fn finish(mut self, addition: Addition) {
        self.advance();
        self.advance();
        while self.searched < self.searches {
            self.search(self.searches - self.searched);
        }
        self.view.add_up(self.block, addition);
    }

    /// What stands before a sentence: `<s>`, or nothing.
    #[inline(always)]
    fn begin(&mut self, sentence: bool) {
        self.known(WordId::BEGIN, u8::from(sentence), false);
    }

    #[inline(always)]
    fn end(&mut self, sentence: bool) {
        if sentence {
            self.known(WordId::END, 1, true);
        }
        self.block.ends.push(self.scored);
    }

    #[inline(always)]
    fn known(&mut self, word: WordId, length: u8, scored: bool) {
        self.block.tokens.push(Token { word, log_prob: 0.0, matched: 1, length, scored });
        self.scored += usize::from(scored);
    }

    /// Adds the word at `start..end` of a text.
    #[inline(always)]
    fn word(&mut self, text: &str, start: usize, end: usize) {
        let place = self.block.tokens.len();
        let wanted = &mut self.block.wanted;
        self.model.words.want(self.model.vocab.view(), text, start, end, place, wanted);
        let is_group = wanted.len() >= GROUP;
        self.known(WordId::UNKNOWN, 1, true);
        if is_group {
            self.advance();
        }
    }

    #[inline(always)]
    fn word_of_line(&mut self, text: &str, start: usize, end: usize) {
        let is_mark = text.as_bytes()[start] == b'<' && matches!(&text[start..end], "<s>" | "</s>");
        if !is_mark {
            self.word(text, start, end);
        }
    }

    /// Those that came last go on.
    #[inline(never)]
    fn advance(&mut self) {
        let waiting = self.searches - self.searched;
        self.search(waiting.saturating_sub(WAITING));
        self.start();
        let Block { tokens, wanted, .. } = &mut *self.block;
        self.model.words.resolve(wanted, |place, word| {
            tokens[place].word = word;
            if let Some(unigram) = self.view.unigrams.get(word.index()) {
                prefetch(unigram);
            }
        });
        self.known = tokens.len();
    }

    /// Reads what there is of the words by themselves, and begins to look for n-grams of two.
    #[inline(always)]
    fn start(&mut self) {
        let Block { tokens, backoffs, searches, .. } = &mut *self.block;
        let order = self.view.order;
        backoffs.resize((self.known * order).max(backoffs.len()), 0.0);
        let most = self.searches + (self.known - self.started);
        searches.resize(most.max(searches.len()), Search::NONE);
        let mut before = match self.started.checked_sub(1) {
            Some(before) => tokens[before],
            None => Token::NONE,
        };
        for at in self.started..self.known {
            let token = &mut tokens[at];
            match self.view.unigrams.get(token.word.index()) {
                Some(unigram) => {
                    token.log_prob = unigram.log_prob;
                    backoffs[at * order] = unigram.backoff;
                    if token.scored & (before.length > 0) & (order > 1) {
                        let key = Key::new(token.word.0, before.word);
                        let line = self.view.home(key);
                        prefetch(&self.view.lines[line]);
                        searches[self.searches] = Search { key, line: line as u32, at: at as u32 };
                        self.searches += 1;
                    }
                }
                // No word of the vocabulary.
                None => (token.log_prob, token.length) = (f32::NEG_INFINITY, 0),
            }
            before = *token;
        }
        self.started = self.known;
    }

    /// Looks for so many n-grams.
    #[inline(always)]
    fn search(&mut self, count: usize) {
        let Block { tokens, backoffs, searches, .. } = &mut *self.block;
        let order = self.view.order;
        searches.resize((self.searches + count).max(searches.len()), Search::NONE);
        // Whether an n-gram is found is as good as chance, so that a choice is cheaper than a branch.
        for index in self.searched..self.searched + count {
            let Search { key, line, at } = searches[index];
            let at = at as usize;
            let entry = self.view.find(key, line as usize);
            // The history that is longer by one word is there if the word before came as far.
            let before = tokens[at - 1].length;
            let token = &mut tokens[at];
            let length = token.length + 1;
            backoffs[at * order + usize::from(token.length)] = entry.backoff;
            let is_listed = entry.is & !entry.log_prob.is_nan();
            token.length += u8::from(entry.is);
            token.matched = select_unpredictable(is_listed, length, token.matched);
            token.log_prob = f32::from_bits(select_unpredictable(
                is_listed,
                entry.log_prob.to_bits(),
                token.log_prob.to_bits(),
            ));
            let first = tokens[at.saturating_sub(usize::from(length))].word;
            let key = Key::new(entry.number, first);
            let goes_on = entry.is & entry.extends & (before >= length);
            let line = select_unpredictable(goes_on, self.view.home(key) as u32, line);
            prefetch(&self.view.lines[line as usize]);
            searches[self.searches] = Search { key, line, at: at as u32 };
            self.searches += usize::from(goes_on);
        }
        self.searched += count;
    }
}

impl Search {
    const NONE: Search = Search { key: Key::NONE, line: 0, at: 0 };
}

impl View<'_> {
    /// The scores of all tokens, which are done with.
    fn add_up(&self, block: &mut Block, addition: Addition) {
        let Block { tokens, backoffs, scores, .. } = block;
        let order = self.order;
        scores.clear();
        let mut before = Token::NONE;
        for (at, &token) in tokens.iter().enumerate() {
            if token.scored {
                let mut sum = match addition {
                    Addition::ShortestFirst => 0.0,
                    Addition::Kenlm => token.log_prob,
                };
                let history = &backoffs[(at - 1) * order..at * order - 1];
                for (index, backoff) in history.iter().enumerate() {
                    let length = index as u8 + 1;
                    let counts = (length >= token.matched) & (length <= before.length);
                    // Nothing changes by −0.0.
                    let backoff =
                        select_unpredictable(counts, backoff.to_bits(), (-0.0f32).to_bits());
                    sum += f32::from_bits(backoff);
                }
                let log_prob = match addition {
                    Addition::ShortestFirst => token.log_prob + sum,
                    Addition::Kenlm => sum,
                };
                scores.push(Score { log_prob: LogProb(log_prob), matched: token.matched });
            }
            before = token;
        }
    }
}
