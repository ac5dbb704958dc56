//! Mixtures of models small enough to work every figure by hand, and how ties are resolved.

use ngram_edit::mix::{Blend, Comparison, Formula, Mixture, Weights};
use ngram_formats::arpa::ReadOptions;
use ngram_formats::import;
use ngram_input::Text;
use ngram_model::{ConvertOptions, LanguageModel, Model};
use ngram_testing::model_of;
use ngram_tokenizer::{TokenizerKind, TokenizerSpec};
use ngram_train::TrainOptions;

/// Imports an ARPA file.
fn imported(arpa: &str) -> Model {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.ngram");
    let tokenizer = TokenizerSpec::new(TokenizerKind::Whitespace);
    import(arpa.as_bytes(), "arpa", &ReadOptions::default(), tokenizer, &path).unwrap();
    Model::open(&path).unwrap()
}

/// A model of single words with these probabilities.
fn unigrams(words: &[(&str, f64)]) -> Model {
    let lines: String = words.iter().map(|(word, p)| format!("{}\t{word}\n", p.log10())).collect();
    let head = format!("\\data\\\nngram 1={}\n\n\\1-grams:\n-99\t<s>\n", words.len() + 1);
    imported(&format!("{head}{lines}\n\\end\\\n"))
}

/// `<unk>` 0.1, `</s>` 0.2, a 0.4, b 0.3; b after a 0.8, so a's back-off weight is 0.2 / 0.7.
fn bigrams() -> Model {
    let log = |p: f64| p.log10();
    imported(&format!(
        "\\data\\\nngram 1=5\nngram 2=1\n\n\\1-grams:\n{}\t<unk>\n-99\t<s>\n{}\t</s>\n{}\ta\t{}\n\
         {}\tb\n\n\\2-grams:\n{}\ta b\n\n\\end\\\n",
        log(0.1),
        log(0.2),
        log(0.4),
        log(0.2 / 0.7),
        log(0.3),
        log(0.8),
    ))
}

/// A model that knows only a. In a mixture b gets nothing from it; beside others, half of its `<unk>`.
fn single() -> Model {
    unigrams(&[("<unk>", 0.2), ("</s>", 0.3), ("a", 0.5)])
}

/// A model that gives no probability to words that it does not know.
fn closed() -> Model {
    unigrams(&[("<unk>", 0.0), ("</s>", 0.5), ("a", 0.5)])
}

/// Mixes the models with these weights, and compares the mixture with them on "a b" and "zz".
fn compared(models: &[&Model], weights: &[f64]) -> Comparison {
    let mixture = Mixture::new(models).unwrap();
    let text = [Text::bytes("held-out", b"a b\nzz\n".to_vec())];
    let (_, held_out) = mixture.blend(Formula::Linear, weights, &text, &()).unwrap();
    Comparison::new(&held_out.unwrap(), models.len())
}

#[track_caller]
fn near(found: f64, expected: f64) {
    assert!((found / expected - 1.0).abs() < 1e-6, "{found} {expected}");
}

/// The tokens are a, b, `</s>`, `<unk>`, `</s>`. Alone, b and `<unk>` share the 0.2 of the second model's `<unk>`; in the
/// mixture `<unk>` has all of it.
///
/// ```text
///            a      b      </s>   <unk>  </s>
/// bigrams    0.4    0.8    0.2    0.1    0.2
/// single     0.5    0.1    0.3    0.1    0.3
/// ¾, ¼       0.425  0.6    0.225  0.125  0.225
/// ```
#[test]
fn a_mixture_beside_its_models() {
    let (bigrams, single) = (bigrams(), single());
    let found = compared(&[&bigrams, &single], &[0.75, 0.25]);
    assert_eq!((found.tokens, found.oovs, found.best), (5, 1, 0));
    let rows = [[0.4, 0.8, 0.2, 0.2], [0.5, 0.1, 0.3, 0.3], [0.425, 0.6, 0.225, 0.225]];
    let unknown = [0.1, 0.1, 0.125];
    let [one, other] = found.alone[..] else { panic!("{found:?}") };
    for ((perplexity, known), unknown) in
        [one, other, found.exact].into_iter().zip(rows).zip(unknown)
    {
        let product: f64 = known.iter().product();
        near(perplexity.all.unwrap(), (unknown * product).powf(-0.2));
        near(perplexity.known.unwrap(), product.powf(-0.25));
        assert_eq!(perplexity.zeros, 0);
    }
    let [(first, three), (second, two)] = found.gains[..] else { panic!("{found:?}") };
    assert_eq!((three, two), (3.0, 2.0));
    near(first, (0.425 / 0.4 * 0.6 / 0.8 * 0.225 / 0.2f64).log2());
    near(second, (0.125 / 0.1 * 0.225 / 0.2f64).log2());
}

