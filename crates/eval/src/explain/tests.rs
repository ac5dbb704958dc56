//! Checks that the factors of every kind of model give the scores of an evaluation.

use super::*;
use ngram_model::derivation::Component;
use ngram_testing::trained::every_model;
use std::f64::consts::LOG2_10;

const SENTENCES: [&str; 6] =
    ["", "w0", "w2 w0 w1 w11 w0", "w1 zzz w0  w0 w0 Süß", "w3 w3 w3 <unk> w9", "w10 w0 w11"];

#[track_caller]
fn near(one: f64, other: f64, what: &str) {
    assert!((one - other).abs() <= 2e-6 * (1.0 + other.abs()), "{what}: {one} and {other}");
}

/// The product of the written factors, in double precision, from probabilities alone.
fn product(derivation: &Derivation) -> f64 {
    let table = |table: &ngram_model::derivation::Backoff| {
        let weights = table.weights.iter().map(|weight| weight.weight).product::<f64>();
        weights * table.stored_probability
    };
    match derivation {
        Derivation::Given { .. } => panic!("every kind of model says how it comes to a score"),
        Derivation::Backoff(factors) => table(factors),
        Derivation::Skip(factors) => table(&factors.table),
        Derivation::Class(factors) => table(&factors.classes) * factors.in_class_probability,
        Derivation::Mixture { components } => {
            let term = |component: &Component| {
                near(product(&component.derivation) * component.share, component.probability, "");
                component.weight * component.probability
            };
            components.iter().map(term).sum()
        }
    }
}

#[test]
fn factors_multiply_out_to_the_score_of_every_model() {
    every_model(|name, model| {
        for sentence in SENTENCES {
            let explained = explain(model, sentence);
            let report = crate::evaluate(model, &format!("{sentence}\n")).figures;
            let mut log10 = 0.0;
            for token in &explained.tokens {
                let what = format!("{name}, {sentence:?}, {}", token.token);
                let LogProb(found) = token.derivation.log_prob();
                assert_eq!(found.to_bits(), token.log10_prob.to_bits(), "{what}");
                near(product(&token.derivation), token.probability, &what);
                if !token.is_zero() {
                    log10 += f64::from(token.log10_prob);
                    near(token.bits, f64::from(token.log10_prob) * -LOG2_10, &what);
                }
            }
            assert_eq!(log10, report.log10_prob, "{name}, {sentence:?}");
            assert_eq!(explained.total.tokens, explained.tokens.len() as u64);
            let oovs = explained.tokens.iter().filter(|token| token.oov).count();
            assert_eq!(oovs as u64, report.oovs);
            let Some(open) = report.open_vocabulary else {
                assert!(explained.tokens.iter().all(|token| token.open.is_none()));
                continue;
            };
            let paid = explained.tokens.iter().filter_map(|token| token.open.as_ref());
            let sum = |part: fn(&OpenCharge) -> f64| paid.clone().map(part).sum::<f64>();
            near(sum(|paid| paid.token_bits), open.token_bits, name);
            let spelling = |paid: &OpenCharge| paid.spelling.as_ref().map_or(0.0, |s| s.bits);
            near(sum(spelling), open.spelling_bits, name);
            near(sum(|paid| paid.case.as_ref().map_or(0.0, |c| c.bits)), open.case_bits, name);
            near(sum(|paid| paid.gap.bits), open.spacing_bits, name);
            near(sum(|paid| paid.bits), open.total_bits, name);
            for spelling in paid.filter_map(|paid| paid.spelling.as_ref()) {
                let letters: f64 = spelling.letters.iter().map(|spelled| spelled.bits).sum();
                near(letters - spelling.not_known_bits, spelling.bits, name);
            }
        }
    });
}

/// Each weight is that of the history it names, and the stored n-gram is the longest there is.
#[test]
fn every_step_is_that_of_its_history() {
    every_model(|name, model| {
        for token in SENTENCES.iter().flat_map(|sentence| explain(model, sentence).tokens) {
            let Derivation::Backoff(table) = &token.derivation else { continue };
            let vocab = model.vocab();
            let ids = |words: &[String]| -> Vec<WordId> {
                words.iter().map(|word| vocab.id_or_unknown(word)).collect()
            };
            assert_eq!(table.matched, token.matched, "{name}");
            assert_eq!(table.ngram().len(), usize::from(table.matched));
            let lengths: Vec<usize> = table.weights.iter().map(|w| w.history.len()).collect();
            let expected: Vec<usize> =
                (usize::from(table.matched)..=table.history.len()).rev().collect();
            assert_eq!(lengths, expected, "{name}");
            for weight in &table.weights {
                if let Some(listed) = model.listed_after(&ids(&weight.history)) {
                    assert_eq!(listed.backoff.0, weight.log10_weight, "{name}");
                    assert!(!listed.has(vocab.id_or_unknown(&table.word)), "{name}");
                }
            }
        }
    });
}

