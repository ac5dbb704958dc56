//! Discounts fitted to a text.

use ngram_counts::VocabRule;
use ngram_input::Text;
use ngram_model::{LanguageModel, Model};
use ngram_testing::{model_of, text};
use ngram_tokenizer::{TokenizerKind, TokenizerSpec, WordId};
use ngram_train::smoothing::{self, Discounts, Settings};
use ngram_train::{TrainOptions, Trained, train};
use std::sync::Arc;

const METHODS: [&str; 3] = ["modified-kneser-ney", "kneser-ney", "absolute"];

fn options(method: &str, dev: Option<&str>, discounts: Discounts) -> TrainOptions {
    TrainOptions {
        order: 3,
        tokenizer: TokenizerSpec::new(TokenizerKind::Whitespace),
        smoothing: smoothing::by_name(method).unwrap(),
        settings: Settings { discounts, ..Settings::default() },
        held_out: Arc::new(dev.map(|dev| Text::bytes("dev", dev.into())).into_iter().collect()),
        ..TrainOptions::default()
    }
}

/// Returns the mean −log2 p per token of a text.
fn bits(model: &Model, text: &str) -> f64 {
    let (mut sum, mut tokens, mut scores) = (0.0, 0, Vec::new());
    for line in text.lines() {
        let words: Vec<WordId> =
            line.split_whitespace().map(|word| model.vocab().id_or_unknown(word)).collect();
        model.score_sentence(&words, &mut scores);
        sum += scores.iter().map(|score| score.log_prob.bits()).sum::<f64>();
        tokens += scores.len();
    }
    sum / tokens as f64
}

fn train_on(text: &str, options: &TrainOptions) -> Result<Trained, ngram_train::TrainError> {
    let folder = tempfile::tempdir().unwrap();
    train(&[Text::bytes("text", text.into())], options, &folder.path().join("m"), &())
}

#[test]
fn the_fit_measures_the_model_that_comes_of_it() {
    let (training, dev) = (text(1, 2000, 60), text(2, 300, 60));
    for method in METHODS {
        let fitted = options(method, Some(&dev), Discounts::Formula);
        let [before, after] = train_on(&training, &fitted).unwrap().held_out.unwrap().bits.unwrap();
        let by_formula = model_of(&training, &options(method, None, Discounts::Formula));
        let by_text = model_of(&training, &fitted);
        assert!((bits(&by_formula, &dev) - before).abs() < 1e-6, "{method}");
        assert!((bits(&by_text, &dev) - after).abs() < 1e-6, "{method}");
        assert!(after < before, "{method}");
        let name = by_text.info().smoothing.as_deref();
        assert_eq!(name, Some(format!("{method}, discounts fitted to held-out text").as_str()));
    }
}

/// Replaces one word in ten by one that occurs nowhere else.
fn with_new_words(text: &str) -> String {
    let mut number = 0;
    let mut word = |word: &str| {
        number += 1;
        if number % 10 == 0 { format!("new{number}") } else { word.to_owned() }
    };
    let line = |line: &str| line.split_whitespace().map(&mut word).collect::<Vec<_>>().join(" ");
    text.lines().map(line).collect::<Vec<_>>().join("\n") + "\n"
}

/// The mean −log2 p of the known words and the ends, worked out from the models' own scores.
fn bits_of_known(model: &Model, text: &str) -> f64 {
    let (mut sum, mut tokens, mut scores) = (0.0, 0, Vec::new());
    for line in text.lines() {
        let words: Vec<WordId> =
            line.split_whitespace().map(|word| model.vocab().id_or_unknown(word)).collect();
        model.score_sentence(&words, &mut scores);
        for (score, word) in scores.iter().zip(words.iter().chain([&WordId::END])) {
            if *word != WordId::UNKNOWN {
                sum += score.log_prob.bits();
                tokens += 1;
            }
        }
    }
    sum / f64::from(tokens)
}

