//! A model in memory as one hash table of its n-grams: the fastest way to score, for few words or many.
//!
//! Every n-gram of two words or more has a place in the table, which is its *number*. An n-gram is found by
//! its first word and the number of its *suffix*, the n-gram without its first word: "a b c" by a and the
//! number of "b c". Single words are their own numbers. So a 64-bit key identifies n-grams exactly, and
//! scoring extends the n-gram to the left as far as possible, reading one cache line per step:
//!
//! ```text
//! p(c | a b)      c → "b c" → "a b c", each with its log10 p
//! ```
//!
//! The back-off weights of the histories "b" and "a b" were read on the way to b, one word earlier,
//! and are kept from there. No history is looked up.
//!
//! A line of 64 bytes holds four n-grams. Half of all places are left free, so that nearly every n-gram is in
//! the home line of its key; a line that overflowed into the next is marked, so that looking up a missing
//! n-gram mostly costs one line, too. That is 32 bytes per n-gram, twice as much as the fast layout of a
//! file, which is made to be mapped and can list the successors of a history; this table cannot.
//!
//! An n-gram that is stored only because longer ones or histories need it, as after pruning, has NaN for its log10 p.

mod block;
mod build;
mod line;
mod pages;
mod state;

pub use block::{Addition, BlockScorer, ScoredSentences};
pub use build::TooLarge;
pub use state::State;

use crate::{LanguageModel, Score};
use line::{Line, NgramEntry, NgramKey};
use ngram_tokenizer::{TokenizerSpec, Vocab, VocabView, WordId, WordTable};
use pages::Pages;
use std::cell::Cell;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// A word as a unigram and as a history.
#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
struct Unigram {
    log_prob: f32,
    backoff: f32,
}

/// A table of n-grams in memory. It gives the same scores as the [`Model`](crate::Model) it was
/// built from, to the last bit.
///
/// ```
/// use ngram_input::Text;
/// use ngram_model::hashed::{Addition, ScoredSentences, HashedModel};
/// use ngram_model::{LanguageModel, Model};
/// use ngram_train::{TrainOptions, train};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("example.ngram");
/// let text = Text::bytes("example", b"the cat sat\nthe cat ran\nthe dog sat\n".to_vec());
/// train(&[text], &TrainOptions { order: 3, ..TrainOptions::default() }, &path, &())?;
/// let model = Model::open(&path)?;
/// let hashed = HashedModel::new(&model)?;
///
/// let mut block = ScoredSentences::default();
/// let mut scorer = hashed.scorer(&mut block);
/// scorer.push("the cat sat", |byte| byte == b' ', true, true);
/// scorer.finish(Addition::ShortestFirst);
/// let mut scores = Vec::new();
/// let words = ["the", "cat", "sat"].map(|word| model.vocab().id_or_unknown(word));
/// model.score_sentence(&words, &mut scores);
/// assert_eq!(block.scores(), scores);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct HashedModel {
    order: usize,
    tokenizer: TokenizerSpec,
    vocab: Vocab,
    words: WordTable,
    unigrams: Pages<Unigram>,
    /// At least one line, and at most as many as 32 bits can number the places of.
    lines: Pages<Line>,
}

/// The borrowed tables for look-ups.
#[derive(Clone, Copy)]
struct View<'m> {
    order: usize,
    unigrams: &'m [Unigram],
    lines: &'m [Line],
}

impl HashedModel {
    /// Returns the id of a word, or that of `<unk>`; faster than the vocabulary.
    #[inline]
    pub fn id_or_unknown(&self, word: &str) -> WordId {
        self.words.id_or_unknown(self.vocab.view(), word)
    }

    fn view(&self) -> View<'_> {
        View { order: self.order, unigrams: self.unigrams.get(), lines: self.lines.get() }
    }
}

impl View<'_> {
    /// Returns the home line of a key.
    #[inline(always)]
    fn home(&self, key: NgramKey) -> usize {
        key.home(self.lines.len())
    }

    /// Returns the n-gram with this key, whose home line is `home`.
    #[inline(always)]
    fn find(&self, key: NgramKey, home: usize) -> NgramEntry {
        line::find(self.lines, key, home, self.unigrams.len())
    }
}

thread_local! {
    /// The memory of this thread's last block.
    static KEPT: Cell<Option<ScoredSentences>> = const { Cell::new(None) };
}

impl LanguageModel for HashedModel {
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
        let recent = &history[history.len() - history.len().min(self.order - 1)..];
        let mut state = State::default();
        for &word in recent {
            self.advance(&mut state, word, Addition::ShortestFirst);
        }
        self.advance(&mut state, word, Addition::ShortestFirst)
    }

    fn score_sentence(&self, words: &[WordId], scores: &mut Vec<Score>) {
        self.score_sentences(words, &[words.len()], scores);
    }

    fn score_sentences(&self, words: &[WordId], ends: &[usize], scores: &mut Vec<Score>) {
        scores.clear();
        scores.reserve(words.len() + ends.len());
        let mut block = KEPT.try_with(Cell::take).ok().flatten().unwrap_or_default();
        let mut start = 0;
        let mut ends = ends.iter().peekable();
        while ends.peek().is_some() {
            let mut scorer = self.scorer(&mut block);
            while !scorer.is_full()
                && let Some(&end) = ends.next()
            {
                scorer.push_words(&words[start..end]);
                start = end;
            }
            scorer.finish(Addition::ShortestFirst);
            scores.extend_from_slice(block.scores());
        }
        // Fails only while the thread is ending.
        let _ = KEPT.try_with(|kept| kept.set(Some(block)));
    }
}
