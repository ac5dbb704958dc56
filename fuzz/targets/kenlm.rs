//! Any bytes, with head and word hashes corrected, as a binary file of KenLM. Hash tables are
//! inspected; a trie becomes a model and is used.

#![no_main]

use libfuzzer_sys::fuzz_target;
use ngram_fuzz::{Bounded, forge_kenlm, on_one_thread, use_any, use_model};
use ngram_formats::arpa::ReadOptions;
use ngram_formats::kenlm::{self, BinaryModel, KenlmModel, Structure};
use ngram_model::{AnyModel, ConvertOptions, Layout, Model};
use ngram_store::Mapped;
use ngram_formats::{export_kenlm, import_as};
use ngram_tokenizer::{TokenizerKind, TokenizerSpec};
use std::path::PathBuf;
use std::sync::OnceLock;

#[global_allocator]
static MEMORY: Bounded = Bounded::new(16 << 20);

static FOLDER: OnceLock<tempfile::TempDir> = OnceLock::new();

fuzz_target!(
    init: {
        on_one_thread();
        FOLDER.get_or_init(|| tempfile::tempdir().expect("a temporary folder"));
    },
    |data: &[u8]| {
        let mut file = data.to_vec();
        forge_kenlm(&mut file);
        if let Ok(model) = BinaryModel::open(&file, "fuzz") {
            let words = ["<s>", "</s>", "a", "the", "x"].map(|word| model.number(word.as_bytes()));
            let history: Vec<u32> = words.into_iter().chain([0, u32::MAX]).collect();
            for &word in &history {
                model.score(&history, word);
            }
        }
        let tokenizer = TokenizerSpec::new(TokenizerKind::Whitespace);
        if let Ok(model) = KenlmModel::open(Mapped::from(file.clone()), "fuzz", tokenizer) {
            use_any(&model);
        }
        let read = match kenlm::read(&file, "fuzz") {
            Ok(read) => read,
            Err(error) => return assert!(!error.to_string().is_empty()),
        };
        let words = read.vocab.view().len();
        assert_eq!(read.orders[0].len(), words);
        for (order, ngrams) in (1..).zip(&read.orders) {
            assert_eq!((ngrams.order, ngrams.words.len()), (order, ngrams.len() * order));
            assert!(ngrams.words.iter().all(|word| word.index() < words));
            assert!(ngrams.log_probs.iter().all(|log_prob| *log_prob <= 0.0));
        }
        // One layout per input, since an import takes longer than all the rest.
        import(&file, Layout::ALL[crc32fast::hash(&file) as usize % Layout::ALL.len()]);
    }
);

fn import(file: &[u8], layout: Layout) {
    let tokenizer = TokenizerSpec::new(TokenizerKind::Whitespace);
    let path: PathBuf = FOLDER.get().expect("made at the start").path().join("model.ngram");
    let options = ConvertOptions { layout, quantize: None };
    if import_as(file, "fuzz", &ReadOptions::default(), tokenizer, &options, &path, &()).is_err() {
        return;
    }
    let model = Model::open(&path).unwrap();
    model.verify("fuzz").unwrap();
    let _ = export_kenlm(&model, Structure::Probing, std::io::sink());
    let mut trie = Vec::new();
    if export_kenlm(&model, Structure::Trie, &mut trie).is_ok() {
        kenlm::read(&trie, "again").unwrap();
    }
    use_model(&AnyModel::Table(model));
}
