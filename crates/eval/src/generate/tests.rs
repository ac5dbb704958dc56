//! Checks that words and sentences are drawn with the model's probabilities.

use super::{GenerateError, Generator, Options, PowerLists};
use crate::sampling::Random;
use ngram_counts::VocabRule;
use ngram_model::{LanguageModel, Layout};
use ngram_testing::toy::Toy;
use ngram_testing::trained::{converted, every_model, model, options};
use ngram_tokenizer::{TokenizerKind, TokenizerSpec, WordId};
use ngram_train::TrainOptions;
use ngram_train::smoothing::{Combine, Settings, by_name};
use std::collections::BTreeMap;

/// Returns the value that χ² with this many degrees of freedom exceeds once in 30,000 times (Wilson
/// and Hilferty 1931).
fn bound(freedom: f64) -> f64 {
    let ninth = 2.0 / (9.0 * freedom);
    freedom * (1.0 - ninth + 4.0 * ninth.sqrt()).powi(3)
}

/// Tests counts against probabilities, which sum to 1, by Pearson's χ²; words expected fewer than 5
/// times form one cell.
fn assert_drawn(name: &str, counts: &[u32], probabilities: &[f64]) {
    let draws: u32 = counts.iter().sum();
    let (mut square, mut cells, mut rare) = (0.0, 0, (0.0, 0.0));
    let distance = |count: f64, expected: f64| (count - expected).powi(2) / expected;
    for (&count, &probability) in counts.iter().zip(probabilities) {
        assert!(count == 0 || probability > 0.0, "{name}: drawn what has no probability");
        let (count, expected) = (f64::from(count), probability * f64::from(draws));
        if expected < 5.0 {
            rare = (rare.0 + count, rare.1 + expected);
        } else {
            square += distance(count, expected);
            cells += 1;
        }
    }
    if rare.1 > 1.0 {
        square += distance(rare.0, rare.1);
        cells += 1;
    }
    let freedom = f64::from(cells - 1);
    assert!(cells == 1 || square < bound(freedom), "{name}: χ² {square} of {freedom} cells");
}

/// Returns how often each word is drawn after a history.
fn drawn(
    model: &dyn LanguageModel,
    options: &Options,
    history: &[WordId],
    draws: usize,
) -> Vec<u32> {
    let generator = Generator::new(model, options.clone()).unwrap();
    let (mut sampler, mut random) = (generator.sampler(), Random::of_sample(5, 0));
    let mut counts = vec![0; model.vocab().len()];
    for _ in 0..draws {
        counts[sampler.word(history, &mut random).unwrap().index()] += 1;
    }
    counts
}

/// Returns the probabilities after a history of the words that `may_come`, scored one by one and
/// normalized.
fn probabilities(
    model: &dyn LanguageModel,
    history: &[WordId],
    may_come: impl Fn(WordId) -> bool,
) -> Vec<f64> {
    let words = (0..model.vocab().len() as u32).map(WordId);
    let of = |word: WordId| match word != WordId::BEGIN && may_come(word) {
        true => model.score(history, word).log_prob.prob(),
        false => 0.0,
    };
    scaled(words.map(of).collect())
}

fn scaled(mut weights: Vec<f64>) -> Vec<f64> {
    let sum: f64 = weights.iter().sum();
    weights.iter_mut().for_each(|weight| *weight /= sum);
    weights
}

fn histories(model: &dyn LanguageModel) -> [Vec<WordId>; 4] {
    let id = |word| model.vocab().id(word).unwrap();
    [
        vec![],
        vec![WordId::BEGIN],
        vec![WordId::BEGIN, id("w2")],
        vec![id("w11"), id("w2"), WordId::UNKNOWN, id("w7"), id("w0")],
    ]
}

#[test]
fn words_come_with_their_probabilities_in_every_model() {
    every_model(|name, model| {
        let options = Options { unknown: true, ..Options::default() };
        for history in histories(model) {
            let counts = drawn(model, &options, &history, 600);
            assert_drawn(name, &counts, &probabilities(model, &history, |_| true));
        }
    });
}

/// Drawing ends even if nearly all words after the shorter history are listed, and so rejected.
#[test]
fn what_is_seldom_left_is_drawn_as_often_as_it_should() {
    let text = "a b\na a\nb a\nb b\n".repeat(300) + "z\n";
    let combine = Some(Combine::BackOff);
    let settings = Settings { combine, delta: 60.0, ..Settings::default() };
    let smoothing = by_name("additive-backoff").unwrap();
    let model = model(Some(&text), &TrainOptions { smoothing, settings, ..options() });
    let history = [model.as_dyn().vocab().id("a").unwrap()];
    let plain = Options { unknown: true, ..Options::default() };
    let counts = drawn(model.as_dyn(), &plain, &history, 20_000);
    let probabilities = probabilities(model.as_dyn(), &history, |_| true);
    assert_drawn("additive-backoff", &counts, &probabilities);
    let z = model.as_dyn().vocab().id("z").unwrap();
    assert!(counts[z.index()] > 100, "{}", counts[z.index()]);
}

