//! Results never depend on the number of threads or on memory, and work can be stopped.

use ngram_counts::{CorpusError, CountError, CountFile, VocabRule};
use ngram_input::{SampleError, Text};
use ngram_model::{ConvertOptions, LanguageModel, Model, convert};
use ngram_store::{Progress, Resources, Shares};
use ngram_tokenizer::{TokenizerKind, TokenizerSpec, WordId};
use ngram_train::smoothing::{self, Combine, METHODS, Settings};
use ngram_train::{TrainError, TrainOptions, Trained, train, train_from_counts};
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Runs `work` with this many threads; returns the bytes of the model, and of temporary files.
fn made(
    threads: usize,
    work: impl FnOnce(&Path) -> Result<Trained, TrainError> + Send,
) -> (Vec<u8>, u64) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.ngram");
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let trained = pool.install(|| work(&path)).unwrap();
    (fs::read(path).unwrap(), trained.temporary)
}

/// Returns the bytes of the model that this many threads train.
fn file(texts: &[Text], options: &TrainOptions, threads: usize) -> Vec<u8> {
    made(threads, |path| train(texts, options, path, &())).0
}

/// No limit; everything in files, a word or two per round; ids in memory; some of the counts in memory.
const MEMORY: [Option<Shares>; 4] = [
    None,
    Some(Shares { ids: 0, keys: 0, counts: 0 }),
    Some(Shares { ids: u64::MAX, keys: 20_000, counts: 0 }),
    Some(Shares { ids: 0, keys: 1 << 17, counts: 50_000 }),
];

/// For each method and order, all combinations of threads and memory, and all ways to pass a text.
#[test]
fn no_combination_of_order_threads_memory_and_smoothing_changes_a_byte() {
    // Several texts with different seeds, so that threads meet the words in any order.
    let parts: Vec<String> = (0..8).map(|seed| ngram_testing::text(seed, 300, 200)).collect();
    let bytes = |part: &String| Text::bytes("text", part.clone().into_bytes());
    let texts: Vec<Text> = parts.iter().map(bytes).collect();
    let tokenizer = TokenizerSpec::new(TokenizerKind::Whitespace);
    let folder = tempfile::tempdir().unwrap();
    let rules = [VocabRule::All, VocabRule::MinCount(3), VocabRule::All, VocabRule::MaxWords(60)];
    let mut combinations = 0;
    let mut other_ways = 0;
    for (method, high) in METHODS.into_iter().zip([9, 4, 20, 6].into_iter().cycle()) {
        for (order, vocab) in [1, 2, 3, high].into_iter().zip(&rules) {
            let options = |shares| TrainOptions {
                order,
                tokenizer: tokenizer.clone(),
                vocab: vocab.clone(),
                smoothing: method,
                resources: Resources {
                    temp_dir: folder.path().to_owned(),
                    shares,
                    ..Resources::default()
                },
                ..TrainOptions::default()
            };
            let one = file(&texts, &options(None), 1);
            for memory in MEMORY {
                let options = options(memory);
                let what = |threads: usize| {
                    format!("{}, order {order}, {memory:?}, {threads} threads", method.name())
                };
                for threads in [1, 2, 7] {
                    let (other, temporary) =
                        made(threads, |path| train(&texts, &options, path, &()));
                    assert!(other == one, "{}", what(threads));
                    let spills = memory
                        .is_some_and(|shares| shares.ids == 0 || order > 1 && shares.counts == 0);
                    assert_eq!(temporary > 0, spills, "{}", what(threads));
                    combinations += 1;
                }
                // All of it in one piece, as from standard input, counted in parts.
                let whole = std::io::Cursor::new(parts.concat());
                let whole = [Text::stream("stream", Box::new(whole))];
                assert!(file(&whole, &options, 2) == one, "a stream, {}", what(2));
                let pieces: Vec<String> = parts.chunks(3).map(<[String]>::concat).collect();
                let files: Vec<CountFile> = pieces
                    .iter()
                    .map(|part| ngram_testing::counted(part, &tokenizer, order))
                    .collect();
                let (other, _) = made(2, |path| train_from_counts(files, &options, path, &()));
                assert!(other == one, "count files, {}", what(2));
                other_ways += 2;
            }
        }
    }
    assert_eq!((combinations, other_ways), (13 * 4 * 4 * 3, 13 * 4 * 4 * 2));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "temporary files stay");
}

#[test]
fn neither_changes_what_is_dropped_nor_what_a_held_out_text_says() {
    let texts: Vec<Text> = (0..4)
        .map(|seed| Text::bytes("text", ngram_testing::text(seed, 1500, 300).into_bytes()))
        .collect();
    let held_out = Text::bytes("held out", ngram_testing::text(9, 1000, 300).into_bytes());
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

/// Stops work at its nth check.
struct StopsAt(AtomicUsize);

impl Progress for StopsAt {
    fn begin(&self, _: &str, _: Option<u64>, _: &str) {}
    fn advance(&self, _: u64) {}
    fn end(&self) {}
    fn cancelled(&self) -> bool {
        // Stays at 0: a plain subtraction would wrap at the next check.
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
        let texts = [Text::bytes("text", ngram_testing::text(1, 40, 30).into_bytes())];
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
    let text = ngram_testing::text(1, 2000, 300);
    let model: Model = ngram_testing::model(&text, 4, METHODS[0]);
    let held_out = ngram_testing::text(2, 500, 300);
    let sentences: Vec<Vec<WordId>> = ngram_testing::sentences(&held_out, &model)
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

/// Back-off weights find their n-grams: a model written part by part is the file that its table makes.
#[test]
fn a_model_is_the_file_that_its_table_makes() {
    let folder = tempfile::tempdir().unwrap();
    let (path, again) = (folder.path().join("model.ngram"), folder.path().join("again.ngram"));
    let texts = [Text::bytes("text", ngram_testing::text(5, 3000, 200).into_bytes())];
    for order in 1..=6 {
        for open in [false, true] {
            let options = TrainOptions { order, open, ..TrainOptions::default() };
            train(&texts, &options, &path, &()).unwrap();
            let model = Model::open(&path).unwrap();
            convert(&model, &ConvertOptions::default(), &again).unwrap();
            assert!(fs::read(&path).unwrap() == fs::read(&again).unwrap(), "order {order}");
        }
    }
}
