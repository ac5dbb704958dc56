//! Mixtures: the contents of their tables, the fitted weights, and the sum of every distribution.

use ngram_counts::VocabRule;
use ngram_edit::check::{CheckOptions, check};
use ngram_edit::mix::{Blend, LogLinear, MixError, Mixture, Weights};
use ngram_input::Text;
use ngram_model::{ConvertOptions, LanguageModel, Layout, Model};
use ngram_testing::{model, model_with, text};
use ngram_tokenizer::{TokenizerKind, TokenizerSpec, Vocab, VocabView, WordId};
use ngram_train::TrainOptions;
use ngram_train::smoothing::{self, Combine, Settings};
use std::fs;

/// Returns three models with different orders, smoothing and words: the first lacks x1…, the last w3….
fn models() -> [Model; 3] {
    let by = |name| smoothing::by_name(name).unwrap();
    let back_off = Settings {
        combine: Some(Combine::BackOff),
        min_counts: vec![1, 1, 2],
        ..Settings::default()
    };
    [
        model(&text(1, 60, 40), 4, by("modified-kneser-ney")),
        model_with(&text(2, 90, 30).replace("w1", "x1"), 3, by("absolute"), &back_off),
        model(&text(3, 30, 12).replace("w3", "y3"), 2, by("witten-bell")),
    ]
}

fn held_out() -> Vec<Text> {
    let lines = text(4, 25, 40) + &text(5, 25, 40).replace("w1", "x1") + "w3 never-seen w2\n";
    vec![Text::bytes("held-out", lines.into_bytes())]
}

fn file(mixture: &Mixture<'_>, blend: &Blend, options: &ConvertOptions) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mixed.ngram");
    mixture.write(blend, Some(0.01), options, &path, &()).unwrap();
    fs::read(path).unwrap()
}

fn write(mixture: &Mixture<'_>, blend: &Blend) -> Model {
    let options = ConvertOptions { layout: Layout::Table, ..ConvertOptions::default() };
    Model::from_bytes("mixed", file(mixture, blend, &options).into()).unwrap()
}

