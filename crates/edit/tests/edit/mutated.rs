//! Changed files with corrected checksums: an error, or a model that can be used.
//!
//! Does in a few seconds what `fuzz/` does for hours.

use ngram_edit::check::{CheckOptions, check, check_classes};
use ngram_edit::mix::{Blend, Mixture, Weights};
use ngram_formats::arpa::{self, ReadOptions};
use ngram_formats::kenlm;
use ngram_formats::{export, import};
use ngram_input::Text;
use ngram_model::{AnyModel, ConvertOptions, Layout, Model, convert};
use ngram_mutate::{apply, changes, config};
use ngram_store::Mapped;
use ngram_testing::model_file::forge;
use ngram_tokenizer::{TokenizerKind, TokenizerSpec, WordId};
use ngram_train::classes::{WordClasses, train_classes};
use ngram_train::{TrainOptions, train};
use proptest::prelude::*;
use proptest::sample::Index;
use std::sync::LazyLock;

const TEXT: &str = "the cat sat\nthe cat ran on\n\na b a b a\nthe dog sat\n";
const CLASSES: &str = "X 1 the\nX 1 a\nY 0.5 cat\nY 0.5 dog\nY 1e-3 b\n";
const ARPA: &str = "\\data\\\nngram 1=5\nngram 2=2\nngram 3=1\n\n\\1-grams:\n-2\t<unk>\n\
    -99\t<s>\t-0.5\n-0.3\t</s>\n-1\ta\t-0.1\n-1\tb\t0\n\n\\2-grams:\n-0.1\t<s> a\t-1\n-1 a b\n\n\
    \\3-grams:\n-0.2 a b a\n\\end\\\n";

/// KenLM's tries: a plain one, and one with all optional parts.
const TRIES: [&[u8]; 2] = [
    include_bytes!("../../../formats/tests/formats/kenlm_files/tiny.trie"),
    include_bytes!("../../../formats/tests/formats/kenlm_files/tiny.quantised-array-trie"),
];

/// Models of every kind and layout, and one with an open vocabulary.
pub static MODELS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let texts = [Text::bytes("text", TEXT.into())];
    let tokenizer = TokenizerSpec::new(TokenizerKind::Whitespace);
    let closed = TrainOptions { order: 3, tokenizer, open: false, ..TrainOptions::default() };
    let mut files = Vec::new();
    let mut add = |name: &str| files.push(std::fs::read(path(name)).unwrap());
    for layout in Layout::ALL {
        let layout = ConvertOptions { layout, quantize: None };
        train(&texts, &TrainOptions { layout, ..closed.clone() }, &path("table"), &()).unwrap();
        add("table");
        let skips = TrainOptions { layout, skip: 1, ..closed.clone() };
        train(&texts, &skips, &path("skip"), &()).unwrap();
        add("skip");
        let classes = WordClasses::read(CLASSES.as_bytes(), "classes").unwrap();
        let options = TrainOptions { layout, ..closed.clone() };
        train_classes(&texts, &classes, &options, &path("classes"), &()).unwrap();
        add("classes");
    }
    let layout = ConvertOptions { layout: Layout::Compact, quantize: Some(2) };
    train(&texts, &TrainOptions { layout, ..closed.clone() }, &path("quantized"), &()).unwrap();
    add("quantized");
    let spelled = TrainOptions { order: 2, open: true, ..closed };
    train(&texts, &spelled, &path("open"), &()).unwrap();
    add("open");
    let models = [&files[0], &files[files.len() - 1]];
    let models = models.map(|file| Model::from_bytes("part", Mapped::from(file.clone())).unwrap());
    let mixture = Mixture::new(&[&models[0], &models[1]]).unwrap();
    let blend = Blend::Linear(Weights::given(&[0.5, 0.5], 2).unwrap());
    mixture.write(&blend, None, &ConvertOptions::default(), &path("mixed"), &()).unwrap();
    files.push(std::fs::read(path("mixed")).unwrap());
    files
});

/// Corrects everything that opening compares.
pub fn open(mut bytes: Vec<u8>) -> Option<AnyModel> {
    if bytes.len() >= 64 {
        let length = bytes.len() as u64;
        bytes[16..24].copy_from_slice(&length.to_le_bytes());
        forge(&mut bytes);
    }
    AnyModel::from_bytes("changed", Mapped::from(bytes)).ok()
}

