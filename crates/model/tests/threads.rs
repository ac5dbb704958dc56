//! Results never depend on the number of threads.

mod common;

use ngram_counts::{Resources, Text, VocabRule};
use ngram_model::smoothing::METHODS;
use ngram_model::{LanguageModel, Model, TrainOptions, train};
use ngram_tokenizer::{TokenizerKind, TokenizerSpec, WordId};
use std::fs;

/// The bytes of the model that so many threads train.
fn file(texts: &[Text], options: &TrainOptions, threads: usize) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.ngram");
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(|| train(texts, options, &path, &())).unwrap();
    fs::read(path).unwrap()
}

#[test]
fn models_are_the_same_byte_for_byte() {
    // Several texts of several seeds, so that threads meet the words in any sequence.
    let texts: Vec<Text> = (0..12)
        .map(|seed| Text::bytes("text", common::text(seed, 3000, 400).into_bytes()))
        .collect();
    let rules = [VocabRule::All, VocabRule::MinCount(20), VocabRule::MaxWords(100)];
    for method in METHODS {
        for (order, vocab) in [1, 2, 5].into_iter().zip(&rules) {
            let options = TrainOptions {
                order,
                tokenizer: TokenizerSpec::new(TokenizerKind::Whitespace),
                vocab: vocab.clone(),
                smoothing: method,
                resources: Resources::default(),
            };
            let one = file(&texts, &options, 1);
            for threads in [2, 7] {
                // More than once, as threads do not take turns the same way twice.
                for _ in 0..2 {
                    let other = file(&texts, &options, threads);
                    assert!(other == one, "{}, order {order}, {threads}", method.name());
                }
            }
        }
    }
}

#[test]
fn a_model_gives_many_threads_the_scores_it_gives_one() {
    let text = common::text(1, 2000, 300);
    let model: Model = common::model(&text, 4, METHODS[0]);
    let held_out = common::text(2, 500, 300);
    let sentences: Vec<Vec<WordId>> = common::sentences(&held_out, &model)
        .into_iter()
        .map(|words| words.into_iter().map(WordId).collect())
        .collect();
    let score_all = || {
        let mut all = Vec::new();
        let mut scores = Vec::new();
        for sentence in &sentences {
            model.score_sentence(sentence, &mut scores);
            all.extend_from_slice(&scores);
        }
        all
    };
    let one = score_all();
    let words: usize = sentences.iter().map(Vec::len).sum();
    assert_eq!(one.len(), words + sentences.len());
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..7).map(|_| scope.spawn(score_all)).collect();
        for thread in threads {
            assert!(thread.join().unwrap() == one);
        }
    });
}
