//! Scores a stream of records and writes it with figures.

use super::bucket::{Buckets, FigureSample};
use super::figures::{DocumentFigures, Measure};
use super::items::{Item, each_block, read_items, refuse_array_block};
use super::record::{Records, Style};
use crate::EvalError;
use crate::blocks::{LineBlock, count_lines};
use crate::lines::{Chunk, LineScorer, chunks, open_vocabulary};
use crate::words::ModelWords;
use ngram_input::{Account, BadPlace, OnBadRecord, RecordUnit, Sentences};
use ngram_model::LanguageModel;
use rayon::prelude::*;
use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};

/// How documents are read, chosen and written.
#[derive(Clone, Debug)]
pub struct ScoreOptions {
    /// The part of a document that counts as a sentence.
    pub sentences: Sentences,
    /// What to do with records without a text. A skipped one is written unchanged, without figures,
    /// unless documents are filtered or put into buckets.
    pub on_bad: OnBadRecord,
    /// Where records are counted.
    pub account: Arc<Account>,
    /// Which documents are written.
    pub filter: Filter,
    /// Buckets that name documents by one of their figures.
    pub buckets: Option<Buckets>,
    /// How a document is written.
    pub style: Style,
}

/// Selects documents to write: those with a figure between two bounds, inclusive.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Filter {
    /// The figure.
    pub measure: Measure,
    /// The lower bound.
    pub min: f64,
    /// The upper bound.
    pub max: f64,
}

impl Filter {
    /// A filter that lets every document through.
    pub const ALL: Filter =
        Filter { measure: Measure::BitsPerByte, min: f64::NEG_INFINITY, max: f64::INFINITY };

    fn passes(&self, figures: &DocumentFigures) -> bool {
        let value = figures.get(self.measure);
        self.min <= value && value <= self.max
    }
}

/// Totals over what was scored and written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Totals {
    /// The number of documents scored.
    pub documents: u64,
    /// The number of documents written, that is, not filtered out.
    pub written: u64,
    /// The number written in each bucket, if there are buckets.
    pub of_buckets: Vec<u64>,
    /// Tokens of all scored documents.
    pub tokens: u64,
    /// Bytes of all scored documents, line ends included.
    pub bytes: u64,
    /// The cost of all scored documents in bits; infinite if any token has probability 0.
    pub bits: f64,
}

impl Totals {
    fn add_document(&mut self, figures: &DocumentFigures) {
        self.documents += 1;
        self.tokens += figures.tokens;
        self.bytes += figures.bytes;
        self.bits += figures.bits();
    }

    fn add_written(&mut self, bucket: Option<usize>) {
        self.written += 1;
        if let Some(bucket) = bucket {
            if self.of_buckets.len() <= bucket {
                self.of_buckets.resize(bucket + 1, 0);
            }
            self.of_buckets[bucket] += 1;
        }
    }

    /// Adds the totals of more documents.
    pub fn add(&mut self, other: &Totals) {
        self.documents += other.documents;
        self.written += other.written;
        self.tokens += other.tokens;
        self.bytes += other.bytes;
        self.bits += other.bits;
        if self.of_buckets.len() < other.of_buckets.len() {
            self.of_buckets.resize(other.of_buckets.len(), 0);
        }
        for (sum, more) in self.of_buckets.iter_mut().zip(&other.of_buckets) {
            *sum += more;
        }
    }
}

/// Receives lines to write, separately for each bucket.
pub type Take<'t> = dyn FnMut(Option<usize>, &[u8]) -> io::Result<()> + Send + 't;

/// Scores documents by a model.
pub struct DocumentScorer<'m> {
    model: &'m dyn LanguageModel,
    words: Arc<ModelWords<'m>>,
    options: ScoreOptions,
    open: bool,
    /// Workers not in use by any thread.
    idle: Mutex<Vec<Worker<'m>>>,
    /// The number of lines in the texts sampled so far; documents are numbered by it.
    sampled: u64,
}

/// The state a thread needs to score documents.
struct Worker<'m> {
    scorer: LineScorer<'m>,
    /// The sentences of the documents of a chunk.
    sentences: Vec<u8>,
}

/// The results for a chunk.
#[derive(Default)]
struct Scored {
    /// The lines to write, by bucket.
    lines: Vec<(Option<usize>, Vec<u8>)>,
    totals: Totals,
    bad: Vec<BadPlace>,
}