/// Returns the probability that one of the models gives a word of the mixture, by the definition: a
/// word that the model lacks gets nothing, or, with sharing, a share of `<unk>`, as `<unk>` does.
fn by_model(
    (model, vocab, shares): (&Model, VocabView<'_>, bool),
    history: &[WordId],
    word: WordId,
) -> f64 {
    let own = |word: WordId| model.vocab().id_or_unknown(vocab.word(word));
    let history: Vec<WordId> = history.iter().map(|&word| own(word)).collect();
    let p = model.score(&history, own(word)).log_prob.prob();
    let lacks = vocab.words().filter(|word| model.vocab().id(word).is_none()).count();
    match own(word) {
        WordId::UNKNOWN if shares => p / (lacks + 1) as f64,
        WordId::UNKNOWN if word != WordId::UNKNOWN => 0.0,
        _ => p,
    }
}

/// Returns every n-gram of a model, of orders from 1: the words of its history, and its last word.
fn ngrams(model: &Model) -> Vec<(Vec<WordId>, WordId)> {
    let words = (0..model.vocab().len() as u32).map(WordId);
    let mut found: Vec<(Vec<WordId>, WordId)> = words.map(|word| (vec![], word)).collect();
    let mut at = 0;
    while at < found.len() {
        let history = [&found[at].0[..], &[found[at].1]].concat();
        if history.len() < model.order() {
            let listed = model.listed_after(&history).unwrap();
            found.extend(listed.words.iter().map(|&(word, _)| (history.clone(), word)));
        }
        at += 1;
    }
    found
}

#[track_caller]
fn assert_sums_to_1(model: &Model) {
    let report = check(model, "mixed", &CheckOptions { sample: 50, tolerance: Some(1e-5) });
    assert!(report.is_sound(), "{report:?}");
    assert_eq!(report.histories.len(), model.order());
}

/// Checks that the speller gives R to all unknown strings together, and that ν is the given one.
#[track_caller]
fn assert_open(model: &Model) {
    let open = model.open_vocabulary().unwrap();
    assert_eq!(open.novelty(), 0.01);
    let known = model.vocab().words().filter(|word| *word != "<unk>");
    let spelled: f64 = known.map(|word| open.spelling_probability(word) * open.rest()).sum();
    let left = 1.0 - open.byte(b"", 0) - spelled;
    assert!((left - open.rest()).abs() < 1e-9, "{left} {}", open.rest());
}

#[test]
fn a_linear_mixture_lists_the_union_with_what_the_definition_gives() {
    let models = models();
    let all: Vec<&Model> = models.iter().collect();
    lists_the_union(&models, &Mixture::new(&all).unwrap(), false);
    lists_the_union(&models, &Mixture::new(&all).unwrap().sharing(), true);
}

fn lists_the_union(models: &[Model; 3], mixture: &Mixture<'_>, shares: bool) {
    assert!(mixture.lacking().iter().all(|&lacking| lacking > 2), "{:?}", mixture.lacking());
    let lambda = [0.5, 0.3, 0.2];
    let mixed = write(mixture, &Blend::Linear(Weights::given(&lambda, 3).unwrap()));
    assert_sums_to_1(&mixed);
    assert_open(&mixed);
    let vocab = mixed.vocab();
    let own: Vec<_> = ngrams(&mixed);
    for (history, word) in own.iter().filter(|(_, word)| *word != WordId::BEGIN) {
        let by = models.iter().map(|model| by_model((model, vocab, shares), history, *word));
        let expected: f64 = by.zip(lambda).map(|(p, weight)| weight * p).sum();
        let found = mixed.score(history, *word);
        assert_eq!(usize::from(found.matched), history.len() + 1);
        let error = found.log_prob.prob() / expected - 1.0;
        assert!(error.abs() < 1e-5, "{history:?} {word:?}: {expected}, {error}");
    }
    // As many as any model has, and no more.
    let mut union: Vec<Vec<&str>> = Vec::new();
    for model in models {
        union.extend(ngrams(model).into_iter().map(|(history, word)| {
            history.iter().chain([&word]).map(|&word| model.vocab().word(word)).collect()
        }));
    }
    union.sort_unstable();
    union.dedup();
    assert_eq!(own.len(), union.len());
}

/// If no model has n-grams of words that it lacks, the table of a log-linear mixture is exactly the
/// mixture, even for n-grams that no model lists.
#[test]
fn a_log_linear_mixture_is_exact() {
    let models = models();
    let all: Vec<&Model> = models.iter().collect();
    let mixture = Mixture::new(&all).unwrap();
    let lambda = [0.7, 0.5, 0.1];
    let mixed = write(&mixture, &Blend::LogLinear(LogLinear::given(&lambda, 3).unwrap()));
    assert_sums_to_1(&mixed);
    let vocab = mixed.vocab();
    let histories = ngrams(&mixed)
        .into_iter()
        .step_by(23)
        .map(|(history, word)| [&history[..], &[word]].concat());
    for history in histories.filter(|history| !history[1..].contains(&WordId::BEGIN)) {
        let words: Vec<WordId> =
            (0..vocab.len() as u32).map(WordId).filter(|&word| word != WordId::BEGIN).collect();
        let product = |&word: &WordId| -> f64 {
            let by = models.iter().map(|model| by_model((model, vocab, true), &history, word));
            by.zip(lambda).map(|(p, weight)| p.powf(weight)).product()
        };
        let products: Vec<f64> = words.iter().map(product).collect();
        let normalizer: f64 = products.iter().sum();
        for (&word, product) in words.iter().zip(products) {
            let error = mixed.score(&history, word).log_prob.prob() / (product / normalizer) - 1.0;
            assert!(error.abs() < 1e-4, "{history:?} {word:?}: {error}");
        }
    }
}

#[test]
fn fitted_weights_are_at_least_as_good_as_any_model_and_any_grid() {
    let models = models();
    let mixture = Mixture::new(&[&models[0], &models[1]]).unwrap();
    let events = mixture.events(&held_out(), &()).unwrap();
    assert_eq!(events.words().iter().filter(|&&word| word == WordId::UNKNOWN).count(), 5);
    assert_eq!(events.by_sentence(events.probabilities()).count(), 51);
    let bits = |probabilities: &[f64]| -> f64 { probabilities.iter().map(|p| -p.log2()).sum() };
    let alone = [0, 1].map(|part| bits(&events.probabilities_of(part)));
    let fitted = Weights::fit(&events);
    let linear = bits(&fitted.probabilities(&events));
    assert!(linear < alone[0] && linear < alone[1], "{linear} {alone:?}");
    let by_context = Weights::fit_by_context(&events, 20);
    assert!(by_context.kinds() > 3);
    let own = bits(&by_context.probabilities(&events));
    assert!(own < linear, "{own} {linear}");
    let normalizers = mixture.normalizers(&events);
    let log_linear = normalizers.fit();
    let product = bits(&normalizers.probabilities(&log_linear));
    assert!(product < alone[0] && product < alone[1]);
    let mut best = [(f64::INFINITY, [0.0; 2]); 2];
    for step in 0..=100 {
        let weight = f64::from(step) / 100.0;
        let given = [weight, 1.0 - weight];
        let found = bits(&Weights::given(&given, 2).unwrap().probabilities(&events));
        best[0] = if found < best[0].0 { (found, given) } else { best[0] };
    }
    for step in 1..=900 {
        let given = [f64::from(step % 30) / 30.0, f64::from(step / 30) / 30.0];
        let Ok(weights) = LogLinear::given(&given, 2) else { continue };
        let found = bits(&normalizers.probabilities(&weights));
        best[1] = if found < best[1].0 { (found, given) } else { best[1] };
    }
    let near = |one: &[f64], other: [f64; 2], step: f64| {
        one.iter().zip(other).all(|(one, other)| (one - other).abs() < step)
    };
    assert!(linear <= best[0].0 && near(fitted.all(), best[0].1, 0.01), "{fitted:?} {best:?}");
    let weights = log_linear.weights();
    assert!(product <= best[1].0 && near(weights, best[1].1, 0.05), "{weights:?} {best:?}");
    // The probabilities of the events are those of the table.
    let mixed = write(&mixture, &Blend::LogLinear(log_linear.clone()));
    let found: f64 = sentences(&mixed).iter().map(|p| -p.log2()).sum();
    assert!((found / product - 1.0).abs() < 1e-6, "{found} {product}");
}

/// Returns the probability of each token of the held-out text.
fn sentences(model: &Model) -> Vec<f64> {
    let lines = text(4, 25, 40) + &text(5, 25, 40).replace("w1", "x1") + "w3 never-seen w2\n";
    let mut scores = Vec::new();
    let mut all = Vec::new();
    for line in lines.lines() {
        let words: Vec<WordId> =
            line.split_whitespace().map(|word| model.vocab().id_or_unknown(word)).collect();
        model.score_sentence(&words, &mut scores);
        all.extend(scores.iter().map(|score| score.log_prob.prob()));
    }
    all
}

#[test]
fn mixtures_are_the_same_byte_for_byte_for_any_number_of_threads() {
    let models = models();
    let all: Vec<&Model> = models.iter().collect();
    let made = [1, 2, 7].map(|threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let mixture = Mixture::new(&all).unwrap();
            let events = mixture.events(&held_out(), &()).unwrap();
            let by_context = Weights::fit_by_context(&events, 10);
            let log_linear = mixture.normalizers(&events).fit();
            [Blend::Linear(by_context), Blend::LogLinear(log_linear)].map(|blend| {
                let model = write(&mixture, &blend);
                assert_sums_to_1(&model);
                file(&mixture, &blend, &ConvertOptions::default())
            })
        })
    });
    assert!(made[0] == made[1] && made[0] == made[2]);
}

