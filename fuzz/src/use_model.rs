//! Every query that a user can make of a model.

use ngram_input::Text;
use ngram_adaptive::Adaptive;
use ngram_adaptive::code::{compress, decompress};
use ngram_edit::check::{CheckOptions, check, check_classes};
use ngram_model::{AnyModel, LanguageModel, Model};
use ngram_train::TrainOptions;
use ngram_formats::export;
use ngram_tokenizer::surface::Surface;
use ngram_tokenizer::{Case, Gap, TokenizerSpec, WordId};
use std::ops::ControlFlow;

/// Trains a small model with an open vocabulary, with the tokenizer of this name.
pub fn train(tokenizer: &str) -> Model {
    const TEXT: &str = "The cat sat on the mat.\nthe dog sat;  a Cat ran\n\na b c a b\n";
    let tokenizer = TokenizerSpec::new(tokenizer.parse().expect("a tokenizer's name"));
    let options = TrainOptions { order: 3, tokenizer, ..TrainOptions::default() };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("model.ngram");
    let text = Text::bytes("text", TEXT.into());
    ngram_train::train(&[text], &options, &path, &()).expect("a model of a sound text");
    Model::open(&path).expect("a model that was just written")
}

/// Looks words up, scores them in every possible way, lists, checks and exports.
///
/// For any file contents: no panic, no word outside the vocabulary, and the same score in every way.
pub fn use_model(model: &AnyModel) {
    let language_model = model.as_dyn();
    use_any(language_model);
    if language_model.open_vocabulary().is_some() {
        open_vocabulary(language_model);
        evaluate(language_model, model.fingerprint().expect("no other toolkit's model spells words"));
    }
    let options = CheckOptions { sample: 4, tolerance: None };
    let _ = model.verify("fuzz");
    let _ = model.info();
    match model {
        AnyModel::Table(table) => {
            check(table, "fuzz", &options);
            let _ = export(table, std::io::sink());
        }
        AnyModel::Class(classes) => {
            check_classes(classes, "fuzz", &options);
            for word in (0..classes.vocab().len() as u32 + 1).map(WordId) {
                assert!(classes.class_of(word).index() < classes.classes().vocab().len());
                let _ = classes.in_class(word);
            }
        }
        AnyModel::Skip(skip) => {
            check(skip.table(), "fuzz", &options);
        }
        AnyModel::Foreign(_) => {}
    }
}

/// Looks words up and scores them, which works with any model.
pub fn use_any(model: &dyn LanguageModel) {
    look_up(model);
    score(model);
}

fn look_up(model: &dyn LanguageModel) {
    let vocab = model.vocab();
    for id in (0..vocab.len() as u32).chain([u32::MAX]).map(WordId) {
        if let Some(found) = vocab.id(vocab.word(id)) {
            assert!(found.index() < vocab.len());
        }
    }
    assert!(vocab.id_or_unknown("not a word").index() < vocab.len());
}

fn score(model: &dyn LanguageModel) {
    let words = model.vocab().len() as u32;
    let some: Vec<WordId> = (0..words.min(12)).chain([words, u32::MAX]).map(WordId).collect();
    let is_word = |word: &WordId| word.index() < words as usize;
    // Sentences of the words in turn, of one word repeated, and one without words.
    let mut text = Vec::new();
    let mut ends = Vec::new();
    for step in 1..4 {
        text.extend(some.iter().step_by(step));
        ends.push(text.len());
    }
    text.extend([WordId(3); 7]);
    ends.extend([text.len(), text.len()]);
    let mut all = Vec::new();
    model.score_sentences(&text, &ends, &mut all);
    assert_eq!(all.len(), text.len() + ends.len());

    let (mut start, mut one_by_one) = (0, Vec::new());
    let mut sentence = Vec::new();
    for &end in &ends {
        model.score_sentence(&text[start..end], &mut sentence);
        assert_eq!(sentence.len(), end - start + 1);
        one_by_one.append(&mut sentence);
        start = end;
    }
    let bits = |scores: &[ngram_model::Score]| -> Vec<(u32, u8)> {
        scores.iter().map(|score| (score.log_prob.0.to_bits(), score.matched)).collect()
    };
    assert_eq!(bits(&all), bits(&one_by_one));

    for at in 0..some.len() {
        let history = &some[..at];
        model.score(history, some[at]);
        model.derive(history, some[at]).log_prob();
        if at > 0
            && at < model.order()
            && let Some(listed) = model.listed_after(history)
        {
            assert!(listed.words.iter().all(|(word, _)| is_word(word)));
        }
    }
}

fn open_vocabulary(model: &dyn LanguageModel) {
    let Some(open) = model.open_vocabulary() else { return };
    assert!((0.0..=1.0).contains(&open.novelty()));
    let mut surface = Surface::new(model.tokenizer());
    for (gap, token, case) in [
        (Gap::None, "Cat", Case::Capital),
        (Gap::Space, "cat", Case::Lower),
        (Gap::Other, "é", Case::Mixed),
    ] {
        open.gap_probability(&surface, Some(token), gap);
        open.case_probability(&surface, token, case);
        let spelling = open.spelling_probability(token);
        assert!(!spelling.is_nan(), "{spelling}");
        open.spelling(token);
        surface.push(gap, token, case);
    }
    open.symbols(b"ca");
    open.gap(&surface, None, " \t");
}

/// Evaluates and compresses a text: it comes back, or the model is reported as bad.
fn evaluate(model: &dyn LanguageModel, fingerprint: u32) {
    const TEXT: &str = "The cat sat\n a  dog";
    ngram_eval::evaluate(model, TEXT);
    for adapts in [false, true] {
        let mut go_on = |_| ControlFlow::Continue(());
        let begin = || if adapts { Adaptive::new(model) } else { Adaptive::fixed(model) };
        let (Some(forward), Some(back)) = (begin(), begin()) else { continue };
        if let Ok(file) = compress(forward, fingerprint, TEXT.as_bytes(), &mut go_on) {
            // With a forged model, decoding may fail, but never gives another text.
            if let Ok(back) = decompress(back, fingerprint, &file.bytes, 100, &mut go_on) {
                assert_eq!(back, TEXT.as_bytes());
            }
        }
    }
}
