//! Models of lists of some n-grams: by hand, sound for every method, and those of the text if nothing is missing.

use crate::definitions::{check_distribution, distribution};
use ngram_counts::{CountFile, CountTextError, PartialCounts, VocabRule};
use ngram_edit::check::{CheckOptions, check};
use ngram_model::{LanguageModel, Model};
use ngram_testing::ways;
use ngram_testing::weighted::lines;
use ngram_tokenizer::{TokenizerKind, TokenizerSpec, WordId};
use ngram_train::smoothing::{self, Convention};
use ngram_train::{OrderMethod, TrainError, TrainOptions, train_from_counts, train_from_partial};
use std::path::Path;

fn lists(lines: &str) -> PartialCounts {
    let mut lists = PartialCounts::new();
    lists.add("lines", lines.as_bytes()).unwrap();
    lists
}

fn options(method: &str, order: usize) -> TrainOptions {
    TrainOptions {
        order,
        tokenizer: TokenizerSpec::new(TokenizerKind::Whitespace),
        smoothing: smoothing::by_name(method).unwrap(),
        open: false,
        ..TrainOptions::default()
    }
}

fn model(lines: &str, options: &TrainOptions, path: &Path) -> Model {
    train_from_partial(lists(lines), options, path, &()).unwrap();
    Model::open(path).unwrap()
}

/// Returns p(word | history).
fn prob(model: &Model, words: &str) -> f64 {
    let vocab = model.vocab();
    let words: Vec<WordId> = words.split(' ').map(|word| vocab.id_or_unknown(word)).collect();
    let (word, history) = words.split_last().unwrap();
    distribution(model, history)[word.index()]
}

fn histories(model: &Model, longest: usize) -> Vec<Vec<WordId>> {
    let words = model.vocab().len() as u32;
    let mut all = vec![vec![]];
    let mut last = all.clone();
    for _ in 0..longest {
        last = last
            .iter()
            .flat_map(|history: &Vec<WordId>| {
                let begins = (0..words).map(WordId).filter(|word| {
                    *word != WordId::END && (*word != WordId::BEGIN || history.is_empty())
                });
                begins.map(move |word| [&history[..], &[word]].concat()).collect::<Vec<_>>()
            })
            .collect();
        all.extend(last.clone());
    }
    all
}

/// p(w|h) = (c(hw) + T(h) · p(w|h′)) / (C(h) + T(h)), C(h) and T(h) from the n-grams in the list.
#[test]
fn witten_bell_by_hand() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.ngram");
    let list = "the\t8\ndog\t4\ncat\t4\nthe dog\t6000000000\nthe cat\t2\ndog the\t5\n";
    let model = self::model(list, &options("witten-bell", 2), &path);
    model.verify("model").unwrap();
    let near = |ngram: &str, expected: f64| {
        let found = prob(&model, ngram);
        assert!((found - expected).abs() <= 2e-6 * expected, "{ngram}: {found} {expected}");
    };
    // Three words, 16 times, of five that can come: <unk> and </s> are the others.
    let word = |count: f64| (count + 3.0 / 5.0) / (16.0 + 3.0);
    let [the, dog, cat, other] = [8.0, 4.0, 4.0, 0.0].map(word);
    near("the the", 2.0 * the / 6_000_000_004.0);
    near("the dog", (6e9 + 2.0 * dog) / 6_000_000_004.0);
    near("the cat", (2.0 + 2.0 * cat) / 6_000_000_004.0);
    near("the </s>", 2.0 * other / 6_000_000_004.0);
    near("dog the", (5.0 + the) / 6.0);
    near("dog dog", dog / 6.0);
    near("cat the", the);
    near("cat fox", other);

    // A list of pairs alone: the words come as often as the pairs show, the 6e9 + 2 times, dog 6e9, cat twice.
    let model = self::model("the dog\t6000000000\nthe cat\t2\n", &options("witten-bell", 2), &path);
    let cat = (2.0 + 3.0 / 5.0) / (12_000_000_004.0 + 3.0);
    let expected = (2.0 + 2.0 * cat) / 6_000_000_004.0;
    let found = prob(&model, "the cat");
    assert!((found - expected).abs() <= 2e-6 * expected, "{found} {expected}");
}

