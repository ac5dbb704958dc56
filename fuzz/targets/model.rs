//! Any bytes, with corrected checksums, as a model file of any layout and kind.

#![no_main]

use libfuzzer_sys::fuzz_target;
use ngram_store::Mapped;
use ngram_fuzz::{Bounded, forge_model, on_one_thread, use_model};
use ngram_model::AnyModel;

#[global_allocator]
static MEMORY: Bounded = Bounded::new(16 << 20);

fuzz_target!(
    init: on_one_thread(),
    |data: &[u8]| {
        let mut file = data.to_vec();
        forge_model(&mut file);
        if let Ok(model) = AnyModel::from_bytes("fuzz", Mapped::from(file)) {
            use_model(&model);
        }
    }
);
