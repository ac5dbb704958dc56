//! A model in memory, made to score long: in huge pages, with a table of its words.
//!
//! Its n-grams are in the suffix layout. A file in that layout is copied as it is; from others the lines are built.

mod build;
mod pages;
mod text;

pub use crate::native::{Addition, State, Stepper};
pub use build::MemoryError;
pub use text::{ScoredSentences, TextScorer};

use crate::native::suffix::{Line, SuffixView, WordEntry};
use crate::table::Starts;
use crate::{LanguageModel, Score};
use ngram_tokenizer::{TokenizerSpec, Vocab, VocabView, WordId, WordTable};
use pages::Pages;

/// A table of n-grams in memory. It gives the same scores as the [`Model`](crate::Model) it was
/// made from, to the last bit.
///
/// ```
/// use ngram_input::Text;
/// use ngram_model::memory::{Addition, MemoryModel, ScoredSentences};
/// use ngram_model::{LanguageModel, Model};
/// use ngram_train::{TrainOptions, train};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("example.ngram");
/// let text = Text::bytes("example", b"the cat sat\nthe cat ran\nthe dog sat\n".to_vec());
/// train(&[text], &TrainOptions { order: 3, ..TrainOptions::default() }, &path, &())?;
/// let model = Model::open(&path)?;
/// let in_memory = MemoryModel::new(&model)?;
///
/// let mut scored = ScoredSentences::default();
/// let mut scorer = in_memory.scorer(&mut scored, Addition::ShortestFirst);
/// scorer.push("the cat sat", |byte| byte == b' ', true, true);
/// scorer.finish();
/// let mut scores = Vec::new();
/// let words = ["the", "cat", "sat"].map(|word| model.vocab().id_or_unknown(word));
/// model.score_sentence(&words, &mut scores);
/// assert_eq!(scored.scores(), scores);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct MemoryModel {
    order: usize,
    tokenizer: TokenizerSpec,
    vocab: Vocab,
    words: WordTable,
    directory: Pages<WordEntry>,
    lines: Pages<Line>,
    is_wide: bool,
}

impl MemoryModel {
    /// Returns the id of a word, or that of `<unk>`; faster than the vocabulary.
    #[inline]
    pub fn id_or_unknown(&self, word: &str) -> WordId {
        self.words.id_or_unknown(self.vocab.view(), word)
    }

    /// Returns what scores word by word, with states of at most `N` words; `None` if histories may have more.
    pub fn stepper<const N: usize>(&self) -> Option<Stepper<'_, N>> {
        Stepper::new(self.view())
    }

    fn view(&self) -> SuffixView<'_> {
        SuffixView {
            directory: self.directory.get(),
            lines: self.lines.get(),
            is_wide: self.is_wide,
            // Only lists of successors need these, which it does not give.
            starts: Starts::Narrow(&[]),
            successors: &[],
            order: self.order,
        }
    }
}

impl LanguageModel for MemoryModel {
    fn order(&self) -> usize {
        self.order
    }

    fn vocab(&self) -> VocabView<'_> {
        self.vocab.view()
    }

    fn tokenizer(&self) -> &TokenizerSpec {
        &self.tokenizer
    }

    fn score(&self, history: &[WordId], word: WordId) -> Score {
        self.view().score(history, word)
    }

    fn score_sentence(&self, words: &[WordId], scores: &mut Vec<Score>) {
        self.score_sentences(words, &[words.len()], scores);
    }

    fn score_sentences(&self, words: &[WordId], ends: &[usize], scores: &mut Vec<Score>) {
        self.view().score_sentences(words, ends, scores);
    }
}
