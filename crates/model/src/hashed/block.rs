//! Scores sentences together, so that memory accesses overlap.

use super::{HashedModel, NgramKey, View};
use crate::{LogProb, Score};
use ngram_tokenizer::{TokenizerKind, Wanted, WordId, cut, is_separator, prefetch};
use std::hint::select_unpredictable;

/// Number of words at which a block is scored: their data stays in the cache meanwhile.
const FULL: usize = 256;

/// Words that advance together.
const GROUP: usize = 8;

/// N-grams that wait for their memory: as many lines as a processor fetches at once.
const WAITING: usize = 24;

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
    pub(super) fn add(self, log_prob: f32, backoffs: &[f32]) -> f32 {
        match self {
            Addition::ShortestFirst => {
                log_prob + backoffs.iter().fold(0.0f32, |sum, backoff| sum + backoff)
            }
            Addition::Kenlm => backoffs.iter().fold(log_prob, |sum, backoff| sum + backoff),
        }
    }
}

/// Some sentences with their scores, and reusable memory for scoring others.
#[derive(Default)]
pub struct ScoredSentences {
    /// The tokens of all sentences, each sentence preceded by its begin token.
    tokens: Vec<Token>,
    /// log10 of the back-off weights of each token's histories of length 1, of length 2, and so on.
    backoffs: Vec<f32>,
    /// The number of scores up to the end of each sentence.
    ends: Vec<usize>,
    scores: Vec<Score>,
    /// The latest words, whose ids are being looked up.
    wanted: Wanted,
    /// The n-grams that have been or are to be looked up, followed by unused entries.
    searches: Vec<Search>,
}

/// A word in a block, and its result so far.
#[derive(Clone, Copy)]
struct Token {
    word: WordId,
    log_prob: f32,
    /// The length of the longest matching n-gram of the model.
    matched: u8,
    /// The length of the longest matching n-gram of the table: the next word has a history of this length.
    length: u8,
    scored: bool,
}

/// An n-gram to look up.
#[derive(Clone, Copy)]
struct Search {
    key: NgramKey,
    line: u32,
    /// The index of the token that is its last word.
    at: u32,
}

impl Token {
    const NONE: Token =
        Token { word: WordId::UNKNOWN, log_prob: 0.0, matched: 1, length: 0, scored: false };
}

impl ScoredSentences {
    /// Returns the scores of all words and sentence ends in turn.
    pub fn scores(&self) -> &[Score] {
        &self.scores
    }

    /// Returns the scores of each sentence.
    pub fn sentences(&self) -> impl Iterator<Item = &[Score]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, &end)| &self.scores[start..end])
    }

    /// Returns the scored words, including `</s>`.
    pub fn scored_words(&self) -> impl Iterator<Item = WordId> {
        self.tokens.iter().filter(|token| token.scored).map(|token| token.word)
    }

    fn clear(&mut self) {
        let ScoredSentences { tokens, backoffs: _, ends, scores, wanted, searches: _ } = self;
        tokens.clear();
        ends.clear();
        scores.clear();
        wanted.clear();
    }
}

/// Adds sentences to a block and scores them.
///
/// Scoring a word takes several dependent steps: its spelling leads to its id, the id to its
/// unigram and its bigram, the bigram to the trigram, and each step reads memory far from the last.
/// So each step only prefetches the memory for the next one, and then other words take their turn.
pub struct BlockScorer<'m, 'b> {
    model: &'m HashedModel,
    view: View<'m>,
    block: &'b mut ScoredSentences,
    scored: usize,
    /// The word ids of the tokens up to this one are known, and their unigrams are being fetched.
    known: usize,
    /// The n-grams of the tokens up to this one are being looked up.
    started: usize,
    /// The searches up to this one are done.
    searched: usize,
    /// The searches up to this one are requested.
    searches: usize,
}

impl HashedModel {
    /// Begins to score; clears the block.
    pub fn scorer<'m, 'b>(&'m self, block: &'b mut ScoredSentences) -> BlockScorer<'m, 'b> {
        block.clear();
        let view = self.view();
        BlockScorer {
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

impl BlockScorer<'_, '_> {
    /// Returns whether to finish now: adding more sentences would not be faster.
    pub fn is_full(&self) -> bool {
        self.block.tokens.len() >= FULL
    }

    /// Adds a line, cut by the model's tokenizer, as a sentence. `<s>` and `</s>` in it are
    /// skipped, as in evaluation.
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

    /// Adds a sentence of words separated as `is_separator` says, after `<s>` if `begin`, with `</s>` if `end`.
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

    /// Adds a sentence of word ids, with its begin and end.
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

    /// Adds the token before a sentence: `<s>`, or a placeholder without a history.
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

    /// Advances the latest words by one step.
    #[inline(never)]
    fn advance(&mut self) {
        let waiting = self.searches - self.searched;
        self.search(waiting.saturating_sub(WAITING));
        self.start();
        let ScoredSentences { tokens, wanted, .. } = &mut *self.block;
        self.model.words.resolve(wanted, |place, word| {
            tokens[place].word = word;
            if let Some(unigram) = self.view.unigrams.get(word.index()) {
                prefetch(unigram);
            }
        });
        self.known = tokens.len();
    }

    /// Reads the unigrams of the words, and begins to look up bigrams.
    #[inline(always)]
    fn start(&mut self) {
        let ScoredSentences { tokens, backoffs, searches, .. } = &mut *self.block;
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
                        let key = NgramKey::new(token.word.0, before.word);
                        let line = self.view.home(key);
                        prefetch(&self.view.lines[line]);
                        searches[self.searches] = Search { key, line: line as u32, at: at as u32 };
                        self.searches += 1;
                    }
                }
                // The id is not in the vocabulary.
                None => (token.log_prob, token.length) = (f32::NEG_INFINITY, 0),
            }
            before = *token;
        }
        self.started = self.known;
    }

    /// Looks up the next `count` n-grams.
    #[inline(always)]
    fn search(&mut self, count: usize) {
        let ScoredSentences { tokens, backoffs, searches, .. } = &mut *self.block;
        let order = self.view.order;
        searches.resize((self.searches + count).max(searches.len()), Search::NONE);
        // Whether an n-gram is found is unpredictable, so a conditional move is cheaper than a branch.
        for index in self.searched..self.searched + count {
            let Search { key, line, at } = searches[index];
            let at = at as usize;
            let entry = self.view.find(key, line as usize);
            // The history longer by one word exists if the word before got that far.
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
            let key = NgramKey::new(entry.number, first);
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
    const NONE: Search = Search { key: NgramKey::NONE, line: 0, at: 0 };
}

impl View<'_> {
    /// Adds up the scores of all tokens, whose searches are done.
    fn add_up(&self, block: &mut ScoredSentences, addition: Addition) {
        let ScoredSentences { tokens, backoffs, scores, .. } = block;
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
                    // Adding −0.0 changes nothing.
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
