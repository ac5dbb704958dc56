//! Models for the work at hand, which leave no file.

use crate::classes::{WordClasses, train_classes};
use crate::{TrainError, TrainOptions, train};
use ngram_input::Text;
use ngram_model::{ClassModel, Model};
use ngram_store::{Progress, Resources, TemporaryFolder};
use std::path::PathBuf;

/// Trains models in a temporary folder, which is removed when this is dropped.
pub struct TemporaryModels {
    folder: TemporaryFolder,
    progress: Box<dyn Progress + Send>,
}

impl TemporaryModels {
    /// Takes the folder, and whom to tell of the progress of each training.
    pub fn new(
        folder: TemporaryFolder,
        progress: impl Progress + Send + 'static,
    ) -> TemporaryModels {
        TemporaryModels { folder, progress: Box::new(progress) }
    }

    /// Trains a model on `texts`. The memory is that of `options`; temporary files go to the folder.
    pub fn train(&self, texts: &[Text], options: TrainOptions) -> Result<Model, TrainError> {
        let (path, options) = self.at("model.ngram", options);
        train(texts, &options, &path, &*self.progress)?;
        // The mapping stays valid when the next model takes the file's name.
        Ok(Model::open(&path)?)
    }

    /// Trains a class-based model on `texts`, as [`TemporaryModels::train`] does.
    pub fn train_classes(
        &self,
        texts: &[Text],
        classes: &WordClasses,
        options: TrainOptions,
    ) -> Result<ClassModel, TrainError> {
        let (path, options) = self.at("classes.ngram", options);
        train_classes(texts, classes, &options, &path, &*self.progress)?;
        Ok(ClassModel::open(&path)?)
    }

    /// Whom trainings tell of their progress.
    pub fn progress(&self) -> &dyn Progress {
        &*self.progress
    }

    fn at(&self, name: &str, options: TrainOptions) -> (PathBuf, TrainOptions) {
        let folder = self.folder.path();
        let resources = Resources { temp_dir: folder.to_owned(), ..options.resources };
        (folder.join(name), TrainOptions { resources, ..options })
    }
}