impl Scored {
    fn lines(&mut self, bucket: Option<usize>) -> &mut Vec<u8> {
        let found = self.lines.iter().position(|(of, _)| *of == bucket);
        let index = found.unwrap_or_else(|| {
            self.lines.push((bucket, Vec::new()));
            self.lines.len() - 1
        });
        &mut self.lines[index].1
    }
}

impl<'m> DocumentScorer<'m> {
    /// Creates a scorer.
    pub fn new(model: &'m dyn LanguageModel, options: ScoreOptions) -> DocumentScorer<'m> {
        let open = open_vocabulary(model).is_some();
        let words = ModelWords::new(model);
        DocumentScorer { model, words, options, open, idle: Mutex::default(), sampled: 0 }
    }

    /// Sets the buckets for documents scored from now on.
    pub fn set_buckets(&mut self, buckets: Buckets) {
        self.options.buckets = Some(buckets);
    }

    /// Scores all records of a text, given its name and record format; `take` gets the lines to
    /// write, in text order. Uses the threads of rayon's current pool; the output does not depend
    /// on their number.
    ///
    /// # Errors
    ///
    /// If the text cannot be read, if a record is bad and the options make that an error, or if
    /// `take` fails.
    pub fn score(
        &self,
        (name, records): (&str, &Records),
        text: impl Read + Send,
        take: &mut Take<'_>,
    ) -> Result<Totals, EvalError> {
        let mut totals = Totals::default();
        let mut done: Vec<Scored> = Vec::new();
        each_block(name, text, |block, next| {
            // Lines are written while the next block is scored and the one after it is read.
            let (scored, (written, ())) = rayon::join(
                || self.score_block((name, records), block),
                || rayon::join(|| write(&done, take), next),
            );
            written?;
            done = scored?;
            done.iter().try_for_each(|chunk| {
                totals.add(&chunk.totals);
                self.account(chunk)
            })
        })?;
        write(&done, take)?;
        Ok(totals)
    }

    /// Scores documents in memory; `None` stands for one without a text. Uses the threads of rayon's current pool.
    /// `proceed` is asked now and then whether to go on, and ends the work with its error.
    ///
    /// # Errors
    ///
    /// That of `proceed`.
    pub fn documents<E: Send>(
        &self,
        documents: &[Option<&str>],
        proceed: impl Fn() -> Result<(), E> + Sync,
    ) -> Result<Vec<Option<DocumentFigures>>, E> {
        const TOGETHER: usize = 32;
        let scored = documents.par_chunks(TOGETHER).map(|some| {
            proceed()?;
            let mut worker = self.worker();
            worker.sentences.clear();
            let mut parts = Vec::with_capacity(some.len());
            for document in some {
                parts.push(document.map(|text| {
                    let from = worker.sentences.len();
                    let count =
                        self.options.sentences.append(text.as_bytes(), &mut worker.sentences);
                    (count as usize, (worker.sentences.len() - from) as u64)
                }));
            }
            let lines = worker.scorer.score(&worker.sentences);
            let mut sums = lines.sums.as_slice();
            let figures = parts.into_iter().map(|part| {
                part.map(|(count, bytes)| {
                    let (own, rest) = sums.split_at(count);
                    sums = rest;
                    DocumentFigures::new(own, bytes, self.open)
                })
            });
            let figures: Vec<Option<DocumentFigures>> = figures.collect();
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(worker);
            Ok(figures)
        });
        let scored: Vec<Vec<_>> = scored.collect::<Result<_, E>>()?;
        Ok(scored.into_iter().flatten().collect())
    }

    fn worker(&self) -> Worker<'m> {
        let at_hand = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        at_hand.unwrap_or_else(|| Worker {
            scorer: LineScorer::new(self.model, &self.words),
            sentences: Vec::new(),
        })
    }

