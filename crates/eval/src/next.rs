//! What comes next: the most probable words after a history, or the probabilities of all.
//!
//! A table of n-grams lists, of each history, the words that have a probability of their own after it; every other
//! word has a multiple, the back-off weight, of its probability after the shorter history. So the most
//! probable words are among those listed after the history, its shorter ones, and the most probable single
//! words, and no other is looked at:
//!
//! ```text
//! p(w|h) = stored p(hw)               if hw is stored
//!        = backoff(h) · p(w|h′)       otherwise             h′ = h without its first word
//! ```
//!
//! ```
//! use ngram_input::Text;
//! use crate::Next;
//! use ngram_model::{LanguageModel, Model};
//! use ngram_train::{TrainOptions, smoothing, train};
//!
//! let folder = tempfile::tempdir()?;
//! let path = folder.path().join("example.ngram");
//! let text = Text::bytes("example", b"the cat sat\nthe cat ran\nthe dog sat\n".to_vec());
//! let witten_bell = smoothing::by_name("witten-bell")?;
//! train(&[text], &TrainOptions { order: 2, smoothing: witten_bell, ..TrainOptions::default() }, &path, &())?;
//!
//! let model = Model::open(&path)?;
//! let the = model.vocab().id("the").unwrap();
//! let found = Next::new(&model).top(&[the], 2);
//! // p(cat|the) = 2/5 + 2/5 · 10/63, p(dog|the) = 1/5 + 2/5 · 17/189.
//! assert_eq!(model.vocab().word(found[0].0), "cat");
//! assert!((found[0].1.log_prob.prob() - 146.0 / 315.0).abs() < 1e-6);
//! assert_eq!((model.vocab().word(found[1].0), found[1].1.matched), ("dog", 2));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use ngram_model::{LanguageModel, Listed, LogProb, Score};
use ngram_tokenizer::WordId;
use rustc_hash::FxHashMap;
use serde::Serialize;
use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Says what a model expects after any history.
pub struct Next<'m> {
    model: &'m dyn LanguageModel,
    /// Whether it lists what follows a history.
    has_lists: bool,
    /// Every word that can come, by itself, the most probable first: made when first needed.
    singles: OnceLock<Vec<(WordId, LogProb)>>,
    long: Mutex<Long>,
}

/// What is listed after a history.
struct List {
    listed: Listed,
    /// The words again, the most probable first, where they are many.
    falling: Vec<(WordId, LogProb)>,
}

/// Long lists, which are kept; and how many words they have together.
#[derive(Default)]
struct Long {
    lists: FxHashMap<Box<[WordId]>, Arc<List>>,
    words: usize,
}

/// A list of so many words is long.
const LONG: usize = if cfg!(test) { 4 } else { 512 };
/// So many words of long lists are kept, each in 16 bytes, before all go.
const KEPT: usize = 8 << 20;

/// A word with what the model says of it.
pub type Expected = (WordId, Score);

/// What a model expects after some words.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct After {
    /// The words as they were given.
    pub history: String,
    /// The words that count, as the model knows them: `<s>` at the start of a sentence, `<unk>` for each that it does not
    /// know.
    pub tokens: Vec<String>,
    /// How many of them it does not know.
    pub oovs: u64,
    /// The most probable words, the first the most.
    pub next: Vec<NextWord>,
}

/// A word that may come.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NextWord {
    /// The word; `</s>` for the end of the sentence, `<unk>` for any that is unknown.
    pub word: String,
    /// Its probability.
    pub probability: f64,
    /// log10 of it; JSON has `null` for that of 0.
    pub log10_prob: f32,
    /// The information in bits, −log2 of it.
    pub bits: f64,
    /// The order of the longest n-gram in the model that says so.
    pub matched: u8,
    /// The sum of the probabilities up to and with this word's.
    pub cumulative: f64,
}

impl<'m> Next<'m> {
    /// Words after histories of this model.
    pub fn new(model: &'m dyn LanguageModel) -> Next<'m> {
        let has_lists = model.listed_after(&[WordId::BEGIN]).is_some();
        Next { model, has_lists, singles: OnceLock::new(), long: Mutex::default() }
    }

    /// The model.
    pub fn model(&self) -> &'m dyn LanguageModel {
        self.model
    }

