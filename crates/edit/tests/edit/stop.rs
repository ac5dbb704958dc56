//! What makes models of models can be stopped anywhere, and leaves nothing.

use ngram_edit::prune::{METHODS, PruneError, Pruner, Target, low};
use ngram_model::{ConvertOptions, Layout, Model, convert};
use ngram_testing::stop::{Stop, at_every_question};
use ngram_testing::{model_of, text};
use ngram_train::TrainOptions;
use std::fs;
use std::path::Path;

/// Returns a model in the layout that is restored longest, with the folder that it is in.
fn compact() -> (tempfile::TempDir, Model) {
    let model = model_of(&text(1, 400, 200), &TrainOptions { order: 4, ..TrainOptions::default() });
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("compact.ngram");
    convert(&model, &ConvertOptions { layout: Layout::Compact, quantize: None }, &path).unwrap();
    (folder, Model::open(&path).unwrap())
}

/// Stops `work`, which writes to the path it gets, at each of its questions.
fn stops_anywhere(work: impl Fn(&Path, &Stop) -> Result<(), PruneError>) {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("out.ngram");
    let all = at_every_question(200, |stop| match work(&output, stop) {
        Ok(()) => {
            fs::remove_file(&output).unwrap();
            false
        }
        Err(PruneError::Cancelled(_)) => {
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "litter");
            true
        }
        Err(error) => panic!("{error}"),
    });
    assert!(all > 20, "{all}");
}

#[test]
fn pruning_stops_anywhere() {
    let (_folder, model) = compact();
    let layout = ConvertOptions::default();
    for target in [Target::Share(0.5), Target::Bytes(model.file_size())] {
        stops_anywhere(|output, stop| {
            let pruner = Pruner::new(&model, METHODS[0], 2, Some(&model), stop)?;
            let threshold = pruner.threshold(target, &layout, output)?;
            pruner.write(threshold, &layout, output).map(drop)
        });
    }
}

#[test]
fn dropping_what_is_improbable_stops_anywhere() {
    let (_folder, model) = compact();
    let layout = ConvertOptions::default();
    stops_anywhere(|output, stop| low::drop_improbable(&model, 2, &layout, output, stop).map(drop));
}
