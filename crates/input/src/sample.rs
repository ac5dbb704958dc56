//! Samples of a text: evenly spread pieces that represent the whole.

use crate::text::{Blocks, TextBytes};
use crate::{Text, TextError};
use ngram_store::{Cancelled, Progress};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

/// Pieces of texts, each made of whole lines unless lines are too long.
///
/// The pieces are evenly spread, and so are the first half of them, the first quarter, and so on.
pub struct Sample {
    /// The pieces; none is empty.
    pub pieces: Vec<Vec<u8>>,
    /// The size of the texts in bytes.
    pub total: u64,
}

/// Why a text could not be sampled.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SampleError {
    /// It could not be read.
    #[error(transparent)]
    Text(#[from] TextError),
    /// The work was stopped.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl Sample {
    /// Samples about `bytes` bytes of these texts, in `pieces` pieces, which must be a power of two; takes
    /// the whole texts if they are not much longer. `None` if one is a stream, which can be read only once.
    pub fn of_files(
        texts: &[Text],
        bytes: u64,
        pieces: usize,
    ) -> Result<Option<Sample>, SampleError> {
        let is_stream = |text: &Text| matches!(text.source, TextBytes::Stream(_));
        let sizes: Option<Vec<u64>> = texts.iter().map(Text::size).collect();
        let Some(sizes) = sizes.filter(|_| !texts.iter().any(is_stream)) else { return Ok(None) };
        let total: u64 = sizes.iter().sum();
        let size = if total <= bytes.saturating_mul(2) { total } else { bytes } / pieces as u64 + 1;
        let mut sample = Sample { pieces: Vec::new(), total };
        for piece in (0..pieces).map(|place| reversed(place, pieces)) {
            // If everything is sampled, each piece ends where the next begins.
            let from = (u128::from(total) * piece as u128 / pieces as u128) as u64;
            let to = (u128::from(total) * (piece + 1) as u128 / pieces as u128) as u64;
            let to = to.min(from + size);
            let mut start = 0;
            let mut found = Vec::new();
            for (text, &length) in texts.iter().zip(&sizes) {
                let (first, last) = (from.max(start), to.min(start + length));
                if first < last {
                    let lines = lines_between(text, first - start, last - start);
                    found.extend(lines.map_err(|source| TextError {
                        name: text.name().to_owned(),
                        byte: 0,
                        source,
                    })?);
                }
                start += length;
            }
            if !found.is_empty() {
                sample.pieces.push(found);
            }
        }
        Ok(Some(sample))
    }

    /// Samples texts of any kind, reading them to the end.
    pub fn of_streams(
        texts: &[Text],
        bytes: u64,
        pieces: usize,
        progress: &dyn Progress,
    ) -> Result<Sample, SampleError> {
        let size = (bytes / pieces as u64).clamp(1, 1 << 24) as usize;
        progress.begin("sampling", None, "bytes");
        let blocks = Blocks::new(texts, size, usize::MAX);
        let mut kept: Vec<Vec<u8>> = Vec::new();
        let (mut stride, mut number, mut total) = (1, 0u64, 0);
        let mut buffer = Vec::new();
        while let Some(block) = blocks.next(std::mem::take(&mut buffer))? {
            progress.proceed()?;
            progress.advance(block.bytes.len() as u64);
            total += block.bytes.len() as u64;
            if number % stride == 0 {
                if kept.len() == 2 * pieces {
                    // Keeps every other piece.
                    let mut place = 0;
                    kept.retain(|_| {
                        place += 1;
                        place % 2 == 1
                    });
                    stride *= 2;
                }
                if number % stride == 0 {
                    kept.push(block.bytes.clone());
                }
            }
            number += 1;
            buffer = block.bytes;
        }
        progress.end();
        let places = kept.len().next_power_of_two();
        let order = (0..places).map(|place| reversed(place, places));
        let mut kept: Vec<Option<Vec<u8>>> = kept.into_iter().map(Some).collect();
        let pieces = order.filter_map(|place| kept.get_mut(place)?.take()).collect();
        Ok(Sample { pieces, total })
    }

    /// Returns the total size of the pieces in bytes.
    pub fn bytes(&self) -> u64 {
        self.pieces.iter().map(|piece| piece.len() as u64).sum()
    }
}

/// Reverses the bits of `place`: 0, 4, 2, 6, 1, 5, 3, 7 for eight places.
fn reversed(place: usize, places: usize) -> usize {
    let bits = places.trailing_zeros();
    if bits == 0 { 0 } else { place.reverse_bits() >> (usize::BITS - bits) }
}

