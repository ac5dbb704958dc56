//! Any bytes as counts in text form: accepted input becomes a count file with the same counts. As lists of some n-grams
//! they are completed, or an error.

#![no_main]

use libfuzzer_sys::fuzz_target;
use ngram_counts::{
    CountFile, CountOptions, CountSet, NgramCounts, PartialCounts, VocabRule,
};
use ngram_fuzz::{Bounded, on_one_thread};
use ngram_tokenizer::{TokenizerKind, TokenizerSpec};

#[global_allocator]
static MEMORY: Bounded = Bounded::new(256 << 20);

fuzz_target!(
    init: on_one_thread(),
    |data: &[u8]| {
        let tokenizer = TokenizerSpec::new(TokenizerKind::Whitespace);
        let mut lists = PartialCounts::new();
        if lists.add("fuzz", data).is_ok() {
            let options = CountOptions::new(lists.order().max(1));
            let _ = lists.count(&VocabRule::All, &options, |_| ());
        }
        let Ok(file) = CountFile::from_text("fuzz", data, &tokenizer) else { return };
        let order = file.order();
        let set = CountSet::new(vec![file], &VocabRule::All).unwrap();
        let tokens = set.summary.tokens;
        let options = CountOptions::new(order);
        let counts = NgramCounts::from_files(&set, &options, |_| (), &()).unwrap();
        assert_eq!(counts.unigrams.iter().sum::<u64>(), tokens);
    }
);
