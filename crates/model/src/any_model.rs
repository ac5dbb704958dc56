//! A model file of any kind.

use crate::native;
use crate::{
    Changed, ClassModel, LanguageModel, Layout, Model, ModelError, ModelFile, ModelInfo, SkipModel,
};
use ngram_store::Mapped;
use std::path::Path;

/// A model file: a table of words, a class-based model, or a skip model.
pub enum AnyModel {
    /// A table of words.
    Table(Model),
    /// A table of classes, and the words of each.
    Class(ClassModel),
    /// A table trained on split sentences.
    Skip(SkipModel),
}

impl AnyModel {
    /// Opens and maps a model file of any kind; see [`Model::open`].
    ///
    /// # Errors
    ///
    /// As for [`Model::open`], except that class-based and skip models are accepted.
    pub fn open(path: &Path) -> Result<AnyModel, ModelError> {
        let name = path.display().to_string();
        AnyModel::from_bytes(&name, native::map(path, &name)?)
    }

    /// Reads a model file of any kind into memory, for scoring much text: look-ups in a large model
    /// are faster in huge pages.
    ///
    /// # Errors
    ///
    /// As for [`AnyModel::open`].
    pub fn read(path: &Path) -> Result<AnyModel, ModelError> {
        let name = path.display().to_string();
        AnyModel::from_bytes(&name, native::load(path, &name)?)
    }

    /// Opens a model of any kind whose file is in memory; `name` is used in messages.
    ///
    /// # Errors
    ///
    /// As for [`AnyModel::open`].
    pub fn from_bytes(name: &str, bytes: Mapped) -> Result<AnyModel, ModelError> {
        match Model::from_bytes(name, bytes.clone()) {
            Ok(model) => Ok(AnyModel::Table(model)),
            Err(ModelError::ClassBased { .. }) => {
                ClassModel::from_bytes(name, bytes).map(AnyModel::Class)
            }
            Err(ModelError::Skips { .. }) => SkipModel::from_bytes(name, bytes).map(AnyModel::Skip),
            Err(error) => Err(error),
        }
    }

    /// Returns the model as a [`LanguageModel`].
    pub fn as_dyn(&self) -> &dyn LanguageModel {
        match self {
            AnyModel::Table(model) => model,
            AnyModel::Class(model) => model,
            AnyModel::Skip(model) => model,
        }
    }

    /// Returns the table of words, if it is one.
    pub fn as_table(&self) -> Option<&Model> {
        match self {
            AnyModel::Table(model) => Some(model),
            AnyModel::Class(_) | AnyModel::Skip(_) => None,
        }
    }

    /// Returns the class-based model, if it is one.
    pub fn as_class(&self) -> Option<&ClassModel> {
        match self {
            AnyModel::Table(_) | AnyModel::Skip(_) => None,
            AnyModel::Class(model) => Some(model),
        }
    }

    /// Returns the skip model, if it is one.
    pub fn as_skip(&self) -> Option<&SkipModel> {
        match self {
            AnyModel::Table(_) | AnyModel::Class(_) => None,
            AnyModel::Skip(model) => Some(model),
        }
    }

    /// Returns the table in the file: of words, or of classes.
    fn stored(&self) -> &Model {
        match self {
            AnyModel::Table(model) => model,
            AnyModel::Class(model) => model.classes(),
            AnyModel::Skip(model) => model.table(),
        }
    }

    /// Returns the model's metadata; see [`ClassModel::info`].
    pub fn info(&self) -> &ModelInfo {
        self.stored().info()
    }

    /// Returns the layout of the n-grams in the file.
    pub fn layout(&self) -> Layout {
        self.stored().layout()
    }

    /// Returns the length of the file in bytes.
    pub fn file_size(&self) -> u64 {
        self.stored().file_size()
    }

    /// Returns a fingerprint of the file's content; see [`Model::fingerprint`].
    pub fn fingerprint(&self) -> u32 {
        self.stored().fingerprint()
    }

    /// Returns an error if another program changed the file since it was opened; see [`Model::unchanged`].
    ///
    /// # Errors
    ///
    /// [`Changed`] names the file.
    pub fn unchanged(&self) -> Result<(), Changed> {
        self.stored().unchanged()
    }

    /// Returns the file, to check later whether it is unchanged.
    pub fn source(&self) -> ModelFile {
        self.stored().source()
    }

    /// Loads the whole file into memory at once: worthwhile before scoring much text.
    pub fn populate(&self) {
        self.stored().populate();
    }

    /// Reads the whole file and checks it; see [`Model::verify`].
    ///
    /// # Errors
    ///
    /// [`ModelError::Damaged`] if something is wrong; `name` is the file's name in it.
    pub fn verify(&self, name: &str) -> Result<(), ModelError> {
        match self {
            AnyModel::Table(model) => model.verify(name),
            AnyModel::Class(model) => model.verify(name),
            AnyModel::Skip(model) => model.table().verify(name),
        }
    }
}
