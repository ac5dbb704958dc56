//! Reads the 1-grams of a file, which are its vocabulary.

use super::error::ArpaError;
use super::read::ReadOptions;
use super::section::{ArpaSection, Checks};
use super::unknown::Names;
use super::warning::Warning;
use ngram_model::Ngrams;
use ngram_tokenizer::{SPECIAL_WORDS, Vocab, VocabError, WordId, unescape};
use std::io::BufRead;

/// The words of a file, as spelled there.
pub struct ArpaWords {
    written: Vocab,
    /// A name of the file's for `<unk>` that differs.
    unknown: Option<String>,
    /// Where the file lists both `<unk>` and that name: whether the values of `<unk>` count.
    of_unk: Option<bool>,
}

impl ArpaWords {
    /// Returns the id of a word.
    #[inline]
    pub fn id(&self, written: &str) -> Option<WordId> {
        match self.written.view().id(written) {
            None if self.unknown.as_deref() == Some(written) => Some(WordId::UNKNOWN),
            id => id,
        }
    }

    /// Whether a word is the file's other name for `<unk>`, which it lists, too.
    #[inline]
    pub fn is_other(&self, written: &str) -> bool {
        self.of_unk.is_some() && written != SPECIAL_WORDS[0]
    }

    /// Returns a warning if two words were read as `<unk>`, given the number of n-grams left out for that.
    pub fn merged(&self, left_out: u64) -> Option<Warning> {
        let (other, of_unk) = (self.unknown.clone()?, self.of_unk?);
        Some(Warning::UnknownMerged { other, of_unk, left_out })
    }

    /// Joins words, as spelled in the file, with spaces.
    pub fn join(&self, words: &[WordId]) -> String {
        let words: Vec<&str> = words.iter().map(|&word| self.written.view().word(word)).collect();
        words.join(" ")
    }

    /// Returns the words with escapes decoded.
    pub fn into_vocab(self) -> Result<Vocab, VocabError> {
        let written = self.written.view();
        if written.words().all(|word| unescape(word) == word) {
            return Ok(self.written);
        }
        let ordinary: Vec<_> = written.words().skip(SPECIAL_WORDS.len()).map(unescape).collect();
        Vocab::new(ordinary.iter().map(|word| &**word))
    }
}

/// The section in file order.
#[derive(Default)]
struct Listed {
    text: String,
    ends: Vec<usize>,
    log_probs: Vec<f32>,
    backoffs: Vec<f32>,
}

impl Listed {
    fn word(&self, index: usize) -> &str {
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.text[start..self.ends[index]]
    }

    fn indices_of(&self, word: &str) -> impl Iterator<Item = usize> {
        (0..self.ends.len()).filter(move |&index| self.word(index) == word)
    }
}

/// Reads the section. The returned n-grams cover the whole vocabulary, in id order.
pub fn read<R: BufRead>(
    section: &mut ArpaSection<'_, R>,
    options: &ReadOptions<'_>,
    checks: &mut Checks,
    warnings: &mut Vec<Warning>,
) -> Result<(ArpaWords, Ngrams), ArpaError> {
    let mut listed = Listed::default();
    let last = |listed: &Listed| Some(listed.word(listed.ends.len().checked_sub(1)?).to_owned());
    while section.advance(|| last(&listed))? {
        let (text, ends) = (&mut listed.text, &mut listed.ends);
        let (log_prob, backoff) = section.parse(checks, |word| {
            text.push_str(word);
            ends.push(text.len());
            Ok(())
        })?;
        listed.log_probs.push(log_prob);
        listed.backoffs.push(backoff);
    }

    let is_listed = |name: &str| listed.indices_of(name).next().is_some();
    let Names { name: unknown, other } =
        options.unknown.names(is_listed, warnings).map_err(|problem| section.error(problem))?;
    let mut is_special = vec![false; listed.ends.len()];
    let mut order = Vec::with_capacity(listed.ends.len() + SPECIAL_WORDS.len());
    for (special, name) in SPECIAL_WORDS.into_iter().zip([&*unknown, "<s>", "</s>"]) {
        let mut indices = listed.indices_of(name);
        let index = indices.next();
        if let (Some(first), Some(second)) = (index, indices.next()) {
            return Err(section.duplicate(name.to_owned(), first, second));
        }
        match index {
            Some(index) => is_special[index] = true,
            None => warnings.push(Warning::NotListed(special)),
        }
        order.push(index);
    }
    let mut of_unk = None;
    if let Some(other) = &other {
        let mut indices = listed.indices_of(other);
        let index = indices.next();
        if let (Some(first), Some(second)) = (index, indices.next()) {
            return Err(section.duplicate(other.clone(), first, second));
        }
        if let Some(index) = index {
            is_special[index] = true;
            let last = order[WordId::UNKNOWN.index()].max(Some(index));
            of_unk = Some(last != Some(index));
            order[WordId::UNKNOWN.index()] = last;
        }
    }
    let is_kept = |index: &usize| {
        !is_special[*index] && options.only.is_none_or(|only| only.contains(listed.word(*index)))
    };
    order.extend((0..listed.ends.len()).filter(is_kept).map(Some));

    let ordinary = order[SPECIAL_WORDS.len()..].iter().flatten();
    let written = match Vocab::new(ordinary.map(|&index| listed.word(index))) {
        Ok(written) => written,
        Err(VocabError::Duplicate(word)) => {
            let indices: Vec<usize> = listed.indices_of(&word).take(2).collect();
            let [first, second] = indices[..] else {
                return Err(section.error(VocabError::Duplicate(word).into()));
            };
            return Err(section.duplicate(word, first, second));
        }
        Err(error) => return Err(section.error(error.into())),
    };

    if let (None, Some(log_prob)) = (order[WordId::UNKNOWN.index()], options.missing_unknown) {
        order[WordId::UNKNOWN.index()] = Some(listed.log_probs.len());
        listed.log_probs.push(log_prob);
        listed.backoffs.push(0.0);
    }

    let value = |values: &[f32], index: &Option<usize>, missing| match index {
        Some(index) => values[*index],
        None => missing,
    };
    let ngrams = Ngrams {
        order: 1,
        words: (0..order.len() as u32).map(WordId).collect(),
        log_probs: order.iter().map(|i| value(&listed.log_probs, i, f32::NEG_INFINITY)).collect(),
        backoffs: match section.is_highest() {
            true => Vec::new(),
            false => order.iter().map(|i| value(&listed.backoffs, i, 0.0)).collect(),
        },
    };
    let unknown = other.or_else(|| (unknown != SPECIAL_WORDS[0]).then_some(unknown));
    Ok((ArpaWords { written, unknown, of_unk }, ngrams))
}
