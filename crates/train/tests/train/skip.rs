//! Models that skip words.

use ngram_input::Text;
use ngram_model::{AnyModel, LanguageModel, Model, ModelError, SkipModel};
use ngram_store::{Resources, Shares};
use ngram_testing::{model_of, text};
use ngram_tokenizer::{TokenizerKind, TokenizerSpec, WordId};
use ngram_train::{TrainOptions, train};

const ORDER: usize = 3;

fn options(skip: usize) -> TrainOptions {
    TrainOptions {
        order: ORDER,
        tokenizer: TokenizerSpec::new(TokenizerKind::Whitespace),
        skip,
        ..TrainOptions::default()
    }
}

/// Splits the lines of a text as the definition says.
fn apart(text: &str, skip: usize) -> String {
    let mut lines = String::new();
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        for part in 0..=skip {
            let of_part: Vec<&str> = words.iter().skip(part).step_by(skip + 1).copied().collect();
            lines.push_str(&of_part.join(" "));
            lines.push('\n');
        }
    }
    lines
}

fn skipping(text: &str, options: &TrainOptions) -> (SkipModel, Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m");
    train(&[Text::bytes("text", text.into())], options, &path, &()).unwrap();
    assert!(matches!(Model::open(&path), Err(ModelError::Skips { .. })));
    assert!(AnyModel::open(&path).unwrap().as_skip().is_some());
    (SkipModel::open(&path).unwrap(), std::fs::read(&path).unwrap())
}

#[test]
fn is_the_model_of_sentences_taken_apart() {
    let whole = text(3, 200, 12);
    for skip in [1, 2] {
        let (model, bytes) = skipping(&whole, &options(skip));
        let plain = model_of(&apart(&whole, skip), &options(0));
        let id = |word: &str| plain.vocab().id_or_unknown(word);
        let mut scores = Vec::new();
        let (mut words, mut ends, mut expected) = (Vec::new(), Vec::new(), Vec::new());
        for line in text(4, 40, 12).lines() {
            let line: Vec<&str> = line.split_whitespace().collect();
            for at in 0..=line.len() {
                let back = line[..at].iter().rev().skip(skip).step_by(skip + 1).take(ORDER - 1);
                let mut history: Vec<WordId> = back.map(|word| id(word)).collect();
                if history.len() < ORDER - 1 {
                    history.push(WordId::BEGIN);
                }
                history.reverse();
                let word = line.get(at).map_or(WordId::END, |word| id(word));
                expected.push(plain.score(&history, word));
                // One by one, with the whole sentence so far as history.
                let own = |word: &&str| model.vocab().id_or_unknown(word);
                let so_far: Vec<WordId> =
                    [WordId::BEGIN].into_iter().chain(line[..at].iter().map(own)).collect();
                let word = line.get(at).map_or(WordId::END, own);
                assert_eq!(model.score(&so_far, word), expected[expected.len() - 1]);
            }
            words.extend(line.iter().map(|word| model.vocab().id_or_unknown(word)));
            ends.push(words.len());
        }
        model.score_sentences(&words, &ends, &mut scores);
        assert_eq!(scores, expected);
        // Ids in a temporary file are split, too.
        let resources = Resources {
            shares: Some(Shares { ids: 0, keys: 0, counts: 0 }),
            ..Resources::default()
        };
        let (_, small) = skipping(&whole, &TrainOptions { resources, ..options(skip) });
        assert!(bytes == small);
    }
}

#[test]
fn sums_to_1() {
    let (model, _) = skipping(&text(3, 200, 12), &options(1));
    assert_eq!(model.order(), 5);
    let words = || (0..model.vocab().len() as u32).map(WordId).filter(|&w| w != WordId::BEGIN);
    for history in [vec![], vec![1], vec![1, 4], vec![1, 4, 5], vec![3, 4, 5, 6], vec![9, 4, 4, 0]]
    {
        let history: Vec<WordId> = history.into_iter().map(WordId).collect();
        let sum: f64 = words().map(|word| model.score(&history, word).log_prob.prob()).sum();
        assert!((sum - 1.0).abs() < 1e-5, "{history:?} {sum}");
    }
}

#[test]
fn what_cannot_skip_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m");
    let texts = [Text::bytes("text", b"a b c\n".to_vec())];
    let error = train(&texts, &options(10), &path, &()).unwrap_err().to_string();
    assert!(error.contains("choose 0 to 9"), "{error}");
    train(&texts, &options(0), &path, &()).unwrap();
    assert!(matches!(SkipModel::open(&path), Err(ModelError::SkipsNothing { .. })));
}
