//! Every formula of docs/train.md as it is printed there, from raw counts, after every history of a text;
//! and the figures of textbooks and of NLTK for add-one.

use ngram_counts::VocabRule;
use ngram_model::{LanguageModel, Model};
use ngram_testing::{histories, ids, model_of, sentences};
use ngram_tokenizer::{TokenizerKind, TokenizerSpec, WordId};
use ngram_train::TrainOptions;
use ngram_train::smoothing::{METHODS, Settings, by_name};
use std::collections::BTreeMap;

const DOCS: &str = include_str!("../../../../docs/train.md");

/// What the documentation says of a history: T, N and V, and the parameters that the model reports.
struct After<'p> {
    t: f64,
    n: f64,
    v: f64,
    parameters: &'p [f64],
    settings: &'p Settings,
}

type Share = fn(f64, &After) -> f64;

/// The formulas as printed, and where the rest goes.
const PRINTED: [(&str, &str, &str, Share); 13] = [
    ("modified-kneser-ney", "(c − D(c)) / T", "interpolated", minus_discount),
    ("kneser-ney", "(c − D) / T", "interpolated", minus_discount),
    ("pitman-yor", "(c − d · c^d) / (θ + T)", "interpolated", |c, of| {
        let d = of.parameters[0];
        (c - d * c.powf(d)) / (of.settings.strength + of.t)
    }),
    ("jelinek-mercer", "λ · c / T", "interpolated", weighted),
    ("katz", "d(c) · c / T", "backed off", discounted),
    ("good-turing", "d(c) · c / T", "backed off", discounted),
    ("absolute", "(c − D) / T", "interpolated", minus_discount),
    ("jelinek-mercer-baseline", "λ · c / T", "interpolated", weighted),
    ("witten-bell", "c / (T + N)", "interpolated", |c, of| c / (of.t + of.n)),
    (
        "natural",
        "d · c / T, d = (T² + T + N − N²) / (T² + T + 2N), or 1 if every word was seen",
        "backed off",
        |c, &After { t, n, v, .. }| {
            let d = (t * t + t + n - n * n) / (t * t + t + 2.0 * n);
            if n == v { c / t } else { d * c / t }
        },
    ),
    ("additive", "(c + δ) / (T + δV)", "equal", plus_delta),
    ("additive-backoff", "(c + δ) / (T + δV)", "backed off", plus_delta),
    ("maximum-likelihood", "c / T", "nothing is left", |c, of| c / of.t),
];

fn minus_discount(c: f64, of: &After) -> f64 {
    (c - of.parameters[(c as usize).min(of.parameters.len()) - 1]) / of.t
}

fn weighted(c: f64, of: &After) -> f64 {
    of.parameters[0] * c / of.t
}

fn discounted(c: f64, of: &After) -> f64 {
    of.parameters.get(c as usize - 1).unwrap_or(&1.0) * c / of.t
}

fn plus_delta(c: f64, of: &After) -> f64 {
    (c + of.settings.delta) / (of.t + of.settings.delta * of.v)
}

/// The counts of a text's n-grams: raw, and continuation counts as Kneser and Ney define them.
struct Text {
    sentences: Vec<Vec<u32>>,
    order: usize,
}

impl Text {
    fn ngrams(&self, length: usize) -> BTreeMap<Vec<u32>, f64> {
        let mut found = BTreeMap::new();
        for sentence in &self.sentences {
            let padded: Vec<u32> = [1].iter().chain(sentence).chain(&[2]).copied().collect();
            for ngram in padded.windows(length) {
                *found.entry(ngram.to_vec()).or_default() += 1.0;
            }
        }
        found.remove(&vec![1]);
        found
    }

    /// The counts of the words after a history.
    fn after(&self, history: &[u32], continuation: bool) -> BTreeMap<u32, f64> {
        let length = history.len() + 1;
        let raw = length == self.order || history.first() == Some(&1) || !continuation;
        let mut found: BTreeMap<u32, f64> = BTreeMap::new();
        for (ngram, count) in self.ngrams(if raw { length } else { length + 1 }) {
            let (word, before) = ngram.split_last().unwrap();
            if before[before.len() - history.len()..] == *history {
                *found.entry(*word).or_default() += if raw { count } else { 1.0 };
            }
        }
        found
    }
}

struct Printed<'m> {
    text: &'m Text,
    method: &'static str,
    rest: &'static str,
    share: Share,
    settings: &'m Settings,
    model: &'m Model,
    known: std::cell::RefCell<BTreeMap<Vec<u32>, Vec<f64>>>,
}

