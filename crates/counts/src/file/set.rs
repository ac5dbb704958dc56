//! Merges count files under one vocabulary.

use super::read::RecordWindows;
use super::{CountFile, CountFileInfo, numbers};
use crate::corpus::rank;
use crate::error::CountFileError;
use crate::file::recount::WindowSource;
use crate::surface::{self, spellings_of_rare};
use crate::{ContextCounts, CorpusSummary, VocabRule};
use ngram_tokenizer::{Interner, SPECIAL_WORDS, TokenizerSpec, Vocab, WordId};
use std::ops::Range;

/// The merged counts of one or more count files, as if the texts were concatenated.
///
/// The words and a few numbers for each are in memory; windows are read when they are counted, by
/// [`NgramCounts::from_files`](crate::NgramCounts::from_files).
pub struct CountSet {
    /// The order n of the counts.
    pub order: usize,
    /// The tokenizer that cut the texts.
    pub tokenizer: TokenizerSpec,
    /// The words, with ids by falling frequency, ties by their bytes.
    pub vocab: Vocab,
    /// The frequency of each word in the texts.
    pub frequencies: Vec<u64>,
    /// Figures about the texts.
    pub summary: CorpusSummary,
    /// Whether every word of the texts is in the vocabulary.
    pub is_complete: bool,
    /// Counts of gaps and cases in their contexts.
    pub surface: ContextCounts,
    /// Counts of the spellings of rare words.
    pub spelling: ContextCounts,
    pub(crate) parts: Vec<SetPart>,
}

/// One file of a set.
pub(crate) struct SetPart {
    pub windows: RecordWindows,
    /// The id in the set of each word of the file.
    pub numbers: Vec<u32>,
    /// The words of the file, ordered by their id in the set.
    pub by_number: Vec<u32>,
}

impl CountSet {
    /// Merges files, and applies `rule` to all of their words. The counts are those of the concatenated
    /// texts, counted with this rule.
    ///
    /// # Errors
    ///
    /// If there is no file; if orders or tokenizers differ; if words were lost in one of the files, and there
    /// are others or a rule other than [`VocabRule::All`]; or if there are too many words.
    pub fn new(files: Vec<CountFile>, rule: &VocabRule) -> Result<CountSet, CountFileError> {
        let Some(first) = files.first() else { return Err(CountFileError::None) };
        let (order, tokenizer) = (first.order, first.tokenizer.clone());
        for file in &files {
            agree("order", first, file, |file| file.order)?;
            agree("tokenizer", first, file, |file| file.tokenizer.clone())?;
        }
        if files.len() == 1 && *rule == VocabRule::All {
            return CountSet::single(files);
        }
        if let Some(file) = files.iter().find(|file| !file.is_complete) {
            return Err(CountFileError::Incomplete { name: file.name.clone() });
        }
        let mut summary = CorpusSummary::default();
        let mut merged = Interner::new();
        let mut surface = ContextCounts::default();
        for file in &files {
            surface::add(&mut surface, &file.surface);
            let mut more = file.summary.clone();
            for (sum, more) in numbers(&mut summary).into_iter().zip(numbers(&mut more)) {
                *sum = sum.checked_add(*more).ok_or_else(|| CountFileError::Damaged {
                    name: file.name.clone(),
                    what: "its numbers are too large".to_owned(),
                })?;
            }
            let frequencies = &file.frequencies[WordId::SPECIAL as usize..];
            for (word, &frequency) in file.words().zip(frequencies) {
                if SPECIAL_WORDS.contains(&word) {
                    let word = ngram_tokenizer::VocabError::Duplicate(word.to_owned());
                    return Err(word.into());
                }
                merged.add(word, frequency);
            }
        }
        merged.complete()?;
        summary.types = merged.len() as u64 - u64::from(WordId::SPECIAL);
        let ranked = rank(&merged, rule);
        let vocab = Vocab::new(ranked.iter().map(|(word, _)| *word))?;
        let known: u64 = ranked.iter().map(|(_, frequency)| frequency).sum();
        summary.unknown = summary.tokens.saturating_sub(summary.sentences).saturating_sub(known);
        let mut frequencies = vec![summary.unknown, summary.sentences, summary.sentences];
        frequencies.extend(ranked.iter().map(|(_, frequency)| frequency));
        drop(ranked);
        let spelling = spellings_of_rare(&merged, |id| vocab.view().id(merged.word(id)).is_some());
        drop(merged);
        let parts = files.into_iter().enumerate().map(|(number, file)| {
            let special = 0..WordId::SPECIAL;
            let listed = file.words().map(|word| vocab.view().id_or_unknown(word).0);
            let numbers: Vec<u32> = special.chain(listed).collect();
            let mut by_number: Vec<u32> = (0..numbers.len() as u32).collect();
            by_number.sort_by_key(|&word| numbers[word as usize]);
            SetPart { windows: windows(file, number), numbers, by_number }
        });
        let parts = parts.collect();
        let is_complete = *rule == VocabRule::All;
        Ok(CountSet {
            order,
            tokenizer,
            vocab,
            frequencies,
            summary,
            is_complete,
            surface,
            spelling,
            parts,
        })
    }

