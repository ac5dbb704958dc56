//! Small texts, models made of them, and the definitions straight from the papers.

#![allow(dead_code, reason = "each test file uses a part")]

pub mod file;

use ngram_counts::{LowerOrders, Text};
use ngram_model::smoothing::{self, Combine, Settings, Smoothing, UnigramBase};
use ngram_model::{LanguageModel, Model, TrainOptions, train};
use ngram_tokenizer::{TokenizerKind, TokenizerSpec, WordId};
use std::cell::RefCell;
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
    model_with(text, order, method, &Settings::default())
}

/// The same with these settings.
pub fn model_with(
    text: &str,
    order: usize,
    method: &'static dyn Smoothing,
    settings: &Settings,
) -> Model {
    let options = TrainOptions {
        order,
        tokenizer: TokenizerSpec::new(TokenizerKind::Whitespace),
        smoothing: method,
        settings: settings.clone(),
        ..TrainOptions::default()
    };
    trained(text, &options)
}

/// A model of a text.
pub fn trained(text: &str, options: &TrainOptions) -> Model {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.ngram");
    train(&[Text::bytes("text", text.into())], options, &path, &()).unwrap();
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
    settings: Settings,
    combine: Combine,
    unigrams: UnigramBase,
    vocab_len: usize,
    /// Counts of each order in the sense of the method.
    counts: Vec<BTreeMap<Vec<u32>, u64>>,
    /// The parameters of each order: D1, D2 and D3+; d(1) to d(k); λ.
    parameters: Vec<Vec<f64>>,
    known: RefCell<BTreeMap<(Vec<u32>, u32), f64>>,
}

impl Naive {
    /// Of the text that `model` was trained on. Only weights that are fitted are taken from it.
    pub fn new(
        sentences: &[Vec<u32>],
        model: &Model,
        method: &dyn Smoothing,
        settings: &Settings,
    ) -> Naive {
        let order = model.order();
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
        let kneser_ney = method.lower_orders() == LowerOrders::Continuation;
        let counts: Vec<_> = (1..=order)
            .map(|n| if kneser_ney && n < order { continuation(n) } else { raw(n) })
            .collect();
        let parameters = counts.iter().zip(&model.info().orders).map(|(counts, info)| {
            let n = |r| counts.values().filter(|&&count| count == r).count() as f64;
            let y = n(1) / (n(1) + 2.0 * n(2));
            match method.name() {
                "absolute" | "kneser-ney" | "pitman-yor" => vec![y, y, y],
                "modified-kneser-ney" => vec![
                    1.0 - 2.0 * y * n(2) / n(1),
                    2.0 - 3.0 * y * n(3) / n(2),
                    3.0 - 4.0 * y * n(4) / n(3),
                ],
                "katz" | "good-turing" => {
                    let k = u64::from(settings.good_turing_max.unwrap());
                    let common = (k + 1) as f64 * n(k + 1) / n(1);
                    let star = |r: u64| (r + 1) as f64 * n(r + 1) / n(r);
                    let discount = |r| (star(r) / r as f64 - common) / (1.0 - common);
                    (1..=k).map(discount).collect()
                }
                "jelinek-mercer" | "jelinek-mercer-baseline" => vec![info.parameters[0].1],
                _ => vec![],
            }
        });
        let parameters = parameters.collect();
        Naive {
            order,
            method: method.name().to_owned(),
            settings: settings.clone(),
            combine: settings.combine(method),
            unigrams: settings.unigrams(method),
            vocab_len: model.vocab().len(),
            counts,
            parameters,
            known: RefCell::default(),
        }
    }

    /// Whether the closed forms are defined for every order of this text.
    pub fn is_defined(&self) -> bool {
        let good_turing = ["katz", "good-turing"].contains(&self.method.as_str());
        let first = usize::from(good_turing);
        let most = if good_turing { [1.0; 3] } else { [1.0, 2.0, 3.0] };
        let parameters = self.parameters.iter().skip(first).flatten();
        let mut bounds = parameters.zip(most.iter().cycle());
        bounds.all(
            |(&d, &most)| if good_turing { d > 0.01 && d < 1.0 } else { (0.0..=most).contains(&d) },
        )
    }

    /// p(word | history), the history in the order of the text and beginning at `<s>` at most.
    pub fn prob(&self, history: &[u32], word: u32) -> f64 {
        let history = &history[history.len().saturating_sub(self.order - 1)..];
        self.prob_of(history, word)
    }

    fn prob_of(&self, history: &[u32], word: u32) -> f64 {
        let key = (history.to_vec(), word);
        if let Some(&known) = self.known.borrow().get(&key) {
            return known;
        }
        let prob = self.work_out(history, word);
        self.known.borrow_mut().insert(key, prob);
        prob
    }

