//! What training found and made.

use crate::{Error, Model};
use ngram_eval::number::grouped;
use ngram_model::ModelInfo;
use std::fmt;
use std::path::{Path, PathBuf};

/// A model that was trained and written; shown as a short summary.
#[derive(Clone, Debug)]
pub struct Trained {
    path: PathBuf,
    trained: ngram_train::Trained,
}

impl Trained {
    pub(crate) fn new(path: &Path, trained: ngram_train::Trained) -> Trained {
        Trained { path: path.to_owned(), trained }
    }

    /// Opens the model.
    ///
    /// # Errors
    ///
    /// If the file is gone or was changed since.
    pub fn model(&self) -> Result<Model, Error> {
        Model::open(&self.path)
    }

    /// The model's file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The length of the file in bytes.
    pub fn file_size(&self) -> u64 {
        self.trained.file_size
    }

    /// The tokens of the text: its words, and one end a sentence.
    pub fn tokens(&self) -> u64 {
        self.trained.corpus.tokens
    }

    /// The sentences of the text: its lines.
    pub fn sentences(&self) -> u64 {
        self.trained.corpus.sentences
    }

    /// The words that the model knows, with `<unk>`, `<s>` and `</s>`.
    pub fn vocab_len(&self) -> usize {
        self.trained.vocab_len
    }

    /// What the model says of itself: its n-grams of each order, its discounts, its text.
    pub fn info(&self) -> &ModelInfo {
        &self.trained.info
    }
}

impl fmt::Display for Trained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ngram_train::Trained { corpus, info, vocab_len, file_size, .. } = &self.trained;
        let [tokens, sentences, types] =
            [corpus.tokens, corpus.sentences, corpus.types].map(grouped);
        writeln!(f, "{tokens} tokens in {sentences} sentences, {types} types; {}", info.tokenizer)?;
        let smoothing = info.smoothing.as_deref().unwrap_or_default();
        let vocab = grouped(*vocab_len as u64);
        writeln!(f, "order {}, {smoothing}, vocabulary of {vocab} words", info.order())?;
        let ngrams: Vec<String> = info.orders.iter().map(|order| grouped(order.ngrams)).collect();
        writeln!(f, "n-grams of each order: {}", ngrams.join("  "))?;
        write!(f, "{}: {} bytes", self.path.display(), grouped(*file_size))
    }
}
