//! Count files with forged numbers and checksums that fit: an error, or a model that can be checked; never a panic.

use ngram_counts::CountFile;
use ngram_edit::check::{CheckOptions, check};
use ngram_model::Model;
use ngram_mutate::config;
use ngram_testing::count_bytes;
use ngram_testing::count_file::forged;
use ngram_testing::model_file::{Forgery, forgeries};
use ngram_tokenizer::{TokenizerKind, TokenizerSpec};
use ngram_train::smoothing::METHODS;
use ngram_train::{TrainOptions, train_from_counts};
use proptest::prelude::*;
use proptest::sample::Index;
use std::sync::LazyLock;

const TEXT: &str = "the cat sat\nthe cat ran on\n\na b a b a\nthe dog sat\nthe dog ran\n";

static FILES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let tokenizer = TokenizerSpec::new(TokenizerKind::Whitespace);
    (1..=4).map(|order| count_bytes(TEXT, &tokenizer, order)).collect()
});

/// Trains by one method; returns whether the model that came of it, if any, is sound.
fn train(file: &[u8], method: usize) -> Option<bool> {
    let counts = CountFile::from_bytes("forged", file.to_vec()).ok()?;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.ngram");
    let options = TrainOptions {
        order: counts.order(),
        smoothing: METHODS[method],
        open: false,
        ..TrainOptions::default()
    };
    train_from_counts(vec![counts], &options, &path, &()).ok()?;
    let model = Model::open(&path).unwrap();
    model.verify("model").unwrap();
    Some(check(&model, "model", &CheckOptions::default()).is_sound())
}

proptest! {
    #![proptest_config(config(3000))]

    #[test]
    fn forged_counts_are_trained_on_or_are_an_error(
        which: Index,
        method: Index,
        forgeries in forgeries(),
    ) {
        let file = forged(&FILES[which.index(FILES.len())], &forgeries);
        let is_sound = train(&file, method.index(METHODS.len()));
        prop_assert_ne!(is_sound, Some(false), "{}", METHODS[method.index(METHODS.len())].name());
    }
}

/// The test above would show nothing if files were no longer read once their checksums are put right.
#[test]
fn files_without_a_forgery_train_to_sound_models() {
    let none: [Forgery; 0] = [];
    for (order, file) in (1..).zip(FILES.iter()) {
        assert_eq!(&forged(file, &none), file);
        assert!(
            (0..METHODS.len()).all(|method| train(file, method) == Some(true)),
            "order {order}"
        );
    }
}
