//! Any bytes as a class file: it is the same when read, written and read again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use ngram_fuzz::Bounded;
use ngram_train::classes::WordClasses;

#[global_allocator]
static MEMORY: Bounded = Bounded::new(64 << 20);

fuzz_target!(|data: &[u8]| {
    let classes = match WordClasses::read(data, "fuzz") {
        Ok(classes) => classes,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    let mut written = Vec::new();
    classes.write(&mut written).unwrap();
    let again = WordClasses::read(&written[..], "again").unwrap();
    assert_eq!(classes, again);
    assert!(classes.uneven().len() <= classes.names.len());
});
