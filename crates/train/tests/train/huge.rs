//! Counts beyond 32 bits, from count files: estimates equal the definitions, or there is an error.

use crate::definitions::{Counts, Exact, check_distribution, distribution};
use ngram_counts::{
    CountError, CountFile, CountOptions, CountOverflow, CountSet, LowerOrders, NgramCounts,
    VocabRule,
};
use ngram_edit::prune::Target;
use ngram_input::Text;
use ngram_model::{LanguageModel, Model};
use ngram_testing::naive::{Naive, NaiveCounts};
use ngram_testing::weighted::lines;
use ngram_testing::{histories, ids, ways};
use ngram_tokenizer::{TokenizerKind, TokenizerSpec, WordId};
use ngram_train::prune_counts::PruneCountsError;
use ngram_train::smoothing::{self, Settings};
use ngram_train::{TrainError, TrainOptions, train_from_counts};
use std::path::Path;
use std::sync::Arc;

/// All words but a few occur more than 2^32 times; no longer n-gram does.
const TEXT: [(&str, u64); 9] = [
    ("a b", 3_000_000_000),
    ("c a", 3_000_000_000),
    ("b a d", 4_200_000_000),
    ("e", 1),
    ("e f e", 1),
    ("f", 2),
    ("a c", 3),
    ("d d d c", 5),
    ("", 9),
];

fn file(sentences: &[(&str, u64)], order: usize) -> CountFile {
    let tokenizer = TokenizerSpec::new(TokenizerKind::Whitespace);
    CountFile::from_text("lines", lines(sentences, order).as_bytes(), &tokenizer).unwrap()
}

/// Trains on such a text and returns the file.
fn train(
    sentences: &[(&str, u64)],
    options: &TrainOptions,
    path: &Path,
) -> Result<ngram_train::Trained, TrainError> {
    train_from_counts(vec![file(sentences, options.order.max(2))], options, path, &())
}

#[test]
fn every_method_estimates_from_counts_beyond_32_bits_as_it_is_defined() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.ngram");
    for order in 1..=4 {
        let set = CountSet::new(vec![file(&TEXT, order.max(2))], &VocabRule::All).unwrap();
        let vocab = set.vocab.view();
        let numbers = |line: &str| -> Vec<u32> {
            let words = line.split(' ').filter(|word| !word.is_empty());
            words.map(|word| vocab.id_or_unknown(word).0).collect()
        };
        let sentences = TEXT.map(|(line, times)| (numbers(line), times));
        let once: Vec<Vec<u32>> = sentences.iter().map(|(words, _)| words.clone()).collect();
        let histories = histories(&once, order, vocab.len());
        for lower_orders in [LowerOrders::Raw, LowerOrders::Continuation] {
            let options = CountOptions { lower_orders, ..CountOptions::new(order) };
            let counts: Counts =
                NgramCounts::from_files(&set, &options, |_| (), &()).unwrap().into();
            let naive_counts = NaiveCounts::weighted(&sentences, order, lower_orders);
            for (way, (method, mut settings)) in ways().into_iter().enumerate() {
                if method.lower_orders() != lower_orders {
                    continue;
                }
                settings.min_counts.truncate(order);
                let what = format!("{} of order {order}", settings.describe(method));
                let naive = Naive::new(&naive_counts, vocab.len(), method, &settings);
                let exact = Exact::new(&counts, method, &settings);
                for history in &histories {
                    let found = exact.distribution(history);
                    check_distribution(&found, method, 1e-12, || what.clone());
                    for (found, expected) in found.iter().zip(naive.distribution(history).iter()) {
                        let close = (found - expected).abs() <= 1e-6 * expected + 1e-15;
                        assert!(close, "{what} after {history:?}: {found:e}, not {expected:e}");
                    }
                }
                // A file for some of them.
                if way % 5 == 0 {
                    let settings = settings.clone();
                    let options =
                        TrainOptions { order, smoothing: method, settings, ..Default::default() };
                    let trained = train(&TEXT, &options, &path).unwrap();
                    assert_eq!(trained.corpus, set.summary);
                    let model = Model::open(&path).unwrap();
                    model.verify("model").unwrap();
                    for history in &histories {
                        let found = distribution(&model, &ids(history));
                        check_distribution(&found, method, 2e-6, || what.clone());
                    }
                }
            }
        }
    }
}