    /// Uses a single file as it is.
    fn single(files: Vec<CountFile>) -> Result<CountSet, CountFileError> {
        let file = files.into_iter().next().ok_or(CountFileError::None)?;
        let vocab = Vocab::new(file.words())?;
        let numbers: Vec<u32> = (0..file.frequencies.len() as u32).collect();
        let mut words = Interner::new();
        for (word, &frequency) in file.words().zip(&file.frequencies[WordId::SPECIAL as usize..]) {
            words.add(word, frequency);
        }
        Ok(CountSet {
            order: file.order,
            tokenizer: file.tokenizer.clone(),
            vocab,
            frequencies: file.frequencies.clone(),
            summary: file.summary.clone(),
            is_complete: file.is_complete,
            surface: file.surface.clone(),
            spelling: spellings_of_rare(&words, |_| true),
            parts: vec![SetPart { windows: windows(file, 0), by_number: numbers.clone(), numbers }],
        })
    }

    /// Returns an error if another program changed one of the files since it was opened.
    pub(crate) fn unchanged(&self) -> Result<(), CountFileError> {
        self.parts.iter().try_for_each(|part| part.windows.unchanged())
    }

    /// Returns the metadata for a count file of this set.
    pub fn info(&self) -> CountFileInfo<'_> {
        CountFileInfo {
            tokenizer: &self.tokenizer,
            vocab: self.vocab.view(),
            frequencies: &self.frequencies,
            summary: &self.summary,
            is_complete: self.is_complete,
            surface: &self.surface,
        }
    }
}

impl WindowSource for CountSet {
    fn sizes(&self, words: usize) -> Vec<u64> {
        let mut sizes = vec![0u64; words];
        for SetPart { windows, numbers, .. } in &self.parts {
            for (&number, most) in numbers.iter().zip(windows.most()) {
                let size = &mut sizes[number as usize];
                // Cannot overflow: at most the sum of the files' frequencies, which was checked.
                *size += most;
            }
        }
        sizes
    }

    fn each(
        &self,
        words: Range<u32>,
        bytes: &mut Vec<u8>,
        mut emit: impl FnMut(&[u32], u32, u64),
    ) -> Result<(), CountFileError> {
        let mut history = Vec::new();
        for SetPart { windows, numbers, by_number } in &self.parts {
            let start = by_number.partition_point(|&word| numbers[word as usize] < words.start);
            let end = by_number.partition_point(|&word| numbers[word as usize] < words.end);
            // Words adjacent in the file are read together.
            for run in by_number[start..end].chunk_by(|a, b| b.checked_sub(1) == Some(*a)) {
                let run = run[0]..run[run.len() - 1] + 1;
                windows.each(run, bytes, |theirs, word, count| {
                    history.clear();
                    history.extend(theirs.iter().map(|&word| numbers[word as usize]));
                    emit(&history, numbers[word as usize], count.into());
                })?;
            }
        }
        Ok(())
    }
}

/// Files that stay open; a process may be limited to a few hundred. The others are opened for each
/// read.
const OPEN: usize = 64;

fn windows(file: CountFile, number: usize) -> RecordWindows {
    let CountFile { name, order, frequencies, mut records, .. } = file;
    if number < OPEN {
        records.stay_open();
    }
    RecordWindows { name, order, frequencies, records }
}

fn agree<T: PartialEq + ToString>(
    what: &'static str,
    first: &CountFile,
    second: &CountFile,
    of: impl Fn(&CountFile) -> T,
) -> Result<(), CountFileError> {
    let (ours, theirs) = (of(first), of(second));
    if ours == theirs {
        return Ok(());
    }
    let (ours, theirs) = (ours.to_string(), theirs.to_string());
    let (first, second) = (first.name.clone(), second.name.clone());
    Err(CountFileError::Disagree { first, second, what, ours, theirs })
}