/// Tokens of probability 0 are left out of perplexities, and a model with fewer of them is better,
/// whatever its perplexity. b and `<unk>` have probability 0 in the closed model.
#[test]
fn tokens_of_probability_0() {
    let (bigrams, closed) = (bigrams(), closed());
    let found = compared(&[&closed, &bigrams], &[1.0, 0.0]);
    assert_eq!(found.best, 1);
    assert_eq!((found.alone[0].zeros, found.alone[1].zeros, found.exact.zeros), (2, 0, 2));
    // a and two ends of sentences, each with ½.
    near(found.alone[0].all.unwrap(), 2.0);
    near(found.alone[0].known.unwrap(), 2.0);
    assert_eq!(found.exact, found.alone[0]);
    // Gains over the other model: a and one end; the other end.
    let [(first, two), (second, one)] = found.gains[..] else { panic!("{found:?}") };
    assert_eq!((two, one), (2.0, 1.0));
    near(first, (0.5 / 0.4 * 0.5 / 0.2f64).log2());
    near(second, (0.5 / 0.2f64).log2());
}

#[test]
fn the_best_model_is_the_first_of_equals() {
    let (bigrams, single) = (bigrams(), single());
    let third = [1.0 / 3.0; 3];
    assert_eq!(compared(&[&single, &bigrams, &bigrams], &third).best, 1);
    assert_eq!(compared(&[&bigrams, &bigrams, &single], &third).best, 0);
    assert_eq!(compared(&[&single, &single], &[0.5, 0.5]).best, 0);
}

/// Weights that sum to 1 within 10⁻⁶ are made to sum to 1.
#[test]
fn given_weights_are_made_to_sum_to_1() {
    let weights = Weights::given(&[0.6, 0.4 + 9e-7], 2).unwrap();
    let sum: f64 = weights.all().iter().sum();
    assert!((sum - 1.0).abs() < 1e-15 && (weights.all()[0] - 0.6 / (1.0 + 9e-7)).abs() < 1e-15);
}

/// Words by falling probability summed over the models, those of equal sums by their bytes.
#[test]
fn words_of_equal_probability_are_sorted_by_bytes() {
    let one = [("c", 0.125), ("b", 0.125), ("d", 0.25), ("a", 0.25), ("f", 0.1)];
    let other = [("f", 0.1), ("e", 0.5), ("B", 0.25)];
    let [one, other] = [&one[..], &other[..]]
        .map(|words| unigrams(&[&[("<unk>", 0.125), ("</s>", 0.125)][..], words].concat()));
    // e ½; B, a and d ¼ each; f 0.1 from each; b and c ⅛ each.
    for models in [[&one, &other], [&other, &one]] {
        let mixture = Mixture::new(&models).unwrap();
        let words: Vec<&str> = mixture.vocab().words().skip(3).collect();
        assert_eq!(words, ["e", "B", "a", "d", "f", "b", "c"]);
        let lacking = if std::ptr::eq(models[0], &one) { [2, 4] } else { [4, 2] };
        assert_eq!(mixture.lacking(), lacking);
    }
}

