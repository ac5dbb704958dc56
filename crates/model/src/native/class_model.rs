//! Class-based models: a table that predicts classes, and the words of each class.

use super::backoff::backoff;
use super::read::{map, slice};
use super::sections::Sections;
use super::{Kind, Layout, Model, ModelError};
use crate::derivation::ClassFactors;
use crate::open::OpenParts;
use crate::score_all::never_predicted;
use crate::{Derivation, LanguageModel, LogProb, ModelInfo, OpenVocabulary, Score};
use ngram_store::Mapped;
use ngram_tokenizer::{TokenizerSpec, Vocab, VocabError, VocabView, WordId};
use std::ops::Range;
use std::path::Path;
use zerocopy::IntoBytes;
use zerocopy::little_endian::{F32, U32};

/// A class-based model in the native format, mapped from its file.
///
/// Every word w is in one class c(w), and
///
/// ```text
/// p(w|h) = p(c(w) | the classes of h) · p(w | c(w))
/// ```
///
/// (Brown, Della Pietra, deSouza, Lai and Mercer 1992, section 3, for histories of any length.) The
/// first factor is an ordinary table whose words are the classes; the second sums to 1 over the
/// words of a class, so the product sums to 1 over all words.
pub struct ClassModel {
    /// Predicts classes; its vocabulary is the classes.
    classes: Model,
    words: [Range<usize>; 3],
    class_of: Range<usize>,
    log_probs: Range<usize>,
}

/// The words of all classes, to be written.
pub struct Members {
    /// All words.
    pub words: Vocab,
    /// The id of each word's class in the vocabulary of classes.
    pub classes: Vec<WordId>,
    /// log10 p of each word in its class.
    pub log_probs: Vec<f32>,
}

/// [`Members`] as sections of a file.
pub struct MemberSections(pub(super) Vec<(Kind, Vec<u8>)>);

const SECTIONS: [Kind; 5] = [
    Kind::MemberStarts,
    Kind::MemberText,
    Kind::MemberSlots,
    Kind::MemberClasses,
    Kind::MemberLogProbs,
];

impl Members {
    /// Encodes them as sections of a file.
    pub fn sections(&self) -> MemberSections {
        let (starts, text, slots) = self.words.view().parts();
        let classes: Vec<U32> = self.classes.iter().map(|class| U32::new(class.0)).collect();
        let log_probs: Vec<F32> = self.log_probs.iter().map(|&log| F32::new(log)).collect();
        let bytes =
            [starts.as_bytes(), text, slots.as_bytes(), classes.as_bytes(), log_probs.as_bytes()];
        MemberSections(SECTIONS.into_iter().zip(bytes.map(<[u8]>::to_vec)).collect())
    }
}

impl ClassModel {
    /// Opens and maps the file of a class-based model, like [`Model::open`].
    ///
    /// # Errors
    ///
    /// As for [`Model::open`]; [`ModelError::NotClassBased`] if the model is not class-based.
    pub fn open(path: &Path) -> Result<ClassModel, ModelError> {
        let name = path.display().to_string();
        ClassModel::from_bytes(&name, map(path, &name)?)
    }

    /// Opens a class-based model whose file is in memory; `name` is used in messages.
    ///
    /// # Errors
    ///
    /// As for [`ClassModel::open`].
    pub fn from_bytes(name: &str, bytes: Mapped) -> Result<ClassModel, ModelError> {
        let sections = Sections::read(name, &bytes)?;
        if !ClassModel::is_in(&sections) {
            return Err(ModelError::NotClassBased { name: name.to_owned() });
        }
        ClassModel::from_sections(bytes, sections)
    }

    /// Returns whether a file has the sections of a class-based model.
    pub(super) fn is_in(sections: &Sections) -> bool {
        sections.find(Kind::MemberClasses, 0).is_some()
    }