    /// The `most` words of highest probability after `history`, the highest first, ties by number. Each score is
    /// what [`LanguageModel::score`] gives.
    ///
    /// `</s>` and `<unk>` are words here as any other; `<s>` never comes. Of a model that cannot list what
    /// follows a history, all words are scored.
    pub fn top(&self, history: &[WordId], most: usize) -> Vec<Expected> {
        let mut best = Best { kept: BinaryHeap::new(), most };
        match self.lists(history) {
            Some(lists) if most > 0 => self.merge(&lists, &mut best),
            Some(_) => {}
            None => {
                let mut scores = Vec::new();
                self.all(history, &mut scores);
                let words = (0..).map(WordId).zip(scores);
                for (word, score) in words.filter(|(word, _)| *word != WordId::BEGIN) {
                    best.offer(score.log_prob, score.matched, || true, word);
                }
            }
        }
        best.falling()
    }

    /// The score of every word after `history`, by number; see [`LanguageModel::score_all`]. The probabilities
    /// sum to 1.
    pub fn all(&self, history: &[WordId], scores: &mut Vec<Score>) {
        self.model.score_all(history, scores);
    }

    /// The `most` most probable words after a text, which begins a sentence or, if `inside`, stands within one.
    pub fn after(&self, text: &str, inside: bool, most: usize) -> After {
        let vocab = self.model.vocab();
        let mut history = Vec::new();
        if !inside {
            history.push(WordId::BEGIN);
        }
        self.model.tokenizer().tokenize(text, |token| history.push(vocab.id_or_unknown(token)));
        let longest = history.len().min(self.model.order() - 1);
        let recent = &history[history.len() - longest..];
        let mut cumulative = 0.0;
        let next =
            self.top(&history, most).into_iter().map(|(word, Score { log_prob, matched })| {
                let probability = log_prob.prob();
                cumulative += probability;
                NextWord {
                    word: vocab.word(word).to_owned(),
                    probability,
                    log10_prob: log_prob.0,
                    bits: log_prob.bits() + 0.0,
                    matched,
                    cumulative,
                }
            });
        After {
            history: text.to_owned(),
            next: next.collect(),
            tokens: recent.iter().map(|&word| vocab.word(word).to_owned()).collect(),
            oovs: recent.iter().filter(|&&word| word == WordId::UNKNOWN).count() as u64,
        }
    }

    /// Every word but `<s>` by itself, with its log-probability after no history, the most probable first.
    pub fn singles(&self) -> &[(WordId, LogProb)] {
        self.singles.get_or_init(|| {
            let mut scores = Vec::new();
            self.model.score_all(&[], &mut scores);
            let words = (0..).map(WordId).zip(scores.iter().map(|score| score.log_prob));
            let mut singles: Vec<_> = words.filter(|(word, _)| *word != WordId::BEGIN).collect();
            sort(&mut singles);
            singles
        })
    }

    /// Whether the model lists what follows a history, so that [`Next::top`] looks at few words; else it scores all.
    pub fn has_lists(&self) -> bool {
        self.has_lists
    }

    /// What is stored of the history's last word, its last two, and so on; `None` if the model has no such lists.
    fn lists(&self, history: &[WordId]) -> Option<Vec<Arc<List>>> {
        let longest = history.len().min(self.model.order() - 1);
        let recent = &history[history.len() - longest..];
        (1..=longest).map(|length| self.list(&recent[longest - length..])).collect()
    }

    fn list(&self, history: &[WordId]) -> Option<Arc<List>> {
        let long = || self.long.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(list) = long().lists.get(history) {
            return Some(Arc::clone(list));
        }
        let listed = self.model.listed_after(history)?;
        let words = listed.words.len();
        if words < LONG {
            return Some(Arc::new(List { listed, falling: Vec::new() }));
        }
        let mut falling = listed.words.clone();
        sort(&mut falling);
        let list = Arc::new(List { listed, falling });
        let mut long = long();
        long.words += words;
        if long.words > KEPT {
            *long = Long { lists: FxHashMap::default(), words };
        }
        long.lists.insert(history.into(), Arc::clone(&list));
        Some(list)
    }

    fn merge(&self, lists: &[Arc<List>], best: &mut Best) {
        let vocab_len = self.model.vocab().len();
        for length in (0..=lists.len()).rev() {
            let (shorter, longer) = lists.split_at(length);
            // Added from the shortest up, as scoring does, so that both round alike.
            let left = longer.iter().fold(0.0f32, |sum, list| sum + list.listed.backoff.0);
            let (words, is_sorted) = match shorter.last() {
                None => (self.singles(), true),
                Some(list) if list.falling.is_empty() => (&list.listed.words[..], false),
                Some(list) => (&list.falling[..], true),
            };
            for &(word, own) in words {
                let log_prob = LogProb(own.0 + left);
                // What comes later is no better.
                if is_sorted && !best.may_take(log_prob) {
                    break;
                }
                // A damaged file may list what is no word.
                let can_come = || word != WordId::BEGIN && word.index() < vocab_len;
                let is_new = || !longer.iter().any(|list| list.listed.has(word));
                best.offer(log_prob, length as u8 + 1, || can_come() && is_new(), word);
            }
        }
    }
}

