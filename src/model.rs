//! Models.

use crate::{Error, Evaluation, NextWords, Sentence};
use ngram_eval::generate::{Generator, Options};
use ngram_formats::arpa::ReadOptions;
use ngram_formats::{TextTokenizer, export, import};
use ngram_input::{Encoding, NoText, Reading, expand};
use ngram_model::{AnyModel, LanguageModel, ModelInfo};
use ngram_store::{Partial, is_same_file, temporary_folder};
use ngram_tokenizer::{TokenizerKind, TokenizerSpec};
use std::fmt;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

/// A model, ready to score.
///
/// It is [`Send`] and [`Sync`]: any number of threads may use it at once.
///
/// ```no_run
/// let model = ngram_lm::Model::open("model.ngram")?;
/// println!("{}", model.sentence("the cat sat"));
/// println!("{}", model.evaluate_file("held-out.txt")?);
/// # Ok::<(), ngram_lm::Error>(())
/// ```
pub struct Model {
    model: AnyModel,
    /// Where it was opened.
    path: PathBuf,
}

impl Model {
    /// Opens a model file of any kind (a table of words, a model of classes, a skip model), which is
    /// mapped into memory, or an ARPA file, plain or compressed, which is read into memory.
    ///
    /// The words of an ARPA file are those between white space, unless it names another tokenizer, as
    /// [`to_arpa`](Model::to_arpa) writes it.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, is neither, or is damaged.
    pub fn open(path: impl AsRef<Path>) -> Result<Model, Error> {
        let path = path.as_ref();
        let cannot = |source| Error::Open { path: path.to_owned(), source };
        let mut file = File::open(path).map_err(cannot)?;
        let head = Encoding::read_head(&mut file).map_err(cannot)?;
        let model = match Encoding::of(&head) {
            Err(NoText::Model) => AnyModel::open(path)?,
            _ => arpa(path, File::open(path).map_err(cannot)?)?,
        };
        Ok(Model { model, path: path.to_owned() })
    }

    /// Scores one sentence, with its end. A line end in it counts as a space.
    pub fn sentence(&self, text: &str) -> Sentence {
        Sentence::new(self.as_dyn(), text)
    }

    /// What the model expects after the beginning of a sentence, which may be empty.
    pub fn next(&self, history: &str) -> NextWords<'_> {
        NextWords::new(self.as_dyn(), history)
    }

    /// Evaluates the model on a text in memory: each line is a sentence.
    pub fn evaluate(&self, text: &str) -> Evaluation {
        Evaluation::from(ngram_eval::evaluate(self.as_dyn(), text))
    }

    /// Evaluates the model on a file, or on the files of a pattern, read as
    /// [`Trainer::file`](crate::Trainer::file) does.
    ///
    /// # Errors
    ///
    /// If a text cannot be read to its end, or if another program changed the model meanwhile.
    pub fn evaluate_file(&self, path: impl AsRef<Path>) -> Result<Evaluation, Error> {
        let reading = Reading::default();
        let mut evaluation = ngram_eval::Evaluation::new(self.as_dyn());
        for source in expand(&[path.as_ref().to_owned()])? {
            evaluation.read(&source.name, source.lines(&reading, |_| Ok(()))?)?;
        }
        self.model.unchanged()?;
        Ok(Evaluation::from(evaluation.report()))
    }

    /// Draws a sentence with the model's probabilities, unknown words left out. The same seed gives
    /// the same sentence on every machine.
    ///
    /// # Errors
    ///
    /// If the model gives probability 0 to every word that it knows.
    pub fn generate(&self, seed: u64) -> Result<String, Error> {
        let generator = Generator::new(self.as_dyn(), Options { seed, ..Options::default() })?;
        Ok(generator.sampler().sentence(0)?.text)
    }

    /// Writes the model as an ARPA file. The file appears whole or not at all.
    ///
    /// # Errors
    ///
    /// If it is a model of classes or a skip model, which have none, if the file is the model's own, or if it cannot be
    /// written.
    pub fn to_arpa(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        let path = path.as_ref();
        let table = self.model.as_table().ok_or(Error::NoTable)?;
        let cannot = |source| Error::Write { path: path.to_owned(), source };
        if is_same_file(path, &self.path) {
            return Err(Error::Replaces { path: path.to_owned() });
        }
        let file = Partial::create(path).map_err(cannot)?;
        let written = export(table, file.file());
        written.map_err(|source| Error::Arpa { path: path.to_owned(), source })?;
        self.model.unchanged()?;
        file.finish().map_err(cannot)
    }

    /// The order n: a word is predicted from at most n − 1 words before it.
    pub fn order(&self) -> usize {
        self.as_dyn().order()
    }

    /// The words that the model knows, with `<unk>`, `<s>` and `</s>`.
    pub fn vocab_len(&self) -> usize {
        self.as_dyn().vocab().len()
    }

    /// Whether the model knows a word.
    pub fn contains(&self, word: &str) -> bool {
        self.as_dyn().vocab().id(word).is_some()
    }

    /// What the model says of itself: its n-grams of each order, its discounts, its text.
    pub fn info(&self) -> &ModelInfo {
        self.model.info()
    }

    /// The model as all other crates of this toolkit take it: for whatever is not offered here.
    pub fn as_dyn(&self) -> &dyn LanguageModel {
        self.model.as_dyn()
    }
}

impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Model").field("info", self.info()).finish_non_exhaustive()
    }
}

/// Converts an ARPA file to a model file in a temporary folder, and keeps what it holds in memory.
fn arpa(path: &Path, file: File) -> Result<AnyModel, Error> {
    let name = path.display().to_string();
    let decode = |source| Error::Decode { path: path.to_owned(), source };
    let text = BufReader::with_capacity(1 << 20, Encoding::decode(file).map_err(decode)?);
    let folder = temporary_folder(&std::env::temp_dir())?;
    let native = folder.path().join("model.ngram");
    let tokenizer = TextTokenizer::Assumed(TokenizerSpec::new(TokenizerKind::Whitespace));
    import(text, &name, &ReadOptions::default(), tokenizer, &native)?;
    Ok(AnyModel::read(&native)?)
}