#[test]
fn what_cannot_be_mixed_is_told() {
    let models = models();
    let [one, other, _] = &models;
    assert!(matches!(Mixture::new(&[one]), Err(MixError::Models(1))));
    let letters = ngram_testing::model_of(
        "some text",
        &ngram_train::TrainOptions {
            tokenizer: ngram_tokenizer::TokenizerSpec::new(ngram_tokenizer::TokenizerKind::Chars),
            ..Default::default()
        },
    );
    let error = Mixture::new(&[one, &letters]).err().unwrap();
    assert!(matches!(error, MixError::Tokenizer { number: 2, .. }), "{error}");
    let mixture = Mixture::new(&[one, other]).unwrap();
    let nothing = mixture.events(&[Text::bytes("empty", Vec::new())], &()).err();
    assert!(matches!(nothing, Some(MixError::NoEvents(_))));
    let given = |weights: &[f64]| Weights::given(weights, 2).err().unwrap().to_string();
    assert_eq!(given(&[0.6, 0.3]), "the weights sum to 0.900000, not to 1");
    assert!(given(&[1.5, -0.5]).starts_with("a weight of 1.5"));
    assert!(given(&[f64::NAN, 1.0]).starts_with("a weight of NaN"));
    assert_eq!(given(&[1.0]), "1 weights for 2 models: give one for each");
    assert!(Weights::given(&[0.6, 0.4 + 9e-7], 2).is_ok());
    assert!(LogLinear::given(&[0.0, 0.0], 2).is_err() && LogLinear::given(&[2.0, 0.5], 2).is_ok());
}

