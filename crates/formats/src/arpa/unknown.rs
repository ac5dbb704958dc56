//! The names that files have for the unknown word.

use super::error::Problem;
use super::warning::Warning;
use ngram_model::Ngrams;
use ngram_tokenizer::{SPECIAL_WORDS, WordId};
use std::collections::HashMap;

/// How to find the unknown word of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unknown<'a> {
    /// As [`Kenlm`](Unknown::Kenlm). If neither is listed, `[UNK]` or `<unknown>` if one of them is, but not both.
    #[default]
    Usual,
    /// `<unk>` and `<UNK>`, which are one word to KenLM. If both are listed, the last has its probability and
    /// back-off weight, and of n-grams that differ only in that spelling the first one counts.
    Kenlm,
    /// This word. If it is not listed, or if it is neither `<unk>` nor `<UNK>` and `<unk>` is listed, too, this is an
    /// error. `<UNK>` beside `<unk>` is the same word, as for KenLM; if `<unk>` is named, it is an ordinary word.
    Named(&'a str),
    /// This word, if it is listed.
    Only(&'a str),
}

const UNK: &str = SPECIAL_WORDS[0];
const CAPITAL: &str = "<UNK>";
/// Names that only other programs than KenLM have.
const OTHERS: [&str; 2] = ["[UNK]", "<unknown>"];

/// The spellings of the unknown word in a file.
pub struct Names {
    /// The spelling, or the first of two.
    pub name: String,
    /// The other spelling.
    pub other: Option<String>,
}

impl Unknown<'_> {
    /// Chooses among the words that a file lists.
    pub(super) fn names(
        self,
        is_listed: impl Fn(&str) -> bool,
        warnings: &mut Vec<Warning>,
    ) -> Result<Names, Problem> {
        let one = |name: &str| Ok(Names { name: name.to_owned(), other: None });
        match self {
            Unknown::Named(name) if !is_listed(name) => {
                Err(Problem::UnknownNotListed(name.to_owned()))
            }
            Unknown::Named(CAPITAL) if is_listed(UNK) => Unknown::Kenlm.names(is_listed, warnings),
            Unknown::Named(name) if name != UNK && is_listed(UNK) => {
                Err(Problem::UnknownTwice(name.to_owned()))
            }
            Unknown::Named(name) => one(name),
            Unknown::Only(name) => one(name),
            Unknown::Usual | Unknown::Kenlm => {
                let others: Vec<&str> = match self {
                    Unknown::Usual => OTHERS.into_iter().filter(|name| is_listed(name)).collect(),
                    _ => Vec::new(),
                };
                match (is_listed(UNK), is_listed(CAPITAL), &others[..]) {
                    (true, true, _) => {
                        Ok(Names { name: UNK.to_owned(), other: Some(CAPITAL.to_owned()) })
                    }
                    (false, true, _) => {
                        warnings.push(Warning::UnknownNamed(CAPITAL.to_owned()));
                        one(CAPITAL)
                    }
                    (false, false, [name]) => {
                        warnings.push(Warning::UnknownNamed((*name).to_owned()));
                        one(name)
                    }
                    (false, false, [_, _, ..]) => {
                        let names = others.into_iter().map(String::from).collect();
                        warnings.push(Warning::UnknownAmbiguous(names));
                        one(UNK)
                    }
                    _ => one(UNK),
                }
            }
        }
    }
}

/// Which n-grams of an order have the other spelling of the unknown word.
#[derive(Default)]
pub struct Spellings {
    /// The positions of words with the other spelling, among the words of all n-grams.
    others: Vec<usize>,
    /// The number of n-grams left out by [`Spellings::first_of_each`].
    pub left_out: u64,
}

impl Spellings {
    /// Notes that the word at this position has the other spelling.
    pub fn note(&mut self, position: usize) {
        self.others.push(position);
    }

    /// Forgets what was noted from this position on.
    pub fn forget(&mut self, position: usize) {
        let kept = self.others.partition_point(|&other| other < position);
        self.others.truncate(kept);
    }

    /// Keeps the first of n-grams that differ only in the spelling of the unknown word. Those spelled alike, too, are
    /// left alone: they are mistakes. Returns the former index of each n-gram, if any is left out.
    pub fn first_of_each(&mut self, ngrams: &mut Ngrams) -> Option<Vec<usize>> {
        if self.others.is_empty() {
            return None;
        }
        let order = ngrams.order;
        let mut spelled: HashMap<usize, Vec<usize>> = HashMap::new();
        for &position in &self.others {
            spelled.entry(position / order).or_default().push(position % order);
        }
        let mut seen: HashMap<&[WordId], usize> = HashMap::new();
        let mut kept = Vec::new();
        for index in 0..ngrams.len() {
            let words = ngrams.words(index);
            if words.contains(&WordId::UNKNOWN) {
                let first = *seen.entry(words).or_insert(index);
                if first != index && spelled.get(&first) != spelled.get(&index) {
                    self.left_out += 1;
                    continue;
                }
            }
            kept.push(index);
        }
        if self.left_out == 0 {
            return None;
        }
        let mut fewer = Ngrams::new(order);
        for &index in &kept {
            fewer.words.extend_from_slice(ngrams.words(index));
            fewer.log_probs.push(ngrams.log_probs[index]);
            fewer.backoffs.extend(ngrams.backoffs.get(index));
        }
        *ngrams = fewer;
        Some(kept)
    }
}
