//! Pruned models: checks losses against their definitions, and sums every distribution.

use ngram_edit::prune::{self, METHODS, PruneError, Pruner, Target};
use ngram_formats::arpa::ReadOptions;
use ngram_formats::import;
use ngram_input::Text;
use ngram_model::{ConvertOptions, LanguageModel, Layout, Model, convert};
use ngram_testing::{histories, ids, model_of, sentences, text};
use ngram_tokenizer::{TokenizerKind, TokenizerSpec, WordId};
use ngram_train::smoothing::{self, Combine, Settings};
use ngram_train::{TrainOptions, train};
use std::collections::{BTreeMap, BTreeSet};

fn options(order: usize, method: &str) -> TrainOptions {
    TrainOptions {
        order,
        tokenizer: TokenizerSpec::new(TokenizerKind::Whitespace),
        smoothing: smoothing::by_name(method).unwrap(),
        ..TrainOptions::default()
    }
}

/// Prunes a model with one of the methods; returns what is left, and the threshold.
fn pruned(model: &Model, method: &str, target: Target) -> (Model, f32) {
    let criterion = prune::by_name(method).unwrap();
    let pruner = Pruner::new(model, criterion, 2, None, &()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pruned.ngram");
    let layout = ConvertOptions::default();
    let threshold = pruner.threshold(target, &layout, &path).unwrap();
    let size = pruner.write(threshold, &layout, &path).unwrap().file_size;
    let pruned = Model::open(&path).unwrap();
    assert_eq!(pruned.file_size(), size);
    pruned.verify("pruned").unwrap();
    (pruned, threshold)
}

fn ngrams(model: &Model) -> u64 {
    model.info().orders.iter().map(|order| order.ngrams).sum()
}

fn assert_sums(model: &Model, sentences: &[Vec<u32>], what: &str) {
    let words = model.vocab().len() as u32;
    for history in histories(sentences, model.order(), model.vocab().len()) {
        let history = ids(&history);
        let probs = (0..words).filter(|&word| word != WordId::BEGIN.0);
        let sum: f64 = probs.map(|word| model.score(&history, WordId(word)).log_prob.prob()).sum();
        assert!((sum - 1.0).abs() < 2e-6, "{what}: after {history:?} all sums to {sum}");
    }
}

#[test]
fn pruned_models_sum_to_one() {
    let text = text(5, 60, 30);
    for method in ["modified-kneser-ney", "witten-bell", "katz", "absolute"] {
        for combine in [None, Some(Combine::BackOff)] {
            let settings = Settings { combine, ..Settings::default() };
            let model = model_of(&text, &TrainOptions { settings, ..options(4, method) });
            let sentences = sentences(&text, &model);
            for criterion in METHODS {
                for share in [0.7, 0.25] {
                    let what = format!("{method}, {combine:?}, {}, {share}", criterion.name());
                    let (pruned, _) = pruned(&model, criterion.name(), Target::Share(share));
                    assert!(ngrams(&pruned) as f64 <= share * ngrams(&model) as f64, "{what}");
                    assert_sums(&pruned, &sentences, &what);
                }
            }
        }
    }
}

#[test]
fn revised_kneser_pruning_sums_to_one() {
    let text = text(5, 60, 30);
    for method in ["modified-kneser-ney", "kneser-ney"] {
        for prune in [Target::Share(0.5), Target::Ngrams(60), Target::Threshold(0.2)] {
            let options = TrainOptions { prune: Some(prune), ..options(4, method) };
            let model = model_of(&text, &options);
            let whole = model_of(&text, &TrainOptions { prune: None, ..options });
            assert!(ngrams(&model) < ngrams(&whole));
            if let Target::Ngrams(most) = prune {
                assert!(ngrams(&model) <= most);
            }
            assert_sums(&model, &sentences(&text, &model), &format!("{method}, {prune:?}"));
        }
    }
}

/// By definition: P(h) Σ p(w|h) (ln p(w|h) − ln p′(w|h)), where p′ is without one bigram.
#[test]
fn bigrams_go_in_the_order_of_relative_entropy() {
    let model = model_of(&text(9, 60, 25), &options(2, "witten-bell"));
    let words: Vec<u32> = (0..model.vocab().len() as u32).filter(|&word| word != 1).collect();
    let prob = |history: &[u32], word| model.score(&ids(history), WordId(word)).log_prob.prob();
    let mut losses: Vec<(f64, (u32, u32))> = Vec::new();
    for history in (0..model.vocab().len() as u32).filter(|&word| word != 2) {
        let listed = model.listed_after(&ids(&[history])).unwrap().words;
        let stored: BTreeSet<u32> = listed.into_iter().map(|(word, _)| word.0).collect();
        let of_history = prob(&[], if history == 1 { 2 } else { history });
        for &gone in &stored {
            let kept = || stored.iter().copied().filter(|&word| word != gone);
            let left = 1.0 - kept().map(|word| prob(&[history], word)).sum::<f64>();
            let free = 1.0 - kept().map(|word| prob(&[], word)).sum::<f64>();
            let after = |word: u32| match word != gone && stored.contains(&word) {
                true => prob(&[history], word),
                false => left / free * prob(&[], word),
            };
            let entropy = words
                .iter()
                .map(|&word| prob(&[history], word) * (prob(&[history], word) / after(word)).ln());
            losses.push((of_history * entropy.sum::<f64>(), (history, gone)));
        }
    }
    losses.sort_by(|a, b| a.0.total_cmp(&b.0));
    for go in [1, 20, losses.len() / 2, losses.len() - 3] {
        let target = Target::Ngrams(ngrams(&model) - go as u64);
        let (pruned, threshold) = pruned(&model, "relative-entropy", target);
        let expected: BTreeSet<(u32, u32)> = losses[go..].iter().map(|&(_, pair)| pair).collect();
        let mut found = BTreeSet::new();
        for history in 0..model.vocab().len() as u32 {
            let listed = pruned.listed_after(&ids(&[history])).unwrap().words;
            found.extend(listed.into_iter().map(|(word, _)| (history, word.0)));
        }
        assert_eq!(found, expected, "{go}");
        // The smallest loss that stays, as a relative increase in perplexity.
        let least = losses[go].0.exp_m1();
        assert!((f64::from(threshold) / least - 1.0).abs() < 1e-3, "{threshold} {least}");
    }
}

/// Compares p(w|h) with the equations, from the counts of the n-grams of the text that a model has.
#[test]
fn revised_kneser_pruning_by_its_definition() {
    let text = text(3, 80, 25);
    let options =
        TrainOptions { prune: Some(Target::Share(0.4)), ..options(3, "modified-kneser-ney") };
    let model = model_of(&text, &options);
    let mut counts = [BTreeMap::new(), BTreeMap::new(), BTreeMap::new()];
    for sentence in sentences(&text, &model) {
        let padded: Vec<u32> = [1].iter().chain(&sentence).chain(&[2]).copied().collect();
        for ngram in padded.windows(3) {
            *counts[2].entry(ngram.to_vec()).or_insert(0u32) += 1;
        }
        *counts[1].entry(padded[..2].to_vec()).or_insert(0) += 1;
    }
    for order in [2, 1] {
        let longer: Vec<Vec<u32>> = counts[order].keys().cloned().collect();
        for ngram in longer {
            *counts[order - 1].entry(ngram[1..].to_vec()).or_insert(0) += 1;
        }
    }
    let is_kept = |ngram: &[u32]| {
        let (&word, history) = ngram.split_last().unwrap();
        let listed = model.listed_after(&ids(history)).unwrap().words;
        listed.iter().any(|(other, _)| other.0 == word)
    };
    for order in [2, 1] {
        let gone: Vec<(Vec<u32>, u32)> =
            counts[order].iter().map(|(ngram, &count)| (ngram.clone(), count)).collect();
        for (ngram, count) in gone.into_iter().filter(|(ngram, _)| !is_kept(ngram)) {
            *counts[order - 1].get_mut(&ngram[1..]).unwrap() += count - 1;
        }
    }
    // One discount or three.
    let discount = |order: usize, count: u32| {
        let parameters = &model.info().orders[order - 1].parameters;
        parameters[parameters.len().min(count.min(3) as usize) - 1].1
    };
    fn prob(
        counts: &[BTreeMap<Vec<u32>, u32>; 3],
        vocab: usize,
        history: &[u32],
        word: u32,
        discount: &dyn Fn(usize, u32) -> f64,
        is_kept: &dyn Fn(&[u32]) -> bool,
    ) -> f64 {
        let lower = match history {
            [] => 1.0 / (vocab - 1) as f64,
            [_, rest @ ..] => prob(counts, vocab, rest, word, discount, is_kept),
        };
        let order = history.len() + 1;
        let after = counts[order - 1].iter().filter(|(ngram, _)| ngram.starts_with(history));
        let (mut total, mut reserved, mut share) = (0.0, 0.0, 0.0);
        for (ngram, &count) in after {
            let taken = match order == 1 || is_kept(ngram) {
                true => discount(order, count),
                false => f64::from(count),
            };
            total += f64::from(count);
            reserved += taken;
            if ngram.last() == Some(&word) {
                share = f64::from(count) - taken;
            }
        }
        if total == 0.0 { lower } else { (share + reserved * lower) / total }
    }
    let vocab = model.vocab().len();
    let mut compared = 0;
    for ngram in counts[2].keys().chain(counts[1].keys()) {
        let (&word, history) = ngram.split_last().unwrap();
        for word in [word, 2, 0] {
            let expected = prob(&counts, vocab, history, word, &discount, &is_kept);
            let found = model.score(&ids(history), WordId(word)).log_prob.prob();
            assert!(
                (found / expected - 1.0).abs() < 1e-5,
                "{history:?} {word}: {found} {expected}"
            );
            compared += 1;
        }
    }
    assert!(compared > 500);
}

#[test]
fn the_threshold_found_leads_to_the_same_model() {
    let model = model_of(&text(7, 200, 60), &options(3, "absolute"));
    let bytes = |target| {
        let (pruned, threshold) = pruned(&model, "weighted-difference", target);
        assert!(ngrams(&pruned) < ngrams(&model));
        (pruned.fingerprint(), pruned.file_size(), threshold)
    };
    let of_number = bytes(Target::Ngrams(300));
    assert_eq!(bytes(Target::Threshold(of_number.2.into())), of_number);
    let of_size = bytes(Target::Bytes(of_number.1));
    assert!(of_size.1 <= of_number.1 && of_size.1 * 100 >= of_number.1 * 97, "{of_size:?}");
}

#[test]
fn any_number_of_threads_prunes_alike() {
    let text = text(11, 3000, 400);
    let folder = tempfile::tempdir().unwrap();
    let mut found = Vec::new();
    for threads in [1, 3] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let path = folder.path().join(format!("{threads}.ngram"));
        let options =
            TrainOptions { prune: Some(Target::Share(0.2)), ..options(3, "modified-kneser-ney") };
        found.push(pool.install(|| {
            train(&[Text::bytes("text", text.clone().into())], &options, &path, &()).unwrap();
            let revised = Model::open(&path).unwrap();
            let (pruned, threshold) = pruned(&revised, "relative-entropy", Target::Share(0.5));
            (revised.fingerprint(), pruned.fingerprint(), threshold.to_bits())
        }));
    }
    assert_eq!(found[0], found[1]);
}

