//! A model in memory as one hash table of its n-grams: the quickest to score by, a few words or many.
//!
//! Every n-gram of two words or more has a place in the table, and its place is its *number*. An
//! n-gram is found by the number of its *suffix*, which is the n-gram without its first word, and by that first word:
//! "a b c" by the number of "b c" and by a. Single words are their own numbers. So a key of 64 bits
//! tells n-grams apart exactly, and scoring goes from the word to the left for as long as there is
//! something, one line of memory a step:
//!
//! ```text
//! p(c | a b)      c → "b c" → "a b c", each with its log10 p
//! ```
//!
//! The back-off weights of the histories "b" and "a b" were passed on the way to b, one word earlier, and are
//! kept from there. No history is looked up.
//!
//! A line of 64 bytes holds four n-grams. Half of all places are left free, so that nearly every n-gram stands in the
//! line that its key hashes to; a line from which one was moved to the next says so, so that what does not exist mostly
//! costs one line, too. That is 32 bytes an n-gram, twice what the fast layout of a file takes, which is made to be
//! mapped and to list what follows a history, as this cannot.
//!
//! An n-gram that only longer ones or histories need, as pruning can leave it, has no number for its log10 p.

mod block;
mod build;
mod pages;
mod state;

pub use block::{Addition, Block};
pub use build::TooLarge;
pub use state::State;

use crate::{LanguageModel, Score};
use ngram_tokenizer::{TokenizerSpec, Vocab, VocabView, WordId, WordTable};
use pages::Pages;
use std::cell::Cell;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// So many n-grams in a line.
const SLOTS: usize = 4;

/// In a key: a longer n-gram ends in this one.
const EXTENDS: u64 = 1 << 63;
/// In the first key of a line: an n-gram of this line stands in a later one.
const MOVED: u64 = 1 << 62;
/// The bits of a key that tell n-grams apart: the number of the suffix, and 30 bits of the first word.
const KEY: u64 = MOVED - 1;
/// A place without an n-gram: its word would be above all words.
const FREE: u64 = KEY;

/// Four n-grams, column by column.
#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(64))]
struct Line {
    keys: [u64; SLOTS],
    log_probs: [f32; SLOTS],
    backoffs: [f32; SLOTS],
}

/// A word by itself and as a history.
#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
struct Unigram {
    log_prob: f32,
    backoff: f32,
}

/// What is stored of an n-gram.
#[derive(Clone, Copy)]
struct Entry {
    /// Whether there is such an n-gram; if not, the rest means nothing.
    is: bool,
    number: u32,
    /// Whether a longer n-gram ends in this one.
    extends: bool,
    /// Not a number if it is none of the model's.
    log_prob: f32,
    /// −0.0 if no n-gram begins with this one and nothing is to be paid for that.
    backoff: f32,
}

/// A table of n-grams in memory. It scores as the [`Model`](crate::Model) that it was made of, to the last bit.
///
/// ```
/// use ngram_counts::Text;
/// use ngram_model::hashed::{Addition, Block, HashedModel};
/// use ngram_model::{LanguageModel, Model, TrainOptions, train};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("example.ngram");
/// let text = Text::bytes("example", b"the cat sat\nthe cat ran\nthe dog sat\n".to_vec());
/// train(&[text], &TrainOptions { order: 3, ..TrainOptions::default() }, &path, &())?;
/// let model = Model::open(&path)?;
/// let hashed = HashedModel::new(&model)?;
///
/// let mut block = Block::default();
/// hashed.push(&mut block, "the cat sat", |byte| byte == b' ', true, true);
/// hashed.score_block(&mut block, Addition::ShortestFirst);
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
    /// At least one, and as many as 32 bits can number the places of.
    lines: Pages<Line>,
}

/// The key of the n-gram with this suffix and this first word.
#[inline(always)]
fn key(suffix: u32, word: WordId) -> u64 {
    u64::from(suffix) | u64::from(word.0.min((KEY >> 32) as u32)) << 32
}

/// The line of a key among `lines`.
///
/// Multiplied into 128 bits and folded, so that every bit of the key reaches the high bits.
#[inline(always)]
fn home(key: u64, lines: usize) -> usize {
    let product = u128::from(key ^ 0x2545_f491_4f6c_dd1d) * 0x9e37_79b9_7f4a_7c15;
    let hash = (product as u64) ^ ((product >> 64) as u64);
    ((u128::from(hash) * lines as u128) >> 64) as usize
}

/// What is looked up in.
#[derive(Clone, Copy)]
struct View<'m> {
    order: usize,
    unigrams: &'m [Unigram],
    lines: &'m [Line],
}

impl HashedModel {
    /// The number of a word, or that of `<unk>`; sooner than by the vocabulary.
    #[inline]
    pub fn id_or_unknown(&self, word: &str) -> WordId {
        self.words.id_or_unknown(self.vocab.view(), word)
    }

    fn view(&self) -> View<'_> {
        View { order: self.order, unigrams: self.unigrams.get(), lines: self.lines.get() }
    }
}

impl View<'_> {
    /// The line of a key.
    #[inline(always)]
    fn home(&self, key: u64) -> usize {
        home(key, self.lines.len())
    }

    /// The n-gram with this key, whose line is `home`.
    #[inline(always)]
    fn find(&self, key: u64, home: usize) -> Entry {
        let line = &self.lines[home];
        let found = self.in_line(line, key, home);
        if !found.is & (line.keys[0] & MOVED != 0) { self.find_later(key, home) } else { found }
    }

    #[inline(always)]
    fn in_line(&self, line: &Line, key: u64, at: usize) -> Entry {
        let mut slot = 0;
        let mut is = false;
        for other in 0..SLOTS {
            let same = line.keys[other] & KEY == key;
            slot |= if same { other } else { 0 };
            is |= same;
        }
        Entry {
            is,
            number: (self.unigrams.len() + at * SLOTS + slot) as u32,
            extends: line.keys[slot] & EXTENDS != 0,
            log_prob: line.log_probs[slot],
            backoff: line.backoffs[slot],
        }
    }

    /// The n-gram with this key beyond the line `home`.
    #[cold]
    fn find_later(&self, key: u64, home: usize) -> Entry {
        let mut at = home;
        for _ in 1..self.lines.len() {
            at = if at + 1 == self.lines.len() { 0 } else { at + 1 };
            let line = &self.lines[at];
            let found = self.in_line(line, key, at);
            // One that moved on stands before the first line with room.
            if found.is || line.keys[SLOTS - 1] & KEY == FREE {
                return found;
            }
        }
        Entry { is: false, number: 0, extends: false, log_prob: 0.0, backoff: 0.0 }
    }
}

thread_local! {
    /// The room of this thread's last block.
    static KEPT: Cell<Option<Block>> = const { Cell::new(None) };
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
        for (number, &end) in ends.iter().enumerate() {
            block.push_words(&words[start..end]);
            start = end;
            if block.is_full() || number + 1 == ends.len() {
                self.score_block(&mut block, Addition::ShortestFirst);
                scores.extend_from_slice(block.scores());
                block.clear();
            }
        }
        // Where the thread ends there is nothing to keep it in.
        let _ = KEPT.try_with(|kept| kept.set(Some(block)));
    }
}
