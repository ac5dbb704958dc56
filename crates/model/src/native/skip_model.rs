//! Skip models: a table that predicts a word from words further back.

use super::backoff::backoff;
use super::read::map;
use super::sections::Sections;
use super::{Kind, Layout, Model, ModelError};
use crate::derivation::SkipFactors;
use crate::{Derivation, LanguageModel, ModelInfo, OpenVocabulary, Score};
use ngram_store::Mapped;
use ngram_tokenizer::{TokenizerSpec, VocabView, WordId};
use std::path::Path;

/// A model that skips the words right before the predicted one, and as many before each other word
/// of the history (Ney, Essen and Kneser 1994, section 4; Goodman 2001, section 5):
///
/// ```text
/// skip 1, order 3        p(w[i] | w[i−4], w[i−2])
/// ```
///
/// The table is an ordinary one, trained on split sentences: if one word is skipped, each sentence becomes
/// its odd-numbered words and its even-numbered words. It is weak alone but useful in a mixture.
pub struct SkipModel {
    table: Model,
    skip: usize,
}

impl SkipModel {
    /// Opens and maps the file of a skip model, like [`Model::open`].
    ///
    /// # Errors
    ///
    /// As for [`Model::open`]; [`ModelError::SkipsNothing`] if the model is not a skip model.
    pub fn open(path: &Path) -> Result<SkipModel, ModelError> {
        let name = path.display().to_string();
        SkipModel::from_bytes(&name, map(path, &name)?)
    }

    /// Opens a skip model whose file is in memory; `name` is used in messages.
    ///
    /// # Errors
    ///
    /// As for [`SkipModel::open`].
    pub fn from_bytes(name: &str, bytes: Mapped) -> Result<SkipModel, ModelError> {
        let sections = Sections::read(name, &bytes)?;
        let Some(range) = sections.find(Kind::Skip, 0) else {
            return Err(ModelError::SkipsNothing { name: name.to_owned() });
        };
        let section = &bytes[range];
        let skip = section.try_into().map(u32::from_le_bytes).unwrap_or(0) as usize;
        let is_whole = sections.checksum(Kind::Skip, 0) == Some(crc32fast::hash(section));
        if !is_whole || skip == 0 || skip > MAX_SKIP {
            return Err(sections.damaged("how many words it skips cannot be read"));
        }
        Ok(SkipModel { table: Model::from_sections(bytes, sections)?, skip })
    }

    /// Returns whether a file has the section of a skip model.
    pub(super) fn is_in(sections: &Sections) -> bool {
        sections.find(Kind::Skip, 0).is_some()
    }

    /// Returns the number of skipped words.
    pub fn skip(&self) -> usize {
        self.skip
    }

    /// Returns the table, trained on split sentences.
    pub fn table(&self) -> &Model {
        &self.table
    }

    /// Returns the model's metadata; its orders are those of the table.
    pub fn info(&self) -> &ModelInfo {
        self.table.info()
    }

    /// Returns the layout of the n-grams in the file.
    pub fn layout(&self) -> Layout {
        self.table.layout()
    }
}

/// Maximum number of skipped words.
pub const MAX_SKIP: usize = 9;

impl SkipModel {
    /// Returns the words of a history that matter, in text order: as many as the table can use, and
    /// `<s>` if the line begins there.
    pub fn apart(&self, history: &[WordId]) -> Vec<WordId> {
        let begins = history.first() == Some(&WordId::BEGIN);
        let words = &history[usize::from(begins)..];
        let back = words.iter().rev().skip(self.skip).step_by(self.skip + 1);
        let mut seen: Vec<WordId> = back.take(self.table.order() - 1).copied().collect();
        if begins {
            seen.push(WordId::BEGIN);
        }
        seen.reverse();
        seen
    }
}

impl LanguageModel for SkipModel {
    /// Returns the distance to the first word of the longest history, plus one.
    fn order(&self) -> usize {
        (self.table.order() - 1) * (self.skip + 1) + 1
    }

    fn vocab(&self) -> VocabView<'_> {
        self.table.vocab()
    }

    fn tokenizer(&self) -> &TokenizerSpec {
        self.table.tokenizer()
    }

    fn open_vocabulary(&self) -> Option<OpenVocabulary<'_>> {
        self.table.open_vocabulary()
    }

    fn score(&self, history: &[WordId], word: WordId) -> Score {
        self.table.score(&self.apart(history), word)
    }

    fn derive(&self, history: &[WordId], word: WordId) -> Derivation {
        let table = backoff(&self.table, &self.apart(history), word);
        Derivation::Skip(SkipFactors { skip: self.skip, table })
    }

    fn score_all(&self, history: &[WordId], scores: &mut Vec<Score>) {
        self.table.score_all(&self.apart(history), scores);
    }

    fn score_each(&self, history: &[WordId], words: &[WordId], scores: &mut Vec<Score>) {
        self.table.score_each(&self.apart(history), words, scores);
    }

    fn score_sentence(&self, words: &[WordId], scores: &mut Vec<Score>) {
        self.score_sentences(words, &[words.len()], scores);
    }

    fn score_sentences(&self, words: &[WordId], ends: &[usize], scores: &mut Vec<Score>) {
        let phases = self.skip + 1;
        let (mut apart, mut apart_ends) = (Vec::with_capacity(words.len()), Vec::new());
        let mut start = 0;
        for &end in ends {
            for phase in 0..phases {
                apart.extend(words[start..end].iter().skip(phase).step_by(phases));
                apart_ends.push(apart.len());
            }
            start = end;
        }
        let mut found = Vec::new();
        self.table.score_sentences(&apart, &apart_ends, &mut found);
        scores.clear();
        let (mut first, mut start) = (0, 0);
        for &end in ends {
            let length = end - start;
            // The start of the scores of each part: those of its words and of its end.
            let of_phase = |phase: usize| length.saturating_sub(phase).div_ceil(phases) + 1;
            let mut begins = vec![first];
            for phase in 0..phases {
                begins.push(begins[phase] + of_phase(phase));
            }
            // The sentence end takes the place of the word after the last.
            scores.extend((0..=length).map(|at| found[begins[at % phases] + at / phases]));
            (first, start) = (begins[phases], end);
        }
    }
}