/// One of two words makes up all but 2^-20 of the text, and occurs 2^45 times.
#[test]
fn weights_fitted_to_text_or_to_counts_take_all_of_a_words_count() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.ngram");
    let words: String = (0..100).map(|n| format!("rare{n}\t1\n")).collect();
    let lines = format!("often\t{}\nother\t{}\n</s>\t1\n{words}", 1u64 << 45, 1u64 << 44);
    let tokenizer = TokenizerSpec::new(TokenizerKind::Whitespace);
    let file = || CountFile::from_text("lines", lines.as_bytes(), &tokenizer).unwrap();
    let total = ((1u64 << 45) + (1 << 44) + 101) as f64;
    let held_out = [Text::bytes("held out", "other often often\n".repeat(2000).into())];
    let held_out = [Arc::default(), Arc::new(Vec::from(held_out))];
    for method in ["jelinek-mercer", "jelinek-mercer-baseline"] {
        for held_out in &held_out {
            let options = TrainOptions {
                order: 1,
                smoothing: smoothing::by_name(method).unwrap(),
                held_out: held_out.clone(),
                ..TrainOptions::default()
            };
            train_from_counts(vec![file()], &options, &path, &()).unwrap();
            let model = Model::open(&path).unwrap();
            let (_, lambda) = model.info().orders[0].parameters[0].clone();
            match held_out.is_empty() {
                true => assert_eq!(lambda, 1.0 - 102.0 / (total + 2.0)),
                // Three of four held-out tokens are words that make up the training text; the
                // fourth, `</s>`, is one of its 3 · 2^44 tokens and one of 103 words.
                false => assert!((lambda - 0.75).abs() < 0.02, "{lambda}"),
            }
            let prob = model.score(&[], WordId(3)).log_prob.prob();
            let expected = lambda * (1u64 << 45) as f64 / total + (1.0 - lambda) / 104.0;
            assert!((prob / expected - 1.0).abs() < 1e-6, "{prob} {expected}");
        }
    }
}

fn pruned(order: usize, target: Target) -> TrainOptions {
    TrainOptions { order, prune: Some(target), ..TrainOptions::default() }
}

#[test]
fn revised_pruning_passes_counts_on_exactly_or_refuses() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.ngram");
    for order in [2, 3, 4] {
        train(&TEXT, &pruned(order, Target::Share(0.5)), &path).unwrap();
        let model = Model::open(&path).unwrap();
        for history in [vec![], vec![1], vec![3], vec![0], vec![1, 3], vec![4, 3]] {
            let found = distribution(&model, &ids(&history));
            assert!((found.iter().sum::<f64>() - 1.0).abs() < 2e-6, "{history:?}");
        }
    }
    // `a b` occurs after three words; with all counts of the longer n-grams that are pruned, too often.
    let times = 2_000_000_000;
    let text = ["c a b c", "d a b d", "e a b e"].map(|line| (line, times));
    let error = train(&text, &pruned(3, Target::Threshold(1e20)), &path).unwrap_err();
    assert!(
        matches!(error, TrainError::Prune(PruneCountsError::Overflow { order: 2 })),
        "{error:?}"
    );
    assert!(error.to_string().contains("one of order 2 to a count above 4,294,967,295"), "{error}");
    // One count fewer than the limit.
    let text = text.map(|(line, _)| (line, 1_431_655_765));
    train(&text, &pruned(3, Target::Threshold(1e20)), &path).unwrap();
}

#[test]
fn an_n_gram_of_two_words_beyond_32_bits_stops_training() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.ngram");
    let half = [("a b", 1u64 << 31)];
    for (method, order) in [("modified-kneser-ney", 2), ("witten-bell", 3), ("additive", 4)] {
        let options = TrainOptions {
            order,
            smoothing: smoothing::by_name(method).unwrap(),
            settings: Settings::default(),
            ..TrainOptions::default()
        };
        let files = vec![file(&half, order), file(&half, order)];
        let error = train_from_counts(files, &options, &path, &()).unwrap_err();
        let overflow = CountOverflow::Count(2);
        assert!(
            matches!(error, TrainError::Count(CountError::Overflow(found)) if found == overflow),
            "{error:?}"
        );
    }
    assert!(!path.exists());
}