/// Calls every method of a model.
pub fn use_all(any: &AnyModel) {
    let model = any.as_dyn();
    let words = model.vocab().len() as u32;
    let is_word = |word: WordId| word.0 < words;
    let some: Vec<WordId> = (0..words.min(12)).chain([words, u32::MAX]).map(WordId).collect();
    for &word in &some {
        assert!(model.vocab().id(model.vocab().word(word)).is_none_or(is_word));
    }
    let (mut sentence, mut all) = (Vec::new(), Vec::new());
    model.score_sentence(&some, &mut sentence);
    model.score_sentences(&[&some[..], &some].concat(), &[some.len(), 2 * some.len()], &mut all);
    for at in 0..some.len() {
        model.score(&some[..at], some[at]);
        model.derive(&some[..at], some[at]).log_prob();
        if at > 0
            && at < model.order()
            && let Some(listed) = model.listed_after(&some[..at])
        {
            assert!(listed.words.into_iter().all(|(word, _)| is_word(word)));
        }
    }
    if let Some(open) = model.open_vocabulary() {
        assert!(!open.spelling_probability("cat").is_nan());
    }
    let _ = any.verify("changed");
    let options = CheckOptions { sample: 3, tolerance: None };
    match any {
        AnyModel::Table(table) => {
            check(table, "changed", &options);
            let _ = export(table, std::io::sink());
        }
        AnyModel::Class(classes) => {
            check_classes(classes, "changed", &options);
        }
        AnyModel::Skip(skip) => {
            check(skip.table(), "changed", &options);
        }
        AnyModel::Foreign(_) => {}
    }
}

proptest! {
    #![proptest_config(config(4000))]

    #[test]
    fn models(which: Index, changes in changes()) {
        if let Some(model) = open(apply(&MODELS[which.index(MODELS.len())], &changes)) {
            use_all(&model);
        }
    }

    #[test]
    fn arpa_files(changes in changes()) {
        let changed = apply(ARPA.as_bytes(), &changes);
        let strict = ReadOptions { strict: true, ..ReadOptions::default() };
        let lenient = ReadOptions::default();
        let read = |options| arpa::read(&changed[..], "changed", options).is_ok();
        prop_assert!(read(&lenient) || !read(&strict));
    }

    #[test]
    fn kenlm_files(which: Index, changes in changes()) {
        let changed = apply(TRIES[which.index(TRIES.len())], &changes);
        if let Ok(file) = kenlm::read(&changed, "changed") {
            let words = file.vocab.view().len();
            prop_assert_eq!(file.orders[0].len(), words);
            for ngrams in &file.orders {
                prop_assert!(ngrams.words.iter().all(|word| word.index() < words));
                prop_assert!(ngrams.log_probs.iter().all(|log_prob| *log_prob <= 0.0));
            }
        }
    }

    #[test]
    fn class_files(changes in changes()) {
        let changed = apply(CLASSES.as_bytes(), &changes);
        if let Ok(classes) = WordClasses::read(&changed[..], "changed") {
            let mut written = Vec::new();
            classes.write(&mut written).unwrap();
            prop_assert_eq!(WordClasses::read(&written[..], "again").unwrap(), classes);
        }
    }
}

/// Anything that can be imported can be used.
fn import_and_use(bytes: &[u8]) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.ngram");
    let tokenizer = TokenizerSpec::new(TokenizerKind::Whitespace);
    let options = ReadOptions::default();
    if import(bytes, "changed", &options, tokenizer, &path).is_ok() {
        let model = AnyModel::open(&path).unwrap();
        model.verify("imported").unwrap();
        use_all(&model);
    }
}

proptest! {
    #![proptest_config(config(150))]

    #[test]
    fn arpa_files_as_models(changes in changes()) {
        let changed = apply(ARPA.as_bytes(), &changes[..1]);
        import_and_use(&changed);
    }

    #[test]
    fn kenlm_files_as_models(which: Index, changes in changes()) {
        let changed = apply(TRIES[which.index(TRIES.len())], &changes[..1]);
        import_and_use(&changed);
    }

    #[test]
    fn changed_models_in_another_layout(which: Index, to: Index, changes in changes()) {
        let folder = tempfile::tempdir().unwrap();
        if let Some(AnyModel::Table(model)) = open(apply(&MODELS[which.index(MODELS.len())], &changes)) {
            let options = ConvertOptions { layout: *to.get(&Layout::ALL), quantize: None };
            let path = folder.path().join("model.ngram");
            if convert(&model, &options, &path).is_ok() {
                use_all(&AnyModel::open(&path).unwrap());
            }
        }
    }
}

/// The changes above would prove nothing if none of them got past the checksums.
#[test]
fn forged_models_are_read() {
    for file in MODELS.iter() {
        let mut damaged = file.clone();
        damaged[24..28].fill(0);
        assert!(AnyModel::from_bytes("damaged", Mapped::from(damaged.clone())).is_err());
        use_all(&open(damaged).unwrap());
    }
}
