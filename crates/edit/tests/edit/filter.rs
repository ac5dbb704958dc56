//! Models with another vocabulary, and without improbable n-grams: figures worked by hand, and sums.

use ngram_edit::check::{CheckOptions, check};
use ngram_edit::filter::{FilterOptions, FilteredModel, Leftover, ModelFilterError, filter};
use ngram_edit::prune::low::drop_improbable;
use ngram_formats::arpa::ReadOptions;
use ngram_formats::import;
use ngram_model::{AnyModel, ConvertOptions, LanguageModel, Layout, Model};
use ngram_testing::trained::{model, options};
use ngram_tokenizer::{TokenizerKind, TokenizerSpec, WordId};
use ngram_train::TrainOptions;
use ngram_train::smoothing::METHODS;

fn imported(arpa: &str) -> Model {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.ngram");
    let tokenizer = TokenizerSpec::new(TokenizerKind::Whitespace);
    import(arpa.as_bytes(), "arpa", &ReadOptions::default(), tokenizer, &path).unwrap();
    Model::open(&path).unwrap()
}

/// Builds an ARPA file from n-grams with probabilities and back-off weights.
fn arpa(orders: &[&[(&str, f64, f64)]]) -> String {
    let heads = (1..).zip(orders).map(|(n, list)| format!("ngram {n}={}\n", list.len()));
    let mut text = format!("\\data\\\n{}", heads.collect::<String>());
    for (n, list) in (1..).zip(orders) {
        text += &format!("\n\\{n}-grams:\n");
        for (ngram, p, weight) in *list {
            text += &format!("{}\t{ngram}\t{}\n", p.log10().max(-99.0), weight.log10());
        }
    }
    text + "\n\\end\\\n"
}

/// After a: b 0.5 and c 0.2, so a's weight is 0.3 / 0.6. After "a b": c 0.6, so 0.4 / 0.85.
fn toy() -> Model {
    imported(&arpa(&[
        &[
            ("<unk>", 0.1, 1.0),
            ("<s>", 0.0, 3.0 / 7.0),
            ("</s>", 0.2, 1.0),
            ("a", 0.3, 0.5),
            ("b", 0.25, 1.0),
            ("c", 0.15, 1.0),
        ],
        &[("<s> a", 0.7, 1.0), ("a b", 0.5, 0.4 / 0.85), ("a c", 0.2, 1.0)],
        &[("a b c", 0.6, 1.0)],
    ]))
}

const KEEP: FilterOptions<'_> =
    FilterOptions { words: None, unknown: true, add: None, leftover: Leftover::Unknown };

fn filtered(model: &Model, words: &[&str], options: FilterOptions<'_>) -> (Model, FilteredModel) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("filtered.ngram");
    let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    let options = FilterOptions { words: Some(&words), ..options };
    let told = filter(model, &options, &ConvertOptions::default(), &path, &()).unwrap();
    (Model::open(&path).unwrap(), told)
}

fn p(model: &Model, history: &str, word: &str) -> f64 {
    let id = |word: &str| model.vocab().id_or_unknown(word);
    let history: Vec<WordId> = history.split_whitespace().map(id).collect();
    model.score(&history, id(word)).log_prob.prob()
}

#[track_caller]
fn near(model: &Model, expected: &[(&str, &str, f64)]) {
    for (history, word, expected) in expected {
        let found = p(model, history, word);
        assert!((found - expected).abs() < 1e-6, "p({word}|{history}) = {found}, not {expected}");
    }
}

#[track_caller]
fn sound(model: &Model) {
    let report = check(model, "model", &CheckOptions::default());
    assert!(report.is_sound(), "{report:?}");
}

#[test]
fn words_left_out_are_unknown_from_now_on() {
    let (model, told) = filtered(&toy(), &["a", "b", "zebra"], KEEP);
    sound(&model);
    assert_eq!((told.left_out, told.lacking, told.added, told.vocab_len), (1, 1, 0, 5));
    assert!((told.freed - 0.15).abs() < 1e-6);
    // After a, 0.5 are left for the 0.75 of all words but b. No word is left after "a b".
    let third = 2.0 / 3.0;
    near(
        &model,
        &[
            ("", "<unk>", 0.25),
            ("", "c", 0.25),
            ("", "a", 0.3),
            ("<s>", "a", 0.7),
            ("<s>", "b", 0.25 * 3.0 / 7.0),
            ("a", "b", 0.5),
            ("a", "c", 0.25 * third),
            ("a", "</s>", 0.2 * third),
            ("a b", "<unk>", 0.25),
            ("a b", "a", 0.3),
        ],
    );
    let ngrams: Vec<u64> = model.info().orders.iter().map(|order| order.ngrams).collect();
    assert_eq!(ngrams, [5, 2, 0]);
}