/// Relative frequencies, and Katz's rule that raises a total by as much as nothing is left.
#[test]
fn other_methods_by_hand() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.ngram");
    let list = "the dog\t6000000000\nthe cat\t3000000000\n";
    let found = model(list, &options("maximum-likelihood", 2), &path);
    assert!((prob(&found, "the dog") - 2.0 / 3.0).abs() < 1e-6);
    // One is added to each of five words: the, dog, cat, <unk> and </s>.
    let found = model(list, &options("additive", 2), &path);
    let expected = 1.0 / 9_000_000_005.0;
    assert!((prob(&found, "the the") - expected).abs() < 1e-6 * expected);
    // D = 0.5 of each of two: 1 in 9e9 is left for the words by their own counts.
    let mut settings = options("absolute", 2);
    settings.settings.discount = Some(0.5);
    let found = model(list, &settings, &path);
    let word = (9e9 - 0.5) / 18e9 + (3.0 * 0.5 / 18e9) / 5.0;
    let expected = word / 9e9;
    assert!((prob(&found, "the the") - expected).abs() < 2e-6 * expected);
    for (method, convention) in [
        ("katz", Convention::Exact),
        ("katz", Convention::Srilm),
        ("good-turing", Convention::Exact),
    ] {
        let mut options = options(method, 2);
        options.settings.convention = convention;
        let found = model(list, &options, &path);
        let [dog, cat] = ["the dog", "the cat"].map(|ngram| prob(&found, ngram));
        assert!((dog / cat - 2.0).abs() < 1e-5 && dog < 2.0 / 3.0, "{dog} {cat}");
    }
}

/// N-grams of three words whose shorter ones are missing or contradict them, and counts beyond 32 bits.
const SCATTERED: &str = "the dog sat\t5000000000\nthe dog ran\t3\na dog ran\t6000000000\n<s> the cat\t5\n\
    a cat\t3\ncat </s>\t6\nzebra\t17\nthe cat\t1\nthm dog sat\t1\nsat on the\t2\non\t1\n<unk> the\t2\n";

#[test]
fn every_method_sums_to_1_after_every_history() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.ngram");
    let mut models = 0;
    for order in 1..=3 {
        for (method, mut settings) in ways() {
            settings.min_counts.truncate(order);
            let what = format!("{} of order {order}", settings.describe(method));
            let options =
                TrainOptions { smoothing: method, settings, ..options("witten-bell", order) };
            let model = model(SCATTERED, &options, &path);
            model.verify("model").expect(&what);
            for history in histories(&model, 2) {
                let found = distribution(&model, &history);
                check_distribution(&found, method, 5e-6, || format!("{what} after {history:?}"));
            }
            models += 1;
        }
    }
    assert!(models > 100, "{models}");
}

/// Lists that lack nothing make the model of the text.
#[test]
fn whole_lists_make_the_model_of_the_text() {
    let folder = tempfile::tempdir().unwrap();
    let [path, part] = ["whole", "part"].map(|name| folder.path().join(name));
    let text = [("a b", 3), ("b a d", 2), ("e", 1), ("a b d a b", 1), ("", 2), ("d d c", 1)];
    let lines: String = (1..=3)
        .flat_map(|order| match order {
            1 => vec!["<s>\t10\n</s>\t10\na\t7\nb\t7\nd\t5\ne\t1\nc\t1\n".to_owned()],
            2 => vec![self::lines(&text, 2)],
            _ => vec![
                self::lines(&text, 3)
                    .lines()
                    .filter(|line| line.split(' ').count() == 3)
                    .fold(String::new(), |all, line| all + line + "\n"),
            ],
        })
        .collect();
    for (method, mut settings) in ways() {
        settings.min_counts.truncate(3);
        let what = settings.describe(method);
        let options = TrainOptions { smoothing: method, settings, ..options("katz", 3) };
        let file = CountFile::from_text("lines", lines.as_bytes(), &options.tokenizer).unwrap();
        train_from_counts(vec![file], &options, &path, &()).unwrap();
        let whole = Model::open(&path).unwrap();
        let some = model(&lines, &options, &part);
        assert_eq!(whole.info().orders, some.info().orders, "{what}");
        for history in histories(&whole, 2) {
            assert_eq!(distribution(&whole, &history), distribution(&some, &history), "{what}");
        }
    }
}