/// Unknown words cost their spelling, and the table next to nothing of it. A fit to what the table gives
/// `<unk>` would take the discounts of single words to their bounds, and other words would pay for it.
#[test]
fn what_is_fitted_is_what_known_words_cost() {
    let (training, dev, other) = (text(1, 2000, 60), text(2, 300, 60), text(3, 300, 60));
    let (dev, other) = (with_new_words(&dev), with_new_words(&other));
    for (open, order) in [(true, 2), (true, 3), (false, 3)] {
        for method in METHODS {
            let of = |dev| TrainOptions { open, order, ..options(method, dev, Discounts::Formula) };
            let fitted = of(Some(&dev));
            let trained = train_on(&training, &fitted).unwrap();
            let summary = trained.held_out.unwrap();
            let new = dev.split_whitespace().filter(|word| word.starts_with("new")).count();
            assert!(new > 80 && summary.unknown == new as u64, "{new} {}", summary.unknown);
            let [before, after] = summary.bits.unwrap();
            let [by_formula, by_text] = [of(None), fitted].map(|of| model_of(&training, &of));
            let what = format!("{method}, open {open}, order {order}");
            assert!((bits_of_known(&by_formula, &dev) - before).abs() < 1e-6, "{what}");
            assert!((bits_of_known(&by_text, &dev) - after).abs() < 1e-6, "{what}");
            let [formula, text] = [&by_formula, &by_text].map(|of| bits_of_known(of, &other));
            assert!(text < formula, "{what}: of other text {text}, by the formula {formula}");
        }
    }
}

/// In a closed model of a limited vocabulary, `<unk>` is a word of the training text like others.
#[test]
fn unknown_words_of_a_limited_vocabulary_count_in_a_closed_model_alone() {
    let (training, dev) = (text(1, 2000, 60), text(2, 300, 60));
    for open in [false, true] {
        let vocab = VocabRule::MaxWords(20);
        let options = options("modified-kneser-ney", Some(&dev), Discounts::Formula);
        let options = TrainOptions { open, vocab, ..options };
        let summary = train_on(&training, &options).unwrap().held_out.unwrap();
        assert_eq!(summary.unknown > 0, open);
    }
}

#[test]
fn leaving_one_out_finds_discounts_that_other_text_likes() {
    let (training, other) = (text(1, 2000, 60), text(2, 300, 60));
    for method in METHODS {
        let left_out = options(method, None, Discounts::LeaveOneOut);
        let summary = train_on(&training, &left_out).unwrap().held_out.unwrap();
        let [before, after] = summary.bits.unwrap();
        assert!(after < before, "{method}");
        // Leaving one out estimates how likely another text will be.
        let found = bits(&model_of(&training, &left_out), &other);
        assert!((found - after).abs() < 0.1, "{method}: {found} {after}");
        let formula =
            bits(&model_of(&training, &options(method, None, Discounts::Formula)), &other);
        assert!(found < formula + 0.005, "{method}: {found} {formula}");
    }
}

#[test]
fn more_discounts_are_fitted_no_worse() {
    let (training, dev) = (text(1, 2000, 60), text(2, 300, 60));
    let after = |discount_classes| {
        let mut options = options("modified-kneser-ney", Some(&dev), Discounts::Formula);
        options.settings.discount_classes = discount_classes;
        let trained = train_on(&training, &options).unwrap();
        assert_eq!(trained.info.orders[2].parameters.len(), discount_classes);
        trained.held_out.unwrap().bits.unwrap()[1]
    };
    let (one, three, eight) = (after(1), after(3), after(8));
    assert!(three < one && eight < three + 1e-6, "{one} {three} {eight}");
}

#[test]
fn what_cannot_be_fitted_is_an_error() {
    let training = text(1, 50, 20);
    let error = |options: &TrainOptions| train_on(&training, options).unwrap_err().to_string();
    let mut backing_off = options("kneser-ney", None, Discounts::LeaveOneOut);
    backing_off.settings.combine = Some(smoothing::Combine::BackOff);
    assert!(error(&backing_off).contains("interpolated"));
    assert!(error(&options("witten-bell", None, Discounts::LeaveOneOut)).contains("witten-bell"));
    assert!(error(&options("jelinek-mercer", None, Discounts::LeaveOneOut)).contains("choose"));
    let both = options("kneser-ney", Some("a b\n"), Discounts::LeaveOneOut);
    assert!(error(&both).contains("not both"));
    assert!(error(&options("kneser-ney", Some(""), Discounts::Formula)).contains("held-out text"));
}
