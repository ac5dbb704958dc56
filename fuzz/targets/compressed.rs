//! Any bytes as a compressed text, and any bytes as a text to compress, under a small model.

#![no_main]

use libfuzzer_sys::fuzz_target;
use ngram_adaptive::Adaptive;
use ngram_adaptive::code::{HEAD, CompressedHead, compress, decompress};
use ngram_fuzz::{Bounded, on_one_thread, train};
use ngram_model::Model;
use std::ops::ControlFlow;
use std::sync::OnceLock;

#[global_allocator]
static MEMORY: Bounded = Bounded::new(64 << 20);

/// Models with different tokenizers; see [`train`].
static MODELS: OnceLock<Vec<Model>> = OnceLock::new();

/// The maximum length of decompressed text, in bytes.
const LONGEST: u64 = 1 << 8;

fuzz_target!(
    init: {
        on_one_thread();
        MODELS.get_or_init(|| ["words", "whitespace", "chars"].map(train).into());
    },
    |data: &[u8]| {
        let Some((&choice, data)) = data.split_first() else { return };
        let models = MODELS.get().expect("made at the start");
        let model = &models[choice as usize % models.len()];
        let adapts = choice & 0x40 != 0;
        if choice < 0x80 {
            there_and_back(model, data, adapts);
        } else {
            back(model, data, adapts);
        }
    }
);

fn begin(model: &Model, adapts: bool) -> Adaptive<'_> {
    let adaptive = if adapts { Adaptive::new(model) } else { Adaptive::fixed(model) };
    adaptive.expect("the vocabulary is open")
}

fn there_and_back(model: &Model, text: &[u8], adapts: bool) {
    let mut go_on = |_| ControlFlow::Continue(());
    let begin = || begin(model, adapts);
    let file = compress(begin(), model.fingerprint(), text, &mut go_on).unwrap();
    let back = decompress(begin(), model.fingerprint(), &file.bytes, LONGEST, &mut go_on).unwrap();
    assert_eq!(back, text);
}

/// Decompresses data behind a valid head; the first two bytes of the data are the length.
fn back(model: &Model, data: &[u8], adapts: bool) {
    let _ = CompressedHead::read(data);
    let Some((&[low, high], code)) = data.split_first_chunk() else { return };
    let length = u64::from(u16::from_le_bytes([low, high])) % LONGEST;
    let head = CompressedHead {
        level: begin(model, adapts).level(),
        length,
        text: crc32fast::hash(&[]),
        model: model.fingerprint(),
        code: crc32fast::hash(code),
    };
    let mut file = head.to_bytes().to_vec();
    assert_eq!(file.len(), HEAD);
    file.extend(code);
    let mut go_on = |_| ControlFlow::Continue(());
    if let Ok(text) = decompress(begin(model, adapts), model.fingerprint(), &file, LONGEST, &mut go_on) {
        assert_eq!(text.len() as u64, length);
    }
}
