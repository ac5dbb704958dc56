//! A sample of the documents of a pool, as large as another text.

use super::items::{each_block, read_items};
use super::record::Records;
use crate::EvalError;
use crate::blocks::count_lines;
use crate::lines::{Chunk, chunks};
use ngram_input::{Sentences, mix};
use rayon::prelude::*;
use std::io::Read;

/// Documents of a pool, evenly drawn, until they have as many bytes as was asked for.
///
/// Each draws a number that depends on its place alone, and those that draw the lowest are taken. The limit falls as the
/// sample fills, so that memory holds twice what was asked for and a block's documents at most, and of a long pool
/// few lines are looked at.
#[derive(Clone, Debug)]
pub struct Draw {
    wanted: u64,
    limit: u64,
    /// What each drew, which of all lines it is, and its sentences.
    drawn: Vec<(u64, u64, Vec<u8>)>,
    /// Of all that were drawn.
    bytes: u64,
    /// Lines of the texts so far.
    lines: u64,
}

impl Draw {
    /// A sample of at least so many bytes, if there are as many.
    pub fn new(bytes: u64) -> Draw {
        Draw { wanted: bytes, limit: u64::MAX, drawn: Vec::new(), bytes: 0, lines: 0 }
    }

    /// Draws from one more text of the pool, by its name and what its lines are. Bad records are passed over here, and
    /// not counted.
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

    /// The documents that drew the lowest numbers, as many as have the bytes that were asked for, in the pool's order,
    /// each sentence with a line end.
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
        // Of two texts, which are numbered through.
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
        // Evenly: the mean of a thousand, within four standard deviations of it.
        let mean = numbers.iter().sum::<f64>() / 1_000.0;
        assert!((mean - 35_000.0).abs() < 4.0 * 50_000.0 / 12_000f64.sqrt(), "{mean}");
        // All that there is, where that is less.
        assert_eq!(drawn(&text, 1 << 30), text);
        assert_eq!(drawn("", 10).len(), 0);
    }
}
