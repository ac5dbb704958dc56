//! Pools of documents, which are read several times.

use super::draw::Draw;
use super::record::Records;
use super::select::{Judged, SelectOptions, Selection, Selector, Top};
use crate::EvalError;
use ngram_input::{LONGEST, read_line};
use ngram_model::LanguageModel;
use ngram_store::Progress;
use std::error::Error;
use std::io::{self, BufRead, BufReader, Read, Write};

/// The UTF-8 encoding of U+FEFF.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Opens a text, whose reader tells a listener of the bytes that are read.
pub type Open<'p> = dyn for<'r> Fn(&'r dyn Progress) -> Result<Box<dyn Read + Send + 'r>, Box<dyn Error + Send + Sync>>
    + Send
    + Sync
    + 'p;

/// A text of a pool.
pub struct PoolText<'p> {
    /// Its name in messages.
    pub name: &'p str,
    /// The format of its lines.
    pub records: Records,
    /// Its size in bytes, if known.
    pub size: Option<u64>,
    /// Opens it; called each time the pool is read.
    pub open: Box<Open<'p>>,
}

/// Documents to select from.
pub struct Pool<'p> {
    texts: Vec<PoolText<'p>>,
    options: SelectOptions,
}

/// Which documents are selected.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rule {
    /// Those with the lowest differences.
    Lowest(Top),
    /// Those with a difference of at most so many bits per token.
    UpTo(f32),
}

impl<'p> Pool<'p> {
    /// Takes the texts, and how their documents are read.
    pub fn new(texts: Vec<PoolText<'p>>, options: SelectOptions) -> Pool<'p> {
        Pool { texts, options }
    }

    /// Returns a uniform sample of the pool's documents with at least `bytes` bytes, as [`Draw`] does.
    ///
    /// # Errors
    ///
    /// If a text cannot be read.
    pub fn draw(&self, bytes: u64, progress: &dyn Progress) -> Result<Vec<u8>, EvalError> {
        let mut draw = Draw::new(bytes);
        self.each("sampling", progress, |text, reader| {
            draw.add((text.name, &text.records), reader, self.options.sentences)
        })?;
        Ok(draw.into_text())
    }

    /// Judges the documents by both models, and writes those selected to `output`, unchanged and in order.
    /// [`Rule::UpTo`] reads the pool once, [`Rule::Lowest`] twice.
    ///
    /// # Errors
    ///
    /// If a text cannot be read or changes meanwhile, if a record is bad and the options make that an error, or if
    /// `output` cannot be written.
    pub fn select(
        &self,
        in_domain: &dyn LanguageModel,
        general: &dyn LanguageModel,
        rule: Rule,
        output: &mut (impl Write + Send),
        progress: &dyn Progress,
    ) -> Result<(Vec<Judged>, Selection), EvalError> {
        let selector = Selector::new(in_domain, general, self.options.clone());
        let threshold = match rule {
            Rule::UpTo(threshold) => Some(threshold),
            Rule::Lowest(_) => None,
        };
        let mut judged: Vec<Judged> = Vec::new();
        self.each("comparing", progress, |text, reader| {
            let mut take = |lines: &[Judged], kept: &[u8]| {
                judged.extend_from_slice(lines);
                output.write_all(kept)
            };
            selector.judge((text.name, &text.records), reader, threshold, &mut take)
        })?;
        let selection = match rule {
            Rule::UpTo(threshold) => Selection::up_to(&judged, threshold),
            Rule::Lowest(top) => {
                let documents = judged.iter().filter(|line| line.is_document()).count() as u64;
                let selection = Selection::lowest(&judged, top.of(documents));
                let mut lines = 0;
                self.lines("writing", progress, |number, _, line| {
                    lines = number + 1;
                    if selection.lines.get(number).is_some_and(|selected| *selected) {
                        output.write_all(line).map_err(EvalError::WriteDocuments)?;
                    }
                    Ok(())
                })?;
                if lines != judged.len() {
                    return Err(EvalError::Changed);
                }
                selection
            }
        };
        Ok((judged, selection))
    }

    /// Reads the pool again: calls `take` with the sentences of each document of each selection, and the selection's
    /// index.
    ///
    /// # Errors
    ///
    /// If a text cannot be read, or `take` fails.
    pub fn sentences(
        &self,
        selections: &[&Selection],
        progress: &dyn Progress,
        mut take: impl FnMut(usize, &[u8]) -> io::Result<()>,
    ) -> Result<(), EvalError> {
        let mut sentences = Vec::new();
        self.lines("reading again", progress, |number, records, line| {
            for (index, selection) in selections.iter().enumerate() {
                if selection.lines.get(number).is_some_and(|selected| *selected) {
                    sentences.clear();
                    records.sentences(line, self.options.sentences, &mut sentences);
                    take(index, &sentences).map_err(EvalError::WriteTemporary)?;
                }
            }
            Ok(())
        })
    }

    /// Reads each text in turn.
    fn each(
        &self,
        stage: &str,
        progress: &dyn Progress,
        mut work: impl FnMut(&PoolText<'p>, Box<dyn Read + Send + '_>) -> Result<(), EvalError>,
    ) -> Result<(), EvalError> {
        progress.begin(stage, self.texts.iter().map(|text| text.size).sum(), "bytes");
        for text in &self.texts {
            work(text, (text.open)(progress).map_err(EvalError::Open)?)?;
        }
        progress.end();
        Ok(())
    }

    /// Calls `take` with the number of each line, its format, and the line with its end.
    fn lines(
        &self,
        stage: &str,
        progress: &dyn Progress,
        mut take: impl FnMut(usize, &Records, &[u8]) -> Result<(), EvalError>,
    ) -> Result<(), EvalError> {
        let mut number = 0;
        self.each(stage, progress, |text, reader| {
            let mut reader = BufReader::with_capacity(1 << 18, reader);
            let (mut line, mut of_text) = (Vec::new(), 1);
            let cannot_read = |source| EvalError::ReadAgain { file: text.name.to_owned(), source };
            let head = reader.fill_buf().map_err(cannot_read)?;
            // The mark is not part of the first line.
            let mark = if head.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
            reader.consume(mark);
            loop {
                line.clear();
                let read = read_line(&mut reader, &mut line, of_text, LONGEST);
                if read.map_err(cannot_read)? == 0 {
                    return Ok(());
                }
                of_text += 1;
                if !line.ends_with(b"\n") {
                    line.push(b'\n');
                }
                take(number, &text.records, &line)?;
                number += 1;
            }
        })
    }
}
