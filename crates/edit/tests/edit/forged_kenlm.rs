//! KenLM's binary files with forged bytes, and with head and hashes of words that fit, through everything that reads them.

use crate::forged::drive;
use ngram_formats::arpa::ReadOptions;
use ngram_formats::import_as;
use ngram_formats::kenlm::{BinaryModel, murmur_hash_64a};
use ngram_model::{AnyModel, ConvertOptions, Layout};
use ngram_mutate::{apply, changes, config};
use ngram_tokenizer::{TokenizerKind, TokenizerSpec};
use proptest::prelude::*;
use proptest::sample::Index;

/// A file of KenLM's, by its `build_binary`.
macro_rules! file {
    ($name:literal) => {
        include_bytes!(concat!("../../../formats/tests/formats/kenlm_files/", $name))
    };
}

/// Tries with and without codes and arrays of pointers.
const TRIES: [&[u8]; 4] = [
    file!("tiny.trie"),
    file!("tiny.quantised-trie"),
    file!("tiny.array-trie"),
    file!("tiny.quantised-array-trie"),
];

/// Hash tables, with and without all suffixes, and one without its words.
const TABLES: [&[u8]; 4] = [
    file!("tiny.probing"),
    file!("whole.probing"),
    file!("two-unknown.probing"),
    file!("tiny.no-vocabulary"),
];

/// Bytes of the magic line and the numbers that show whether two machines agree.
const SANITY: usize = 88;
/// Bytes before the numbers of n-grams.
const FIXED: usize = 108;

/// Makes all fit that is compared when a file is opened: its first bytes, those of the sound file, and the hashes of
/// the words listed at the end of a trie.
fn mend(file: &mut [u8], sound: &[u8]) {
    if file.len() < FIXED + 8 {
        return;
    }
    file[..SANITY].copy_from_slice(&sound[..SANITY]);
    let lists_hashes = file[96] >= 2 && file[100] == 1;
    let start = (FIXED + 8 * usize::from(file[SANITY])).next_multiple_of(8);
    let words = u64::from_le_bytes(file[FIXED..FIXED + 8].try_into().unwrap());
    if !lists_hashes || words > 100 || file.last() != Some(&0) {
        return;
    }
    let list = &file[..file.len() - 1];
    let hashes = list.rsplit(|&byte| byte == 0).take(words as usize).map(murmur_hash_64a);
    let hashes: Vec<u64> = hashes.collect();
    // After the number of words, one for each but `<unk>`, which is listed first.
    for (place, hash) in hashes.iter().rev().enumerate().skip(1) {
        let at = start + 8 * place;
        if at + 8 <= file.len() {
            file[at..at + 8].copy_from_slice(&hash.to_le_bytes());
        }
    }
}

/// Imports a file in a layout, and does all that any command does with the model. Returns whether it is a model.
fn import_and_drive(file: &[u8], layout: Layout) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.ngram");
    let tokenizer = TokenizerSpec::new(TokenizerKind::Whitespace);
    let options = ConvertOptions { layout, quantize: None };
    let imported =
        import_as(file, "forged", &ReadOptions::default(), tokenizer, &options, &path, &());
    if let Err(error) = imported {
        assert!(!error.to_string().is_empty());
        return false;
    }
    let model = AnyModel::open(&path).unwrap();
    model.verify("imported").unwrap();
    drive(&model);
    true
}

/// Scores words after histories, known and unknown. Returns whether it is a model.
fn score(file: &[u8]) -> bool {
    let Ok(model) = BinaryModel::open(file, "forged") else { return false };
    let words =
        ["<s>", "</s>", "a", "the", "cat", "x", ""].map(|word| model.number(word.as_bytes()));
    let history: Vec<u32> = words.into_iter().chain([0, u32::MAX]).collect();
    for from in 0..history.len() {
        for &word in &history {
            let score = model.score(&history[from..], word);
            assert!(usize::from(score.matched) <= model.order());
        }
    }
    true
}

#[test]
fn sound_files_stay_as_they_are_and_are_read() {
    for sound in TRIES.iter().chain(&TABLES) {
        let mut mended = sound.to_vec();
        mend(&mut mended, sound);
        assert!(mended == *sound);
        assert!(score(sound) || sound == &TABLES[3]);
    }
    for sound in TRIES {
        assert!(import_and_drive(sound, Layout::Table));
    }
}

proptest! {
    #![proptest_config(config(6000))]

    #[test]
    fn scores(which: Index, changes in changes()) {
        let sound = if which.index(2) == 0 { which.get(&TRIES) } else { which.get(&TABLES) };
        let mut file = apply(sound, &changes);
        mend(&mut file, sound);
        score(&file);
    }
}

proptest! {
    #![proptest_config(config(400))]

    #[test]
    fn through_every_verb(which: Index, layout: Index, changes in changes()) {
        let sound = which.get(&TRIES);
        let mut file = apply(sound, &changes[..1]);
        mend(&mut file, sound);
        import_and_drive(&file, *layout.get(&Layout::ALL));
    }
}
