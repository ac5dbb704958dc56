//! Any bytes as a plain or compressed text, read the way every verb reads its texts.

#![no_main]

use libfuzzer_sys::fuzz_target;
use ngram_input::Encoding;
use ngram_fuzz::Bounded;
use std::io::Read;

#[global_allocator]
static MEMORY: Bounded = Bounded::new(64 << 20);

/// The maximum number of bytes to read, since a small file may contain a long text.
const LONGEST: u64 = 1 << 16;

fuzz_target!(|data: &[u8]| {
    let Ok(reader) = Encoding::decode(data) else { return };
    let mut text = Vec::new();
    let read = reader.take(LONGEST).read_to_end(&mut text);
    if Encoding::of(data) == Ok(Encoding::Plain) {
        read.unwrap();
        assert_eq!(text, data);
    }
});