/// How many bytes beyond a piece a line that begins in it is followed.
const LINE: u64 = 1 << 16;

/// Returns the lines that begin in `from..to`; in the middle of a very long line, just these bytes.
fn lines_between(text: &Text, from: u64, to: u64) -> io::Result<Vec<u8>> {
    // The byte before tells whether a line begins here.
    let first = from.saturating_sub(1);
    let mut bytes = Vec::new();
    match &text.source {
        TextBytes::File(path) => {
            let mut file = File::open(path)?;
            file.seek(SeekFrom::Start(first))?;
            file.take(to + LINE - first).read_to_end(&mut bytes)?;
        }
        TextBytes::Bytes(whole) => {
            bytes.extend_from_slice(&whole[first as usize..whole.len().min((to + LINE) as usize)])
        }
        TextBytes::Stream(_) => {}
    }
    let length = (to - first) as usize;
    // The last line that begins before `to` is the one that contains the byte before it.
    if let Some(rest) = bytes.get(length.saturating_sub(1)..)
        && let Some(end) = memchr::memchr(b'\n', rest)
    {
        bytes.truncate(length.saturating_sub(1) + end + 1);
    }
    if from > 0 {
        match memchr::memchr(b'\n', &bytes[..length.min(bytes.len())]) {
            Some(end) => drop(bytes.drain(..=end)),
            // No line begins here.
            None if bytes.len() < length + LINE as usize => bytes.clear(),
            None => {}
        }
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text() -> String {
        (0..1000).map(|line| format!("line {line}\n")).collect()
    }

    #[test]
    fn pieces_are_spread_and_of_whole_lines() {
        let whole = text();
        let texts =
            [Text::bytes("a", whole.clone().into()), Text::bytes("b", whole.clone().into())];
        let sample = Sample::of_files(&texts, 1600, 8).unwrap().unwrap();
        assert_eq!((sample.total, sample.pieces.len()), (2 * whole.len() as u64, 8));
        assert!((1000..=1700).contains(&sample.bytes()), "{}", sample.bytes());
        for piece in &sample.pieces {
            let piece = std::str::from_utf8(piece).unwrap();
            assert!(piece.starts_with("line ") && piece.ends_with('\n'), "{piece:?}");
            assert!(whole.contains(piece));
        }
        // The first two pieces are the heads of the first and the second text.
        assert!(sample.pieces[0].starts_with(b"line 0\n"));
        assert!(sample.pieces[1].starts_with(b"line 0\n"));
        assert!(sample.pieces[2].starts_with(b"line 5"));
    }

    #[test]
    fn a_stream_gives_as_even_a_sample() {
        let whole = text();
        let stream = || Text::stream("s", Box::new(io::Cursor::new(text())));
        assert!(Sample::of_files(&[stream()], 1600, 8).unwrap().is_none());
        let sample = Sample::of_streams(&[stream()], 800, 8, &()).unwrap();
        assert_eq!(sample.total, whole.len() as u64);
        assert!((8..=16).contains(&sample.pieces.len()), "{}", sample.pieces.len());
        assert!(sample.pieces[0].starts_with(b"line 0\n"));
        let line = |piece: &[u8]| -> usize {
            let text = std::str::from_utf8(piece).unwrap();
            text[5..text.find('\n').unwrap()].parse().unwrap()
        };
        let mut lines: Vec<usize> = sample.pieces.iter().map(|piece| line(piece)).collect();
        lines.sort_unstable();
        let steps: Vec<usize> = lines.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let most = *steps.iter().max().unwrap();
        assert!(steps.iter().all(|&step| step * 5 >= most * 4), "{steps:?}");
    }

    #[test]
    fn short_texts_are_taken_whole() {
        let text = "one\ntwo\n\nthree\nfour";
        let texts = [Text::bytes("a", text.into())];
        for pieces in [1, 2, 4, 8, 16, 32] {
            let sample = Sample::of_files(&texts, 1000, pieces).unwrap().unwrap();
            let joined = sample.pieces.concat();
            let sorted = |text: &str| {
                let mut lines: Vec<String> = text.split_inclusive('\n').map(Into::into).collect();
                lines.sort_unstable();
                lines
            };
            // The last line has no line end, so another may follow directly.
            let joined = String::from_utf8(joined).unwrap().replace("four", "four\n");
            assert_eq!(sorted(&joined), sorted(&format!("{text}\n")), "{pieces}");
        }
    }
}
