//! A sample of the documents of a pool, as large as another text.

use super::items::{each_block, read_items};
use super::record::Records;
use crate::EvalError;
use crate::blocks::count_lines;
use crate::lines::{Chunk, chunks};
use ngram_input::{Sentences, mix};
use rayon::prelude::*;
use std::io::Read;

/// A uniform sample of a pool's documents with a requested number of bytes.
///
/// Each document gets a random number that depends only on its place, and those with the lowest
/// numbers are kept. The limit falls as the sample fills, so that memory holds at most twice the
/// requested bytes plus a block's documents, and only a few lines of a large pool are examined.
#[derive(Clone, Debug)]
pub struct Draw {
    wanted: u64,
    limit: u64,
    /// The random number of each document, its line among all lines, and its sentences.
    drawn: Vec<(u64, u64, Vec<u8>)>,
    /// The bytes of all drawn documents.
    bytes: u64,
    /// The number of lines in the texts so far.
    lines: u64,
}

impl Draw {
    /// Creates a sample of at least `bytes` bytes, if the pool has as many.
    pub fn new(bytes: u64) -> Draw {
        Draw { wanted: bytes, limit: u64::MAX, drawn: Vec::new(), bytes: 0, lines: 0 }
    }

    /// Draws from another text of the pool, given its name and record format. Bad records are
    /// skipped here without being counted.
    ///
    /// # Errors
    ///
    /// If the text cannot be read.
    pub fn add(
        &mut self,
        (name, records): (&str, &Records),
        text: impl Read + Send,
        sentences: Sentences,
    ) -> Result<(), EvalError> {
        let before = self.lines;
        let mut lines = 0;
        each_block(name, text, |block, next| {
            let of_chunk = |chunk: Chunk<'_>| -> Vec<(u64, u64, Vec<u8>)> {
                let mut found = Vec::new();
                let wanted = |number: u64| mix(before + number) <= self.limit;
                let items = read_items(&chunk, records, None, sentences, wanted, &mut found);
                let mut rest = found.as_slice();
                let documents = items.into_iter().filter_map(|item| {
                    let (own, after) = rest.split_at(item.document.ok()?.bytes as usize);
                    rest = after;
                    let number = before + item.number;
                    Some((mix(number), number, own.to_owned()))
                });
                documents.collect()
            };
            let work = || -> Vec<Vec<_>> { chunks(block).into_par_iter().map(of_chunk).collect() };
            let (drawn, ()) = rayon::join(work, next);
            self.take(drawn.into_iter().flatten());
            lines = block.line + count_lines(&block.bytes) + 1;
            Ok(())
        })?;
        self.lines += lines;
        Ok(())
    }

    fn take(&mut self, drawn: impl Iterator<Item = (u64, u64, Vec<u8>)>) {
        for document in drawn {
            self.bytes += document.2.len() as u64;
            self.drawn.push(document);
        }
        while self.bytes > 2 * self.wanted {
            let half = self.limit / 2;
            let kept = self.drawn.iter().filter(|(draw, ..)| *draw <= half);
            let bytes = kept.map(|(.., text)| text.len() as u64).sum();
            if bytes < self.wanted {
                break;
            }
            self.limit = half;
            self.bytes = bytes;
            self.drawn.retain(|(draw, ..)| *draw <= half);
        }
    }

    /// Returns the documents with the lowest numbers, enough for the requested bytes, in pool
    /// order, each sentence with a line end.
    pub fn into_text(mut self) -> Vec<u8> {
        self.drawn.sort_unstable_by_key(|(draw, number, _)| (*draw, *number));
        let mut bytes = 0;
        let enough = self.drawn.iter().position(|(.., text)| {
            bytes += text.len() as u64;
            bytes >= self.wanted
        });
        self.drawn.truncate(enough.map_or(self.drawn.len(), |last| last + 1));
        self.drawn.sort_unstable_by_key(|(_, number, _)| *number);
        self.drawn.iter().flat_map(|(.., text)| text).copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(text: &str, bytes: u64) -> String {
        let mut draw = Draw::new(bytes);
        // From two texts with continuous line numbers.
        let half = text.len() / 2;
        for part in [&text[..half], &text[half..]] {
            draw.add(("pool", &Records::Text), part.as_bytes(), Sentences::Line).unwrap();
        }
        String::from_utf8(draw.into_text()).unwrap()
    }

    #[test]
    fn a_sample_has_the_size_asked_for_and_comes_in_order() {
        let text: String = (10_000..60_000).map(|number| format!("{number}\n")).collect();
        let sample = drawn(&text, 6_000);
        assert_eq!(sample.len(), 6_000);
        let numbers: Vec<f64> = sample.lines().map(|line| line.parse().unwrap()).collect();
        assert!(numbers.is_sorted());
        // Uniform: the mean of a thousand lies within four standard deviations.
        let mean = numbers.iter().sum::<f64>() / 1_000.0;
        assert!((mean - 35_000.0).abs() < 4.0 * 50_000.0 / 12_000f64.sqrt(), "{mean}");
        // The whole text, if it is smaller.
        assert_eq!(drawn(&text, 1 << 30), text);
        assert_eq!(drawn("", 10).len(), 0);
    }
}
