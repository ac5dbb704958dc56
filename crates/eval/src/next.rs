//! Next-word prediction: the most probable words after a history, or the probabilities of all
//! words.
//!
//! For each history, an n-gram table lists the words with a probability of their own. Any other
//! word backs off: its probability is the back-off weight times its probability after the shorter
//! history. So the most probable words are among those listed after the history and its shorter
//! histories and the most probable unigrams, and no others are examined:
//!
//! ```text
//! p(w|h) = stored p(hw)               if hw is stored
//!        = backoff(h) · p(w|h′)       otherwise             h′ = h without its first word
//! ```
//!
//! ```
//! use ngram_input::Text;
//! use ngram_eval::Next;
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

use crate::word_index::WordIndex;
use ngram_model::{LanguageModel, Listed, LogProb, Score};
use ngram_tokenizer::{TokenizerKind, WordId};
use rustc_hash::FxHashMap;
use serde::Serialize;
use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::ops::Range;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Predicts the next word after any history.
pub struct Next<'m> {
    model: &'m dyn LanguageModel,
    /// Whether the model can list the successors of a history.
    has_lists: bool,
    /// Every predictable word by unigram probability, highest first; built on first use.
    singles: OnceLock<Vec<(WordId, LogProb)>>,
    /// The words in alphabetical order; built on first use.
    index: OnceLock<WordIndex>,
    long: Mutex<Long>,
}

/// The successors listed for a history.
struct List {
    listed: Listed,
    /// For a long list, the words again, the most probable first.
    falling: Vec<(WordId, LogProb)>,
}

/// A cache of long lists, and the total number of words in them.
#[derive(Default)]
struct Long {
    lists: FxHashMap<Box<[WordId]>, Arc<List>>,
    words: usize,
}

/// The number of words from which a list counts as long.
const LONG: usize = if cfg!(test) { 4 } else { 512 };
/// The most words (16 bytes each) kept in long lists before the cache is emptied.
const KEPT: usize = 8 << 20;

/// The most completions that are scored one by one where what follows a history is listed.
const FEW: usize = if cfg!(test) { 4 } else { 512 };

/// A word with its score.
pub type Expected = (WordId, Score);

/// A model's predictions after some words.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct After {
    /// The words as given.
    pub history: String,
    /// The history the model uses, in its own tokens: `<s>` at the start of a sentence, `<unk>` for
    /// each unknown word.
    pub tokens: Vec<String>,
    /// The number of unknown words among `tokens`.
    pub oovs: u64,
    /// What each of the words begins with, as the model spells it; `None` if they may be any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// The most probable words, in falling order of probability.
    pub next: Vec<NextWord>,
}

/// A possible next word.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NextWord {
    /// The word; `</s>` for the end of the sentence, `<unk>` for any unknown word.
    pub word: String,
    /// Its probability.
    pub probability: f64,
    /// log10 of the probability; for probability 0, JSON has `null`.
    pub log10_prob: f32,
    /// −log2 of the probability: the information in bits.
    pub bits: f64,
    /// The order of the longest matching n-gram in the model.
    pub matched: u8,
    /// The sum of the probabilities up to and including this word.
    pub cumulative: f64,
}

impl<'m> Next<'m> {
    /// Creates a predictor for this model.
    pub fn new(model: &'m dyn LanguageModel) -> Next<'m> {
        let has_lists = model.listed_after(&[WordId::BEGIN]).is_some();
        Next {
            model,
            has_lists,
            singles: OnceLock::new(),
            index: OnceLock::new(),
            long: Mutex::default(),
        }
    }

    /// The model.
    pub fn model(&self) -> &'m dyn LanguageModel {
        self.model
    }

