//! Small texts, and models trained on them.

use ngram_counts::{
    Corpus, CountFile, CountFileInfo, CountOptions, Ids, NgramCounts, RecordLengths, VocabRule,
};
use ngram_input::Text;
use ngram_model::{LanguageModel, Model};
use ngram_store::Resources;
use ngram_tokenizer::{TokenizerKind, TokenizerSpec, WordId};
use ngram_train::smoothing::{self, Combine, Settings, Smoothing, UnigramBase};
use ngram_train::{TrainOptions, train};
use std::collections::BTreeSet;

/// Generates a text with skewed frequencies and repeated phrases from a seed.
pub fn text(seed: u64, lines: usize, words: u64) -> String {
    let mut state = seed.wrapping_mul(2).wrapping_add(1);
    let mut next = move |below: u64| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) % below
    };
    let mut text = String::new();
    for _ in 0..lines {
        let length = next(9);
        let mut word = 0;
        for _ in 0..length {
            // Often the next word depends only on the last one, so that phrases repeat.
            let range = 1 + next(words);
            word = if next(3) == 0 { (word * 7 + 3) % words } else { next(range) };
            text.push_str(&format!("w{word} "));
        }
        text.push('\n');
    }
    text
}

/// Trains on a text split at white space and opens the model.
pub fn model(text: &str, order: usize, method: &'static dyn Smoothing) -> Model {
    model_with(text, order, method, &Settings::default())
}

/// Does the same with these settings.
pub fn model_with(
    text: &str,
    order: usize,
    method: &'static dyn Smoothing,
    settings: &Settings,
) -> Model {
    let options = TrainOptions {
        order,
        tokenizer: TokenizerSpec::new(TokenizerKind::Whitespace),
        smoothing: method,
        settings: settings.clone(),
        ..TrainOptions::default()
    };
    trained(text, &options)
}

/// Trains a model of a text.
pub fn trained(text: &str, options: &TrainOptions) -> Model {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.ngram");
    train(&[Text::bytes("text", text.into())], options, &path, &()).unwrap();
    Model::open(&path).unwrap()
}

/// Counts every word of a text into a file in memory.
pub fn counted(part: &str, tokenizer: &TokenizerSpec, order: usize) -> CountFile {
    CountFile::from_bytes("counts", count_bytes(part, tokenizer, order)).unwrap()
}

/// Returns the bytes of the count file of a text.
pub fn count_bytes(part: &str, tokenizer: &TokenizerSpec, order: usize) -> Vec<u8> {
    let texts = [Text::bytes("text", part.as_bytes().to_vec())];
    let rule = VocabRule::All;
    let resources = Resources::default();
    let corpus = Corpus::read_with_surface(&texts, tokenizer, &rule, &resources, &()).unwrap();
    let options = CountOptions::new(order);
    let counts =
        NgramCounts::measured(Ids::from(&corpus), &options, RecordLengths::of, &()).unwrap();
    let info = CountFileInfo {
        surface: &corpus.surface,
        tokenizer,
        vocab: corpus.vocab.view(),
        frequencies: &corpus.frequencies,
        summary: &corpus.summary,
        is_complete: true,
    };
    CountFile::to_bytes(info, counts).unwrap()
}

/// Returns a text as ids of a model's vocabulary, sentence by sentence.
pub fn sentences(text: &str, model: &Model) -> Vec<Vec<u32>> {
    let ids = |line: &str| {
        line.split_whitespace().map(|word| model.vocab().id_or_unknown(word).0).collect()
    };
    text.lines().map(ids).collect()
}

/// Returns histories of a text of every length below the order, and some that it does not contain.
pub fn histories(sentences: &[Vec<u32>], order: usize, vocab_len: usize) -> Vec<Vec<u32>> {
    let mut seen = BTreeSet::from([vec![]]);
    for sentence in sentences {
        let padded: Vec<u32> = [1].iter().chain(sentence).copied().collect();
        for length in 1..order {
            seen.extend(padded.windows(length).map(<[u32]>::to_vec));
        }
    }
    let words = vocab_len as u32;
    let unseen = (0..40u32).map(|n| {
        (0..order as u32 - 1)
            .map(|at| (n * 5 + at * at * 11 + n * at) % words)
            .map(|id| if id == 1 || id == 2 { 0 } else { id })
            .collect()
    });
    seen.into_iter().chain(unseen).collect()
}

/// Numbers as ids of words.
pub fn ids(words: &[u32]) -> Vec<WordId> {
    words.iter().map(|&word| WordId(word)).collect()
}

/// Every smoothing method.
pub fn methods() -> impl Iterator<Item = &'static dyn Smoothing> {
    smoothing::METHODS.into_iter()
}

/// Returns every choice of smoothing that a user has, with parameters other than the defaults.
pub fn ways() -> Vec<(&'static dyn Smoothing, Settings)> {
    let mut ways = Vec::new();
    for combine in [Combine::Interpolate, Combine::BackOff] {
        for unigrams in [UnigramBase::Uniform, UnigramBase::Unseen] {
            let own = Settings {
                combine: Some(combine),
                unigrams: Some(unigrams),
                // Few enough counts that small texts define it.
                good_turing_max: Some(2),
                ..Settings::default()
            };
            let changed = Settings {
                min_counts: vec![1, 2],
                delta: 0.1,
                strength: 1.5,
                discount_classes: 2,
                good_turing_max: None,
                ..own.clone()
            };
            let dropped =
                Settings { min_counts: vec![2, 3, 1, 2], discount_classes: 8, ..own.clone() };
            for settings in [own, changed, dropped] {
                ways.extend(methods().map(|method| (method, settings.clone())));
            }
        }
    }
    ways
}
