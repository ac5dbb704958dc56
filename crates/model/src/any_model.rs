//! A model file of either kind.

use crate::native;
use crate::{Changed, ClassModel, LanguageModel, Layout, Model, ModelError, ModelInfo, SkipModel};
use ngram_store::Mapped;
use std::path::Path;

/// A model file, whether it is a table of words, of classes of words, or of words further back.
pub enum AnyModel {
    /// A table of words.
    Table(Model),
    /// A table of classes, and the words of each.
    Class(ClassModel),
    /// A table of sentences taken apart.
    Skip(SkipModel),
}

impl AnyModel {
    /// Opens and maps a model file of either kind; see [`Model::open`].
    ///
    /// # Errors
    ///
    /// As for [`Model::open`], save that a class-based model is none.
    pub fn open(path: &Path) -> Result<AnyModel, ModelError> {
        let name = path.display().to_string();
        AnyModel::from_bytes(&name, native::map(path, &name)?)
    }

    /// Reads a model file of either kind into memory of its own, for much text to score: a large model is then looked up
    /// faster, in large pages of memory.
    ///
    /// # Errors
    ///
    /// As for [`AnyModel::open`].
    pub fn read(path: &Path) -> Result<AnyModel, ModelError> {
        let name = path.display().to_string();
        AnyModel::from_bytes(&name, native::load(path, &name)?)
    }

    /// A model of either kind whose file's bytes are in memory; `name` is for messages.
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

    /// The model as what scores words after histories.
    pub fn as_dyn(&self) -> &dyn LanguageModel {
        match self {
            AnyModel::Table(model) => model,
            AnyModel::Class(model) => model,
            AnyModel::Skip(model) => model,
        }
    }

    /// The table of words, if it is one.
    pub fn as_table(&self) -> Option<&Model> {
        match self {
            AnyModel::Table(model) => Some(model),
            AnyModel::Class(_) | AnyModel::Skip(_) => None,
        }
    }

    /// The class-based model, if it is one.
    pub fn as_class(&self) -> Option<&ClassModel> {
        match self {
            AnyModel::Table(_) | AnyModel::Skip(_) => None,
            AnyModel::Class(model) => Some(model),
        }
    }

    /// The skip model, if it is one.
    pub fn as_skip(&self) -> Option<&SkipModel> {
        match self {
            AnyModel::Table(_) | AnyModel::Class(_) => None,
            AnyModel::Skip(model) => Some(model),
        }
    }

    /// The table in the file: of words, or of classes.
    fn stored(&self) -> &Model {
        match self {
            AnyModel::Table(model) => model,
            AnyModel::Class(model) => model.classes(),
            AnyModel::Skip(model) => model.table(),
        }
    }

    /// What the model says of itself; see [`ClassModel::info`].
    pub fn info(&self) -> &ModelInfo {
        self.stored().info()
    }

    /// How the file lays the n-grams out.
    pub fn layout(&self) -> Layout {
        self.stored().layout()
    }

    /// The length of the file in bytes.
    pub fn file_size(&self) -> u64 {
        self.stored().file_size()
    }

    /// A number that stands for the file's content; see [`Model::fingerprint`].
    pub fn fingerprint(&self) -> u32 {
        self.stored().fingerprint()
    }

    /// An error if another program wrote into the file since it was opened; see [`Model::unchanged`].
    ///
    /// # Errors
    ///
    /// [`Changed`] names the file.
    pub fn unchanged(&self) -> Result<(), Changed> {
        self.stored().unchanged()
    }

    /// Reads the whole file into memory at once: worth its while before much text is scored.
    pub fn populate(&self) {
        self.stored().populate();
    }

    /// Reads the whole file and checks it; see [`Model::verify`].
    ///
    /// # Errors
    ///
    /// [`ModelError::Damaged`] if something does not fit; `name` is what to call the file in it.
    pub fn verify(&self, name: &str) -> Result<(), ModelError> {
        match self {
            AnyModel::Table(model) => model.verify(name),
            AnyModel::Class(model) => model.verify(name),
            AnyModel::Skip(model) => model.table().verify(name),
        }
    }
}