#[test]
fn what_cannot_be_done_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.ngram");
    let train = |lines: &str, options: &TrainOptions| {
        train_from_partial(lists(lines), options, &path, &()).map(|_| ()).unwrap_err()
    };
    let error = train("a b\t3\n", &options("witten-bell", 3));
    assert!(error.to_string().contains("order 3 is above 2"), "{error}");
    let error = train("</s>\t3\n", &options("witten-bell", 1));
    assert!(matches!(error, TrainError::CountText(CountTextError::Empty(_))), "{error}");
    let mut pruned = options("kneser-ney", 2);
    pruned.prune = Some(ngram_edit::prune::Target::Threshold(0.5));
    assert!(matches!(train("a b\t3\n", &pruned), TrainError::PartialOption(_)));
    let rare = TrainOptions { vocab: VocabRule::MinCount(9), ..options("witten-bell", 1) };
    assert!(train("a b\t3\n", &rare).to_string().contains("no counts"));
    assert!(!path.exists());
}

/// Words that come as often before others as after others, and yet `thm dog` is missing, and `the dog` leads nowhere.
#[test]
fn counts_that_contradict_each_other_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.ngram");
    let lines = "<s> the\t1\n<s> the dog\t1\nthm dog sat\t1\ndog sat </s>\t1\n";
    let tokenizer = TokenizerSpec::new(TokenizerKind::Whitespace);
    for method in ["witten-bell", "kneser-ney"] {
        let file = CountFile::from_text("lines", lines.as_bytes(), &tokenizer).unwrap();
        let found = train_from_counts(vec![file], &options(method, 3), &path, &()).map(|_| ());
        let error = found.unwrap_err();
        let TrainError::Incomplete { order: 2, ngram, longer } = &error else { panic!("{error}") };
        assert_eq!((&ngram[..], &longer[..]), ("thm dog", "thm dog sat"));
        assert!(error.to_string().contains("\"thm dog\" is missing"), "{error}");
        assert!(!path.exists());
    }
}

/// Lists that contradict themselves train to a sound model, or are refused.
#[test]
fn contradictory_lists_train_to_sound_models_or_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.ngram");
    let mut trained = 0;
    for list in [
        "the dog\t1\n",
        "the dog\t1\nthm dog sat\t1\n",
        "<s>\t0\n",
        "<s>\t0\nthe\t1\n",
        "the\t0\nthe dog\t7\n",
        "the\t1\nthe dog\t1000000\n",
        "the dog sat\t1\n<s>\t0\nthe dog\t0\n",
        "</s>\t5\n",
        "</s> the\t5\nthe\t1\n",
        "the <s>\t5\nthe\t1\n",
        "<s> <s> the\t5\nthe\t2\n",
        "<unk>\t9\n<unk> <unk>\t9\n",
        "the\t18446744073709551615\n",
        "the the the\t18446744073709551615\ndog\t1\n",
    ] {
        for method in smoothing::METHODS {
            for order in 1..=3 {
                let mut lists = PartialCounts::new();
                if lists.add("lines", list.as_bytes()).is_err() {
                    continue;
                }
                let options = options(method.name(), order);
                if train_from_partial(lists, &options, &path, &()).is_err() {
                    continue;
                }
                trained += 1;
                let model = Model::open(&path).unwrap();
                model.verify("model").unwrap();
                let report = check(&model, "model", &CheckOptions::default());
                let what = (list, method.name(), order);
                assert!(report.is_sound(), "{what:?}: {:?}", report.findings);
            }
        }
    }
    assert!(trained > 80, "{trained}");
}

#[test]
fn a_method_an_order_takes_the_counts_that_it_needs() {
    let folder = tempfile::tempdir().unwrap();
    let lines = "a b\t3\na c\t2\nb c\t4\nc\t9\nb a\t1\n";
    let raw = options("witten-bell", 2);
    let method =
        OrderMethod { smoothing: raw.smoothing, settings: raw.settings.clone(), parameters: None };
    // The method for the whole model would take continuation counts.
    let by_order =
        TrainOptions { by_order: vec![method.clone(), method], ..options("kneser-ney", 2) };
    let [whole, each] = [("whole", &raw), ("each", &by_order)]
        .map(|(name, options)| model(lines, options, &folder.path().join(name)));
    for words in ["a", "b", "c", "a b", "a c", "c a", "b c"] {
        assert_eq!(prob(&whole, words), prob(&each, words), "{words}");
    }
}