    pub(super) fn from_sections(
        bytes: Mapped,
        sections: Sections,
    ) -> Result<ClassModel, ModelError> {
        let part = |kind| sections.need(kind, 0);
        let words = [part(Kind::MemberStarts)?, part(Kind::MemberText)?, part(Kind::MemberSlots)?];
        let class_of = part(Kind::MemberClasses)?;
        let log_probs = part(Kind::MemberLogProbs)?;
        let classes = Model::from_sections(bytes, sections)?;
        let model = ClassModel { classes, words, class_of, log_probs };
        let (bytes, sections) = model.classes.parts();
        let [starts, text, slots] = &model.words;
        let text = &bytes[text.clone()];
        let vocab = VocabView::from_parts(slice(bytes, starts), text, slice(bytes, slots))
            .map_err(|error: VocabError| sections.damaged(error.to_string()))?;
        let expected = 4 * vocab.len();
        if model.class_of.len() != expected || model.log_probs.len() != expected {
            return Err(sections.damaged("the words and their classes differ in number"));
        }
        // The table decides where a sentence begins and ends.
        for word in [WordId::BEGIN, WordId::END] {
            if model.class_of(word) != word || model.member(word) != 0.0 {
                return Err(sections.damaged("<s> or </s> is not a class of its own"));
            }
        }
        Ok(model)
    }

    /// Reads the whole file, verifies every checksum, looks every word up, and checks that each
    /// word's class is in the table.
    ///
    /// # Errors
    ///
    /// [`ModelError::Damaged`] if something is wrong; `name` is the file's name in it.
    pub fn verify(&self, name: &str) -> Result<(), ModelError> {
        self.classes.verify(name)?;
        self.check_words(name)
    }

    /// Looks every word up, and checks that its class is in the table and its log-probability a number.
    pub(crate) fn check_words(&self, name: &str) -> Result<(), ModelError> {
        let damaged = |what: String| Err(ModelError::Damaged { name: name.to_owned(), what });
        if let Err(error) = self.vocab().check() {
            return damaged(error.to_string());
        }
        let classes = self.classes.vocab().len();
        if self.stored_classes().iter().any(|class| class.get() as usize >= classes) {
            return damaged("a word is in a class that there is not".to_owned());
        }
        let log_probs: &[F32] = slice(self.bytes(), &self.log_probs);
        if log_probs.iter().any(|log_prob| log_prob.get().is_nan()) {
            return damaged(
                "the log-probability of a word in its class is not a number".to_owned(),
            );
        }
        Ok(())
    }

    /// Loads the whole file into memory at once: worthwhile before scoring much text.
    pub fn populate(&self) {
        self.classes.populate();
    }

    /// Returns the model's metadata. Its orders are those of the table of classes; tokenizer and
    /// training text are those of the words.
    pub fn info(&self) -> &ModelInfo {
        self.classes.info()
    }

    /// Returns the layout of the n-grams of classes in the file.
    pub fn layout(&self) -> Layout {
        self.classes.layout()
    }

    /// Returns the length of the file in bytes.
    pub fn file_size(&self) -> u64 {
        self.classes.file_size()
    }

    /// Returns a fingerprint of the file's content, like [`Model::fingerprint`].
    pub fn fingerprint(&self) -> u32 {
        self.classes.fingerprint()
    }

    /// Returns the table that predicts classes. Its vocabulary is the classes, including `<unk>`,
    /// `<s>` and `</s>`, each a class of its own.
    pub fn classes(&self) -> &Model {
        &self.classes
    }

    /// Returns the class of a word, as an id in the vocabulary of [`ClassModel::classes`].
    #[inline]
    pub fn class_of(&self, word: WordId) -> WordId {
        let class = self.stored_classes().get(word.index()).map_or(0, |class| class.get());
        // A damaged file must not lead to a look-up out of range.
        let is_there = (class as usize) < self.classes.vocab().len();
        if is_there { WordId(class) } else { WordId::UNKNOWN }
    }

    /// Returns the probability of a word in its class.
    #[inline]
    pub fn in_class(&self, word: WordId) -> LogProb {
        LogProb(self.member(word))
    }

