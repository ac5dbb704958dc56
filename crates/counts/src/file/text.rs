//! Reads counts as text, as written by `ngram count` and SRILM's `ngram-count -write`.

use super::{CountFile, CountFileInfo, RecordLengths};
use crate::corpus::rank;
use crate::error::CountFileError;
use crate::file::recount::WindowSource;
use crate::{CorpusSummary, CountError, MAX_ORDER, NgramCounts, VocabRule};
use ngram_tokenizer::{Interner, TokenizerSpec, Vocab, WordId, unescape};
use std::io::BufRead;
use std::ops::Range;

/// Why lines of text are not counts that a model can be trained on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CountTextError {
    /// The text could not be read.
    #[error("cannot read the counts {name} after line {line}")]
    Read {
        /// The text's name.
        name: String,
        /// Lines read before the failure.
        line: u64,
        /// What the system said.
        source: std::io::Error,
    },
    /// A line is not an n-gram with its count.
    #[error("{name}, line {line}: {what}; a line has an n-gram, a tab, and how often it comes")]
    Line {
        /// The text's name.
        name: String,
        /// Line number, from 1.
        line: u64,
        /// What is wrong with it.
        what: &'static str,
    },
    /// There are no counts.
    #[error("{0} has no counts")]
    Empty(String),
    /// Some n-grams of the highest order, or shorter ones after `<s>`, are missing.
    #[error(
        "{name} lacks n-grams: those of order {order}, and shorter ones after <s>, have {word:?} {ends} times{}, but it comes {other} times {what}; write all n-grams of all orders, with raw counts, or train on the list as a part of them (`ngram train --partial`)",
        if word == "<s>" { " (as often as </s>)" } else { " at their end" }
    )]
    Incomplete {
        /// The text's name.
        name: String,
        /// The highest order.
        order: usize,
        /// A word whose counts do not agree.
        word: String,
        /// Its frequency by the windows that it ends.
        ends: u64,
        /// The other way its frequency was determined.
        what: &'static str,
        /// Its frequency that way.
        other: u64,
    },
    /// An n-gram of two words or more is too frequent.
    #[error(
        "{name}: {ngram:?} comes {count} times, where no n-gram of two words or more can come more than 4,294,967,295 times; count less text"
    )]
    TooOften {
        /// The text's name.
        name: String,
        /// The n-gram, its words separated by spaces.
        ngram: String,
        /// The count on its line.
        count: u64,
    },
    /// The counts are too large.
    #[error(transparent)]
    Count(#[from] CountError),
    /// The counts of all words sum to more than 64 bits hold.
    #[error("{0} has counts that add up to more than 18,446,744,073,709,551,615; count less text")]
    Total(String),
    /// The counts of one order are too large in all.
    #[error(
        "{name} has counts of order {order} that add up to more than 9,223,372,036,854,775,807: divide them all by the same number"
    )]
    Sum {
        /// The text's name.
        name: String,
        /// The order.
        order: usize,
    },
    /// There are too many words, or no count file can be made of them.
    #[error(transparent)]
    File(#[from] CountFileError),
}

/// Windows in memory.
struct Windows {
    /// The words of each window, in text order.
    words: Vec<u32>,
    windows: Vec<Window>,
}

#[derive(Clone, Copy)]
struct Window {
    /// The end of its words, and their number.
    end: usize,
    length: u8,
    /// The last word of its history.
    before: u32,
    /// In 64 bits until it is known whether the window is needed.
    count: u64,
}

impl Windows {
    fn words(&self, window: &Window) -> &[u32] {
        &self.words[window.end - usize::from(window.length)..window.end]
    }
}

impl WindowSource for Windows {
    fn sizes(&self, words: usize) -> Vec<u64> {
        let mut sizes = vec![0; words];
        self.windows.iter().for_each(|window| sizes[window.before as usize] += 1);
        sizes
    }

    fn each(
        &self,
        words: Range<u32>,
        _bytes: &mut Vec<u8>,
        mut emit: impl FnMut(&[u32], u32, u64),
    ) -> Result<(), CountFileError> {
        let place = |word: u32| self.windows.partition_point(|window| window.before < word);
        let mut history = Vec::new();
        for window in &self.windows[place(words.start)..place(words.end)] {
            if let Some((&word, before)) = self.words(window).split_last() {
                history.clear();
                history.extend(before.iter().rev());
                emit(&history, word, window.count);
            }
        }
        Ok(())
    }
}

