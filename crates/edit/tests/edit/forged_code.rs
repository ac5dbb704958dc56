//! Compressed texts with forged bytes and checksums that fit, and texts compressed under forged models: a text, or an
//! error; never a panic, and never a run without end.

use crate::mutated::{MODELS, open};
use ngram_adaptive::Adaptive;
use ngram_adaptive::code::{CompressedHead, HEAD, compress, decompress};
use ngram_adaptive::decisions::Helpers;
use ngram_model::{AnyModel, LanguageModel};
use ngram_mutate::{Change, apply, changes, config};
use ngram_testing::model_file::{forged, forgeries};
use proptest::prelude::*;
use proptest::sample::Index;
use std::ops::ControlFlow;
use std::sync::LazyLock;

const TEXT: &[u8] = b"the cat sat\nThe dog  ran on, a cat\xff\n\r\nthe cat ran on and on and on\n";

/// The longest text that is decompressed, in bytes.
const LONGEST: u64 = 300;

/// A model that can code any text.
static OPEN: LazyLock<AnyModel> = LazyLock::new(|| open(MODELS[MODELS.len() - 2].clone()).unwrap());

/// The number of ways to adapt.
const LEVELS: usize = 3;

/// A way to adapt, if the model can.
fn way(model: &dyn LanguageModel, level: usize) -> Option<Adaptive<'_>> {
    match level {
        0 => Adaptive::fixed(model),
        1 => Adaptive::new(model),
        _ => Adaptive::by_decisions(model, Helpers::default()).ok().flatten(),
    }
}

/// Decisions take longer to set up than all the rest.
fn levels() -> impl Strategy<Value = usize> {
    prop_oneof![4 => 0..LEVELS - 1, 1 => Just(LEVELS - 1)]
}

fn sound(level: usize) -> Adaptive<'static> {
    way(OPEN.as_dyn(), level).unwrap()
}

/// Compressed files, one for each way.
static FILES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let file = |level| compress(sound(level), 7, TEXT, &mut |_| ControlFlow::Continue(()));
    (0..LEVELS).map(|level| file(level).unwrap().bytes).collect()
});

/// Mends both checksums: that of the code, and that of the head.
fn mend(file: &mut [u8]) {
    if let Some((head, code)) = file.split_first_chunk_mut::<HEAD>() {
        head[24..28].copy_from_slice(&crc32fast::hash(code).to_le_bytes());
        let checksum = crc32fast::hash(&head[..28]);
        head[28..].copy_from_slice(&checksum.to_le_bytes());
    }
}

fn decompressed(level: usize, file: &[u8]) -> Option<Vec<u8>> {
    let mut steps = 0;
    // A short code must not keep the decoder busy: a symbol takes a step, a byte a few.
    let mut listener = |_| {
        steps += 1;
        assert!(steps < 100_000, "without end");
        ControlFlow::Continue(())
    };
    decompress(sound(level), 7, file, LONGEST, &mut listener).ok()
}

#[test]
fn sound_files_are_restored_and_mending_them_changes_nothing() {
    for (level, file) in FILES.iter().enumerate() {
        let mut mended = file.clone();
        mend(&mut mended);
        assert_eq!(&mended, file);
        assert_eq!(decompressed(level, file).as_deref(), Some(TEXT));
    }
}

proptest! {
    #![proptest_config(config(250))]

    /// Changes the code, the length and the checksum of the text, and mends all that is compared before decoding.
    #[test]
    fn compressed_texts(level in levels(), changes in changes(), length: Option<u16>) {
        let (head, code) = FILES[level].split_at(HEAD);
        let mut file = [head, &apply(code, &changes)].concat();
        if let Some(length) = length {
            file[8..10].copy_from_slice(&(length % (LONGEST as u16 + 2)).to_le_bytes());
        }
        mend(&mut file);
        let claimed = CompressedHead::read(&file).unwrap().0;
        if let Some(text) = decompressed(level, &file) {
            prop_assert_eq!(text.len() as u64, claimed.length);
            prop_assert_eq!(crc32fast::hash(&text), claimed.text);
        }
    }

    /// Changes anything, the head above all.
    #[test]
    fn heads_of_compressed_texts(level in levels(), at in 0..HEAD, byte: u8, changes in changes()) {
        let mut file = FILES[level].clone();
        file[at] = byte;
        if let [Change::Flip(..)] = changes[..] {
            file = apply(&file, &changes);
        }
        mend(&mut file);
        if let Some(text) = decompressed(level, &file) {
            prop_assert_eq!(text, TEXT);
        }
    }
}

proptest! {
    #![proptest_config(config(60))]

    /// What a forged model compresses, it restores.
    #[test]
    fn texts_under_forged_models(which: Index, forgeries in forgeries()) {
        let Some(any) = open(forged(&MODELS[which.index(MODELS.len())], &forgeries)) else { return Ok(()) };
        for level in 0..LEVELS {
            let Some(adaptive) = way(any.as_dyn(), level) else { continue };
            let mut go_on = |_| ControlFlow::Continue(());
            let Ok(file) = compress(adaptive, 7, TEXT, &mut go_on) else { continue };
            let adaptive = way(any.as_dyn(), level).unwrap();
            let back = decompress(adaptive, 7, &file.bytes, LONGEST, &mut go_on);
            prop_assert_eq!(back.unwrap(), TEXT);
        }
    }
}
