//! Any bytes as an ARPA file, which becomes a model, is used, and becomes an ARPA file again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use ngram_fuzz::{Bounded, on_one_thread, use_model};
use ngram_formats::arpa::{self, ReadOptions, Unknown};
use ngram_model::{AnyModel, ConvertOptions, Layout, Model};
use ngram_formats::{export, import_as};
use ngram_tokenizer::{TokenizerKind, TokenizerSpec};
use std::path::PathBuf;
use std::sync::OnceLock;

#[global_allocator]
static MEMORY: Bounded = Bounded::new(64 << 20);

static FOLDER: OnceLock<tempfile::TempDir> = OnceLock::new();

fuzz_target!(
    init: {
        on_one_thread();
        FOLDER.get_or_init(|| tempfile::tempdir().expect("a temporary folder"));
    },
    |data: &[u8]| {
        let strict = ReadOptions { strict: true, ..ReadOptions::default() };
        let lenient = arpa::read(data, "fuzz", &ReadOptions::default());
        let named = ReadOptions { unknown: Unknown::Named("a"), ..ReadOptions::default() };
        let _ = arpa::read(data, "fuzz", &named);
        match (arpa::read(data, "fuzz", &strict), lenient) {
            (Ok(file), Ok(_)) => assert!(file.orders[0].len() == file.vocab.view().len()),
            (Err(_), Ok(_)) => {}
            (Err(strict), Err(lenient)) => assert!(!format!("{strict}{lenient}").is_empty()),
            (Ok(_), Err(error)) => panic!("only where it is strict is it right: {error}"),
        }
        // One layout per input, since an import takes longer than all the rest.
        import(data, Layout::ALL[crc32fast::hash(data) as usize % Layout::ALL.len()]);
    }
);

fn import(data: &[u8], layout: Layout) {
    let tokenizer = TokenizerSpec::new(TokenizerKind::Whitespace);
    let path: PathBuf = FOLDER.get().expect("made at the start").path().join("model.ngram");
    let options = ConvertOptions { layout, quantize: None };
    if import_as(data, "fuzz", &ReadOptions::default(), tokenizer, &options, &path, &()).is_err() {
        return;
    }
    let model = Model::open(&path).unwrap();
    model.verify("fuzz").unwrap();
    let mut written = Vec::new();
    if export(&model, &mut written).is_ok() {
        arpa::read(&written[..], "again", &ReadOptions::default()).unwrap();
    }
    use_model(&AnyModel::Table(model));
}
