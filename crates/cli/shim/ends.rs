//! Sentences without their ends: SRILM's `-no-sos` and `-no-eos`.

use super::srilm::Given;
use ngram_model::{LanguageModel, LogProb, Score};
use ngram_tokenizer::{SPECIAL_WORDS, TokenizerSpec, VocabView, WordId};

/// Which ends of a sentence are left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OmittedEnds {
    /// The first word is predicted after nothing: `-no-sos`.
    pub no_start: bool,
    /// `</s>` is not predicted: `-no-eos`.
    pub no_end: bool,
}

impl OmittedEnds {
    /// Reads the options.
    pub fn given(given: &Given) -> OmittedEnds {
        OmittedEnds { no_start: given.has("no-sos"), no_end: given.has("no-eos") }
    }

    /// Whether an n-gram has an end that is left out.
    pub fn leave_out(self, ngram: &str) -> bool {
        let is_first = ngram.split(' ').next() == Some(SPECIAL_WORDS[1]);
        let is_last = ngram.rsplit(' ').next() == Some(SPECIAL_WORDS[2]);
        (self.no_start && is_first) || (self.no_end && is_last)
    }

    /// Whether an end is left out.
    pub fn any(self) -> bool {
        self.no_start || self.no_end
    }

    /// Scores a sentence as [`LanguageModel::score_sentence`] does, without the ends: one score a word, and one
    /// of `</s>` unless it is left out.
    pub fn score(self, model: &dyn LanguageModel, words: &[WordId], scores: &mut Vec<Score>) {
        if !self.any() {
            return model.score_sentence(words, scores);
        }
        let text: Vec<WordId> = [WordId::BEGIN].into_iter().chain(words.iter().copied()).collect();
        let start = usize::from(self.no_start);
        scores.clear();
        for (before, &word) in (1..).zip(words) {
            scores.push(model.score(&text[start..before], word));
        }
        if !self.no_end {
            scores.push(model.score(&text[start..], WordId::END));
        }
    }
}

/// A model whose sentences lack an end. `</s>`, if it is left out, is scored as certain, so that it adds nothing.
pub struct Endless<'m> {
    /// The model.
    pub model: &'m dyn LanguageModel,
    /// The ends that are left out.
    pub ends: OmittedEnds,
}

impl LanguageModel for Endless<'_> {
    fn order(&self) -> usize {
        self.model.order()
    }

    fn vocab(&self) -> VocabView<'_> {
        self.model.vocab()
    }

    fn tokenizer(&self) -> &TokenizerSpec {
        self.model.tokenizer()
    }

    fn score(&self, history: &[WordId], word: WordId) -> Score {
        self.model.score(history, word)
    }

    fn score_sentence(&self, words: &[WordId], scores: &mut Vec<Score>) {
        self.ends.score(self.model, words, scores);
        if self.ends.no_end {
            scores.push(Score { log_prob: LogProb(0.0), matched: 1 });
        }
    }
}