impl Printed<'_> {
    fn distribution(&self, history: &[u32]) -> Vec<f64> {
        if let Some(known) = self.known.borrow().get(history) {
            return known.clone();
        }
        let found = self.by_formula(history);
        self.known.borrow_mut().insert(history.to_vec(), found.clone());
        found
    }

    fn by_formula(&self, history: &[u32]) -> Vec<f64> {
        let words = self.model.vocab().len();
        let v = words as f64 - 1.0;
        let uniform: Vec<f64> = (0..words).map(|w| if w == 1 { 0.0 } else { 1.0 / v }).collect();
        let continuation =
            ["modified-kneser-ney", "kneser-ney", "pitman-yor"].contains(&self.method);
        let after = self.text.after(history, continuation);
        let is_whole = history.len() + 1 == self.text.order || history.first() == Some(&1);
        if self.rest == "equal" && (!is_whole || after.is_empty()) {
            return uniform;
        }
        let lower = match history {
            [] => uniform,
            [_, shorter @ ..] => self.distribution(shorter),
        };
        if after.is_empty() {
            return lower;
        }
        let info = &self.model.info().orders[history.len()];
        let is_defined = info.note.is_none() || self.method.starts_with("jelinek");
        assert!(is_defined, "{}: {:?}", self.method, info.note);
        let parameters: Vec<f64> = info.parameters.iter().map(|(_, value)| *value).collect();
        let mut of = After {
            t: after.values().sum(),
            n: after.len() as f64,
            v,
            parameters: &parameters,
            settings: self.settings,
        };
        let share = match (self.method, history) {
            ("katz", []) => plus_delta,
            _ => self.share,
        };
        let sum = |of: &After| after.values().map(|&c| share(c, of)).sum::<f64>();
        let raises = match self.method {
            "katz" => !history.is_empty(),
            method => method == "good-turing",
        };
        if raises && sum(&of) > 1.0 - 1e-12 {
            of.t += 1.0;
        }
        let share = |w: usize| after.get(&(w as u32)).map_or(0.0, |&c| share(c, &of));
        let rest = 1.0 - sum(&of);
        let is_seen = |w: usize| after.contains_key(&(w as u32));
        let free: f64 = (0..words).filter(|&w| !is_seen(w)).map(|w| lower[w]).sum();
        let prob = |w: usize| match (self.rest, is_seen(w)) {
            _ if w == 1 => 0.0,
            ("interpolated", _) => share(w) + rest * lower[w],
            (_, true) => share(w),
            ("backed off", _) => rest / free * lower[w],
            ("equal", _) => self.settings.delta / (of.t + self.settings.delta * of.v),
            _ => 0.0,
        };
        (0..words).map(prob).collect()
    }
}

/// A text whose words have Zipf's frequencies, so that every discount is defined.
fn zipf() -> String {
    let mut state = 7u64;
    let mut next = move || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) as f64 / (1u64 << 31) as f64
    };
    let line = |_| {
        let length = 1 + (next() * 9.0) as usize;
        let words: Vec<String> =
            (0..length).map(|_| format!("w{}", 90f64.powf(next()) as u32)).collect();
        words.join(" ") + "\n"
    };
    (0..60).map(line).collect()
}

#[test]
fn every_formula_as_printed_is_what_the_model_says() {
    let whole = zipf();
    let mut compared = 0;
    for (name, formula, rest, share) in PRINTED {
        let row = DOCS.lines().find(|line| line.starts_with(&format!("| `{name}` | ")));
        let row: Vec<&str> =
            row.unwrap_or_else(|| panic!("no row of {name}")).split(" | ").collect();
        assert!(row[1].starts_with(formula), "{name}: {row:?}");
        assert_eq!(row[2], rest, "{name}");
        for order in [1, 2, 3] {
            let settings = Settings {
                delta: 0.3,
                strength: 1.5,
                good_turing_max: Some(2),
                ..Settings::default()
            };
            let options = TrainOptions {
                order,
                tokenizer: TokenizerSpec::new(TokenizerKind::Whitespace),
                smoothing: by_name(name).unwrap(),
                settings: settings.clone(),
                ..TrainOptions::default()
            };
            let model = model_of(&whole, &options);
            let text = Text { sentences: sentences(&whole, &model), order };
            let known = Default::default();
            let printed = Printed {
                text: &text,
                method: name,
                rest,
                share,
                settings: &settings,
                model: &model,
                known,
            };
            for history in histories(&text.sentences, order, model.vocab().len()) {
                for (word, expected) in (0..).zip(printed.distribution(&history)) {
                    let found = match word {
                        1 => 0.0,
                        word => model.score(&ids(&history), WordId(word)).log_prob.prob(),
                    };
                    assert!(
                        (found - expected).abs() <= 4e-6 * expected + 1e-15,
                        "{name}, order {order}: p({word}|{history:?}) = {found:e}, printed {expected:e}"
                    );
                    compared += 1;
                }
            }
        }
    }
    assert_eq!(PRINTED.len(), METHODS.len());
    assert!(compared > 10_000, "{compared}");
}

/// The mini-corpus of Jurafsky and Martin's exercise on add-one (chapter 3).
const SAM: &str = "I am Sam\nSam I am\nI am Sam\nI do not like green eggs and Sam\n";