#[test]
fn only_what_may_come_comes() {
    let suffix = model(None, &options());
    for layout in [Layout::Suffix, Layout::Compact] {
        let model = converted(suffix.as_table().unwrap(), layout);
        let model = model.as_dyn();
        for history in histories(model) {
            let known = probabilities(model, &history, |word| word != WordId::UNKNOWN);
            assert_drawn("known", &drawn(model, &Options::default(), &history, 2000), &known);
            let few: Vec<WordId> = ["w1", "w9"].map(|word| model.vocab().id(word).unwrap()).into();
            let options = Options { only: Some(few.clone()), ..Options::default() };
            let expected =
                probabilities(model, &history, |word| word == WordId::END || few.contains(&word));
            assert_drawn("only", &drawn(model, &options, &history, 2000), &expected);
        }
    }
}

/// By definition, from the full distribution: p^(1/T), then the top k, then the smallest set that
/// makes up the share.
fn changed(mut probabilities: Vec<f64>, options: &Options) -> Vec<f64> {
    let powers = probabilities.iter().map(|p| p.powf(1.0 / options.temperature));
    probabilities = scaled(powers.collect());
    let rank = |probabilities: &[f64]| {
        let mut order: Vec<usize> = (0..probabilities.len()).collect();
        order.sort_by(|&one, &other| probabilities[other].total_cmp(&probabilities[one]));
        order
    };
    if let Some(most) = options.top_k {
        for &at in &rank(&probabilities)[most.min(probabilities.len())..] {
            probabilities[at] = 0.0;
        }
        probabilities = scaled(probabilities);
    }
    if let Some(share) = options.top_p {
        let mut sum = 0.0;
        for at in rank(&probabilities) {
            let is_enough = sum >= share;
            sum += probabilities[at];
            if is_enough {
                probabilities[at] = 0.0;
            }
        }
        probabilities = scaled(probabilities);
    }
    probabilities
}

#[test]
fn temperature_and_tops_change_probabilities_as_defined() {
    let suffix = model(None, &options());
    let one = Options::default();
    let ways = [
        Options { temperature: 0.5, ..one.clone() },
        Options { temperature: 3.0, unknown: true, ..one.clone() },
        Options { top_k: Some(3), ..one.clone() },
        Options { top_k: Some(500), ..one.clone() },
        Options { top_p: Some(0.7), ..one.clone() },
        Options { top_p: Some(1.0), unknown: true, ..one.clone() },
        Options { temperature: 2.0, top_k: Some(6), top_p: Some(0.6), ..one },
    ];
    for layout in [Layout::Suffix, Layout::Compact] {
        let model = converted(suffix.as_table().unwrap(), layout);
        let model = model.as_dyn();
        for options in &ways {
            for history in histories(model) {
                let may_come = |word| options.unknown || word != WordId::UNKNOWN;
                let expected = changed(probabilities(model, &history, may_come), options);
                let name = format!("{options:?} {history:?}");
                assert_drawn(&name, &drawn(model, options, &history, 1500), &expected);
            }
        }
    }
}

/// For every kind of model with lists, they give the same probabilities as all words.
#[test]
fn lists_give_the_probabilities_of_all_words() {
    let mut drawn = 0;
    every_model(|name, model| {
        for temperature in [0.05, 0.6, 1.0, 2.5] {
            for top_p in [None, Some(0.01), Some(0.33), Some(0.8), Some(0.999)] {
                for (unknown, only) in [(true, None), (false, None), (false, Some(["w2", "w7"]))] {
                    let only = only.map(|words| words.map(|w| model.vocab().id(w).unwrap()).into());
                    let options =
                        Options { temperature, top_p, unknown, only, ..Options::default() };
                    let generator = Generator::new(model, options.clone()).unwrap();
                    let mut lists = PowerLists::default();
                    for history in histories(model).into_iter().chain(histories(model)) {
                        let may_come = |word: WordId| generator.may_come(word);
                        let plain = probabilities(model, &history, may_come);
                        let found = match generator.next.has_lists() {
                            true => lists.probabilities(&generator, &history),
                            false => None,
                        };
                        let Some(found) = found else { continue };
                        let expected = changed(plain, &options);
                        for (word, (found, expected)) in found.iter().zip(expected).enumerate() {
                            assert!(
                                (found - expected).abs() < 2e-5,
                                "{name} {options:?} {history:?} {word}: {found} {expected}"
                            );
                        }
                        drawn += 1;
                    }
                }
            }
        }
    });
    assert!(drawn > 10_000, "{drawn}");
}