    fn work_out(&self, history: &[u32], word: u32) -> f64 {
        let lower = |word: u32| match history {
            [] => 1.0 / (self.vocab_len - 1) as f64,
            [_, rest @ ..] => self.prob_of(rest, word),
        };
        let after: BTreeMap<u32, u64> = self.counts[history.len()]
            .iter()
            .filter(|(ngram, _)| &ngram[..history.len()] == history)
            .map(|(ngram, &count)| (ngram[history.len()], count))
            .collect();
        if after.is_empty() {
            return lower(word);
        }
        let shares: BTreeMap<u32, f64> = self.shares(history.len() + 1, &after);
        let reserved = 1.0 - shares.values().sum::<f64>();
        let least = u64::from(self.settings.min_count(history.len() + 1));
        let kept: Vec<u32> =
            after.iter().filter(|(_, count)| **count >= least).map(|(&word, _)| word).collect();
        let backs_off = match history {
            [] => self.unigrams == UnigramBase::Unseen,
            _ => self.combine == Combine::BackOff,
        };
        let is_kept = kept.contains(&word);
        if !backs_off && kept.len() == after.len() {
            return shares.get(&word).unwrap_or(&0.0) + reserved * lower(word);
        }
        let stored =
            |word: u32| shares[&word] + if backs_off { 0.0 } else { reserved * lower(word) };
        let free = 1.0 - kept.iter().map(|&word| lower(word)).sum::<f64>();
        // The uniform distribution has no other way of going to the words that are not kept.
        if free < 1e-9 || (history.is_empty() && !backs_off) {
            let left = 1.0 - kept.iter().map(|word| shares[word]).sum::<f64>();
            return if is_kept { shares[&word] } else { 0.0 } + left * lower(word);
        }
        if is_kept {
            return stored(word);
        }
        let left = 1.0 - kept.iter().map(|&word| stored(word)).sum::<f64>();
        left / free * lower(word)
    }

    /// The share of each word that was seen after a history.
    fn shares(&self, order: usize, after: &BTreeMap<u32, u64>) -> BTreeMap<u32, f64> {
        let total = after.values().sum::<u64>() as f64;
        let types = after.len() as f64;
        let parameters = &self.parameters[order - 1];
        let added = |count: f64| {
            let delta = self.settings.delta;
            (count + delta) / (total + delta * (self.vocab_len - 1) as f64)
        };
        let discounted = |count: u64| {
            let is_first = order == 1;
            let kept = parameters.get(count as usize - 1).filter(|_| !is_first).unwrap_or(&1.0);
            kept * count as f64
        };
        let all: f64 = after.values().map(|&count| discounted(count)).sum();
        let share = |count: u64| match self.method.as_str() {
            "maximum-likelihood" => count as f64 / total,
            "witten-bell" => count as f64 / (total + types),
            "natural" => {
                let square = total * (total + 1.0);
                let seen = (square + types * (1.0 - types)) / (square + 2.0 * types);
                // Which nothing is taken of where every word was seen.
                let all = types == (self.vocab_len - 1) as f64;
                count as f64 / total * if all { 1.0 } else { seen }
            }
            "additive" => added(count as f64),
            "pitman-yor" => {
                let taken = parameters[0] * (count as f64).powf(parameters[0]);
                (count as f64 - taken) / (total + self.settings.strength)
            }
            "katz" if order == 1 => added(count as f64),
            "katz" | "good-turing" => {
                discounted(count) / if all < total { total } else { total + 1.0 }
            }
            "jelinek-mercer" | "jelinek-mercer-baseline" => parameters[0] * count as f64 / total,
            _ => (count as f64 - parameters[count.min(3) as usize - 1]) / total,
        };
        after.iter().map(|(&word, &count)| (word, share(count))).collect()
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

/// Every way to smooth that a user can choose, with Good–Turing of so few counts that small texts
/// define it.
pub fn ways() -> Vec<(&'static dyn Smoothing, Settings)> {
    let own = Settings { good_turing_max: Some(2), ..Settings::default() };
    let changes: [fn(&mut Settings); 6] = [
        |_| {},
        |settings| settings.combine = Some(Combine::BackOff),
        |settings| settings.unigrams = Some(UnigramBase::Unseen),
        |settings| settings.min_counts = vec![1, 1, 2],
        |settings| {
            settings.combine = Some(Combine::BackOff);
            settings.min_counts = vec![1, 2];
        },
        |settings| {
            settings.min_counts = vec![2, 3, 1, 2];
            settings.delta = 0.1;
            settings.strength = 1.5;
        },
    ];
    let with = |change: fn(&mut Settings)| {
        let mut settings = own.clone();
        change(&mut settings);
        settings
    };
    changes.into_iter().flat_map(|change| methods().map(move |m| (m, with(change)))).collect()
}