/// The open vocabulary is that of the model with the highest weight among those with one, the
/// first of equals. The texts spell words with other letters, so the probability of a first letter
/// tells which it is.
#[test]
fn the_open_vocabulary_is_that_of_the_first_of_equal_weights() {
    let trained = |text: &str, open: bool| {
        let tokenizer = TokenizerSpec::new(TokenizerKind::Whitespace);
        model_of(text, &TrainOptions { order: 2, tokenizer, open, ..TrainOptions::default() })
    };
    let models = [
        trained("ab ac ad\nac\n", true),
        trained("ba bc bd\nbc\n", true),
        trained("ca cb cd\ncb\n", true),
        trained("ab ac ad\nac\n", false),
    ];
    let first_letters = |model: &Model| {
        let open = model.open_vocabulary().unwrap();
        [b"a", b"b", b"c"].map(|letter| open.byte(letter, 0).to_bits())
    };
    let of: Vec<_> = models[..3].iter().map(first_letters).collect();
    assert!(of[0] != of[1] && of[1] != of[2] && of[0] != of[2]);
    for (order, weights, expected) in [
        ([0, 1, 2], [0.25, 0.25, 0.5], 2),
        ([0, 1, 2], [0.4, 0.4, 0.2], 0),
        ([1, 0, 2], [0.4, 0.4, 0.2], 1),
        ([0, 2, 1], [0.2, 0.4, 0.4], 2),
        ([2, 1, 0], [0.25, 0.5, 0.25], 1),
        // The model with the highest weight has none.
        ([3, 1, 0], [0.5, 0.25, 0.25], 1),
        ([0, 3, 1], [0.125, 0.5, 0.375], 1),
    ] {
        let mixed = order.map(|number| &models[number]);
        let mixture = Mixture::new(&mixed).unwrap();
        assert_eq!(mixture.opened(), if order.contains(&3) { 2 } else { 3 });
        let blend = Blend::Linear(Weights::given(&weights, 3).unwrap());
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mixed.ngram");
        let made = mixture.write(&blend, Some(0.01), &ConvertOptions::default(), &path, &());
        assert!(made.unwrap().is_open);
        let found = first_letters(&Model::open(&path).unwrap());
        assert_eq!(found, of[expected], "{order:?} {weights:?}");
    }
}

/// The share of new tokens is that of the held-out text, or else the lowest of the models'.
#[test]
fn the_share_of_new_tokens() {
    let trained = |text: &str, open: bool| {
        let tokenizer = TokenizerSpec::new(TokenizerKind::Whitespace);
        model_of(text, &TrainOptions { order: 2, tokenizer, open, ..TrainOptions::default() })
    };
    let [few, many, closed] = [
        trained("a a a a a a a a a a b\na a a\n", true),
        trained("a b c d e f g h a\n", true),
        trained("a b\n", false),
    ];
    let of = |model: &Model| model.open_vocabulary().unwrap().novelty();
    let lowest = of(&few).min(of(&many));
    assert!(of(&few) != of(&many));
    for models in [[&few, &many, &closed], [&many, &closed, &few]] {
        assert_eq!(Mixture::new(&models).unwrap().novelty(None), Some(lowest));
    }
    assert_eq!(Mixture::new(&[&closed, &closed]).unwrap().novelty(None), None);

    let (bigrams, single) = (bigrams(), single());
    let mixture = Mixture::new(&[&bigrams, &single]).unwrap();
    let blend = |text: &str| {
        let text = [Text::bytes("held-out", text.into())];
        mixture.blend(Formula::Linear, &[0.5, 0.5], &text, &()).unwrap().1.unwrap()
    };
    // One token of five is new, and would not be expected otherwise: a fifth.
    let held_out = blend("a b\nzz\n");
    let share = held_out.events.novelty(&[0.4, 0.8, 0.2, 0.0, 0.2]);
    assert!((share - 0.2).abs() < 1e-4, "{share}");
    // With p = 0.1 of its own, (1 − ν)⁴ (0.1 + 0.9 ν) is highest at 4 (0.1 + 0.9 ν) = 0.9 (1 − ν).
    let share = held_out.events.novelty(&[0.4, 0.8, 0.2, 0.1, 0.2]);
    assert!((share - 0.5 / 4.5).abs() < 1e-4, "{share}");
    // The mixture gives it (0.1 + 0.2) / 2: 4 (0.15 + 0.85 ν) = 0.85 (1 − ν) at 1/17, less than half a token of five.
    let share = held_out.events.novelty(&held_out.probabilities);
    assert!((share - 0.1).abs() < 1e-9, "{share}");
    assert_eq!(mixture.novelty(Some(&held_out)), Some(share));
    // None of three is new: half a token of three. Three of four are: at most a half.
    let none = blend("a b\n").events.novelty(&[0.4, 0.8, 0.2]);
    assert!((none - 0.5 / 3.0).abs() < 1e-9, "{none}");
    assert_eq!(blend("x y z\n").events.novelty(&[0.0, 0.0, 0.0, 0.5]), 0.5);
}

