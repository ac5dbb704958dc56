//! A sentence longer than any block in which words are scored together has the scores of its words
//! one by one: what is known of the last words of a block is carried to the next.

use ngram_model::memory::MemoryModel;
use ngram_model::{ConvertOptions, LanguageModel, Layout, Model, Score, convert};
use ngram_testing::{ids, model_of, sentences, text};
use ngram_tokenizer::{TokenizerKind, TokenizerSpec, WordId};
use ngram_train::TrainOptions;

/// Words of the long sentences: more than two blocks of the layout with the largest, which has 256.
const LONG: usize = 600;

/// Returns the scores of a sentence by the definition: each word after all words before it.
fn one_by_one(model: &dyn LanguageModel, sentence: &[WordId]) -> Vec<Score> {
    let text = [&[WordId::BEGIN], sentence, &[WordId::END]].concat();
    (1..text.len()).map(|at| model.score(&text[..at], text[at])).collect()
}

fn bits(scores: &[Score]) -> Vec<(u32, u8)> {
    scores.iter().map(|score| (score.log_prob.0.to_bits(), score.matched)).collect()
}

/// Returns the first word whose score differs; comparing whole lists would print them all.
fn difference(one: &[Score], other: &[Score]) -> Option<usize> {
    assert_eq!(one.len(), other.len());
    bits(one).iter().zip(bits(other)).position(|(one, other)| *one != other)
}

/// Compares the scores of two long sentences with those of their words one by one. Returns the latter.
#[track_caller]
fn assert_carried(model: &dyn LanguageModel, long: [&[WordId]; 2], what: &str) -> Vec<Score> {
    let expected = long.map(|sentence| one_by_one(model, sentence));
    let mut found = Vec::new();
    for (sentence, expected) in long.iter().zip(&expected) {
        model.score_sentence(sentence, &mut found);
        assert_eq!(difference(&found, expected), None, "{what}");
    }
    // The second sentence begins at every place of a block of 64 words, and near the end of one of 256,
    // so that words of every kind are the last of a block.
    for lead in (1..=66).chain(188..=258) {
        let before = &long[1][..lead];
        let (words, mut ends) = ([before, long[0], long[1]].concat(), vec![lead]);
        // The third sentence is empty.
        ends.extend([lead + long[0].len(), lead + long[0].len(), words.len()]);
        model.score_sentences(&words, &ends, &mut found);
        let end = model.score(&[&[WordId::BEGIN], before].concat(), WordId::END);
        let empty = model.score(&[WordId::BEGIN], WordId::END);
        let [first, second] = &expected;
        let all = [&second[..lead], &[end], first, &[empty], second].concat();
        assert_eq!(difference(&found, &all), None, "{what}, after {lead} words");
    }
    expected.concat()
}

fn converted(model: &Model, layout: Layout, quantize: Option<u8>) -> Model {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.ngram");
    convert(model, &ConvertOptions { layout, quantize }, &path).unwrap();
    Model::open(&path).unwrap()
}

#[test]
fn a_sentence_longer_than_a_block_has_the_scores_of_its_words_one_by_one() {
    // The first long sentence is in the training text, so that each of its words has the longest
    // history. The second one has other n-grams and words, so that all lengths occur. Few words
    // have long lists of successors, and many words short ones and some that overflow their line.
    let few_and_many = |seed| text(seed, 150, 12) + &text(seed + 20, 450, 300);
    let seen = few_and_many(9).replace('\n', "");
    let other = few_and_many(10).replace('\n', "");
    let training = seen.clone() + "\n" + &text(11, 40, 12) + &text(31, 400, 300);
    for order in [1, 2, 3, 5] {
        for open in [false, true] {
            let tokenizer = TokenizerSpec::new(TokenizerKind::Whitespace);
            let options = TrainOptions { order, tokenizer, open, ..TrainOptions::default() };
            let fast = model_of(&training, &options);
            assert_eq!(fast.open_vocabulary().is_some(), open);
            let long = sentences(&(seen.clone() + "\n" + &other), &fast);
            let long = [ids(&long[0]), ids(&long[1])];
            assert!(long.iter().all(|sentence| sentence.len() > LONG));
            let long = [&long[0][..], &long[1][..]];

            let what = format!("order {order}, open {open}");
            let expected = assert_carried(&fast, long, &what);
            let in_training = &expected[order..LONG];
            assert!(in_training.iter().all(|score| usize::from(score.matched) == order));
            for matched in 1..=order as u8 {
                assert!(expected.iter().any(|score| score.matched == matched), "{matched}");
            }
            for layout in Layout::ALL {
                let what = format!("{what}, {}", layout.name());
                let found = assert_carried(&converted(&fast, layout, None), long, &what);
                assert_eq!(difference(&found, &expected), None, "{what}");
            }
            let in_memory = MemoryModel::new(&fast).unwrap();
            let found = assert_carried(&in_memory, long, &format!("{what}, in memory"));
            assert_eq!(difference(&found, &expected), None, "{what}, in memory");
            let quantised = converted(&fast, Layout::Compact, Some(4));
            assert_carried(&quantised, long, &format!("{what}, quantised"));
            let in_memory = MemoryModel::new(&quantised).unwrap();
            assert_carried(&in_memory, long, &format!("{what}, quantised, in memory"));
        }
    }
}