    /// Scores a sample of a text's documents by a measure. Bad records are skipped here without
    /// being counted.
    ///
    /// # Errors
    ///
    /// If the text cannot be read.
    pub fn sample(
        &mut self,
        (name, records): (&str, &Records),
        text: impl Read + Send,
        measure: Measure,
        sample: &mut FigureSample,
    ) -> Result<(), EvalError> {
        let before = self.sampled;
        let mut lines = 0;
        each_block(name, text, |block, next| {
            let of_chunk = |chunk: Chunk<'_>| {
                let draw = |number: u64| sample.draw(before + number);
                let mut values: Vec<(u64, f64)> = Vec::new();
                self.each_item(
                    (&chunk, records),
                    |number| draw(number).is_some(),
                    |item, figures| {
                        if let (Some(draw), Some(figures)) = (draw(item.number), figures) {
                            values.push((draw, figures.get(measure)));
                        }
                    },
                );
                values
            };
            let work = || -> Vec<Vec<_>> { chunks(block).into_par_iter().map(of_chunk).collect() };
            let (values, ()) = rayon::join(work, next);
            sample.add(values.into_iter().flatten());
            lines = block.line + count_lines(&block.bytes) + 1;
            Ok(())
        })?;
        self.sampled += lines;
        Ok(())
    }

    fn score_block(
        &self,
        (name, records): (&str, &Records),
        block: &LineBlock,
    ) -> Result<Vec<Scored>, EvalError> {
        refuse_array_block((name, records), block)?;
        Ok(chunks(block)
            .into_par_iter()
            .map(|chunk| self.score_chunk((name, records), &chunk))
            .collect())
    }

    fn score_chunk(&self, (name, records): (&str, &Records), chunk: &Chunk<'_>) -> Scored {
        let ScoreOptions { filter, buckets, style, .. } = &self.options;
        let all_are_written = *filter == Filter::ALL && buckets.is_none();
        let mut scored = Scored::default();
        self.each_item(
            (chunk, records),
            |_| true,
            |item, figures| match (item.document, figures) {
                (Ok(document), Some(figures)) => {
                    scored.totals.add_document(&figures);
                    if !filter.passes(&figures) {
                        return;
                    }
                    let bucket = buckets.as_ref().map(|buckets| {
                        let index = buckets.of(figures.get(buckets.measure()));
                        (index, buckets.names()[index].as_str())
                    });
                    let (index, called) = bucket.unzip();
                    scored.totals.add_written(index);
                    let lines = scored.lines(index);
                    style.write((item.line, &document.text), records, &figures, called, lines);
                }
                (Err(why), _) => {
                    if all_are_written && matches!(style, Style::Json(_)) {
                        let lines = scored.lines(None);
                        lines.extend_from_slice(item.line);
                        lines.push(b'\n');
                    }
                    let (name, number) = (name.to_owned(), item.number + 1);
                    scored.bad.push(BadPlace { name, unit: RecordUnit::Line, number, why });
                }
                (Ok(_), None) => {}
            },
        );
        scored
    }

    /// Passes the records of a chunk to `each`, with the figures of those that have a text. Only
    /// `wanted` lines are examined.
    fn each_item<'b>(
        &self,
        (chunk, records): (&Chunk<'b>, &Records),
        wanted: impl Fn(u64) -> bool,
        mut each: impl FnMut(Item<'b>, Option<DocumentFigures>),
    ) {
        let ScoreOptions { sentences, style, .. } = &self.options;
        let mut worker = self.worker();
        let key = style.key();
        let items = read_items(chunk, records, key, *sentences, wanted, &mut worker.sentences);
        let lines = worker.scorer.score(&worker.sentences);
        let mut sums = lines.sums.as_slice();
        for item in items {
            let figures = item.document.as_ref().ok().map(|document| {
                let (own, rest) = sums.split_at(document.sentences);
                sums = rest;
                DocumentFigures::new(own, document.bytes, self.open)
            });
            each(item, figures);
        }
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(worker);
    }

    /// Counts the records of a chunk.
    fn account(&self, chunk: &Scored) -> Result<(), EvalError> {
        let ScoreOptions { account, on_bad, .. } = &self.options;
        account.documents(chunk.totals.documents);
        chunk.bad.iter().try_for_each(|place| match on_bad {
            OnBadRecord::Error => Err(EvalError::Record(place.clone())),
            OnBadRecord::Skip => {
                account.skipped(place.clone());
                Ok(())
            }
        })
    }
}

fn write(done: &[Scored], take: &mut Take<'_>) -> Result<(), EvalError> {
    let mut lines = done.iter().flat_map(|chunk| &chunk.lines);
    lines.try_for_each(|(bucket, lines)| take(*bucket, lines)).map_err(EvalError::WriteDocuments)
}