/// Weights given are used as they are, with and without a text; otherwise they are fitted to it.
#[test]
fn weights_are_given_or_fitted() {
    let (bigrams, single) = (bigrams(), single());
    let mixture = Mixture::new(&[&bigrams, &single]).unwrap();
    let text = [Text::bytes("held-out", b"a b\na a\nb a b\nzz\n".to_vec())];
    for formula in [Formula::Linear, Formula::ByContext(1), Formula::LogLinear] {
        for text in [&[][..], &text] {
            let (blend, held_out) = mixture.blend(formula, &[0.75, 0.25], text, &()).unwrap();
            assert_eq!((blend.weights(), blend.kinds()), (&[0.75, 0.25][..], 0));
            assert_eq!(held_out.is_some(), !text.is_empty());
            assert_eq!(matches!(blend, Blend::LogLinear(_)), formula == Formula::LogLinear);
        }
        let (blend, held_out) = mixture.blend(formula, &[], &text, &()).unwrap();
        let held_out = held_out.unwrap();
        let (weights, probabilities) = match &blend {
            Blend::LogLinear(found) => {
                let normalizers = mixture.normalizers(&held_out.events);
                (normalizers.fit().weights().to_vec(), normalizers.probabilities(found))
            }
            Blend::Linear(found) => (
                Weights::fit(&held_out.events).all().to_vec(),
                found.probabilities(&held_out.events),
            ),
        };
        assert_eq!((blend.weights(), held_out.probabilities), (&weights[..], probabilities));
        assert_eq!(blend.kinds() > 1, formula == Formula::ByContext(1));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mixed.ngram");
        mixture.write(&blend, None, &ConvertOptions::default(), &path, &()).unwrap();
        let mixed = Model::open(&path).unwrap();
        let name = match formula {
            Formula::Linear => "linear mixture",
            Formula::ByContext(_) => "linear mixture, weights by context",
            Formula::LogLinear => "log-linear mixture",
        };
        assert_eq!(mixed.info().smoothing.as_deref(), Some(name));
        // Five words and "a b".
        let ngrams: Vec<u64> = mixed.info().orders.iter().map(|order| order.ngrams).collect();
        assert_eq!((mixed.order(), ngrams), (2, vec![5, 1]));
    }
    // 4 of the tokens follow a, which only the first model stores as a history with a successor.
    let held_out = mixture.blend(Formula::Linear, &[], &text, &()).unwrap().1.unwrap();
    let kinds = |least| Weights::fit_by_context(&held_out.events, least).kinds();
    assert!(kinds(1) >= kinds(4) && kinds(1000) == 0, "{} {}", kinds(1), kinds(4));
}

/// Products of the probabilities, made to sum to 1, with every weight 1 and with weights of ½ and 0.
///
/// ```text
///            <unk>   </s>   a      b
/// one        1/8     1/8    1/2    1/4
/// other      1/8     1/4    1/8    1/2
/// 1, 1       1/64    2/64   4/64   8/64     of 15/64
/// 2, 0       1/64    1/64   16/64  4/64     of 22/64
/// ```
#[test]
fn a_log_linear_mixture_of_single_words() {
    let words = ["<unk>", "</s>", "a", "b"];
    let of = |probs: [f64; 4]| unigrams(&words.iter().copied().zip(probs).collect::<Vec<_>>());
    let (one, other) = (of([0.125, 0.125, 0.5, 0.25]), of([0.125, 0.25, 0.125, 0.5]));
    let mixture = Mixture::new(&[&one, &other]).unwrap();
    let text = [Text::bytes("held-out", b"zz a b\n".to_vec())];
    for (weights, expected, sum) in
        [([1.0, 1.0], [1.0, 2.0, 4.0, 8.0], 15.0), ([2.0, 0.0], [1.0, 1.0, 16.0, 4.0], 22.0)]
    {
        let (blend, held_out) = mixture.blend(Formula::LogLinear, &weights, &text, &()).unwrap();
        let [unknown, end, a, b] = expected.map(|part| part / sum);
        for (&found, expected) in held_out.unwrap().probabilities.iter().zip([unknown, a, b, end]) {
            near(found, expected);
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mixed.ngram");
        mixture.write(&blend, None, &ConvertOptions::default(), &path, &()).unwrap();
        let mixed = Model::open(&path).unwrap();
        for (word, part) in words.iter().zip(expected) {
            near(mixed.score(&[], mixed.vocab().id(word).unwrap()).log_prob.prob(), part / sum);
        }
    }
}
