//! Results never depend on the number of threads, nor on memory; work can be stopped.

use ngram_counts::{
    CorpusError, CountError, Progress, Resources, SampleError, Shares, Text, VocabRule,
};
use ngram_model::smoothing::{self, Combine, METHODS, Settings};
use ngram_model::{LanguageModel, Model, TrainError, TrainOptions, train};
use ngram_tokenizer::{TokenizerKind, TokenizerSpec, WordId};
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The bytes of the model that so many threads train.
fn file(texts: &[Text], options: &TrainOptions, threads: usize) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.ngram");
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(|| train(texts, options, &path, &())).unwrap();
    fs::read(path).unwrap()
}

#[test]
fn models_are_the_same_byte_for_byte() {
    // Several texts of several seeds, so that threads meet the words in any sequence.
    let texts: Vec<Text> = (0..12)
        .map(|seed| Text::bytes("text", crate::common::text(seed, 3000, 400).into_bytes()))
        .collect();
    let rules = [VocabRule::All, VocabRule::MinCount(20), VocabRule::MaxWords(100)];
    for method in METHODS {
        for (order, vocab) in [1, 2, 5].into_iter().zip(&rules) {
            let options = TrainOptions {
                order,
                tokenizer: TokenizerSpec::new(TokenizerKind::Whitespace),
                vocab: vocab.clone(),
                smoothing: method,
                ..TrainOptions::default()
            };
            let one = file(&texts, &options, 1);
            for threads in [2, 7] {
                // More than once, as threads do not take turns the same way twice.
                for _ in 0..2 {
                    let other = file(&texts, &options, threads);
                    assert!(other == one, "{}, order {order}, {threads}", method.name());
                }
            }
        }
    }
}

#[test]
fn memory_changes_no_byte() {
    let texts: Vec<Text> = (0..4)
        .map(|seed| Text::bytes("text", crate::common::text(seed, 1500, 300).into_bytes()))
        .collect();
    let folder = tempfile::tempdir().unwrap();
    for (method, order) in METHODS.into_iter().zip([5, 2, 9, 20, 3, 1, 4, 2, 3, 1]) {
        let options = |shares: Option<Shares>| TrainOptions {
            order,
            tokenizer: TokenizerSpec::new(TokenizerKind::Whitespace),
            smoothing: method,
            resources: Resources {
                temp_dir: folder.path().to_owned(),
                shares,
                ..Resources::default()
            },
            ..TrainOptions::default()
        };
        let unbounded = file(&texts, &options(None), 2);
        // Everything in files, a word or two a round; ids in memory; counts in memory, for a while.
        for (ids, keys, counts) in [(0, 0, 0), (u64::MAX, 100_000, 0), (0, 1 << 20, 200_000)] {
            for threads in [1, 2, 7] {
                let bounded = file(&texts, &options(Some(Shares { ids, keys, counts })), threads);
                let name = method.name();
                assert!(bounded == unbounded, "{name}: {ids}, {keys}, {counts}, {threads} threads");
            }
        }
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "temporary files stay");
}

#[test]
fn neither_changes_what_is_dropped_nor_what_a_held_out_text_says() {
    let texts: Vec<Text> = (0..4)
        .map(|seed| Text::bytes("text", crate::common::text(seed, 1500, 300).into_bytes()))
        .collect();
    let held_out = Text::bytes("held out", crate::common::text(9, 1000, 300).into_bytes());
    let held_out = Arc::new(vec![held_out]);
    let folder = tempfile::tempdir().unwrap();
    let resources =
        |shares| Resources { temp_dir: folder.path().to_owned(), shares, ..Resources::default() };
    let fitted = TrainOptions {
        smoothing: smoothing::by_name("jelinek-mercer").unwrap(),
        held_out,
        ..TrainOptions::default()
    };
    let settings = Settings {
        min_counts: vec![1, 2, 1, 2],
        combine: Some(Combine::BackOff),
        ..Settings::default()
    };
    let dropped = TrainOptions { settings, ..TrainOptions::default() };
    for options in [fitted, dropped] {
        let with = |shares| TrainOptions {
            tokenizer: TokenizerSpec::new(TokenizerKind::Whitespace),
            resources: resources(shares),
            ..options.clone()
        };
        let one = file(&texts, &with(None), 1);
        for shares in [None, Some(Shares { ids: 0, keys: 0, counts: 0 })] {
            for threads in [2, 7] {
                let name = options.smoothing.name();
                assert!(file(&texts, &with(shares), threads) == one, "{name}, {threads}");
            }
        }
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "temporary files stay");
}

/// Stops work at the nth time that it asks.
struct StopsAt(AtomicUsize);

impl Progress for StopsAt {
    fn begin(&self, _: &str, _: Option<u64>, _: &str) {}
    fn advance(&self, _: u64) {}
    fn end(&self) {}
    fn cancelled(&self) -> bool {
        // One that asks after it was told would count anew.
        self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1)).is_err()
    }
}

#[test]
fn work_can_be_stopped_at_any_point_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("model.ngram");
    let options = TrainOptions {
        resources: Resources {
            temp_dir: folder.path().to_owned(),
            shares: Some(Shares { ids: 0, keys: 0, counts: 0 }),
            ..Resources::default()
        },
        ..TrainOptions::default()
    };
    let mut times = 0;
    let trained = loop {
        let texts = [Text::bytes("text", crate::common::text(1, 40, 30).into_bytes())];
        match train(&texts, &options, &output, &StopsAt(AtomicUsize::new(times))) {
            Ok(trained) => break trained,
            Err(error) => assert!(
                matches!(
                    error,
                    TrainError::Cancelled(_)
                        | TrainError::Corpus(CorpusError::Cancelled(_))
                        | TrainError::Count(CountError::Cancelled(_))
                        | TrainError::Sample(SampleError::Cancelled(_))
                ),
                "{error:?}"
            ),
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "litter, {times}");
        times += 1;
    };
    // While reading, counting and estimating.
    assert!(times > 50, "{times}");
    assert!(trained.temporary > 0);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_model_gives_many_threads_the_scores_it_gives_one() {
    let text = crate::common::text(1, 2000, 300);
    let model: Model = crate::common::model(&text, 4, METHODS[0]);
    let held_out = crate::common::text(2, 500, 300);
    let sentences: Vec<Vec<WordId>> = crate::common::sentences(&held_out, &model)
        .into_iter()
        .map(|words| words.into_iter().map(WordId).collect())
        .collect();
    let score_all = || {
        let mut all = Vec::new();
        let mut scores = Vec::new();
        for sentence in &sentences {
            model.score_sentence(sentence, &mut scores);
            all.extend_from_slice(&scores);
        }
        all
    };
    let one = score_all();
    let words: usize = sentences.iter().map(Vec::len).sum();
    assert_eq!(one.len(), words + sentences.len());
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..7).map(|_| scope.spawn(score_all)).collect();
        for thread in threads {
            assert!(thread.join().unwrap() == one);
        }
    });
}