    /// Returns the `most` most probable words after `history`, highest first, ties in order of id.
    /// Scores equal those of [`LanguageModel::score`].
    ///
    /// `</s>` and `<unk>` are treated as words; `<s>` is never returned. If the model cannot list
    /// the successors of a history, all words are scored.
    pub fn top(&self, history: &[WordId], most: usize) -> Vec<Expected> {
        let mut best = Best { kept: BinaryHeap::new(), most };
        match self.lists(history) {
            Some(lists) if most > 0 => self.merge(&lists, None, &mut best),
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

    /// Returns the `most` most probable words after `history` that begin with `prefix`, highest first,
    /// ties in order of id. Scores equal those of [`LanguageModel::score`]: the probabilities are those
    /// of the words, not given the prefix.
    ///
    /// `<unk>`, `<s>` and `</s>` are no completions, except that an empty prefix gives what
    /// [`Next::top`] does. The prefix is compared byte by byte with the words as the model spells them.
    ///
    /// The first call sorts the vocabulary, which takes about a third of a second for a million words.
    /// After that the words of a prefix are found by bisection. If the model lists what follows a
    /// history, only words that are listed or frequent are examined; otherwise all that begin with the
    /// prefix are scored.
    pub fn complete(&self, history: &[WordId], prefix: &str, most: usize) -> Vec<Expected> {
        if prefix.is_empty() {
            return self.top(history, most);
        }
        let mut best = Best { kept: BinaryHeap::new(), most };
        let index = self.index();
        let places = index.beginning_with(self.model.vocab(), prefix);
        if most == 0 || places.is_empty() {
            return Vec::new();
        }
        let lists = if places.len() > FEW { self.lists(history) } else { None };
        match lists {
            Some(lists) => self.merge(&lists, Some(&places), &mut best),
            None => {
                let words = index.words(places);
                let mut scores = Vec::new();
                self.model.score_each(history, words, &mut scores);
                for (&word, score) in words.iter().zip(scores) {
                    best.offer(score.log_prob, score.matched, || true, word);
                }
            }
        }
        best.falling()
    }

    /// Sorts the vocabulary for [`Next::complete`], unless that was done before.
    pub fn prepare(&self) {
        self.index();
    }

    fn index(&self) -> &WordIndex {
        self.index.get_or_init(|| {
            let mut scores = Vec::new();
            self.model.score_all(&[], &mut scores);
            WordIndex::new(self.model.vocab(), &scores)
        })
    }

    /// Scores every word after `history`, in order of id; see [`LanguageModel::score_all`]. The
    /// probabilities sum to 1.
    pub fn all(&self, history: &[WordId], scores: &mut Vec<Score>) {
        self.model.score_all(history, scores);
    }

    /// Returns the `most` most probable words after a text. The text begins a sentence, or is in
    /// the middle of one if `inside` is set.
    pub fn after(&self, text: &str, inside: bool, most: usize) -> After {
        let history = self.history(text, inside);
        self.show(text, &history, None, most)
    }

    /// Returns the `most` most probable words after a text that begin with `prefix`, the typed part of
    /// a word; see [`Next::after`] and [`Next::complete`]. The prefix is lowercased if the model's
    /// tokenizer lowercases.
    pub fn completing(&self, text: &str, prefix: &str, inside: bool, most: usize) -> After {
        let history = self.history(text, inside);
        let prefix = match self.model.tokenizer().lowercase {
            true => prefix.to_lowercase(),
            false => prefix.to_owned(),
        };
        self.show(text, &history, Some(prefix), most)
    }

    /// Returns what most probably comes next in a text that is being typed at the beginning of a
    /// sentence: completions if it ends inside a word, otherwise the next words.
    ///
    /// A text ends inside a word if it ends in a letter or digit and the model's tokens are longer
    /// than single characters.
    pub fn typed(&self, text: &str, most: usize) -> After {
        use TokenizerKind::{Bytes, Chars, Shannon};
        let tokenizer = self.model.tokenizer();
        let is_single = matches!(tokenizer.kind, Chars | Bytes | Shannon);
        if is_single || !text.ends_with(char::is_alphanumeric) {
            return self.after(text, false, most);
        }
        let mut history = self.history(text, false);
        let mut last = None;
        tokenizer.tokenize(text, |token| last = Some(token.to_owned()));
        history.truncate(history.len() - usize::from(last.is_some()));
        self.show(text, &history, last, most)
    }

    /// Returns the ids of a text's tokens, after `<s>` unless the text is inside a sentence.
    fn history(&self, text: &str, inside: bool) -> Vec<WordId> {
        let vocab = self.model.vocab();
        let mut history = if inside { Vec::new() } else { vec![WordId::BEGIN] };
        self.model.tokenizer().tokenize(text, |token| history.push(vocab.id_or_unknown(token)));
        history
    }

    fn show(&self, text: &str, history: &[WordId], prefix: Option<String>, most: usize) -> After {
        let vocab = self.model.vocab();
        let longest = history.len().min(self.model.order() - 1);
        let recent = &history[history.len() - longest..];
        let found = match &prefix {
            None => self.top(history, most),
            Some(prefix) => self.complete(history, prefix, most),
        };
        let mut cumulative = 0.0;
        let next = found.into_iter().map(|(word, Score { log_prob, matched })| {
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
            prefix,
        }
    }

    /// Returns every word but `<s>` with its unigram log-probability, the most probable first.
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

    /// Whether the model can list the successors of a history. If so, [`Next::top`] examines only a
    /// few words; otherwise it scores all.
    pub fn has_lists(&self) -> bool {
        self.has_lists
    }

    /// The lists for the history's last word, its last two words, and so on; `None` if the model
    /// has no such lists.
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

    /// Offers the words of the lists and the unigrams that could be among the best, or those of them at
    /// some places of the index.
    fn merge(&self, lists: &[Arc<List>], places: Option<&Range<usize>>, best: &mut Best) {
        let vocab_len = self.model.vocab().len();
        // A damaged file may list ids that are not words.
        let can_come = |word: WordId| match places {
            Some(places) => self.index().has(places, word),
            None => word != WordId::BEGIN && word.index() < vocab_len,
        };
        for length in (0..=lists.len()).rev() {
            let (shorter, longer) = lists.split_at(length);
            // Summed from the shortest up, as in scoring, so that both round alike.
            let left = longer.iter().fold(0.0f32, |sum, list| sum + list.listed.backoff.0);
            let mut take = |word: WordId, own: LogProb, is_sorted: bool| {
                let log_prob = LogProb(own.0 + left);
                // Later words are no better.
                if is_sorted && !best.may_take(log_prob) {
                    return false;
                }
                let is_new = || !longer.iter().any(|list| list.listed.has(word));
                best.offer(log_prob, length as u8 + 1, || can_come(word) && is_new(), word);
                true
            };
            match (shorter.last(), places) {
                (None, None) => {
                    self.singles().iter().all(|&(word, own)| take(word, own, true));
                }
                (None, Some(places)) => {
                    let mut falling = self.index().falling(places.clone());
                    falling.all(|(word, own)| take(word, own, true));
                }
                (Some(list), _) if list.falling.is_empty() => {
                    list.listed.words.iter().for_each(|&(word, own)| _ = take(word, own, false));
                }
                (Some(list), _) => {
                    list.falling.iter().all(|&(word, own)| take(word, own, true));
                }
            }
        }
    }
}

/// Sorts by falling probability, ties in order of id.
fn sort(words: &mut [(WordId, LogProb)]) {
    words.sort_unstable_by(|(one, p), (other, q)| q.0.total_cmp(&p.0).then(one.cmp(other)));
}

/// The best words so far.
struct Best {
    /// A heap with the worst on top.
    kept: BinaryHeap<Kept>,
    most: usize,
}

/// Ordered so that the worse of two is the greater.
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

    /// Adds a word if it is among the best so far and `fit` agrees; `fit` is called last.
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

    /// After *the*: cat −0.5; its own n-gram. Nothing completes to a word that no text spells.
    #[test]
    fn words_that_begin_so() {
        let toy = Toy::exact();
        let next = Next::new(&toy);
        let the = [WordId(3)];
        let found = |prefix: &str, most: usize| -> Vec<WordId> {
            next.complete(&the, prefix, most).iter().map(|found| found.0).collect()
        };
        assert_eq!(found("c", 3), [WordId(4)]);
        assert_eq!(next.complete(&the, "cat", 3)[0].1, toy.score(&the, WordId(4)));
        assert_eq!(found("", 3), next.top(&the, 3).iter().map(|top| top.0).collect::<Vec<_>>());
        for (prefix, most) in [("<", 9), ("</s>", 9), ("cats", 9), ("C", 9), ("c", 0)] {
            assert!(found(prefix, most).is_empty(), "{prefix}");
        }
    }

    #[test]
    fn what_is_typed_is_completed_inside_a_word() {
        let toy = Toy::exact();
        let next = Next::new(&toy);
        let inside = next.typed("the ca", 5);
        assert_eq!(
            (inside.prefix.as_deref(), &inside.tokens[..]),
            (Some("ca"), &["the".into()][..])
        );
        assert_eq!(inside.next.iter().map(|next| &next.word[..]).collect::<Vec<_>>(), ["cat"]);
        assert_eq!(inside.next, next.completing("the", "ca", false, 5).next);
        for text in ["", "the ", "the cat."] {
            assert_eq!(next.typed(text, 5), next.after(text, false, 5), "{text}");
        }
    }

    /// For every kind of model, completions are those of all words that begin so, one by one.
    #[test]
    fn completions_are_the_top_of_those_that_begin_so() {
        every_model(|name, model| {
            let next = Next::new(model);
            let vocab = model.vocab();
            let firsts: std::collections::BTreeSet<String> = vocab
                .words()
                .skip(3)
                .flat_map(|word| word.chars().next())
                .map(String::from)
                .collect();
            let prefixes =
                firsts.iter().map(String::as_str).chain(vocab.words().skip(3).step_by(7));
            for (seed, prefix) in (0u32..).zip(prefixes) {
                let length = seed as usize % (model.order() + 1);
                let history: Vec<WordId> = (0..length as u32)
                    .map(|at| WordId((seed * 7 + at * 5) % vocab.len() as u32))
                    .collect();
                let mut naive: Vec<Expected> = (3..vocab.len() as u32)
                    .map(WordId)
                    .filter(|&word| vocab.word(word).starts_with(prefix))
                    .map(|word| (word, model.score(&history, word)))
                    .collect();
                naive.sort_by(|one, other| {
                    let falling = other.1.log_prob.0.total_cmp(&one.1.log_prob.0);
                    falling.then(one.0.cmp(&other.0))
                });
                for most in [1, 3, naive.len() + 1] {
                    let expected = &naive[..most.min(naive.len())];
                    let found = next.complete(&history, prefix, most);
                    assert_eq!(found, expected, "{name}, {history:?}, {prefix}");
                }
            }
        });
    }

    /// For every kind of model, compares with scoring all words one by one and sorting.
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
