//! Compares the automaton in OpenFst's text format with the model that it was written from.

use ngram_formats::{ExportError, ExportFormat};
use ngram_model::{LanguageModel, Model};
use ngram_tokenizer::WordId;
use ngram_train::{TrainOptions, smoothing};
use std::collections::HashMap;

fn exported(model: &Model, format: &str) -> Result<String, ExportError> {
    let mut bytes = Vec::new();
    ExportFormat::by_name(format).unwrap().write(model, &mut bytes)?;
    Ok(String::from_utf8(bytes).unwrap())
}

#[test]
fn a_path_weighs_what_the_model_says() {
    for order in 1..=4 {
        let text = ngram_testing::text(order as u64, 40, 12);
        let method = smoothing::by_name("modified-kneser-ney").unwrap();
        let model = ngram_testing::model(&text, order, method);
        let written = exported(&model, "openfst").unwrap();
        let epsilon = exported(&model, "openfst-epsilon").unwrap();
        assert_eq!(epsilon, written.replace("<phi>", "<eps>"));

        let mut arcs: HashMap<(&str, &str), (&str, f64)> = HashMap::new();
        let mut finals: HashMap<&str, f64> = HashMap::new();
        for line in written.lines() {
            let fields: Vec<&str> = line.split('\t').collect();
            let before = match fields[..] {
                [from, to, label, weight] => {
                    arcs.insert((from, label), (to, weight.parse().unwrap())).map(|_| ())
                }
                [state, weight] => finals.insert(state, weight.parse().unwrap()).map(|_| ()),
                _ => panic!("{line}"),
            };
            assert_eq!(before, None, "{line}");
        }
        let start = written.split('\t').next().unwrap();
        for line in text.lines().chain(["never w1 w2 seen w3", "w3 w3 w3 w3 w1"]) {
            let ids: Vec<WordId> =
                line.split_whitespace().map(|word| model.vocab().id_or_unknown(word)).collect();
            let mut scores = Vec::new();
            model.score_sentence(&ids, &mut scores);
            let (mut state, mut sum) = (start, 0.0);
            for &id in &ids {
                while !arcs.contains_key(&(state, model.vocab().word(id))) {
                    let (next, weight) = arcs[&(state, "<phi>")];
                    (state, sum) = (next, sum + weight);
                }
                let (next, weight) = arcs[&(state, model.vocab().word(id))];
                (state, sum) = (next, sum + weight);
            }
            sum += finals[state];
            let expected: f64 = scores.iter().map(|score| -score.log_prob.prob().ln()).sum();
            assert!((sum - expected).abs() < 1e-4, "order {order}: {line}: {sum} {expected}");
        }
    }
}

#[test]
fn symbols_and_words_are_listed_by_number() {
    let method = smoothing::by_name("witten-bell").unwrap();
    let model = ngram_testing::model("a b a\n", 2, method);
    let symbols = exported(&model, "openfst-symbols").unwrap();
    assert_eq!(symbols, "<eps>\t0\n<unk>\t1\n<s>\t2\n</s>\t3\na\t4\nb\t5\n<phi>\t6\n");
    assert_eq!(exported(&model, "unigrams").unwrap(), "a\nb\n");
}

#[test]
fn a_word_called_as_a_label_is_refused() {
    let options = TrainOptions { order: 2, ..TrainOptions::default() };
    let tokenizer = ngram_tokenizer::TokenizerSpec::new(ngram_tokenizer::TokenizerKind::Whitespace);
    let model = ngram_testing::model_of("a <phi>\n", &TrainOptions { tokenizer, ..options });
    let error = exported(&model, "openfst").unwrap_err();
    assert!(error.to_string().contains("\"<phi>\""), "{error}");
}