/// For every method, the counts give the stored probability; also checks the text written about it.
#[test]
fn counts_multiply_out_to_what_is_stored() {
    use ngram_testing::trained::{counts, model, options};
    use ngram_train::smoothing::{Combine, METHODS, Settings};
    use ngram_train::{TrainOptions, TrainingCounts};
    let file = || ngram_counts::CountFile::from_bytes("counts", counts()).unwrap();
    for (number, method) in METHODS.into_iter().enumerate() {
        for combine in [Combine::Interpolate, Combine::BackOff] {
            // One combination keeps all n-grams, the other drops trigrams that occur once.
            let is_whole = (number % 2 == 0) == (combine == Combine::Interpolate);
            for min_counts in [if is_whole { vec![] } else { vec![1, 1, 2] }] {
                let settings =
                    Settings { combine: Some(combine), min_counts, ..Settings::default() };
                // One method takes nothing from lower orders, whatever is asked for.
                let combine = settings.combine(method);
                let options = TrainOptions { smoothing: method, settings, ..options() };
                let model = model(None, &options);
                let table = model.as_table().unwrap();
                let counts = TrainingCounts::new(vec![file()], table).unwrap();
                let explained = |sentence| explain_counted(table, |of| counts.of(of), sentence);
                let tokens = SENTENCES.map(|sentence| explained(sentence).tokens);
                for token in tokens.into_iter().flatten() {
                    let what = format!("{}, {combine:?}, {}", method.name(), token.token);
                    let Derivation::Backoff(factors) = &token.derivation else { panic!("{what}") };
                    let rows = token.counts.unwrap();
                    let interpolates = combine == Combine::Interpolate;
                    let expected = if interpolates { usize::from(token.matched) } else { 1 };
                    assert_eq!(rows.len(), expected, "{what}");
                    assert_eq!(rows[0].ngram, factors.ngram(), "{what}");
                    near(rows[0].stored_probability, factors.stored_probability, &what);
                    for row in rows {
                        // Weights for kinds of histories are not in the model.
                        if method.name().starts_with("jelinek-mercer") {
                            assert_eq!((row.formula, row.probability), (None, None));
                            continue;
                        }
                        let found = row.probability.unwrap_or_else(|| panic!("{what}: {row:?}"));
                        near(found, row.stored_probability, &what);
                        let share = row.share.unwrap();
                        let is_told = row.formula.is_some() || what.starts_with("katz");
                        assert!(is_told || what.starts_with("good") || row.count == 0, "{what}");
                        if let Some(formula) = row.formula.filter(|_| !what.contains("pitman")) {
                            near(worked_out(&formula), share, &formula);
                        }
                        assert!(row.count <= row.total && row.types <= row.total);
                    }
                }
            }
        }
    }
}

/// `(2 − 0.5) / (3 + 4 · 5)`: a product or difference over a sum, in numbers of six decimals.
fn worked_out(formula: &str) -> f64 {
    let (above, below) = formula.rsplit_once(" / ").unwrap();
    let sum = |text: &str| -> f64 {
        let text = text.trim_matches(['(', ')']).replace(" − ", " + -");
        let product =
            |term: &str| -> f64 { term.split(" · ").map(|n| n.parse::<f64>().unwrap()).product() };
        text.split(" + ").map(product).sum()
    };
    sum(above) / sum(below)
}

/// Case and unusual gaps are charged if tokens leave them out.
#[test]
fn what_stands_between_tokens_is_paid_for() {
    use ngram_testing::trained::{model, options};
    use ngram_tokenizer::{TokenizerKind, TokenizerSpec};
    let tokenizer = TokenizerSpec { kind: TokenizerKind::Words, lowercase: true };
    let options = ngram_train::TrainOptions { tokenizer, ..options() };
    let model = model(Some("The cat sat.\nA dog ran!\nThe cat, too.\n"), &options);
    for sentence in ["The CAT\t\tsat.", "the bird, McDonald <s> sat .  "] {
        let explained = explain(model.as_dyn(), sentence);
        let open = explained.total.open_vocabulary.unwrap();
        assert!(open.case_bits > 0.0 && open.spacing_bits > 10.0, "{open:?}");
        let paid = explained.tokens.iter().map(|token| token.open.as_ref().unwrap());
        near(paid.clone().map(|paid| paid.bits).sum(), open.total_bits, sentence);
        let written = explained.tokens.iter().map(|token| {
            let OpenCharge { gap, case, .. } = token.open.as_ref().unwrap();
            format!("{}{}", gap.text, case.as_ref().map_or("", |case| &case.form))
        });
        assert_eq!(written.collect::<String>(), sentence);
    }
}
