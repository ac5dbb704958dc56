//! Model files with forged numbers and checksums that fit, through everything that reads a model: an error that names
//! the file, or a result that can be used; never a panic, and never a run without end.

use crate::mutated::{MODELS, open, use_all};
use ngram_edit::check::{CheckOptions, check};
use ngram_edit::mix::{Blend, LogLinear, Mixture, Weights};
use ngram_edit::prune::{METHODS, Pruner, Target};
use ngram_eval::explain::explain;
use ngram_eval::generate::{Generator, Options};
use ngram_eval::{Next, evaluate};
use ngram_formats::{EXPORT_FORMATS, export_known, export_with_unknown};
use ngram_input::Text;
use ngram_model::memory::MemoryModel;
use ngram_model::{
    AnyModel, ConvertOptions, LanguageModel, Layout, Model, ModelError, convert, convert_classes,
};
use ngram_mutate::config;
use ngram_store::Mapped;
use ngram_testing::model_file::{forge, forged, forgeries, sections};
use ngram_tokenizer::{TokenizerKind, TokenizerSpec, WordId};
use ngram_train::{TrainOptions, train};
use proptest::prelude::*;
use proptest::sample::Index;
use std::path::Path;
use std::time::{Duration, Instant};

const HELD_OUT: &str = "the dog ran\na cat sat on\n";

/// Each layout, and the compact one with values of 4 bits.
fn layouts() -> impl Iterator<Item = ConvertOptions> {
    let exact = Layout::ALL.into_iter().map(|layout| ConvertOptions { layout, quantize: None });
    exact.chain([ConvertOptions { layout: Layout::Compact, quantize: Some(4) }])
}

/// Opens and uses what was made from a forged model.
fn reopen(path: &Path) {
    let made = AnyModel::open(path).unwrap();
    made.verify("made").unwrap();
    use_all(&made);
}

fn rewrite(any: &AnyModel, path: &Path) {
    for options in layouts() {
        let written = match any {
            AnyModel::Table(table) => convert(table, &options, path),
            AnyModel::Class(classes) => convert_classes(classes, &options, path),
            AnyModel::Skip(_) | AnyModel::Foreign(_) => continue,
        };
        if written.is_ok() {
            reopen(path);
        }
    }
}

fn prune(table: &Model, path: &Path) {
    for method in METHODS {
        for min_order in [2, 3] {
            let Ok(pruner) = Pruner::new(table, method, min_order, None, &()) else { continue };
            let targets = [
                Target::Threshold(1e-3),
                Target::Ngrams(14),
                Target::Share(0.7),
                Target::Bytes(1500),
            ];
            for (target, layout) in targets.into_iter().zip(layouts()) {
                if let Ok(threshold) = pruner.threshold(target, &layout, path)
                    && pruner.write(threshold, &layout, path).is_ok()
                {
                    reopen(path);
                }
            }
        }
    }
}

fn mix(table: &Model, sound: &Model, path: &Path) {
    for models in [[table, sound], [sound, table]] {
        let Ok(mixture) = Mixture::new(&models) else { continue };
        let given = Blend::Linear(Weights::given(&[0.5, 0.5], 2).unwrap());
        let products = Blend::LogLinear(LogLinear::given(&[0.5, 0.5], 2).unwrap());
        let mut blends = vec![given, products];
        if let Ok(events) = mixture.events(&[Text::bytes("held-out", HELD_OUT.into())], &()) {
            blends.push(Blend::Linear(Weights::fit(&events)));
        }
        for (blend, layout) in blends.iter().zip(layouts()) {
            if mixture.write(blend, None, &layout, path, &()).is_ok() {
                reopen(path);
            }
        }
    }
}

fn export(table: &Model) {
    for format in &EXPORT_FORMATS {
        let _ = format.write(table, &mut std::io::sink(), &());
    }
    let _ = export_known(table, std::io::sink());
    let _ = export_with_unknown(table, "<other>", std::io::sink());
}

