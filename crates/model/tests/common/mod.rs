//! Small texts, models made of them, and the definitions straight from the papers.

#![allow(dead_code, reason = "each test file uses a part")]

use ngram_counts::Text;
use ngram_model::smoothing::{self, Smoothing};
use ngram_model::{LanguageModel, Model, TrainOptions, train};
use ngram_tokenizer::{TokenizerKind, TokenizerSpec, WordId};
use std::collections::{BTreeMap, BTreeSet};

/// A text with skewed frequencies and repeated phrases, made by a generator with this seed.
pub fn text(seed: u64, lines: usize, words: u64) -> String {
    let mut state = seed.wrapping_mul(2).wrapping_add(1);
    let mut next = move |below: u64| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) % below
    };
    let mut text = String::new();
    for _ in 0..lines {
        let length = next(9);
        let mut word = 0;
        for _ in 0..length {
            // Often the next word depends on the last one alone, so that phrases come again.
            let range = 1 + next(words);
            word = if next(3) == 0 { (word * 7 + 3) % words } else { next(range) };
            text.push_str(&format!("w{word} "));
        }
        text.push('\n');
    }
    text
}

/// Trains on a text cut at white space and opens the result.
pub fn model(text: &str, order: usize, method: &'static dyn Smoothing) -> Model {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.ngram");
    let options = TrainOptions {
        order,
        tokenizer: TokenizerSpec::new(TokenizerKind::Whitespace),
        smoothing: method,
        ..TrainOptions::default()
    };
    train(&[Text::bytes("text", text.into())], &options, &path, &()).unwrap();
    Model::open(&path).unwrap()
}

/// A text as ids of a model's vocabulary, a sentence each.
pub fn sentences(text: &str, model: &Model) -> Vec<Vec<u32>> {
    let ids = |line: &str| {
        line.split_whitespace().map(|word| model.vocab().id_or_unknown(word).0).collect()
    };
    text.lines().map(ids).collect()
}

/// The estimates as the papers define them, from maps, by recursion, in f64.
pub struct Naive {
    pub order: usize,
    method: String,
    vocab_len: usize,
    /// Counts of each order in the sense of the method.
    counts: Vec<BTreeMap<Vec<u32>, u64>>,
    discounts: Vec<Vec<f64>>,
}

impl Naive {
    pub fn new(sentences: &[Vec<u32>], order: usize, method: &str, vocab_len: usize) -> Naive {
        let raw = |n: usize| {
            let mut counts: BTreeMap<Vec<u32>, u64> = BTreeMap::new();
            for sentence in sentences {
                let padded: Vec<u32> = [1].iter().chain(sentence).chain(&[2]).copied().collect();
                for ngram in padded.windows(n).filter(|ngram| *ngram != [1]) {
                    *counts.entry(ngram.to_vec()).or_default() += 1;
                }
            }
            counts
        };
        let continuation = |n: usize| {
            let mut counts: BTreeMap<Vec<u32>, u64> =
                raw(n).into_iter().filter(|(ngram, _)| ngram[0] == 1).collect();
            for longer in raw(n + 1).into_keys().filter(|longer| longer[1] != 1) {
                *counts.entry(longer[1..].to_vec()).or_default() += 1;
            }
            counts
        };
        let kneser_ney = method.ends_with("kneser-ney");
        let counts: Vec<_> = (1..=order)
            .map(|n| if kneser_ney && n < order { continuation(n) } else { raw(n) })
            .collect();
        let discounts = counts
            .iter()
            .map(|counts| {
                let [n1, n2, n3, n4] = [1, 2, 3, 4]
                    .map(|r| counts.values().filter(|&&count| count == r).count() as f64);
                let y = n1 / (n1 + 2.0 * n2);
                match method {
                    "absolute" | "kneser-ney" => vec![y, y, y],
                    "modified-kneser-ney" => vec![
                        1.0 - 2.0 * y * n2 / n1,
                        2.0 - 3.0 * y * n3 / n2,
                        3.0 - 4.0 * y * n4 / n3,
                    ],
                    _ => vec![],
                }
            })
            .collect();
        Naive { order, method: method.to_owned(), vocab_len, counts, discounts }
    }

    /// Whether the closed forms are defined for every order of this text.
    pub fn is_defined(&self) -> bool {
        self.discounts
            .iter()
            .flatten()
            .zip([1.0, 2.0, 3.0].iter().cycle())
            .all(|(&d, &most)| (0.0..=most).contains(&d))
    }

    /// p(word | history), the history in the order of the text and beginning at `<s>` at most.
    pub fn prob(&self, history: &[u32], word: u32) -> f64 {
        let history = &history[history.len().saturating_sub(self.order - 1)..];
        self.prob_of(history, word)
    }

    fn prob_of(&self, history: &[u32], word: u32) -> f64 {
        let shorter = || match history {
            [] => 1.0 / (self.vocab_len - 1) as f64,
            [_, rest @ ..] => self.prob_of(rest, word),
        };
        let counts = &self.counts[history.len()];
        let after: Vec<u64> = counts
            .iter()
            .filter(|(ngram, _)| &ngram[..history.len()] == history)
            .map(|(_, &count)| count)
            .collect();
        let total: u64 = after.iter().sum();
        if total == 0 {
            return shorter();
        }
        let ngram: Vec<u32> = history.iter().copied().chain([word]).collect();
        let count = counts.get(&ngram).copied().unwrap_or(0) as f64;
        let (total, types) = (total as f64, after.len() as f64);
        let discount = |count: u64| self.discounts[history.len()][count.clamp(1, 3) as usize - 1];
        match self.method.as_str() {
            "maximum-likelihood" => count / total,
            "witten-bell" => (count + types * shorter()) / (total + types),
            _ => {
                let taken: f64 = after.iter().map(|&count| discount(count)).sum();
                let kept = if count > 0.0 { count - discount(count as u64) } else { 0.0 };
                kept / total + taken / total * shorter()
            }
        }
    }
}

/// Histories of a text of every length below the order, and some that it does not have.
pub fn histories(sentences: &[Vec<u32>], order: usize, vocab_len: usize) -> Vec<Vec<u32>> {
    let mut seen = BTreeSet::from([vec![]]);
    for sentence in sentences {
        let padded: Vec<u32> = [1].iter().chain(sentence).copied().collect();
        for length in 1..order {
            seen.extend(padded.windows(length).map(<[u32]>::to_vec));
        }
    }
    let words = vocab_len as u32;
    let unseen = (0..40u32).map(|n| {
        (0..order as u32 - 1)
            .map(|at| (n * 5 + at * at * 11 + n * at) % words)
            .map(|id| if id == 1 || id == 2 { 0 } else { id })
            .collect()
    });
    seen.into_iter().chain(unseen).collect()
}

pub fn ids(words: &[u32]) -> Vec<WordId> {
    words.iter().map(|&word| WordId(word)).collect()
}

pub fn methods() -> impl Iterator<Item = &'static dyn Smoothing> {
    smoothing::METHODS.into_iter()
}