/// A model mixed with itself stays the same with any weights.
#[test]
fn a_model_mixed_with_itself_is_itself() {
    let [one, ..] = models();
    let mixture = Mixture::new(&[&one, &one]).unwrap();
    let mixed = write(&mixture, &Blend::Linear(Weights::given(&[0.3, 0.7], 2).unwrap()));
    let same =
        |vocab: VocabView<'_>| Vocab::new(vocab.words().skip(3)).map(|vocab| vocab.view().len());
    assert_eq!(same(mixed.vocab()), same(one.vocab()));
    for (number, (one, mixed)) in sentences(&one).iter().zip(sentences(&mixed)).enumerate() {
        assert!((one / mixed - 1.0).abs() < 1e-5, "{number}: {one} {mixed}");
    }
}

/// Models of a unigram each, over half of the words: "a b" and "c d", and held-out words of both and of neither.
fn of_two_subjects() -> [Model; 2] {
    let vocab = |words: [&str; 2]| VocabRule::List(words.map(str::to_owned).to_vec());
    [["a", "b"], ["c", "d"]].map(|words| {
        let options = TrainOptions {
            order: 1,
            tokenizer: TokenizerSpec::new(TokenizerKind::Whitespace),
            smoothing: smoothing::by_name("maximum-likelihood").unwrap(),
            vocab: vocab(words),
            open: false,
            ..TrainOptions::default()
        };
        let [one, other] = words;
        // Of ten tokens: the first word 4 times, the other 2, `<unk>` 2, ends 2.
        ngram_testing::model_of(
            &format!("{one} {one} {other} x\n{one} {one} {other} x\n"),
            &options,
        )
    })
}

/// Worked by hand. Both models give `<unk>` 0.2 and the end 0.2; with equal weights p(a) = ½ · 0.4, as the other model
/// lacks it, p(<unk>) = 0.2, p(</s>) = 0.2. Sharing, each `<unk>` is divided by three: p(a) = ½ · (0.4 + 0.2 / 3)
/// and p(<unk>) = 0.2 / 3.
#[test]
fn what_a_model_gives_unknown_words_is_not_divided_among_those_of_another() {
    let [one, other] = of_two_subjects();
    let mixture = || Mixture::new(&[&one, &other]).unwrap();
    let half = Blend::Linear(Weights::given(&[0.5, 0.5], 2).unwrap());
    for (mixture, expected) in [
        (mixture(), [0.2, 0.1, 0.2, 0.1, 0.2, 0.2]),
        (mixture().sharing(), [7.0 / 30.0, 4.0 / 30.0, 7.0 / 30.0, 4.0 / 30.0, 2.0 / 30.0, 0.2]),
    ] {
        let mixed = write(&mixture, &half);
        let found = ["a", "b", "c", "d", "<unk>", "</s>"]
            .map(|word| mixed.score(&[], mixed.vocab().id_or_unknown(word)).log_prob.prob());
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-6, "{found} {expected}");
        }
        assert!((found.iter().sum::<f64>() - 1.0).abs() < 1e-6);
    }
    // "a z", "c z": apart, each model takes 0.4, 0.2 and 0.2 for its own word, an OOV, and an end, and 0.2 for the word
    // that it lacks. Mixed, a and c have 0.2, and nothing else changes: (0.2 · 0.2 · 0.2)², perplexity 5.
    let texts = [Text::bytes("held-out", b"a z\nc z\n".to_vec())];
    let events = mixture().events(&texts, &()).unwrap();
    let weights = Weights::given(&[0.5, 0.5], 2).unwrap();
    let product: f64 = weights.probabilities(&events).iter().product();
    assert!((product.powf(-1.0 / 6.0) - 5.0).abs() < 1e-5, "{product}");
    // The models are compared over the words of both: 0.4 and three times 0.2 / 3, and twice 0.2.
    for part in [0, 1] {
        let product: f64 = events.probabilities_of(part).iter().product();
        let expected = 0.4 * (0.2f64 / 3.0).powi(3) * 0.2 * 0.2;
        assert!((product / expected - 1.0).abs() < 1e-5, "{product} {expected}");
    }
    assert!((Weights::fit(&events).all()[0] - 0.5).abs() < 1e-3);
}
