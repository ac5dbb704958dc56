//! The papers' definitions of the estimates, computed from maps, recursively, in f64.

use ngram_counts::LowerOrders;
use ngram_train::smoothing::{Combine, Settings, Smoothing, UnigramBase};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// How often each word occurs after a history.
type After<C = u64> = BTreeMap<u32, C>;

/// The n-grams of a text, of each order from 1.
pub struct NaiveCounts(Vec<OfOrder>);

#[derive(Default)]
struct OfOrder {
    after: BTreeMap<Vec<u32>, After>,
    /// The number of n-grams with each count.
    counts_of_counts: BTreeMap<u64, u64>,
}

impl NaiveCounts {
    /// Counts sentences of ids, without their ends.
    pub fn new(sentences: &[Vec<u32>], order: usize, lower_orders: LowerOrders) -> NaiveCounts {
        let once: Vec<(Vec<u32>, u64)> = sentences.iter().map(|s| (s.clone(), 1)).collect();
        NaiveCounts::weighted(&once, order, lower_orders)
    }

    /// Counts sentences that each occur this many times.
    pub fn weighted(
        sentences: &[(Vec<u32>, u64)],
        order: usize,
        lower_orders: LowerOrders,
    ) -> NaiveCounts {
        let raw = |n: usize| {
            let mut counts: BTreeMap<Vec<u32>, u64> = BTreeMap::new();
            for (sentence, times) in sentences {
                let padded: Vec<u32> = [1].iter().chain(sentence).chain(&[2]).copied().collect();
                for ngram in padded.windows(n).filter(|ngram| *ngram != [1]) {
                    *counts.entry(ngram.to_vec()).or_default() += times;
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
        let of_order = |n: usize| match lower_orders {
            LowerOrders::Continuation if n < order => continuation(n),
            _ => raw(n),
        };
        let by_history = |counts: BTreeMap<Vec<u32>, u64>| {
            let mut found = OfOrder::default();
            for (ngram, count) in counts {
                let (&word, history) = ngram.split_last().unwrap();
                found.after.entry(history.to_vec()).or_default().insert(word, count);
                *found.counts_of_counts.entry(count).or_default() += 1;
            }
            found
        };
        NaiveCounts((1..=order).map(of_order).map(by_history).collect())
    }
}

/// A method, computed by its definition.
pub struct Naive<'c> {
    counts: &'c NaiveCounts,
    method: &'static str,
    settings: &'c Settings,
    combine: Combine,
    unigrams: UnigramBase,
    vocab_len: usize,
    parameters: Vec<Parameters>,
    known: RefCell<BTreeMap<Vec<u32>, Rc<Vec<f64>>>>,
}

/// How the counts of one order become shares.
enum Parameters {
    /// D for counts of 1, 2, … and all higher ones.
    Discounts(Vec<f64>),
    /// d(1) to d(k).
    GoodTuring(Vec<f64>),
    /// λ.
    Weight(f64),
    /// A formula without parameters.
    None,
    /// Another method, because the formula would divide by 0.
    WittenBell,
}

impl<'c> Naive<'c> {
    /// The model of these counts by the definition.
    pub fn new(
        counts: &'c NaiveCounts,
        vocab_len: usize,
        method: &dyn Smoothing,
        settings: &'c Settings,
    ) -> Naive<'c> {
        let name = method.name();
        let parameters = (1..).zip(&counts.0).map(|(order, of)| {
            let interpolated = match order {
                1 => settings.unigrams(method) == UnigramBase::Uniform,
                _ => settings.combine(method) == Combine::Interpolate,
            };
            parameters((name, interpolated), order, &of.counts_of_counts, settings)
        });
        Naive {
            counts,
            method: name,
            settings,
            combine: settings.combine(method),
            unigrams: settings.unigrams(method),
            vocab_len,
            parameters: parameters.collect(),
            known: RefCell::default(),
        }
    }

    /// Whether every order has the parameters of the method's own formula.
    pub fn is_defined(&self) -> bool {
        self.parameters.iter().all(|parameters| match parameters {
            Parameters::Discounts(found) => found.windows(2).all(|pair| pair[0] != pair[1]),
            Parameters::GoodTuring(found) => found.iter().all(|&d| d < 1.0),
            Parameters::WittenBell => false,
            Parameters::Weight(_) | Parameters::None => true,
        })
    }

    /// Returns p(·|history) for all words by number. The history is in text order and begins at
    /// `<s>` at the earliest.
    pub fn distribution(&self, history: &[u32]) -> Rc<Vec<f64>> {
        let history = &history[history.len().saturating_sub(self.counts.0.len() - 1)..];
        if let Some(known) = self.known.borrow().get(history) {
            return known.clone();
        }
        let probs = Rc::new(self.work_out(history));
        self.known.borrow_mut().insert(history.to_vec(), probs.clone());
        probs
    }

    fn work_out(&self, history: &[u32]) -> Vec<f64> {
        let words = (0..self.vocab_len as u32).filter(|&word| word != 1);
        let lower = match history {
            [] => self.uniform(),
            // Lidstone's unseen words share equally, whatever the history is.
            [_, ..] if self.method == "additive" => self.distribution(&[]).to_vec(),
            [_, rest @ ..] => self.distribution(rest).to_vec(),
        };
        // A history is the n − 1 words before, or those from <s> on; the end of one says nothing.
        let order = self.counts.0.len();
        let is_whole = history.len() + 1 == order || history.first() == Some(&1);
        if self.method == "additive" && !is_whole {
            return match history {
                [] => self.uniform(),
                _ => lower,
            };
        }
        let Some(after) = self.counts.0[history.len()].after.get(history) else { return lower };
        let shares = self.shares(history.len() + 1, after);
        let share = |word: u32| shares.get(&word).copied().unwrap_or(0.0);
        let lower = |word: u32| lower[word as usize];
        let reserved = 1.0 - shares.values().sum::<f64>();
        let least = u64::from(self.settings.min_count(history.len() + 1));
        let is_kept = |word: u32| after.get(&word).is_some_and(|&count| count >= least);
        let kept: Vec<u32> = after.keys().copied().filter(|&word| is_kept(word)).collect();
        let backs_off = match history {
            [] => self.unigrams == UnigramBase::Unseen,
            _ => self.combine == Combine::BackOff,
        };
        let mut probs = vec![0.0; self.vocab_len];
        if !backs_off && kept.len() == after.len() {
            words.for_each(|word| probs[word as usize] = share(word) + reserved * lower(word));
            return probs;
        }
        let stored = |word: u32| share(word) + if backs_off { 0.0 } else { reserved * lower(word) };
        let free = 1.0 - kept.iter().map(|&word| lower(word)).sum::<f64>();
        // With the uniform distribution, there is no other way to reach the words that are not kept.
        if free < 1e-9 || (history.is_empty() && !backs_off) {
            let left = 1.0 - kept.iter().map(|&word| share(word)).sum::<f64>();
            for word in words {
                let own = if is_kept(word) { share(word) } else { 0.0 };
                probs[word as usize] = own + left * lower(word);
            }
            return probs;
        }
        let left = 1.0 - kept.iter().map(|&word| stored(word)).sum::<f64>();
        for word in words {
            probs[word as usize] =
                if is_kept(word) { stored(word) } else { left / free * lower(word) };
        }
        probs
    }

    fn uniform(&self) -> Vec<f64> {
        let mut uniform = vec![1.0 / (self.vocab_len - 1) as f64; self.vocab_len];
        uniform[1] = 0.0;
        uniform
    }

    /// Returns the share of each word seen after a history.
    fn shares(&self, order: usize, after: &After) -> After<f64> {
        let total = after.values().sum::<u64>() as f64;
        let types = after.len() as f64;
        let words = (self.vocab_len - 1) as f64;
        let delta = self.settings.delta;
        let kept = |found: &[f64], count: u64| {
            found.get(count as usize - 1).unwrap_or(&1.0) * count as f64
        };
        let share = |count: u64| {
            let of = count as f64;
            match (&self.parameters[order - 1], self.method) {
                (Parameters::WittenBell, _) | (_, "witten-bell") => of / (total + types),
                (Parameters::Discounts(found), "pitman-yor") => {
                    (of - found[0] * of.powf(found[0])) / (total + self.settings.strength)
                }
                (Parameters::Discounts(found), _) => {
                    (of - found[(count as usize).min(found.len()) - 1]) / total
                }
                (Parameters::GoodTuring(found), _) => {
                    let all: f64 = after.values().map(|&count| kept(found, count)).sum();
                    // At least 3e-6 is left, by adding as many tokens as it takes: mostly none, or one.
                    kept(found, count) / total.max((all / (1.0 - 3e-6)).ceil())
                }
                (Parameters::Weight(lambda), _) => lambda * of / total,
                (Parameters::None, "natural") => {
                    let square = total * (total + 1.0);
                    let seen = (square + types * (1.0 - types)) / (square + 2.0 * types);
                    // Nothing is taken if every word was seen.
                    of / total * if types == words { 1.0 } else { seen.min(1.0 - 1e-15) }
                }
                (Parameters::None, "maximum-likelihood") => of / total,
                (Parameters::None, "additive" | "additive-backoff" | "katz") => {
                    (of + delta) / (total + delta * words)
                }
                (Parameters::None, other) => panic!("no definition of {other}"),
            }
        };
        after.iter().map(|(&word, &count)| (word, share(count))).collect()
    }
}

/// The closed forms, and the fallbacks where they are undefined.
fn parameters(
    (method, interpolated): (&str, bool),
    order: usize,
    counts_of_counts: &BTreeMap<u64, u64>,
    settings: &Settings,
) -> Parameters {
    let n = |r: u64| counts_of_counts.get(&r).copied().unwrap_or(0) as f64;
    let total: u64 = counts_of_counts.iter().map(|(r, n)| r * n).sum();
    let y = n(1) / (n(1) + 2.0 * n(2));
    match method {
        "absolute" | "kneser-ney" | "pitman-yor" | "modified-kneser-ney"
            if n(1) == 0.0 || n(2) == 0.0 =>
        {
            Parameters::WittenBell
        }
        "absolute" | "kneser-ney" | "pitman-yor" => Parameters::Discounts(vec![y]),
        "modified-kneser-ney" => {
            let mut found: Vec<f64> = Vec::new();
            for r in 1..=settings.discount_classes as u64 {
                let discount = r as f64 - (r + 1) as f64 * y * n(r + 1) / n(r);
                match discount > 0.0 && (interpolated || discount < r as f64) {
                    true => found.push(discount),
                    // One discount for all.
                    false if r == 2 && discount <= 0.0 => return Parameters::Discounts(vec![y]),
                    false => found.push(found[found.len() - 1]),
                }
            }
            Parameters::Discounts(found)
        }
        "katz" if order == 1 => Parameters::None,
        "good-turing" if order == 1 => Parameters::GoodTuring(vec![]),
        "katz" | "good-turing" => {
            let own = if method == "katz" { 5 } else { 7 };
            let mut k = u64::from(settings.good_turing_max.unwrap_or(own));
            while k > 0 && n(k + 1) == 0.0 {
                k -= 1;
            }
            k = (1..=k).find(|&r| n(r) == 0.0).map_or(k, |missing| missing - 1);
            let common = (k + 1) as f64 * n(k + 1) / n(1);
            let discount = |r: u64| {
                let ratio = (r + 1) as f64 * n(r + 1) / n(r) / r as f64;
                let discount = (ratio - common) / (1.0 - common);
                if discount > 1e-6 && discount <= 1.0 && ratio <= 1.0 { discount } else { 1.0 }
            };
            Parameters::GoodTuring((1..=k).map(discount).collect())
        }
        "jelinek-mercer" | "jelinek-mercer-baseline" => {
            Parameters::Weight(1.0 - (n(1) + 1.0) / (total as f64 + 2.0))
        }
        _ => Parameters::None,
    }
}