/// The most probable first, ties by number.
fn sort(words: &mut [(WordId, LogProb)]) {
    words.sort_unstable_by(|(one, p), (other, q)| q.0.total_cmp(&p.0).then(one.cmp(other)));
}

/// The best words so far.
struct Best {
    /// The worst of them on top.
    kept: BinaryHeap<Kept>,
    most: usize,
}

/// Ordered so that what is worse is greater.
#[derive(PartialEq)]
struct Kept(WordId, Score);

impl Eq for Kept {}

impl Ord for Kept {
    fn cmp(&self, other: &Kept) -> Ordering {
        other.1.log_prob.0.total_cmp(&self.1.log_prob.0).then(self.0.cmp(&other.0))
    }
}

impl PartialOrd for Kept {
    fn partial_cmp(&self, other: &Kept) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Best {
    /// Whether a word of this probability could be among the best.
    fn may_take(&self, log_prob: LogProb) -> bool {
        let is_full = self.kept.len() >= self.most;
        !is_full || self.kept.peek().is_some_and(|worst| log_prob >= worst.1.log_prob)
    }

    /// Takes a word if it is among the best so far, and if it is `fit`, which is asked last.
    fn offer(&mut self, log_prob: LogProb, matched: u8, fit: impl Fn() -> bool, word: WordId) {
        if !self.may_take(log_prob) {
            return;
        }
        let offered = Kept(word, Score { log_prob, matched });
        if self.kept.len() < self.most {
            if fit() {
                self.kept.push(offered);
            }
        } else if self.kept.peek().is_some_and(|worst| offered < *worst) && fit() {
            self.kept.pop();
            self.kept.push(offered);
        }
    }

    fn falling(self) -> Vec<Expected> {
        self.kept.into_sorted_vec().into_iter().map(|Kept(word, score)| (word, score)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ngram_testing::toy::Toy;
    use ngram_testing::trained::every_model;

    /// After *cat*: the −0.75, sat −0.75 (its own n-gram), cat −1, </s> −1.25, <unk> −2.25.
    #[test]
    fn the_highest_first() {
        let [the, cat, sat] = [3, 4, 5].map(WordId);
        let toy = Toy::exact();
        let next = Next::new(&toy);
        for most in 0..7 {
            let found: Vec<WordId> = next.top(&[cat], most).iter().map(|f| f.0).collect();
            let every = [the, sat, cat, WordId::END, WordId::UNKNOWN];
            assert_eq!(found, every[..most.min(5)], "{most}");
        }
        assert!(!next.has_lists());
    }

    /// Of every kind of model: all words scored one by one, and sorted.
    #[test]
    fn the_top_is_the_top_of_all() {
        every_model(|name, model| {
            let next = Next::new(model);
            let words = model.vocab().len() as u32;
            let mut scores = Vec::new();
            for seed in 0..60u32 {
                let length = seed as usize % (model.order() + 1);
                let history = (0..length as u32).map(|at| (seed * 7 + at * at * 5) % words);
                let history: Vec<WordId> = history.map(WordId).collect();
                let mut naive: Vec<Expected> = (0..words)
                    .map(WordId)
                    .filter(|&word| word != WordId::BEGIN)
                    .map(|word| (word, model.score(&history, word)))
                    .collect();
                next.all(&history, &mut scores);
                assert!(naive.iter().all(|(word, score)| scores[word.index()] == *score));
                naive.sort_by(|one, other| {
                    let falling = other.1.log_prob.0.total_cmp(&one.1.log_prob.0);
                    falling.then(one.0.cmp(&other.0))
                });
                for most in [0, 1, 3, 10, words as usize + 1] {
                    let expected = &naive[..most.min(naive.len())];
                    assert_eq!(next.top(&history, most), expected, "{name}, {history:?}");
                }
                let sum: f64 = scores.iter().map(|score| score.log_prob.prob()).sum();
                assert!((sum - 1.0).abs() < 1e-5, "{name}, {history:?}: {sum}");
            }
        });
    }
}
