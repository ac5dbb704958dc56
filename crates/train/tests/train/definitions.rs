//! Checks every method against its definition, and sums every distribution.

use ngram_counts::{
    Corpus, CountOptions, CountsOfCounts, LowerOrders, NgramCounts, Shard, VocabRule,
};
use ngram_input::Text;
use ngram_model::{ConvertOptions, LanguageModel, Layout, Model};
use ngram_store::{Resources, Shares};
use ngram_testing::naive::{Naive, NaiveCounts};
use ngram_testing::{histories, ids, model_with, sentences, text, ways};
use ngram_tokenizer::{TokenizerKind, TokenizerSpec, WordId};
use ngram_train::estimate::{Estimator, Scratch, Sink};
use ngram_train::smoothing::{self, METHODS, Settings, Smoothing};
use ngram_train::{TrainOptions, train};
use proptest::prelude::*;

/// Texts that are each hard in some way, from generators with fixed seeds.
fn shapes() -> [(&'static str, String); 8] {
    let unique: Vec<String> = (0..36).map(|n| format!("u{n}")).collect();
    [
        ("Zipf", text(11, 60, 30)),
        ("phrases", text(4, 40, 12)),
        ("two words", text(5, 40, 2)),
        ("every word once", unique.chunks(6).map(|line| line.join(" ") + "\n").collect()),
        ("one word", "a a a a a a a\n".repeat(30)),
        ("empty lines", "a b\na\n".to_owned() + &"\n".repeat(300)),
        ("one line", text(3, 40, 9).replace('\n', " ")),
        ("one word once", "a".to_owned()),
    ]
}

fn corpus(text: &str) -> Corpus {
    let texts = [Text::bytes("text", text.into())];
    let tokenizer = TokenizerSpec::new(TokenizerKind::Whitespace);
    Corpus::read(&texts, &tokenizer, &VocabRule::All, &Resources::default(), &()).unwrap()
}

/// Returns the sentences of a one-block corpus, without their ends.
fn sentences_of(corpus: &Corpus) -> Vec<Vec<u32>> {
    let ids = corpus.blocks.get(0).unwrap();
    let sentences = ids.split_inclusive(|&id| id == WordId::END.0);
    sentences.map(|sentence| sentence[..sentence.len() - 1].to_vec()).collect()
}

/// Returns the settings with no more minimum counts than orders.
fn up_to(settings: &Settings, order: usize) -> Settings {
    let mut settings = settings.clone();
    settings.min_counts.truncate(order);
    settings
}

/// All combinations, in 64 bits: before rounding, the engine's probabilities are those of the definition.
#[test]
fn equals_the_naive_estimator_after_every_history() {
    let (mut models, mut distributions, mut defined) = (0, 0, 0);
    for (shape, text) in shapes() {
        let corpus = corpus(&text);
        let sentences = sentences_of(&corpus);
        let vocab_len = corpus.vocab.view().len();
        for order in 1..=6 {
            let histories = histories(&sentences, order, vocab_len);
            for lower_orders in [LowerOrders::Raw, LowerOrders::Continuation] {
                let counts = [(1, false), (3, false), (1, true), (3, true)].map(|how| {
                    Counts::of(
                        &corpus,
                        CountOptions { lower_orders, ..CountOptions::new(order) },
                        how,
                    )
                });
                let naive_counts = NaiveCounts::new(&sentences, order, lower_orders);
                let ways = ways().into_iter().enumerate();
                for (way, (method, settings)) in
                    ways.filter(|(_, (method, _))| method.lower_orders() == lower_orders)
                {
                    let settings = up_to(&settings, order);
                    let what = format!("{shape}, {} of order {order}", settings.describe(method));
                    let naive = Naive::new(&naive_counts, vocab_len, method, &settings);
                    // Every method is combined with every way of counting.
                    let counts = &counts[(way + way / METHODS.len()) % 4];
                    let exact = Exact::new(counts, method, &settings);
                    for history in &histories {
                        let found = exact.distribution(history);
                        check_distribution(&found, method, 1e-12, || {
                            format!("{what} after {history:?}")
                        });
                        for (word, (found, expected)) in
                            found.iter().zip(naive.distribution(history).iter()).enumerate()
                        {
                            assert!(
                                (found - expected).abs() <= 1e-9 * expected + 1e-15,
                                "{what}: p({word}|{history:?}) = {found:e}, by definition {expected:e}"
                            );
                        }
                    }
                    models += 1;
                    distributions += histories.len();
                    defined += usize::from(naive.is_defined());
                }
            }
        }
    }
    // All shapes, orders and ways.
    assert_eq!(models, 8 * 6 * 156);
    assert!(distributions > 800_000 && defined > 4_000, "{distributions} {defined}");
}

/// Checks that probabilities are above 0, at most 1, and sum to 1.
pub fn check_distribution(
    probs: &[f64],
    method: &dyn Smoothing,
    tolerance: f64,
    what: impl Fn() -> String,
) {
    let begin = WordId::BEGIN.index();
    assert_eq!(probs[begin], 0.0, "{}: <s> is never predicted", what());
    let sum: f64 = probs.iter().sum();
    // Relative frequencies give nothing to unseen words or lower orders, so nothing follows a
    // history that nothing ever followed.
    let relative = method.name() == "maximum-likelihood";
    if relative && sum == 0.0 {
        return;
    }
    assert!((sum - 1.0).abs() <= tolerance, "{}: {sum}", what());
    for (word, &prob) in probs.iter().enumerate().filter(|&(word, _)| word != begin) {
        assert!(prob <= 1.0 + tolerance, "{}: p({word}) = {prob}", what());
        assert!(prob > 0.0 || relative && prob == 0.0, "{}: p({word}) = {prob}", what());
    }
}

/// The counts of a text, made by several threads, all in a file or none.
pub struct Counts {
    unigrams: Vec<u64>,
    counts_of_counts: Vec<CountsOfCounts>,
    shards: Vec<Shard>,
}

impl Counts {
    fn of(corpus: &Corpus, mut options: CountOptions, (threads, spilled): (usize, bool)) -> Counts {
        options.resources.shares = spilled.then_some(Shares { ids: 0, keys: 0, counts: 0 });
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let counts = pool.install(|| NgramCounts::count(corpus.into(), &options, &())).unwrap();
        assert_eq!(spilled && options.order > 1, counts.shards.bytes_on_disk() > 0);
        counts.into()
    }
}

impl From<NgramCounts> for Counts {
    fn from(counts: NgramCounts) -> Counts {
        let NgramCounts { unigrams, counts_of_counts, shards, .. } = counts;
        Counts { unigrams, counts_of_counts, shards: shards.into_vec().unwrap() }
    }
}

/// The table in f64, before rounding to 32 bits, scored by its definition.
pub struct Exact<'c> {
    unigrams: Vec<f64>,
    shards: Vec<(&'c Shard, Collected)>,
}

/// For each history length: the probabilities of all successors, and the back-off weights.
struct Collected(Vec<(Vec<f64>, Vec<f64>)>);

impl Sink for Collected {
    fn history(&mut self, length: usize, probs: &[f64], backoff: f64) {
        self.0[length - 1].0.extend(probs);
        self.0[length - 1].1.push(backoff);
    }
}

impl<'c> Exact<'c> {
    pub fn new(counts: &'c Counts, method: &dyn Smoothing, settings: &Settings) -> Exact<'c> {
        let words = counts.unigrams.len() as u64 - 1;
        let estimator = Estimator::fit(method, &counts.counts_of_counts, words, settings);
        let unigrams = estimator.unigrams(&counts.unigrams);
        let mut scratch = Scratch::default();
        let shards = counts.shards.iter().map(|shard| {
            let mut collected = Collected(vec![Default::default(); shard.levels.len()]);
            estimator.shard(shard, None, &unigrams, &mut scratch, &mut collected);
            (shard, collected)
        });
        Exact { shards: shards.collect(), unigrams }
    }

    /// Returns p(·|history) for all words: the shortest history's, overlaid by those of ever longer ones.
    pub fn distribution(&self, history: &[u32]) -> Vec<f64> {
        let mut probs = self.unigrams.clone();
        let Some((&last, earlier)) = history.split_last() else { return probs };
        let Some((shard, collected)) = self.shards.iter().find(|(shard, _)| {
            (shard.first_word..shard.first_word + shard.levels[0].words.len() as u32)
                .contains(&last)
        }) else {
            return probs;
        };
        let mut at = (last - shard.first_word) as usize;
        let mut earlier = earlier.iter().rev();
        for (depth, level) in shard.levels.iter().enumerate() {
            let (successors, backoffs) = &collected.0[depth];
            probs.iter_mut().for_each(|prob| *prob *= backoffs[at]);
            for successor in level.successors(at) {
                probs[level.successor_words[successor] as usize] = successors[successor];
            }
            let Some(&word) = earlier.next() else { break };
            let Some(next) = shard.levels.get(depth + 1) else { break };
            match level.children(at).find(|&child| next.words[child] == word) {
                Some(child) => at = child,
                None => break,
            }
        }
        probs
    }
}

/// Returns the scores of a model that was written in 32 bits and opened again.
pub fn distribution(model: &Model, history: &[WordId]) -> Vec<f64> {
    let words = (0..model.vocab().len() as u32).map(WordId);
    words
        .map(|word| match word {
            WordId::BEGIN => 0.0,
            word => model.score(history, word).log_prob.prob(),
        })
        .collect()
}

/// What is written and read back equals the definition, except for rounding to 32 bits.
#[test]
fn files_hold_what_the_naive_estimator_says() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.ngram");
    let ways = ways();
    let shapes = shapes();
    let mut number = 0;
    for order in 1..=6 {
        for method in 0..METHODS.len() {
            number += 1;
            let (method, settings) = &ways[method + METHODS.len() * (number % 12)];
            let settings = up_to(settings, order);
            let (shape, text) = &shapes[(number * 5 + order) % shapes.len()];
            let layout = [Layout::Suffix, Layout::Compact, Layout::Table][number % 3];
            let shares = [None, Some(Shares { ids: 0, keys: 0, counts: 0 })][number / 3 % 2];
            let options = TrainOptions {
                order,
                tokenizer: TokenizerSpec::new(TokenizerKind::Whitespace),
                smoothing: *method,
                settings: settings.clone(),
                layout: ConvertOptions { layout, ..ConvertOptions::default() },
                resources: Resources { shares, ..Resources::default() },
                ..TrainOptions::default()
            };
            train(&[Text::bytes("text", text.clone().into())], &options, &path, &()).unwrap();
            let model = Model::open(&path).unwrap();
            let corpus = corpus(text);
            let sentences = sentences_of(&corpus);
            let counts = NaiveCounts::new(&sentences, order, method.lower_orders());
            let naive = Naive::new(&counts, model.vocab().len(), *method, &settings);
            for history in histories(&sentences, order, model.vocab().len()) {
                let found = distribution(&model, &ids(&history));
                let what = || {
                    let how = settings.describe(*method);
                    format!("{shape}, {how} of order {order}, {layout:?}, after {history:?}")
                };
                check_distribution(&found, *method, 2e-6, what);
                for (word, (found, expected)) in
                    found.iter().zip(naive.distribution(&history).iter()).enumerate()
                {
                    assert!(
                        (found - expected).abs() <= 4e-6 * expected + 1e-15,
                        "{}: p({word}) = {found:e}, by definition {expected:e}",
                        what()
                    );
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Tiny texts leave discounts undefined in every way; the sums are right all the same.
    #[test]
    fn every_distribution_of_a_tiny_text_sums_to_one(
        seed in any::<u64>(), lines in 1usize..8, words in 1u64..6, order in 1usize..6,
    ) {
        let text = format!("w0\n{}", text(seed, lines, words));
        for (method, settings) in ways().into_iter().skip(seed as usize % 11).step_by(11) {
            let settings = up_to(&settings, order);
            let model = model_with(&text, order, method, &settings);
            for history in histories(&sentences(&text, &model), order, model.vocab().len()) {
                let found = distribution(&model, &ids(&history));
                let how = settings.describe(method);
                let what = || format!("{how} of order {order} after {history:?}");
                check_distribution(&found, method, 2e-6, what);
            }
        }
    }
}

#[test]
fn the_default_method_is_modified_kneser_ney() {
    assert_eq!(smoothing::METHODS[0].name(), "modified-kneser-ney");
    assert!(smoothing::by_name("nothing").err().unwrap().to_string().contains("witten-bell"));
}