#[test]
fn what_cannot_be_pruned_is_told() {
    let text = text(2, 40, 20);
    let criterion = METHODS[0];
    let single = model_of(&text, &options(1, "witten-bell"));
    let error = Pruner::new(&single, criterion, 2, None, &()).err().unwrap();
    assert!(matches!(error, PruneError::SingleWords), "{error}");
    let model = model_of(&text, &options(3, "witten-bell"));
    for min_order in [0, 1, 4] {
        let error = Pruner::new(&model, criterion, min_order, None, &()).err().unwrap();
        assert!(error.to_string().contains("2 to 3 words"), "{error}");
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.ngram");
    let quantized = ConvertOptions { layout: Layout::Compact, quantize: Some(8) };
    convert(&model, &quantized, &path).unwrap();
    let error = Pruner::new(&Model::open(&path).unwrap(), criterion, 2, None, &()).err().unwrap();
    assert!(error.to_string().contains("prune first, then quantise"), "{error}");
    // If only trigrams are pruned, bigrams stay.
    let pruner = Pruner::new(&model, criterion, 3, None, &()).unwrap();
    let layout = ConvertOptions::default();
    let fewest = pruner.write(f32::MAX, &layout, &path).unwrap().info.orders;
    assert_eq!(fewest[1].ngrams, model.info().orders[1].ngrams);
    assert_eq!(fewest[2].ngrams, 0);
    for (target, needle) in [
        (Target::Threshold(-1.0), "0 or above"),
        (Target::Threshold(f64::NAN), "NaN"),
        (Target::Share(1.5), "150%"),
        (Target::Ngrams(1_000_000), "nothing is to be pruned"),
        (Target::Ngrams(5), "5 n-grams are too few"),
        (Target::Bytes(1 << 40), "nothing is to be pruned"),
        (Target::Bytes(10), "10 bytes are too few"),
    ] {
        let error = pruner.threshold(target, &layout, &path).unwrap_err().to_string();
        assert!(error.contains(needle), "{target:?}: {error}");
    }
}

/// Imports a model of `<unk>` 0.1, `</s>` 0.2, a 0.4 and b 0.3 with other n-grams.
fn imported(counts: &str, a: &str, b: &str, longer: &str) -> Model {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.ngram");
    let arpa = format!(
        "\\data\\\nngram 1=5\n{counts}\n\n\\1-grams:\n-1\t<unk>\n-99\t<s>\t0\n-0.69897\t</s>\n\
         -0.39794\ta\t{a}\n-0.5228787\tb\t{b}\n\n{longer}\n\\end\\\n"
    );
    let tokenizer = TokenizerSpec::new(TokenizerKind::Whitespace);
    import(arpa.as_bytes(), "arpa", &ReadOptions::default(), tokenizer, &path).unwrap();
    Model::open(&path).unwrap()
}

/// Checks 10^x of the back-off weight of a history and of its successors.
#[track_caller]
fn assert_listed(model: &Model, history: &str, backoff: f64, words: &[(&str, f64)]) {
    let id = |word: &str| model.vocab().id(word).unwrap();
    let listed = model.listed_after(&history.split(' ').map(id).collect::<Vec<_>>()).unwrap();
    let found: Vec<(&str, f64)> = listed
        .words
        .iter()
        .map(|&(word, log_prob)| (model.vocab().word(word), log_prob.prob()))
        .collect();
    assert!((listed.backoff.prob() / backoff - 1.0).abs() < 2e-6, "{history}: {listed:?}");
    assert_eq!(found.len(), words.len(), "{history}: {listed:?}");
    for (one, other) in found.iter().zip(words) {
        assert!(one.0 == other.0 && (one.1 / other.1 - 1.0).abs() < 2e-6, "{one:?} {other:?}");
    }
}

/// An ARPA file may list a history with a back-off weight but no word after it. It stays with its
/// weight, whether below or above 1, and so does the n-gram that it is. All else goes.
///
/// After a, b has 0.5 and 0.5 is left; words but b have 1 − 0.3 in the lower order.
#[test]
fn a_history_that_has_only_a_weight_stays_as_it_is() {
    // 10^−0.25 and 10^0.25.
    for (log10, weight) in [("-0.25", 0.562_341_33), ("0.25", 1.778_279_4)] {
        let longer = format!(
            "\\2-grams:\n-0.30103\ta b\t{log10}\n-0.2218487\tb a\t-0.90309\n\n\
             \\3-grams:\n-0.045757491\tb a </s>\n"
        );
        let counts = "ngram 2=2\nngram 3=1";
        let model = imported(counts, "-0.146128", "-0.2430380", &longer);
        assert_listed(&model, "a b", weight, &[]);
        let pruner = Pruner::new(&model, METHODS[0], 2, None, &()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pruned.ngram");
        let info = pruner.write(f32::MAX, &ConvertOptions::default(), &path).unwrap().info;
        assert_eq!(info.orders.iter().map(|order| order.ngrams).collect::<Vec<_>>(), [5, 1, 0]);
        let pruned = Model::open(&path).unwrap();
        assert_listed(&pruned, "a", 0.5 / 0.7, &[("b", 0.5)]);
        assert_listed(&pruned, "a b", weight, &[]);
        // Nothing is kept after b, so it is as if b had not been seen.
        assert_listed(&pruned, "b", 1.0, &[]);
        assert_listed(&pruned, "b a", 1.0, &[]);
        let id = |word: &str| pruned.vocab().id(word).unwrap();
        let end = pruned.score(&[id("a"), id("b")], WordId::END).log_prob.prob();
        assert!((end / (weight * 0.2) - 1.0).abs() < 2e-6, "{end}");
    }
}

/// History a loses its only word, b, whose probability is that of backing off; it stays, with a
/// weight of 1, since "b a" extends it. The n-gram "b a" is kept since "b a </s>" begins with it.
///
/// ```text
/// backoff(b)      (1 − 0.6) / (1 − 0.4)    a after b 0.6, by itself 0.4
/// backoff(b a)    (1 − 0.9) / (1 − 0.2)    </s> after b a 0.9, after a 1 · 0.2
/// ```
#[test]
fn a_history_that_others_extend_stays_with_a_weight_of_1() {
    // b has 0.3 after a, as by itself, and a weight of (1 − 0.3) / (1 − 0.3) = 1.
    let longer = "\\2-grams:\n-0.5228787\ta b\n-0.2218487\tb a\t-0.90309\n\n\
                  \\3-grams:\n-0.045757491\tb a </s>\n";
    let model = imported("ngram 2=2\nngram 3=1", "0", "-0.17609126", longer);
    let (pruned, _) = pruned(&model, "relative-entropy", Target::Threshold(1e-3));
    assert_listed(&pruned, "a", 1.0, &[]);
    assert_listed(&pruned, "b", 0.4 / 0.6, &[("a", 0.6)]);
    assert_listed(&pruned, "b a", 0.1 / 0.8, &[("</s>", 0.9)]);
    assert_eq!(ngrams(&pruned), 5 + 1 + 1);
    assert_sums(&pruned, &[vec![3, 4, 3]], "a history that others extend");
}

/// If all words of the lower order are kept after a history, no other word can take what is left.
/// So the weight is 1, and the probabilities, which sum to 0.9 here, are made to sum to 1.
#[test]
fn what_no_other_word_can_take_goes_to_the_kept_ones() {
    let longer = "\\2-grams:\n-1\ta <unk>\n-0.69897\ta </s>\n-0.30103\ta a\n-1\ta b\n";
    let sum = 0.1 + 0.2 + 0.5 + 0.1;
    let model = imported("ngram 2=4", "-0.5", "0", longer);
    let pruner = Pruner::new(&model, METHODS[0], 2, None, &()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pruned.ngram");
    pruner.write(f32::NEG_INFINITY, &ConvertOptions::default(), &path).unwrap();
    let expected = [("<unk>", 0.1), ("</s>", 0.2), ("a", 0.5), ("b", 0.1)];
    let expected = expected.map(|(word, prob)| (word, prob / sum));
    assert_listed(&Model::open(&path).unwrap(), "a", 1.0, &expected);
}
