//! Parts of an ARPA file: the lines of the n-grams that certain words make, unchanged.

use super::error::{ArpaError, Problem};
use super::header::{Header, read_header};
use super::lines::{ArpaLines, Fields};
use super::section::ArpaSection;
use std::collections::HashMap;
use std::io::{self, BufRead, Write};

/// Why a file could not be filtered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FilterError {
    /// It cannot be read.
    #[error(transparent)]
    Arpa(#[from] ArpaError),
    /// A part cannot be written.
    #[error("writing failed: {0}")]
    Write(#[from] io::Error),
}

/// The words of one or more sentences. An n-gram belongs to a sentence if its words do, in any order; words such as
/// `<s>`, in angle brackets, belong to every sentence (Heafield's `filter`).
#[derive(Clone, Debug, Default)]
pub struct WordFilter {
    /// The sentences of each word, rising; `None` to keep everything.
    sentences: Option<HashMap<String, Vec<u32>>>,
    /// Whether only the history of an n-gram must belong to a sentence.
    pub only_history: bool,
}

/// The sentences that an n-gram belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Belongs {
    /// Every one.
    All,
    /// These, rising.
    To(Vec<u32>),
}

impl Belongs {
    /// Whether there is none.
    pub fn nowhere(&self) -> bool {
        matches!(self, Belongs::To(sentences) if sentences.is_empty())
    }

    /// Whether one of them is this.
    pub fn to(&self, sentence: usize) -> bool {
        match self {
            Belongs::All => true,
            Belongs::To(sentences) => sentences.binary_search(&(sentence as u32)).is_ok(),
        }
    }
}

impl WordFilter {
    /// Keeps every n-gram.
    pub fn all() -> WordFilter {
        WordFilter::default()
    }

    /// Keeps n-grams by the words of these sentences.
    pub fn sentences<'w, S: Iterator<Item = &'w str>>(
        sentences: impl Iterator<Item = S>,
    ) -> WordFilter {
        let mut found: HashMap<String, Vec<u32>> = HashMap::new();
        for (number, words) in (0..).zip(sentences) {
            for word in words {
                let numbers = found.entry(word.to_owned()).or_default();
                if numbers.last() != Some(&number) {
                    numbers.push(number);
                }
            }
        }
        WordFilter { sentences: Some(found), only_history: false }
    }

    /// Returns the sentences that an n-gram belongs to.
    pub fn belongs<'w>(&self, ngram: impl Iterator<Item = &'w str>) -> Belongs {
        let Some(sentences) = &self.sentences else { return Belongs::All };
        let mut common: Option<Vec<u32>> = None;
        let mut words = ngram.peekable();
        while let Some(word) = words.next() {
            if self.only_history && words.peek().is_none() {
                break;
            }
            if word.starts_with('<') && word.ends_with('>') {
                continue;
            }
            let of_word = sentences.get(word).map_or(&[][..], Vec::as_slice);
            match &mut common {
                None => common = Some(of_word.to_vec()),
                Some(common) => common.retain(|number| of_word.binary_search(number).is_ok()),
            }
        }
        common.map_or(Belongs::All, Belongs::To)
    }
}

/// The number of n-grams of each order: of the whole file, then of each part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filtered {
    /// Of the file.
    pub announced: Vec<u64>,
    /// Of each part.
    pub kept: Vec<Vec<u64>>,
}

/// Reads an ARPA file, and writes parts of it without their beginnings, which need the numbers of n-grams: to the only
/// part all n-grams of any sentence, or to each of several parts those of its own sentence. See [`beginning`].
///
/// # Errors
///
/// If the file cannot be read or a part cannot be written.
pub fn filter<W: Write>(
    reader: impl BufRead,
    source: &str,
    filter: &WordFilter,
    is_apart: bool,
    parts: &mut [W],
) -> Result<Filtered, FilterError> {
    let mut lines = ArpaLines::new(reader, source)?;
    let Header { counts, .. } = read_header(&mut lines)?;
    let mut kept = vec![Vec::new(); parts.len()];
    for order in 1..=counts.len() {
        let mut section = ArpaSection::open(&mut lines, order, &counts)?;
        for (part, kept) in parts.iter_mut().zip(&mut kept) {
            writeln!(part, "\\{order}-grams:")?;
            kept.push(0u64);
        }
        while section.advance(|| None)? {
            let line = section.line()?;
            let belongs = filter.belongs(Fields::new(line).skip(1).take(order));
            for (number, (part, kept)) in parts.iter_mut().zip(&mut kept).enumerate() {
                let keeps = if is_apart { belongs.to(number) } else { !belongs.nowhere() };
                if keeps {
                    writeln!(part, "{line}")?;
                    kept[order - 1] += 1;
                }
            }
        }
        parts.iter_mut().try_for_each(|part| writeln!(part))?;
    }
    lines.set_order(None);
    if lines.bytes() != b"\\end\\" {
        let problem = Problem::Section { expected: "\\end\\".into(), found: lines.shown() };
        return Err(lines.error(problem).into());
    }
    parts.iter_mut().try_for_each(|part| writeln!(part, "\\end\\"))?;
    Ok(Filtered { announced: counts, kept })
}

/// Returns the beginning of a file, with the number of n-grams of each order.
pub fn beginning(counts: &[u64]) -> String {
    let lines = (1..).zip(counts).map(|(order, count)| format!("ngram {order}={count}\n"));
    format!("\n\\data\\\n{}\n", lines.collect::<String>())
}