impl CountFile {
    /// Reads counts from lines `w1 w2 w3<TAB>count`, in any order; `name` is used in messages.
    /// Words are as [`escape`](ngram_tokenizer::escape) writes them, separated by any white space;
    /// lines for the same n-gram add up. The order of the counts is that of the longest n-gram.
    ///
    /// Only the n-grams of the highest order, and shorter ones that begin with `<s>`, are used; all
    /// others follow from them and may be missing. So these must be complete, with raw counts; a
    /// text that lacks some is rejected, as far as the counts of single words reveal it.
    ///
    /// The counts are held in memory, about 4 bytes per word and 24 bytes per line.
    ///
    /// # Errors
    ///
    /// If a line is not an n-gram with its count, or n-grams are missing.
    pub fn from_text(
        name: &str,
        reader: impl BufRead,
        tokenizer: &TokenizerSpec,
    ) -> Result<CountFile, CountTextError> {
        let Lines { order, mut windows, interner, single, befores } = Lines::read(name, reader)?;
        let frequencies = interner.counts();
        let sentences = frequencies[WordId::END.index()];
        for (id, &ends) in (0..).zip(frequencies) {
            let id = WordId(id);
            let expected = if id == WordId::BEGIN { sentences } else { ends };
            let mut others = vec![];
            if order > 1 && id != WordId::END {
                others.push(("before their end", befores.get(id.index()).copied().unwrap_or(0)));
            }
            if let Some(&Some(single)) = single.get(id.index()) {
                others.push(("on a line of its own", single));
            }
            if let Some(&(what, other)) = others.iter().find(|&&(_, other)| other != expected) {
                let word = interner.word(id.0).to_owned();
                let name = name.to_owned();
                let ends = expected;
                return Err(CountTextError::Incomplete { name, order, word, ends, what, other });
            }
        }
        let tokens: u64 = frequencies.iter().sum();
        if tokens == sentences {
            return Err(CountTextError::Empty(name.to_owned()));
        }
        interner.complete().map_err(CountFileError::from)?;
        let ranked = rank(&interner, &VocabRule::All);
        let vocab =
            Vocab::new(ranked.iter().map(|(word, _)| *word)).map_err(CountFileError::from)?;
        let unknown = frequencies[WordId::UNKNOWN.index()];
        let mut by_number = vec![unknown, sentences, sentences];
        by_number.extend(ranked.iter().map(|(_, frequency)| frequency));
        let special = 0..WordId::SPECIAL;
        let listed = interner.words().skip(WordId::SPECIAL as usize);
        let numbers: Vec<u32> =
            special.chain(listed.map(|word| vocab.view().id_or_unknown(word).0)).collect();
        drop(ranked);
        windows.words.iter_mut().for_each(|word| *word = numbers[*word as usize]);
        windows.windows.iter_mut().for_each(|window| {
            window.before = numbers[window.before as usize];
        });
        windows.windows.sort_by_key(|window| window.before);
        let blank = [WordId::BEGIN.0, WordId::END.0];
        let is_blank = |window: &&Window| windows.words(window) == blank;
        let blank_lines = windows.windows.iter().filter(is_blank);
        let summary = CorpusSummary {
            sentences,
            blank_lines: blank_lines.map(|window| window.count).sum(),
            tokens,
            types: interner.len() as u64 - u64::from(WordId::SPECIAL),
            unknown,
            ..CorpusSummary::default()
        };
        let options = RecordLengths::counting(order);
        let counts = NgramCounts::from_windows(
            &windows,
            &by_number,
            order,
            &options,
            RecordLengths::of,
            &(),
        )?;
        drop(windows);
        let info = CountFileInfo {
            surface: &crate::ContextCounts::default(),
            tokenizer,
            vocab: vocab.view(),
            frequencies: &by_number,
            summary: &summary,
            is_complete: true,
        };
        Ok(CountFile::from_bytes(name, CountFile::to_bytes(info, counts)?)?)
    }
}

/// Splits a line into the words of an n-gram and its count; `None` if it is blank.
pub(super) fn fields(
    line: &[u8],
) -> Result<Option<(impl Iterator<Item = &str>, u64)>, &'static str> {
    const SEPARATORS: [char; 5] = ['\0', '\t', '\n', '\r', ' '];
    let line = std::str::from_utf8(line).map_err(|_| "it is not UTF-8")?;
    let mut words = line.split(SEPARATORS).filter(|word| !word.is_empty());
    let Some(count) = words.next_back() else { return Ok(None) };
    let count: u64 = count.parse().map_err(|_| "the count is no whole number")?;
    Ok(Some((words, count)))
}

/// The parsed lines.
struct Lines {
    order: usize,
    windows: Windows,
    /// Every word, counted by the windows that it ends.
    interner: Interner,
    /// The count of each word by the lines of order 1.
    single: Vec<Option<u64>>,
    /// How often each word is the second-to-last of a window.
    befores: Vec<u64>,
}