/// Returns the mean count of each word per sentence, from the matrix of a bigram model: the visits
/// of a Markov chain from `<s>` to `</s>`.
fn visits(model: &dyn LanguageModel) -> Vec<f64> {
    let after = |word: u32| probabilities(model, &[WordId(word)], |word| word != WordId::UNKNOWN);
    let rows: Vec<Vec<f64>> = (0..model.vocab().len() as u32).map(after).collect();
    let mut now = rows[WordId::BEGIN.index()].clone();
    let mut visits = vec![0.0; now.len()];
    for _ in 0..2000 {
        let mut next = vec![0.0; now.len()];
        for (word, &probability) in now.iter().enumerate() {
            visits[word] += probability;
            if word != WordId::END.index() {
                next.iter_mut().zip(&rows[word]).for_each(|(sum, p)| *sum += probability * p);
            }
        }
        now = next;
    }
    visits
}

#[test]
fn words_of_whole_sentences_are_as_frequent_as_the_model_says() {
    let model = model(None, &TrainOptions { order: 2, ..options() });
    let model = model.as_dyn();
    let generator = Generator::new(model, Options { seed: 3, ..Options::default() }).unwrap();
    let mut sampler = generator.sampler();
    let sentences = 5000;
    let mut first = vec![0; model.vocab().len()];
    // For each word, the sum of its counts per sentence, and of their squares.
    let mut sums = vec![(0.0, 0.0); first.len()];
    for number in 0..sentences {
        let sentence = sampler.sentence(number).unwrap();
        assert!(sentence.ended);
        let words: Vec<WordId> = sentence.words.iter().copied().chain([WordId::END]).collect();
        first[words[0].index()] += 1;
        let mut counts = BTreeMap::<usize, f64>::new();
        words.iter().for_each(|word| *counts.entry(word.index()).or_default() += 1.0);
        for (word, count) in counts {
            sums[word] = (sums[word].0 + count, sums[word].1 + count * count);
        }
    }
    let start = probabilities(model, &[WordId::BEGIN], |word| word != WordId::UNKNOWN);
    assert_drawn("first words", &first, &start);
    for ((sum, squares), expected) in sums.into_iter().zip(visits(model)) {
        let n = sentences as f64;
        let mean = sum / n;
        let error = ((squares / n - mean * mean) / n).sqrt();
        assert!((mean - expected).abs() <= 4.0 * error + 1e-9, "{mean} {expected} ± {error}");
    }
}

#[test]
fn a_sentence_is_the_same_whichever_were_drawn_before() {
    let model = model(None, &options());
    let options = Options { prompt: "w2 new w7".to_owned(), ..Options::default() };
    let generator = Generator::new(model.as_dyn(), options.clone()).unwrap();
    let mut sampler = generator.sampler();
    let all: Vec<_> = (0..50).map(|number| sampler.sentence(number).unwrap()).collect();
    for number in [49, 7, 0] {
        assert_eq!(generator.sampler().sentence(number).unwrap(), all[number as usize]);
    }
    // With any number of samplers.
    for number in [1, 3, 7] {
        let mut samplers: Vec<_> = (0..number).map(|_| generator.sampler()).collect();
        let found = generator.sentences(10..31, &mut samplers);
        assert!(found.into_iter().map(Result::unwrap).eq(all[10..31].iter().cloned()));
    }
    let (at, long) = (0..50).zip(&all).find(|(_, sentence)| sentence.words.len() > 3).unwrap();
    let cut = generator.cut(long, at, 2);
    assert_eq!((&*cut.words, cut.ended), (&long.words[..2], false));
    assert!(long.text.starts_with(&cut.text));
    let other = Options { seed: 2, ..options };
    let other = Generator::new(model.as_dyn(), other).unwrap();
    let mut sampler = other.sampler();
    assert!((0..50).any(|number| sampler.sentence(number).unwrap() != all[number as usize]));
    for sentence in all {
        assert!(sentence.text.starts_with("w2 new w7"), "{}", sentence.text);
        let ids: Vec<WordId> = sentence
            .text
            .split(' ')
            .map(|word| model.as_dyn().vocab().id_or_unknown(word))
            .collect();
        assert_eq!(&ids[3..], sentence.words);
        let mut scores = Vec::new();
        model.as_dyn().score_sentence(&ids, &mut scores);
        let drawn = &scores[3..3 + sentence.tokens()];
        let log10: f64 = drawn.iter().map(|score| score.log_prob.log10()).sum();
        assert_eq!((sentence.ended, sentence.log10_prob), (true, log10));
    }
}