fn speak(model: &dyn LanguageModel) {
    evaluate(model, HELD_OUT);
    // Blocks of text may have no sentence, or only empty ones.
    for ends in [&[][..], &[0], &[0, 0]] {
        let mut scores = Vec::new();
        model.score_sentences(&[], ends, &mut scores);
        assert_eq!(scores.len(), ends.len());
    }
    explain(model, "the dog ran");
    let next = Next::new(model);
    for history in [&[][..], &[WordId(3)], &[WordId(4), WordId(3)]] {
        next.top(history, 5);
        let mut scores = Vec::new();
        model.score_all(history, &mut scores);
        assert_eq!(scores.len(), model.vocab().len());
    }
    for (temperature, top_k, top_p) in [(1.0, None, None), (0.7, Some(3), Some(0.9))] {
        let options = Options { temperature, top_k, top_p, longest: 8, ..Options::default() };
        if let Ok(generator) = Generator::new(model, options) {
            let _ = generator.sampler().sentence(0);
        }
    }
}

/// Everything that any command does with a model.
pub fn drive(any: &AnyModel) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("made.ngram");
    use_all(any);
    speak(any.as_dyn());
    rewrite(any, &path);
    if let AnyModel::Table(table) = any {
        let sound = Model::from_bytes("sound", Mapped::from(MODELS[0].clone())).unwrap();
        prune(table, &path);
        mix(table, &sound, &path);
        export(table);
        if let Ok(in_memory) = MemoryModel::new(table) {
            speak(&in_memory);
        }
    }
}

proptest! {
    #![proptest_config(config(1500))]

    #[test]
    fn through_every_verb(which: Index, forgeries in forgeries()) {
        let file = forged(&MODELS[which.index(MODELS.len())], &forgeries);
        if let Some(any) = open(file) {
            drive(&any);
        }
    }
}

#[test]
fn sound_models_go_through_every_verb() {
    for file in MODELS.iter() {
        drive(&open(file.clone()).unwrap());
    }
}

/// A table file of `words` words and `histories` histories of two words, whose child ranges all are everything.
fn overlapping() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.ngram");
    let text: String =
        (0..4000).map(|n| format!("w{} w{} w{}\n", n % 97, n % 89, n % 83)).collect();
    let layout = ConvertOptions { layout: Layout::Table, quantize: None };
    let tokenizer = TokenizerSpec::new(TokenizerKind::Whitespace);
    let options =
        TrainOptions { order: 4, tokenizer, layout, open: false, ..TrainOptions::default() };
    train(&[Text::bytes("text", text.into_bytes())], &options, &path, &()).unwrap();
    let mut file = std::fs::read(&path).unwrap();
    // Every second start of a child range becomes 0, so that ranges overlap and are nearly everything.
    let starts = sections(&file).into_iter().filter(|section| section.kind == CHILD_STARTS);
    for section in starts {
        let last = section.bytes.end - 4;
        for at in section.bytes.step_by(8).filter(|&at| at < last) {
            file[at..at + 4].fill(0);
        }
    }
    forge(&mut file);
    file
}

/// The number of the section of child starts in a file.
const CHILD_STARTS: u16 = 8;

#[test]
fn children_that_overlap_are_refused_at_once_by_all_that_walks() {
    let model = Model::from_bytes("overlapping", Mapped::from(overlapping())).unwrap();
    let start = Instant::now();
    let Err(ModelError::Table { name, fault }) = model.table() else { panic!("it was accepted") };
    assert_eq!(name, "overlapping");
    assert!(fault.to_string().contains("section ChildStarts of level 1"), "{fault}");
    let report = check(&model, "overlapping", &CheckOptions::default());
    assert!(report.findings[0].to_string().contains("overlap"), "{:?}", report.findings);
    assert!(Mixture::new(&[&model, &model]).is_err());
    assert!(Pruner::new(&model, METHODS[0], 2, None, &()).is_err());
    assert!(MemoryModel::new(&model).is_err());
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    // Scoring needs no walk, and stays possible.
    speak(&model);
}
