//! A method an order: worked by hand, and sums.

use ngram_edit::check::{CheckOptions, check};
use ngram_input::Text;
use ngram_model::{LanguageModel, Model};
use ngram_testing::{model_of, text};
use ngram_tokenizer::{TokenizerKind, TokenizerSpec, WordId};
use ngram_train::smoothing::{Combine, Convention, METHODS, Settings, by_name};
use ngram_train::{OrderMethod, TrainOptions, train};

fn method(name: &str) -> OrderMethod {
    let smoothing = by_name(name).unwrap();
    OrderMethod { smoothing, settings: Settings::default(), parameters: None }
}

fn options(methods: &[OrderMethod]) -> TrainOptions {
    TrainOptions {
        order: methods.len(),
        tokenizer: TokenizerSpec::new(TokenizerKind::Whitespace),
        by_order: methods.to_vec(),
        open: false,
        ..TrainOptions::default()
    }
}

fn p(model: &Model, history: &str, word: &str) -> f64 {
    let id = |word: &str| model.vocab().id_or_unknown(word);
    let history: Vec<WordId> = history.split_whitespace().map(id).collect();
    model.score(&history, id(word)).log_prob.prob()
}

const TOY: &str = "a b c\na b c\na b a\n";

/// Single words by Witten–Bell occur 12 times, of 4 kinds, and `<unk>` is a fifth word: a gets
/// 4/16 + (4/16)/5. Bigrams by Kneser–Ney with D = ½: after b, c and a each have one kind of history, so
/// c gets ¼ + ½ · 0.175. Trigrams by Witten–Bell: after "a b", c was seen twice and a once, so c gets
/// 2/5 + 2/5 · 0.3375.
#[test]
fn worked_by_hand() {
    let kneser_ney = OrderMethod { parameters: Some(vec![0.5]), ..method("kneser-ney") };
    let methods = [method("witten-bell"), kneser_ney, method("witten-bell")];
    for convention in [Convention::Exact, Convention::Srilm] {
        let settings = Settings { convention, ..Settings::default() };
        let model = model_of(TOY, &TrainOptions { settings, ..options(&methods) });
        for (history, word, expected) in [
            ("", "a", 0.3),
            ("", "b", 0.2375),
            ("", "c", 0.175),
            ("", "<unk>", 0.05),
            ("b", "c", 0.3375),
            ("b", "a", 0.4),
            ("a", "b", 0.36875),
            ("a b", "c", 0.535),
            ("a b", "a", 0.36),
            ("a b", "</s>", 0.0475),
            ("a b", "<unk>", 0.01),
        ] {
            let found = p(&model, history, word);
            assert!((found - expected).abs() < 1e-6, "p({word}|{history}) = {found}");
        }
        assert!(check(&model, "model", &CheckOptions::default()).is_sound());
        let name = model.info().smoothing.clone().unwrap();
        let expected = "by order: witten-bell; kneser-ney, discounts given; witten-bell";
        assert!(name.starts_with(expected), "{name}");
    }
}

/// The same method for each order is that method, and given discounts do as fitted ones.
#[test]
fn one_method_for_each_order_is_that_method() {
    let text = text(1, 400, 30);
    for name in ["modified-kneser-ney", "kneser-ney", "witten-bell", "good-turing", "absolute"] {
        let mut methods = vec![method(name), method(name), method(name)];
        let each = model_of(&text, &options(&methods));
        let all = TrainOptions { smoothing: by_name(name).unwrap(), ..options(&[]) };
        let all = model_of(&text, &TrainOptions { order: 3, ..all });
        let scores = |model: &Model| {
            let mut scores = Vec::new();
            let ids: Vec<WordId> = (3..20).map(WordId).collect();
            model.score_sentence(&ids, &mut scores);
            scores.iter().map(|score| score.log_prob.0.to_bits()).collect::<Vec<u32>>()
        };
        assert_eq!(scores(&each), scores(&all), "{name}");
        for (method, order) in methods.iter_mut().zip(&all.info().orders) {
            let values: Vec<f64> = order.parameters.iter().map(|(_, value)| *value).collect();
            // Without any, Witten–Bell took the place of undefined discounts.
            let is_fitted = !values.is_empty() || name == "good-turing";
            method.parameters = is_fitted.then_some(values);
        }
        assert_eq!(scores(&model_of(&text, &options(&methods))), scores(&all), "{name}, given");
    }
}

/// Every mixture of methods sums to 1, interpolated and backing off, whatever is dropped.
#[test]
fn every_mixture_is_sound() {
    let text = text(2, 300, 30);
    let mut sound = 0;
    for (index, first) in METHODS.iter().enumerate() {
        for (other, second) in METHODS.iter().enumerate() {
            for backs_off in [false, true] {
                let third = METHODS[(index + other) % METHODS.len()];
                let combine = backs_off.then_some(Combine::BackOff);
                let settings = Settings { combine, ..Settings::default() };
                let of = |smoothing| OrderMethod {
                    smoothing,
                    settings: settings.clone(),
                    parameters: None,
                };
                let mut options = options(&[of(*first), of(*second), of(third)]);
                options.settings.min_counts = vec![1, 1, 1 + (index % 2) as u32];
                let folder = tempfile::tempdir().unwrap();
                let path = folder.path().join("m");
                let texts = [Text::bytes("text", text.clone().into())];
                let names = [first.name(), second.name(), third.name()];
                let Err(error) = train(&texts, &options, &path, &()) else {
                    let model = Model::open(&path).unwrap();
                    let report = check(&model, "m", &CheckOptions::default());
                    // Relative frequencies reserve nothing, so that sums are kept all the same.
                    assert!(report.is_sound(), "{names:?}: {report:?}");
                    sound += 1;
                    continue;
                };
                let error = error.to_string();
                let told = ["all orders together", "Kneser-Ney for single words"];
                assert!(told.iter().any(|told| error.contains(told)), "{names:?}: {error}");
            }
        }
    }
    assert!(sound > 100, "{sound}");
}

#[test]
fn what_does_not_go_together_is_refused() {
    let refused = |methods: &[&str], change: fn(&mut TrainOptions)| {
        let methods: Vec<OrderMethod> = methods.iter().map(|name| method(name)).collect();
        let mut options = options(&methods);
        change(&mut options);
        let folder = tempfile::tempdir().unwrap();
        let texts = [Text::bytes("text", TOY.into())];
        train(&texts, &options, &folder.path().join("m"), &()).unwrap_err().to_string()
    };
    let same: fn(&mut TrainOptions) = |_| {};
    let [raw, kn] = ["witten-bell", "kneser-ney"];
    assert!(refused(&[raw, raw, kn, kn], same).contains("orders 2 to 3 take raw counts"));
    assert!(refused(&[kn, raw, raw], same).contains("choose Kneser-Ney for both"));
    assert!(refused(&[raw, "additive"], same).contains("additive is a method for all"));
    assert!(refused(&[raw, kn], |options| options.order = 3).contains("2 methods for a model"));
    let given: fn(&mut TrainOptions) = |options| options.by_order[1].parameters = Some(vec![1.5]);
    assert!(refused(&[raw, kn], given).contains("order 2 do not fit kneser-ney"));
    let held_out: fn(&mut TrainOptions) =
        |options| options.held_out = vec![Text::bytes("dev", TOY.into())].into();
    assert!(refused(&[raw, kn], held_out).contains("fit none to a text"));
}
