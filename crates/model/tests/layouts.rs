//! The same model in every layout: the same scores, the same ARPA file, the same table.

mod common;

use common::{methods, model, text};
use ngram_model::{ConvertOptions, LanguageModel, Layout, Model, convert, export};
use ngram_tokenizer::WordId;

fn converted(model: &Model, layout: Layout, quantize: Option<u8>) -> Model {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.ngram");
    let options = ConvertOptions { layout, quantize };
    let size = convert(model, &options, &path).unwrap();
    let converted = Model::open(&path).unwrap();
    assert_eq!((converted.file_size(), converted.layout()), (size, layout));
    converted.verify("converted").unwrap();
    converted
}

fn arpa(model: &Model) -> String {
    let mut bytes = Vec::new();
    export(model, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

/// Scores that must be the same, as bits.
fn scores(model: &Model, sentences: &[Vec<u32>]) -> Vec<(u32, u8)> {
    let mut all = Vec::new();
    let mut scores = Vec::new();
    for sentence in sentences {
        let words = common::ids(sentence);
        model.score_sentence(&words, &mut scores);
        all.extend(scores.iter().map(|score| (score.log_prob.0.to_bits(), score.matched)));
    }
    for history in common::histories(sentences, model.order(), model.vocab().len()) {
        let history = common::ids(&history);
        for word in (0..model.vocab().len() as u32 + 2).chain([u32::MAX]).map(WordId) {
            let score = model.score(&history, word);
            all.push((score.log_prob.0.to_bits(), score.matched));
        }
    }
    all
}

#[track_caller]
fn assert_same(one: &Model, other: &Model, sentences: &[Vec<u32>]) {
    assert_eq!(scores(one, sentences), scores(other, sentences));
    assert_eq!(arpa(one), arpa(other));
}

#[test]
fn every_score_and_the_arpa_file_stay_the_same_for_every_method_and_order() {
    let text = text(3, 60, 12);
    for method in methods() {
        for order in 1..=7 {
            let table = model(&text, order, method);
            let sentences = common::sentences(&text, &table);
            let compact = converted(&table, Layout::Compact, None);
            assert_same(&table, &compact, &sentences[..sentences.len().min(20)]);
            assert_eq!(table.info(), compact.info());
        }
    }
}