fn additive(text: &str, order: usize, delta: f64, vocab: VocabRule) -> Model {
    let options = TrainOptions {
        order,
        tokenizer: TokenizerSpec::new(TokenizerKind::Whitespace),
        smoothing: by_name("additive").unwrap(),
        settings: Settings { delta, ..Settings::default() },
        vocab,
        open: false,
        ..TrainOptions::default()
    };
    model_of(text, &options)
}

fn probability(model: &Model, history: &str, word: &str) -> f64 {
    let id = |word: &str| model.vocab().id_or_unknown(word);
    let history: Vec<WordId> = history.split_whitespace().map(id).collect();
    model.score(&history, id(word)).log_prob.prob()
}

#[test]
fn add_one_is_that_of_the_textbook() {
    // Ten words with </s>, and <unk>: V = 11. "am" came 3 times, twice before "Sam".
    let bigrams = additive(SAM, 2, 1.0, VocabRule::All);
    let trigrams = additive(SAM, 3, 1.0, VocabRule::All);
    let half = additive(SAM, 2, 0.5, VocabRule::All);
    for (model, history, word, expected) in [
        (&bigrams, "am", "Sam", 3.0 / 14.0),
        (&bigrams, "am", "</s>", 2.0 / 14.0),
        (&bigrams, "am", "green", 1.0 / 14.0),
        (&bigrams, "am", "I", 1.0 / 14.0),
        (&bigrams, "am", "nobody", 1.0 / 14.0),
        (&bigrams, "<s>", "I", 4.0 / 15.0),
        (&bigrams, "<s>", "eggs", 1.0 / 15.0),
        // Nothing came after an unknown word.
        (&bigrams, "nobody", "Sam", 1.0 / 11.0),
        (&half, "am", "Sam", 2.5 / 8.5),
        (&half, "am", "green", 0.5 / 8.5),
        // NLTK 3.10, Laplace(3): 0.214, 0.0714, 0.0769 and 0.0909.
        (&trigrams, "<s> I", "am", 3.0 / 14.0),
        (&trigrams, "<s> I", "green", 1.0 / 14.0),
        (&trigrams, "am Sam", "I", 1.0 / 13.0),
        (&trigrams, "Sam Sam", "I", 1.0 / 11.0),
        (&trigrams, "green Sam", "</s>", 1.0 / 11.0),
    ] {
        let found = probability(model, history, word);
        assert!((found / expected - 1.0).abs() < 1e-6, "p({word}|{history}) = {found}");
    }
}

/// NLTK 3.10: `Laplace(n)` and `Lidstone(0.1, n)`, fitted to the first half of the sample text with n − 1
/// `<s>` and one `</s>` around each line, and the perplexity of the second half, padded likewise.
/// NLTK's vocabulary counts `<s>`; here a word that does not occur takes its place.
#[test]
fn perplexities_are_those_of_nltk() {
    let sample = include_str!("../../../../corpora/sample.txt");
    let lines: Vec<&str> = sample.lines().collect();
    let (train, test) = lines.split_at(lines.len() / 2);
    let (train, test) = (train.join("\n"), test.join("\n"));
    let words = train.split_whitespace().chain(["in-place-of-<s>"]);
    let mut words: Vec<String> = words.map(str::to_owned).collect();
    words.sort();
    words.dedup();
    for (order, delta, expected) in [
        (1, 1.0, 380.71731063741066),
        (1, 0.1, 580.0138216930341),
        (2, 1.0, 616.6901580369127),
        (2, 0.1, 473.1839005340896),
        (3, 1.0, 758.1828199585281),
        (3, 0.1, 696.3734885563417),
        (4, 1.0, 768.7586137495942),
        (4, 0.1, 723.7172755872374),
    ] {
        let model = additive(&train, order, delta, VocabRule::List(words.clone()));
        let (mut log2, mut tokens) = (0.0, 0.0);
        for sentence in sentences(&format!("{test}\n"), &model) {
            let padded: Vec<u32> = [1].into_iter().chain(sentence).chain([2]).collect();
            for at in 1..padded.len() {
                let history = ids(&padded[at.saturating_sub(order - 1)..at]);
                log2 += model.score(&history, WordId(padded[at])).log_prob.prob().log2();
                tokens += 1.0;
            }
        }
        let found = (-log2 / tokens).exp2();
        assert!((found / expected - 1.0).abs() < 1e-5, "order {order}, δ {delta}: {found}");
    }
}

/// Single words go by the formula, too, and everything is in the ARPA file: backing off to 1 / V.
#[test]
fn the_table_backs_off_to_the_uniform_distribution() {
    let words = additive(SAM, 1, 1.0, VocabRule::All);
    // 17 words and 4 ends; "Sam" 4 times.
    assert!((probability(&words, "", "Sam") / (5.0 / 32.0) - 1.0).abs() < 1e-6);
    assert!((probability(&words, "", "nobody") / (1.0 / 32.0) - 1.0).abs() < 1e-6);
    let trigrams = additive(SAM, 3, 1.0, VocabRule::All);
    for history in ["", "I", "am"] {
        assert!((probability(&trigrams, history, "Sam") * 11.0 - 1.0).abs() < 1e-6, "{history}");
    }
}
