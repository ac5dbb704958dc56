//! Makes a model in memory from its file.

use super::MemoryModel;
use super::pages::Pages;
use crate::native::SuffixError;
use crate::native::suffix::{Line, NARROW_WORDS, WordEntry, for_each_part};
use crate::{LanguageModel, Model, ModelError};
use ngram_tokenizer::{Vocab, VocabError, WordId, WordTable};
use std::io;

/// Why a model cannot be held in memory.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MemoryError {
    /// The system has no memory for it.
    #[error("not enough memory for the n-grams: use the mapped model instead")]
    Memory(#[source] io::Error),
    /// The n-grams do not fit the suffix layout.
    #[error(transparent)]
    Suffix(#[from] SuffixError),
    /// The model is damaged.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The model's words are not a vocabulary: the file is damaged.
    #[error(transparent)]
    Vocabulary(#[from] VocabError),
}

impl MemoryModel {
    /// Copies a model, which is not needed afterwards. From a file in the suffix layout it takes as long as reading
    /// the file; from another, some 200 ns for each n-gram, and temporarily as much memory again as the model's file.
    ///
    /// # Errors
    ///
    /// [`MemoryError`] if the model is damaged or too large.
    pub fn new(model: &Model) -> Result<MemoryModel, MemoryError> {
        let own = Vocab::new(model.vocab().words().skip(WordId::SPECIAL as usize))?;
        let (directory, lines, is_wide) = match model.suffix_view() {
            Some(view) => (
                copied([view.directory].into_iter())?,
                copied([view.lines].into_iter())?,
                view.is_wide,
            ),
            None => {
                let table = model.table()?;
                let is_wide = own.view().len() > NARROW_WORDS;
                let mut directory: Vec<WordEntry> = Vec::with_capacity(own.view().len());
                let mut lines: Vec<Vec<Line>> = Vec::new();
                for_each_part(&table.view(), is_wide, |part| {
                    directory.extend(part.entries);
                    lines.push(part.lines);
                    Ok(())
                })?;
                drop(table);
                let lines = lines.iter().map(|lines| &lines[..]);
                (copied([&directory[..]].into_iter())?, copied(lines)?, is_wide)
            }
        };
        Ok(MemoryModel {
            order: model.order(),
            tokenizer: model.tokenizer().clone(),
            words: WordTable::new(own.view()),
            vocab: own,
            directory,
            lines,
            is_wide,
        })
    }
}

/// Copies elements to huge pages.
fn copied<'a, T>(parts: impl Iterator<Item = &'a [T]> + Clone) -> Result<Pages<T>, MemoryError>
where
    T: zerocopy::FromBytes
        + zerocopy::IntoBytes
        + zerocopy::Immutable
        + zerocopy::KnownLayout
        + Copy
        + 'a,
{
    let len = parts.clone().map(<[T]>::len).sum();
    let mut pages = Pages::filled(len, &T::new_zeroed()).map_err(MemoryError::Memory)?;
    let mut rest = pages.as_mut();
    for part in parts {
        let (own, after) = rest.split_at_mut(part.len());
        own.copy_from_slice(part);
        rest = after;
    }
    Ok(pages)
}