#[test]
fn new_words_divide_a_share_of_the_unknown_word() {
    let add = FilterOptions { add: Some(0.4), ..KEEP };
    let (model, told) = filtered(&toy(), &["d", "b", "a", "e", "d"], add);
    sound(&model);
    assert_eq!((told.left_out, told.lacking, told.added, told.vocab_len), (1, 2, 2, 7));
    let third = 2.0 / 3.0;
    near(
        &model,
        &[
            ("", "<unk>", 0.15),
            ("", "d", 0.05),
            ("", "e", 0.05),
            ("a", "d", 0.05 * third),
            ("d", "a", 0.3),
            ("a", "<unk>", 0.15 * third),
        ],
    );
    // With a share of 0 they have no probability, and with 1 <unk> has none.
    let (none, _) = filtered(&toy(), &["a", "b", "d"], FilterOptions { add: Some(0.0), ..KEEP });
    let (all, _) = filtered(&toy(), &["a", "b", "d"], FilterOptions { add: Some(1.0), ..KEEP });
    sound(&none);
    sound(&all);
    near(&none, &[("", "d", 0.0), ("", "<unk>", 0.25), ("a", "d", 0.0)]);
    near(&all, &[("", "d", 0.25), ("", "<unk>", 0.0), ("a", "d", 0.25 * third)]);
}

/// As the manual of SRILM's `change-lm-vocab` has it, and `ngram -renorm` does: what single words
/// leave is for words without any probability, or else for all.
#[test]
fn what_is_left_can_be_for_the_words() {
    let words = FilterOptions { leftover: Leftover::Words, ..KEEP };
    let (model, _) = filtered(&toy(), &["a", "b"], words);
    sound(&model);
    let weight = 0.5 / (1.0 - 0.2875);
    near(
        &model,
        &[
            ("", "<unk>", 0.1375),
            ("", "</s>", 0.2375),
            ("", "a", 0.3375),
            ("", "b", 0.2875),
            ("a", "b", 0.5),
            ("a", "a", 0.3375 * weight),
        ],
    );
    let (model, _) = filtered(&toy(), &["a", "b", "d"], FilterOptions { add: Some(0.0), ..words });
    sound(&model);
    near(&model, &[("", "d", 0.15), ("", "a", 0.3), ("", "<unk>", 0.1), ("a", "d", 0.1)]);
    // Without <unk>, a quarter is left for three words.
    let closed = FilterOptions { unknown: false, ..words };
    let (model, _) = filtered(&toy(), &["a", "b"], closed);
    sound(&model);
    near(&model, &[("", "<unk>", 0.0), ("", "b", 1.0 / 3.0), ("", "</s>", 0.2 + 0.25 / 3.0)]);
}

#[test]
fn numbers_can_stay_as_they_are() {
    let unchanged = FilterOptions { leftover: Leftover::Unchanged, add: Some(0.5), ..KEEP };
    let (model, _) = filtered(&toy(), &["b", "a", "d"], unchanged);
    near(
        &model,
        &[
            ("", "<unk>", 0.1),
            ("", "d", 0.0),
            ("a", "b", 0.5),
            ("a", "a", 0.3 * 0.5),
            ("a b", "a", 0.3 * 0.4 / 0.85),
        ],
    );
}

/// "a" is the first word of a trigram whose other words stay.
#[test]
fn an_ngram_goes_with_any_of_its_words() {
    let (model, _) = filtered(&toy(), &["b", "c"], KEEP);
    sound(&model);
    near(&model, &[("", "<unk>", 0.4), ("<s>", "a", 0.4), ("a b", "c", 0.15), ("b", "c", 0.15)]);
    let ngrams: Vec<u64> = model.info().orders.iter().map(|order| order.ngrams).collect();
    assert_eq!(ngrams, [5, 0, 0]);
}

#[test]
fn nonsense_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("filtered.ngram");
    let model = toy();
    let refused = |words: &[String], add| {
        let options = FilterOptions { words: Some(words), add, ..KEEP };
        filter(&model, &options, &ConvertOptions::default(), &path, &()).unwrap_err()
    };
    let words = ["A".to_owned(), "B".to_owned()];
    assert!(matches!(refused(&words, None), ModelFilterError::NoWord(2)));
    for share in [-0.1, 1.1, f64::NAN] {
        assert!(matches!(refused(&words, Some(share)), ModelFilterError::Share(_)));
    }
    assert!(!path.exists());
}

