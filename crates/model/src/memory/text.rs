//! Scores texts: cuts, looks words up and scores them as one pipeline, so that memory accesses overlap.

use super::MemoryModel;
use crate::native::suffix::{Addition, SuffixView, WordBlock};
use crate::{Score, native};
use ngram_tokenizer::{TokenizerKind, Wanted, WordId, cut, is_separator};

/// Some sentences with their scores, and reusable memory for scoring others.
#[derive(Default)]
pub struct ScoredSentences {
    block: WordBlock,
    /// The latest words, whose ids are being looked up.
    wanted: Wanted,
    scores: Vec<Score>,
    /// The scored words.
    words: Vec<WordId>,
    /// The number of scores up to the end of each sentence.
    ends: Vec<usize>,
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
        self.words.iter().copied()
    }
}

/// Adds sentences and scores them.
///
/// Scoring a word takes several dependent steps: its spelling leads to its id, the id to its own entry and its n-gram
/// of two words, that to the one of three, and each step reads memory far from the last. So each step only prefetches
/// the memory for the next one, and then other words take their turn.
pub struct TextScorer<'m, 's> {
    model: &'m MemoryModel,
    view: SuffixView<'m>,
    addition: Addition,
    to: &'s mut ScoredSentences,
    /// The number of words to score so far.
    scored: usize,
}

impl MemoryModel {
    /// Begins to score; forgets the sentences of before.
    pub fn scorer<'m, 's>(
        &'m self,
        to: &'s mut ScoredSentences,
        addition: native::Addition,
    ) -> TextScorer<'m, 's> {
        let view = self.view();
        let ScoredSentences { block, wanted, scores, words, ends } = &mut *to;
        block.begin(&view);
        wanted.clear();
        scores.clear();
        words.clear();
        ends.clear();
        TextScorer { model: self, view, addition, to, scored: 0 }
    }
}

impl TextScorer<'_, '_> {
    /// Adds a line, cut by the model's tokenizer, as a sentence. `<s>` and `</s>` in it are
    /// skipped, as in evaluation.
    pub fn push_line(&mut self, line: &str) {
        let mut left = self.begin(true);
        let tokenizer = &self.model.tokenizer;
        if tokenizer.kind == TokenizerKind::Whitespace && !tokenizer.lowercase {
            cut(line, is_separator, |start, end| self.word_of_line(line, start, end, &mut left));
        } else {
            tokenizer.tokenize(line, |token| self.word_of_line(token, 0, token.len(), &mut left));
        }
        self.end(true, left);
    }

    /// Adds a sentence of words separated as `is_separator` says, after `<s>` if `begin`, with `</s>` if `end`.
    pub fn push(
        &mut self,
        sentence: &str,
        is_separator: impl Fn(u8) -> bool,
        begin: bool,
        end: bool,
    ) {
        let mut left = self.begin(begin);
        cut(sentence, is_separator, |start, end| self.word(sentence, start, end, &mut left));
        self.end(end, left);
    }

    /// Scores all sentences.
    pub fn finish(mut self) {
        self.advance();
        self.finish_block();
    }

    /// Adds what is before a sentence: `<s>`, or a placeholder that is no history. Returns the number of words before
    /// the next one.
    #[inline(always)]
    fn begin(&mut self, sentence: bool) -> usize {
        self.to.block.add(WordId::BEGIN, 0, sentence);
        1
    }

    #[inline(always)]
    fn end(&mut self, sentence: bool, left: usize) {
        if sentence {
            self.to.block.add(WordId::END, left, true);
            self.added();
        }
        self.to.ends.push(self.scored);
    }

    /// Adds the word at `start..end` of a text.
    #[inline(always)]
    fn word(&mut self, text: &str, start: usize, end: usize, left: &mut usize) {
        let place = self.to.block.next() as usize;
        let wanted = &mut self.to.wanted;
        self.model.words.want(self.model.vocab.view(), text, start, end, place, wanted);
        self.to.block.add(WordId::UNKNOWN, *left, true);
        *left += 1;
        self.added();
    }

    #[inline(always)]
    fn word_of_line(&mut self, text: &str, start: usize, end: usize, left: &mut usize) {
        let is_mark = text.as_bytes()[start] == b'<' && matches!(&text[start..end], "<s>" | "</s>");
        if !is_mark {
            self.word(text, start, end, left);
        }
    }

    #[inline(always)]
    fn added(&mut self) {
        self.scored += 1;
        if self.to.block.is_group() {
            self.advance();
        }
    }

    /// Advances the latest words by one step.
    #[inline(never)]
    fn advance(&mut self) {
        let ScoredSentences { block, wanted, .. } = &mut *self.to;
        block.step(&self.view, self.addition);
        self.model.words.resolve(wanted, |number, word| block.set(number as u32, word));
        block.fetch(&self.view);
        if block.is_full() {
            self.finish_block();
        }
    }

    fn finish_block(&mut self) {
        let ScoredSentences { block, scores, words, .. } = &mut *self.to;
        block.finish(&self.view, self.addition, &mut |word, score| {
            scores.push(score);
            words.push(word);
        });
    }
}
