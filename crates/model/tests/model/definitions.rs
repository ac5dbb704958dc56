//! Every method against its definition, and every distribution summed.

use crate::common::{Naive, histories, ids, model_with, sentences, text, ways};
use ngram_counts::{Corpus, CountOptions, NgramCounts, Resources, Shard, Text, VocabRule};
use ngram_model::estimate::{Estimator, Scratch, Sink};
use ngram_model::smoothing::{self, Settings, Smoothing};
use ngram_model::{LanguageModel, Model};
use ngram_tokenizer::{TokenizerKind, TokenizerSpec, WordId};
use proptest::prelude::*;

#[test]
fn equals_the_naive_estimator_after_every_history() {
    for (method, settings) in ways() {
        for order in 1..=4 {
            let settings = up_to(&settings, order);
            let (model, sentences, naive) = defined(order, method, &settings);
            for history in histories(&sentences, order, model.vocab().len()) {
                for word in (0..model.vocab().len() as u32).filter(|word| *word != 1) {
                    let expected = naive.prob(&history, word);
                    let found = model.score(&ids(&history), WordId(word)).log_prob.prob();
                    assert!(
                        (found - expected).abs() <= 4e-6 * expected + 1e-12,
                        "{} of order {order}: p({word}|{history:?}) = {found}, by definition {expected}",
                        settings.describe(method)
                    );
                }
            }
        }
    }
}

/// The settings with no more minimum counts than orders.
fn up_to(settings: &Settings, order: usize) -> Settings {
    let mut settings = settings.clone();
    settings.min_counts.truncate(order);
    settings
}

/// A text small enough for the definitions and rich enough that none of them divides by 0.
fn defined(
    order: usize,
    method: &'static dyn Smoothing,
    settings: &Settings,
) -> (Model, Vec<Vec<u32>>, Naive) {
    let attempt = |seed| {
        let text = text(seed, 50, 30);
        let model = model_with(&text, order, method, settings);
        let sentences = sentences(&text, &model);
        let naive = Naive::new(&sentences, &model, method, settings);
        naive.is_defined().then_some((model, sentences, naive))
    };
    (0..1000).find_map(attempt).expect("one text in a thousand has defined discounts")
}

/// The table in f64, before it is rounded to 32 bits, and scored by its definition.
struct Exact {
    unigrams: Vec<f64>,
    shards: Vec<(Shard, Collected)>,
}

/// For each history length: the probabilities of all successors, and the back-off weights.
struct Collected(Vec<(Vec<f64>, Vec<f64>)>);

impl Sink for Collected {
    fn history(&mut self, length: usize, probs: &[f64], backoff: f64) {
        self.0[length - 1].0.extend(probs);
        self.0[length - 1].1.push(backoff);
    }
}

impl Exact {
    fn new(text: &str, order: usize, method: &dyn Smoothing, settings: &Settings) -> Exact {
        let texts = [Text::bytes("text", text.into())];
        let tokenizer = TokenizerSpec::new(TokenizerKind::Whitespace);
        let resources = Resources::default();
        let corpus = Corpus::read(&texts, &tokenizer, &VocabRule::All, &resources, &()).unwrap();
        let options = CountOptions { order, lower_orders: method.lower_orders(), resources };
        let counts = NgramCounts::count((&corpus).into(), &options, &()).unwrap();
        let words = counts.unigrams.len() as u64 - 1;
        let estimator = Estimator::fit(method, &counts.counts_of_counts, words, settings);
        let unigrams = estimator.unigrams(&counts.unigrams);
        let mut scratch = Scratch::default();
        let shards = counts.shards.into_vec().unwrap().into_iter().map(|shard| {
            let mut collected = Collected(vec![Default::default(); order - 1]);
            estimator.shard(&shard, &unigrams, &mut scratch, &mut collected);
            (shard, collected)
        });
        Exact { shards: shards.collect(), unigrams }
    }

    /// p(·|history) of all words at once: the shortest history's, overlaid by ever longer ones'.
    fn distribution(&self, history: &[u32]) -> Vec<f64> {
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

fn sums_to_one(text: &str, order: usize, method: &'static dyn Smoothing, settings: &Settings) {
    let settings = &up_to(settings, order);
    let exact = Exact::new(text, order, method, settings);
    let model = model_with(text, order, method, settings);
    let sentences = sentences(text, &model);
    for history in histories(&sentences, order, model.vocab().len()) {
        let what = format!("{} of order {order} after {history:?}", settings.describe(method));
        let before: f64 = exact.distribution(&history).iter().sum();
        let words =
            (0..model.vocab().len() as u32).map(WordId).filter(|word| *word != WordId::BEGIN);
        let history = ids(&history);
        let after: f64 = words.map(|word| model.score(&history, word).log_prob.prob()).sum();
        // Relative frequencies give nothing to lower orders, so nothing follows what was never
        // followed by anything; every other method always sums to 1.
        if method.name() == "maximum-likelihood" && after == 0.0 {
            continue;
        }
        assert!((before - 1.0).abs() < 1e-9, "{what}: {before} before rounding");
        assert!((after - 1.0).abs() < 1e-5, "{what}: {after} after rounding");
    }
}

#[test]
fn every_distribution_sums_to_one() {
    for (method, settings) in ways() {
        for order in 1..=5 {
            sums_to_one(&text(17 + order as u64, 150, 12), order, method, &settings);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Tiny texts leave discounts undefined in every way; the sums hold all the same.
    #[test]
    fn every_distribution_of_a_tiny_text_sums_to_one(
        seed in any::<u64>(), lines in 1usize..8, words in 1u64..6, order in 1usize..6,
    ) {
        let text = format!("w0\n{}", text(seed, lines, words));
        for (method, settings) in ways().into_iter().skip(seed as usize % 7).step_by(7) {
            sums_to_one(&text, order, method, &settings);
        }
    }
}

#[test]
fn the_default_method_is_modified_kneser_ney() {
    assert_eq!(smoothing::METHODS[0].name(), "modified-kneser-ney");
    assert!(smoothing::by_name("nothing").err().unwrap().to_string().contains("witten-bell"));
}
