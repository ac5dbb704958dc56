//! Reading and writing other formats can be stopped anywhere.

use ngram_formats::arpa::ReadOptions;
use ngram_formats::kenlm::{BuildOptions, KenlmWriteError, Structure};
use ngram_formats::{EXPORT_FORMATS, ExportError, ImportError, export_kenlm_as, import_as};
use ngram_model::{ConvertOptions, Layout, Model, convert};
use ngram_testing::stop::at_every_question;
use ngram_testing::{model_of, text};
use ngram_tokenizer::{TokenizerKind, TokenizerSpec};
use ngram_train::TrainOptions;
use std::fs;
use std::path::Path;

/// Writes a model of order 4 in another layout.
fn model(folder: &Path, layout: Layout) -> Model {
    let model = model_of(&text(1, 400, 200), &TrainOptions { order: 4, ..TrainOptions::default() });
    let path = folder.join("model.ngram");
    convert(&model, &ConvertOptions { layout, quantize: None }, &path).unwrap();
    Model::open(&path).unwrap()
}

#[test]
fn every_export_stops_anywhere() {
    let folder = tempfile::tempdir().unwrap();
    for layout in [Layout::Compact, Layout::Suffix, Layout::Table] {
        let model = model(folder.path(), layout);
        for format in &EXPORT_FORMATS {
            at_every_question(100, |stop| {
                let mut out = Vec::new();
                match format.write(&model, &mut out, stop) {
                    Ok(()) => false,
                    Err(ExportError::Cancelled(_)) => true,
                    Err(error) => panic!("{}: {error}", format.name),
                }
            });
        }
    }
}

#[test]
fn tries_of_kenlm_of_all_kinds_stop_anywhere() {
    let folder = tempfile::tempdir().unwrap();
    let model = model(folder.path(), Layout::Table);
    for (quantize, array) in [(None, None), (Some((8, 8)), None), (Some((4, 6)), Some(22))] {
        let options =
            BuildOptions { structure: Structure::Trie, quantize, array, ..BuildOptions::default() };
        let all = at_every_question(100, |stop| {
            match export_kenlm_as(&model, &options, std::io::sink(), stop) {
                Ok(()) => false,
                Err(KenlmWriteError::Cancelled(_)) => true,
                Err(error) => panic!("{error}"),
            }
        });
        // The relations of every order, its nodes, and what is written of it.
        assert!(all > 15, "{all}");
    }
}

#[test]
fn an_import_stops_anywhere_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let model = model(folder.path(), Layout::Table);
    let mut files = Vec::new();
    for format in
        EXPORT_FORMATS.iter().filter(|format| ["arpa", "kenlm-trie"].contains(&format.name))
    {
        let mut bytes = Vec::new();
        format.write(&model, &mut bytes, &()).unwrap();
        files.push(bytes);
    }
    let output = folder.path().join("out.ngram");
    let before = fs::read_dir(folder.path()).unwrap().count();
    for file in files {
        let all = at_every_question(200, |stop| {
            let tokenizer = TokenizerSpec::new(TokenizerKind::Whitespace);
            let (options, layout) = (ReadOptions::default(), ConvertOptions::default());
            let imported =
                import_as(&file[..], "file", &options, tokenizer, &layout, &output, stop);
            match imported {
                Ok(_) => {
                    fs::remove_file(&output).unwrap();
                    false
                }
                Err(ImportError::Cancelled(_)) => {
                    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), before, "litter");
                    true
                }
                Err(error) => panic!("{error}"),
            }
        });
        assert!(all > 100, "{all}");
    }
}