/// For every method: all sums are 1, n-grams that stay keep their probabilities, and the file is the
/// same in every layout but for the layout.
#[test]
fn every_method_stays_sound() {
    for method in METHODS {
        for open in [false, true] {
            let options = TrainOptions { smoothing: method, open, ..options() };
            let AnyModel::Table(before) = model(None, &options) else { panic!("no table") };
            let words = ["w1", "w3", "w4", "w11", "new", "w0"];
            for leftover in [Leftover::Unknown, Leftover::Words] {
                let add = Some(0.25);
                let (after, _) = filtered(&before, &words, FilterOptions { add, leftover, ..KEEP });
                sound(&after);
                let whole = before.table().unwrap();
                let view = whole.view();
                let mut same = 0;
                for history in 0..before.vocab().len() as u32 {
                    for (word, log_prob) in view.levels[0].successors(history as usize) {
                        let words = [WordId(history), word].map(|id| before.vocab().word(id));
                        let [Some(h), Some(w)] = words.map(|word| after.vocab().id(word)) else {
                            continue;
                        };
                        let found = after.score(&[h], w).log_prob.0;
                        // Unless no other word is left to be predicted after the history.
                        same += usize::from((found - log_prob).abs() < 1e-6);
                    }
                }
                assert!(same >= 10, "{}: {same}", method.name());
            }
        }
    }
}

/// b after a has 0.05, where backing off would give it 0.75 · 0.25. Without it 0.5 are left for 0.85.
/// "a b" is still the history of c, so it stays, with the probability of backing off.
#[test]
fn ngrams_below_their_backoff_go() {
    let model = imported(&arpa(&[
        &[
            ("<unk>", 0.1, 1.0),
            ("<s>", 0.0, 1.0),
            ("</s>", 0.2, 1.0),
            ("a", 0.3, 0.45 / 0.6),
            ("b", 0.25, 1.0),
            ("c", 0.15, 1.0),
        ],
        &[("a b", 0.05, 0.4 / 0.85), ("a c", 0.5, 1.0)],
        &[("a b c", 0.6, 1.0)],
    ]));
    sound(&model);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("low.ngram");
    let layout = ConvertOptions { layout: Layout::Table, quantize: None };
    let low = |least| drop_improbable(&model, least, &layout, &path, &());
    let info = low(2).unwrap();
    let found = Model::open(&path).unwrap();
    sound(&found);
    let weight = 0.5 / 0.85;
    near(
        &found,
        &[
            ("a", "b", 0.25 * weight),
            ("a", "c", 0.5),
            ("a", "a", 0.3 * weight),
            ("a b", "c", 0.6),
            ("a b", "a", 0.3 * 0.4 / 0.85),
        ],
    );
    assert_eq!(info.orders.iter().map(|order| order.ngrams).collect::<Vec<_>>(), [6, 2, 1]);
    // Only trigrams: nothing goes.
    low(3).unwrap();
    near(&Model::open(&path).unwrap(), &[("a", "b", 0.05), ("a", "a", 0.3 * 0.75)]);
    assert!(low(1).is_err() && low(4).is_err());
}

/// A trigram that is below its back-off only once a bigram is gone: after "<s> a", b has 0.1; it
/// backs off to 0.05 · 1.0 at first, then to 0.1875.
#[test]
fn what_goes_counts_for_longer_ngrams() {
    let weight = 0.9 / 0.95;
    let model = imported(&arpa(&[
        &[
            ("<unk>", 0.1, 1.0),
            ("<s>", 0.0, 1.0),
            ("</s>", 0.2, 1.0),
            ("a", 0.3, 0.45 / 0.6),
            ("b", 0.25, 1.0),
            ("c", 0.15, 1.0),
        ],
        &[("<s> a", 0.3, weight), ("a b", 0.05, 1.0), ("a c", 0.5, 1.0)],
        &[("<s> a b", 0.1, 1.0)],
    ]));
    sound(&model);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("low.ngram");
    let info = drop_improbable(&model, 2, &ConvertOptions::default(), &path, &()).unwrap();
    let found = Model::open(&path).unwrap();
    sound(&found);
    let bigram = 0.25 * 0.5 / 0.85;
    near(&found, &[("a", "b", bigram), ("<s> a", "b", bigram), ("<s> a", "c", 0.5)]);
    // Each n-gram that is left is at least as probable as by backing off.
    assert_eq!(info.orders.iter().map(|order| order.ngrams).collect::<Vec<_>>(), [6, 2, 0]);
}