/// Passes each line with its number, from 1, to `take`; what that finds wrong is an error that names the line.
pub(super) fn for_each_line(
    name: &str,
    mut reader: impl BufRead,
    mut take: impl FnMut(u64, &[u8]) -> Result<(), &'static str>,
) -> Result<(), CountTextError> {
    let mut number = 0;
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = reader.read_until(b'\n', &mut line).map_err(|source| CountTextError::Read {
            name: name.to_owned(),
            line: number,
            source,
        })?;
        if read == 0 {
            return Ok(());
        }
        number += 1;
        take(number, &line).map_err(|what| CountTextError::Line {
            name: name.to_owned(),
            line: number,
            what,
        })?;
    }
}

impl Lines {
    fn read(name: &str, reader: impl BufRead) -> Result<Lines, CountTextError> {
        let mut found = Lines {
            order: 0,
            windows: Windows { words: Vec::new(), windows: Vec::new() },
            interner: Interner::new(),
            single: Vec::new(),
            befores: Vec::new(),
        };
        for_each_line(name, reader, |_, line| found.line(line))?;
        found.select();
        found.check(name)?;
        if found.order == 0 {
            return Err(CountTextError::Empty(name.to_owned()));
        }
        found.tally().ok_or_else(|| CountTextError::Total(name.to_owned()))?;
        Ok(found)
    }

    /// Keeps an n-gram. What its count means is known only once the highest order is.
    fn line(&mut self, line: &[u8]) -> Result<(), &'static str> {
        let Some((words, count)) = fields(line)? else { return Ok(()) };
        let start = self.windows.words.len();
        for word in words {
            if self.windows.words[start..].last() == Some(&WordId::END.0) {
                return Err("a word stands after </s>");
            }
            // Words are counted later, by windows.
            let id = self.interner.add(&unescape(word), 0);
            if id == WordId::BEGIN.0 && self.windows.words.len() > start {
                return Err("a word stands before <s>");
            }
            self.windows.words.push(id);
        }
        let words = &self.windows.words[start..];
        let order = words.len();
        if order == 0 {
            return Err("there is no word");
        }
        if order > MAX_ORDER {
            return Err("the n-gram is longer than any that can be counted");
        }
        if order == 1 {
            let word = words[0] as usize;
            self.single.resize(self.single.len().max(word + 1), None);
            let sum = self.single[word].unwrap_or(0).checked_add(count);
            self.single[word] = Some(sum.ok_or("the count is too large")?);
            self.windows.words.truncate(start);
            if count == 0 {
                return Ok(());
            }
        } else if count == 0 {
            self.windows.words.truncate(start);
            return Ok(());
        } else {
            let before = words[order - 2];
            let end = self.windows.words.len();
            self.windows.windows.push(Window { end, length: order as u8, before, count });
        }
        self.order = self.order.max(order);
        Ok(())
    }

    /// Keeps only windows: n-grams of the highest order, and those that begin with `<s>`.
    fn select(&mut self) {
        let Windows { words, windows } = &mut self.windows;
        windows.retain(|window| {
            let length = usize::from(window.length);
            length == self.order || words[window.end - length] == WordId::BEGIN.0
        });
        // Removes the dropped n-grams from the list of words, too.
        let mut kept = 0;
        for window in windows {
            let length = usize::from(window.length);
            words.copy_within(window.end - length..window.end, kept);
            kept += length;
            window.end = kept;
        }
        words.truncate(kept);
    }

    /// Rejects counts above 32 bits while the n-gram can still be named.
    fn check(&self, name: &str) -> Result<(), CountTextError> {
        let too_often = |window: &&Window| window.count > u32::MAX.into();
        let Some(window) = self.windows.windows.iter().find(too_often) else { return Ok(()) };
        let words = self.windows.words(window).iter().map(|&word| self.interner.word(word));
        let ngram = words.collect::<Vec<_>>().join(" ");
        Err(CountTextError::TooOften { name: name.to_owned(), ngram, count: window.count })
    }

    /// Counts words by the windows that they end, and by those in which they are second to last.
    fn tally(&mut self) -> Option<()> {
        let mut ends = vec![0u64; self.interner.len()];
        self.befores = vec![0; ends.len()];
        if self.order == 1 {
            for (end, single) in ends.iter_mut().zip(&self.single) {
                *end = single.unwrap_or(0);
            }
            ends[WordId::BEGIN.index()] = 0;
        }
        for window in &self.windows.windows {
            let last = self.windows.words[window.end - 1];
            for sum in [&mut ends[last as usize], &mut self.befores[window.before as usize]] {
                *sum = sum.checked_add(window.count)?;
            }
        }
        ends.iter().try_fold(0u64, |sum, &count| sum.checked_add(count))?;
        let words: Vec<String> = self.interner.words().map(str::to_owned).collect();
        for (word, times) in words.iter().zip(ends) {
            self.interner.add(word, times);
        }
        Some(())
    }
}
