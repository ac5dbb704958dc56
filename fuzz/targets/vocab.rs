//! Any bytes as a vocabulary file: its words are found under their numbers.

#![no_main]

use libfuzzer_sys::fuzz_target;
use ngram_counts::VocabFile;
use ngram_fuzz::Bounded;
use ngram_tokenizer::{TokenizerKind, TokenizerSpec, Vocab};

#[global_allocator]
static MEMORY: Bounded = Bounded::new(64 << 20);

fuzz_target!(|data: &[u8]| {
    for kind in TokenizerKind::ALL {
        for lowercase in [false, true] {
            let tokenizer = TokenizerSpec { kind: kind.clone(), lowercase };
            let Ok(file) = VocabFile::read("fuzz", data, &tokenizer) else { continue };
            assert!(!file.words.is_empty() && file.never_found.len() <= file.words.len());
            let vocab = Vocab::new(file.words.iter().map(String::as_str)).unwrap();
            vocab.view().check().unwrap();
            for word in &file.words {
                assert_eq!(vocab.view().word(vocab.view().id(word).unwrap()), word);
            }
        }
    }
});
