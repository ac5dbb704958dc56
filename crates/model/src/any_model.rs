//! A model file of any kind.

use crate::native;
use crate::{
    Changed, ClassModel, LanguageModel, Model, ModelError, ModelFile, ModelInfo, SkipModel,
};
use ngram_store::Mapped;
use std::path::Path;

/// A model in the file of another toolkit, scored as it is there.
pub trait ForeignModel: LanguageModel + Send {
    /// Returns what it is, in messages, such as `KenLM's hash tables`.
    fn describe(&self) -> &'static str;

    /// Returns the metadata, as far as the file has any.
    fn info(&self) -> &ModelInfo;

    /// Returns the length of the file in bytes.
    fn file_size(&self) -> u64;

    /// Returns the file, to check later whether it is unchanged.
    fn source(&self) -> ModelFile;

    /// Loads the whole file into memory at once.
    fn populate(&self);

    /// Reads what can be checked of the file, and checks it.
    ///
    /// # Errors
    ///
    /// [`ModelError::Damaged`] if something is wrong; `name` is the file's name in it.
    fn verify(&self, name: &str) -> Result<(), ModelError>;
}

/// A model file: a table of words, a class-based model, a skip model, or one of another toolkit.
pub enum AnyModel {
    /// A table of words.
    Table(Model),
    /// A table of classes, and the words of each.
    Class(ClassModel),
    /// A table trained on split sentences.
    Skip(SkipModel),
    /// The file of another toolkit.
    Foreign(Box<dyn ForeignModel>),
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
            AnyModel::Foreign(model) => model.as_ref(),
        }
    }

    /// Returns the table of words, if it is one.
    pub fn as_table(&self) -> Option<&Model> {
        match self {
            AnyModel::Table(model) => Some(model),
            AnyModel::Class(_) | AnyModel::Skip(_) | AnyModel::Foreign(_) => None,
        }
    }

    /// Returns the table of words itself, if it is one.
    pub fn into_table(self) -> Option<Model> {
        match self {
            AnyModel::Table(model) => Some(model),
            _ => None,
        }
    }

    /// Returns the class-based model, if it is one.
    pub fn as_class(&self) -> Option<&ClassModel> {
        match self {
            AnyModel::Table(_) | AnyModel::Skip(_) | AnyModel::Foreign(_) => None,
            AnyModel::Class(model) => Some(model),
        }
    }

    /// Returns the skip model, if it is one.
    pub fn as_skip(&self) -> Option<&SkipModel> {
        match self {
            AnyModel::Table(_) | AnyModel::Class(_) | AnyModel::Foreign(_) => None,
            AnyModel::Skip(model) => Some(model),
        }
    }

    /// Returns the file of another toolkit, if it is one.
    pub fn as_foreign(&self) -> Option<&dyn ForeignModel> {
        match self {
            AnyModel::Foreign(model) => Some(model.as_ref()),
            _ => None,
        }
    }

    /// Returns the table in the file, of words or of classes, or the file of another toolkit.
    fn stored(&self) -> Result<&Model, &dyn ForeignModel> {
        match self {
            AnyModel::Table(model) => Ok(model),
            AnyModel::Class(model) => Ok(model.classes()),
            AnyModel::Skip(model) => Ok(model.table()),
            AnyModel::Foreign(model) => Err(model.as_ref()),
        }
    }

    /// Returns the model's metadata; see [`ClassModel::info`].
    pub fn info(&self) -> &ModelInfo {
        match self.stored() {
            Ok(model) => model.info(),
            Err(foreign) => foreign.info(),
        }
    }

    /// Returns the layout of the n-grams in the file, or what else holds them.
    pub fn layout(&self) -> &'static str {
        match self.stored() {
            Ok(model) => model.layout().name(),
            Err(foreign) => foreign.describe(),
        }
    }

    /// Returns the length of the file in bytes.
    pub fn file_size(&self) -> u64 {
        match self.stored() {
            Ok(model) => model.file_size(),
            Err(foreign) => foreign.file_size(),
        }
    }

    /// Returns a fingerprint of the file's content; see [`Model::fingerprint`]. `None` for the file of another toolkit,
    /// which nothing is compressed with.
    pub fn fingerprint(&self) -> Option<u32> {
        self.stored().ok().map(Model::fingerprint)
    }

    /// Returns an error if another program changed the file since it was opened; see [`Model::unchanged`].
    ///
    /// # Errors
    ///
    /// [`Changed`] names the file.
    pub fn unchanged(&self) -> Result<(), Changed> {
        self.source().unchanged()
    }

    /// Returns the file, to check later whether it is unchanged.
    pub fn source(&self) -> ModelFile {
        match self.stored() {
            Ok(model) => model.source(),
            Err(foreign) => foreign.source(),
        }
    }

    /// Loads the whole file into memory at once: worthwhile before scoring much text.
    pub fn populate(&self) {
        match self.stored() {
            Ok(model) => model.populate(),
            Err(foreign) => foreign.populate(),
        }
    }

    /// Returns whether the system maps the file by huge pages, which [`AnyModel::read`] gives it otherwise.
    pub fn is_in_huge_pages(&self) -> bool {
        self.stored().is_ok_and(|model| model.is_in_huge_pages())
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
            AnyModel::Foreign(model) => model.verify(name),
        }
    }
}
