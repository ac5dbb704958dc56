//! Checks that held-out text was really held out: how much of it is in the training text.
//!
//! A figure, weight or choice based on lines the model was trained on says nothing about other
//! text. With the training text at hand, lines are compared ([`KnownLines`]); without it, the
//! model's training record and the figures give hints ([`trained_on`]).

use crate::blocks::LineBlocks;
use crate::number::grouped;
use crate::report::Figures;
use ngram_model::TrainingInfo;
use rustc_hash::{FxHashSet, FxHasher};
use std::hash::Hasher;
use std::io::{self, Read};

/// Shorter lines recur by chance: headings, "he said".
const WORDS: usize = 5;

/// The share of known lines from which a text is reported to overlap.
const TELLING: f64 = 0.1;

/// The share of tokens ending a stored trigram from which a text is reported as trained on.
const SEEN: f64 = 0.9;

/// The lines of five words or more in a training text, words being separated by white space. Each
/// is stored as a 64-bit hash: some 10 to 20 bytes of memory per line, and with a million lines a
/// chance of one in 10^13 that a line is mistaken for another.
#[derive(Clone, Debug, Default)]
pub struct KnownLines {
    hashes: FxHashSet<u64>,
}

/// How many lines of a held-out text are in the training text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Overlap {
    /// Lines of five words or more.
    pub lines: u64,
    /// Those that are in the training text.
    pub known: u64,
}

impl KnownLines {
    /// Adds the lines of a text.
    ///
    /// # Errors
    ///
    /// If it cannot be read; the lines read before the error are added.
    pub fn add(&mut self, text: impl Read) -> io::Result<()> {
        long_lines(text, |hash| {
            self.hashes.insert(hash);
        })
    }

    /// Counts the lines of a held-out text that are among those added.
    ///
    /// # Errors
    ///
    /// If it cannot be read.
    pub fn overlap(&self, text: impl Read) -> io::Result<Overlap> {
        let mut overlap = Overlap::default();
        long_lines(text, |hash| {
            overlap.lines += 1;
            overlap.known += u64::from(self.hashes.contains(&hash));
        })?;
        Ok(overlap)
    }
}

impl Overlap {
    /// `known` / `lines`, from 0 to 1; 0 if no line has five words.
    pub fn share(self) -> f64 {
        if self.lines == 0 { 0.0 } else { self.known as f64 / self.lines as f64 }
    }

    /// Returns a warning if a tenth of the lines or more are known.
    pub fn warning(self) -> Option<String> {
        (self.share() >= TELLING).then(|| {
            format!(
                "{:.0} % of the held-out text's lines of five words or more ({} of {}) stand in the training text: what is \
                 measured or fitted on them does not hold for other text",
                100.0 * self.share(),
                grouped(self.known),
                grouped(self.lines),
            )
        })
    }
}

/// Calls `each` with the hash of every line of five words or more.
fn long_lines(text: impl Read, mut each: impl FnMut(u64)) -> io::Result<()> {
    let mut blocks = LineBlocks::new(text);
    let mut spent = Vec::new();
    while let Some(block) = blocks.next(spent)? {
        for line in block.bytes.split(|&byte| byte == b'\n') {
            let words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
            let mut hasher = FxHasher::default();
            let mut count = 0;
            for word in words {
                hasher.write(word);
                count += 1;
            }
            if count >= WORDS {
                each(hasher.finish());
            }
        }
        spent = block.bytes;
    }
    Ok(())
}

/// Returns a warning if the model seems to have been trained on the text: if its training record
/// has the same numbers of lines, tokens and bytes, or if nearly all tokens end a stored trigram. A
/// part of a training text is found by the second test alone, and only with models of order 3 or
/// more that keep most trigrams.
pub fn trained_on(training: Option<&TrainingInfo>, figures: &Figures) -> Option<String> {
    let same = training.is_some_and(|training| {
        let TrainingInfo { sentences, tokens, bytes, .. } = *training;
        (sentences, tokens, bytes) == (figures.sentences, figures.tokens, figures.bytes)
            && figures.words > 0
    });
    if same {
        return Some(format!(
            "the text has as many lines, tokens and bytes as the training text ({}, {} and {}): it seems to be that \
             text, and its figures say nothing about any other",
            grouped(figures.sentences),
            grouped(figures.tokens),
            grouped(figures.bytes)
        ));
    }
    // All tokens but the first of each sentence have two words before them, counting `<s>`.
    let could = figures.tokens.saturating_sub(figures.sentences);
    let seen: u64 = figures.matched.iter().skip(2).map(|matched| matched.tokens).sum();
    let share = seen as f64 / could as f64;
    (could >= 100 && share >= SEEN).then(|| {
        format!(
            "{:.0} % of the tokens that have two words before them end a trigram that the model has ({} of {}): it \
             seems to have been trained on this text or on a part of it",
            100.0 * share,
            grouped(seen),
            grouped(could)
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_five_words_are_known_whatever_stands_between_their_words() {
        let mut known = KnownLines::default();
        known.add("one two three four five\nshort line\na b c d e f".as_bytes()).unwrap();
        let text =
            "one  two\tthree four five\r\nshort line\na b c d e\nonetwo three four five six\n\n";
        let overlap = known.overlap(text.as_bytes()).unwrap();
        assert_eq!(overlap, Overlap { lines: 3, known: 1 });
        assert!((overlap.share() - 1.0 / 3.0).abs() < 1e-12);
        let warning = overlap.warning().unwrap();
        assert!(warning.starts_with("33 %") && warning.contains("(1 of 3)"), "{warning}");
    }

    #[test]
    fn words_that_join_alike_are_told_apart() {
        let mut known = KnownLines::default();
        known.add("ab c d e f\n".as_bytes()).unwrap();
        assert_eq!(known.overlap("a bc d e f\n".as_bytes()).unwrap().known, 0);
    }

    #[test]
    fn a_few_lines_and_none_are_no_overlap() {
        assert_eq!(Overlap { lines: 100, known: 9 }.warning(), None);
        assert_eq!(Overlap::default().share(), 0.0);
        assert_eq!(Overlap::default().warning(), None);
    }
}