/// With *the* 0.4, *cat* 0.2, *sat* 0.1, `</s>` 0.2, `<unk>` 0.1, and *cat* after *the* 0.5, the
/// most probable sentence is *the cat the cat …*, which is cut.
#[test]
fn the_most_probable_sentence_by_hand() {
    let toy = Toy::normal(["the", "cat", "sat"]);
    let options = Options { temperature: 0.0, longest: 5, ..Options::default() };
    let generator = Generator::new(&toy, options).unwrap();
    let sentence = generator.sampler().sentence(0).unwrap();
    assert_eq!((sentence.text.as_str(), sentence.ended), ("the cat the cat the", false));
    assert_eq!(sentence.tokens(), 5);
    assert!((sentence.log10_prob - (0.4f64.powi(3) * 0.25).log10()).abs() < 1e-6);
}

#[test]
fn options_out_of_range_are_refused() {
    let toy = Toy::normal(["the", "cat", "sat"]);
    let error = |options| Generator::new(&toy, options).map(|_| ()).unwrap_err();
    let one = Options::default;
    for temperature in [-0.5, f64::INFINITY] {
        let options = Options { temperature, ..one() };
        assert_eq!(error(options), GenerateError::Temperature(temperature));
    }
    assert!(matches!(
        error(Options { temperature: f64::NAN, ..one() }),
        GenerateError::Temperature(_)
    ));
    assert_eq!(error(Options { top_k: Some(0), ..one() }), GenerateError::TopK);
    for share in [0.0, 1.5] {
        assert_eq!(error(Options { top_p: Some(share), ..one() }), GenerateError::TopP(share));
    }
}

/// Under maximum likelihood, only *b* follows *a*.
#[test]
fn where_nothing_may_come_is_said() {
    let smoothing = by_name("maximum-likelihood").unwrap();
    let model = model(Some("a b\na b\n"), &TrainOptions { smoothing, order: 2, ..options() });
    let id = |word| model.as_dyn().vocab().id(word).unwrap();
    let options = Options { only: Some(vec![id("a")]), ..Options::default() };
    let generator = Generator::new(model.as_dyn(), options).unwrap();
    let error = generator.sampler().sentence(0).unwrap_err();
    assert_eq!(error, GenerateError::Nothing { after: "<s> a".to_owned() });
}

/// Returns the most probable sentence of a model trained on `text`.
fn likeliest(text: &str, tokenizer: TokenizerSpec, prompt: &str) -> String {
    let model = model(Some(text), &TrainOptions { order: 5, tokenizer, ..options() });
    let options = Options { temperature: 0.0, prompt: prompt.to_owned(), ..Options::default() };
    let generator = Generator::new(model.as_dyn(), options).unwrap();
    generator.sampler().sentence(0).unwrap().text
}

#[test]
fn a_text_is_put_together_as_it_was_cut() {
    let line = "He said, \"It's Dr. No (again)!\"";
    let text = format!("{line}\n").repeat(9);
    for kind in TokenizerKind::ALL {
        let spec = TokenizerSpec::new(kind);
        let expected = match &spec.kind {
            TokenizerKind::Shannon => "he said it s dr no again",
            _ => line,
        };
        assert_eq!(likeliest(&text, spec.clone(), ""), expected, "{spec}");
    }
    let lowercased = TokenizerSpec { kind: TokenizerKind::Words, lowercase: true };
    assert_eq!(likeliest(&text, lowercased.clone(), ""), line);
    assert_eq!(likeliest(&text, lowercased, "He said, "), line);
}

#[test]
fn unknown_words_are_spelled() {
    let text: String = (0..60).map(|n| format!("the cat{} sat on mat{n}.\n", n % 3)).collect();
    let tokenizer = TokenizerSpec::new(TokenizerKind::Words);
    let vocab = VocabRule::MaxWords(8);
    let model = model(Some(&text), &TrainOptions { tokenizer, vocab, ..options() });
    let options = Options { unknown: true, ..Options::default() };
    let generator = Generator::new(model.as_dyn(), options).unwrap();
    let mut sampler = generator.sampler();
    let mut spelled = 0;
    for number in 0..40 {
        let sentence = sampler.sentence(number).unwrap();
        let vocab = model.as_dyn().vocab();
        let mut ids = Vec::new();
        let tokenizer = model.as_dyn().tokenizer();
        tokenizer.tokenize(&sentence.text, |token| ids.push(vocab.id_or_unknown(token)));
        assert!(!sentence.text.contains("<unk>"), "{}", sentence.text);
        spelled += sentence.words.iter().filter(|&&word| word == WordId::UNKNOWN).count();
        assert_eq!(
            ids.iter().filter(|&&word| word == WordId::UNKNOWN).count(),
            sentence.words.iter().filter(|&&word| word == WordId::UNKNOWN).count()
        );
    }
    assert!(spelled > 10, "{spelled}");
}