    #[inline]
    fn member(&self, word: WordId) -> f32 {
        let log_probs: &[F32] = slice(self.bytes(), &self.log_probs);
        log_probs.get(word.index()).map_or(f32::NEG_INFINITY, |log| log.get())
    }

    fn stored_classes(&self) -> &[U32] {
        slice(self.bytes(), &self.class_of)
    }

    fn bytes(&self) -> &[u8] {
        self.classes.parts().0
    }

    /// Returns the open vocabulary and the words as stored in the file.
    pub(crate) fn beside(&self) -> (Option<OpenParts>, MemberSections) {
        let [starts, text, slots] = &self.words;
        let ranges = [starts, text, slots, &self.class_of, &self.log_probs];
        let bytes = ranges.map(|range| self.bytes()[range.clone()].to_vec());
        (self.classes.open_parts(), MemberSections(SECTIONS.into_iter().zip(bytes).collect()))
    }

    fn add_member(&self, score: &mut Score, word: WordId) {
        score.log_prob = LogProb(score.log_prob.0 + self.member(word));
    }
}

impl LanguageModel for ClassModel {
    fn order(&self) -> usize {
        self.classes.order()
    }

    fn vocab(&self) -> VocabView<'_> {
        let bytes = self.bytes();
        let [starts, text, slots] = &self.words;
        let text = &bytes[text.clone()];
        VocabView::from_checked_parts(slice(bytes, starts), text, slice(bytes, slots))
    }

    fn tokenizer(&self) -> &TokenizerSpec {
        self.classes.tokenizer()
    }

    fn open_vocabulary(&self) -> Option<OpenVocabulary<'_>> {
        self.classes.open_vocabulary()
    }

    fn score(&self, history: &[WordId], word: WordId) -> Score {
        // Words farther back do not matter.
        let start = history.len().saturating_sub(self.order() - 1);
        let classes: Vec<WordId> = history[start..].iter().map(|&w| self.class_of(w)).collect();
        let mut score = self.classes.score(&classes, self.class_of(word));
        self.add_member(&mut score, word);
        score
    }

    fn derive(&self, history: &[WordId], word: WordId) -> Derivation {
        let start = history.len().saturating_sub(self.order() - 1);
        let classes: Vec<WordId> = history[start..].iter().map(|&w| self.class_of(w)).collect();
        let classes = backoff(&self.classes, &classes, self.class_of(word));
        let in_class = self.in_class(word);
        Derivation::Class(ClassFactors {
            word: self.vocab().word(word).to_owned(),
            class: classes.word.clone(),
            classes,
            in_class_probability: in_class.prob(),
            in_class_log10_prob: in_class.0,
        })
    }

    fn score_all(&self, history: &[WordId], scores: &mut Vec<Score>) {
        let start = history.len().saturating_sub(self.order() - 1);
        let classes: Vec<WordId> = history[start..].iter().map(|&w| self.class_of(w)).collect();
        let mut of_classes = Vec::new();
        self.classes.score_all(&classes, &mut of_classes);
        scores.clear();
        scores.extend((0..self.vocab().len() as u32).map(WordId).map(|word| {
            let mut score = of_classes[self.class_of(word).index()];
            self.add_member(&mut score, word);
            score
        }));
        never_predicted(scores);
    }

    fn score_sentence(&self, words: &[WordId], scores: &mut Vec<Score>) {
        self.score_sentences(words, &[words.len()], scores);
    }

    fn score_sentences(&self, words: &[WordId], ends: &[usize], scores: &mut Vec<Score>) {
        let classes: Vec<WordId> = words.iter().map(|&word| self.class_of(word)).collect();
        self.classes.score_sentences(&classes, ends, scores);
        let mut rest = scores.iter_mut();
        let mut start = 0;
        for &end in ends {
            for &word in &words[start..end] {
                if let Some(score) = rest.next() {
                    self.add_member(score, word);
                }
            }
            // The end of the sentence has probability 1 in its class.
            rest.next();
            start = end;
        }
    }
}
