//! The words of the new vocabulary.

use super::{FilterOptions, ModelFilterError};
use ngram_tokenizer::{SPECIAL_WORDS, Vocab, VocabView, WordId};
use std::collections::HashSet;

/// The new vocabulary: the words that stay, in their order, then those added, in that of the list.
pub(super) struct ListedWords {
    pub vocab: Vocab,
    /// The new number of each word of the model; `None` if it is left out.
    pub numbers: Vec<Option<u32>>,
    /// Whether `<unk>` stays in n-grams.
    pub unknown: bool,
    /// How many listed words the model lacks.
    pub lacking: usize,
    /// How many words are added.
    pub added: usize,
}

impl ListedWords {
    pub fn new(
        own: VocabView<'_>,
        options: &FilterOptions,
    ) -> Result<ListedWords, ModelFilterError> {
        let listed: Option<HashSet<&str>> =
            options.words.map(|words| words.iter().map(String::as_str).collect());
        let stays = |word: &str| listed.as_ref().is_none_or(|listed| listed.contains(word));
        let special = WordId::SPECIAL as usize;
        let mut words = Vec::new();
        let mut numbers: Vec<Option<u32>> = (0..special as u32).map(Some).collect();
        for word in own.words().skip(special) {
            numbers.push(stays(word).then(|| {
                words.push(word);
                (special + words.len() - 1) as u32
            }));
        }
        let mut seen = HashSet::new();
        let lacking: Vec<&str> = options
            .words
            .unwrap_or_default()
            .iter()
            .map(String::as_str)
            .filter(|word| !SPECIAL_WORDS.contains(word) && own.id(word).is_none())
            .filter(|word| seen.insert(*word))
            .collect();
        let adds = options.add.is_some();
        if words.is_empty() && !lacking.is_empty() && !adds {
            return Err(ModelFilterError::NoWord(lacking.len()));
        }
        let added = if adds { lacking.len() } else { 0 };
        let vocab = Vocab::new(words.into_iter().chain(lacking[..added].iter().copied()))?;
        Ok(ListedWords { vocab, numbers, unknown: options.unknown, lacking: lacking.len(), added })
    }

    /// Returns the new number of a word that n-grams may have.
    pub fn number(&self, word: u32) -> Option<u32> {
        match word == WordId::UNKNOWN.0 && !self.unknown {
            true => None,
            false => *self.numbers.get(word as usize)?,
        }
    }

    /// Returns how many words of the model are left out.
    pub fn left_out(&self) -> usize {
        self.numbers.iter().filter(|number| number.is_none()).count()
    }
}
