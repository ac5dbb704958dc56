//! Compares our estimates with those of the real `lmplz`, n-gram by n-gram.

use ngram_formats::arpa::{ReadOptions, read};
use ngram_formats::export;
use ngram_model::Model;
use ngram_tokenizer::{TokenizerKind, TokenizerSpec};
use ngram_train::{TrainOptions, train};
use std::collections::BTreeMap;

const TEXT: &str = include_str!("golden/hill.txt");
const LMPLZ: &str = include_str!("golden/hill.order3.arpa");

/// Returns each n-gram of an ARPA file with its log10 probability and back-off weight.
fn ngrams(arpa: &str) -> BTreeMap<Vec<String>, (f32, f32)> {
    let file = read(arpa.as_bytes(), "arpa", &ReadOptions::default()).unwrap();
    let vocab = file.vocab.view();
    let mut found = BTreeMap::new();
    for ngrams in &file.orders {
        for (words, log_prob, backoff) in ngrams.iter() {
            let words = words.iter().map(|&word| vocab.word(word).to_owned()).collect();
            found.insert(words, (log_prob, backoff.unwrap_or(0.0)));
        }
    }
    found
}

#[test]
fn every_ngram_equals_lmplz() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.ngram");
    let texts = [ngram_input::Text::bytes("hill", TEXT.into())];
    let tokenizer = TokenizerSpec::new(TokenizerKind::Whitespace);
    let options = TrainOptions { order: 3, tokenizer, ..TrainOptions::default() };
    train(&texts, &options, &path, &()).unwrap();
    let mut arpa = Vec::new();
    export(&Model::open(&path).unwrap(), &mut arpa).unwrap();

    let (ours, theirs) = (ngrams(&String::from_utf8(arpa).unwrap()), ngrams(LMPLZ));
    assert_eq!(ours.keys().collect::<Vec<_>>(), theirs.keys().collect::<Vec<_>>());
    for (words, (log_prob, backoff)) in &theirs {
        let found = ours[words];
        // <s> is never predicted, so each tool writes a number of its own choice.
        if words != &["<s>"] {
            assert!((found.0 - log_prob).abs() < 1e-5, "{words:?}: {} {log_prob}", found.0);
        }
        assert!((found.1 - backoff).abs() < 1e-5, "{words:?}: {} {backoff}", found.1);
    }
}
