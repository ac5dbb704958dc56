//! Lists of n-grams, any of them missing, put together to a model that scores as an ARPA file says.

use ngram_formats::arpa::{self, ReadOptions};
use ngram_formats::import;
use ngram_model::{LanguageModel, Model, Ngrams};
use ngram_tokenizer::{TokenizerKind, TokenizerSpec, Vocab, WordId};
use proptest::prelude::*;
use std::collections::HashMap;

type Listed = HashMap<Vec<WordId>, (f32, f32)>;

/// log10 p(last word | the others), by the definition of an ARPA file.
fn by_definition(listed: &Listed, words: &[WordId]) -> f32 {
    if let Some((log_prob, _)) = listed.get(words) {
        return *log_prob;
    }
    let Some((_, shorter)) = words.split_first().filter(|(_, rest)| !rest.is_empty()) else {
        return f32::NEG_INFINITY;
    };
    let history = &words[..words.len() - 1];
    listed.get(history).map_or(0.0, |listed| listed.1) + by_definition(listed, shorter)
}

/// N-grams of orders 1 to 4 over six words, any of them missing, in any sequence.
fn lists() -> impl Strategy<Value = Vec<Ngrams>> {
    let order = |order: usize| {
        let words = prop::collection::vec(0..6u32, order);
        let rows = prop::collection::hash_map(words, (-3.0..0.0f32, -1.0..1.0f32), 0..12);
        rows.prop_map(move |rows| {
            let mut ngrams = Ngrams::new(order);
            for (words, (log_prob, backoff)) in rows {
                ngrams.words.extend(words.into_iter().map(WordId));
                ngrams.log_probs.push(log_prob);
                if order < 4 {
                    ngrams.backoffs.push(backoff);
                }
            }
            ngrams
        })
    };
    let unigrams = prop::collection::vec((-3.0..0.0f32, -1.0..1.0f32), 6).prop_map(|rows| {
        let mut ngrams = Ngrams::new(1);
        ngrams.words.extend((0..6).map(WordId));
        ngrams.log_probs.extend(rows.iter().map(|row| row.0));
        ngrams.backoffs.extend(rows.iter().map(|row| row.1));
        ngrams
    });
    (unigrams, order(2), order(3), order(4)).prop_map(|(a, b, c, d)| vec![a, b, c, d])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn scores_are_those_of_the_lists(orders in lists()) {
        let vocab = Vocab::new(["a", "b", "c"]).unwrap();
        let mut text = Vec::new();
        arpa::write(&mut text, vocab.view(), &orders).unwrap();
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("model.ngram");
        let tokenizer = TokenizerSpec::new(TokenizerKind::Whitespace);
        import(&text[..], "x", &ReadOptions::default(), tokenizer, &path).unwrap();
        let model = Model::open(&path).unwrap();

        let listed: Listed = orders
            .iter()
            .flat_map(Ngrams::iter)
            .map(|(words, log_prob, backoff)| (words.to_vec(), (log_prob, backoff.unwrap_or(0.0))))
            .collect();
        for number in 0..6u32.pow(4) {
            let words = [216, 36, 6, 1].map(|place| WordId(number / place % 6));
            for start in 0..4 {
                let score = model.score(&words[start..3], words[3]).log_prob.0;
                let expected = by_definition(&listed, &words[start..]);
                prop_assert!((score - expected).abs() < 1e-5, "{words:?}: {score}, {expected}");
            }
        }
    }
}
